"""Slices of time: which days a column reads, and where its rows land when periods are compared.

A comparison reads other days than the ones shown. Days move by the calendar, never by row (rules 7 and 8): the base
of a month is the month before it, of 31 March the last of February, of a week the week 52 weeks earlier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from semantic_layer.calendar import Grain, Period, add_months
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.model_calendar import FISCAL_QUARTER, FISCAL_YEAR, GREGORIAN, MONTHS, Calendar
from semantic_layer.query import Compare, MetricQuery

WEEKS_A_YEAR = 52
MAX_DAYS = 3_700


@dataclass(frozen=True, slots=True)
class Move:
    """How far base rows move forward: whole months, or days."""

    months: int = 0
    days: int = 0

    def back(self, day: date) -> date:
        """Return the base day of a day; month ends clip."""
        return add_months(day, -self.months) if self.months else day - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Range:
    """The days that are read for one shown period; several of one period share its mean.

    Attributes:
        bucket: The first day of the shown period.
        start: The first day read.
        end: The day after the last one read.
        parts: How many ranges the period has.
        share: How many of `whole` parts of what the days hold belong to the shown period.
    """

    bucket: date
    start: date
    end: date
    parts: int = 1
    share: int = 1
    whole: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The days that a group of atoms reads.

    Attributes:
        name: current, base, aligned (whole target periods) or target.
        period: The days read; None: all.
        move: How far rows move forward to the period that they are compared with.
        days: Day → base day, for daily rows moved by months, where two days may share a base.
        ranges: The days that are read for each shown period, where they are other ones; they may overlap.
        each: Whether the ranges of one period are its days, over which the mean is taken.
        weighted: Whether only a share of what the ranges hold counts.
        without: A field whose filters do not hold here: the whole that a share is taken of.
    """

    name: str
    period: Period | None
    move: Move | None = None
    days: tuple[tuple[date, date], ...] = ()
    ranges: tuple[Range, ...] = ()
    each: bool = False
    weighted: bool = False
    without: str | None = None

    def reads_whole(self, given: Grain, calendar: Calendar) -> bool:
        """Say whether whole periods of a grain are read for each shown one, however short that is."""
        return bool(self.ranges) and all(
            calendar.is_aligned(Period(item.start, item.end), given) for item in self.ranges
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One of several slices that share a scan: the periods that it takes, and where they land.

    Attributes:
        slice: The days, and how far their rows move forward.
        columns: Measure → the column of the scan that holds it.
    """

    slice: Slice
    columns: Mapping[str, str]


def base_slice(query: MetricQuery, through: date | None, calendar: Calendar = GREGORIAN) -> Slice:
    """Work out what a query is compared with.

    Args:
        query: A query with `compare`.
        through: The last day with data; a running period is compared with the same part of its base (rule 13),
            unless `compare.partial` is `full`.
        calendar: The model's.

    Raises:
        NeedsPeriod: There is neither a period nor a time grain to move.
    """
    compare = query.compare
    if compare is None:
        raise NeedsPeriod("compare")
    period = query.period.days if query.period else None
    grain = query.time_grain
    if isinstance(compare.to, str):
        move = _move(compare.to, period, grain, through, calendar)
        base = (
            _moved(period, move, through, compare)
            if period is not None
            else _all_before(move, through, grain, compare, calendar)
        )
    else:
        if period is not None and compare.to.start < period.end and period.start < compare.to.end:
            raise NotSupported("base_overlaps")
        move = _between(period, compare.to.days, grain, calendar)
        base = _same_part(compare.to.days, period, through, compare, calendar)
    days = _daily(period, move, calendar) if grain == Grain.DAY and move.months else ()
    return Slice(name="base", period=base, move=move, days=days)


def current_slice(query: MetricQuery, through: date | None) -> Slice:
    """Return the days that the values themselves read.

    They are the days asked for; where a running period is laid beside the same part of its base (rule 13), they end
    with the last day that both have, so that rows dated later do not meet nothing.
    """
    period = query.period.days if query.period else None
    if query.compare and period is not None:
        period = Period(period.start, _last(period, through, query.compare) + timedelta(days=1))
    return Slice(name="current", period=period)


def _last(period: Period, through: date | None, compare: Compare) -> date:
    """Return the last day of a period that is compared: the last one with data, where it is running."""
    if compare.partial == "align" and through is not None and period.start <= through < period.last:
        return through
    return period.last


def _same_part(
    base: Period, period: Period | None, through: date | None, compare: Compare, calendar: Calendar
) -> Period:
    """Return the part of a named base that a running period has come to: the same share of a month, else as many days."""
    if period is None:
        return base
    last = _last(period, through, compare)
    if last == period.last:
        return base
    grain = calendar.whole_grain(period)
    if grain in MONTHS and calendar.whole_grain(base) == grain:
        end = _base_end(Move(months=_months(base.start, period.start)), last)
    else:
        end = base.start + (last - period.start) + timedelta(days=1)
    return Period(base.start, min(base.end, end))


def _all_before(
    move: Move, through: date | None, grain: str | None, compare: Compare, calendar: Calendar
) -> Period | None:
    """Return the base of all data: up to the base of the last day, else it would lie beside periods still to come."""
    if through is None or grain is None:
        return None
    last = through if compare.partial == "align" else calendar.period_of(through, grain).last
    return Period(date.min, _base_end(move, last))


def _base_end(move: Move, last: date) -> date:
    """Return the day after the base of a last day; a whole month's base is a whole month, however long."""
    following = last + timedelta(days=1)
    if following.day == 1 or not move.months:
        return move.back(following)
    return move.back(last) + timedelta(days=1)


def _move(
    to: str, period: Period | None, grain: str | None, through: date | None, calendar: Calendar
) -> Move:
    if to == "previous_year":
        week = period is not None and period.days == 7 and calendar.is_aligned(period, Grain.WEEK)
        if grain == Grain.WEEK or (grain is None and week):
            return Move(days=7 * WEEKS_A_YEAR)
        if grain is None and period is None:
            raise NeedsPeriod(to)
        return Move(months=12)
    if grain is not None:
        return _one(grain)
    if period is None:
        raise NeedsPeriod(to)
    return _span(period, through, calendar)


def _one(grain: str) -> Move:
    return (
        Move(months=MONTHS[grain])
        if grain in MONTHS
        else Move(days=7 if grain == Grain.WEEK else 1)
    )


def _span(period: Period, through: date | None, calendar: Calendar) -> Move:
    """Return how far back the period before a period lies: its own length in the unit that it is made of."""
    exact = calendar.whole_grain(period)
    if exact is not None and exact != Grain.DAY:
        return _one(exact)
    running = through is not None and period.end == through + timedelta(days=1)
    if running:
        own = calendar.grains()
        fiscal = tuple(grain for grain in (FISCAL_QUARTER, FISCAL_YEAR) if grain in own)
        for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR, *fiscal, Grain.WEEK):
            whole = calendar.period_of(period.start, grain)
            if whole.start == period.start and period.end <= whole.end:
                return _one(grain)
    if calendar.is_aligned(period, Grain.MONTH):
        return Move(months=_months(period.start, period.end))
    return Move(days=period.days)


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _moved(period: Period, move: Move, through: date | None, compare: Compare) -> Period:
    last = _last(period, through, compare)
    return Period(move.back(period.start), _base_end(move, last))


