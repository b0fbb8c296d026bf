"""Aggregates over entities: the mean of what each has, how many pass a test, the mean of a balance over its dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import NoPath, UnknownName
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.test_windows import MONTHS, STOCK, STOCK_MODEL
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop, trusted

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
WEB = Principal(name="web", role="channel", attributes={"channel": "web", "channels": ("web",)})
MODEL = STOCK_MODEL.replace(
    "metrics:\n",
    """metrics:
  per_customer: {type: per_entity, entity: orders.customer_id, input_metric: revenue}
  per_known: {type: per_entity, entity: customers.customer_id, input_metric: revenue}
  best: {type: per_entity, entity: orders.customer_id, input_metric: revenue, agg: max}
  typical: {type: per_entity, entity: orders.customer_id, input_metric: revenue, agg: median}
  per_customer_margin: {type: per_entity, entity: orders.customer_id, input_metric: margin}
  per_customer_net: {type: per_entity, entity: orders.customer_id, input_metric: net_filled}
  repeat_rate: {type: entity_share, entity: orders.customer_id, having: orders >= 2}
  repeaters: {type: entity_count, entity: orders.customer_id, having: orders >= 2}
  churned: {type: entity_share, entity: orders.customer_id, having: orders = 0 and orders_before > 0}
  orders_before: {type: offset, input_metric: orders, offset_window: 1 year}
  web_repeaters: {of: repeaters, filter: orders.channel = 'web'}
  per_customer_ytd: {type: cumulative, input_metric: per_customer, grain_to_date: year}
  average_stock: {type: average_of_snapshots, of: stock}
