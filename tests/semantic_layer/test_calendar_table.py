"""Periods that a calendar table gives: fiscal years, 4-4-5 months."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import GrainTooFine, NotSupported, UnknownName
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop, trusted

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
DAYS = """
CREATE TABLE dates AS SELECT d::DATE AS day, year(d + INTERVAL 11 MONTH) AS fy,
  'P' || (datediff('day', DATE '2023-01-01', d::DATE) // 28) AS period
  FROM generate_series(DATE '2023-01-01', DATE '2024-12-31', INTERVAL 1 DAY) t(d);
"""
CALENDAR = (
    "calendar: {source: dates, date: day, grains: {fiscal_year: fy, retail_period: period}}\n"
)
MODEL = SHOP_MODEL.replace("datasets:\n", f"{CALENDAR}datasets:\n", 1).replace(
    "metrics:\n",
    "metrics:\n  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}\n"
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
    "change",
    [
        {"compare": {"to": "previous_year"}, "period": days("2024-01-01", "2025-01-01")},
        {"metrics": [{"metric": "revenue", "modifier": "attainment"}]},
        {"metrics": [{"metric": "revenue", "modifier": "cumulative"}]},
        {"metrics": ["ytd"]},
    ],
    ids=["comparison", "target", "running value", "value to date"],
)
def test_what_needs_the_period_before_is_refused(
    layer: SemanticLayer, change: dict[str, Any]
) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, {"metrics": ["revenue"], "group_by": BY_YEAR} | change)

    assert caught.value.facts["what"] == "calendar_compared"


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
