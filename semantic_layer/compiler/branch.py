"""One branch as SQL: scans inside, many-to-one joins, rows cut to the slice, grouped by the query's keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from semantic_layer.atoms import Atom, TimeColumn
from semantic_layer.catalog import Dataset, Join
from semantic_layer.compiler.children import semi_join_test
from semantic_layer.compiler.pairs import paired_key, paired_label, with_pairs
from semantic_layer.compiler.rows import joined_on
from semantic_layer.compiler.spine import SPINE, day_spine, range_spine
from semantic_layer.conditions import Parameters
from semantic_layer.dates import day, moment, part_of, start_of
from semantic_layer.formulas import column, divide
from semantic_layer.model_calendar import Calendar
from semantic_layer.plan import Branch, Dimension, Plan
from semantic_layer.policy import CALENDAR, Access, scan
from semantic_layer.slices import Slice

SNAPSHOT = "snapshot"
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
    time = branch.measures[0].atom.time
    calendar = access.catalog.settings.calendar
    columns: list[exp.Expr] = []
    labels: list[exp.Expr] = []
    for item in plan.dimensions:
        key = paired_key(branch, item) or _key(item, branch.slice, time, calendar)
        columns.append(exp.alias_(key, exp.to_identifier(item.name, quoted=True)))
        if item.bound and item.label and item.label_name:
            named = paired_label(branch, item) or column(item.bound.source, item.label)
            value = exp.Max(this=named)
            labels.append(exp.alias_(value, exp.to_identifier(item.label_name, quoted=True)))
    shared, cases = _shared_filter(branch)
    measures = [
        exp.alias_(
            _aggregate(measure.atom, case, branch.slice),
            exp.to_identifier(measure.name, quoted=True),
        )
        for measure, case in zip(branch.measures, cases, strict=True)
    ]
    select = _joined(
        exp.Select(expressions=[*columns, *labels, *measures]), branch, access, branch.joins
    )
    if branch.pairs is not None:
        select = with_pairs(select, branch.pairs, access)
    if branch.measures[0].atom.snapshot is not None:
        select = _at_snapshots(select, branch, plan, access, parameters)
    where = (
        [item.copy() for item in branch.where]
        + [semi_join_test(item, access) for item in branch.semi_joins]
        + _within(branch.slice, time, calendar, parameters)
        + ([shared] if shared is not None else [])
    )
    if where:
        select = select.where(*where, copy=False)
    if columns:
        select = select.group_by(
            *(exp.Literal.number(position) for position in range(1, len(columns) + 1)), copy=False
        )
    return select


def _joined(
    select: exp.Select, branch: Branch, access: Access, joins: Iterable[Join]
) -> exp.Select:
    """Add the fact, its parents, and the spine that maps days to the periods that read them."""
    datasets = access.catalog.datasets
    fact = datasets[branch.dataset]
    select = select.from_(_derived(fact, fact.name, branch, access), copy=False)
    for step in joins:
        parent = _derived(datasets[step.dataset], step.alias, branch, access)
        select = select.join(parent, on=joined_on(step), join_type="left", copy=False)
    time = branch.measures[0].atom.time
    if branch.slice.days and time:
        on: exp.Expr = exp.EQ(this=day(time), expression=column(SPINE, "base"))
        select = select.join(day_spine(branch.slice.days), on=on, join_type="inner", copy=False)
    if branch.slice.ranges and time:
        found = moment(time)
        on = exp.and_(
            exp.GTE(this=found, expression=column(SPINE, "first_day")),
            exp.LT(this=found.copy(), expression=column(SPINE, "day_after")),
        )
        spine = range_spine(branch.slice.ranges, weighted=branch.slice.weighted)
        select = select.join(spine, on=on, join_type="inner", copy=False)
    calendar = access.catalog.calendar
    if branch.calendar and time and calendar:
        days = scan(calendar.dataset, branch.calendar | {calendar.date}, None)
        named = exp.TableAlias(this=exp.to_identifier(CALENDAR, quoted=True))
        moved = branch.slice.ranges or branch.slice.days
        at = column(SPINE, "bucket") if moved else day(time)
        on = exp.EQ(this=at, expression=column(CALENDAR, calendar.date))
        derived = exp.Subquery(this=days, alias=named)
        select = select.join(derived, on=on, join_type="left", copy=False)
    return select


def _at_snapshots(
    select: exp.Select, branch: Branch, plan: Plan, access: Access, parameters: Parameters
) -> exp.Select:
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
    columns = [
        exp.alias_(key.copy(), exp.to_identifier(name, quoted=True))
        for key, name in zip(keys, names, strict=True)
    ]
    sources = {ref.source for ref in (time.ref, *snapshot.keys)}
    inner = _joined(
        exp.Select(expressions=[*columns, exp.alias_(end, "at", quoted=True)]),
        branch,
        access,
        _steps_to(sources, branch.joins),
    )
    where = _within(branch.slice, time, calendar, parameters)
    inner = inner.where(*where, copy=False) if where else inner
    places = (exp.Literal.number(place) for place in range(1, len(keys) + 1))
    inner = inner.group_by(*places, copy=False) if keys else inner
    on: list[exp.Expr] = [exp.EQ(this=at.copy(), expression=column(SNAPSHOT, "at"))]
    on += [
        exp.NullSafeEQ(this=key, expression=column(SNAPSHOT, name))
        for key, name in zip(keys, names, strict=True)
    ]
    derived = exp.Subquery(
        this=inner, alias=exp.TableAlias(this=exp.to_identifier(SNAPSHOT, quoted=True))
    )
    return select.join(derived, on=exp.and_(*on), join_type="inner", copy=False)


def _steps_to(sources: set[str], joins: tuple[Join, ...]) -> list[Join]:
    """Return the steps that lead to some sources, in order."""
    needed = set(sources)
    for step in reversed(joins):
        if step.alias in needed:
            needed.add(step.child)
    return [step for step in joins if step.alias in needed]


def _derived(dataset: Dataset, alias: str, branch: Branch, access: Access) -> exp.Subquery:
    select = scan(dataset, branch.columns.get(alias, frozenset()), access.rules[dataset.name])
    return exp.Subquery(
        this=select, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    )


def _shared_filter(branch: Branch) -> tuple[exp.Expr | None, list[exp.Expr | None]]:
    """Return the condition that all rows must meet, and what each aggregate must still test itself.

    Metrics with one filter in common test it once; with several, a row is read if any of them wants it. Either way
    the groups are those that some metric has rows in.
    """
    filters = [measure.atom.where for measure in branch.measures]
    kept = [item for item in filters if item is not None]
    if len({item.sql() for item in kept}) == 1 and len(kept) == len(filters):
        return exp.paren(kept[0].copy(), copy=False), [None] * len(filters)
    if len(kept) == len(filters):
        distinct = {item.sql(): item for item in kept}
        return exp.paren(
            exp.or_(*(exp.paren(item.copy(), copy=False) for item in distinct.values())), copy=False
        ), list(filters)
    return None, list(filters)


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
    return _forward(start, at)


def _forward(start: exp.Expr, at: Slice) -> exp.Expr:
    """Move a base period's first day to the period that it is compared with."""
    move = at.move
    if move is None or not (move.months or move.days):
        return start
    count, unit = (move.months, "MONTH") if move.months else (move.days, "DAY")
    interval = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
    return exp.cast(exp.Add(this=start, expression=interval), "date")


def _within(
    at: Slice, time: TimeColumn | None, calendar: Calendar, parameters: Parameters
) -> list[exp.Expr]:
    """Cut rows to a slice's days, half-open (rule 9); rows given by month count from the month that the days begin in."""
    if at.period is None or time is None:
        return []
    found = moment(time)
    start = calendar.floor(at.period.start, time.grain)
    return [
        exp.GTE(this=found, expression=parameters.bind(start)),
        exp.LT(this=found.copy(), expression=parameters.bind(at.period.end)),
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
