from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from semantic_layer.errors import UnsafeSQL
from semantic_layer.sql_text import normal_text
from semantic_layer.validator import Grant, ValidatedSQL, parse_text, validate, validate_text

ROOT = Path(__file__).resolve().parents[2]
ORDERS = Grant(
    source="orders",
    columns=frozenset({"order_id", "customer_id", "region", "amount", "order_date"}),
)
CUSTOMERS = Grant(source="customers", columns=frozenset({"customer_id", "name", "region"}))
SCAN = "(SELECT s.region, s.amount, s.order_date FROM orders AS s) AS o"


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def condition(sql: str) -> exp.Expr:
    where = parsed(f"SELECT 1 WHERE {sql}").args["where"]
    assert isinstance(where, exp.Where)
    return where.this  # type: ignore[no-any-return]


def ruled(sql: str) -> Grant:
    return Grant(source="orders", columns=ORDERS.columns, predicate=condition(sql))


COMPILED = {
    "aggregate over a scan": f"SELECT o.region, SUM(o.amount) AS m FROM {SCAN} GROUP BY 1",
    "conditional aggregate": f"SELECT SUM(CASE WHEN o.region = 'x' THEN o.amount END) FROM {SCAN}",
    "month": f"SELECT CAST(DATE_TRUNC('month', o.order_date) AS DATE) FROM {SCAN} GROUP BY 1",
    "guarded division": f"SELECT CAST(SUM(o.amount) AS DOUBLE) / NULLIF(COUNT(*), 0) FROM {SCAN}",
    "stitch": f"WITH a AS (SELECT o.region AS d, SUM(o.amount) AS m, CAST(NULL AS DECIMAL(38, 2)) AS n FROM {SCAN} GROUP BY 1), "
    f"b AS (SELECT o.region AS d, NULL AS m, SUM(o.amount) AS n FROM {SCAN} GROUP BY 1), "
    "s AS (SELECT d, m, n FROM a UNION ALL SELECT d, m, n FROM b) "
    "SELECT d, MAX(m), MAX(n) FROM s GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 NULLS LAST LIMIT 10",
    "spine": "WITH v AS (SELECT * FROM (VALUES (CAST('2024-01-01' AS DATE), 1)) AS v(d, n)) "
    f"SELECT v.d, SUM(o.amount) FROM v LEFT JOIN {SCAN} ON o.order_date >= v.d AND o.order_date < v.d + INTERVAL '3' MONTH GROUP BY 1",
    "windows": f"SELECT o.region, LAG(SUM(o.amount), 1) OVER (PARTITION BY o.region ORDER BY MIN(o.order_date)), "
    f"SUM(SUM(o.amount)) OVER (ORDER BY o.region ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), ROW_NUMBER() OVER (ORDER BY o.region) FROM {SCAN} GROUP BY 1",
    "quantiles": f"SELECT MEDIAN(o.amount), PERCENTILE_CONT(0.75) WITHIN GROUP (ORDER BY o.amount), QUANTILE_CONT(o.amount, 0.5) FROM {SCAN}",
    "null-safe join": f"SELECT 1 FROM {SCAN} LEFT JOIN (SELECT c.region FROM customers AS c) AS c ON c.region IS NOT DISTINCT FROM o.region",
    "semi-join inside a scan": "SELECT s.region FROM orders AS s WHERE EXISTS (SELECT 1 FROM customers AS c WHERE c.customer_id = s.customer_id AND c.name LIKE '5!%' ESCAPE '!')",
    "dates": f"SELECT DATE_DIFF('day', o.order_date, DATE '2024-01-01'), EXTRACT(year FROM o.order_date), DATE_PART('isodow', o.order_date) FROM {SCAN}",
    "top per group": f"SELECT * FROM (SELECT o.region, ROW_NUMBER() OVER (ORDER BY o.amount DESC) AS rn FROM {SCAN}) AS t WHERE rn <= 3",
    "chinese names": "SELECT s.amount AS 销售额 FROM orders AS s",
    "mask": "SELECT s.customer_id, '***' AS email FROM customers AS s",
}


