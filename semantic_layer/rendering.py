"""A query as SQL for another engine: planned, compiled and through the gate as if it ran here, then written for there."""

from __future__ import annotations

from datetime import date

from semantic_layer.compiler.dialects import render_for
from semantic_layer.compiler.select import compile_plan
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import MetricQuery
from semantic_layer.validator import validate


def sql_for(
    layer: SemanticLayer,
    query: MetricQuery,
    dialect: str,
    principal: Principal = LOCAL_OWNER,
    *,
    today: date | None = None,
    language: str | None = None,
) -> str:
    """Return what a query is in an engine's SQL; nothing but the span of the data is read here.

    Args:
        layer: Whose definitions say what the names mean.
        query: Catalog names and absolute dates.
        dialect: One of `compiler.dialects.DIALECTS`.
        principal: Who asks; the text carries the row rules of the role.
        today: The asker's day.
        language: Members that a column names in this language bring that column along.

    Returns:
        Text that runs as it stands where the tables of the definitions have the same names.

    Raises:
        QueryError: What cannot be answered, or cannot be said in that dialect.
    """
    access = layer.access(principal)
    compiled = compile_plan(layer.plan(query, principal, today=today, language=language), access)
    validate(compiled.tree, access.grants, compiled.parameters)
    return render_for(compiled.tree, compiled.parameters, dialect)
