"""Periods that a calendar table gives: fiscal years, 4-4-5 months."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.calendar import Period
from semantic_layer.errors import GrainTooFine, NotSupported, UnknownName
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop, trusted

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
DAYS = """
CREATE TABLE dates AS SELECT d::DATE AS day, year(d + INTERVAL 11 MONTH) AS fy, 'Q' || quarter(d) AS q,
  'P' || (datediff('day', DATE '2023-01-01', d::DATE) // 28) AS period
  FROM generate_series(DATE '2023-01-01', DATE '2024-12-31', INTERVAL 1 DAY) t(d);
"""
CALENDAR = "calendar: {source: dates, date: day, grains: {fiscal_year: fy, retail_period: period, quarter_name: q}}\n"
MODEL = SHOP_MODEL.replace("datasets:\n", f"{CALENDAR}datasets:\n", 1).replace(
    "metrics:\n",
    "metrics:\n  last_year: {type: offset, input_metric: revenue, offset_window: 1 year}\n"
    "  ytd_mean: {type: cumulative, input_metric: revenue, grain_to_date: year, period_agg: avg}\n"
    "  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}\n"
    "  placed: {of: orders, time: placed}\n",
)
BY_YEAR: list[Any] = [{"time": "fiscal_year"}]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("calendar"), SHOP_ROWS + DAYS, MODEL).layer()


@pytest.mark.parametrize(("grain", "held"), [("fiscal_year", "fy"), ("retail_period", "period")])
@pytest.mark.parametrize(
    ("metric", "sql", "facts"),
    [
        (
            "revenue",
            "SUM(amount)",
            "lines LEFT JOIN orders USING (order_id) LEFT JOIN dates ON order_date = day",
        ),
        ("placed", "COUNT(*)", "orders LEFT JOIN dates ON placed::DATE = day"),
        ("customers", "COUNT(DISTINCT customer_id)", "orders LEFT JOIN dates ON order_date = day"),
    ],
)
def test_days_belong_to_the_periods_of_the_table(
    layer: SemanticLayer, grain: str, held: str, metric: str, sql: str, facts: str
) -> None:
    rows = ask(layer, {"metrics": [metric], "group_by": [{"time": grain}]}).rows()

    check = f"SELECT {held}, {sql} FROM {facts} GROUP BY 1"
    assert alike(rows, trusted(layer, check))


def test_facts_meet_on_the_periods_of_the_table(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", "refund"],
        "group_by": ["regions.country", *BY_YEAR],
        "period": days("2023-01-01", "2025-01-01"),
        "totals": True,
    }

    result = ask(layer, query)

    assert result.rows() == [
        ["CN", 2023, 150, None],
        ["CN", 2024, 400, None],
        ["CN", 2025, 0, 170],
        [None, 2025, 445, None],
        [None, None, 995, 170],
    ]
    assert {check.status for check in result.checks} <= {"passed", "warning", "not_applicable"}


def test_everyone_may_read_the_days(layer: SemanticLayer) -> None:
    assert ask(layer, {"metrics": ["revenue"], "group_by": BY_YEAR}, ENT).rows() == [
        [2024, 300],
        [2025, 300],
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"compare": {"to": days("2023-02-01", "2024-01-01")}, "period": days("2024-02-01", "2025-01-01")}, "calendar_compared"),
        ({"compare": {"to": "previous_year"}, "period": days("2023-01-01", "2023-02-01")}, "calendar_too_short"),
        ({"compare": {"to": "previous_year"}, "period": days("2024-01-01", "2026-01-01")}, "calendar_too_short"),
        ({"compare": {"to": "previous_period"}, "group_by": [{"time": "quarter_name"}]}, "calendar_not_periods"),
        ({"compare": {"to": "previous_year"}, "group_by": [{"time": "retail_period"}]}, "calendar_without_year"),
        ({"metrics": ["last_year"]}, "calendar_compared"),
        ({"metrics": ["ytd_mean"], "compare": {"to": "previous_year"}, "period": days("2024-02-01", "2024-04-01")}, "calendar_compared"),
        ({"metrics": [{"metric": "revenue", "modifier": "run_rate"}]}, "calendar_compared"),
        ({"metrics": ["ytd"], "group_by": [{"time": "quarter_name"}]}, "calendar_not_periods"),
        ({"fill": "zero", "period": days("2024-02-01", "2025-01-01")}, "fill_without_time"),
    ],
)  # fmt: skip
def test_what_the_table_does_not_tell_is_refused(
    layer: SemanticLayer, change: dict[str, Any], what: str
) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, {"metrics": ["revenue"], "group_by": BY_YEAR} | change)

    assert caught.value.facts["what"] == what


def test_fiscal_years_of_a_table_are_compared(layer: SemanticLayer) -> None:
    # 2025 begins on 1 February 2024: 445 since. 2024: February 2023 (100) and January 2024 (300).
    query = {
        "metrics": ["revenue"],
        "group_by": BY_YEAR,
        "period": days("2024-02-01", "2024-04-01"),
        "compare": {"to": "previous_year", "show": ["base"]},
        "totals": True,
    }

    result = ask(layer, query)

    # The base of 60 days is the 60 days since 1 February 2023.
    assert result.rows() == [[2025, 445, 100], [None, 445, 100]]
    assert result.base_period == Period(date(2023, 2, 1), date(2023, 4, 2))


def test_a_period_that_the_table_cuts_meets_as_many_days(layer: SemanticLayer) -> None:
    # The table ends with 2024: eleven months of the fiscal year, held against the same 335 days, without January 2024.
    query = {
        "metrics": ["revenue"],
        "group_by": BY_YEAR,
        "period": days("2024-02-01", "2025-01-01"),
        "compare": {"to": "previous_year", "show": ["base"], "partial": "full"},
    }

    result = ask(layer, query)

    assert result.rows() == [[2025, 445, 100]]
    assert result.base_period == Period(date(2023, 2, 1), date(2024, 1, 2))


@pytest.mark.parametrize(
    ("metric", "rows"),
    [
        ("ytd", [[2024, 300], [2025, 745]]),
        ({"metric": "revenue", "modifier": "cumulative"}, [[2024, 300], [2025, 745]]),
        ({"metric": "revenue", "modifier": "cumulative", "over": "fiscal_year"}, [[2024, 400], [2025, 445]]),
    ],
)  # fmt: skip
def test_values_run_up_to_each_period_of_the_table(
    layer: SemanticLayer, metric: Any, rows: list[list[Any]]
) -> None:
    query = {
        "metrics": [metric],
        "group_by": BY_YEAR,
        "period": days("2024-01-01", "2024-12-01"),
    }

    assert ask(layer, query).rows() == rows


def test_the_order_may_be_that_of_the_table(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": BY_YEAR,
        "order_by": [{"time": "fiscal_year", "dir": "desc"}],
        "limit": 1,
    }

    assert ask(layer, query).rows() == [[2025, 4]]


RETAIL = """
CREATE TABLE sales AS SELECT n AS amount, DATE '2023-01-29' + n::INT AS day FROM range(728) t(n);
CREATE TABLE retail AS
WITH d AS (SELECT n, DATE '2023-01-29' + n::INT AS day, n // 364 AS y, (n % 364) // 7 AS w FROM range(728) t(n))
SELECT day, 'FY' || (23 + y) AS year,
  'FY' || (23 + y) || '-' || lpad((3 * (w // 13) + CASE WHEN w % 13 < 4 THEN 1 WHEN w % 13 < 8 THEN 2 ELSE 3 END)::TEXT, 2, '0') AS month
FROM d;
"""
RETAIL_MODEL = """
version: 1
model: shop
calendar: {source: retail, date: day, grains: {retail_year: year, retail_month: month}}
datasets:
  sales: {source: sales, time: day}
metrics:
  revenue: {dataset: sales, agg: sum, expr: amount, target: {metric: goal}}
  goal: {dataset: sales, agg: count}
  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}
"""
RETAIL_MONTHS: list[Any] = [{"time": "retail_month"}]


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("retail"), RETAIL, RETAIL_MODEL).layer()


def total(start: int, end: int) -> int:
    """Return the revenue of the days from one to another, counted from the first."""
    return sum(range(start, end))


def on(number: int) -> str:
    """Return the day of a number."""
    return (date(2023, 1, 29) + timedelta(days=number)).isoformat()


def test_months_of_4_4_5_weeks_meet_the_month_before_and_the_year_before(
    retail: SemanticLayer,
) -> None:
    # The second year begins with day 364; its months have 28, 28, 35 days and so on.
    query = {"metrics": ["revenue"], "group_by": RETAIL_MONTHS, "period": days(on(364), on(455))}

    by_year = ask(retail, query | {"compare": {"to": "previous_year", "show": ["base"]}}).rows()
    before = ask(retail, query | {"compare": {"to": "previous_period", "show": ["base"]}}).rows()

    values = [total(364, 392), total(392, 420), total(420, 455)]
    years = [total(0, 28), total(28, 56), total(56, 91)]
    months = [total(329, 364), *values[:2]]
    names = ["FY24-01", "FY24-02", "FY24-03"]
    assert by_year == [[*row] for row in zip(names, values, years, strict=True)]
    assert before == [[*row] for row in zip(names, values, months, strict=True)]


def test_a_running_month_of_the_table_meets_as_many_days(retail: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": RETAIL_MONTHS,
        "period": days(on(364), on(420)),
        "compare": {"to": "previous_year", "show": ["base"]},
    }

    rows = ask(retail, query, today=date.fromisoformat(on(401))).rows()

    assert rows == [["FY24-01", total(364, 392), total(0, 28)], ["FY24-02", total(392, 402), total(28, 38)]]  # fmt: skip


def test_all_data_are_compared_from_where_they_begin(retail: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": [{"time": "retail_year"}],
        "compare": {"to": "previous_year", "show": ["base"]},
    }

    assert ask(retail, query).rows() == [["FY23", total(0, 364), None], ["FY24", total(364, 728), total(0, 364)]]  # fmt: skip


def test_targets_given_by_day_fit_any_period_of_the_table(retail: SemanticLayer) -> None:
    use = {"metric": "revenue", "modifier": "target"}
    query = {"metrics": [use], "group_by": RETAIL_MONTHS, "period": days(on(0), on(91))}

    assert [row[1] for row in ask(retail, query).rows()] == [28, 28, 35]


def test_values_since_the_retail_year_began(retail: SemanticLayer) -> None:
    use = {"metric": "revenue", "modifier": "cumulative", "over": "retail_year"}
    query = {"metrics": [use], "group_by": RETAIL_MONTHS, "period": days(on(336), on(420))}

    assert ask(retail, query).rows() == [
        ["FY23-12", total(0, 364)],
        ["FY24-01", total(364, 392)],
        ["FY24-02", total(364, 420)],
    ]


def test_a_running_period_of_the_table_is_said_to_be_partial(retail: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": RETAIL_MONTHS}

    notices = ask(retail, query, today=date.fromisoformat(on(401))).notices

    assert [(item.code, item.facts["bucket"]) for item in notices] == [("partial_bucket", on(392))]


def test_rows_given_by_month_are_not_put_into_periods_of_days(layer: SemanticLayer) -> None:
    with pytest.raises(GrainTooFine):
        ask(layer, {"metrics": ["goal"], "group_by": BY_YEAR})


def test_an_unknown_grain_is_refused_with_the_near_ones(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownName) as caught:
        ask(layer, {"metrics": ["revenue"], "group_by": [{"time": "fiscal_yeer"}]})

    assert caught.value.facts["close"] == ("fiscal_year",)


@pytest.mark.parametrize(
    "calendar",
    [
        "calendar: {source: nowhere, date: day}\n",
        "calendar: {source: orders, date: day}\n",
        "calendar: {source: orders, date: order_date, grains: {fiscal_year: fy}}\n",
        "calendar: {source: orders, date: order_date, grains: {month: order_date}}\n",
        "calendar: {source: orders}\n",
    ],
)
def test_a_broken_calendar_is_a_problem_of_the_definitions(tmp_path: Path, calendar: str) -> None:
    model = SHOP_MODEL.replace("datasets:\n", f"{calendar}datasets:\n", 1)

    found = shop(tmp_path / "odd", model=model).problems()

    assert [(problem.file, problem.line) for problem in found] == [("model.yml", 4)]


def test_a_listed_fiscal_year_is_no_measure_for_periods_that_name_none(tmp_path: Path) -> None:
    model = MODEL.replace("datasets:\n", "settings: {fiscal_year_start: february}\ndatasets:\n", 1)
    layer = shop(tmp_path, SHOP_ROWS + DAYS, model).layer()

    for start, end, before in (("2024-04-01", "2024-07-01", "2024-01-01"), ("2024-03-11", "2024-03-21", "2024-03-01")):  # fmt: skip
        query = {"metrics": ["orders"], "period": days(start, end), "compare": {"to": "previous_period", "show": ["base"]}}  # fmt: skip
        count = (
            "(SELECT COUNT(*) FROM orders WHERE order_date >= DATE '{}' AND order_date < DATE '{}')"
        )
        sql = f"SELECT {count.format(start, end)}, {count.format(before, start)}"
        assert alike(ask(layer, query).rows(), trusted(layer, sql))
