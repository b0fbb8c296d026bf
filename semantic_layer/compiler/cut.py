"""The end of a statement: having, order, limit, ties, top per group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from semantic_layer.plan import Plan

KIND: Final = "_kind"
"""0 for data rows, 1 for all others in one row, 2 for the total."""
KINDS: Final = ("data", "others", "total")
PEERS: Final = "_peers"
"""How many rows rank at least as high as a row: more than the limit means ties at the cut (rule 12)."""
PLACE: Final = "_place"
"""The place of a row in the total order."""


def name(text: str) -> exp.Identifier:
    """Return a quoted identifier."""
    return exp.to_identifier(text, quoted=True)


def table(text: str) -> exp.Table:
    """Return a reference to a CTE."""
    return exp.Table(this=name(text))


def ref(text: str, source: str | None = None) -> exp.Column:
    """Return a reference to a column, of a source where an output may have the same name."""
    return exp.column(name(text), table=name(source) if source else None)


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
        columns.append(exp.alias_(_window(exp.Count(this=exp.Star()), order), name(PEERS)))
    select = _where(exp.Select(expressions=columns).from_(table(source), copy=False), plan, source)
    select = _ordered(select, plan, source, places=places)
    if plan.limit is None:
        return select
    return select.limit(exp.Literal.number(plan.limit), copy=False)


def _where(select: exp.Select, plan: Plan, source: str) -> exp.Select:
    def placed(node: exp.Expr) -> exp.Expr:
        return ref(node.name, source) if isinstance(node, exp.Column) else node

    tests = [item.copy().transform(placed) for item in plan.having]
    return select.where(*tests, copy=False) if tests else select


def _ranked(plan: Plan, source: str, *, places: bool) -> exp.Select:
    """Keep the first rows of each group by rank: with ties all that equal the last, otherwise exactly so many."""
    keys = [item.name for item in plan.dimensions]
    tied = plan.ties == "include"
    order = [sorted_by_name(key.name, source, descending=key.descending) for key in plan.order]
    order += [] if tied else [sorted_by_name(key, source) for key in keys]
    partition = [ref(plan.per, source)] if plan.per else []
    rank = _window(exp.Rank() if tied else exp.RowNumber(), order, partition)
    inner = exp.Select(expressions=[exp.Star(), exp.alias_(rank, name("place"))])
    inner = _where(inner.from_(table(source), copy=False), plan, source)
    derived = exp.Subquery(this=inner, alias=exp.TableAlias(this=name("places")))
    select = exp.Select(expressions=shown_columns(plan, "places")).from_(derived, copy=False)
    select = select.where(
        exp.LTE(this=ref("place", "places"), expression=exp.Literal.number(plan.limit or 0)),
        copy=False,
    )
    return _ordered(select, plan, "places", places=places)


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
        columns.append(exp.alias_(ref(item.name, source), name(item.column.name)))
        if item.label_name:
            label = name(f"{item.column.name}_label")
            columns.append(exp.alias_(ref(item.label_name, source), label))
    columns += [
        exp.alias_(ref(output.name, source), name(output.column.name))
        for output in plan.outputs
        if output.column
    ]
    return columns


def _ordered(select: exp.Select, plan: Plan, source: str, *, places: bool) -> exp.Select:
    sorted_by = {key.name for key in plan.order}
    keys = [sorted_by_name(plan.per, source)] if plan.per and plan.per not in sorted_by else []
    keys += [sorted_by_name(key.name, source, descending=key.descending) for key in plan.order]
    named = sorted_by | ({plan.per} if plan.per else set())
    keys += [
        sorted_by_name(item.name, source) for item in plan.dimensions if item.name not in named
    ]
    if places:
        place = _window(exp.RowNumber(), [key.copy() for key in keys])
        select = select.select(exp.alias_(place, name(PLACE)), copy=False)
    return select.order_by(*keys, copy=False) if keys else select
