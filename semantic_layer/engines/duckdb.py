"""DuckDB, opened locked: it reads one file and nothing else. The only door to the duckdb package."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa

from semantic_layer.engines.arrow_types import normalise
from semantic_layer.engines.base import Limits, RawResult, Schema
from semantic_layer.engines.parse_check import parse_problems
from semantic_layer.errors import (
    DataCorrupt,
    DataLocked,
    DataMissing,
    EngineFault,
    QueryTimeout,
    QueryTooLarge,
    UnsafeSQL,
    WenshuError,
)
from semantic_layer.validator import ValidatedSQL, Value

_INTERRUPT_EVERY = 0.05
_BATCH = 2048
_COLUMNS_SQL = """
SELECT c.table_name, c.column_name, c.data_type
FROM duckdb_columns() AS c
WHERE c.schema_name = 'main' AND c.database_name = current_database() AND NOT c.internal
ORDER BY c.table_name, c.column_index
"""


class DuckDBEngine:
    """One locked database file; every query runs on a cursor of its own, from any thread."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, *, name: str, data_version: str
    ) -> None:
        """Use `open`; this takes a connection that is locked already."""
        self._connection = connection
        self._name = name
        self._version = data_version
        self._check = lru_cache(maxsize=2048)(self._parse_check)

    @classmethod
    def open(
        cls, path: Path, *, memory: str = "2GB", threads: int = 2, timezone: str = "UTC"
    ) -> Self:
        """Open a database file for reading and lock the connection.

        Args:
            path: A DuckDB file.
            memory: What queries may use together; there is no spilling to disk.
            threads: Threads of the engine.
            timezone: Zone in which times with a zone are cut to days and shown.

        Raises:
            DataMissing: There is no such file.
            DataCorrupt: It is not a DuckDB file, or a damaged one.
            DataLocked: Another process, or another part of this one, writes to it.
        """
        if not path.is_file():
            raise DataMissing(path.name)
        connection = _connect(path, {"memory_limit": memory, "threads": str(threads)}, timezone)
        try:
            stat = path.stat()
        except OSError as error:
            connection.close()
            raise DataMissing(path.name) from error
        version = f"{stat.st_size:x}-{stat.st_mtime_ns:x}"
        return cls(connection, name=path.name, data_version=version)

    @property
    def data_version(self) -> str:
        """A text that changes when the file changes."""
        return self._version

    def run(self, query: ValidatedSQL, *, limits: Limits) -> RawResult:
        """Run one query within its limits.

        Raises:
            UnsafeSQL: DuckDB reads the text otherwise than the validator did.
            EngineError: A leaf of it says what went wrong, without DuckDB's own words.
        """
        self._check(query.text, query.tables)
        return self._run(query.text, query.parameters, limits)

    def run_trusted(self, sql: str, *, limits: Limits | None = None) -> pa.Table:
        """Run SQL that the gate has not seen: check SQL of cases. Only evaluation and tests may call this.

        The connection is locked all the same.
        """
        return self._run(sql, {}, limits or Limits(max_rows=10_000_000)).table

    def schema(self) -> Schema:
        """Return the tables and views of the main schema with their columns and types."""
        rows = self._run(_COLUMNS_SQL, {}, Limits(max_rows=1_000_000)).table
        tables: dict[str, dict[str, str]] = {}
        for table, column, kind in zip(*(part.to_pylist() for part in rows.columns), strict=True):
            tables.setdefault(table, {})[column] = kind
        return tables

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, text: str, parameters: Mapping[str, Value], limits: Limits) -> RawResult:
        start = time.monotonic()
        cursor = self._cursor()
        try:
            with _translated(self._name, limits), _deadline(cursor.interrupt, limits.seconds):
                table, truncated = _fetch(cursor, text, parameters, limits.max_rows)
        finally:
            cursor.close()
        return RawResult(
            table=normalise(table), truncated=truncated, seconds=time.monotonic() - start
        )

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.cursor()
        except duckdb.Error as error:
            raise EngineFault("closed") from error

    def _parse_check(self, text: str, tables: frozenset[str]) -> None:
        row = self._run("SELECT json_serialize_sql($text)", {"text": text}, Limits()).table
        problems = tuple(dict.fromkeys(parse_problems(str(row.column(0)[0].as_py()), tables)))
        if problems:
            raise UnsafeSQL(problems)


def _connect(path: Path, sizes: Mapping[str, str], timezone: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "access_mode": "read_only",
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_unsigned_extensions": "false",
        "allow_persistent_secrets": "false",
        "max_temp_directory_size": "0B",
        "python_enable_replacements": "false",
        "python_scan_all_frames": "false",
        **sizes,
    }
    try:
        connection = duckdb.connect(str(path), config=config)
        if connection.execute("SELECT current_setting('lock_configuration')").fetchone() != (True,):
            # The file itself stays reachable by COPY and read_blob until its file system is switched off.
            connection.execute("SET GLOBAL TimeZone = $zone", {"zone": timezone})
            connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
            connection.execute("SET lock_configuration = true")
    except duckdb.ConnectionException as error:
        raise DataLocked(path.name) from error
    except duckdb.IOException as error:
        raise (DataLocked if "lock" in str(error).lower() else DataCorrupt)(path.name) from error
    except (duckdb.InvalidInputException, duckdb.BinderException) as error:
        raise EngineFault("settings") from error
    except duckdb.Error as error:
        raise DataCorrupt(path.name) from error
    return connection


def _fetch(
    cursor: duckdb.DuckDBPyConnection, text: str, parameters: Mapping[str, Value], max_rows: int
) -> tuple[pa.Table, bool]:
    """Fetch at most `max_rows` rows and say whether there are more."""
    relation = cursor.sql(text, params=dict(parameters) or None)
    if relation is None:
        raise EngineFault("not a query")
    reader = relation.to_arrow_reader(min(max_rows + 1, _BATCH))
    batches: list[pa.RecordBatch] = []
    rows = 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows > max_rows:
            break
    table = pa.Table.from_batches(batches, schema=reader.schema)
    return table.slice(0, max_rows), rows > max_rows


@contextmanager
def _deadline(interrupt: Callable[[], None], seconds: float) -> Iterator[None]:
    """Interrupt what runs inside when its time is over, again and again: one interrupt can be lost."""
    done = threading.Event()

    def watch() -> None:
        if done.wait(seconds):
            return
        while not done.wait(_INTERRUPT_EVERY):
            interrupt()

    watcher = threading.Thread(target=watch, name="query-deadline", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


@contextmanager
def _translated(name: str, limits: Limits) -> Iterator[None]:
    """Turn DuckDB's exceptions into ours; its words may hold rows and paths, so they stay in `__cause__`."""
    try:
        yield
    except WenshuError:
        raise
    except duckdb.InterruptException as error:
        raise QueryTimeout(limits.seconds) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise QueryTooLarge from error
    except duckdb.Error as error:
        raise _fault(name, limits, error) from error
    except (pa.ArrowException, OSError) as error:
        # Rows are fetched through Arrow, which wraps the engine's exception in its own.
        raise _fault(name, limits, error) from error


def _fault(name: str, limits: Limits, error: Exception) -> WenshuError:
    text = str(error).lower()
    if "interrupt" in text[:40]:
        return QueryTimeout(limits.seconds)
    if "out of memory" in text[:60] or "disabled by configuration" in text:
        return QueryTooLarge()
    if "corrupt" in text or isinstance(error, duckdb.SerializationException):
        return DataCorrupt(name)
    return EngineFault(type(error).__name__)
