"""Columns in the data that metrics read: missing values, dates outside a sane range, days of the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.atoms import TimeColumn
from semantic_layer.calendar import Grain
from semantic_layer.catalog import Catalog
from semantic_layer.health.probe import (
    DataFinding,
    Fact,
    Probe,
    aliased,
    counted,
    derived,
    missing,
    number,
    of,
    owner_of,
    rows_counted,
    share,
    shown,
)
from semantic_layer.policy import scan
from semantic_layer.sql_nodes import column, day_literal

OLDEST = date(1990, 1, 1)
"""An earlier day is a placeholder or a slip, not a sale."""


def missing_values(probe: Probe) -> Iterator[DataFinding]:
    """Yield columns that metrics aggregate or date by, and that are empty in some rows."""
    dates = {(owner, name) for owner, name, _ in _dates(probe.catalog)}
    read: dict[str, dict[str, None]] = {}
    for owner, name in (*sorted(dates), *_measured(probe.catalog)):
        read.setdefault(owner, {})[name] = None
    for owner, names in read.items():
        dataset = probe.catalog.datasets[owner]
        wanted = [rows_counted(), *(counted(missing(of(dataset, name))) for name in names)]
        rows, *found = probe.row(derived(dataset, tuple(names)), wanted)
        for name, count in zip(names, map(number, found), strict=True):
            if count:
                yield DataFinding(
                    level="warning",
                    where=f"{owner}.{name}",
                    code="missing_dates" if (owner, name) in dates else "missing_measures",
                    facts={"count": count, "share": share(count, number(rows))},
                )


def odd_dates(probe: Probe) -> Iterator[DataFinding]:
    """Yield dates before 1990, and days after the day that the data are asked on; plans by month may lie ahead."""
    for owner, name, grain in _dates(probe.catalog):
        dataset = probe.catalog.datasets[owner]
        value = of(dataset, name)
        early = exp.LT(this=value, expression=day_literal(OLDEST))
        late = exp.GTE(this=value.copy(), expression=day_literal(probe.today + timedelta(days=1)))
        wanted = [rows_counted(), counted(early), counted(late)]
        wanted += [exp.Min(this=value.copy()), exp.Max(this=value.copy())]
        rows, before, after, first, last = probe.row(derived(dataset, (name,)), wanted)
        found = [("ancient_dates", number(before), first)]
        if grain is Grain.DAY:
            found.append(("future_dates", number(after), last))
        for code, count, example in found:
            if count:
                yield DataFinding(
                    level="warning",
                    where=f"{owner}.{name}",
                    code=code,
                    facts={
                        "count": count,
                        "share": share(count, number(rows)),
                        "example": shown(example),
                        "today": probe.today.isoformat(),
                    },
                )


def calendar_days(probe: Probe) -> Iterator[DataFinding]:
    """Yield days that the calendar table lacks or has twice: facts of such a day vanish into no period, or count twice."""
    calendar = probe.catalog.calendar
    if calendar is None:
        return
    where = calendar.dataset.spec.source
    per_day = exp.Select(
        expressions=[
            exp.alias_(exp.cast(column("t", calendar.date), "date"), "day"),
            exp.alias_(rows_counted(), "n"),
        ]
    )
    source = aliased(scan(calendar.dataset, frozenset({calendar.date}), None), "t")
    per_day = per_day.from_(source, copy=False).group_by(exp.Literal.number(1), copy=False)
    known = aliased(per_day.where(exp.Not(this=missing(column("t", calendar.date)))), "d")
    day, several = (
        exp.column("day", "d"),
        exp.GT(this=exp.column("n", "d"), expression=exp.Literal.number(1)),
    )
    twice = exp.Min(this=exp.Case(ifs=[exp.If(this=several.copy(), true=day.copy())]))
    wanted = [rows_counted(), counted(several), twice, exp.Min(this=day), exp.Max(this=day.copy())]
    days, doubled, example, first, last = probe.row(known, wanted)
    if not isinstance(first, date) or not isinstance(last, date):
        yield DataFinding(level="problem", where=where, code="calendar_empty")
        return
    if number(doubled):
        facts: dict[str, Fact] = {
            "count": number(doubled),
            "share": share(number(doubled), number(days)),
            "example": shown(example),
        }
        yield DataFinding(level="problem", where=where, code="calendar_doubled", facts=facts)
    gaps = (last - first).days + 1 - number(days)
    if gaps:
        span = {"first": first.isoformat(), "last": last.isoformat()}
        facts = {"count": gaps, "share": share(gaps, (last - first).days + 1), **span}
        yield DataFinding(level="problem", where=where, code="calendar_gaps", facts=facts)
    yield from _outside(probe, where, first, last)


def _outside(probe: Probe, where: str, first: date, last: date) -> Iterator[DataFinding]:
    """Yield facts that lie before or after the calendar's days."""
    span: dict[str, Fact] = {"first": first.isoformat(), "last": last.isoformat()}
    for owner, name, _ in _dates(probe.catalog):
        dataset = probe.catalog.datasets[owner]
        value = of(dataset, name)
        outside = exp.or_(
            exp.LT(this=value, expression=day_literal(first)),
            exp.GTE(this=value.copy(), expression=day_literal(last + timedelta(days=1))),
        )
        rows, found = probe.row(derived(dataset, (name,)), [rows_counted(), counted(outside)])
        if number(found):
            facts = {"count": number(found), "share": share(number(found), number(rows)), **span}
            yield DataFinding(
                level="warning",
                where=f"{owner}.{name}",
                code="calendar_short",
                facts={**facts, "calendar": where},
            )


def _dates(catalog: Catalog) -> Iterator[tuple[str, str, Grain]]:
    """Yield dataset, column and grain of every date that a metric is cut on, each once."""
    times: dict[tuple[str, str], TimeColumn] = {}
    for metric in catalog.metrics.values():
        for atom in metric.row_atoms():
            if atom.time is not None:
                owner = owner_of(catalog, atom.time.ref.source)
                times.setdefault((owner, atom.time.ref.column), atom.time)
    for (owner, name), time in times.items():
        yield owner, name, time.grain


def _measured(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield dataset and column of everything that a metric aggregates."""
    for metric in catalog.metrics.values():
        for atom in metric.row_atoms():
            for node in atom.expr.find_all(exp.Column) if atom.expr is not None else ():
                yield owner_of(catalog, node.table), node.name