@pytest.mark.parametrize("sql", list(COMPILED.values()), ids=list(COMPILED))
def test_what_the_compiler_emits_is_accepted(sql: str) -> None:
    query = validate(parsed(sql), [ORDERS, CUSTOMERS], {})

    assert parsed(query.text).sql("duckdb", identify=True) == query.text


REFUSED = {
    "table without a grant": "SELECT s.pay FROM salaries AS s",
    "table of another schema": "SELECT s.region FROM hidden.orders AS s",
    "column without a grant": "SELECT s.email FROM customers AS s",
    "column without a grant, unqualified": "SELECT email FROM customers",
    "column without a grant in WHERE": "SELECT s.name FROM customers AS s WHERE s.email LIKE 'a%'",
    "column without a grant behind an alias": "SELECT 1 AS email FROM customers AS s WHERE email LIKE 'a%'",
    "column of the outer scan, unqualified": "SELECT s.name FROM customers AS s WHERE EXISTS (SELECT 1 FROM (SELECT 1 AS x) AS d WHERE email = 'a')",
    "whole row": "SELECT s FROM customers AS s",
    "row number of the file": "SELECT s.rowid FROM orders AS s",
    "star": "SELECT * FROM orders AS s",
    "join of two tables": "SELECT s.region FROM orders AS s JOIN customers AS c ON TRUE",
    "aggregate in a scan": "SELECT SUM(s.amount) FROM orders AS s",
    "group in a scan": "SELECT s.region FROM orders AS s GROUP BY 1",
    "limit in a scan": "SELECT s.region FROM orders AS s LIMIT 1",
    "renamed columns": "SELECT s.a FROM orders AS s(a)",
    "CTE with a governed name": "WITH orders AS (SELECT 1 AS region) SELECT region FROM orders",
    "CTE twice": "WITH a AS (SELECT 1 AS x), b AS (WITH a AS (SELECT 2 AS x) SELECT x FROM a) SELECT x FROM b",
    "CTE out of scope": "SELECT 1 FROM (WITH d AS (SELECT 1 AS x) SELECT x FROM d) AS a, d",
    "CTE with the engine's name": "WITH duckdb_tables AS (SELECT 1 AS x) SELECT x FROM duckdb_tables",
    "recursion": "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a) SELECT x FROM a",
    "unknown qualifier": f"SELECT z.region FROM {SCAN}",
    "qualifier used twice": f"SELECT 1 FROM {SCAN}, {SCAN}",
    "growing replacement": f"SELECT REPLACE(o.region, 'a', 'aaaa') FROM {SCAN}",
    "doubling": f"SELECT {' || '.join(['o.region'] * 14)} FROM {SCAN}",
    "format from data": f"SELECT STRFTIME(o.order_date, o.region) FROM {SCAN}",
    "list of the largest": f"SELECT MAX(o.amount, 1000) FROM {SCAN}",
    "repeat": f"SELECT REPEAT(o.region, 10) FROM {SCAN}",
    "type with a path": "SELECT CAST(1 AS main.t)",
    "limit from a query": f"SELECT o.region FROM {SCAN} LIMIT (SELECT 1)",
    "nothing selected": "SELECT FROM (SELECT 1 AS x) AS a",
    "placeholder without a value": f"SELECT o.region FROM {SCAN} WHERE o.region = $p1",
}


@pytest.mark.parametrize("sql", list(REFUSED.values()), ids=list(REFUSED))
def test_what_no_rule_allows_is_refused(sql: str) -> None:
    with pytest.raises(UnsafeSQL):
        validate(parsed(sql), [ORDERS, CUSTOMERS], {})


