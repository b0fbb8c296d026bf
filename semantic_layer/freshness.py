"""What the asker must know about the days of an answer: a running period, a base that was cut to match it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from semantic_layer.calendar import Grain, Period, period_of
from semantic_layer.query import MetricQuery
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice


def freshness(
    query: MetricQuery, base: Slice | None, through: date | None, *, timed: bool
) -> Iterator[Notice]:
    """Yield what is partial in a query's days (rule 13).

    Args:
        query: What is asked.
        base: The days compared with.
        through: The last day with data.
        timed: Whether any of the metrics has a date.
    """
    if timed and through is not None:
        yield from _partial(query, through)
    compare = query.compare
    if base is None or base.period is None or compare is None or isinstance(compare.to, str):
        return
    if base.period != compare.to.days:
        facts: dict[str, Cell] = {
            "start": base.period.start.isoformat(),
            "last": base.period.last.isoformat(),
        }
        yield Notice(code="base_aligned", facts=facts)


def _partial(query: MetricQuery, through: date) -> Iterator[Notice]:
    period = query.period.days if query.period else None
    shown = through.isoformat()
    if period is not None and period.start <= through < period.last:
        facts: dict[str, Cell] = {"last": period.last.isoformat(), "through": shown}
        yield Notice(code="period_beyond_data", facts=facts)
    grain = query.grain
    if grain is None or grain is Grain.DAY or (period is not None and through not in period):
        return
    if period_of(through, grain).last != through:
        bucket = period_of(through, grain).start.isoformat()
        yield Notice(
            code="partial_bucket",
            facts={"bucket": bucket, "grain": grain.value, "through": shown},
        )


def stated(base: Slice | None) -> Period | None:
    """Return the base's days, or None where it has no beginning."""
    if base is None or base.period is None or base.period.start == date.min:
        return None
    return base.period
