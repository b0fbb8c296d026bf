"""Which days a metric reads for the days that are shown: earlier ones, those up to date, a trailing window.

A frame maps the days of one shown period to the days that are read (rules 7 and 8): by the calendar, never by row,
and whatever period the query asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from semantic_layer.calendar import Grain, Period, add_months
from semantic_layer.errors import NotSupported
from semantic_layer.model_calendar import DAYS, GREGORIAN, MONTHS, Calendar

WEEKS_A_YEAR = 52


@dataclass(frozen=True, slots=True)
class Back:
    """The same days so many grains earlier; month ends clip."""

    grain: Grain
    count: int


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first period of the shown grain within a longer one."""

    grain: Grain


@dataclass(frozen=True, slots=True)
class ToDate:
    """From the start of a grain's period to the shown end; without a grain from the beginning of the data."""

    grain: str | None


@dataclass(frozen=True, slots=True)
class Since:
    """From a day to the shown end."""

    start: date


@dataclass(frozen=True, slots=True)
class Trailing:
    """So many grains up to the shown end."""

    grain: Grain
    count: int


@dataclass(frozen=True, slots=True)
class FirstDay:
    """The first shown day instead of the last one."""


@dataclass(frozen=True, slots=True)
class EachDay:
    """The mean over the shown days."""


Frame = Back | FirstOf | ToDate | Since | Trailing | FirstDay | EachDay


def read_days(
    frames: tuple[Frame, ...],
    shown: Period,
    grain: str | None,
    through: date | None,
    calendar: Calendar = GREGORIAN,
) -> Period:
    """Return the days that are read for some shown days.

    Args:
        frames: Outermost first.
        shown: One period of the result, or the whole of it.
        grain: The grain that the result is grouped by, or None.
        through: The last day with data: values to date of a running period end there, theirs and their bases'.
        calendar: The model's.
    """
    days = _until(frames, shown, through, calendar)
    for frame in frames:
        days = _read(frame, days, grain, calendar)
    return days


def _until(
    frames: tuple[Frame, ...], shown: Period, through: date | None, calendar: Calendar
) -> Period:
    if through is None or not shown.start <= through < shown.last:
        return shown
    if any(isinstance(frame, ToDate | Since) for frame in frames):
        return Period(shown.start, through + timedelta(days=1))
    windows = [frame for frame in frames if isinstance(frame, Trailing)]
    if windows:
        # Whole units, so that the running month's window is the same whether or not months are shown.
        return Period(
            shown.start, min(shown.end, calendar.period_of(through, windows[0].grain).end)
        )
    return shown


def _read(frame: Frame, days: Period, grain: str | None, calendar: Calendar) -> Period:
    match frame:
        case Back():
            return _back(days, frame, grain, calendar)
        case FirstOf():
            if grain is None:
                raise NotSupported("offset_to_grain_without_time")
            _refuse_listed(grain, calendar)
            return calendar.period_of(calendar.floor(days.start, frame.grain), grain)
        case ToDate() | Since() | Trailing():
            return Period(_beginning(frame, days, calendar), days.end)
        case FirstDay():
            return Period(days.start, days.start + timedelta(days=1))
        case EachDay():
            return days
        case _:
            assert_never(frame)


def _beginning(frame: ToDate | Since | Trailing, days: Period, calendar: Calendar) -> date:
    match frame:
        case ToDate():
            return calendar.floor(days.last, frame.grain) if frame.grain else date.min
        case Since():
            return min(frame.start, days.start)
        case Trailing():
            return calendar.shift(days.end, frame.grain, -frame.count)
        case _:
            assert_never(frame)


def _back(days: Period, frame: Back, grain: str | None, calendar: Calendar) -> Period:
    _refuse_listed(grain, calendar)
    if frame.grain in DAYS:
        earlier = timedelta(days=DAYS[frame.grain] * frame.count)
        return Period(days.start - earlier, days.end - earlier)
    months = MONTHS[frame.grain] * frame.count
    if grain == Grain.WEEK or (
        grain is None and calendar.period_of(days.start, Grain.WEEK) == days
    ):
        if months % 12:
            raise NotSupported("offset_of_weeks_by_months")
        earlier = timedelta(weeks=WEEKS_A_YEAR * months // 12)
        return Period(days.start - earlier, days.end - earlier)
    start = add_months(days.start, -months)
    if days.days > 1 and days.end.day == 1:
        return Period(start, add_months(days.end, -months))
    return Period(start, add_months(days.last, -months) + timedelta(days=1))


def _refuse_listed(grain: str | None, calendar: Calendar) -> None:
    """Refuse to move the periods of a table of days by months: they do not consist of them."""
    if grain in calendar.listed:
        raise NotSupported("calendar_compared", grain=grain)
