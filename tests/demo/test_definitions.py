"""The definitions over the sample company's data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from assistant.demo.generator import write_demo
from semantic_layer.binding import bind
from semantic_layer.catalog import Catalog
from semantic_layer.loading import load_definitions, load_principals

DEFINITIONS = Path(__file__).resolve().parents[2] / "semantic_layer" / "definitions"
GRAMMAR_WORDS = ("目标", "达成率", "完成率", "差多少", "attainment", "target", "gap")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.getbasetemp() / "definitions.duckdb"
    write_demo(path, scale=0.02, through=date(2024, 2, 20))
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def catalog(demo: duckdb.DuckDBPyConnection) -> Catalog:
    def describe(source: exp.Expr) -> Mapping[str, str] | None:
        shape = source.sql("duckdb")
        sql = f"SELECT * FROM {shape}" if isinstance(source, exp.Table) else shape
        return {row[0]: str(row[1]) for row in demo.execute(f"DESCRIBE {sql}").fetchall()}

    definitions, lines = load_definitions(DEFINITIONS)
    return bind(definitions, describe, lines)


def test_the_definitions_fit_the_data(catalog: Catalog) -> None:
    assert len(catalog.metrics) >= 20
    assert len([item for item in catalog.fields.values() if item.role is None]) >= 15


def test_every_dataset_is_reached_on_one_way_only(catalog: Catalog) -> None:
    assert {name for name, item in catalog.datasets.items() if item.ambiguous} == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_metric_says_its_date_and_basis_in_each_language(
    catalog: Catalog, language: str
) -> None:
    silent = [
        name
        for name, metric in catalog.metrics.items()
        if ("按" if language == "zh" else "by ") not in metric.spec.description.of(language)
        and name != "uncollected"
    ]

    assert silent == []


def test_every_metric_and_field_is_named_in_both_languages(catalog: Catalog) -> None:
    labels = [metric.spec.label for metric in catalog.metrics.values()]
    labels += [field.spec.label for field in catalog.fields.values()]

    assert all(label.zh and label.en for label in labels)


def test_only_known_words_are_ambiguous_among_metrics(catalog: Catalog) -> None:
    words = Counter(
        word.lower()
        for metric in catalog.metrics.values()
        for word in {*metric.spec.label.texts(), *metric.spec.synonyms.texts()}
    )

    assert {word for word, count in words.items() if count > 1} == {"客单价"}


def test_no_metric_takes_a_word_of_the_grammar(catalog: Catalog) -> None:
    words = {
        word.lower()
        for metric in catalog.metrics.values()
        for word in (*metric.spec.label.texts(), *metric.spec.synonyms.texts())
    }

    assert words.isdisjoint(GRAMMAR_WORDS)


def test_the_rep_among_the_principals_is_a_salesperson(demo: duckdb.DuckDBPyConnection) -> None:
    rep = next(item for item in load_principals(DEFINITIONS) if item.role == "rep")
    sql = "SELECT salesperson, region_id FROM salespeople WHERE salesperson_id = $id"

    ((name, region),) = demo.execute(sql, {"id": rep.attributes["salesperson_id"]}).fetchall()

    assert name in rep.label.zh
    assert region == rep.attributes["region_id"]


def test_every_golden_period_is_fixed(catalog: Catalog) -> None:
    assert catalog.definitions.tests
    assert all("period" in test.query for test in catalog.definitions.tests)
