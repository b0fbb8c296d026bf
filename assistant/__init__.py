"""Plain language in, a proved answer out."""
