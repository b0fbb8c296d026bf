"""Where a running period lands at its present pace: its value so far, over the share of its days that have gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.calendar import Grain, Period
from semantic_layer.catalog import BoundMetric
from semantic_layer.errors import NeedsPeriod
from semantic_layer.model_calendar import GREGORIAN, Calendar

_WHOLES = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
_FLOWS = frozenset({"sum", "count"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The one shown period that is not over.

    Attributes:
        bucket: Its first day as the result shows it.
        whole: Its days, those to come included.
        gone: How many of them lie behind, the last day with data included.
    """

    bucket: date
    whole: Period
    gone: int

    def read(self, period: Period | None) -> Period:
        """Return the days of a result without those to come, whose rows say nothing about the pace."""
        return Period(
            period.start if period else date.min, self.whole.start + timedelta(days=self.gone)
        )


def running(
    period: Period | None,
    grain: str | None,
    through: date | None,
    calendar: Calendar = GREGORIAN,
) -> Running | None:
    """Return the running period of a result, or None where all are over.

    Days that a period leaves out at the front are not counted on either side. A period that ends with the last day
    with data is the part to date of the shortest week, month, quarter or year that begins with it.

    Args:
        period: The days asked for, or None for all.
        grain: The grain that the result is grouped by, or None.
        through: The last day with data.
        calendar: The model's.

    Raises:
        NeedsPeriod: There is neither a period nor a grain, so nothing says when it would be over.
    """
    if period is None and grain is None:
        raise NeedsPeriod("run_rate")
    if through is None:
        return None
    if grain is not None:
        bucket = calendar.period_of(through, grain)
        start = bucket.start if period is None else max(bucket.start, period.start)
        end = bucket.end
        if period is not None and not period.start <= through < max(period.end, start):
            return None
        found = Running(
            bucket=bucket.start, whole=Period(start, end), gone=(through - start).days + 1
        )
    else:
        whole = _whole(period, through, calendar)
        if whole is None:
            return None
        found = Running(bucket=whole.start, whole=whole, gone=(through - whole.start).days + 1)
    return found if found.gone < found.whole.days else None


def _whole(period: Period | None, through: date, calendar: Calendar) -> Period | None:
    if period is None or not period.start <= through:
        return None
    if through < period.last:
        return period
    if through > period.last:
        return None
    for grain in _WHOLES:
        whole = calendar.period_of(period.start, grain)
        if whole.start == period.start and whole.end >= period.end:
            return whole
    return None


def flows(metric: BoundMetric) -> bool:
    """Say whether a metric grows with the days: sums and counts and what adds them up, no rate and no balance."""
    return metric.formula.find(exp.Div, exp.Case) is None and all(
        atom.agg in _FLOWS and not (atom.snapshot or atom.frames or atom.is_nested)
        for atom in metric.atoms.values()
    )