def test_all_problems_are_reported() -> None:
    with pytest.raises(UnsafeSQL) as caught:
        validate(parsed("SELECT REPEAT(MD5('x'), 2) FROM (SELECT 1 AS a) AS t"), [], {})

    assert caught.value.problems == ("not allowed: MD5", "not allowed: Repeat")


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ("region = 'EU'", "s.region = 'EU'"),
        ("region = 'EU'", "REGION = 'EU' AND s.amount > 1"),
        ("orders.region = 'EU'", "s.amount > 1 AND (s.region = 'EU')"),
        ("region = $p1", "s.region = $p1"),
        ("region IN ('EU', 'US')", "s.region IN ('EU', 'US')"),
        ("region = 'EU' AND amount > 5", "s.amount > 5 AND s.order_id = 1 AND s.region = 'EU'"),
        ("region = 'EU' OR region IS NULL", "(s.region = 'EU' OR s.region IS NULL) AND s.amount > 1"),
        ("order_date >= DATE '2024-01-01'", "s.order_date >= DATE '2024-01-01'"),
        ("FALSE", "FALSE"),
    ],
)  # fmt: skip
def test_a_scan_that_carries_its_row_rule_is_accepted(rule: str, where: str) -> None:
    parameters = {"p1": "EU"} if "$p1" in rule else {}

    query = validate(
        parsed(f"SELECT s.region FROM orders AS s WHERE {where}"), [ruled(rule)], parameters
    )

    assert query.parameters == parameters


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT s.region FROM orders AS s",
        "SELECT s.region FROM orders AS s WHERE s.region = 'US'",
        "SELECT s.region FROM orders AS s WHERE s.region = 'EU' OR 1 = 1",
        "SELECT s.region FROM orders AS s WHERE NOT s.region = 'EU'",
        "SELECT s.region FROM orders AS s WHERE (s.region = 'EU') IS NOT NULL",
        "SELECT o.region FROM (SELECT s.region FROM orders AS s) AS o WHERE o.region = 'EU'",
        "SELECT x.region FROM (SELECT s.region FROM orders AS s WHERE s.region = 'EU') AS x UNION ALL SELECT region FROM orders",
        "SELECT s.region FROM orders AS s WHERE EXISTS (SELECT 1 FROM orders AS t WHERE t.region = 'EU')",
        "SELECT s.region FROM orders AS s WHERE s.region = 'EU' AND EXISTS (SELECT 1 FROM orders AS t WHERE s.region = 'EU')",
        "SELECT s.region FROM orders AS s WHERE s.region = 'eu'",
    ],
)
def test_a_scan_without_its_row_rule_is_refused(sql: str) -> None:
    with pytest.raises(UnsafeSQL, match="row rule"):
        validate(parsed(sql), [ruled("region = 'EU'")], {})


def test_two_grants_of_one_table_do_not_mix() -> None:
    few = Grant(source="orders", columns=frozenset({"region"}), predicate=None)
    wide = ruled("region = 'EU'")

    with pytest.raises(UnsafeSQL, match="row rule"):
        validate(parsed("SELECT s.region, s.amount FROM orders AS s"), [few, wide], {})
    validate(parsed("SELECT s.region FROM orders AS s"), [few, wide], {})


def test_a_source_select_is_one_governed_table() -> None:
    source = (
        "select o.region, sum(o.amount) as total from orders o join salaries s on true group by all"
    )
    grant = Grant(
        source=normal_text(source),
        columns=frozenset({"region", "total"}),
        predicate=condition("region = 'EU'"),
    )

    query = validate(
        parsed(f"SELECT t.total FROM ({source}) AS t WHERE t.region = 'EU'"), [grant], {}
    )

    assert query.tables == {"orders", "salaries"}
    for broken in (
        f"SELECT t.total FROM ({source}) AS t",
        f"SELECT t.pay FROM ({source}) AS t WHERE t.region = 'EU'",
        f"SELECT t.total FROM ({source} LIMIT 5) AS t WHERE t.region = 'EU'",
    ):
        with pytest.raises(UnsafeSQL):
            validate(parsed(broken), [grant], {})


@pytest.mark.parametrize("names", [{"p1"}, {"p1", "p2", "p3"}, {"p1", "p3"}])
def test_placeholders_are_exactly_the_parameters(names: set[str]) -> None:
    query = parsed(f"SELECT o.region FROM {SCAN} WHERE o.region IN ($p1, $p2)")

    with pytest.raises(UnsafeSQL, match="placeholders"):
        validate(query, [ORDERS], dict.fromkeys(names, 1))


