"""Templates of what a language model is told."""
