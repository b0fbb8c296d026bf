"""Metrics on another date of their rows: a role of the time that is grouped by, or the time of one column."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assistant.answer.labels import column_label
from assistant.answer.view import view_of
from semantic_layer.errors import NotSupported, UnknownName
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop, trusted

CHANNEL = Principal(name="web", role="channel", attributes={"channel": "web", "channels": ("web",)})
SHIPPED = """
CREATE TABLE stock (day DATE, checked DATE, pieces INTEGER);
INSERT INTO stock VALUES ('2024-01-01', '2024-01-03', 5);
CREATE TABLE parcels (parcel_id INTEGER, order_id INTEGER, sent DATE, placed DATE);
INSERT INTO parcels VALUES (1, 1, '2023-01-12', '2023-01-11'), (2, 3, '2024-02-01', '2024-01-06'), (3, 5, '2024-03-04', '2024-03-01');
ALTER TABLE orders ADD COLUMN shipped DATE;
UPDATE orders SET shipped = order_date + 10;
ALTER TABLE customers ADD COLUMN birthday DATE;
"""
MODEL = (
    SHOP_MODEL.replace("      placed:\n", "      placed:\n      shipped: {label: {zh: 发货日期, en: ship date}}\n", 1)
    .replace("phone: {pii: true}", "phone: {pii: true}, birthday: {pii: true, datatype: Date}")
    .replace(
        "  targets: {source",
        "  stock: {source: stock, time: day, fields: {checked: }}\n"
        "  parcels: {source: parcels, primary_key: [parcel_id], time: sent, fields: {placed: }}\n"
        "  targets: {source",
    )
    .replace("relationships:\n", "relationships:\n  - parcels.order_id -> orders.order_id\n")
    .replace(
        "metrics:\n",
        "metrics:\n"
        "  parcels: {dataset: parcels, agg: count}\n"
        "  on_hand: {dataset: stock, agg: sum, expr: pieces, non_additive_dimension: {name: day}}\n"
        "  mean_stock: {type: average_of_snapshots, of: on_hand}\n"
        "  by_shipping: {of: orders, time: shipped}\n"
        "  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}\n"
        "  freight_a_customer: {type: per_entity, entity: orders.customer_id, input_metric: freight, agg: avg}\n",
    )
)  # fmt: skip
Y2024 = days("2024-01-01", "2025-01-01")
SALES = "lines LEFT JOIN orders USING (order_id)"
YEAR = "BETWEEN '2024-01-01' AND '2024-12-31'"


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("dating"), SHOP_ROWS + SHIPPED, MODEL).layer()


def by(grain: str, role: str | None = None) -> list[dict[str, Any]]:
    return [{"time": grain, "role": role} if role else {"time": grain}]


@pytest.mark.parametrize("role", ["shipped", "orders.shipped"])
@pytest.mark.parametrize(
    ("metric", "value", "facts"),
    [
        ("orders", "COUNT(*)", "orders"),
        ("revenue", "SUM(amount)", SALES),
        ("margin", "SUM(amount - cost) / SUM(amount)::DOUBLE", SALES),
    ],
)
def test_a_role_puts_every_metric_and_the_period_on_that_date(
    layer: SemanticLayer, role: str, metric: str, value: str, facts: str
) -> None:
    query = {"metrics": [metric], "group_by": by("month", role), "period": Y2024}

    sql = f"SELECT date_trunc('month', shipped)::DATE, {value} FROM {facts} WHERE shipped {YEAR} GROUP BY 1"
    assert alike(ask(layer, query).rows(), trusted(layer, sql))


@pytest.mark.parametrize("role", [None, "shipped"])
def test_totals_and_wholes_stay_on_the_date(layer: SemanticLayer, role: str | None) -> None:
    # Shipped in 2024: all but the two of 2023 and the one without a date; by customer: 2 twice, 3, 4, unknown, 99.
    use = {} if role else {"time": "shipped"}
    query = {
        "metrics": [
            {"metric": "orders"} | use,
            {"metric": "customers", "modifier": "share"} | use,
        ],
        "group_by": [*by("month", role)],
        "period": days("2024-02-01", "2024-05-01"),
        "totals": True,
    }

    result = ask(layer, query)

    # February: customer 2; March: 3, 99 and the unknown one; April: customer 4.
    assert result.rows() == [
        ["2024-02-01", 1, 0.25],
        ["2024-03-01", 3, 0.5],
        ["2024-04-01", 1, 0.25],
        [None, 5, 1],
    ]
    assert "failed" not in {check.status for check in result.checks}


def test_a_timestamp_may_be_the_date(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": [{"part": "hour_of_day", "role": "placed"}]}

    assert ask(layer, query).rows() == [[0, 2], [9, 1], [12, 2], [18, 1], [23, 1], [None, 2]]


def test_one_column_may_be_on_another_date(layer: SemanticLayer) -> None:
    # 31 March is shipped on 10 April; 29 February on 10 March; 25 January on 4 February; 5 January on the 15th.
    query = {
        "metrics": ["orders", {"metric": "orders", "time": "shipped"}],
        "group_by": by("month"),
        "period": Y2024,
        "totals": True,
    }

    result = ask(layer, query)

    assert [column.name for column in result.columns] == ["month", "orders", "orders_by_shipped"]
    assert result.rows() == [
        ["2024-01-01", 2, 1],
        ["2024-02-01", 1, 1],
        ["2024-03-01", 3, 3],
        ["2024-04-01", 0, 1],
        [None, 6, 6],
    ]


@pytest.mark.parametrize(
    "use",
    [
        {"metric": "revenue", "time": "shipped", "modifier": "share"},
        {"metric": "revenue", "time": "shipped", "modifier": "rank"},
        {"metric": "revenue", "time": "shipped", "modifier": "cumulative", "over": "year"},
    ],
)
def test_what_is_made_of_a_metric_is_made_on_its_date(
    layer: SemanticLayer, use: dict[str, str]
) -> None:
    query = {"metrics": [use], "period": Y2024, "group_by": by("month")}
    role = {key: value for key, value in use.items() if key != "time"}

    dated = ask(layer, query).rows()

    assert dated == ask(layer, query | {"metrics": [role], "group_by": by("month", "shipped")}).rows()  # fmt: skip
    assert dated != ask(layer, query | {"metrics": [role]}).rows()


def test_comparisons_move_on_the_date(layer: SemanticLayer) -> None:
    # Shipped in February: 4 February 2024 (100) and, a year before, nothing; March: 0 + 25 + 120 against 100.
    query = {
        "metrics": [{"metric": "revenue", "time": "shipped"}],
        "group_by": by("month"),
        "period": days("2024-02-01", "2024-04-01"),
        "compare": {"to": "previous_year", "show": ["base"]},
    }

    result = ask(layer, query)

    assert [column.name for column in result.columns][1:] == ["revenue_by_shipped", "revenue_by_shipped_base"]  # fmt: skip
    assert result.rows() == [["2024-02-01", 100, None], ["2024-03-01", 145, 100]]


def test_a_metric_of_its_own_keeps_its_date_beside_a_role(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders", {"metric": "orders", "time": "order_date"}, "by_shipping"],
        "group_by": by("month", "shipped"),
        "period": days("2024-01-01", "2024-03-01"),
    }

    assert ask(layer, query).rows() == [["2024-01-01", 1, 2, 1], ["2024-02-01", 1, 1, 1]]


def test_values_of_entities_and_windows_go_by_the_date(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["freight_a_customer", "ytd"],
        "group_by": by("month", "shipped"),
        "period": days("2024-01-01", "2024-03-01"),
    }

    assert ask(layer, query).rows() == [["2024-01-01", 20, 200], ["2024-02-01", 20, 300]]


def test_the_nearest_date_of_a_name_is_meant(layer: SemanticLayer) -> None:
    query = {"metrics": ["parcels"], "group_by": by("month", "placed")}

    assert ask(layer, query).rows() == [["2023-01-01", 1], ["2024-01-01", 1], ["2024-03-01", 1]]


def test_having_and_order_mean_the_column_that_is_shown(layer: SemanticLayer) -> None:
    query = {
        "metrics": [{"metric": "orders", "time": "shipped"}],
        "group_by": by("month"),
        "having": [{"metric": "orders", "op": ">=", "value": 2}],
        "order_by": [{"metric": "orders"}],
        "limit": 1,
    }

    assert ask(layer, query).rows() == [["2024-03-01", 3]]


def test_the_data_reach_as_far_as_the_date(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": by("month", "shipped")}

    assert ask(layer, query).data_through == date(2024, 4, 10)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ({"metrics": ["refund"], "group_by": by("month", "checked")}, "date_not_reached"),
        ({"metrics": ["revenue", "all_customers"], "group_by": by("month", "shipped")}, "date_not_reached"),
        ({"metrics": ["on_hand"], "group_by": by("month", "checked")}, "balance_on_other_date"),
        ({"metrics": ["mean_stock"], "group_by": by("month", "checked")}, "balance_on_other_date"),
        ({"metrics": ["orders"], "group_by": [*by("month", "shipped"), {"part": "day_of_week"}]}, "two_dates"),
        ({"metrics": [{"metric": "orders", "time": "shipped"}, {"metric": "orders", "time": "placed"}],
          "order_by": [{"metric": "orders"}]}, "which_date"),
        ({"metrics": [{"metric": "orders", "time": "shipped"}, {"metric": "orders", "time": "orders.shipped"}]},
         "same_column_twice"),
        ({"metrics": [{"metric": "revenue", "time": "shipped", "modifier": "target"}], "period": Y2024},
         "target_on_other_date"),
    ],
)  # fmt: skip
def test_what_a_date_does_not_serve_is_refused(
    layer: SemanticLayer, query: dict[str, Any], what: str
) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, query)

    assert caught.value.facts["what"] == what


@pytest.mark.parametrize("role", ["shiped", "channel", "order_id"])
def test_what_is_no_date_is_unknown(layer: SemanticLayer, role: str) -> None:
    with pytest.raises(UnknownName) as caught:
        ask(layer, {"metrics": ["orders"], "group_by": by("month", role)})

    assert caught.value.facts["kind"] == "date"


def test_a_date_that_a_role_may_not_see_does_not_exist(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": by("month", "birthday")}

    assert ask(layer, query).rows() == [[None, 9]]
    with pytest.raises(UnknownName):
        ask(layer, query, CHANNEL)


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        ("zh", ["月份（按发货日期）", "orders", "orders（按placed）"]),
        ("en", ["Month (by ship date)", "orders", "orders (by placed)"]),
    ],
)
def test_columns_say_their_date(layer: SemanticLayer, language: str, heads: list[str]) -> None:
    query = {
        "metrics": ["orders", {"metric": "orders", "time": "placed"}],
        "group_by": by("month", "shipped"),
    }

    view = view_of(ask(layer, query), layer.catalog, language)

    assert [column_label(item, view.result.query, language) for item in view.columns] == heads
