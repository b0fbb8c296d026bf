"""What the asker must know about the days of an answer: a running period, a base that was cut to match it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from semantic_layer.calendar import Grain, Period
from semantic_layer.model_calendar import Calendar
from semantic_layer.query import MetricQuery
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice


def freshness(
    query: MetricQuery,
    base: Slice | None,
    through: date | None,
    calendar: Calendar,
    *,
    timed: bool,
) -> Iterator[Notice]:
    """Yield what is partial in a query's days (rule 13).

    Args:
        query: What is asked.
        base: The days compared with.
        through: The last day with data.
        calendar: The model's.
        timed: Whether any of the metrics has a date.
    """
    if timed and through is not None:
        yield from _partial(query, through, calendar)
    compare = query.compare
    if base is None or base.period is None or compare is None or isinstance(compare.to, str):
        return
    if base.period != compare.to.days:
        facts: dict[str, Cell] = {
            "start": base.period.start.isoformat(),
            "last": base.period.last.isoformat(),
        }
        yield Notice(code="base_aligned", facts=facts)


def _partial(query: MetricQuery, through: date, calendar: Calendar) -> Iterator[Notice]:
    period = query.period.days if query.period else None
    shown = through.isoformat()
    if period is not None and period.start <= through < period.last:
        facts: dict[str, Cell] = {"last": period.last.isoformat(), "through": shown}
        yield Notice(code="period_beyond_data", facts=facts)
    grain = query.time_grain
    if grain is None or grain == Grain.DAY or (period is not None and through not in period):
        return
    if not calendar.reaches(through, grain):
        return
    found = calendar.period_of(through, grain)
    if found.last != through:
        bucket = found.start.isoformat()
        yield Notice(
            code="partial_bucket",
            facts={"bucket": bucket, "grain": str(grain), "through": shown},
        )


def widened(period: Period | None, grain: Grain, calendar: Calendar) -> Iterator[Notice]:
    """Yield that rows given by month count whole months, where the period cuts one."""
    if period is None or grain is Grain.DAY or calendar.is_aligned(period, grain):
        return
    covered = list(calendar.periods(period, grain))
    facts: dict[str, Cell] = {
        "start": covered[0].start.isoformat(),
        "last": covered[-1].last.isoformat(),
    }
    yield Notice(code="target_whole_periods", facts=facts)


def stated(base: Slice | None) -> Period | None:
    """Return the base's days, or None where it has no beginning."""
    if base is None or base.period is None or base.period.start == date.min:
        return None
    return base.period
