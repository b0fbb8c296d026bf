"""Fields of children: filters become semi-joins, groups are open to aggregates that doubled rows do not change."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.errors import NoPath
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import alike, ask, days, trusted

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
SOME = "EXISTS (SELECT 1 FROM lines LEFT JOIN products USING (product_id) WHERE lines.order_id = orders.order_id"
EVERY_LINE = "orders LEFT JOIN lines USING (order_id) LEFT JOIN products USING (product_id)"


def where(field: str, op: str, value: object = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if op.endswith("null") else {"value": value})


@pytest.mark.parametrize(
    ("filters", "sql"),
    [
        ([where("category", "=", "Hardware")], f"{SOME} AND category = 'Hardware')"),
        ([where("category", "=", "Hardware"), where("qty", ">", 1)], f"{SOME} AND category = 'Hardware' AND qty > 1)"),
        ([where("category", "!=", "Hardware")], f"({SOME} AND category IS DISTINCT FROM 'Hardware') OR NOT {SOME}))"),
        ([where("category", "is_null")], f"({SOME} AND category IS NULL) OR NOT {SOME}))"),
        ([{"not": where("category", "=", "Promo")}], f"NOT {SOME} AND category = 'Promo')"),
        ([{"not": where("category", "!=", "Promo")}], f"{SOME}) AND NOT {SOME} AND category IS DISTINCT FROM 'Promo')"),
        ([{"not": {"not": where("category", "=", "Promo")}}], f"{SOME} AND category = 'Promo')"),
        ([{"not": {"any": [where("category", "=", "Promo"), where("orders.channel", "=", "store")]}}], f"NOT {SOME} AND category = 'Promo') AND channel IS DISTINCT FROM 'store'"),
        ([{"not": {"any": [{"not": where("category", "=", "Hardware")}, {"not": where("qty", ">", 1)}]}}], f"{SOME} AND category = 'Hardware' AND qty > 1)"),
        ([{"not": where("category", "=", "Promo")}, where("qty", ">", 1)], f"NOT {SOME} AND category = 'Promo') AND {SOME} AND qty > 1)"),
        ([{"any": [where("category", "=", "Promo"), where("orders.channel", "=", "store")]}], f"({SOME} AND (category = 'Promo' OR channel = 'store')) OR channel = 'store')"),
        ([where("category", "=", "Hardware"), where("orders.channel", "=", "web")], f"{SOME} AND category = 'Hardware') AND channel = 'web'"),
    ],
)  # fmt: skip
def test_a_filter_on_a_child_keeps_rows_that_have_such_a_child(
    layer: SemanticLayer, filters: list[dict[str, Any]], sql: str
) -> None:
    rows = ask(layer, {"metrics": ["freight", "orders"], "where": filters}).rows()

    assert alike(rows, trusted(layer, f"SELECT SUM(freight), COUNT(*) FROM orders WHERE {sql}"))


def test_a_filter_reaches_down_several_steps(layer: SemanticLayer) -> None:
    query = {"metrics": ["all_customers"], "where": [where("category", "=", "Promo")]}

    assert ask(layer, query).rows() == [[2]]


def test_the_nearest_child_is_asked(layer: SemanticLayer) -> None:
    query = {"metrics": ["all_customers"], "where": [where("orders.channel", "=", "web")]}

    assert "lines" not in ask(layer, query).sql
    assert ask(layer, query).rows() == [[4]]


@pytest.mark.parametrize(
    ("metric", "sql"),
    [
        ("customers", "COUNT(DISTINCT customer_id)"),
        ("orders", "COUNT(DISTINCT orders.order_id)"),
        ("top_freight", "MAX(freight)"),
        ("web_orders", "COUNT(DISTINCT CASE WHEN channel = 'web' THEN orders.order_id END)"),
    ],
)
def test_aggregates_that_doubled_rows_keep_are_grouped_by_a_child(
    layer: SemanticLayer, metric: str, sql: str
) -> None:
    result = ask(layer, {"metrics": [metric], "group_by": ["category"], "totals": True})

    keep = " WHERE channel = 'web'" if metric == "web_orders" else ""
    groups = f"SELECT category, {sql} FROM {EVERY_LINE}{keep} GROUP BY 1"
    whole = f"SELECT NULL, {sql.replace('orders.', '')} FROM orders{keep}"
    assert alike(result.rows(), trusted(layer, f"{groups} UNION ALL {whole}"))
    assert "overlapping_groups" in {notice.code for notice in result.notices}
    told = {check.name: check.status for check in result.checks}
    assert told.pop("rows_add_up") == "warning"
    assert set(told.values()) <= {"passed", "not_applicable"}


def test_a_filter_on_the_grouped_child_cuts_its_rows(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["category"],
        "where": [where("category", "=", "Hardware")],
    }

    assert ask(layer, query).rows() == [["Hardware", 8]]


def test_sums_by_a_child_are_refused(layer: SemanticLayer) -> None:
    with pytest.raises(NoPath):
        ask(layer, {"metrics": ["freight"], "group_by": ["category"]})


def test_shares_of_overlapping_groups_are_of_the_whole_asked_alone(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders", {"metric": "orders", "modifier": "share"}],
        "group_by": ["category"],
    }
    result = ask(layer, query)
    # Order 3 has hardware and a sticker: ten groups of nine orders.
    assert result.rows() == [["Hardware", 8, 8 / 9], ["Promo", 2, 2 / 9]]
    assert "shares_overlap" in {item.code for item in result.notices}


def test_rules_hold_inside_a_semi_join(layer: SemanticLayer) -> None:
    query = {"metrics": ["all_customers", "orders"], "where": [where("category", "=", "Hardware")]}

    assert ask(layer, query, ENT).rows() == [[2, 3]]


def test_rows_without_a_date_are_counted_once_beside_a_child(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["category"],
        "period": days("2024-01-01", "2025-01-01"),
    }

    told = {notice.code: notice.facts for notice in ask(layer, query).notices}

    assert told["rows_without_date"]["rows"] == 1
