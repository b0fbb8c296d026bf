"""T1–T30 of the security notes: whatever somebody asks, the answer is that of a physically cut copy of the data."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.pipeline import Assistant
from assistant.question import Question
from assistant.surfaces.ui.export import csv_text
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import NotPermitted, UnknownName, UnsafeSQL
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.semantic_sql import from_semantic_sql, to_semantic_sql
from tests.semantic_layer.people import (
    ENT,
    MODEL,
    NARROW,
    PEOPLE,
    SMB,
    rows_of,
    same,
    same_written,
    written,
)
from tests.semantic_layer.test_attacks import ALLOW, make
from tests.semantic_layer.worlds import SHOP_ROWS, World, alike, ask, days, shop

EUROPEAN = Principal(name="eu", role="area", attributes={"region": "EU"})
Y2024 = days("2024-01-01", "2025-01-01")


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SemanticLayer, DuckDBEngine]]:
    """The database of the attack list with a policy, and the same one cut."""
    folder = tmp_path_factory.mktemp("sales")
    make(folder / "data.duckdb", rows="true")
    make(folder / "cut.duckdb", rows="region = 'EU'")
    world = World(folder).file(
        """
version: 1
model: sales
datasets:
  orders:
    source: orders
    primary_key: order_id
    time: order_date
    fields: {region: , amount: , size: {expr: "CASE WHEN amount >= 50 THEN 'big' ELSE 'small' END"}}
  customers: {source: customers, primary_key: customer_id, fields: {name: , email: }}
relationships: [orders.customer_id -> customers.customer_id]
metrics:
  total: {dataset: orders, agg: sum, expr: amount}
  average: {dataset: orders, agg: avg, expr: amount}
  highest: {dataset: orders, agg: max, expr: amount}
  orders: {dataset: orders, agg: count}
  buyers: {dataset: orders, agg: count_distinct, expr: customer_id}
  people: {dataset: customers, agg: count}
policies:
  - {role: area, datasets: {orders: region = user.region, customers: region = user.region}}
