from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.calendar import Grain, Period
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.query import MetricQuery, parse_query
from semantic_layer.slices import Move, base_slice, current_slice, whole_periods


def comparing(
    to: Any, start: str | None, end: str | None, grain: str | None = None, partial: str = "align"
) -> MetricQuery:
    query: dict[str, Any] = {"metrics": ["m"], "compare": {"to": to, "partial": partial}}
    query["period"] = {"start": start, "end": end} if start else None
    query["group_by"] = [{"time": grain}] if grain else []
    return parse_query(query)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("to", "start", "end", "grain", "through", "expected"),
    [
        ("previous_year", "2024-02-01", "2024-03-01", None, None, ("2023-02-01", "2023-02-28")),
        ("previous_year", "2025-02-01", "2025-03-01", None, None, ("2024-02-01", "2024-02-29")),
        ("previous_year", "2024-01-01", "2025-01-01", None, None, ("2023-01-01", "2023-12-31")),
        ("previous_year", "2024-02-29", "2024-03-01", None, None, ("2023-02-28", "2023-02-28")),
        ("previous_year", "2024-01-01", "2024-01-08", None, None, ("2023-01-02", "2023-01-08")),
        ("previous_year", "2024-01-03", "2024-02-20", "week", None, ("2023-01-04", "2023-02-20")),
        ("previous_period", "2024-03-01", "2024-04-01", None, None, ("2024-02-01", "2024-02-29")),
        ("previous_period", "2024-04-01", "2024-07-01", None, None, ("2024-01-01", "2024-03-31")),
        ("previous_period", "2024-01-01", "2025-01-01", None, None, ("2023-01-01", "2023-12-31")),
        ("previous_period", "2024-01-01", "2024-01-08", None, None, ("2023-12-25", "2023-12-31")),
        ("previous_period", "2024-01-01", "2024-03-01", None, None, ("2023-11-01", "2023-12-31")),
        ("previous_period", "2024-01-10", "2024-01-20", None, None, ("2023-12-31", "2024-01-09")),
        ("previous_period", "2024-01-01", "2024-04-01", "month", None, ("2023-12-01", "2024-02-29")),
        ("previous_period", "2024-01-01", "2024-04-01", "day", None, ("2023-12-31", "2024-03-30")),
        ("previous_period", "2026-08-01", "2026-08-20", None, "2026-08-19", ("2026-07-01", "2026-07-19")),
        ("previous_period", "2026-07-01", "2026-08-20", None, "2026-08-19", ("2026-04-01", "2026-05-19")),
        ("previous_period", "2026-01-01", "2026-08-20", None, "2026-08-19", ("2025-01-01", "2025-08-19")),
        ("previous_period", "2026-08-17", "2026-08-20", None, "2026-08-19", ("2026-08-10", "2026-08-12")),
    ],
)  # fmt: skip
def test_the_base_is_the_period_before_by_the_calendar(
    to: str,
    start: str,
    end: str,
    grain: str | None,
    through: str | None,
    expected: tuple[str, str],
) -> None:
    base = base_slice(comparing(to, start, end, grain), day(through)).period

    assert base is not None
    assert (base.start.isoformat(), base.last.isoformat()) == expected


@pytest.mark.parametrize(
    ("partial", "base_last"), [("align", "2025-08-19"), ("full", "2025-12-31")]
)
def test_a_running_period_is_compared_with_the_same_part_unless_the_whole_is_asked(
    partial: str, base_last: str
) -> None:
    query = comparing("previous_year", "2026-01-01", "2027-01-01", partial=partial)

    base = base_slice(query, date(2026, 8, 19)).period

    assert base is not None
    assert base.last.isoformat() == base_last


def test_a_running_period_ends_with_the_last_day_that_is_compared() -> None:
    query = comparing("previous_year", "2026-01-01", "2027-01-01")

    assert current_slice(query, date(2026, 8, 19)).period == Period(
        date(2026, 1, 1), date(2026, 8, 20)
    )


def test_without_comparison_the_period_is_read_as_asked() -> None:
    query = parse_query({"metrics": ["m"], "period": {"start": "2026-01-01", "end": "2027-01-01"}})

    assert current_slice(query, date(2026, 8, 19)).period == Period(
        date(2026, 1, 1), date(2027, 1, 1)
    )


@pytest.mark.parametrize(
    ("partial", "end"), [("align", date(2025, 8, 20)), ("full", date(2025, 9, 1))]
)
def test_the_base_of_all_data_ends_where_the_data_do(partial: str, end: date) -> None:
    base = base_slice(
        comparing("previous_year", None, None, "month", partial), date(2026, 8, 19)
    ).period

    assert base is not None
    assert base.end == end


def test_weeks_are_compared_with_the_week_364_days_earlier() -> None:
    base = base_slice(comparing("previous_year", "2024-01-01", "2024-02-05", "week"), None)

    assert base.move == Move(days=364)


