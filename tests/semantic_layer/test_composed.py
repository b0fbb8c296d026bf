"""SQL around governed SELECTs: right by hand, refused where it would give a plausible wrong number, blind to all else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.composed_query import ComposedQuery
from semantic_layer.errors import NotSupported, QueryError, UnknownName, UnsafeSQL
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.result import Result, Role
from semantic_layer.semantic_sql import read_semantic_sql
from tests.semantic_layer.test_policies import CUT, ENT, SMB, WEB
from tests.semantic_layer.worlds import SHOP_ROWS, alike, shop

LIST = Path(__file__).resolve().parents[2] / ".." / "shared" / "security" / "attacks.jsonl"
REJECT = (
    [
        line
        for text in LIST.read_text(encoding="utf-8").split("\n")
        if text and (line := json.loads(text))["verdict"] == "reject"
    ]
    if LIST.exists()
    else []
)
BY_REGION = "(SELECT regions.region, MEASURE(revenue) AS r, MEASURE(margin) AS m FROM shop) t"
BY_MONTH = "(SELECT DATE_TRUNC('month', metric_time) AS month, MEASURE(revenue) AS r FROM shop WHERE metric_time >= '2024-01-01' AND metric_time < '2024-04-01') t"
YEARS = """
WITH a AS (SELECT regions.region, MEASURE(revenue) AS r FROM shop WHERE metric_time >= '2024-01-01' AND metric_time < '2025-01-01' GROUP BY region),
 b AS (SELECT regions.region, MEASURE(revenue) AS r FROM shop WHERE metric_time >= '2023-01-01' AND metric_time < '2024-01-01' GROUP BY region)
