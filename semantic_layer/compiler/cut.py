"""The end of a statement: having, order, limit, ties, top per group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from semantic_layer.plan import Plan
from semantic_layer.sql_nodes import derived, named, ref, select, table, with_columns

KIND: Final = "_kind"
"""0 for data rows, 1 for all others in one row, 2 for the total."""
KINDS: Final = ("data", "others", "total")
PEERS: Final = "_peers"
"""How many rows rank at least as high as a row: more than the limit means ties at the cut (rule 12)."""
PLACE: Final = "_place"
"""The place of a row in the total order."""


def cut(plan: Plan, source: str, *, places: bool = False) -> exp.Select:
    """Cut and order; the grouping keys break ties, unknown members and missing values come last (rule 12).

    Args:
        plan: What is asked.
        source: The CTE with every row.
        places: Whether to number the rows in their order.
    """
    if plan.limit is not None and (plan.per or plan.ties == "include"):
        return _ranked(plan, source, places=places)
    columns = shown_columns(plan, source)
    if plan.limit is not None:
        order = [sorted_by_name(key.name, source, descending=key.descending) for key in plan.order]
        columns.append(named(_window(exp.Count(this=exp.Star()), order), PEERS))
    query = select(columns, table(source), _tests(plan, source))
    query = _ordered(query, plan, source, places=places)
    if plan.limit is not None:
        query.set("limit", exp.Limit(expression=exp.Literal.number(plan.limit)))
    return query


def _tests(plan: Plan, source: str) -> list[exp.Expr]:
    return [with_columns(item, lambda node: ref(node.name, source)) for item in plan.having]


def _ranked(plan: Plan, source: str, *, places: bool) -> exp.Select:
    """Keep the first rows of each group by rank: with ties all that equal the last, otherwise exactly so many."""
    keys = [item.name for item in plan.dimensions]
    tied = plan.ties == "include"
    order = [sorted_by_name(key.name, source, descending=key.descending) for key in plan.order]
    order += [] if tied else [sorted_by_name(key, source) for key in keys]
    partition = [ref(plan.per, source)] if plan.per else []
    rank = _window(exp.Rank() if tied else exp.RowNumber(), order, partition)
    inner = select([exp.Star(), named(rank, "place")], table(source), _tests(plan, source))
    first = exp.LTE(this=ref("place", "places"), expression=exp.Literal.number(plan.limit or 0))
    query = select(shown_columns(plan, "places"), derived(inner, "places"), [first])
    return _ordered(query, plan, "places", places=places)


def _window(
    function: exp.Expr, order: Sequence[exp.Ordered], partition: Sequence[exp.Expr] = ()
) -> exp.Window:
    window = exp.Window(this=function, partition_by=list(partition))
    if order:
        window.set("order", exp.Order(expressions=list(order)))
    return window


def sorted_by_name(key: str, source: str, *, descending: bool = False) -> exp.Ordered:
    """Return a sort key; missing values come last."""
    return exp.Ordered(this=ref(key, source), desc=descending, nulls_first=False)


def shown_columns(plan: Plan, source: str) -> list[exp.Expr]:
    """Return the columns of the result over a CTE, each under the result's name."""
    columns: list[exp.Expr] = []
    for item in plan.dimensions:
        columns.append(named(ref(item.name, source), item.column.name))
        if item.label_name:
            columns.append(named(ref(item.label_name, source), f"{item.column.name}_label"))
    columns += [
        named(ref(output.name, source), output.column.name)
        for output in plan.outputs
        if output.column
    ]
    return columns


def _ordered(query: exp.Select, plan: Plan, source: str, *, places: bool) -> exp.Select:
    sorted_by = {key.name for key in plan.order}
    keys = [sorted_by_name(plan.per, source)] if plan.per and plan.per not in sorted_by else []
    keys += [sorted_by_name(key.name, source, descending=key.descending) for key in plan.order]
    placed = sorted_by | ({plan.per} if plan.per else set())
    keys += [
        sorted_by_name(item.name, source) for item in plan.dimensions if item.name not in placed
    ]
    if places:
        place = _window(exp.RowNumber(), [key.copy() for key in keys])
        query.append("expressions", named(place, PLACE))
    if keys:
        query.set("order", exp.Order(expressions=keys))
    return query
