"""The attack list of the shared security notes: refused by the gate, and the harmless lines see only granted rows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import sqlglot

from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import UnsafeSQL
from semantic_layer.validator import Grant, validate_text

LIST = Path(__file__).resolve().parents[2] / ".." / "shared" / "security" / "attacks.jsonl"
LINES = (
    [json.loads(line) for line in LIST.read_text(encoding="utf-8").split("\n") if line]
    if LIST.exists()
    else []
)
REJECT = [line for line in LINES if line["verdict"] == "reject"]
ALLOW = [line for line in LINES if line["verdict"] == "allow"]
RULE = sqlglot.parse_one("region = 'EU'", read="duckdb")
COLUMNS = {
    "orders": frozenset({"order_id", "customer_id", "region", "amount", "order_date"}),
    "customers": frozenset({"customer_id", "name", "email", "region"}),
}
ALL_ROWS = [Grant(source=name, columns=columns) for name, columns in COLUMNS.items()]
SOME_ROWS = [
    Grant(source=name, columns=columns, predicate=RULE) for name, columns in COLUMNS.items()
]

pytestmark = pytest.mark.skipif(not LINES, reason="../shared/security/attacks.jsonl is absent")


def make(path: Path, *, rows: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE SCHEMA hidden; CREATE TABLE hidden.salaries AS SELECT 'Ann' AS name, 90000 AS pay"
        )
        connection.execute(
            "CREATE TABLE orders AS SELECT * FROM (SELECT i AS order_id, i % 5 AS customer_id, "
            "['EU', 'US', 'APAC'][i % 3 + 1] AS region, (i * 7 % 100)::DECIMAL(10, 2) AS amount, "
            f"DATE '2026-01-01' + (i % 300)::INT AS order_date FROM range(1000) AS t(i)) WHERE {rows}"
        )
        connection.execute(
            "CREATE TABLE customers AS SELECT * FROM (SELECT i AS customer_id, 'cust' || i AS name, "
            f"'c' || i || '@x.com' AS email, ['EU', 'US', 'APAC'][i % 3 + 1] AS region FROM range(5) AS t(i)) WHERE {rows}"
        )
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("attacks")
    make(path / "whole.duckdb", rows="true")
    make(path / "cut.duckdb", rows="region = 'EU'")
    return path


@pytest.mark.parametrize("line", REJECT, ids=[line["id"] for line in REJECT])
def test_an_attack_is_refused(line: dict[str, str]) -> None:
    with pytest.raises(UnsafeSQL):
        validate_text(line["sql"], ALL_ROWS)


@pytest.mark.parametrize("line", ALLOW, ids=[line["id"] for line in ALLOW])
def test_a_harmless_line_sees_what_a_cut_database_holds(line: dict[str, str], folder: Path) -> None:
    with (
        DuckDBEngine.open(folder / "whole.duckdb") as whole,
        DuckDBEngine.open(folder / "cut.duckdb") as cut,
    ):
        governed = whole.run(validate_text(line["sql"], SOME_ROWS), limits=Limits()).table
        expected = cut.run_trusted(line["sql"])

    # The columns of a star come in another order; their names tell them apart.
    def rows(table: object) -> Counter[str]:
        return Counter(str(sorted(row.items())) for row in table.to_pylist())  # type: ignore[attr-defined]

    names = [name.lower() for name in governed.column_names]
    expected = expected.rename_columns([name.lower() for name in expected.column_names])
    assert rows(governed.rename_columns(names)) == rows(expected)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM orders WHERE region = 'US' OR 1 = 1",
        "SELECT count(*) AS n FROM orders WHERE NOT (region = 'EU')",
        "SELECT count(*) AS n FROM customers c LEFT JOIN orders o ON o.region <> c.region",
        "SELECT count(*) AS n FROM customers c FULL JOIN orders o ON false",
        "SELECT count(*) AS n FROM orders a JOIN orders b ON a.order_id = b.order_id + 1",
        "SELECT region FROM orders UNION SELECT region FROM customers",
        "SELECT region FROM orders EXCEPT SELECT 'EU'",
        "SELECT (SELECT max(amount) FROM orders) AS m, (SELECT count(*) FROM customers) AS n",
        "SELECT count(*) AS n FROM customers WHERE customer_id IN (SELECT customer_id FROM orders)",
        "WITH a AS (SELECT * FROM orders), b AS (SELECT * FROM a) SELECT count(*) AS n FROM b, a",
        "SELECT DISTINCT sum(amount) OVER () AS s FROM orders",
        "SELECT count(DISTINCT customer_id) AS n FROM orders",
        "SELECT customers.region FROM orders AS customers",
        'SELECT count(*) AS n FROM "ORDERS" CROSS JOIN main.Customers',
        "SELECT region FROM orders JOIN customers USING (region)",
    ],
)
def test_row_rules_hold_in_every_position(sql: str, folder: Path) -> None:
    with (
        DuckDBEngine.open(folder / "whole.duckdb") as whole,
        DuckDBEngine.open(folder / "cut.duckdb") as cut,
    ):
        governed = whole.run(validate_text(sql, SOME_ROWS), limits=Limits()).table
        expected = cut.run_trusted(sql)

    assert Counter(map(str, governed.to_pylist())) == Counter(map(str, expected.to_pylist()))
