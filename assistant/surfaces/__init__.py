"""The doors of the product: command line, page and HTTP."""
