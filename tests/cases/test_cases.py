"""Every question case over the sample company: asked in plain words, held against SQL written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.demo.generator import write_demo
from assistant.evaluation.cases import Case, load_cases
from assistant.evaluation.check_sql import check_sql
from assistant.evaluation.run import RunSql, judge
from assistant.opening import DEFINITIONS
from assistant.pipeline import Assistant
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer

EXACT = 1e-6
CASES = load_cases(Path(__file__).parent)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    path = tmp_path_factory.mktemp("sample-company") / "demo.duckdb"
    write_demo(path)
    with DuckDBEngine.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(engine: DuckDBEngine) -> Assistant:
    layer = SemanticLayer.open(DEFINITIONS, engine, clock=lambda: date(2026, 8, 19))
    return Assistant(layer=layer)


@pytest.fixture(scope="module")
def run_sql(assistant: Assistant) -> RunSql:
    return check_sql(assistant.layer)


def as_parameter(case: Case) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=case.xfail)] if case.xfail else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.mark.parametrize("case", [as_parameter(case) for case in CASES])
def test_answer_equals_the_check_sql(case: Case, assistant: Assistant, run_sql: RunSql) -> None:
    outcome = judge(case, assistant, run_sql, tolerance=EXACT)

    assert outcome.verdict == "right", outcome.detail


def test_there_are_at_least_seventy_questions_half_of_them_in_each_language() -> None:
    chinese = [case for case in CASES if case.id.startswith("zh-")]
    english = [case for case in CASES if case.id.startswith("en-")]

    assert len(chinese) >= 35
    assert len(english) >= 35
    assert len(chinese) + len(english) == len(CASES)
