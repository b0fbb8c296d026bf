"""The trap cases: questions whose careless SQL gives a plausible, wrong number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import AmbiguousPath, QueryError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER
from semantic_layer.query import parse_query
from semantic_layer.result import Result

HERE = Path(__file__).parent
TRAPS = HERE.parents[1] / ".." / "shared" / "traps"
QUERIES: dict[str, dict[str, Any]] = json.loads((HERE / "queries.json").read_text("utf-8"))

MAY_BE_REFUSED = {"A02"}
"""A header measure by a child attribute: refusing is right, and so is each order once per group."""

NAMED = {"total": "__total__", "others": "Other"}

pytestmark = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/traps is not here")


@pytest.fixture(scope="module")
def cases() -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in json.loads((TRAPS / "cases.json").read_text("utf-8"))}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    path = tmp_path_factory.mktemp("traps") / "traps.duckdb"
    spec = spec_from_file_location("make_traps_db", TRAPS / "make_traps_db.py")
    assert spec is not None
    assert spec.loader is not None
    maker = module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.make(str(path)).close()
    with DuckDBEngine.open(path) as engine:
        yield SemanticLayer.open(HERE / "definitions", engine, clock=lambda: date(2026, 1, 1))


def answered(layer: SemanticLayer, case_id: str) -> Result:
    entry = QUERIES[case_id]
    today = date.fromisoformat(entry["today"]) if "today" in entry else None
    named = [item for item in layer.principals if item.name == entry.get("as")]
    principal = named[0] if named else LOCAL_OWNER
    return layer.run(parse_query(entry["query"]), principal, today=today)


def comparable(rows: list[list[Any]], *, ordered: bool) -> list[list[Any]]:
    plain = [
        [round(float(cell), 4) if isinstance(cell, int | float) else cell for cell in row]
        for row in rows
    ]
    return plain if ordered else sorted(plain, key=str)


def named_totals(result: Result) -> list[list[Any]]:
    width = len(result.asked.group_by)
    return [
        row if kind == "data" else [NAMED[kind]] * width + row[width:]
        for row, kind in zip(result.rows(), result.row_kinds, strict=True)
    ]


def params() -> list[Any]:
    plain = set(QUERIES) - MAY_BE_REFUSED
    return sorted(plain)


@pytest.mark.parametrize("case_id", params())
def test_the_answer_is_right_or_refused_where_it_must_be(
    layer: SemanticLayer, cases: dict[str, dict[str, Any]], case_id: str
) -> None:
    expected = cases[case_id]["expect"]

    if expected == "ERROR":
        with pytest.raises(QueryError):
            answered(layer, case_id)
        return
    result = answered(layer, case_id)

    ordered = cases[case_id]["ordered"]
    assert comparable(named_totals(result), ordered=ordered) == comparable(
        expected, ordered=ordered
    )
    assert {check.status for check in result.checks} <= {"passed", "warning", "not_applicable"}


@pytest.mark.parametrize("case_id", sorted(MAY_BE_REFUSED))
def test_a_header_measure_by_a_child_attribute_is_never_multiplied(
    layer: SemanticLayer, cases: dict[str, dict[str, Any]], case_id: str
) -> None:
    try:
        rows = answered(layer, case_id).rows()
    except QueryError:
        return

    assert comparable(rows, ordered=False) == comparable(cases[case_id]["expect"], ordered=False)


@pytest.mark.parametrize("case_id", params())
def test_no_right_answer_fails_a_check_that_asks_again(
    layer: SemanticLayer, cases: dict[str, dict[str, Any]], case_id: str
) -> None:
    if cases[case_id]["expect"] == "ERROR":
        return
    result = answered(layer, case_id)
    who = next((one for one in layer.principals if one.name == QUERIES[case_id].get("as")), None)
    today = QUERIES[case_id].get("today")

    verified = layer.verify(
        result, who or LOCAL_OWNER, today=date.fromisoformat(today) if today else None
    )

    assert {check.status for check in verified.checks} <= {"passed", "warning", "not_applicable"}
    assert "reproducible" in {check.name for check in verified.checks if check.status == "passed"}


def test_every_case_is_asked(cases: dict[str, dict[str, Any]]) -> None:
    assert set(cases) == set(QUERIES)


def test_the_refusal_of_an_ambiguous_path_names_both_ways(layer: SemanticLayer) -> None:
    with pytest.raises(QueryError) as caught:
        answered(layer, "A14")

    assert isinstance(caught.value, AmbiguousPath)
    assert sorted(map(str, caught.value.facts["paths"])) == [  # type: ignore[call-overload]
        "orders → customers → places",
        "orders → places",
    ]


def test_the_readable_sql_runs_as_it_stands(layer: SemanticLayer) -> None:
    engine = layer.engine
    assert isinstance(engine, DuckDBEngine)
    for case_id in sorted(set(QUERIES) - {"A02", "A14", "A17", "A18", "C18"}):
        result = answered(layer, case_id)

        again = engine.run_trusted(result.sql)

        assert again.num_rows == result.table.num_rows, case_id
