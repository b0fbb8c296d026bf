from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest

from assistant.evaluation.cases import Case
from assistant.evaluation.check_sql import check_sql
from assistant.evaluation.report import Outcome, Report
from assistant.evaluation.run import RunSql, evaluate, judge, predictions
from assistant.pipeline import Assistant
from assistant.surfaces.json_form import answer_json
from semantic_layer.engines.base import Limits, RawResult, Schema
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.validator import ValidatedSQL

DEFINITIONS = """
version: 1
model: shop
settings: {as_of: max(sales.day)}
datasets:
  sales:
    source: sales
    time: day
    fields: {town: {label: {zh: 城镇, en: Town}}}
metrics:
  revenue: {dataset: sales, agg: sum, expr: amount, label: {zh: 销售额, en: Revenue}, unit: EUR, good: up, tier: primary}
"""
PRINCIPALS = "- {name: clerk, role: clerk, attributes: {town: Aston}, label: Clerk}"
POLICY = """
policies:
  - {role: clerk, datasets: {sales: town = user.town}}
"""
DATA = """
CREATE TABLE sales AS SELECT * FROM (VALUES
  (DATE '2025-05-01', 'Aston', 10.0), (DATE '2025-05-02', 'Burley', 20.0), (DATE '2025-06-03', 'Aston', 5.0)
) AS t(day, town, amount)
"""
BY_TOWN = "SELECT town, sum(amount) FROM sales GROUP BY town"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(DATA)
    with DuckDBEngine.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(engine: DuckDBEngine, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "model.yml").write_text(DEFINITIONS + POLICY, encoding="utf-8")
    (folder / "principals.yml").write_text(PRINCIPALS, encoding="utf-8")
    layer = SemanticLayer.open(folder, engine, clock=lambda: date(2025, 6, 3))
    return Assistant(layer=layer)


@pytest.fixture(scope="module")
def run_sql(assistant: Assistant) -> RunSql:
    return check_sql(assistant.layer)


def case(question: str = "revenue by town", **other: Any) -> Case:
    expect = {"status": "answered", "sql": BY_TOWN, **other.pop("expect", {})}
    return Case.model_validate({"id": "c", "question": question, "expect": expect, **other})


def refused(question: str) -> Case:
    return Case.model_validate({"id": "c", "question": question, "expect": {"status": "refused"}})


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (case(), "right"),
        (case("各城镇的销售额"), "right"),
        (case(expect={"sql": None, "rows": [["Burley", 20], ["Aston", 15]]}), "right"),
        (case(expect={"sql": None, "query": {"metrics": ["revenue"]}}), "right"),
        (case("revenue by town", **{"as": "clerk"}), "wrong"),
        (case("revenue"), "wrong"),
        (case(expect={"sql": None, "query": {"limit": 7}}), "wrong"),
        (refused("revenue by town"), "wrong"),
        (refused("how is the weather"), "right"),
        (case("how is the weather"), "refused"),
        (case(**{"as": "nobody"}), "error"),
        (case(expect={"sql": "SELECT nonsense"}), "error"),
        (case(expect={"sql": None, "query": {"limt": 7}}), "error"),
    ],
    ids=[
        "rows of the check SQL",
        "Chinese",
        "stated rows",
        "stated query",
        "rows that a role does not see",
        "another split",
        "another query",
        "answered what must be refused",
        "refused as it must be",
        "refused what must be answered",
        "unknown principal",
        "broken check SQL",
        "broken expected query",
    ],
)
def test_verdict(asked: Case, verdict: str, assistant: Assistant, run_sql: RunSql) -> None:
    outcome = judge(asked, assistant, run_sql)

    assert outcome.verdict == verdict, outcome.detail
    assert (outcome.detail == "") == (verdict == "right")


def test_a_role_is_held_against_sql_cut_by_hand(assistant: Assistant, run_sql: RunSql) -> None:
    asked = case(**{"as": "clerk"}, expect={"sql": f"{BY_TOWN} HAVING town = 'Aston'"})

    assert judge(asked, assistant, run_sql).verdict == "right"


def test_a_conversation_is_reported_as_skipped_and_never_scored(
    assistant: Assistant, run_sql: RunSql
) -> None:
    talk = Case.model_validate(
        {"id": "talk", "turns": [{"question": "销售额", "expect": {"status": "answered"}}]}
    )

    report = evaluate([talk], assistant, run_sql)

    (outcome,) = report.outcomes
    assert (outcome.verdict, outcome.language, outcome.kind) == ("skipped", "zh", "turns")
    assert "not supported" in outcome.detail
    assert report.scored == ()
    assert "| talk | skipped |" in report.markdown()


