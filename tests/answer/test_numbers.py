"""The one formatter of numbers and dates."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.numbers import (
    Scale,
    Unit,
    column_scale,
    format_bucket,
    format_cell,
    format_delta,
    format_period,
    format_value,
    short_bucket,
    unit_heading,
)
from semantic_layer.calendar import Grain, Period
from semantic_layer.labels import Labels

PIECES = Labels(zh="单", en="orders")


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1_394_000_000, "CNY", "13.94亿元", "¥1.39B"),
        (Decimal(46200000), "CNY", "4,620万元", "¥46.2M"),
        (99_999_999, "CNY", "1亿元", "¥100M"),
        (99_995_000, "CNY", "9,999.5万元", "¥100M"),
        (9_999, "CNY", "9,999元", "¥9,999"),
        (9_999.996, "CNY", "1万元", "¥10K"),
        (12_345, "count", "1.23万", "12.35K"),
        (999_995, None, "100万", "1M"),
        (3_400_000_000_000, "USD", "3.4万亿美元", "$3.4T"),
        (-1_394_000_000, "CNY", "−13.94亿元", "−¥1.39B"),
        (1_234.5, "CHF", "1,234.5 CHF", "CHF 1,234.5"),
        (0.125, None, "0.13", "0.13"),
        (0.3314, "percent", "33.1%", "33.1%"),
        (1.05, "percent", "105.0%", "105.0%"),
        (-0.0001, "percent", "0.0%", "0.0%"),
        (0.012, "pp", "1.2 个百分点", "1.2 pp"),
        (3.25, "days", "3.3天", "3.3 days"),
        (1, "days", "1天", "1 day"),
        (26.0, "hours", "26小时", "26 hours"),
        (4.567, "score", "4.57", "4.57"),
        (5_126, PIECES, "5,126单", "5,126 orders"),
        (0, "CNY", "0元", "¥0"),
        (2**60, "count", "1,152,921.5万亿", "1,152,921.5T"),
    ],
    ids=str,
)
def test_values(value: object, unit: Unit, zh: str, en: str) -> None:
    assert format_value(value, unit, "zh") == zh
    assert format_value(value, unit, "en") == en


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), Decimal("NaN"), "12", True])
def test_what_is_no_number_is_a_dash(value: object) -> None:
    assert format_value(value, "CNY", "zh") == "—"


def test_without_compacting_every_digit_is_shown() -> None:
    assert format_value(12_345_678, "CNY", "zh", compact=False) == "12,345,678元"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.113, "percent", "+11.3%"),
        (-0.03, "percent", "−3.0%"),
        (0.0, "percent", "0.0%"),
        (0.0001, "percent", "0.0%"),
        (0.012, "pp", "+1.2 个百分点"),
        (1_230_000, "CNY", "+123万元"),
        (None, "percent", "—"),
    ],
    ids=["up", "down", "none", "too little to see", "points", "money", "null"],
)
def test_differences_carry_their_sign(value: object, unit: Unit, shown: str) -> None:
    assert format_delta(value, unit, "zh") == shown


def test_one_unit_serves_a_column() -> None:
    values = [462_000_000, 318_000_000, 30_800_000, None]

    scale = column_scale(values, "CNY", "zh")

    assert [format_cell(value, "CNY", scale) for value in values] == ["4.62", "3.18", "0.31", "—"]
    assert unit_heading("CNY", scale, "zh") == "亿元"
    assert unit_heading("CNY", column_scale(values, "CNY", "en"), "en") == "¥M"


def test_a_small_value_keeps_its_digits_by_a_smaller_unit() -> None:
    scale = column_scale([462_000_000, 520_000], "CNY", "zh")

    assert format_cell(520_000, "CNY", scale) == "52"
    assert unit_heading("CNY", scale, "zh") == "万元"


def test_whole_numbers_get_no_decimals_in_a_column() -> None:
    scale = column_scale([12, 3456], "count", "en")

    assert [format_cell(value, "count", scale) for value in (12, 3456)] == ["12", "3,456"]
    assert unit_heading("count", scale, "en") == ""


def test_signed_cells_show_plus() -> None:
    assert format_cell(0.182, "percent", Scale(decimals=1, fixed=True), signed=True) == "+18.2%"


@pytest.mark.parametrize(
    ("unit", "heading"),
    [("percent", ""), ("pp", "个百分点"), ("days", "天"), (PIECES, "单"), (None, "")],
    ids=["percent", "points", "days", "own word", "none"],
)
def test_column_heads_name_units(unit: Unit, heading: str) -> None:
    assert unit_heading(unit, Scale(), "zh") == heading


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        ("2024-01-01", "2025-01-01", "2024年", "2024"),
        ("2024-07-01", "2024-10-01", "2024年第三季度", "Q3 2024"),
        ("2024-09-01", "2024-10-01", "2024年9月", "Sep 2024"),
        ("2024-09-02", "2024-09-09", "2024-W36", "2024-W36"),
        ("2024-12-30", "2025-01-06", "2025-W01", "2025-W01"),
        ("2024-09-03", "2024-09-04", "2024年9月3日", "Sep 3, 2024"),
        ("2024-01-01", "2024-04-02", "2024年1月1日至4月1日", "Jan 1 – Apr 1, 2024"),
        ("2023-11-01", "2024-02-01", "2023年11月1日至2024年1月31日", "Nov 1, 2023 – Jan 31, 2024"),
    ],
    ids=["year", "quarter", "month", "week", "week of the next year", "day", "range", "range over years"],
)  # fmt: skip
def test_periods_are_named_with_their_last_day(start: str, end: str, zh: str, en: str) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))

    assert format_period(period, "zh") == zh
    assert format_period(period, "en") == en


@pytest.mark.parametrize(
    ("grain", "one_year", "zh", "en"),
    [
        (Grain.MONTH, True, "9月", "Sep"),
        (Grain.MONTH, False, "2024-09", "2024-09"),
        (Grain.QUARTER, True, "第三季度", "Q3"),
        (Grain.QUARTER, False, "2024-Q3", "2024-Q3"),
        (Grain.DAY, True, "9月1日", "Sep 1"),
        (Grain.DAY, False, "2024-09-01", "2024-09-01"),
        (Grain.YEAR, True, "2024年", "2024"),
    ],
    ids=["month", "month of years", "quarter", "quarter of years", "day", "day of years", "year"],
)
def test_axes_leave_the_year_out_where_all_share_it(
    grain: Grain, one_year: bool, zh: str, en: str
) -> None:
    day = date(2024, 9, 1)

    assert short_bucket(day, grain, "zh", one_year=one_year) == zh
    assert short_bucket(day, grain, "en", one_year=one_year) == en


@given(st.decimals(min_value=-(10**18), max_value=10**18, places=3), st.sampled_from(["zh", "en"]))
def test_a_compact_number_is_within_half_a_last_digit(value: Decimal, language: str) -> None:
    shown = format_value(value, None, language)

    words = {"万亿": 12, "亿": 8, "万": 4, "K": 3, "M": 6, "B": 9, "T": 12}
    word = next((word for word in words if shown.endswith(word)), "")
    digits = shown.removesuffix(word).replace(",", "").replace("−", "-")
    unit = Decimal(10) ** words.get(word, 0)
    assert abs(Decimal(digits) * unit - value) <= unit * Decimal("0.005")


@given(st.dates(min_value=date(2000, 1, 3)), st.sampled_from(Grain))
def test_every_bucket_has_a_name_in_both_languages(day: date, grain: Grain) -> None:
    assert format_bucket(day, grain, "zh")
    assert format_bucket(day, grain, "en")


def test_a_week_that_does_not_begin_on_monday_has_no_number() -> None:
    sunday = date(2024, 3, 3)
    assert format_bucket(sunday, Grain.WEEK, "zh") == "2024年3月3日起一周"
    assert format_bucket(sunday, Grain.WEEK, "en") == "Week of Mar 3, 2024"
