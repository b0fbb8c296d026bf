"""The sample company: deterministic data for trying the product."""
