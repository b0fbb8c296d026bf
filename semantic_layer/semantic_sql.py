"""Semantic SQL: SELECTs over the model, and ordinary SQL around them, in both directions. Nothing is run here."""

from __future__ import annotations

from semantic_layer.semantic_sql_compose import composed_to_sql, read_semantic_sql
from semantic_layer.semantic_sql_read import from_semantic_sql
from semantic_layer.semantic_sql_write import to_semantic_sql

__all__ = ["composed_to_sql", "from_semantic_sql", "read_semantic_sql", "to_semantic_sql"]
