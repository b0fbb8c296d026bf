"""The SQL that a question becomes, held in `tests/golden/duckdb`; each text is also run as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from tests.semantic_layer.worlds import alike, ask, days, trusted

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "duckdb"
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


def test_every_golden_file_has_its_shape() -> None:
    assert {path.stem for path in GOLDEN.glob("*.sql")} == set(SHAPES)
