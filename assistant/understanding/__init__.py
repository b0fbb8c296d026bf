"""Reading questions without a model."""