"""


def run(layer: SemanticLayer, sql: str, principal: Principal = LOCAL_OWNER) -> Result:
    query = read_semantic_sql(sql, layer.access(principal).catalog)
    assert isinstance(query, ComposedQuery)
    result = layer.run_composed(query, principal)
    assert read_semantic_sql(result.semantic_sql, layer.access(principal).catalog) == query
    return result


CASES: dict[str, tuple[str, list[list[Any]]]] = {
    "joined years": (
        YEARS + "SELECT a.region, a.r / NULLIF(b.r, 0) AS x FROM a LEFT JOIN b ON a.region = b.region ORDER BY x DESC LIMIT 3",
        [["华东", 1.2], ["华北", None], [None, None]],
    ),
    "row before": (
        f"SELECT region, r, r - LAG(r) OVER (ORDER BY r) AS d FROM {BY_REGION}",
        [["Bavaria", 50, 50], ["华东", 550, 98], ["华北", 0, None], [None, 452, 402]],
    ),
    "sum and count": (f"SELECT SUM(r) AS s, COUNT(*) AS n FROM {BY_REGION}", [[1052, 4]]),
    "division of integers is real": (
        f"SELECT r / 100 AS x FROM {BY_REGION} WHERE region = 'Bavaria'",
        [[0.5]],
    ),
    "division by zero is null": (
        f"SELECT 100 / r AS x FROM {BY_REGION} WHERE region = '华北'",
        [[None]],
    ),
    "remainder by zero is null": (
        f"SELECT 100 % r AS x FROM {BY_REGION} WHERE region = '华北'",
        [[None]],
    ),
    "running sum": (
        f"SELECT month, SUM(r) OVER (ORDER BY month) AS s FROM {BY_MONTH} ORDER BY 1",
        [["2024-01-01", 300], ["2024-02-01", 300], ["2024-03-01", 745]],
    ),
    "largest of rates": (f"SELECT MAX(m) AS m FROM {BY_REGION}", [[0.5]]),
    "scalar sub-query": (
        f"SELECT region, r / (SELECT MEASURE(revenue) FROM shop) AS s FROM {BY_REGION} WHERE region = 'Bavaria'",
        [["Bavaria", 50 / 1052]],
    ),
    "union": (
        ("SELECT 'web' AS k, r FROM (SELECT MEASURE(revenue) AS r FROM shop WHERE channel = 'web') a UNION ALL "
        "SELECT 'all', r FROM (SELECT MEASURE(revenue) AS r FROM shop) b ORDER BY r DESC"),
        [["all", 1052], ["web", 800]],
    ),
    "a CTE may be called as a table is": (
        f"WITH orders AS (SELECT * FROM {BY_REGION}) SELECT COUNT(*) AS n FROM orders",
        [[4]],
    ),
    "grouped again": (
        "SELECT country, SUM(r) AS s FROM (SELECT regions.country, regions.region, MEASURE(revenue) AS r FROM shop) t GROUP BY country",
        [["CN", 550], ["DE", 50], [None, 452]],
    ),
    "GROUP BY ALL and an ordinal": (
        "SELECT country, SUM(r) AS s FROM (SELECT regions.country, regions.region, MEASURE(revenue) AS r FROM shop) t GROUP BY ALL ORDER BY 2 DESC LIMIT 1",
        [["CN", 550]],
    ),
    "correlated": (
        f"SELECT region FROM {BY_REGION} WHERE EXISTS (SELECT 1 FROM (SELECT regions.region, MEASURE(refund) AS f FROM shop) u WHERE u.region = t.region AND u.f > 100)",
        [["华东"]],
    ),
    "FILTER": (f"SELECT SUM(r) FILTER (WHERE r > 100) AS s FROM {BY_REGION}", [[1002]]),
    "sums of two tables": (
        ("SELECT SUM(a.r) - SUM(b.f) AS n FROM (SELECT regions.region, MEASURE(revenue) AS r FROM shop) a "
        "LEFT JOIN (SELECT regions.region, MEASURE(refund) AS f FROM shop) b ON a.region = b.region"),
        [[1052 - 170]],
    ),
    "kept first": (
        f"SELECT region FROM {BY_REGION} QUALIFY ROW_NUMBER() OVER (ORDER BY r DESC) <= 2",
        [["华东"], [None]],
    ),
    "percent": (f"SELECT region FROM {BY_REGION} WHERE m >= 50%", [[None]]),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), CASES.values(), ids=CASES)
def test_ordinary_sql_around_governed_results(
    layer: SemanticLayer, sql: str, rows: list[list[Any]]
) -> None:
    assert alike(run(layer, sql).rows(), rows)


UNKNOWN = {
    "JOIN ON": YEARS + "SELECT a.region, b.r FROM a JOIN b ON a.region = b.region",
    "JOIN USING": YEARS + "SELECT region, b.r FROM a JOIN b USING (region)",
    "SEMI JOIN": YEARS + "SELECT a.region FROM a SEMI JOIN b ON a.region = b.region",
    "IN": f"SELECT region FROM {BY_REGION} WHERE region IN (SELECT region FROM (SELECT regions.region, MEASURE(revenue) r FROM shop) u)",
}  # fmt: skip


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """The shop with an order of an unknown customer in the year before too."""
    rows = "INSERT INTO orders VALUES (10,NULL,NULL,'2023-03-03',NULL,'app',1);INSERT INTO lines VALUES (13,10,1,1,33,1);"
    return shop(tmp_path_factory.mktemp("old"), SHOP_ROWS + rows).layer()


@pytest.mark.parametrize("sql", UNKNOWN.values(), ids=UNKNOWN)
def test_the_unknown_member_meets_itself(old: SemanticLayer, sql: str) -> None:
    assert None in [row[0] for row in run(old, sql).rows()]


@pytest.mark.parametrize(
    "condition",
    ["region <> '华东'", "region NOT IN ('华东')", "NOT region = '华东'"],
)
def test_the_unknown_member_is_not_another_one(layer: SemanticLayer, condition: str) -> None:
    rows = run(layer, f"SELECT region FROM {BY_REGION} WHERE {condition}").rows()

    assert alike(rows, [["Bavaria"], ["华北"], [None]])


def test_not_in_a_query_with_an_unknown_member_keeps_the_others(layer: SemanticLayer) -> None:
    sql = f"SELECT region FROM {BY_REGION} WHERE region NOT IN (SELECT region FROM {BY_REGION} WHERE r > 500 OR region IS NULL)"

    assert alike(run(layer, sql).rows(), [["Bavaria"], ["华北"]])


def test_a_full_join_keeps_what_one_side_has(layer: SemanticLayer) -> None:
    sql = (
        YEARS
        + "SELECT region, a.r AS now, b.r AS before FROM a FULL JOIN b USING (region) WHERE region <> 'x'"
    )

    assert alike(run(layer, sql).rows(), [["华东", 300, 250], ["华北", 0, None], [None, 445, None]])


def test_rows_without_order_by_are_in_one_order(layer: SemanticLayer) -> None:
    assert [row[0] for row in run(layer, f"SELECT r FROM {BY_REGION}").rows()] == [0, 50, 452, 550]


def test_ties_at_a_cut_are_broken_by_all_columns(layer: SemanticLayer) -> None:
    sql = f"SELECT 1 AS one, region FROM {BY_REGION} ORDER BY one LIMIT 1"

    assert "NULLS FIRST" not in run(layer, sql).sql
    assert run(layer, sql).rows() == [[1, "Bavaria"]]


REFUSED = {
    "composed_sum_of_metric": [
        f"SELECT SUM(m) FROM {BY_REGION}",
        f"SELECT AVG(m) FROM {BY_REGION}",
        f"SELECT SUM(m) OVER () AS s FROM {BY_REGION}",
        f"WITH x AS (SELECT region, m AS q FROM {BY_REGION}) SELECT SUM(q) FROM x",
        f"SELECT region FROM {BY_REGION} GROUP BY region HAVING SUM(m) > 1",
        f"SELECT region FROM {BY_REGION} GROUP BY region ORDER BY AVG(m)",
        f"SELECT SUM(CASE WHEN r > 0 THEN m ELSE 0 END) FROM {BY_REGION}",
        "SELECT SUM(c) FROM (SELECT regions.region, MEASURE(customers) AS c FROM shop) t",
        "SELECT SUM(k) FROM (SELECT regions.region, RANK(revenue) AS k FROM shop) t",
        "SELECT AVG(g) FROM (SELECT regions.region, YOY(revenue) AS g FROM shop WHERE metric_time >= '2024-01-01' AND metric_time < '2025-01-01') t",
    ],
    "composed_sum_of_dimension": ["SELECT SUM(qty) FROM (SELECT lines.qty, MEASURE(revenue) AS r FROM shop) t"],
    "composed_sum_of_computed": [
        f"SELECT SUM(r * r) FROM {BY_REGION}",
        f"SELECT AVG(r / NULLIF(m, 0)) FROM {BY_REGION}",
        f"SELECT SUM(x) FROM (SELECT r / r AS x FROM {BY_REGION}) u",
        f"SELECT SUM(x) FROM (SELECT MAX(r) AS x FROM {BY_REGION}) u",
        f"SELECT SUM(ROUND(r)) FROM {BY_REGION}",
    ],
    "composed_sum_of_missing": [YEARS + "SELECT SUM(a.r - b.r) FROM a LEFT JOIN b ON a.region = b.region"],
    "composed_sum_over_union": [YEARS + "SELECT SUM(r) FROM (SELECT * FROM a UNION ALL SELECT * FROM b) u"],
    "composed_sum_over_distinct": [f"SELECT SUM(r) FROM (SELECT DISTINCT r FROM {BY_REGION}) u"],
    "composed_sum_distinct": [f"SELECT SUM(DISTINCT r) FROM {BY_REGION}"],
    "composed_repeated": [
        YEARS + "SELECT SUM(a.r) FROM a CROSS JOIN b",
        YEARS + "SELECT SUM(a.r) FROM a, b",
        YEARS + "SELECT COUNT(a.r) FROM a JOIN b ON a.r > b.r",
        ("SELECT SUM(a.r) FROM (SELECT regions.region, MEASURE(revenue) AS r FROM shop) a JOIN "
        "(SELECT regions.region, orders.channel, MEASURE(revenue) AS r FROM shop) b ON a.region = b.region"),
        f"SELECT SUM(t.r) FROM {BY_REGION} JOIN (SELECT r FROM {BY_REGION}) u ON t.r = u.r",
    ],
    "composed_not_grouped": [f"SELECT region, SUM(r) FROM {BY_REGION}", f"SELECT r, COUNT(*) FROM {BY_REGION} GROUP BY region"],
    "composed_same_column": [YEARS + "SELECT a.r, b.r FROM a CROSS JOIN b", YEARS + "SELECT * FROM a CROSS JOIN b"],
    "composed_ambiguous_column": [YEARS + "SELECT r FROM a JOIN b ON a.region = b.region"],
    "composed_scalar_rows": [f"SELECT (SELECT r FROM {BY_REGION}) AS x FROM {BY_REGION}"],
    "composed_measure_outside": [f"SELECT MEASURE(r) FROM {BY_REGION}"],
    "composed_leaf_joined": [f"SELECT MEASURE(revenue) FROM shop JOIN {BY_REGION} ON TRUE"],
    "composed_inexact": [f"SELECT ANY_VALUE(r) FROM {BY_REGION}", f"SELECT ARG_MAX(region, r) FROM {BY_REGION}"],
    "composed_extra_rows": ["SELECT COUNT(*) FROM (SELECT regions.region, MEASURE(revenue) AS r FROM shop GROUP BY ROLLUP (region)) t"],
    "composed_needs_source": [f"SELECT region, r FROM {BY_REGION} UNION ALL SELECT 'x', 1"],
    "composed_columns_differ": [f"SELECT region, r FROM {BY_REGION} UNION ALL SELECT r FROM {BY_REGION}"],
    "composed_reserved_name": [f"WITH shop AS (SELECT * FROM {BY_REGION}) SELECT * FROM shop JOIN {BY_REGION} ON TRUE", f"WITH leaf_1 AS (SELECT * FROM {BY_REGION}) SELECT * FROM leaf_1"],
    "composed_not_computed": [f"SELECT region + 1 AS x FROM {BY_REGION}"],
    "composed_form": [
        f"WITH RECURSIVE x AS (SELECT * FROM {BY_REGION}) SELECT * FROM x",
        f"SELECT * EXCLUDE (r) FROM {BY_REGION}",
        f"SELECT r // 2 FROM {BY_REGION}",
        f"SELECT SUM(r) OVER w FROM {BY_REGION} WINDOW w AS (ORDER BY r)",
        YEARS + "SELECT * FROM a NATURAL JOIN b",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "sql"), [(code, sql) for code, found in REFUSED.items() for sql in found]
)
def test_what_could_mislead_is_refused_by_name(layer: SemanticLayer, code: str, sql: str) -> None:
    with pytest.raises(NotSupported) as refused:
        run(layer, sql)

    assert refused.value.facts["what"] == code


def test_a_balance_is_added_over_fields_but_not_over_time(tmp_path: Path) -> None:
    model = """