@pytest.mark.parametrize(
    "leaf",
    [
        exp.Identifier(this='x" FROM hidden.salaries --', quoted=True),
        exp.column('r", (SELECT max(pay) FROM hidden.salaries) AS "r'),
        exp.Literal.number("1, (SELECT max(pay) FROM hidden.salaries)"),
        exp.Literal.string("' || (SELECT max(pay) FROM hidden.salaries) || '"),
        exp.Var(this="(SELECT max(pay) FROM hidden.salaries)"),
        exp.Placeholder(this="p1, (SELECT max(pay) FROM hidden.salaries)"),
        exp.Anonymous(this="mean(1), (SELECT max(pay) FROM hidden.salaries), mean"),
        exp.Collate(this=exp.Literal.string("a"), expression=exp.Var(this="x, (SELECT 1)")),
    ],
    ids=["identifier", "column", "number", "string", "word", "placeholder", "function", "collation"],
)  # fmt: skip
def test_a_leaf_cannot_break_out_of_its_place(leaf: exp.Expr) -> None:
    tree = exp.Select(expressions=[leaf])

    try:
        query = validate(tree, [ORDERS], {})
    except UnsafeSQL:
        return
    assert query.tables == frozenset()
    assert not list(parsed(query.text).find_all(exp.Table))


def test_the_tree_is_not_changed_and_the_text_has_no_comments() -> None:
    tree = parsed(COMPILED["stitch"])
    tree.add_comments(["*/ DROP TABLE orders; /*"])
    before = repr(tree)

    query = validate(tree, [ORDERS], {})

    assert repr(tree) == before
    assert "DROP" not in query.text


def test_text_is_rewritten_to_scans_with_the_row_rule() -> None:
    query = validate_text("SELECT o.region FROM orders o", [ruled("orders.region = 'EU'")])

    assert query.text == (
        'SELECT "o"."region" FROM (SELECT "amount", "customer_id", "order_date", "order_id", "region" '
        'FROM "orders" AS "s" WHERE "region" = \'EU\') AS "o"'
    )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS $$x$$",
        "SELECT E'a'",
        "SELECT 1'a'",
        "SELECT 'a'b",
        "SELECT ?",
        "SELECT $p1",
        "SELECT #1",
        "SELECT 1;;",
        "SELECT 1; SELECT 2",
        "SELECT\u2028 1",
        "SELECT\u00a01",
        "SELECT 'a\u200b'",
        "",
        "-- nothing",
        "(SELECT 1)",
        f"SELECT {'(' * 61}1{')' * 61}",
        f"SELECT 1 FROM {'(' * 9000}t",
        f"SELECT {'NOT ' * 4000}TRUE",
        f"SELECT 1{' + 1' * 6000}",
    ],
)
def test_text_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(UnsafeSQL):
        parse_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT region, MEASURE(revenue) FROM sales WHERE PERIOD('上个季度') GROUP BY region",
        "SELECT 1;",
        "FROM sales SELECT region -- 注释",
        "WITH a AS (SELECT AGG(revenue) AS r FROM sales) SELECT r * 2 FROM a",
    ],
)
def test_semantic_sql_passes_the_text_gate(text: str) -> None:
    assert isinstance(parse_text(text), exp.Query)


def test_a_verdict_is_not_shared_between_grants() -> None:
    query = parsed("SELECT s.region FROM orders AS s")
    validate(query, [ORDERS], {})

    with pytest.raises(UnsafeSQL):
        validate(query, [CUSTOMERS], {})
    with pytest.raises(UnsafeSQL):
        validate(query, [ruled("region = 'EU'")], {})


def test_parameters_are_copied() -> None:
    parameters: dict[str, date] = {"p1": date(2024, 1, 1)}

    query = validate(
        parsed(f"SELECT o.region FROM {SCAN} WHERE o.order_date = $p1"), [ORDERS], parameters
    )
    parameters["p1"] = date(1999, 1, 1)

    assert query.parameters == {"p1": date(2024, 1, 1)}


def test_only_the_validator_makes_validated_sql() -> None:
    makers = [
        path.name
        for package in ("semantic_layer", "assistant")
        for path in (ROOT / package).rglob("*.py")
        if f"{ValidatedSQL.__name__}(" in path.read_text(encoding="utf-8")
    ]

    assert makers == ["validator.py"]
