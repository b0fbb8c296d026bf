"""One branch as SQL: scans inside, many-to-one joins, rows cut to the slice, grouped by the query's keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlglot import exp

from semantic_layer.atoms import Atom, TimeColumn
from semantic_layer.calendar import Period
from semantic_layer.catalog import Dataset, Join
from semantic_layer.compiler.children import semi_join_test
from semantic_layer.compiler.pairs import paired_key, paired_label, with_pairs
from semantic_layer.compiler.rows import joined_on
from semantic_layer.compiler.spine import SPINE, day_spine, range_spine
from semantic_layer.compiler.windows import is_made_of_periods, periods_read, windows_over
from semantic_layer.conditions import Parameters
from semantic_layer.dates import day, moment, part_of, start_of
from semantic_layer.formulas import divide
from semantic_layer.model_calendar import Calendar
from semantic_layer.plan import Branch, Dimension, Plan
from semantic_layer.policy import CALENDAR, Access, scan
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import (
    all_of,
    any_of,
    cast,
    column,
    derived,
    group_by_first,
    interval,
    join,
    named,
    select,
)

SNAPSHOT = "snapshot"
IS_LATER = "is_later"
"""Which of two slices that share a scan a row lies in, where no period tells it."""
_PLAIN_AGGREGATES: dict[str, type[exp.AggFunc]] = {
    "sum": exp.Sum,
    "avg": exp.Avg,
    "min": exp.Min,
    "max": exp.Max,
}


def branch_select(branch: Branch, plan: Plan, access: Access, parameters: Parameters) -> exp.Select:
    """Return the SELECT of one branch: keys k1…, labels n1…, measures a1….

    Facts stay where a parent is missing (LEFT JOIN, rule 4); a metric's own filter limits its aggregate only, so that
    metrics of one fact share a scan.
    """
    calendar = access.catalog.settings.calendar
    if is_made_of_periods(branch):
        read = branch_select(*periods_read(branch, plan, calendar), access, parameters)
        return windows_over(read, branch, plan)
    time = branch.measures[0].atom.time
    columns: list[exp.Expr] = []
    labels: list[exp.Expr] = []
    for item in plan.dimensions:
        key = paired_key(branch, item) or _key(item, branch.slice, time, calendar)
        columns.append(named(key, item.name))
        if item.bound and item.label and item.label_name:
            label = paired_label(branch, item) or column(item.bound.source, item.label)
            labels.append(named(exp.Max(this=label), item.label_name))
    if branch.views and time and not any(item.grain for item in plan.dimensions):
        columns.append(named(_is_later(branch, time, calendar, parameters), IS_LATER))
    shared, cases = _shared_filter(branch)
    measures = [
        named(_aggregate(measure.atom, case, branch.slice), measure.name)
        for measure, case in zip(branch.measures, cases, strict=True)
    ]
    where = (
        [item.copy() for item in branch.where]
        + [semi_join_test(item, access) for item in branch.semi_joins]
        + _of_days(branch, time, calendar, parameters)
        + ([shared] if shared is not None else [])
    )
    query = _joined([*columns, *labels, *measures], where, branch, access, branch.joins)
    if branch.pairs is not None:
        query = with_pairs(query, branch.pairs, access)
    if branch.measures[0].atom.snapshot is not None:
        _at_snapshots(query, branch, plan, access, parameters)
    return group_by_first(query, len(columns))


def _joined(
    outputs: Sequence[exp.Expr],
    where: Sequence[exp.Expr],
    branch: Branch,
    access: Access,
    joins: Iterable[Join],
) -> exp.Select:
    """Read the fact, its parents, and the spine that maps days to the periods that read them."""
    datasets = access.catalog.datasets
    fact = datasets[branch.dataset]
    query = select(outputs, _scanned(fact, fact.name, branch, access), where)
    for step in joins:
        parent = _scanned(datasets[step.dataset], step.alias, branch, access)
        join(query, parent, joined_on(step), side="LEFT")
    time = branch.measures[0].atom.time
    if branch.slice.days and time:
        on: exp.Expr = exp.EQ(this=day(time), expression=column(SPINE, "base"))
        join(query, day_spine(branch.slice.days), on)
    if branch.slice.ranges and time:
        found = moment(time)
        on = exp.And(
            this=exp.GTE(this=found, expression=column(SPINE, "first_day")),
            expression=exp.LT(this=found.copy(), expression=column(SPINE, "day_after")),
        )
        join(query, range_spine(branch.slice.ranges, weighted=branch.slice.weighted), on)
    calendar = access.catalog.calendar
    if branch.calendar and time and calendar:
        days = scan(calendar.dataset, branch.calendar | {calendar.date}, None)
        moved = branch.slice.ranges or branch.slice.days
        at = column(SPINE, "bucket") if moved else day(time)
        on = exp.EQ(this=at, expression=column(CALENDAR, calendar.date))
        join(query, derived(days, CALENDAR), on, side="LEFT")
    return query


def _at_snapshots(
    query: exp.Select, branch: Branch, plan: Plan, access: Access, parameters: Parameters
) -> None:
    """Keep the rows of the last (or first) date of each period, which filters and groups do not change (rule 14)."""
    atom = branch.measures[0].atom
    time, snapshot = atom.time, atom.snapshot
    if time is None or snapshot is None:
        raise AssertionError("a balance has a date")
    calendar = access.catalog.settings.calendar
    at = moment(time)
    keys: list[exp.Expr] = [column(ref.source, ref.column) for ref in snapshot.keys]
    keys += [_key(item, branch.slice, time, calendar) for item in plan.dimensions if item.is_time]
    names = [f"g{place}" for place in range(1, len(keys) + 1)]
    end = exp.Max(this=at) if snapshot.agg == "last" else exp.Min(this=at)
    columns = [named(key.copy(), name) for key, name in zip(keys, names, strict=True)]
    sources = {ref.source for ref in (time.ref, *snapshot.keys)}
    inner = _joined(
        [*columns, named(end, "at")],
        _of_days(branch, time, calendar, parameters),
        branch,
        access,
        _steps_to(sources, branch.joins),
    )
    group_by_first(inner, len(keys))
    on: list[exp.Expr] = [exp.EQ(this=at.copy(), expression=column(SNAPSHOT, "at"))]
    on += [
        exp.NullSafeEQ(this=key, expression=column(SNAPSHOT, name))
        for key, name in zip(keys, names, strict=True)
    ]
    join(query, derived(inner, SNAPSHOT), all_of(on))


def _steps_to(sources: set[str], joins: tuple[Join, ...]) -> list[Join]:
    """Return the steps that lead to some sources, in order."""
    needed = set(sources)
    for step in reversed(joins):
        if step.alias in needed:
            needed.add(step.child)
    return [step for step in joins if step.alias in needed]


def _scanned(dataset: Dataset, alias: str, branch: Branch, access: Access) -> exp.Subquery:
    columns = branch.columns.get(alias, frozenset())
    return derived(scan(dataset, columns, access.rules[dataset.name]), alias)


def _shared_filter(branch: Branch) -> tuple[exp.Expr | None, list[exp.Expr | None]]:
    """Return the condition that all rows must meet, and what each aggregate must still test itself.

    Metrics with one filter in common test it once; with several, a row is read if any of them wants it. Either way
    the groups are those that some metric has rows in.
    """
    filters = [measure.atom.where for measure in branch.measures]
    kept = [item for item in filters if item is not None]
    if len(kept) < len(filters):
        return None, filters
    distinct: list[exp.Expr] = []
    for item in kept:
        if item not in distinct:
            distinct.append(item)
    if len(distinct) == 1:
        return exp.Paren(this=distinct[0].copy()), [None] * len(filters)
    return exp.Paren(this=any_of([exp.Paren(this=item.copy()) for item in distinct])), filters


def _key(item: Dimension, at: Slice, time: TimeColumn | None, calendar: Calendar) -> exp.Expr:
    if item.bound is not None:
        return item.bound.expr.copy()
    if item.calendar is not None:
        return column(CALENDAR, item.calendar)
    if item.part is not None and time is not None:
        return part_of(time, item.part)
    if at.days or at.ranges:
        return column(SPINE, "bucket")
    if time is None or item.grain is None:
        raise AssertionError("the planner groups by time only what has a date")
    start = start_of(time, item.grain, calendar)
    return forward(start, at)


def forward(start: exp.Expr, at: Slice) -> exp.Expr:
    """Move a base period's first day to the period that it is compared with."""
    move = at.move
    if move is None or not (move.months or move.days):
        return start
    count, unit = (move.months, "MONTH") if move.months else (move.days, "DAY")
    return cast(exp.Add(this=start, expression=interval(count, unit)), exp.DType.DATE)