""",
)
SALES = "lines JOIN orders USING (order_id) LEFT JOIN customers USING (customer_id) LEFT JOIN regions USING (region_id)"


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("entities"), SHOP_ROWS + STOCK, MODEL).layer()


@pytest.mark.parametrize("group", [None, "region"])
@pytest.mark.parametrize(
    ("metric", "outer", "inner", "facts"),
    [
        ("per_customer", "AVG(v)", "SUM(amount)", SALES),
        ("best", "MAX(v)", "SUM(amount)", SALES),
        ("typical", "MEDIAN(v)", "SUM(amount)", SALES),
        ("per_customer_margin", "AVG(v)", "(SUM(amount) - SUM(cost)) / NULLIF(SUM(amount), 0)", SALES),
        ("repeaters", "COUNT(*) FILTER (v >= 2)", "COUNT(DISTINCT order_id)", SALES),
        ("repeat_rate", "COUNT(*) FILTER (v >= 2) / COUNT(*)", "COUNT(DISTINCT order_id)", SALES),
        ("web_repeaters", "COUNT(*) FILTER (v >= 2)", "COUNT(DISTINCT order_id) FILTER (channel = 'web')", SALES),
    ],
)  # fmt: skip
def test_each_entity_is_added_up_before_they_are_aggregated(
    layer: SemanticLayer, metric: str, outer: str, inner: str, facts: str, group: str | None
) -> None:
    query = {"metrics": [metric], "group_by": [f"regions.{group}"] if group else []}
    if metric == "web_repeaters":
        facts += " WHERE channel = 'web'"

    key = f"{group}, " if group else ""
    sql = f"SELECT {key}{outer} FROM (SELECT {key}customer_id, {inner} v FROM {facts} GROUP BY ALL) WHERE customer_id IS NOT NULL GROUP BY ALL"
    assert alike(ask(layer, query).rows(), trusted(layer, sql))


def test_rows_without_an_entity_take_no_part(layer: SemanticLayer) -> None:
    rows = ask(layer, {"metrics": ["per_customer", "per_known"]}).rows()

    assert rows == [[pytest.approx(1020 / 6), pytest.approx(900 / 5)]]


def test_an_entity_of_several_facts_is_one(layer: SemanticLayer) -> None:
    sales = f"SELECT customer_id, SUM(amount) v FROM {SALES} GROUP BY 1"
    refunds = (
        "SELECT customer_id, SUM(refund) r FROM refunds JOIN orders USING (order_id) GROUP BY 1"
    )
    sql = f"SELECT AVG(v - COALESCE(r, 0)) FROM ({sales}) LEFT JOIN ({refunds}) USING (customer_id) WHERE customer_id IS NOT NULL"

    assert alike(ask(layer, {"metrics": ["per_customer_net"]}).rows(), trusted(layer, sql))


def test_entities_of_another_time_are_tested_too(layer: SemanticLayer) -> None:
    query = {"metrics": ["churned"], "period": days("2024-01-01", "2025-01-01")}

    # Bought in 2023: Ada, not in 2024; Bob, Cy, Di and the orphan in 2024 only.
    assert ask(layer, query).rows() == [[pytest.approx(1 / 5)]]


def test_filters_periods_and_rules_hold_below_the_entities(layer: SemanticLayer) -> None:
    query = {"metrics": ["per_customer"], "period": days("2024-01-01", "2025-01-01")}
    web = [{"field": "orders.channel", "value": "web"}]

    filtered = ask(layer, query | {"where": web}).rows()

    assert filtered == [[pytest.approx((300 + 300) / 2)]]
    assert ask(layer, query, ENT).rows() == [[300]]


def test_a_value_to_date_of_entities_counts_each_once(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["per_customer_ytd"],
        "group_by": MONTHS,
        "period": days("2024-01-01", "2024-04-01"),
    }

    values = [row[1] for row in ask(layer, query).rows()]

    assert values == [300, 150, pytest.approx(720 / 4)]


def test_totals_are_recomputed_over_all_entities(layer: SemanticLayer) -> None:
    query = {"metrics": ["per_customer"], "group_by": ["regions.region"], "totals": True}

    assert ask(layer, query).rows()[-1] == [None, pytest.approx(1020 / 6)]


def test_a_balance_has_a_mean_over_its_dates(layer: SemanticLayer) -> None:
    query: dict[str, Any] = {"metrics": ["average_stock"]}

    whole = ask(layer, query).rows()
    by_month = ask(layer, query | {"group_by": MONTHS}).rows()

    assert whole == [[pytest.approx((10 + 17 + 7 + 11 + 4 + 9) / 6)]]
    assert [row[1] for row in by_month] == [13.5, 9, 6.5]


def test_a_fact_that_does_not_reach_a_group_is_refused(layer: SemanticLayer) -> None:
    with pytest.raises(NoPath):
        ask(layer, {"metrics": ["per_customer_net"], "group_by": ["category"]})


def test_a_metric_below_entities_is_as_secret_as_any(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownName):
        ask(layer, {"metrics": ["per_customer_margin"]}, WEB)


@pytest.mark.parametrize(
    "metric",
    [
        "{type: per_entity, entity: orders.nothing, input_metric: revenue}",
        "{type: per_entity, entity: 1 + 1, input_metric: revenue}",
        "{type: per_entity, entity: orders.customer_id, input_metric: revenue, agg: percentile}",
        "{type: per_entity, entity: orders.customer_id, input_metric: per_order}",
        "{type: entity_share, entity: orders.customer_id, having: nothing > 1}",
        "{type: entity_share, entity: orders.customer_id, having: goal > 1}",
        "{type: average_of_snapshots, of: revenue}",
    ],
)
def test_a_broken_entity_is_a_problem_of_the_definitions(tmp_path: Path, metric: str) -> None:
    per_order = "{type: per_entity, entity: orders.order_id, input_metric: revenue}"
    text = f"metrics:\n  odd: {metric}\n  per_order: {per_order}\n"

    found = shop(tmp_path / "odd", model=SHOP_MODEL.replace("metrics:\n", text)).problems()

    assert [problem.file for problem in found] == ["model.yml"]
