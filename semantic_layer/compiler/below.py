"""Rows below the rows: all others in one, and the total. Both are asked again without groups, never summed (rule 14)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from semantic_layer.catalog import BoundField
from semantic_layer.compiler.cut import (
    KIND,
    KINDS,
    PEERS,
    PLACE,
    cut,
    shown_columns,
    sorted_by_name,
)
from semantic_layer.compiler.nulls import Nulls, null_number
from semantic_layer.plan import Plan
from semantic_layer.result import Role
from semantic_layer.sql_nodes import derived, named, ref, select, table

MEMBER: Final = "member"


def with_rows_below(
    plan: Plan, source: str, nulls: Nulls, *, total: str | None, others: tuple[str, str] | None
) -> exp.Select:
    """Put the row of all others and the total under the rows.

    Args:
        plan: What is asked.
        source: The CTE with every row.
        nulls: Missing values by type.
        total: The CTE of the total, or None.
        others: The CTEs of all others and of the members above the cut, or None.
    """
    helpers = _helpers(plan)
    shown = [column.alias for column in shown_columns(plan, source)]
    union: exp.Query = select(
        [exp.Star(), named(exp.Literal.number(0), KIND)],
        derived(cut(plan, source, places=True), "detail_rows"),
    )
    if others is not None and plan.others is not None:
        rest, kept = others
        row = _row(plan, plan.others, rest, nulls, (source, kept))
        row = row.where(exp.Exists(this=_cut_members(plan, source, kept)), copy=False)
        union = exp.Union(this=union, expression=row, distinct=False)
    if total is not None and plan.total is not None:
        row = _row(plan, plan.total, total, nulls, None)
        union = exp.Union(this=union, expression=row, distinct=False)
    rows = select([ref(item) for item in (*shown, *helpers, KIND)], derived(union, "all_rows"))
    keys = [sorted_by_name(KIND, "all_rows"), sorted_by_name(PLACE, "all_rows")]
    rows.set("order", exp.Order(expressions=keys))
    return rows


def kept_members(plan: Plan, source: str) -> exp.Select:
    """Return the members of the rows above the cut."""
    member = named(ref(plan.dimensions[0].column.name, "top_rows"), MEMBER)
    return select([member], derived(cut(plan, source), "top_rows"))


def not_kept(field: BoundField, kept: str) -> exp.Expr:
    """Return the test that a row's member is not among those above the cut, unknown ones included."""
    return exp.Not(this=exp.Exists(this=_same_member(field.expr.copy(), kept)))


def _same_member(member: exp.Expr, kept: str) -> exp.Select:
    same = exp.NullSafeEQ(this=ref(MEMBER, kept), expression=member)
    return select([exp.Literal.number(1)], table(kept), [same])


def _cut_members(plan: Plan, source: str, kept: str) -> exp.Select:
    """Return a row where the limit cuts any member."""
    member = ref(plan.dimensions[0].name, source)
    absent = exp.Not(this=exp.Exists(this=_same_member(member, kept)))
    return select([exp.Literal.number(1)], table(source), [absent])


def _helpers(plan: Plan) -> list[str]:
    """Return the helper columns of the rows above."""
    return [PEERS] if plan.limit is not None and not plan.per and plan.ties == "cut" else []


def _row(
    plan: Plan, whole: Plan, source: str, nulls: Nulls, rest: tuple[str, str] | None
) -> exp.Select:
    """Return the row of all others where `rest` names their CTEs, else the total."""
    cells = _cells(plan, whole, source, nulls, rest)
    cells += [named(exp.Literal.number(0), item) for item in (*_helpers(plan), PLACE)]
    kind = KINDS.index("total" if rest is None else "others")
    cells.append(named(exp.Literal.number(kind), KIND))
    return select(cells, table(source))


def _cells(
    plan: Plan, whole: Plan, source: str, nulls: Nulls, rest: tuple[str, str] | None
) -> list[exp.Expr]:
    cells: list[exp.Expr] = []
    for item in plan.dimensions:
        cells.append(named(nulls.key(item), item.column.name))
        if item.label_name:
            cells.append(named(nulls.label(item), f"{item.column.name}_label"))
    own = {output.name for output in whole.outputs}
    for output in plan.outputs:
        if output.column is None:
            continue
        # Only shares and ranks are missing here.
        value = null_number()
        if rest is not None and output.windowed and output.column.role is Role.SHARE:
            value = _share_of_rest(plan, output.name, *rest)
            if output.column.name.endswith("_cumulative_share"):
                value = ref(output.name, source)
        elif output.name in own and output.column.role is not Role.RANK:
            value = ref(output.name, source)
        cells.append(named(value, output.column.name))
    return cells


def _share_of_rest(plan: Plan, share: str, source: str, kept: str) -> exp.Expr:
    """Return the sum of the shares that the limit cuts; shares add up, so nothing is recomputed."""
    cut_off = _cut_members(plan, source, kept)
    cut_off.set("expressions", [exp.Sum(this=ref(share, source))])
    return exp.Subquery(this=cut_off)
