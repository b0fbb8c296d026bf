"""The definitions that are shipped: every metric answers, or refuses with a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.demo.generator import write_demo
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DefinitionError, QueryError
from semantic_layer.layer import SemanticLayer
from semantic_layer.loading import load_definitions
from tests.semantic_layer.worlds import ask, days

DEFINITIONS = Path(__file__).resolve().parents[2] / "semantic_layer" / "definitions"
try:
    NAMES = sorted(load_definitions(DEFINITIONS)[0].metrics)
except DefinitionError:
    NAMES = []
Y2024 = days("2024-01-01", "2025-01-01")
SHAPES: dict[str, dict[str, Any]] = {
    "alone": {},
    "by month": {"group_by": [{"time": "month"}], "period": Y2024},
    "by region": {"group_by": ["regions.region"], "totals": True},
    "compared": {"period": Y2024, "compare": {"to": "previous_year"}},
    "by region, compared": {"group_by": ["regions.region"], "period": Y2024, "compare": {"to": "previous_year"}, "totals": True},
}  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    path = tmp_path_factory.mktemp("pack") / "demo.duckdb"
    write_demo(path, scale=0.02)
    return SemanticLayer.open(DEFINITIONS, DuckDBEngine.open(path), clock=lambda: date(2026, 8, 19))


def test_there_are_metrics() -> None:
    assert len(NAMES) >= 20


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_metric_answers_or_refuses_with_a_reason(pack: SemanticLayer, shape: str) -> None:
    refused = {}
    for name in NAMES:
        try:
            result = ask(pack, {"metrics": [name], **SHAPES[shape]}, language="zh")
        except QueryError as error:
            refused[name] = str(error)
            continue
        assert "failed" not in {check.status for check in result.checks}, name

    assert all(refused.values())
    assert len(refused) < len(NAMES) / 4


def test_every_metric_alone_has_a_value(pack: SemanticLayer) -> None:
    empty = [name for name in NAMES if ask(pack, {"metrics": [name]}).rows()[0][0] is None]

    assert empty == []


@pytest.mark.parametrize("person", ["manager_east", "rep"])
def test_each_role_sees_less_than_the_owner(pack: SemanticLayer, person: str) -> None:
    principal = next(item for item in pack.principals if item.name == person)
    query = {"metrics": ["revenue", "orders"]}

    mine, all_of_it = ask(pack, query, principal).rows()[0], ask(pack, query).rows()[0]

    assert 0 < float(str(mine[0])) < float(str(all_of_it[0]))


def test_many_metrics_of_many_facts_are_asked_at_once(pack: SemanticLayer) -> None:
    facts: dict[str, str] = {}
    for name, metric in pack.catalog.metrics.items():
        if len(metric.datasets) == 1 and pack.catalog.reaches(name, "regions.region"):
            facts.setdefault(next(iter(metric.datasets)), name)
    query = {"metrics": sorted(facts.values()), **SHAPES["by region, compared"]}

    result = ask(pack, query)

    assert result.table.num_rows > 1
    assert len(facts) > 3
