from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.parse_check import parse_problems
from semantic_layer.errors import (
    DataCorrupt,
    DataLocked,
    DataMissing,
    EngineError,
    EngineFault,
    QueryTimeout,
    QueryTooLarge,
    UnsafeSQL,
)
from semantic_layer.validator import Grant, ValidatedSQL, Value, validate

GRANT = Grant(source="sales", columns=frozenset({"id", "region", "amount", "day"}))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engine") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE Sales AS SELECT i AS id, ['EU', 'US', NULL][i % 3 + 1] AS region, "
            "(i % 100)::DECIMAL(10, 2) AS Amount, DATE '2024-01-01' + (i % 60)::INT AS day FROM range(3000) AS t(i)"
        )
        connection.execute("CREATE VIEW eu AS SELECT id FROM Sales WHERE region = 'EU'")
        connection.execute("CREATE SCHEMA hidden; CREATE TABLE hidden.pay AS SELECT 90000 AS pay")
    return path


@pytest.fixture
def engine(path: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine.open(path) as engine:
        yield engine


def validated(sql: str, **parameters: Value) -> ValidatedSQL:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return validate(tree, [GRANT], parameters)


def test_values_are_bound(engine: DuckDBEngine) -> None:
    query = validated(
        "SELECT s.id FROM (SELECT s.id, s.region, s.day, s.amount FROM sales AS s) AS s "
        "WHERE s.region = $p1 AND s.day < $p2 AND s.amount = $p3 ORDER BY 1",
        p1="EU", p2=date(2024, 1, 2), p3=Decimal("0.00"),
    )  # fmt: skip

    result = engine.run(query, limits=Limits())

    assert result.table.to_pydict() == {
        "id": [0, 300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2700]
    }
    assert not result.truncated


def test_a_value_is_never_sql(engine: DuckDBEngine) -> None:
    query = validated("SELECT s.id FROM sales AS s WHERE s.region = $p1", p1="' OR 1=1 --\u2028$$")

    assert engine.run(query, limits=Limits()).table.num_rows == 0


@pytest.mark.parametrize(("limit", "rows", "cut"), [(5, 5, True), (2999, 2999, True), (3000, 3000, False)])  # fmt: skip
def test_the_row_limit_cuts_and_says_so(
    engine: DuckDBEngine, limit: int, rows: int, cut: bool
) -> None:
    query = validated("SELECT t.id FROM (SELECT s.id FROM sales AS s) AS t ORDER BY 1")

    result = engine.run(query, limits=Limits(max_rows=limit))

    assert (result.table.num_rows, result.truncated) == (rows, cut)
    assert result.table.column("id").to_pylist() == list(range(rows))


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SUM(id)", 4_498_500),
        ("SUM(Amount)", Decimal("148500.00")),
        ("SUM(id::HUGEINT * 1000000000000000000)", Decimal(4_498_500 * 10**18)),
        ("COUNT(*)", 3000),
        ("AVG(id)", 1499.5),
        ("MIN(day)", date(2024, 1, 1)),
        ("DATE_TRUNC('month', MAX(day))", datetime(2024, 2, 1)),  # noqa: DTZ001
        ("TIMESTAMPTZ '2024-01-01 23:30:00+00'", datetime(2024, 1, 2, 7, 30)),  # noqa: DTZ001
        ("'x'::ENUM('x', 'y')", "x"),
        ("1::UTINYINT", 1),
        ("2::FLOAT", 2.0),
        ("NULL", None),
    ],
)
def test_types_of_results_are_plain(path: Path, sql: str, value: object) -> None:
    with DuckDBEngine.open(path, timezone="Asia/Shanghai") as engine:
        table = engine.run_trusted(f"SELECT {sql} AS x FROM sales LIMIT 1")

    result = table.column("x").to_pylist()[0]
    assert (type(result), result) == (type(value), value)


def test_schema_lists_tables_and_views_of_the_main_schema(engine: DuckDBEngine) -> None:
    assert engine.schema() == {
        "Sales": {"id": "BIGINT", "region": "VARCHAR", "Amount": "DECIMAL(10,2)", "day": "DATE"},
        "eu": {"id": "BIGINT"},
    }


def test_the_data_version_follows_the_file(path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy2(path, tmp_path / "copy.duckdb"))
    with DuckDBEngine.open(copy) as engine, DuckDBEngine.open(path) as original:
        before = engine.data_version
        assert before == original.data_version
    os.utime(copy, ns=(1, 1))

    with DuckDBEngine.open(copy) as engine:
        assert engine.data_version != before


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{path}' (FORMAT csv, USE_TMP_FILE false)",
        "COPY (SELECT 1) TO '{path}.wal' (FORMAT blob)",
        "COPY sales TO '{path}.csv'",
        "SELECT * FROM read_blob('{path}')",
        "SELECT * FROM read_duckdb('{path}', table_name = 'sales')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM path",
        "ATTACH ':memory:' AS m; ATTACH '/tmp/x.duckdb' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "SET memory_limit = '9GB'",
        "SET enable_external_access = true",
        "SET disabled_filesystems = ''",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "DROP TABLE sales",
        "CREATE TABLE t AS SELECT 1",
        "EXPORT DATABASE '/tmp/x'",
        "SELECT getenv('PATH')",
    ],
)
def test_the_locked_connection_reaches_nothing_else(path: Path, sql: str) -> None:
    before = path.read_bytes()
    with DuckDBEngine.open(path) as engine:
        with pytest.raises(EngineError):
            engine.run_trusted(sql.format(path=path))

        assert engine.run_trusted("SELECT COUNT(*) AS n FROM sales").to_pylist() == [{"n": 3000}]
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT MAX(a.id * b.id * c.id * d.id) FROM sales a, sales b, sales c, sales d",
        "SELECT a.id FROM sales a, sales b, sales c, sales d WHERE a.id + b.id + c.id + d.id < 1",
        "SELECT a.id FROM sales a, sales b, sales c",
    ],
    ids=["aggregate", "few rows late", "endless rows"],
)
def test_a_heavy_query_is_stopped_and_the_next_one_runs(engine: DuckDBEngine, sql: str) -> None:
    start = time.monotonic()

    with pytest.raises(QueryTimeout) as caught:
        engine._run(sql, {}, Limits(seconds=0.3, max_rows=10**12))

    assert time.monotonic() - start < 1.3
    assert caught.value.facts == {"seconds": 0.3}
    assert engine.run_trusted("SELECT 1 AS x").to_pylist() == [{"x": 1}]


