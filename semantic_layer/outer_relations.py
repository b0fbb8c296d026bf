"""What the SQL around governed queries can see: tables of results, whose columns know whether their parts add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.dating import Dating
from semantic_layer.errors import NotSupported
from semantic_layer.grouping import dimensions_of
from semantic_layer.outputs import output_columns
from semantic_layer.query import MetricQuery, MetricUse
from semantic_layer.result import Column, Role

Adds = Literal[
    "always", "within_time", "metric", "dimension", "computed", "missing", "union", "distinct"
]
"""Whether the values of a column add up over rows; where not, why."""
_ADD_UP: Final = frozenset({"value", "base"})
"""Not `change`: where the value or its base is missing it has none, and the rest would be lost from a sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterColumn:
    """One column of a table in the SQL around.

    Attributes:
        name: What it is called there.
        adds: Whether its values add up over rows, or why not.
        column: The governed result column that it is a plain reference to, or None.
        metric: The metric that it was made of, for people.
        filled: Whether it holds periods of which none is left out.
    """

    name: str
    adds: Adds
    column: Column | None = None
    metric: str | None = None
    filled: bool = False

    @property
    def is_member(self) -> bool:
        """Whether it holds members or periods of a governed result: there NULL is a member too."""
        return self.column is not None and self.column.role in {Role.DIMENSION, Role.TIME}

    @property
    def is_time(self) -> bool:
        """Whether it holds periods."""
        return self.column is not None and self.column.role is Role.TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table in the SQL around.

    Attributes:
        columns: In order.
        key: Lower-case names of columns that tell its rows apart; empty: it has one row; None: not known.
    """

    columns: tuple[OuterColumn, ...]
    key: frozenset[str] | None

    def find(self, name: str) -> OuterColumn | None:
        """Return a column by name, whatever its case."""
        return next((item for item in self.columns if item.name.lower() == name.lower()), None)


Tables = Mapping[str, Relation]


def leaf_relation(
    query: MetricQuery, catalog: Catalog, overlapping: Iterable[str | None] = ()
) -> Relation:
    """Return the table that a governed query is in the SQL around.

    Args:
        query: The query.
        catalog: What the asker may see.
        overlapping: Metrics whose groups share rows.

    Raises:
        NotSupported: It has rows that are no groups: totals, or all others.
        UnknownName: A name that the asker cannot see.
    """
    if query.totals or query.others:
        raise NotSupported("composed_extra_rows")
    dating = Dating(query=query, catalog=catalog)
    dimensions = [item.column for item in dimensions_of(dating, None)]
    timed = any(item.role is Role.TIME for item in dimensions)
    shared = frozenset(overlapping)
    columns = [
        OuterColumn(
            name=item.name,
            adds="dimension",
            column=item,
            filled=item.role is Role.TIME and query.fill is not None,
        )
        for item in dimensions
    ]
    columns += [
        OuterColumn(
            name=column.name,
            adds="metric"
            if use.metric in shared
            else _adds(dating.metric(use.metric, use.time), use, timed=timed),
            column=column,
            metric=use.metric,
        )
        for use, column in output_columns(dating)
    ]
    return Relation(columns=tuple(columns), key=frozenset(item.name.lower() for item in dimensions))


def _adds(metric: BoundMetric, use: MetricUse, *, timed: bool) -> Adds:
    share = use.modifier == "share" and use.of in {None, "total"}
    if use.modifier not in _ADD_UP and not share:
        return "metric"
    if metric.additive:
        return "always"
    if metric.adds_over_fields:
        return "within_time" if timed else "always"
    return "metric"


def merged(left: Relation, right: Relation) -> Relation:
    """Return the table of a set operation: rows of both may be about the same facts, so nothing adds up.

    Raises:
        NotSupported: They have not the same number of columns.
    """
    if len(left.columns) != len(right.columns):
        raise NotSupported(
            "composed_columns_differ", left=len(left.columns), right=len(right.columns)
        )
    columns = tuple(
        replace(
            one,
            adds=one.adds if one.is_member and other.is_member else "union",
            column=one.column if alike(one.column, other.column) else None,
            filled=False,
        )
        for one, other in zip(left.columns, right.columns, strict=True)
    )
    return Relation(columns=columns, key=None)


def alike(one: Column | None, other: Column | None) -> bool:
    """Say whether two columns hold the same kind of thing."""
    if one is None or other is None:
        return False
    return (one.role, one.metric, one.grouped_by, one.grain, one.unit) == (
        other.role, other.metric, other.grouped_by, other.grain, other.unit,
    )  # fmt: skip