version: 1
model: stock
datasets:
  stock: {source: stock, time: day, fields: {place: }}
metrics:
  on_hand: {dataset: stock, agg: sum, expr: n, non_additive_dimension: {name: day, window_agg: last}}
"""
    world = shop(tmp_path, model=model).data(
        "CREATE TABLE stock AS SELECT * FROM (VALUES (DATE '2024-01-31','a',5),(DATE '2024-01-31','b',7),(DATE '2024-02-29','a',1)) t(day, place, n)"
    )
    layer = world.layer()
    inner = "(SELECT place, DATE_TRUNC('month', metric_time) AS month, MEASURE(on_hand) AS n FROM stock) t"

    rows = run(layer, f"SELECT month, SUM(n) AS n FROM {inner} GROUP BY month").rows()
    with pytest.raises(NotSupported, match="composed_sum_over_time"):
        run(layer, f"SELECT place, SUM(n) AS n FROM {inner} GROUP BY place")

    assert alike(rows, [["2024-01-01", 12], ["2024-02-01", 1]])


def test_columns_carry_what_they_refer_to(layer: SemanticLayer) -> None:
    result = run(layer, f"SELECT region, r AS revenue, m, r * 2 AS twice FROM {BY_REGION}")

    assert [(item.name, item.role, item.metric, item.unit) for item in result.columns] == [
        ("region", Role.DIMENSION, None, None),
        ("revenue", Role.METRIC, "revenue", "CNY"),
        ("m", Role.METRIC, "margin", "percent"),
        ("twice", Role.METRIC, None, None),
    ]
    assert result.query is None
    assert [use.metric for use in result.leaves[0].metrics] == ["revenue", "margin"]


def test_what_the_asker_must_know_comes_along(layer: SemanticLayer) -> None:
    sql = YEARS + "SELECT AVG(a.r) AS x FROM a JOIN b ON a.region = b.region"
    codes = {item.code for item in run(layer, sql).notices}

    assert {"period_beyond_data", "composed_average"} <= codes
    assert "composed_by_row" in {
        item.code
        for item in run(layer, f"SELECT LAG(r) OVER (ORDER BY month) AS p FROM {BY_MONTH}").notices
    }


BLIND = {
    "a physical table": "SELECT * FROM orders",
    "a table beside a leaf": f"SELECT t.r FROM {BY_REGION}, orders",
    "a table in a sub-query": f"SELECT (SELECT MAX(amount) FROM lines) AS x FROM {BY_REGION}",
    "a qualified table": f"SELECT 1 AS x FROM {BY_REGION} JOIN main.orders o ON TRUE",
    "a column of the leaf's table": f"SELECT amount FROM {BY_REGION}",
    "a whole row": f"SELECT t FROM {BY_REGION}",
    "the row number of the table": f"SELECT rowid FROM {BY_REGION}",
    "a column that was grouped but not selected": "SELECT region FROM (SELECT MEASURE(revenue) AS r FROM shop GROUP BY regions.region) t",
    "an inner CTE of the leaf": f"SELECT * FROM {BY_REGION}, leaf_1_computed",
    "a helper column": "SELECT _peers FROM (SELECT product, MEASURE(revenue) AS r FROM shop ORDER BY r LIMIT 1) t",
    "the engine's catalog": f"SELECT * FROM {BY_REGION}, duckdb_tables",
    "a table function": f"SELECT * FROM {BY_REGION}, read_csv('x.csv')",
    "VALUES": f"SELECT * FROM {BY_REGION}, (VALUES (1)) v(x)",
}  # fmt: skip


@pytest.mark.parametrize("sql", BLIND.values(), ids=BLIND)
def test_the_sql_around_sees_governed_columns_only(layer: SemanticLayer, sql: str) -> None:
    with pytest.raises(QueryError):
        run(layer, sql)


@pytest.mark.skipif(not REJECT, reason="the list of attacks is not in this checkout")
@pytest.mark.parametrize("line", REJECT, ids=[line["id"] for line in REJECT])
def test_attacks_are_refused_in_the_sql_around(layer: SemanticLayer, line: dict[str, str]) -> None:
    leaf = read_semantic_sql(
        "SELECT regions.region, MEASURE(revenue) AS r FROM shop", layer.catalog
    )
    assert not isinstance(leaf, ComposedQuery)
    attack = line["sql"]
    written = [
        f"WITH a AS (SELECT * FROM {BY_REGION}) {attack}",
        f"WITH a AS (SELECT * FROM {BY_REGION}), x AS ({attack}) SELECT * FROM a, x",
        f"SELECT region FROM {BY_REGION} WHERE r > ({attack})",
        f"SELECT region FROM {BY_REGION} UNION ALL {attack}",
        f"SELECT t.region FROM {BY_REGION}, ({attack}) x",
    ]

    for sql in written:
        with pytest.raises(QueryError):
            run(layer, sql)
    with pytest.raises(QueryError):
        layer.run_composed(ComposedQuery(outer=attack, leaves=(leaf,)))


OUTER = {
    "sum": f"SELECT SUM(r) AS s, COUNT(*) AS n FROM {BY_REGION}",
    "or true": f"SELECT region, r FROM {BY_REGION} WHERE r > 0 OR 1 = 1",
    "full join": YEARS + "SELECT region, a.r AS x, b.r AS y FROM a FULL JOIN b USING (region)",
    "union": f"SELECT region, r FROM {BY_REGION} UNION SELECT region, r FROM {BY_REGION}",
    "scalar": f"SELECT region, r / (SELECT MEASURE(revenue) FROM shop) AS s FROM {BY_REGION}",
    "window": f"SELECT region, RANK() OVER (ORDER BY r DESC) AS k, SUM(r) OVER () AS s FROM {BY_REGION}",
    "self join": f"SELECT t.region, u.r FROM {BY_REGION} LEFT JOIN (SELECT regions.region, MEASURE(orders) AS r FROM shop) u ON t.region = u.region",
    "not exists": f"SELECT region FROM {BY_REGION} WHERE NOT EXISTS (SELECT 1 FROM (SELECT regions.region, MEASURE(refund) AS f FROM shop) u WHERE u.region = t.region)",
}  # fmt: skip


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SemanticLayer]:
    return {
        segment: shop(tmp_path_factory.mktemp(segment), SHOP_ROWS + CUT.format(segment)).layer()
        for segment in ("ENT", "SMB")
    }


@pytest.mark.parametrize("sql", OUTER.values(), ids=OUTER)
@pytest.mark.parametrize("principal", [ENT, SMB], ids=["ENT", "SMB"])
def test_rows_under_a_rule_are_those_of_a_cut_copy(
    layer: SemanticLayer, copies: dict[str, SemanticLayer], principal: Principal, sql: str
) -> None:
    cut = copies[str(principal.attributes["segment"])]

    assert alike(run(layer, sql, principal).rows(), run(cut, sql).rows())


@pytest.mark.parametrize(
    "leaf",
    [
        "SELECT MEASURE(cost) AS x FROM shop",
        "SELECT MEASURE(margin) AS x FROM shop",
        "SELECT customers.customer, MEASURE(orders) AS x FROM shop",
        "SELECT customers.phone, MEASURE(orders) AS x FROM shop",
        "SELECT MEASURE(orders) AS x FROM shop WHERE customer = 'Ada'",
    ],
)
def test_what_is_hidden_or_masked_does_not_exist_in_the_sql_around(
    layer: SemanticLayer, leaf: str
) -> None:
    with pytest.raises(UnknownName) as refused:
        run(layer, f"SELECT x FROM ({leaf}) t", WEB)

    close: Any = refused.value.facts["close"]
    assert not {"cost", "profit", "margin", "customers.customer", "customers.phone"} & set(close)


def test_a_composed_query_of_another_reader_is_planned_with_the_askers_rights(
    layer: SemanticLayer,
) -> None:
    query = read_semantic_sql("SELECT SUM(x) AS s FROM (SELECT orders.channel, MEASURE(cost) AS x FROM shop) t", layer.catalog)  # fmt: skip
    assert isinstance(query, ComposedQuery)

    assert layer.run_composed(query).rows() == [[591]]
    with pytest.raises(UnknownName):
        layer.run_composed(query, WEB)


def test_an_unknown_function_is_refused_by_name(layer: SemanticLayer) -> None:
    with pytest.raises(UnsafeSQL) as refused:
        run(layer, f"SELECT repeat(region, 9) AS x FROM {BY_REGION}")

    assert refused.value.facts["function"] == "REPEAT"
    assert (refused.value.facts["at_line"], refused.value.facts["at_column"]) == (1, 8)
