"""A plan in, one sqlglot tree with bound parameters out."""
