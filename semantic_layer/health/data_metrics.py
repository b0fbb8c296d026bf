"""Metrics on the live data: failing, silent, unfilled, driven by something else, planned twice, or out of date."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundMetric, Dataset
from semantic_layer.errors import WenshuError
from semantic_layer.groups import TimeGroup
from semantic_layer.health.probe import (
    DataFinding,
    Probe,
    aliased,
    counted,
    derived,
    first_where,
    number,
    of,
    rows_counted,
    share,
    shown,
)
from semantic_layer.metric_specs import DerivedMetric, RatioMetric, SimpleMetric, SumOf
from semantic_layer.query import MetricQuery, MetricUse
from semantic_layer.result import Cell

PRECISION = 1e-6
"""How far drivers may miss their metric, as a share of it."""
YEAR = timedelta(days=365)


def metrics(probe: Probe) -> Iterator[DataFinding]:
    """Yield metrics that cannot be computed, and those that give nothing."""
    for name in probe.catalog.metrics:
        try:
            cells = probe.layer.run(MetricQuery(metrics=(MetricUse(metric=name),))).rows()[0]
        except WenshuError as error:
            yield DataFinding(level="problem", where=name, code="metric_fails", error=error)
        else:
            if cells[0] in {None, 0}:
                yield DataFinding(level="warning", where=name, code="silent_metric")


def unfilled(probe: Probe) -> Iterator[DataFinding]:
    """Yield sums that differences and rates are made of: over no rows they are NULL, and so is all that is made of them."""
    catalog = probe.catalog
    parts = {
        name
        for item in catalog.metrics.values()
        if isinstance(item.spec, RatioMetric | DerivedMetric)
        for name in item.uses - {item.name}
    }
    for name in sorted(parts & catalog.metrics.keys()):
        spec = catalog.metrics[name].spec
        if isinstance(spec, SimpleMetric) and spec.agg == "sum" and spec.fill_nulls_with is None:
            yield DataFinding(level="warning", where=name, code="sum_without_fill")


def drivers(probe: Probe) -> Iterator[DataFinding]:
    """Yield metrics that their drivers do not give: over all data, and year by year."""
    for name, metric in probe.catalog.metrics.items():
        spec = metric.spec.drivers
        names = spec.sum if isinstance(spec, SumOf) else spec
        if not names:
            continue
        kind = "sum" if isinstance(spec, SumOf) else "product"
        asked = tuple(MetricUse(metric=item) for item in dict.fromkeys((name, *names)))
        places = [[use.metric for use in asked].index(item) for item in names]
        try:
            rows = [[None, *row] for row in _answers(probe, asked)]
            timed = all(
                atom.time for use in asked for atom in probe.catalog.metric(use.metric).row_atoms()
            )
            rows += _answers(probe, asked, TimeGroup(time=Grain.YEAR)) if timed else []
        except WenshuError as error:
            yield DataFinding(level="warning", where=name, code="drivers_untested", error=error)
            continue
        yield from _missed(metric, kind, names, rows, places)


def _answers(probe: Probe, asked: tuple[MetricUse, ...], *groups: TimeGroup) -> list[list[Cell]]:
    return probe.layer.run(MetricQuery(metrics=asked, group_by=groups)).rows()


def _missed(
    metric: BoundMetric,
    kind: str,
    names: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    places: Sequence[int],
) -> Iterator[DataFinding]:
    for period, *cells in rows:
        whole = cells[0]
        made = _made(kind, [cells[place] for place in places])
        if whole is None and made is None:
            continue
        if whole is None or made is None or not _close(float(whole), made):
            yield DataFinding(
                level="problem",
                where=metric.name,
                code=f"drivers_{kind}",
                facts={
                    "drivers": tuple(names),
                    "value": whole,
                    "made": made,
                    "period": str(period)[:4] if period is not None else None,
                },
            )
            return


def _made(kind: str, parts: Sequence[Cell]) -> float | None:
    """Return what drivers give: a sum leaves parts without a value out, a product has none then."""
    known = [float(part) for part in parts if part is not None]
    if kind == "sum":
        return math.fsum(known) if known else None
    return math.prod(known) if len(known) == len(parts) else None


def _close(value: float, made: float) -> bool:
    return abs(value - made) <= PRECISION * max(abs(value), abs(made))


def repeated_periods(probe: Probe) -> Iterator[DataFinding]:
    """Yield datasets given by month or coarser that hold several rows of one key in one period: a plan counts twice."""
    for dataset in probe.catalog.datasets.values():
        time = dataset.time
        if time is None or time.grain is Grain.DAY or time.ref.source != dataset.name:
            continue
        keys = [name for name in dataset.primary_key if name.lower() != time.ref.column.lower()]
        if len(keys) == len(dataset.primary_key):
            # Without a key that the date is part of, nothing says that a period has one row.
            continue
        yield from _repeated(probe, dataset, keys, time.ref.column, time.grain)


def _repeated(
    probe: Probe, dataset: Dataset, keys: Sequence[str], day: str, grain: Grain
) -> Iterator[DataFinding]:
    start = exp.cast(
        exp.TimestampTrunc(this=of(dataset, day), unit=exp.var(grain.value.upper())), "date"
    )
    groups = [start, *(of(dataset, name) for name in keys)]
    days = exp.Count(this=exp.Distinct(expressions=[of(dataset, day)]))
    per_period = exp.Select(expressions=[exp.alias_(start.copy(), "period"), exp.alias_(days, "n")])
    per_period = per_period.from_(derived(dataset, (*keys, day)), copy=False)
    per_period = per_period.group_by(*(item.copy() for item in groups), copy=False)
    several = exp.GT(this=exp.column("n", "d"), expression=exp.Literal.number(1))
    example = first_where(several.copy(), exp.column("period", "d"))
    wanted = [rows_counted(), counted(several), example]
    periods, count, first = probe.row(aliased(per_period, "d"), wanted)
    if number(count):
        yield DataFinding(
            level="problem",
            where=dataset.name,
            code="repeated_periods",
            facts={
                "count": number(count),
                "share": share(number(count), number(periods)),
                "grain": grain.value,
                "example": shown(first),
            },
        )


def certificates(probe: Probe) -> Iterator[DataFinding]:
    """Yield certificates older than a year or dated ahead, and current metrics made of deprecated ones."""
    catalog = probe.catalog
    for name, metric in catalog.metrics.items():
        day = metric.spec.certified
        if isinstance(day, date):
            facts = {"certified": day.isoformat(), "today": probe.today.isoformat()}
            if day > probe.today:
                yield DataFinding(level="warning", where=name, code="certified_ahead", facts=facts)
            elif probe.today - day > YEAR:
                yield DataFinding(level="warning", where=name, code="certified_old", facts=facts)
        old = sorted(
            part
            for part in metric.uses - {name}
            if part in catalog.metrics and catalog.metrics[part].spec.is_deprecated
        )
        if old and not metric.spec.is_deprecated:
            yield DataFinding(
                level="warning", where=name, code="made_of_deprecated", facts={"parts": tuple(old)}
            )
