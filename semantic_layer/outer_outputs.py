"""Columns of a SELECT around governed queries: what they are called, and which governed column each is."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from semantic_layer.outer_relations import Adds, OuterColumn, alike
from semantic_layer.outer_scope import Scope, place_of
from semantic_layer.outer_sums import verdict
from semantic_layer.sql_text import DIALECT

MAX_NAME: Final = 60


def output_name(node: exp.Expr) -> str:
    """Return what a column is called: its alias or name, else what was written."""
    if node.alias_or_name and isinstance(node, exp.Alias | exp.Column):
        return str(node.alias_or_name)
    text = " ".join(node.sql(DIALECT, comments=False).replace('"', "").split())
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"


def output_column(name: str, node: exp.Expr, scope: Scope, *, distinct: bool) -> OuterColumn:
    """Return what an output is: a governed column where it is nothing but that, else something computed.

    Args:
        name: What it is called.
        node: What it is, with resolved names.
        scope: The tables that it is made of.
        distinct: Whether equal rows are left out.
    """
    found = verdict(node, scope.column)
    plain = _referred(node, scope)
    if plain is not None:
        source = scope.column(plain)
        adds: Adds = "distinct" if distinct and not source.is_member else source.adds
        return OuterColumn(
            name=name,
            adds=adds,
            column=source.column,
            metric=source.metric,
            filled=source.filled,
        )
    metric = found.column.metric if found.column is not None else None
    return OuterColumn(name=name, adds="distinct" if distinct else found.adds, metric=metric)


def _referred(node: exp.Expr, scope: Scope) -> exp.Column | None:
    """Return the column that an output is nothing but: itself, or the one of two that has the member."""
    if isinstance(node, exp.Column):
        return node
    sides = [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else []
    columns = [side for side in sides if isinstance(side, exp.Column)]
    if not columns or len(columns) < len(sides):
        return None
    found = [scope.column(side) for side in columns]
    same = all(item.is_member and alike(item.column, found[0].column) for item in found)
    return columns[0] if same else None


def identity(node: exp.Expr) -> object:
    """Return what tells two resolved expressions apart."""
    return place_of(node) if isinstance(node, exp.Column) else node
