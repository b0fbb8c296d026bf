"""All members that a limit cuts, in one row, recomputed from their rows."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.errors import NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import alike, ask, days, trusted

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
TOP: dict[str, Any] = {
    "group_by": ["product"],
    "order_by": [{"metric": "revenue"}],
    "limit": 1,
    "others": True,
}
SALES = "lines LEFT JOIN products USING (product_id) LEFT JOIN orders USING (order_id)"


@pytest.mark.parametrize(
    ("metric", "sql"),
    [
        ("revenue", "SUM(amount)"),
        ("margin", "(SUM(amount) - SUM(cost)) / NULLIF(SUM(amount), 0)"),
        ("price", "AVG(amount / NULLIF(qty, 0))"),
        ("customers", "COUNT(DISTINCT customer_id)"),
    ],
)
def test_the_rest_is_recomputed_from_its_rows(layer: SemanticLayer, metric: str, sql: str) -> None:
    result = ask(layer, {"metrics": [metric], **TOP, "totals": True})

    facts = (
        SALES
        if metric != "customers"
        else "orders LEFT JOIN lines USING (order_id) LEFT JOIN products USING (product_id)"
    )
    parts = [
        f"SELECT 'Laptop', {sql} FROM {facts} WHERE product = 'Laptop'",
        f"SELECT NULL, {sql} FROM {facts} WHERE product IS DISTINCT FROM 'Laptop'",
        f"SELECT NULL, {sql} FROM {facts}",
    ]
    assert alike(result.rows(), trusted(layer, " UNION ALL ".join(parts)))
    assert result.row_kinds == ("data", "others", "total")


def test_an_unknown_member_above_the_cut_is_not_among_the_others(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["orders.channel"],
        "order_by": [{"metric": "orders", "dir": "asc"}],
        "limit": 3,
        "others": True,
    }

    result = ask(layer, query)

    assert result.rows() == [["app", 1], [None, 1], ["store", 2], [None, 5]]
    assert result.row_kinds == ("data", "data", "data", "others")


def test_no_rest_no_row(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["revenue"], **TOP, "limit": 3})

    assert result.row_kinds == ("data", "data", "data")


def test_shares_and_comparisons_of_the_rest(layer: SemanticLayer) -> None:
    share = [{"metric": "revenue", "modifier": name} for name in ("share", "cumulative_share")]
    query = {
        "metrics": ["revenue", *share],
        "period": days("2024-01-01", "2025-01-01"),
        "compare": {"to": "previous_year", "show": ["base"]},
    }

    rows = ask(layer, query | TOP).rows()

    assert rows == [
        ["Laptop", 620, 200, pytest.approx(620 / 745), pytest.approx(620 / 745)],
        [None, 125, 50, pytest.approx(125 / 745), pytest.approx(1)],
    ]


def test_rules_hold_in_the_rest(layer: SemanticLayer) -> None:
    assert ask(layer, {"metrics": ["revenue"], **TOP}, ENT).rows() == [
        ["Laptop", 500],
        [None, 100],
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"group_by": ["product", "category"]}, "others_beside_groups"),
        ({"group_by": [{"time": "month"}]}, "others_beside_groups"),
        ({"limit": None}, "others_without_limit"),
        ({"having": [{"metric": "revenue", "value": 1}]}, "others_and_having"),
        ({"metrics": [{"metric": "revenue", "modifier": "rank"}]}, "others_and_rank"),
    ],
)
def test_a_rest_without_meaning_is_refused(
    layer: SemanticLayer, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, {"metrics": ["revenue"], **TOP} | change)

    assert caught.value.facts["what"] == reason