def later_start(branch: Branch) -> date:
    """Return the first day of the later one of the slices that share a scan."""
    return max(view.slice.period.start for view in branch.views if view.slice.period)


def _is_later(
    branch: Branch, time: TimeColumn, calendar: Calendar, parameters: Parameters
) -> exp.Expr:
    start = parameters.bind(calendar.floor(later_start(branch), time.grain))
    return exp.GTE(this=moment(time), expression=start)


def _of_days(
    branch: Branch, time: TimeColumn | None, calendar: Calendar, parameters: Parameters
) -> list[exp.Expr]:
    """Cut rows to the days of the slices that read them: one range where they meet or overlap."""
    slices = [view.slice for view in branch.views] or [branch.slice]
    read = sorted(at.period for at in slices if at.period is not None)
    if time is None or len(read) < len(slices):
        return []
    if read[-1].start <= read[0].end:
        read = [Period(read[0].start, max(item.end for item in read))]
    tests = [_within(item, time, calendar, parameters) for item in read]
    return tests[0] if len(tests) == 1 else [exp.Paren(this=any_of([*map(all_of, tests)]))]


def _within(
    period: Period, time: TimeColumn, calendar: Calendar, parameters: Parameters
) -> list[exp.Expr]:
    """Cut rows to some days, half-open (rule 9); rows given by month count from the month that the days begin in."""
    found, start = moment(time), calendar.floor(period.start, time.grain)
    return [
        exp.GTE(this=found, expression=parameters.bind(start)),
        exp.LT(this=found.copy(), expression=parameters.bind(period.end)),
    ]


