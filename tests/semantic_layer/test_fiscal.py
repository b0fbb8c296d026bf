"""Fiscal years and quarters without a table: from the month that settings name, against hand-counted days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.answer.view import view_of
from semantic_layer.calendar import Period
from semantic_layer.errors import GrainTooFine, UnknownName
from semantic_layer.layer import SemanticLayer
from semantic_layer.model_calendar import FISCAL_QUARTER, FISCAL_YEAR, GREGORIAN, Calendar
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop, trusted

APRIL = Calendar(first_month=4)
FEBRUARY = Calendar(first_month=2)
MODEL = SHOP_MODEL.replace("model: shop\n", "model: shop\nsettings: {fiscal_year_start: february}\n").replace(
    "metrics:\n",
    "metrics:\n  fytd: {type: cumulative, input_metric: revenue, grain_to_date: fiscal_year}\n"
    "  last_year: {type: offset, input_metric: revenue, offset_window: 1 year}\n",
)  # fmt: skip
SALES = "lines LEFT JOIN orders USING (order_id)"
YEARS: list[Any] = [{"time": "fiscal_year"}]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("fiscal"), SHOP_ROWS, MODEL).layer()


@pytest.mark.parametrize(
    ("calendar", "grain", "day", "start", "end"),
    [
        (APRIL, FISCAL_YEAR, "2024-03-31", "2023-04-01", "2024-04-01"),
        (APRIL, FISCAL_YEAR, "2024-04-01", "2024-04-01", "2025-04-01"),
        (APRIL, FISCAL_QUARTER, "2024-03-31", "2024-01-01", "2024-04-01"),
        (FEBRUARY, FISCAL_QUARTER, "2024-01-31", "2023-11-01", "2024-02-01"),
        (FEBRUARY, FISCAL_QUARTER, "2024-02-29", "2024-02-01", "2024-05-01"),
        (FEBRUARY, FISCAL_YEAR, "2024-01-01", "2023-02-01", "2024-02-01"),
        (FEBRUARY, "year", "2024-01-01", "2024-01-01", "2025-01-01"),
        (GREGORIAN, "week", "2024-03-03", "2024-02-26", "2024-03-04"),
    ],
)
def test_a_day_lies_in_one_period(
    calendar: Calendar, grain: str, day: str, start: str, end: str
) -> None:
    found = calendar.period_of(date.fromisoformat(day), grain)

    assert found == Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("calendar", "given", "asked", "nests"),
    [
        (APRIL, "month", FISCAL_QUARTER, True),
        (APRIL, "quarter", FISCAL_YEAR, True),
        (FEBRUARY, "quarter", FISCAL_YEAR, False),
        (FEBRUARY, FISCAL_QUARTER, "year", False),
        (FEBRUARY, FISCAL_QUARTER, FISCAL_YEAR, True),
        (APRIL, "year", FISCAL_YEAR, False),
        (APRIL, "week", "month", False),
        (APRIL, "day", "week", True),
    ],
)
def test_whole_periods_make_up_longer_ones_that_begin_with_them(
    calendar: Calendar, given: str, asked: str, nests: bool
) -> None:
    assert calendar.nests(given, asked) is nests


@pytest.mark.parametrize("grain", ["fiscal_year", "fiscal_quarter"])
@pytest.mark.parametrize(
    ("metric", "value", "facts"),
    [
        ("revenue", "SUM(amount)", SALES),
        ("customers", "COUNT(DISTINCT customer_id)", "orders"),
    ],
)
def test_rows_lie_in_fiscal_periods(
    layer: SemanticLayer, grain: str, metric: str, value: str, facts: str
) -> None:
    # February is month 0 of the fiscal year: eleven months on is the calendar year that it ends in.
    start = {
        "fiscal_year": "make_date(year(order_date + INTERVAL 11 MONTH) - 1, 2, 1)",
        "fiscal_quarter": "CASE WHEN month(order_date) = 1 THEN make_date(year(order_date) - 1, 11, 1)"
        " ELSE make_date(year(order_date), (month(order_date) - 2) // 3 * 3 + 2, 1) END",
    }[grain]

    rows = ask(layer, {"metrics": [metric], "group_by": [{"time": grain}]}).rows()

    assert alike(rows, trusted(layer, f"SELECT {start}, {value} FROM {facts} GROUP BY 1"))


def test_timestamps_lie_in_fiscal_periods(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": [{"time": "fiscal_year", "role": "placed"}]}

    assert ask(layer, query).rows() == [["2022-02-01", 1], ["2023-02-01", 3], ["2024-02-01", 3], [None, 2]]  # fmt: skip


@pytest.mark.parametrize("to", ["previous_year", "previous_period"])
def test_fiscal_years_are_compared_with_the_year_before(layer: SemanticLayer, to: str) -> None:
    # From 1 February 2024: 0 + 445; the year before: 100 in February 2023 and 300 in January 2024.
    query = {
        "metrics": ["revenue"],
        "group_by": YEARS,
        "period": days("2024-02-01", "2025-02-01"),
        "compare": {"to": to, "show": ["base"], "partial": "full"},
        "totals": True,
    }

    assert ask(layer, query).rows() == [["2024-02-01", 445, 400], [None, 445, 400]]


def test_a_running_fiscal_year_meets_the_same_part(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "period": days("2024-02-01", "2025-02-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
    }

    result = ask(layer, query)

    assert result.base_period == Period(date(2023, 2, 1), date(2023, 4, 1))
    assert result.rows() == [[445, 100]]


def test_a_fiscal_year_to_date_is_compared_with_the_one_before(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "period": days("2024-02-01", "2024-04-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
    }

    # 31 March is the last day with data: two months of the quarter that began in February; before it, November and December.
    assert ask(layer, query, today=date(2024, 3, 31)).base_period == Period(date(2023, 11, 1), date(2024, 1, 1))  # fmt: skip


@pytest.mark.parametrize(
    "metric", ["fytd", {"metric": "revenue", "modifier": "cumulative", "over": "fiscal_year"}]
)
def test_values_run_since_the_fiscal_year_began(layer: SemanticLayer, metric: Any) -> None:
    query = {
        "metrics": [metric],
        "group_by": [{"time": "month"}],
        "period": days("2023-12-01", "2024-04-01"),
    }

    assert ask(layer, query).rows() == [
        ["2023-12-01", 100],
        ["2024-01-01", 400],
        ["2024-02-01", 0],
        ["2024-03-01", 445],
    ]


def test_offsets_targets_and_fill_go_by_fiscal_periods(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", "last_year", {"metric": "revenue", "modifier": "target"}],
        "group_by": [{"time": "fiscal_quarter"}],
        "period": days("2023-11-01", "2024-08-01"),
        "fill": "zero",
    }

    # Rows of November 2022 to April 2023: January 150, February 100; targets of January 250, February 300, March 480.
    assert ask(layer, query, today=date(2024, 7, 31)).rows() == [
        ["2023-11-01", 300, 150, 250],
        ["2024-02-01", 445, 100, 780],
        ["2024-05-01", 0, None, 0],
    ]


def test_stated_targets_grow_with_the_fiscal_quarter(layer: SemanticLayer) -> None:
    use = {"metric": "orders", "modifier": "target"}
    query = {"metrics": [use], "group_by": [{"time": "fiscal_quarter"}], "period": days("2024-02-01", "2024-05-01")}  # fmt: skip

    assert ask(layer, query).rows() == [["2024-02-01", 6]]


def test_a_running_fiscal_quarter_is_partial(layer: SemanticLayer) -> None:
    notices = ask(layer, {"metrics": ["orders"], "group_by": [{"time": "fiscal_quarter"}]}).notices

    assert ("partial_bucket", "2024-02-01") in [(item.code, item.facts.get("bucket")) for item in notices]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "named_by", "names"),
    [
        ("en", "end", ["FY2024", "FY2025"]),
        ("zh", "end", ["2024财年", "2025财年"]),
        ("en", "start", ["FY2023", "FY2024"]),
    ],
)
def test_fiscal_years_are_named_as_settings_say(
    tmp_path: Path, language: str, named_by: str, names: list[str]
) -> None:
    model = MODEL.replace("february}", f"february, fiscal_year_named_by: {named_by}}}")
    layer = shop(tmp_path / named_by, SHOP_ROWS, model).layer()
    query = {"metrics": ["orders"], "group_by": YEARS, "period": days("2023-02-01", "2025-02-01")}

    view = view_of(ask(layer, query), layer.catalog, language)

    assert [row[0] for row in view.texts] == names


def test_fiscal_quarters_are_counted_from_the_start_of_the_year(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": [{"time": "fiscal_quarter"}], "period": days("2023-11-01", "2024-05-01")}  # fmt: skip

    view = view_of(ask(layer, query), layer.catalog, "en")

    assert [row[0] for row in view.texts] == ["Q4 FY2024", "Q1 FY2025"]


@pytest.mark.parametrize(
    "query",
    [
        {"group_by": YEARS},
        {"metrics": [{"metric": "revenue", "modifier": "cumulative", "over": "fiscal_year"}]},
    ],
)
def test_a_year_that_begins_in_january_has_no_fiscal_one(
    tmp_path: Path, query: dict[str, Any]
) -> None:
    layer = shop(tmp_path / "january").layer()

    with pytest.raises(UnknownName):
        ask(layer, {"metrics": ["revenue"]} | query)


def test_a_fiscal_value_to_date_needs_a_fiscal_year(tmp_path: Path) -> None:
    model = MODEL.replace("settings: {fiscal_year_start: february}\n", "")

    found = shop(tmp_path / "odd", model=model).problems()

    assert ["fiscal_year" in problem.what for problem in found] == [True]


def test_calendar_quarters_do_not_make_up_other_ones(tmp_path: Path) -> None:
    model = MODEL.replace("grain: month}", "grain: quarter}")
    layer = shop(tmp_path / "quarters", SHOP_ROWS, model).layer()

    with pytest.raises(GrainTooFine):
        ask(layer, {"metrics": ["goal"], "group_by": YEARS})


def test_the_sql_of_a_fiscal_year_moves_days_to_january_and_back(layer: SemanticLayer) -> None:
    sql = " ".join(ask(layer, {"metrics": ["orders"], "group_by": YEARS}).sql.split())

    moved = """CAST(DATE_TRUNC('YEAR', "orders"."order_date" - INTERVAL '1' MONTH) + INTERVAL '1' MONTH AS DATE)"""
    assert moved in sql
