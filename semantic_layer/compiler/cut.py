"""The end of a statement: having, order, limit, ties, top per group, and the total under the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from semantic_layer.plan import Plan

KIND: Final = "_kind"
"""0 for data rows, 1 for the total."""
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
    columns = _shown(plan, source)
    if plan.limit is not None:
        order = [_sorted(key.name, source, descending=key.descending) for key in plan.order]
        columns.append(exp.alias_(_window(exp.Count(this=exp.Star()), order), name(PEERS)))
    select = _where(exp.Select(expressions=columns).from_(table(source), copy=False), plan, source)
    select = _ordered(select, plan, source, places=places)
    if plan.limit is None:
        return select
    return select.limit(exp.Literal.number(plan.limit), copy=False)


def with_total(plan: Plan, source: str, total: str) -> exp.Select:
    """Put the recomputed total under the rows (rule 14): it is asked again without groups, never summed."""
    peers = plan.limit is not None and not plan.per and plan.ties == "cut"
    helpers = [PEERS] if peers else []
    shown = [column.alias for column in _shown(plan, source)]
    below = exp.Select(
        expressions=[
            *_total_cells(plan, total),
            *(exp.alias_(exp.Literal.number(0), name(helper)) for helper in (*helpers, PLACE)),
            exp.alias_(exp.Literal.number(1), name(KIND)),
        ]
    ).from_(table(total), copy=False)
    above = exp.Select(
        expressions=[exp.Star(), exp.alias_(exp.Literal.number(0), name(KIND))]
    ).from_(
        exp.Subquery(
            this=cut(plan, source, places=True), alias=exp.TableAlias(this=name("detail_rows"))
        ),
        copy=False,
    )
    union = exp.Union(this=above, expression=below, distinct=False)
    select = exp.Select(expressions=[ref(item) for item in (*shown, *helpers, KIND)])
    select = select.from_(
        exp.Subquery(this=union, alias=exp.TableAlias(this=name("all_rows"))), copy=False
    )
    return select.order_by(_sorted(KIND, "all_rows"), _sorted(PLACE, "all_rows"), copy=False)


def _total_cells(plan: Plan, total: str) -> list[exp.Expr]:
    cells: list[exp.Expr] = []
    for item in plan.dimensions:
        cells.append(exp.alias_(exp.null(), name(item.column.name)))
        if item.label_name:
            cells.append(exp.alias_(exp.null(), name(f"{item.column.name}_label")))
    own = {output.name for output in plan.total.outputs} if plan.total else set()
    for output in plan.outputs:
        if output.column:
            known = output.name in own and output.column.role != "rank"
            value = ref(output.name, total) if known else exp.null()
            cells.append(exp.alias_(value, name(output.column.name)))
    return cells


def _where(select: exp.Select, plan: Plan, source: str) -> exp.Select:
    def placed(node: exp.Expr) -> exp.Expr:
        return ref(node.name, source) if isinstance(node, exp.Column) else node

    tests = [item.copy().transform(placed) for item in plan.having]
    return select.where(*tests, copy=False) if tests else select


def _ranked(plan: Plan, source: str, *, places: bool) -> exp.Select:
    """Keep the first rows of each group by rank: with ties all that equal the last, otherwise exactly so many."""
    keys = [item.name for item in plan.dimensions]
    tied = plan.ties == "include"
    order = [_sorted(key.name, source, descending=key.descending) for key in plan.order]
    order += [] if tied else [_sorted(key, source) for key in keys]
    partition = [ref(plan.per, source)] if plan.per else []
    rank = _window(exp.Rank() if tied else exp.RowNumber(), order, partition)
    inner = exp.Select(expressions=[exp.Star(), exp.alias_(rank, name("place"))])
    inner = _where(inner.from_(table(source), copy=False), plan, source)
    derived = exp.Subquery(this=inner, alias=exp.TableAlias(this=name("places")))
    select = exp.Select(expressions=_shown(plan, "places")).from_(derived, copy=False)
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


def _sorted(key: str, source: str, *, descending: bool = False) -> exp.Ordered:
    return exp.Ordered(this=ref(key, source), desc=descending, nulls_first=False)


def _shown(plan: Plan, source: str) -> list[exp.Expr]:
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
    keys = [_sorted(plan.per, source)] if plan.per and plan.per not in sorted_by else []
    keys += [_sorted(key.name, source, descending=key.descending) for key in plan.order]
    named = sorted_by | ({plan.per} if plan.per else set())
    keys += [_sorted(item.name, source) for item in plan.dimensions if item.name not in named]
    if places:
        place = _window(exp.RowNumber(), [key.copy() for key in keys])
        select = select.select(exp.alias_(place, name(PLACE)), copy=False)
    return select.order_by(*keys, copy=False) if keys else select
