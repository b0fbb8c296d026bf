"""One branch as SQL: scans inside, many-to-one joins, rows cut to the slice, grouped by the query's keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from semantic_layer.calendar import Grain, floor
from semantic_layer.catalog import Atom, Dataset, Join, TimeColumn
from semantic_layer.compiler.children import semi_join_test
from semantic_layer.conditions import Parameters
from semantic_layer.formulas import column
from semantic_layer.plan import Branch, Dimension, Plan
from semantic_layer.policy import Access, scan
from semantic_layer.slices import Slice

SPINE = "spine"
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
    columns: list[exp.Expr] = []
    labels: list[exp.Expr] = []
    for item in plan.dimensions:
        columns.append(
            exp.alias_(_key(item, branch.slice, time), exp.to_identifier(item.name, quoted=True))
        )
        if item.bound and item.label and item.label_name:
            value = exp.Max(this=column(item.bound.source, item.label))
            labels.append(exp.alias_(value, exp.to_identifier(item.label_name, quoted=True)))
    shared, cases = _shared_filter(branch)
    measures = [
        exp.alias_(_aggregate(measure.atom, case), exp.to_identifier(measure.name, quoted=True))
        for measure, case in zip(branch.measures, cases, strict=True)
    ]
    select = _joined(exp.Select(expressions=[*columns, *labels, *measures]), branch, access)
    where = (
        [item.copy() for item in branch.where]
        + [semi_join_test(item, access) for item in branch.semi_joins]
        + _within(branch.slice, time, parameters)
        + ([shared] if shared is not None else [])
    )
    if where:
        select = select.where(*where, copy=False)
    if columns:
        select = select.group_by(
            *(exp.Literal.number(position) for position in range(1, len(columns) + 1)), copy=False
        )
    return select


def _joined(select: exp.Select, branch: Branch, access: Access) -> exp.Select:
    """Add the fact, its parents, and the spine that maps days to their base days."""
    datasets = access.catalog.datasets
    fact = datasets[branch.dataset]
    select = select.from_(_derived(fact, fact.name, branch, access), copy=False)
    for step in branch.joins:
        parent = _derived(datasets[step.dataset], step.alias, branch, access)
        select = select.join(parent, on=_on(step), join_type="left", copy=False)
    time = branch.measures[0].atom.time
    if branch.slice.days and time:
        on = exp.EQ(this=_day(time), expression=column(SPINE, "base"))
        select = select.join(_spine(branch.slice.days), on=on, join_type="inner", copy=False)
    return select


def _on(step: Join) -> exp.Expr:
    return exp.and_(
        *(
            exp.EQ(this=column(step.child, left), expression=column(step.alias, right))
            for left, right in step.on
        )
    )


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


def _key(item: Dimension, at: Slice, time: TimeColumn | None) -> exp.Expr:
    if item.bound is not None:
        return item.bound.expr.copy()
    if at.days:
        return column(SPINE, "bucket")
    if time is None or item.grain is None:
        raise AssertionError("the planner groups by time only what has a date")
    day = _day(time)
    if item.grain is Grain.DAY:
        start = day
    else:
        start = exp.cast(
            exp.TimestampTrunc(
                this=column(time.ref.source, time.ref.column),
                unit=exp.var(item.grain.value.upper()),
            ),
            "date",
        )
    return _forward(start, at)


def _forward(start: exp.Expr, at: Slice) -> exp.Expr:
    """Move a base period's first day to the period that it is compared with."""
    move = at.move
    if move is None or not (move.months or move.days):
        return start
    count, unit = (move.months, "MONTH") if move.months else (move.days, "DAY")
    interval = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
    return exp.cast(exp.Add(this=start, expression=interval), "date")


def _day(time: TimeColumn) -> exp.Expr:
    found = column(time.ref.source, time.ref.column)
    return exp.cast(found, "date") if time.timestamp else found


def _within(at: Slice, time: TimeColumn | None, parameters: Parameters) -> list[exp.Expr]:
    """Cut rows to a slice's days, half-open (rule 9); rows given by month count from the month that the days begin in."""
    if at.period is None or time is None:
        return []
    found = column(time.ref.source, time.ref.column)
    start = floor(at.period.start, time.grain)
    return [
        exp.GTE(this=found, expression=parameters.bind(start)),
        exp.LT(this=found.copy(), expression=parameters.bind(at.period.end)),
    ]


def _date(day: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date")


def _aggregate(atom: Atom, case: exp.Expr | None) -> exp.Expr:
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


def _spine(days: Sequence[tuple[date, date]]) -> exp.Values:
    rows = [exp.Tuple(expressions=[_date(bucket), _date(base)]) for bucket, base in days]
    alias = exp.TableAlias(
        this=exp.to_identifier(SPINE),
        columns=[exp.to_identifier("bucket"), exp.to_identifier("base")],
    )
    return exp.Values(expressions=rows, alias=alias)


def spine_rows(buckets: Sequence[date], key: str, measures: Sequence[str]) -> exp.Select:
    """Return one row per period that must appear, without values."""
    rows = [exp.Tuple(expressions=[_date(bucket)]) for bucket in buckets]
    alias = exp.TableAlias(this=exp.to_identifier(SPINE), columns=[exp.to_identifier("bucket")])
    columns: list[exp.Expr] = [
        exp.alias_(column(SPINE, "bucket"), exp.to_identifier(key, quoted=True))
    ]
    columns += [exp.alias_(exp.null(), exp.to_identifier(item, quoted=True)) for item in measures]
    return exp.Select(expressions=columns).from_(
        exp.Values(expressions=rows, alias=alias), copy=False
    )
