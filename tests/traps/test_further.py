"""Further trap cases: each query against check SQL of its own, or refused where no number is right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import EngineError, MalformedQuery, QueryError, UnsafeSQL
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER
from semantic_layer.query import parse_query
from semantic_layer.result import Result, plain

HERE = Path(__file__).parent
TRAPS = HERE.parents[1] / ".." / "shared" / "traps"
CASES: list[dict[str, Any]] = json.loads((HERE / "further.json").read_text("utf-8"))
KINDS = {"join", "ratio", "agg", "filter", "time", "semi", "post", "nested", "policy", "cache"}

NAMED = {"total": "__total__", "others": "Other"}

pytestmark = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/traps is not here")


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    path = tmp_path_factory.mktemp("further") / "traps.duckdb"
    spec = spec_from_file_location("make_traps_db", TRAPS / "make_traps_db.py")
    assert spec is not None
    assert spec.loader is not None
    maker = module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.make(str(path)).close()
    with DuckDBEngine.open(path) as engine:
        yield SemanticLayer.open(HERE / "definitions", engine, clock=lambda: date(2026, 1, 1))


def answered(layer: SemanticLayer, case: dict[str, Any]) -> Result:
    today = date.fromisoformat(case["today"]) if "today" in case else None
    principal = LOCAL_OWNER
    if "as" in case:
        (principal,) = [item for item in layer.principals if item.name == case["as"]]
    return layer.run(parse_query(case["query"]), principal, today=today)


def shown(result: Result) -> list[list[Any]]:
    width = len(result.asked.group_by)
    return [
        row if kind == "data" else [NAMED[kind]] * width + row[width:]
        for row, kind in zip(result.rows(), result.row_kinds, strict=True)
    ]


def trusted(layer: SemanticLayer, sql: str) -> list[list[Any]]:
    engine = layer.engine
    assert isinstance(engine, DuckDBEngine)
    columns = [column.to_pylist() for column in engine.run_trusted(sql).columns]
    return [[plain(value) for value in row] for row in zip(*columns, strict=True)]


def comparable(rows: list[list[Any]], *, ordered: bool) -> list[list[Any]]:
    alike = [
        [round(float(cell), 6) if isinstance(cell, int | float) else cell for cell in row]
        for row in rows
    ]
    return alike if ordered else sorted(alike, key=str)


def params() -> list[Any]:
    return [
        pytest.param(
            case,
            id=case["id"],
            marks=pytest.mark.xfail(reason=case["open"], strict=True) if "open" in case else (),
        )
        for case in CASES
    ]


@pytest.mark.parametrize("case", params())
def test_the_answer_is_that_of_the_check_sql_or_a_refusal(
    layer: SemanticLayer, case: dict[str, Any]
) -> None:
    if case.get("error"):
        with pytest.raises(QueryError) as caught:
            answered(layer, case)
        assert not isinstance(caught.value, UnsafeSQL | EngineError)
        return
    ordered = case.get("ordered", False)
    right = comparable(trusted(layer, case["sql"]), ordered=ordered)

    result = answered(layer, case)

    assert comparable(shown(result), ordered=ordered) == right
    assert {check.status for check in result.checks} <= {"passed", "warning", "not_applicable"}


def test_every_case_asks_something_of_its_own_and_says_what_is_right() -> None:
    ids = [case["id"] for case in CASES]
    asked = Counter(
        json.dumps([case["query"], case.get("as"), case.get("today")], sort_keys=True)
        for case in CASES
    )

    assert len(set(ids)) == len(ids)
    assert [query for query, times in asked.items() if times > 1] == []
    assert {case["cat"] for case in CASES} == KINDS
    assert all(("sql" in case) != ("error" in case) for case in CASES)


def test_no_case_is_refused_for_its_spelling_alone() -> None:
    for case in CASES:
        try:
            parse_query(case["query"])
        except MalformedQuery as error:
            pytest.fail(f"{case['id']}: {error}")
