"""Semantic SQL: a SELECT over the model that stands for a MetricQuery, in both directions. Nothing is run here."""

from __future__ import annotations

from semantic_layer.semantic_sql_read import from_semantic_sql
from semantic_layer.semantic_sql_write import to_semantic_sql

__all__ = ["from_semantic_sql", "to_semantic_sql"]