def test_each_day_has_its_own_base_day_and_month_ends_clip() -> None:
    found = dict(
        base_slice(comparing("previous_year", "2024-02-28", "2024-03-02", "day"), None).days
    )

    assert found == {
        date(2024, 2, 28): date(2023, 2, 28),
        date(2024, 2, 29): date(2023, 2, 28),
        date(2024, 3, 1): date(2023, 3, 1),
    }


@pytest.mark.parametrize(
    ("grain", "move"),
    [("month", Move(months=24)), ("day", Move(days=731)), (None, Move())],
)
def test_a_named_base_is_laid_beside_the_period(grain: str | None, move: Move) -> None:
    to = {"start": "2022-01-01", "end": "2022-03-01"}

    base = base_slice(comparing(to, "2024-01-02", "2024-03-01", grain), date(2024, 3, 10))

    assert base.period == Period(date(2022, 1, 1), date(2022, 3, 1))
    assert base.move == move


@pytest.mark.parametrize(
    ("start", "end", "to", "expected"),
    [
        (
            "2024-03-01",
            "2024-04-01",
            {"start": "2024-02-01", "end": "2024-03-01"},
            (date(2024, 2, 1), date(2024, 2, 11)),
        ),
        (
            "2024-01-01",
            "2025-01-01",
            {"start": "2023-01-01", "end": "2024-01-01"},
            (date(2023, 1, 1), date(2023, 3, 11)),
        ),
        (
            "2024-03-05",
            "2024-04-05",
            {"start": "2024-01-01", "end": "2024-02-01"},
            (date(2024, 1, 1), date(2024, 1, 7)),
        ),
        (
            "2024-03-01",
            "2024-04-01",
            {"start": "2024-02-01", "end": "2024-02-06"},
            (date(2024, 2, 1), date(2024, 2, 6)),
        ),
    ],
    ids=["month", "year", "days", "shorter base"],
)
def test_a_running_period_meets_the_same_part_of_a_named_base(
    start: str, end: str, to: dict[str, str], expected: tuple[date, date]
) -> None:
    base = base_slice(comparing(to, start, end, None), date(2024, 3, 10))

    assert base.period == Period(*expected)


def test_a_named_base_stays_whole_when_that_is_asked() -> None:
    to = {"start": "2024-02-01", "end": "2024-03-01"}
    query = comparing(to, "2024-03-01", "2024-04-01", None)
    assert query.compare is not None
    full = query.model_copy(
        update={"compare": query.compare.model_copy(update={"partial": "full"})}
    )

    base = base_slice(full, date(2024, 3, 10))

    assert base.period == Period(date(2024, 2, 1), date(2024, 3, 1))


@pytest.mark.parametrize("to", ["previous_year", "previous_period"])
def test_a_comparison_without_period_and_time_is_refused(to: str) -> None:
    with pytest.raises(NeedsPeriod):
        base_slice(comparing(to, None, None), None)


def test_a_comparison_by_day_over_decades_is_refused() -> None:
    with pytest.raises(NotSupported):
        base_slice(comparing("previous_year", "2000-01-01", "2020-01-01", "day"), None)


@given(
    start=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    length=st.integers(1, 800),
    ahead=st.integers(-50, 900),
    to=st.sampled_from(["previous_year", "previous_period"]),
    grain=st.sampled_from([None, "week", "month", "quarter", "year"]),
)
def test_a_base_is_never_later_than_its_period(
    start: date, length: int, ahead: int, to: str, grain: str | None
) -> None:
    end = start + timedelta(days=length)
    query = comparing(to, start.isoformat(), end.isoformat(), grain)

    base = base_slice(query, start + timedelta(days=ahead)).period

    assert base is not None
    assert base.start < start
    assert base.last < end


@pytest.mark.parametrize(
    ("start", "end", "grain", "through", "expected"),
    [
        ("2024-01-10", "2024-02-05", Grain.MONTH, None, ("2024-01-01", "2024-02-29")),
        ("2024-01-01", "2025-01-01", Grain.QUARTER, "2024-05-05", ("2024-01-01", "2024-06-30")),
        ("2024-01-01", "2025-01-01", Grain.YEAR, "2024-05-05", ("2024-01-01", "2024-12-31")),
        ("2024-06-01", "2024-07-01", Grain.MONTH, "2024-05-05", ("2024-06-01", "2024-06-30")),
    ],
)  # fmt: skip
def test_targets_cover_the_whole_periods_that_have_begun(
    start: str, end: str, grain: Grain, through: str | None, expected: tuple[str, str]
) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))

    found = whole_periods(period, grain, day(through))

    assert found is not None
    assert (found.start.isoformat(), found.last.isoformat()) == expected


def test_a_base_that_overlaps_the_period_is_refused() -> None:
    to = {"start": "2024-01-01", "end": "2024-04-01"}

    with pytest.raises(NotSupported):
        base_slice(comparing(to, "2024-03-01", "2024-05-01", None), None)
