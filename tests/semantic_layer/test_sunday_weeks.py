"""Weeks that begin on Sundays, as the settings say: grouped, compared, filled, windowed, spread."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, ask, days, shop

# 3 March 2024 is a Sunday: of the week from 26 February in one reckoning, the first day of its own in the other.
SUNDAY = """
INSERT INTO orders VALUES (30,1,1,'2024-03-02',NULL,'web',1),(31,1,1,'2024-03-03',NULL,'web',1),(32,1,1,'2023-03-05',NULL,'web',1);
INSERT INTO lines VALUES (30,30,1,1,7,1),(31,31,1,1,11,1),(32,32,1,1,13,1);
"""
WEEKS = [{"time": "week"}]
MODEL = SHOP_MODEL.replace(
    "metrics:\n",
    "metrics:\n  two_weeks: {type: cumulative, input_metric: revenue, window: 2 weeks}\n"
    "  back: {type: retention, entity: orders.customer_id, of: orders, grain: week, after: 1}\n",
).replace("target: {metric: goal}", "target: {metric: goal, spread: even}")


def world(folder: Path, start: str) -> SemanticLayer:
    model = MODEL.replace("model: shop\n", f"model: shop\nsettings: {{week_start: {start}}}\n")
    return shop(folder, SHOP_ROWS + SUNDAY, model).layer()


@pytest.fixture(scope="module")
def sunday(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return world(tmp_path_factory.mktemp("sunday"), "sunday")


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return world(tmp_path_factory.mktemp("monday"), "monday")


def test_a_sunday_begins_its_week_or_ends_it(sunday: SemanticLayer, monday: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": WEEKS, "period": days("2024-03-02", "2024-03-04")}
    assert ask(sunday, query).rows() == [["2024-02-25", 7], ["2024-03-03", 11]]
    assert ask(monday, query).rows() == [["2024-02-26", 18]]


def test_a_week_is_compared_with_the_one_fifty_two_weeks_before(sunday: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": WEEKS,
        "period": days("2024-03-03", "2024-03-10"),
        "compare": {"to": "previous_year", "show": ["base"]},
    }
    assert ask(sunday, query).rows() == [["2024-03-03", 11, 13]]  # 5 March 2023 is a Sunday too


def test_missing_weeks_are_filled_from_the_same_spine(sunday: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": WEEKS, "period": days("2024-02-25", "2024-03-17"), "fill": "zero"}  # fmt: skip
    assert ask(sunday, query).rows() == [["2024-02-25", 7], ["2024-03-03", 11], ["2024-03-10", 25]]


def test_windows_end_with_the_week(sunday: SemanticLayer) -> None:
    query = {
        "metrics": ["two_weeks"],
        "group_by": WEEKS,
        "period": days("2024-03-03", "2024-03-10"),
    }
    assert ask(sunday, query).rows() == [["2024-03-03", 18]]


def test_a_target_is_spread_over_the_week_that_is_shown(sunday: SemanticLayer) -> None:
    query = {
        "metrics": [{"metric": "revenue", "modifier": "target"}],
        "group_by": WEEKS,
        "period": days("2024-02-25", "2024-03-03"),
    }
    assert ask(sunday, query).rows() == [["2024-02-25", pytest.approx(300 * 5 / 29 + 480 * 2 / 31)]]


def test_the_week_after_the_first_one_begins_on_sunday(tmp_path: Path) -> None:
    rows = "INSERT INTO orders VALUES (40,7,1,'2024-03-02',NULL,'web',1),(41,7,1,'2024-03-03',NULL,'web',1);"
    model = MODEL.replace("model: shop\n", "model: shop\nsettings: {week_start: sunday}\n")
    only_seven = {"metrics": ["back"], "period": days("2024-03-02", "2024-03-03")}
    assert ask(shop(tmp_path / "a", rows, model).layer(), only_seven).rows() == [[1.0]]
    assert ask(shop(tmp_path / "b", rows, MODEL).layer(), only_seven).rows() == [[0.0]]
