"""Ways with many rows at their end: filters on children, and pairs of a bridge with the groups that they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog import Join
from semantic_layer.sql_nodes import column


@dataclass(frozen=True, slots=True, kw_only=True)
class SemiJoin:
    """A filter on children: rows stay that have at least one child for which it holds.

    Attributes:
        joins: The steps from the fact: down to the child first.
        columns: Alias → physical columns that are read there.
        where: The condition, over the fact's and the child's columns.
        without: What must hold of a row that has no child, or None where such rows never stay.
        negated: Whether the rows stay for which all this does not hold.
    """

    joins: tuple[Join, ...]
    columns: Mapping[str, frozenset[str]]
    where: exp.Expr
    without: exp.Expr | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """A many-to-many way: each row of the fact meets each of its groups once, however often they are paired.

    Attributes:
        step: From the fact, or a parent of it, to the bridge.
        joins: The steps from the bridge to its other parents.
        columns: Alias → physical columns that are read there.
        groups: Field → what it is grouped by there.
        labels: Field → the column that names its members.
        where: The query's filters on the bridge: pairs that they do not hold for make no group.
    """

    step: Join
    joins: tuple[Join, ...]
    columns: Mapping[str, frozenset[str]]
    groups: Mapping[str, exp.Expr]
    labels: Mapping[str, exp.Expr]
    where: tuple[exp.Expr, ...] = ()

    def keys(self) -> Iterator[exp.Column]:
        """Yield the columns of the fact, or its parent, that rows meet their pairs by."""
        return (column(self.step.child, left) for left, _ in self.step.on)
