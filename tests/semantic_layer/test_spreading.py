"""Targets over shorter periods than they are given for: only as their definition declares."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import GrainTooFine, NeedsPeriod
from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, ask, days, shop

FEBRUARY = days("2024-02-01", "2024-03-01")
ASKED = [{"metric": "revenue", "modifier": "target"}]


def world(folder: Path, spread: str) -> SemanticLayer:
    model = SHOP_MODEL.replace("target: {metric: goal}", f"target: {{metric: goal, spread: {spread}}}")  # fmt: skip
    return shop(folder, model=model).layer()


def target_by(layer: SemanticLayer, grain: str, period: dict[str, str], **more: Any) -> list[Any]:
    query = {"metrics": ASKED, "group_by": [{"time": grain}], "period": period, **more}
    return [tuple(row) for row in ask(layer, query, today=date(2024, 4, 1)).rows()]


def test_without_a_rule_a_target_is_not_given_by_shorter_periods(tmp_path: Path) -> None:
    with pytest.raises(GrainTooFine):
        target_by(shop(tmp_path).layer(), "day", FEBRUARY)


def test_evenly_each_day_of_a_month_has_the_same_part(tmp_path: Path) -> None:
    layer = world(tmp_path, "even")
    rows = target_by(layer, "day", FEBRUARY)
    # 300 of February over 29 days
    assert [row[0] for row in rows] == [f"2024-02-{day:02}" for day in range(1, 30)]
    assert [row[1] for row in rows] == [pytest.approx(300 / 29)] * 29


def test_a_week_draws_from_both_months_that_it_lies_in(tmp_path: Path) -> None:
    layer = world(tmp_path, "even")
    rows = dict(target_by(layer, "week", days("2024-02-26", "2024-03-04")))
    # four days of February's 300, three of March's 480
    assert rows == {"2024-02-26": pytest.approx(300 * 4 / 29 + 480 * 3 / 31)}


def test_by_working_days_weekends_have_none(tmp_path: Path) -> None:
    layer = world(tmp_path, "working_days")
    rows = dict(target_by(layer, "day", days("2024-03-01", "2024-04-01")))
    assert rows["2024-03-15"] == pytest.approx(480 / 21)  # a Friday of 21 working days
    assert "2024-03-16" not in rows
    assert rows["2024-03-31"] is None  # a Sunday with an order


def test_by_season_a_day_has_the_part_that_it_had_last_year(tmp_path: Path) -> None:
    more = """
INSERT INTO orders VALUES (20,1,1,'2023-03-01',NULL,'web',1),(21,1,1,'2023-03-31',NULL,'web',1),(22,3,1,'2023-03-31',NULL,'web',1);
INSERT INTO lines VALUES (20,20,1,1,30,1),(21,21,1,1,70,1),(22,22,1,1,100,1);
"""
    model = SHOP_MODEL.replace("target: {metric: goal}", "target: {metric: goal, spread: seasonal}")
    layer = shop(tmp_path, SHOP_ROWS + more, model).layer()
    rows = dict(target_by(layer, "day", days("2024-03-01", "2024-04-01")))
    assert rows["2024-03-01"] == pytest.approx(480 * 30 / 200)
    assert rows["2024-03-31"] == pytest.approx(480 * 170 / 200)
    assert rows["2024-03-15"] is None
    with pytest.raises(GrainTooFine):
        target_by(layer, "week", FEBRUARY)


def test_parts_make_up_the_whole_in_every_group(tmp_path: Path) -> None:
    layer = world(tmp_path, "even")
    query = {"metrics": ASKED, "group_by": ["region", {"time": "day"}], "period": days("2024-01-01", "2024-04-01")}  # fmt: skip
    by_region: dict[Any, float] = {}
    for region, _, goal in ask(layer, query).rows():
        by_region[region] = by_region.get(region, 0.0) + float(str(goal or 0))
    assert by_region == {"华东": pytest.approx(900), "华北": pytest.approx(50), "Bavaria": pytest.approx(80), None: 0.0}  # fmt: skip


def test_the_actual_is_that_of_the_shown_period(tmp_path: Path) -> None:
    layer = world(tmp_path, "even")
    query = {
        "metrics": ["revenue", {"metric": "revenue", "modifier": "attainment"}],
        "group_by": [{"time": "day"}],
        "period": days("2024-01-05", "2024-01-06"),
    }
    result = ask(layer, query)
    assert result.rows() == [["2024-01-05", 200, pytest.approx(200 / (250 / 31))]]
    assert [item.facts for item in result.notices if item.code == "target_spread"] == [
        {"metric": "revenue", "given": "month", "spread": "even"}
    ]


@pytest.mark.parametrize(("spread", "day", "value"), [("even", "2024-01-05", 2 / 31), ("working_days", "2024-01-05", 2 / 23)])  # fmt: skip
def test_a_stated_value_is_spread_too(tmp_path: Path, spread: str, day: str, value: float) -> None:
    model = SHOP_MODEL.replace("target: {value: 2, per: month}", f"target: {{value: 2, per: month, spread: {spread}}}")  # fmt: skip
    layer = shop(tmp_path, model=model).layer()
    query = {
        "metrics": [{"metric": "orders", "modifier": "target"}],
        "group_by": [{"time": "day"}],
        "period": days("2024-01-01", "2024-03-01"),
    }
    rows = {row[0]: row[1] for row in ask(layer, query).rows()}
    assert rows[day] == pytest.approx(value)


def test_which_days_must_be_said(tmp_path: Path) -> None:
    query = {"metrics": ASKED, "group_by": [{"time": "day"}]}
    with pytest.raises(NeedsPeriod):
        ask(world(tmp_path, "even"), query)
