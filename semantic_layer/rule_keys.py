"""Conditions and masks as keys: equal for equal trees, whatever the quoting, the case of names and the qualifier."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp

from semantic_layer.sql_text import parse_query, render

Key = object
"""A tree as nested tuples: equal for equal trees whatever the quoting and the case of names."""


def keyed_conjuncts(
    condition: exp.Expr | None, alias: str | None
) -> Iterator[tuple[Key, exp.Expr]]:
    """Yield the AND-ed parts of a condition, each with its key.

    Args:
        condition: A condition, or None.
        alias: The qualifier that columns may leave out; None: any.
    """
    if condition is None:
        return
    part = condition.unnest()
    if isinstance(part, exp.And):
        yield from keyed_conjuncts(part.left, alias)
        yield from keyed_conjuncts(part.right, alias)
    else:
        # Inside a sub-query a qualifier says which query a column belongs to, so there it stays.
        yield _key(part, alias, strips=part.find(exp.Query) is None), part


def conjuncts(condition: exp.Expr | None, alias: str | None) -> frozenset[Key]:
    """Return the keys of the AND-ed parts of a condition."""
    return frozenset(key for key, _ in keyed_conjuncts(condition, alias))


@lru_cache(maxsize=1024)
def rule_parts(predicate: exp.Expr) -> tuple[frozenset[Key], frozenset[Key]]:
    """Return what a scan must hold to carry a row rule: as built, and as it reads back from text."""
    text = render(exp.Select(expressions=[exp.Literal.number(1)]).where(predicate))
    again = parse_query(text).args["where"].this
    return conjuncts(predicate, None), conjuncts(again, None)


def mask_key(node: exp.Expr, alias: str | None) -> Key:
    """Return the key of a column's expression."""
    return _key(node.unnest(), alias, strips=True)


@lru_cache(maxsize=1024)
def mask_keys(mask: exp.Expr) -> frozenset[Key]:
    """Return the keys of a mask: as built, and as it reads back from text."""
    again = parse_query(render(exp.Select(expressions=[mask.copy()]))).expressions[0]
    return frozenset({mask_key(mask, None), mask_key(again, None)})


def _key(node: exp.Expr, alias: str | None, *, strips: bool) -> Key:
    if isinstance(node, exp.Identifier):
        return node.name.lower()
    if isinstance(node, exp.Column):
        table = node.table.lower()
        return exp.Column, node.name.lower(), "" if strips and alias in {None, table} else table
    parts: list[tuple[str, Key]] = []
    for name, value in sorted(node.args.items()):
        if isinstance(value, list):
            parts.append((name, tuple(_part_key(part, alias, strips=strips) for part in value)))
        elif value is not None and value is not False:
            parts.append((name, _part_key(value, alias, strips=strips)))
    return type(node), *parts


def _part_key(part: object, alias: str | None, *, strips: bool) -> Key:
    return _key(part, alias, strips=strips) if isinstance(part, exp.Expr) else part
