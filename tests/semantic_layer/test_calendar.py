from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.calendar import (
    Grain,
    Period,
    add_months,
    floor,
    is_aligned,
    month_length,
    period_of,
    periods,
    shift,
    whole_grain,
)

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
GRAINS = st.sampled_from(Grain)


@given(day=DAYS, grain=GRAINS)
def test_floor_is_idempotent_and_never_later(day: date, grain: Grain) -> None:
    start = floor(day, grain)

    assert floor(start, grain) == start <= day


@given(day=DAYS, grain=GRAINS)
def test_a_day_is_in_its_period(day: date, grain: Grain) -> None:
    assert day in period_of(day, grain)


@given(day=DAYS)
def test_weeks_start_on_monday(day: date) -> None:
    assert floor(day, Grain.WEEK).isoweekday() == 1


@given(start=DAYS, length=st.integers(1, 900), grain=GRAINS)
def test_periods_cover_a_span_without_gaps(start: date, length: int, grain: Grain) -> None:
    span = Period(start, start + timedelta(days=length))

    found = list(periods(span, grain))

    assert found[0].start <= span.start
    assert found[-1].end >= span.end
    assert [one.end for one in found[:-1]] == [two.start for two in found[1:]]


@given(day=DAYS, months=st.integers(-600, 600))
def test_moving_by_months_keeps_the_day_or_clips_to_the_month_end(day: date, months: int) -> None:
    moved = add_months(day, months)

    assert moved.day == min(day.day, month_length(moved.year, moved.month))
    assert (moved.year - day.year) * 12 + moved.month - day.month == months


@given(day=DAYS, grain=GRAINS)
def test_the_whole_grain_of_a_period_is_not_finer_than_the_period(day: date, grain: Grain) -> None:
    found = whole_grain(period_of(day, grain))

    assert found is not None
    assert found.rank >= grain.rank


@given(day=DAYS, grain=GRAINS)
def test_a_whole_period_is_aligned(day: date, grain: Grain) -> None:
    assert is_aligned(period_of(day, grain), grain)


@pytest.mark.parametrize(
    ("day", "grain", "count", "expected"),
    [
        (date(2024, 3, 31), Grain.MONTH, -1, date(2024, 2, 29)),
        (date(2023, 3, 31), Grain.MONTH, -1, date(2023, 2, 28)),
        (date(2024, 2, 29), Grain.YEAR, -1, date(2023, 2, 28)),
        (date(2024, 5, 31), Grain.QUARTER, -1, date(2024, 2, 29)),
        (date(2024, 1, 1), Grain.WEEK, -52, date(2023, 1, 2)),
        (date(2024, 12, 31), Grain.DAY, 1, date(2025, 1, 1)),
    ],
)
def test_month_ends_clip(day: date, grain: Grain, count: int, expected: date) -> None:
    assert shift(day, grain, count) == expected


@pytest.mark.parametrize(
    ("year", "month", "length"), [(2024, 2, 29), (2023, 2, 28), (1900, 2, 28), (2000, 2, 29)]
)
def test_leap_years_have_a_longer_february(year: int, month: int, length: int) -> None:
    assert month_length(year, month) == length


def test_a_period_must_go_forward() -> None:
    with pytest.raises(ValueError, match="empty period"):
        Period(date(2024, 1, 1), date(2024, 1, 1))
