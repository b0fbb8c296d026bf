"""A result in; words, numbers, chart and follow-ups out."""