"""
    )
    with DuckDBEngine.open(folder / "cut.duckdb") as cut:
        yield world.layer(), cut


@pytest.mark.parametrize("line", ALLOW, ids=[line["id"] for line in ALLOW])
def test_t01_every_allowed_line_gives_the_rows_of_a_cut_copy(
    sales: tuple[SemanticLayer, DuckDBEngine], line: dict[str, str]
) -> None:
    layer, cut = sales

    assert written(layer, line["sql"], EUROPEAN) == rows_of(cut.run_trusted(line["sql"]))


SAID = {
    "A160": 'SELECT region, MEASURE(total) AS "Total revenue" FROM sales GROUP BY region ORDER BY 2 DESC',
    "A163": "SELECT name, MEASURE(total) AS s FROM sales WHERE name IS NOT NULL GROUP BY name ORDER BY s DESC LIMIT 5",
    "A164": "SELECT name, MEASURE(total) AS s FROM sales WHERE name IS NOT NULL GROUP BY name HAVING s > 10 ORDER BY s DESC",
    "A165": "SELECT DATE_TRUNC('month', metric_time) AS m, MEASURE(orders) AS n, MEASURE(average) FROM sales "
    "WHERE metric_time >= DATE '2026-02-01' AND metric_time < DATE '2027-01-01' GROUP BY m",
    "A172": "SELECT size, MEASURE(orders) FROM sales GROUP BY size ORDER BY size",
    "A177": "SELECT region, MEASURE(average) FROM sales GROUP BY region",
    "A179": "SELECT MEASURE(buyers) FROM sales WHERE amount BETWEEN 10 AND 20",
    "A181": "SELECT region, MEASURE(highest) FROM sales GROUP BY region",
}
"""Allowed lines as semantic SQL says them."""


@pytest.mark.parametrize("name", SAID)
def test_t01_what_an_allowed_line_means_as_semantic_sql_gives_the_rows_of_a_cut_copy(
    sales: tuple[SemanticLayer, DuckDBEngine], name: str
) -> None:
    layer, cut = sales
    (line,) = [line for line in ALLOW if line["id"] == name]
    query = from_semantic_sql(SAID[name], layer.access(EUROPEAN).catalog)

    rows = layer.run(query, EUROPEAN).rows()

    there = [list(row.values()) for row in cut.run_trusted(line["sql"]).to_pylist()]
    assert plain(rows) == plain(there)


def plain(rows: list[list[Any]]) -> list[str]:
    """Return rows as sorted texts: numbers to two digits, days without their hour."""
    return sorted(
        str([cell[:10] if isinstance(cell, str) else str(cell)[:10] if isinstance(cell, date) else round(float(cell), 2) for cell in row])
        for row in rows
    )  # fmt: skip


def test_t02_or_true_brings_no_row_back(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    known = {"field": "segment", "op": "not_null"}
    unknown = {"field": "segment", "op": "is_null"}

    same(full, cuts, {"metrics": ["orders", "revenue"], "where": [{"any": [known, unknown]}]})
    same_written(full, cuts, "SELECT order_id FROM orders WHERE channel = 'web' OR 1 = 1")


def test_t03_negation_does_not_turn_the_rule_round(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    for segment in ("ENT", "SMB"):
        rule = {"field": "segment", "value": segment}
        same(full, cuts, {"metrics": ["orders", "all_customers"], "where": [{"not": rule}]})
        same_written(
            full, cuts, f"SELECT customer FROM customers WHERE NOT (segment = '{segment}')"
        )


def test_t04_the_null_side_of_outer_joins_holds_no_hidden_row(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same(full, cuts, {"metrics": ["orders", "revenue", "refund"], "group_by": ["customers.customer", "regions.region"]})  # fmt: skip
    same_written(
        full,
        cuts,
        "SELECT c.customer, o.order_id FROM customers c LEFT JOIN orders o ON c.customer_id = o.customer_id",
        "SELECT c.customer, o.order_id FROM customers c FULL JOIN orders o ON c.customer_id = o.customer_id + 1",
        "SELECT l.line_id, o.order_id FROM orders o RIGHT JOIN lines l ON l.order_id = o.order_id",
    )


def test_t05_a_self_join_meets_visible_rows_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT a.customer, b.customer AS other FROM customers a JOIN customers b ON a.region_id = b.region_id",
    )


def test_t06_set_operations_add_and_subtract_visible_rows_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT order_id FROM orders UNION ALL SELECT order_id FROM refunds",
        "SELECT customer_id FROM customers EXCEPT SELECT customer_id FROM orders",
        "SELECT customer_id FROM customers INTERSECT SELECT customer_id FROM orders",
    )


def test_t07_sub_queries_see_visible_rows_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT (SELECT max(freight) FROM orders) AS top",
        "SELECT product FROM products WHERE product_id IN (SELECT product_id FROM lines)",
        "SELECT region FROM regions r WHERE EXISTS (SELECT 1 FROM customers c WHERE c.region_id = r.region_id)",
        "SELECT region FROM regions r WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.ship_region_id = r.region_id)",
    )
    hardware = {"field": "category", "value": "Hardware"}
    same(full, cuts, {"metrics": ["all_customers", "freight"], "where": [hardware]})


def test_t08_a_chain_of_ctes_sees_visible_rows_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "WITH a AS (SELECT * FROM orders), b AS (SELECT channel, sum(freight) AS f FROM a GROUP BY 1) SELECT * FROM b",
    )


@pytest.mark.parametrize("name", ["orders", "customers", "CUSTOMERS"])
@pytest.mark.parametrize("who", [ENT, NARROW], ids=["listed", "read by the rule alone"])
def test_t08_no_cte_stands_in_for_a_table_of_a_source_or_a_rule(
    full: SemanticLayer, who: Principal, name: str
) -> None:
    everyone = "SELECT 2 AS customer_id, 'ENT' AS segment"

    with pytest.raises(UnsafeSQL, match="takes the name"):
        written(full, f"WITH {name} AS ({everyone}) SELECT order_id FROM orders", who)


def test_t08_no_cte_stands_in_for_a_table_inside_a_source_of_a_rule(tmp_path: Path) -> None:
    model = MODEL.replace("source: customers", "source: SELECT * FROM customers")
    layer = shop(tmp_path, model=model).layer()
    everyone = "SELECT 2 AS customer_id, 'ENT' AS segment"

    with pytest.raises(UnsafeSQL, match="takes the name"):
        written(layer, f"WITH customers AS ({everyone}) SELECT order_id FROM orders", NARROW)


def test_t09_windows_look_at_visible_rows_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT order_id, freight / sum(freight) OVER () AS share, rank() OVER (ORDER BY freight) AS place FROM orders",
    )
    same(
        full,
        cuts,
        {"metrics": [{"metric": "revenue", "modifier": "share"}], "group_by": ["product"]},
        {"metrics": [{"metric": "orders", "modifier": "rank"}], "group_by": ["orders.channel"]},
        {"metrics": [{"metric": "revenue", "modifier": "cumulative_share"}], "group_by": ["product"]},
    )  # fmt: skip


def test_t10_distinct_counts_count_visible_members_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same(full, cuts, {"metrics": ["customers"], "group_by": [{"time": "year"}], "totals": True})
    same_written(full, cuts, "SELECT count(DISTINCT customer_id) AS n FROM orders")


def test_t11_an_alias_that_is_another_table_changes_no_rule(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT customers.order_id FROM orders AS customers",
        "SELECT orders.product FROM products AS orders, customers AS lines",
        "SELECT s.customer FROM customers AS s",
    )


def test_t12_case_quotes_and_schema_lead_to_the_same_rows(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT Order_ID FROM ORDERS",
        'SELECT "order_id" FROM "Orders"',
        "SELECT order_id FROM main.orders",
    )
    with pytest.raises(UnsafeSQL):
        written(full, "SELECT order_id FROM data.main.orders", ENT)


def test_t13_every_scan_of_a_table_carries_the_rule(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT a.order_id, b.order_id AS other FROM orders a, orders b",
        "SELECT count(*) AS n FROM orders WHERE freight > (SELECT avg(o.freight) FROM orders o)",
    )


def test_t14_a_view_is_a_dataset_of_its_own_or_nothing(tmp_path: Path) -> None:
    rows = SHOP_ROWS + "CREATE VIEW v_orders AS SELECT * FROM orders;"
    model = MODEL.replace(
        "  lines:\n    source: lines",
        "  seen: {source: v_orders, primary_key: order_id}\n"
        "  picked: {source: SELECT * FROM orders WHERE freight > 8, primary_key: order_id}\n"
        "  lines:\n    source: lines",
    ).replace(
        "policies:\n",
        "  seen_orders: {dataset: seen, agg: count}\n  picked_orders: {dataset: picked, agg: count}\n"
        "policies:\n  - {role: viewer, datasets: {seen: channel = user.channel, picked: channel = user.channel}}\n",
    )
    layer = shop(tmp_path, rows, model).layer()
    viewer = Principal(name="v", role="viewer", attributes={"channel": "web"})

    assert ask(layer, {"metrics": ["seen_orders", "picked_orders"]}, viewer).rows() == [[5, 5]]
    assert sum(written(layer, "SELECT order_id FROM v_orders", viewer).values()) == 5
    for sql in ("SELECT order_id FROM orders", "SELECT segment FROM customers"):
        with pytest.raises(UnsafeSQL):
            written(layer, sql, viewer)
    with pytest.raises(UnsafeSQL):
        written(layer, "SELECT order_id FROM v_orders", ENT)
    with pytest.raises(UnknownName):
        ask(layer, {"metrics": ["seen_orders"]}, ENT)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer FROM customers WHERE phone = '2'",
        "SELECT customer FROM customers WHERE phone LIKE '2%'",
        "SELECT customer FROM customers ORDER BY phone, customer LIMIT 1",
        "SELECT phone, count(*) AS n FROM customers GROUP BY phone",
        "SELECT min(phone) AS a, max(phone) AS b, count(DISTINCT phone) AS n FROM customers",
        "SELECT a.customer, b.customer AS other FROM customers a JOIN customers b ON a.phone = b.phone",
        "SELECT customer FROM customers WHERE length(phone) = 1 OR phone IS NULL",
    ],
)  # fmt: skip
def test_t15_a_masked_column_is_its_mask_wherever_it_is_read(
    full: SemanticLayer, cuts: dict[str, SemanticLayer], sql: str
) -> None:
    same_written(full, cuts, sql)


def test_t15_a_masked_field_is_no_name_of_a_metric_query(full: SemanticLayer) -> None:
    queries: list[dict[str, Any]] = [
        {"metrics": ["orders"], "group_by": ["customers.phone"]},
        {"metrics": ["orders"], "where": [{"field": "customers.phone", "op": "starts_with", "value": "2"}]},
        {"metrics": ["orders"], "order_by": [{"field": "customers.phone"}]},
    ]  # fmt: skip
    for query in queries:
        with pytest.raises(UnknownName):
            ask(full, query, ENT)


def test_t16_stars_and_natural_joins_bring_no_other_column(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    same_written(
        full,
        cuts,
        "SELECT * FROM customers",
        "SELECT * EXCLUDE (phone) FROM customers",
        "SELECT c.* FROM orders o JOIN customers c USING (customer_id)",
    )
    for sql in ("SELECT customers FROM customers", "SELECT c FROM customers c"):
        said = str(written(full, sql, ENT))
        assert said.count("'***'") == 2
        assert not [phone for phone in ("'1'", "'2'", "'4'") if phone in said]
    with pytest.raises(UnsafeSQL):
        written(full, "SELECT * FROM orders NATURAL JOIN customers", ENT)


def test_t17_a_metric_over_a_masked_column_does_not_exist_nor_what_is_made_of_it(
    full: SemanticLayer,
) -> None:
    hidden = {"phones", "phones_per_order", "big_customers"}

    assert not hidden & set(full.access(ENT).catalog.metrics)
    assert hidden <= set(full.access().catalog.metrics)


def test_t18_a_drill_down_and_its_export_hold_visible_rows_only(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    drilled = {"metrics": ["revenue", "orders"], "group_by": ["customers.customer"], "where": [{"field": "regions.region", "value": "华东"}]}  # fmt: skip

    same(full, cuts, drilled)
    for who in PEOPLE:
        assert exported(full, drilled, who) == exported(cuts[who.name], drilled)


def exported(layer: SemanticLayer, query: dict[str, Any], who: Principal = LOCAL_OWNER) -> str:
    assistant = Assistant(layer=layer)
    question = Question(text="", language="en", principal=who)
    answer = assistant.query(ask(layer, query, question.principal).asked, question)
    table = assistant.card(answer, "en").table
    assert table is not None
    return csv_text(table)


def test_t19_a_question_kept_by_somebody_else_is_secured_for_who_runs_it(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    kept = ask(full, {"metrics": ["revenue"], "group_by": ["customers.customer"]}, SMB)

    for who in PEOPLE:
        again = from_semantic_sql(kept.semantic_sql, full.access(who).catalog)
        assert alike(
            full.run(again, who).rows(),
            cuts[who.name].run(again).rows(),
        )
    own = ask(full, {"metrics": ["phones"]})
    with pytest.raises(UnknownName):
        from_semantic_sql(to_semantic_sql(own.asked, "shop"), full.access(ENT).catalog)


def test_t20_who_asked_before_does_not_matter(whole: World, cuts: dict[str, SemanticLayer]) -> None:
    query = {"metrics": ["revenue", "orders"], "group_by": [{"time": "month"}], "period": Y2024}
    layer = whole.layer()

    for who in (ENT, SMB, SMB, ENT):
        assert alike(ask(layer, query, who).rows(), ask(cuts[who.name], query).rows())
    assert alike(ask(layer, query).rows(), ask(whole.layer(), query).rows())


def test_t20_two_askers_at_once_get_their_own_rows(
    whole: World, cuts: dict[str, SemanticLayer]
) -> None:
    query = {"metrics": ["revenue"], "group_by": ["product"]}
    expected = {who.name: ask(cuts[who.name], query).rows() for who in PEOPLE}
    layer = whole.layer()

    with ThreadPoolExecutor(4) as pool:
        asked = [(who, pool.submit(ask, layer, query, who)) for who in PEOPLE * 20]

    assert all(alike(answer.result().rows(), expected[who.name]) for who, answer in asked)


def test_t21_a_rule_changed_between_turns_holds_at_once(full: SemanticLayer) -> None:
    moved = ENT.model_copy(update={"attributes": {"segment": "SMB"}})
    query = {"metrics": ["revenue"]}

    rows = [ask(full, query, who).rows() for who in (ENT, moved, ENT)]

    assert rows == [[[600]], [[250]], [[600]]]


@pytest.mark.parametrize(
    "who",
    [
        Principal(name="x", role="stranger"),
        Principal(name="x", role="segment"),
        Principal(name="x", role="segment", attributes={"region": "ENT"}),
    ],
    ids=["no policy", "no attribute", "another attribute"],
)
def test_t22_who_has_no_rule_sees_nothing(full: SemanticLayer, who: Principal) -> None:
    with pytest.raises(NotPermitted):
        ask(full, {"metrics": ["orders"]}, who)
    with pytest.raises(NotPermitted):
        full.members(who)


def test_t23_rows_without_a_value_in_the_rules_column_are_hidden(
    full: SemanticLayer, cuts: dict[str, SemanticLayer]
) -> None:
    query = {"metrics": ["orders", "all_customers"], "group_by": ["customers.segment"]}

    same(full, cuts, query)
    assert [row[0] for row in ask(full, query, ENT).rows()] == ["ENT"]


@pytest.mark.parametrize(
    "value", ["O'Neil", 'a"b', "a\\b", "x' OR '1'='1", "a\u2028b", "$$", "$p1", "'; --", "${x}"]
)
def test_t24_a_rules_value_is_data(tmp_path: Path, value: str) -> None:
    quoted = value.replace("'", "''")
    named = f"UPDATE customers SET segment = '{quoted}' WHERE customer_id = 1;"
    layer = shop(tmp_path, SHOP_ROWS + named, MODEL).layer()
    who = Principal(name="n", role="segment", attributes={"segment": value})

    assert ask(layer, {"metrics": ["orders", "all_customers"]}, who).rows() == [[2, 1]]
    assert sum(written(layer, "SELECT order_id FROM orders", who).values()) == 2