def _between(period: Period | None, base: Period, grain: str | None, calendar: Calendar) -> Move:
    """Return the distance from a named base to the period that it is laid beside."""
    if period is None:
        raise NeedsPeriod("compare")
    if grain is None:
        return Move()
    start, base_start = calendar.floor(period.start, grain), calendar.floor(base.start, grain)
    if grain in {Grain.DAY, Grain.WEEK}:
        return Move(days=(start - base_start).days)
    return Move(months=_months(base_start, start))


def _daily(period: Period | None, move: Move, calendar: Calendar) -> tuple[tuple[date, date], ...]:
    if period is None:
        raise NeedsPeriod("compare_by_day")
    if period.days > MAX_DAYS:
        raise NotSupported("compare_by_day_too_long", limit=MAX_DAYS)
    return tuple((day.start, move.back(day.start)) for day in calendar.periods(period, Grain.DAY))


def whole_periods(
    period: Period | None, grain: str, through: date | None, calendar: Calendar = GREGORIAN
) -> Period | None:
    """Widen days to the whole periods of a grain that they overlap, up to the one that holds the last day with data."""
    if period is None:
        return None if through is None else Period(date.min, calendar.period_of(through, grain).end)
    last = period.last if through is None or through < period.start else min(period.last, through)
    return Period(calendar.floor(period.start, grain), calendar.period_of(last, grain).end)
