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
    name,
    ref,
    shown_columns,
    sorted_by_name,
    table,
)
from semantic_layer.compiler.nulls import Nulls, null_number
from semantic_layer.plan import Plan
from semantic_layer.result import Role

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
    union: exp.Query = exp.Select(
        expressions=[exp.Star(), exp.alias_(exp.Literal.number(0), name(KIND))]
    ).from_(
        exp.Subquery(
            this=cut(plan, source, places=True), alias=exp.TableAlias(this=name("detail_rows"))
        ),
        copy=False,
    )
    if others is not None and plan.others is not None:
        rest, kept = others
        row = _row(plan, plan.others, rest, nulls, (source, kept))
        row = row.where(exp.Exists(this=_cut_members(plan, source, kept)), copy=False)
        union = exp.Union(this=union, expression=row, distinct=False)
    if total is not None and plan.total is not None:
        row = _row(plan, plan.total, total, nulls, None)
        union = exp.Union(this=union, expression=row, distinct=False)
    select = exp.Select(expressions=[ref(item) for item in (*shown, *helpers, KIND)])
    select = select.from_(
        exp.Subquery(this=union, alias=exp.TableAlias(this=name("all_rows"))), copy=False
    )
    return select.order_by(
        sorted_by_name(KIND, "all_rows"), sorted_by_name(PLACE, "all_rows"), copy=False
    )


def kept_members(plan: Plan, source: str) -> exp.Select:
    """Return the members of the rows above the cut."""
    member = exp.alias_(ref(plan.dimensions[0].column.name, "top_rows"), name(MEMBER))
    return exp.Select(expressions=[member]).from_(
        exp.Subquery(this=cut(plan, source), alias=exp.TableAlias(this=name("top_rows"))),
        copy=False,
    )


def not_kept(field: BoundField, kept: str) -> exp.Expr:
    """Return the test that a row's member is not among those above the cut, unknown ones included."""
    return exp.Not(this=exp.Exists(this=_same_member(field.expr.copy(), kept)))


def _same_member(member: exp.Expr, kept: str) -> exp.Select:
    same = exp.NullSafeEQ(this=ref(MEMBER, kept), expression=member)
    select = exp.Select(expressions=[exp.Literal.number(1)]).from_(table(kept), copy=False)
    return select.where(same, copy=False)


def _cut_members(plan: Plan, source: str, kept: str) -> exp.Select:
    """Return a row where the limit cuts any member."""
    member = ref(plan.dimensions[0].name, source)
    select = exp.Select(expressions=[exp.Literal.number(1)]).from_(table(source), copy=False)
    return select.where(exp.Not(this=exp.Exists(this=_same_member(member, kept))), copy=False)


def _helpers(plan: Plan) -> list[str]:
    """Return the helper columns of the rows above."""
    return [PEERS] if plan.limit is not None and not plan.per and plan.ties == "cut" else []


def _row(
    plan: Plan, whole: Plan, source: str, nulls: Nulls, rest: tuple[str, str] | None
) -> exp.Select:
    """Return the row of all others where `rest` names their CTEs, else the total."""
    cells = _cells(plan, whole, source, nulls, rest)
    cells += [exp.alias_(exp.Literal.number(0), name(item)) for item in (*_helpers(plan), PLACE)]
    kind = KINDS.index("total" if rest is None else "others")
    cells.append(exp.alias_(exp.Literal.number(kind), name(KIND)))
    return exp.Select(expressions=cells).from_(table(source), copy=False)


def _cells(
    plan: Plan, whole: Plan, source: str, nulls: Nulls, rest: tuple[str, str] | None
) -> list[exp.Expr]:
    cells: list[exp.Expr] = []
    for item in plan.dimensions:
        cells.append(exp.alias_(nulls.key(item), name(item.column.name)))
        if item.label_name:
            cells.append(exp.alias_(nulls.label(item), name(f"{item.column.name}_label")))
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
        cells.append(exp.alias_(value, name(output.column.name)))
    return cells


def _share_of_rest(plan: Plan, share: str, source: str, kept: str) -> exp.Expr:
    """Return the sum of the shares that the limit cuts; shares add up, so nothing is recomputed."""
    cut_off = _cut_members(plan, source, kept)
    cut_off.set("expressions", [exp.Sum(this=ref(share, source))])
    return exp.Subquery(this=cut_off)