def test_too_much_memory_is_its_own_error(path: Path) -> None:
    with DuckDBEngine.open(path, memory="30MB", threads=1) as engine, pytest.raises(QueryTooLarge):
        engine.run_trusted("SELECT a.id, b.id, COUNT(*) FROM sales a, sales b GROUP BY ALL")


def test_a_fault_tells_no_row_and_no_path(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineFault) as caught:
        engine.run_trusted("SELECT CAST(region AS INT) FROM sales WHERE region = 'EU'")

    assert str(caught.value) == "the engine failed: ConversionException"
    assert isinstance(caught.value.__cause__, duckdb.Error)


@pytest.mark.parametrize(
    ("content", "error"),
    [(None, DataMissing), (b"", DataCorrupt), (b"garbage" * 5000, DataCorrupt), ("cut", DataCorrupt)],
    ids=["missing", "empty", "garbage", "truncated"],
)  # fmt: skip
def test_a_bad_file_is_named_without_its_path(
    path: Path, tmp_path: Path, content: bytes | str | None, error: type[EngineError]
) -> None:
    bad = tmp_path / "bad.duckdb"
    if content is not None:
        bad.write_bytes(path.read_bytes()[:5000] if isinstance(content, str) else content)

    with pytest.raises(error) as caught:
        DuckDBEngine.open(bad)

    assert "bad.duckdb" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.facts == {"name": "bad.duckdb"}


def test_flipped_bytes_are_found_when_they_are_read(path: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.duckdb"
    content = bytearray(path.read_bytes())
    for place in range(12288 + 512, len(content), 1024):
        content[place] ^= 0xFF
    bad.write_bytes(content)

    with pytest.raises(DataCorrupt) as caught, DuckDBEngine.open(bad) as engine:
        engine.run_trusted("SELECT SUM(id), MAX(region), MIN(day) FROM sales")

    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_another_process_writes_is_locked(tmp_path: Path) -> None:
    shop = tmp_path / "shop.duckdb"
    code = f"import duckdb; c = duckdb.connect({str(shop)!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()

        with pytest.raises(DataLocked) as caught:
            DuckDBEngine.open(shop)
        writer.communicate("\n")

    assert str(caught.value) == "shop.duckdb is being written by another process"


def test_threads_get_their_own_rows(engine: DuckDBEngine) -> None:
    query = validated("SELECT s.id, $p1 AS who FROM sales AS s WHERE s.id = $p1", p1=0)

    def ask(number: int) -> bool:
        mine = ValidatedSQL(query.text, {"p1": number}, query.tables)
        rows = engine.run(mine, limits=Limits()).table.to_pylist()
        return bool(rows == [{"id": number, "who": number}])

    with ThreadPoolExecutor(max_workers=4) as pool:
        right = list(pool.map(ask, range(400)))

    assert all(right)


def test_the_same_file_opens_twice(path: Path) -> None:
    with DuckDBEngine.open(path) as first, DuckDBEngine.open(path) as second:
        first.close()

        assert second.run_trusted("SELECT COUNT(*) AS n FROM eu").to_pylist() == [{"n": 1000}]
        with pytest.raises(EngineFault):
            second.run_trusted("SET threads = 1")


def test_a_closed_engine_says_so(path: Path) -> None:
    engine = DuckDBEngine.open(path)
    engine.close()

    with pytest.raises(EngineFault, match="closed"):
        engine.run_trusted("SELECT 1")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS x, (SELECT max(pay) FROM hidden.pay) --",
        "SELECT id FROM Sales",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT repeat('x', 10)",
        "SELECT main.count(1)",
        "SELECT * REPLACE (1 AS id) FROM eu",
        "SELECT 'a' COLLATE nocase",
        "SELECT [1, 2]",
        "SELECT x -> x + 1",
        "DESCRIBE eu",
        "SHOW TABLES",
        "SELECT 1; SELECT 2",
        "DROP TABLE eu",
        "SELECT",
    ],
)
def test_the_second_gate_refuses_what_the_first_did_not_see(
    engine: DuckDBEngine, text: str
) -> None:
    with pytest.raises(UnsafeSQL):
        engine.run(ValidatedSQL(text, {}, frozenset({"eu"})), limits=Limits())


def test_the_second_gate_knows_this_version_of_the_engine() -> None:
    assert list(parse_problems('{"error": false, "statements": [{"node": {"type": "NEW_NODE"}}]}', frozenset())) == [
        "the engine sees NEW_NODE"
    ]  # fmt: skip
    assert duckdb.__version__ == "2.0.0", "look at the parse trees again before changing this"
