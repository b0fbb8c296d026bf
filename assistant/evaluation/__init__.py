"""Cases in, scores out."""
