"""Days, grains and half-open periods. All dates are calendar days in the model's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never


class Grain(StrEnum):
    """Length of a calendar period, finest first."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def rank(self) -> int:
        """Position from finest (0) to coarsest."""
        return tuple(Grain).index(self)


class DatePart(StrEnum):
    """A part of a date that recurs, as a whole number: Mondays are 1 (ISO 8601), weeks are those of ISO 8601."""

    MONTH_OF_YEAR = "month_of_year"
    QUARTER_OF_YEAR = "quarter_of_year"
    WEEK_OF_YEAR = "week_of_year"
    DAY_OF_WEEK = "day_of_week"
    DAY_OF_MONTH = "day_of_month"
    DAY_OF_YEAR = "day_of_year"
    HOUR_OF_DAY = "hour_of_day"

    def is_told_by(self, grain: Grain) -> bool:
        """Say whether the first day of a period of a grain tells the part of all its days."""
        return grain is Grain.DAY or grain in _TELLING.get(self, ())


_TELLING = {
    DatePart.MONTH_OF_YEAR: (Grain.MONTH,),
    DatePart.QUARTER_OF_YEAR: (Grain.MONTH, Grain.QUARTER),
    DatePart.WEEK_OF_YEAR: (Grain.WEEK,),
}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open range of days: `start` is inside, `end` is not."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"empty period: {self.start} to {self.end}")

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of days inside."""
        return (self.end - self.start).days

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end


def floor(day: date, grain: Grain) -> date:
    """Return the first day of the period that contains a day.

    Args:
        day: Any calendar day.
        grain: Length of the period; weeks start on Monday (ISO 8601).

    Returns:
        A day not later than `day`; `floor` of the result is the result.
    """
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case Grain.YEAR:
            return date(day.year, 1, 1)
        case _:
            assert_never(grain)


def add_months(day: date, months: int) -> date:
    """Move a day by whole months; a day past the month's end becomes the month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, month_length(year, month + 1)))


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month (`month` counts from 1)."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days


def shift(day: date, grain: Grain, count: int) -> date:
    """Move a day by `count` periods of a grain; month ends clip (31 March − 1 month = 28 or 29 February)."""
    match grain:
        case Grain.DAY:
            return day + timedelta(days=count)
        case Grain.WEEK:
            return day + timedelta(weeks=count)
        case Grain.MONTH:
            return add_months(day, count)
        case Grain.QUARTER:
            return add_months(day, 3 * count)
        case Grain.YEAR:
            return add_months(day, 12 * count)
        case _:
            assert_never(grain)


def period_of(day: date, grain: Grain) -> Period:
    """Return the whole period of a grain that contains a day."""
    start = floor(day, grain)
    return Period(start, shift(start, grain, 1))


def periods(span: Period, grain: Grain) -> Iterator[Period]:
    """Yield the whole periods of a grain that overlap a span, in order; the outer two may stick out."""
    start = floor(span.start, grain)
    while start < span.end:
        end = shift(start, grain, 1)
        yield Period(start, end)
        start = end


def whole_grain(span: Period) -> Grain | None:
    """Return the coarsest grain of which a span is exactly one period, or None."""
    for grain in reversed(Grain):
        if period_of(span.start, grain) == span:
            return grain
    return None


def is_aligned(span: Period, grain: Grain) -> bool:
    """Say whether a span consists of whole periods of a grain."""
    return floor(span.start, grain) == span.start and floor(span.end, grain) == span.end