def test_several_jobs_give_the_same_outcomes_in_the_order_of_the_cases(
    assistant: Assistant, run_sql: RunSql
) -> None:
    cases = [
        case().model_copy(update={"id": str(number)}) if number % 2 else refused("revenue by town")
        for number in range(12)
    ]
    seen: list[Outcome] = []

    report = evaluate(cases, assistant, run_sql, jobs=4, progress=seen.append)

    assert [item.case for item in report.outcomes] == cases
    assert [item.verdict for item in report.outcomes] == ["wrong", "right"] * 6
    assert tuple(seen) == report.outcomes


def test_predictions_are_one_object_a_case_that_json_can_hold(
    assistant: Assistant, run_sql: RunSql
) -> None:
    lost = case(**{"as": "nobody"}).model_copy(update={"id": "lost"})
    report = evaluate([case(), lost], assistant, run_sql)

    first, second = (
        json.loads(json.dumps(item))
        for item in predictions(report, lambda answer: answer_json(answer, assistant))
    )

    assert (first["id"], first["status"], first["verdict"]) == ("c", "answered", "right")
    assert sorted(row[-1] for row in first["rows"]) == [15, 20]
    assert (second["id"], second["status"]) == ("lost", "error")


def outcomes(**verdicts: int) -> Report:
    base = Outcome(case=case(), language="en", verdict="right", seconds=0.2)
    return Report(
        outcomes=tuple(
            replace(base, verdict=name.replace("_", " "))  # type: ignore[arg-type]
            for name, count in verdicts.items()
            for _ in range(count)
        )
    )


@pytest.mark.parametrize(
    ("bounds", "good"),
    [
        ({}, True),
        ({"min_right": 0.9}, True),
        ({"min_right": 0.91}, False),
        ({"max_wrong": 0.05}, True),
        ({"max_wrong": 0.04}, False),
        ({"min_right": 0.9, "max_wrong": 0.0}, False),
    ],
    ids=["no bound", "right enough", "too few right", "few wrong", "too many wrong", "one of both"],
)
def test_bounds_count_scored_cases_only(bounds: dict[str, float], good: bool) -> None:
    report = outcomes(right=18, wrong=1, refused=1, skipped=50)

    assert report.passes(**bounds) is good


def test_a_run_with_nothing_scored_passes_no_bound() -> None:
    report = outcomes(skipped=3)

    assert report.passes()
    assert not report.passes(min_right=0.0)
    assert report.latency(0.5) == 0.0


def test_latency_is_the_nearest_rank(assistant: Assistant, run_sql: RunSql) -> None:
    asked = judge(case(), assistant, run_sql)
    report = Report(outcomes=tuple(replace(asked, seconds=n / 100) for n in range(1, 101)))

    assert report.latency(0.5) == 0.5
    assert report.latency(0.95) == 0.95


def test_report_counts_by_language_and_kind_and_names_what_is_wrong_first(
    assistant: Assistant, run_sql: RunSql
) -> None:
    cases = [
        case("how is the weather").model_copy(update={"id": "weather"}),
        case("各城镇的销售额").model_copy(update={"id": "towns", "kind": "split"}),
        case("revenue | all").model_copy(update={"id": "total"}),
    ]

    report = evaluate(cases, assistant, run_sql)

    text = report.markdown()
    assert "| zh | split | 1 | 1 | 0 |" in text
    assert "| en | answered | 2 | 0 |" in text
    assert text.index("| total | wrong | revenue \\| all |") < text.index("| weather | refused |")
    assert report.summary()["right"] == 1


def test_summary_is_plain_values(assistant: Assistant, run_sql: RunSql) -> None:
    found = json.loads(json.dumps(evaluate([case()], assistant, run_sql).summary()))

    assert (found["cases"], found["right"], found["right_share"]) == (1, 1, 1.0)
    assert found["groups"][0]["kind"] == "answered"


def test_only_an_engine_with_the_door_runs_check_sql(assistant: Assistant) -> None:
    class Closed:
        data_version = "1"

        def run(self, query: ValidatedSQL, *, limits: Limits) -> RawResult:
            raise NotImplementedError

        def schema(self) -> Schema:
            return {}

    with pytest.raises(TypeError):
        check_sql(replace(assistant.layer, engine=Closed()))
