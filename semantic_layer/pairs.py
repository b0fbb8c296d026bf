"""Pairs of a bridge: what a plan reads on the way from rows to the groups that each of them may have several of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog import Join
from semantic_layer.formulas import column


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
