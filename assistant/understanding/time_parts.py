"""Dates of the parts of a year: quarters, months, days, weeks, festivals, its first and last months."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import assert_never

from assistant.understanding.time_nodes import (
    Edge,
    Festival,
    Half,
    Month,
    MonthDay,
    Part,
    PartRange,
    Quarter,
    UnknownPeriod,
    Week,
)
from assistant.understanding.time_words import festival
from semantic_layer.calendar import Grain, Period, add_months, floor, month_length, period_of, shift


def follows_calendar(part: Part) -> bool:
    """Say whether a part has a place in the calendar year whatever the fiscal year is (5月, unlike Q3)."""
    if isinstance(part, PartRange):
        return follows_calendar(part.first)
    return isinstance(part, Month | MonthDay | Week | Festival)


def floor_in_year(day: date, grain: Grain, first_month: int, week_start: int) -> date:
    """Return the first day of the period that contains a day, in years from `first_month` and weeks from `week_start`."""
    if grain is Grain.WEEK:
        return day - timedelta(days=(day.weekday() - week_start) % 7)
    if grain in {Grain.QUARTER, Grain.YEAR}:
        gone = (day.month - first_month) % 12
        return add_months(day.replace(day=1), -(gone % 3 if grain is Grain.QUARTER else gone))
    return floor(day, grain)


def latest_part(part: Part, day: date, first_month: int) -> Period:
    """Return the latest occurrence that begins on or before a day."""
    start = floor_in_year(day, Grain.YEAR, first_month, 0)
    for back in range(9):
        year = add_months(start, -12 * back)
        if part == MonthDay(2, 29) and not isleap(year.year):
            continue
        period = part_of(part, year)
        if period.start <= day:
            return period
    raise AssertionError("a part of a year recurs within eight years")


def next_part(part: Part, day: date, first_month: int) -> Period:
    """Return the first occurrence that begins on or after a day."""
    start = floor_in_year(day, Grain.YEAR, first_month, 0)
    period = part_of(part, start)
    return period if period.start >= day else part_of(part, add_months(start, 12))


def part_of(part: Part, year: date) -> Period:  # noqa: PLR0911 - one case a part
    """Date a part of the twelve months that start on a day; days past a month's end clip."""
    match part:
        case Quarter(number=number):
            return _months(year, 3 * (number - 1), 3)
        case Half(number=number):
            return _months(year, 6 * (number - 1), 6)
        case Month(number):
            return _months(year, (number - year.month) % 12, 1)
        case MonthDay(number, day):
            first = add_months(year, (number - year.month) % 12)
            return period_of(
                first.replace(day=min(day, month_length(first.year, number))), Grain.DAY
            )
        case Week(number):
            first = date.fromisocalendar(year.year, 1, 1)
            return period_of(first + timedelta(weeks=number - 1), Grain.WEEK)
        case Festival(key):
            return _festival(key, year)
        case Edge():
            return cut_edge(_months(year, 0, 12), part)
        case PartRange(first_part, last_part):
            first_period, last = part_of(first_part, year), part_of(last_part, year)
            if last.start < first_period.start:
                last = part_of(last_part, add_months(year, 12))
            return Period(first_period.start, last.end)
        case _:
            assert_never(part)


def _months(year: date, skip: int, count: int) -> Period:
    start = add_months(year, skip)
    return Period(start, add_months(start, count))


def _festival(key: str, year: date) -> Period:
    end = add_months(year, 12)
    for number in (year.year, end.year):
        found = festival(key, number)
        if found and year <= found[0] < end:
            return Period(found[0], found[0] + timedelta(days=found[1]))
    raise UnknownPeriod(f"{key} {year.year}")


def part_grain(part: Part) -> Grain | None:
    """Return the grain a part is counted in; halves are two quarters, mixed ranges None."""
    match part:
        case Quarter() | Half():
            return Grain.QUARTER
        case Month():
            return Grain.MONTH
        case MonthDay() | Festival():
            return Grain.DAY
        case Week():
            return Grain.WEEK
        case Edge():
            return part.grain
        case PartRange():
            return common_grain(part_grain(part.first), part_grain(part.last))
        case _:
            assert_never(part)


def common_grain(first: Grain | None, last: Grain | None) -> Grain | None:
    """Return the grain of a range between two periods; a day at either end makes it a range of days."""
    return Grain.DAY if Grain.DAY in {first, last} else first if first == last else None


def cut_edge(period: Period, edge: Edge) -> Period:
    """Return the first or last periods inside a longer one, never more than all of it."""
    if edge.last:
        return Period(max(period.start, shift(period.end, edge.grain, -edge.count)), period.end)
    return Period(period.start, min(period.end, shift(period.start, edge.grain, edge.count)))
