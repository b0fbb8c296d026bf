"""A missing value beside others in a UNION has a type, and changes neither theirs nor any number."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from semantic_layer.compiler.select import compile_plan
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query
from tests.semantic_layer.worlds import World, ask

TYPES = {
    "whole": "INTEGER", "long": "BIGINT", "huge": "HUGEINT", "price": "DECIMAL(12,2)", "fine": "DECIMAL(38,20)",
    "share": "DOUBLE", "day": "DATE", "moment": "TIMESTAMP", "kind": "VARCHAR", "done": "BOOLEAN",
}  # fmt: skip
TABLES = f"""
CREATE TABLE facts (id INTEGER, {", ".join(f"{name} {kind}" for name, kind in TYPES.items())});
INSERT INTO facts VALUES (1, 3, 9007199254740993, 170141183460469231731687303715884105727, 0.10, 1.00000000000000000001, 0.1,
  '2024-02-29', '2024-02-29 12:30', 'a', true);
CREATE TABLE others (id INTEGER, n INTEGER);
INSERT INTO others VALUES (1, 1);
"""
SUMS = ("whole", "long", "price", "fine", "share")
MODEL = f"""
version: 1
model: types
datasets:
  facts:
    source: facts
    primary_key: [id]
    fields: {{{", ".join(f"{name}: " for name in TYPES)}, said: {{expr: whole, datatype: String}}}}
  others: {{source: others, primary_key: [id]}}
metrics:
  rows: {{dataset: facts, agg: count}}
  other: {{dataset: others, agg: sum, expr: n}}
{"".join(f"  sum_{name}: {{dataset: facts, agg: sum, expr: {name}}}{chr(10)}" for name in SUMS)}
{"".join(f"  max_{name}: {{dataset: facts, agg: max, expr: {name}}}{chr(10)}" for name in TYPES)}
  last_date: {{dataset: facts, agg: max, expr: "COALESCE(day, day)"}}
  last_sum: {{dataset: facts, agg: max, expr: "(whole + long) * 2"}}
  mean_fine: {{dataset: facts, agg: avg, expr: fine}}
"""


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    folder: Path = tmp_path_factory.mktemp("types")
    return World(folder).data(TABLES).file(MODEL).layer()


METRICS = sorted(
    [f"sum_{name}" for name in SUMS]
    + [f"max_{name}" for name in TYPES]
    + ["last_date", "last_sum", "mean_fine"]
)


@pytest.mark.parametrize("metric", METRICS)
def test_a_second_fact_changes_neither_a_value_nor_its_type(
    typed: SemanticLayer, metric: str
) -> None:
    alone = ask(typed, {"metrics": [metric]}).table.column(0)
    beside = ask(typed, {"metrics": [metric, "other"]}).table.column(0)

    assert beside.to_pylist() == alone.to_pylist()
    assert _family(beside.type) == _family(alone.type)


@pytest.mark.parametrize("field", [*TYPES, "said"])
def test_a_total_changes_neither_a_member_nor_its_type(typed: SemanticLayer, field: str) -> None:
    query: dict[str, Any] = {"metrics": ["rows"], "group_by": [field]}

    alone = ask(typed, query).table.column(0)
    above = ask(typed, query | {"totals": True}).table.column(0)

    assert above.to_pylist() == [*alone.to_pylist(), None]
    assert _family(above.type) == _family(alone.type)


def test_values_are_those_of_the_rows(typed: SemanticLayer) -> None:
    metrics = ["max_long", "sum_price", "max_fine", "max_day", "max_moment", "other"]

    rows = ask(typed, {"metrics": metrics}).table.to_pylist()

    assert rows == [
        {
            "max_long": 9007199254740993,
            "sum_price": Decimal("0.10"),
            "max_fine": Decimal("1.00000000000000000001"),
            "max_day": date(2024, 2, 29),
            "max_moment": datetime(2024, 2, 29, 12, 30, tzinfo=UTC).replace(tzinfo=None),
            "other": 1,
        }
    ]


def test_types_are_read_through_expressions(typed: SemanticLayer) -> None:
    query = parse_query({"metrics": ["last_date", "mean_fine", "other"]})
    access = typed.access()

    tree = compile_plan(typed.plan(query), access).tree

    missing = [item for item in tree.find_all(exp.Alias) if item.this.find(exp.Null)]
    assert {item.this.sql() for item in missing} == {"CAST(NULL AS DATE)", "CAST(NULL AS SMALLINT)"}


def _family(kind: pa.DataType) -> str:
    return f"decimal {kind.scale}" if pa.types.is_decimal(kind) else str(kind)