def _aggregate(atom: Atom, case: exp.Expr | None, at: Slice) -> exp.Expr:
    if at.weighted and atom.expr is not None:
        part = divide(
            exp.Mul(this=exp.paren(atom.expr.copy()), expression=column(SPINE, "share")),
            column(SPINE, "whole"),
        )
        return plain_aggregate(replace(atom, expr=part), case)
    value = plain_aggregate(atom, case)
    if not at.each:
        return value
    return divide(value, exp.Max(this=column(SPINE, "parts")))


def plain_aggregate(atom: Atom, case: exp.Expr | None) -> exp.Expr:
    """Return an atom's aggregate, of the rows that a condition holds for."""
    value = atom.expr.copy() if atom.expr is not None else None
    if case is not None:
        value = exp.Case(
            ifs=[
                exp.If(this=case.copy(), true=value if value is not None else exp.Literal.number(1))
            ]
        )
    match atom.agg:
        case "count":
            return exp.Count(this=value if value is not None else exp.Star())
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        case "percentile" | "median":
            share = exp.Literal.number(0.5 if atom.p is None else atom.p)
            within = exp.Order(expressions=[exp.Ordered(this=value, nulls_first=False)])
            return exp.WithinGroup(this=exp.PercentileCont(this=share), expression=within)
        case _:
            return _PLAIN_AGGREGATES[atom.agg](this=value)
