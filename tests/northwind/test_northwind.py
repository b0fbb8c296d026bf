"""Questions over Northwind, real-shaped data that nobody here made; it is not part of the repository."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.evaluation.cases import Case, load_cases
from assistant.evaluation.check_sql import check_sql
from assistant.evaluation.run import RunSql, judge
from assistant.pipeline import Assistant
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.files import open_data
from semantic_layer.layer import SemanticLayer

HERE = Path(__file__).parent
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "northwind"
EXACT = 1e-6
CASES = load_cases(HERE / "cases.yml")

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the Northwind files (../shared/data/northwind) are not here"
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    with open_data(str(DATA), home=tmp_path_factory.mktemp("northwind")) as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(engine: DuckDBEngine) -> Assistant:
    layer = SemanticLayer.open(HERE / "definitions", engine, clock=lambda: date(1998, 5, 6))
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


def test_today_is_the_day_of_the_last_order(assistant: Assistant) -> None:
    assert assistant.layer.today() == date(1998, 5, 6)
