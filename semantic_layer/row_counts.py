"""Rows of a fact, counted with and without the joins of a plan: a join may neither double nor lose one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from semantic_layer.atoms import Atom
from semantic_layer.checks import not_applicable
from semantic_layer.compiler.branch import branch_select
from semantic_layer.conditions import Parameters
from semantic_layer.engines.base import RawResult
from semantic_layer.formulas import sources_of
from semantic_layer.plan import Branch, Measure, Plan
from semantic_layer.policy import Access
from semantic_layer.result import Cell, Check
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import column
from semantic_layer.validator import Value

Fetch = Callable[[exp.Select, Access, Mapping[str, Value]], RawResult]
ROW = "_row"
"""The number that a row of the fact gets before anything is joined to it."""


def rows_unchanged_by_joins(plan: Plan, access: Access, fetch: Fetch) -> Check:
    """Count the rows of each fact that a plan joins: under the plan's filters none twice, under the fact's own none lost.

    Children that are joined on purpose double rows; their aggregates do not mind, and they are not counted.
    """
    name = "rows_unchanged_by_joins"
    rows = joins = 0
    for branch in _distinct(plan):
        joined, facts = _counts(_counted(branch, access), plan, access, fetch)
        if joined != facts:
            doubled: dict[str, Cell] = {"dataset": branch.dataset, "rows": facts, "joined": joined}
            return Check(name=name, status="failed", facts=doubled)
        own = _own(branch)
        bare = replace(own, joins=(), calendar=frozenset())
        kept = _counts(_counted(own, access), plan, access, fetch)[1]
        expected = _counts(_counted(bare, access), plan, access, fetch)[0]
        if kept != expected:
            lost: dict[str, Cell] = {"dataset": branch.dataset, "rows": expected, "joined": kept}
            return Check(name=name, status="failed", facts=lost)
        rows += facts
        joins += len(branch.joins) + bool(branch.calendar)
    if not joins:
        return not_applicable(name)
    return Check(name=name, status="passed", facts={"rows": rows, "joins": joins})


def _distinct(plan: Plan) -> list[Branch]:
    """Return the branches to count, those that read the same rows once."""
    found: dict[str, Branch] = {}
    for _, branch in plan.scans():
        if branch.overlaps or not (branch.joins or branch.calendar):
            continue
        wanted = sorted({str(item.atom.where) for item in branch.measures})
        for at in (view.slice for view in branch.views) if branch.views else (branch.slice,):
            plain = replace(branch, slice=Slice(name="rows", period=at.period), views=())
            key = str((plain.dataset, plain.joins, plain.where, plain.slice, wanted))
            found.setdefault(key, plain)
    return list(found.values())


def _own(branch: Branch) -> Branch:
    """Return a branch with the conditions that read nothing but the fact."""

    def is_own(tree: exp.Expr) -> bool:
        return sources_of(tree) <= {branch.dataset}

    time = branch.measures[0].atom.time
    dated = time is not None and time.ref.source == branch.dataset
    measures = tuple(
        item
        if item.atom.where is None or is_own(item.atom.where)
        else replace(item, atom=replace(item.atom, where=None))
        for item in branch.measures
    )
    return replace(
        branch,
        where=tuple(item for item in branch.where if is_own(item)),
        semi_joins=(),
        slice=branch.slice if dated else Slice(name="rows", period=None),
        measures=measures,
    )


def _counted(branch: Branch, access: Access) -> Branch:
    """Return a branch that counts what it reads: rows as they come, and numbered rows of the fact."""
    time = branch.measures[0].atom.time
    filters = [item.atom.where for item in branch.measures if item.atom.where is not None]
    where = None
    if len(filters) == len(branch.measures):
        where = exp.or_(*(exp.paren(item.copy()) for item in filters))
    rows = Atom(
        key="joined", dataset=branch.dataset, agg="count", expr=None, where=where, time=time
    )
    numbered = replace(rows, key="facts", agg="count_distinct", expr=column(branch.dataset, ROW))
    measures = (Measure(name="joined", atom=rows), Measure(name="facts", atom=numbered))
    return replace(branch, measures=measures, rest_of=None)


def _counts(branch: Branch, plan: Plan, access: Access, fetch: Fetch) -> tuple[int, int]:
    parameters = Parameters(values=dict(plan.parameters))
    ungrouped = replace(plan, dimensions=())
    select = branch_select(branch, ungrouped, access, parameters)
    _number(select, branch)
    used = {str(node.this) for node in select.find_all(exp.Placeholder)}
    values = {name: value for name, value in parameters.values.items() if name in used}
    table = fetch(select, access, values).table
    return int(table.column(0)[0].as_py()), int(table.column(1)[0].as_py())


def _number(select: exp.Select, branch: Branch) -> None:
    """Number the rows of the fact above its scan, so that one that comes twice is told apart from two alike."""
    fact = select.args["from_"].this
    keys = sorted(branch.columns.get(branch.dataset, frozenset()))[:1]
    order = [exp.Ordered(this=column("scanned", key), nulls_first=False) for key in keys]
    window = exp.Window(this=exp.RowNumber())
    if order:
        window.set("order", exp.Order(expressions=order))
    numbered = exp.Select(
        expressions=[exp.Star(), exp.alias_(window, exp.to_identifier(ROW, quoted=True))]
    ).from_(
        exp.Subquery(
            this=fact.this, alias=exp.TableAlias(this=exp.to_identifier("scanned", quoted=True))
        ),
        copy=False,
    )
    fact.set("this", numbered)
