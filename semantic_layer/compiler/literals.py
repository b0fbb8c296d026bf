"""Values in the places of their placeholders, for statements that people run themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from semantic_layer.sql_nodes import day_literal
from semantic_layer.validator import Value


def with_values(tree: exp.Query, parameters: Mapping[str, Value]) -> exp.Query:
    """Return a copy of a statement with typed literals for its placeholders."""
    found: exp.Query = tree.copy()
    for node in list(found.find_all(exp.Placeholder)):
        node.replace(literal(parameters[str(node.this)]))
    return found


def literal(value: Value) -> exp.Expr:
    """Return a value as a typed SQL literal."""
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.true() if value else exp.false()
        case int() | float() | Decimal():
            return exp.Literal.number(value)
        case datetime():
            return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
        case date():
            return day_literal(value)
        case _:
            return exp.Literal.string(str(value))
