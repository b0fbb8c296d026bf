"""The door for check SQL: trusted statements of case files, run on the same locked data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer


def check_sql(layer: SemanticLayer) -> Callable[[str], Sequence[Sequence[object]]]:
    """Return what runs a case's own SQL on a layer's data.

    Raises:
        TypeError: The layer's engine has no such door.
    """
    engine = layer.engine
    if not isinstance(engine, DuckDBEngine):
        raise TypeError("check SQL runs on DuckDB only")

    def run(sql: str) -> Sequence[Sequence[object]]:
        table = engine.run_trusted(sql)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    return run
