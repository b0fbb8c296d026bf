"""The SQL that a question becomes, held in `tests/golden/<dialect>`; DuckDB's is also run as it stands.

What another dialect's text says is held by the strongest facts that are true of all of them: read in its dialect it is
written as the same words and is the same tree again, and written for DuckDB it gives the rows of the answer. The tree
itself is not DuckDB's: engines say some things in other words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from semantic_layer.compiler.dialects import DIALECTS, written
from semantic_layer.errors import NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import parse_query
from semantic_layer.rendering import sql_for
from tests.semantic_layer.worlds import alike, ask, days, trusted

GOLDENS = Path(__file__).resolve().parents[1] / "golden"
GOLDEN = GOLDENS / "duckdb"
ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
Y2024 = days("2024-01-01", "2025-01-01")
SHAPES: dict[str, dict[str, Any]] = {
    "single_metric": {"metrics": ["revenue"], "period": Y2024},
    "ratio_by_field": {"metrics": ["margin"], "group_by": ["category"]},
    "two_facts_stitched": {"metrics": ["revenue", "refund"], "group_by": ["regions.region", {"time": "month"}], "period": Y2024},
    "year_on_year_by_month": {"metrics": ["revenue"], "group_by": [{"time": "month"}], "period": Y2024, "compare": {"to": "previous_year"}},
    "year_on_year_by_day": {"metrics": ["orders"], "group_by": [{"time": "day"}], "period": days("2024-02-28", "2024-03-02"), "compare": {"to": "previous_year", "show": ["base"]}},
    "share_with_limit": {"metrics": ["revenue", {"metric": "revenue", "modifier": "share"}], "group_by": ["product"], "order_by": [{"metric": "revenue"}], "limit": 2},
    "having_on_a_ratio": {"metrics": ["orders"], "group_by": ["orders.channel"], "having": [{"metric": "margin", "op": ">=", "value": "0.42"}]},
    "ties_included": {"metrics": ["orders"], "group_by": ["customers.customer"], "order_by": [{"metric": "orders"}], "limit": 2, "ties": "include"},
    "top_per_group": {"metrics": ["revenue"], "group_by": ["category", "product"], "order_by": [{"metric": "revenue"}], "limit": 1, "per": "category"},
    "totals": {"metrics": ["orders", "customers"], "group_by": ["orders.channel"], "order_by": [{"metric": "revenue"}], "totals": True},
    "filled_months": {"metrics": ["revenue"], "group_by": [{"time": "month"}], "period": days("2024-01-01", "2024-05-01"), "fill": "zero"},
    "filters": {"metrics": ["orders", "web_orders"], "where": [{"any": [{"field": "segment", "op": "!=", "value": "ENT"}, {"field": "placed", "op": "between", "value": ["2024-01-01", "2024-01-31"]}]}]},
    "attainment": {"metrics": [{"metric": "revenue", "modifier": "attainment"}], "group_by": ["regions.region"], "period": days("2024-01-01", "2024-03-01")},
    "filter_on_a_child": {"metrics": ["freight"], "where": [{"field": "category", "op": "!=", "value": "Promo"}]},
    "groups_of_a_child": {"metrics": ["customers", "orders"], "group_by": ["category"]},
    "running_year": {"metrics": [{"metric": "revenue", "modifier": "cumulative", "over": "year"}], "group_by": ["category", {"time": "month"}], "period": days("2023-12-01", "2024-03-01")},
    "cumulative_share": {"metrics": [{"metric": "revenue", "modifier": "cumulative_share"}], "group_by": ["product"], "order_by": [{"metric": "revenue"}], "limit": 2},
    "others": {"metrics": ["margin"], "group_by": ["product"], "order_by": [{"metric": "revenue"}], "limit": 1, "others": True, "totals": True},
    "weekdays": {"metrics": ["orders"], "group_by": [{"part": "day_of_week"}], "where": [{"part": "month_of_year", "op": "<=", "value": 6}]},
    "on_another_date": {"metrics": ["orders", {"metric": "orders", "time": "placed"}], "group_by": [{"time": "month"}], "period": Y2024},
    "scan_under_a_rule": {"metrics": ["revenue"], "group_by": ["customers.customer"]},
}  # fmt: skip


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_question_becomes_the_sql_that_was_reviewed(
    layer: SemanticLayer, shape: str, request: pytest.FixtureRequest
) -> None:
    principal = ENT if shape == "scan_under_a_rule" else LOCAL_OWNER
    result = ask(layer, SHAPES[shape], principal, language="en")
    path = GOLDEN / f"{shape}.sql"
    if request.config.getoption("--update-golden", default=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(result.sql + "\n", "utf-8")

    assert result.sql + "\n" == path.read_text("utf-8")


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_reviewed_sql_gives_the_rows_of_the_answer(layer: SemanticLayer, shape: str) -> None:
    principal = ENT if shape == "scan_under_a_rule" else LOCAL_OWNER
    result = ask(layer, SHAPES[shape], principal, language="en")
    width = len(result.columns)

    rows = trusted(layer, (GOLDEN / f"{shape}.sql").read_text("utf-8"))

    assert alike([row[:width] for row in rows], result.rows())


def _told(layer: SemanticLayer, shape: str, dialect: str) -> str:
    """Return the text for a dialect, or a comment that names what it cannot say."""
    principal = ENT if shape == "scan_under_a_rule" else LOCAL_OWNER
    query = parse_query(SHAPES[shape])
    try:
        return sql_for(layer, query, dialect, principal, language="en") + "\n"
    except NotSupported as error:
        return f"-- {error}\n"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_dialect_has_its_reviewed_sql(
    layer: SemanticLayer, shape: str, dialect: str, request: pytest.FixtureRequest
) -> None:
    text = _told(layer, shape, dialect)
    path = GOLDENS / dialect / f"{shape}.sql"
    if request.config.getoption("--update-golden", default=False) and dialect != "duckdb":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    assert text == path.read_text("utf-8")


MEANINGS = {
    ("spark", "WEEKDAY"): "(ISODOW({0}) - 1)",
    ("bigquery", "DAYOFWEEK"): "(DAYOFWEEK({0}) + 1)",
    ("clickhouse", "TODAYOFWEEK"): "ISODOW({0})",
    ("clickhouse", "TOMONTH"): "MONTH({0})",
}
"""What engines' own functions return, by their manuals, in DuckDB's: the parser takes some of them for others."""


def _meant(tree: exp.Expr, dialect: str) -> str:
    """Return a text for DuckDB that does what an engine does with its own text."""

    def placed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Extract):
            word, day = node.name, node.expression
        elif isinstance(node, exp.Anonymous):
            word, day = node.name, node.expressions[0]
        elif isinstance(node, exp.DayOfWeekIso) and dialect == "clickhouse":
            word, day = "toDayOfWeek", node.this
        else:
            return node
        meaning = MEANINGS.get((dialect, word.upper()))
        if meaning is None:
            return node
        text = meaning.format(day.sql("duckdb", identify=True))
        return sqlglot.parse_one(text, read="duckdb")

    found = tree.copy().transform(placed)
    found.set("settings", None)
    return found.sql("duckdb", identify=True)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_each_golden_reads_back_in_its_dialect_and_gives_the_rows_of_the_answer(
    layer: SemanticLayer, shape: str, dialect: str
) -> None:
    text = (GOLDENS / dialect / f"{shape}.sql").read_text("utf-8").removesuffix("\n")
    if text.startswith("-- "):
        pytest.skip("this engine cannot say it")
    tree = sqlglot.parse_one(text, read=dialect)

    again = written(tree, dialect)

    assert again.split() == text.split()
    assert sqlglot.parse_one(again, read=dialect) == tree
    principal = ENT if shape == "scan_under_a_rule" else LOCAL_OWNER
    result = ask(layer, SHAPES[shape], principal, language="en")
    rows = trusted(layer, _meant(tree, dialect))
    assert alike([row[: len(result.columns)] for row in rows], result.rows())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_golden_file_has_its_shape(dialect: str) -> None:
    assert {path.stem for path in (GOLDENS / dialect).glob("*.sql")} == set(SHAPES)
