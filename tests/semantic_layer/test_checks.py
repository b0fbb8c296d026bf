"""Double entry: a number that was tampered with makes its check fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from semantic_layer.checks import run_checks
from semantic_layer.engines.base import Limits
from semantic_layer.layer import SemanticLayer
from semantic_layer.result import Result
from tests.semantic_layer.worlds import World, ask, days, shop

Y2024 = days("2024-01-01", "2024-04-01")


def statuses(result: Result) -> dict[str, str]:
    return {check.name: check.status for check in result.checks}


def tampered(result: Result, column: str, row: int, value: float) -> Result:
    index = result.table.column_names.index(column)
    cells = result.table.column(column).to_pylist()
    cells[row] = value
    return replace(result, table=result.table.set_column(index, column, pa.array(cells)))


TOTALS: dict[str, Any] = {"metrics": ["revenue", "orders"], "group_by": ["orders.channel"], "totals": True}  # fmt: skip
SHARES: dict[str, Any] = {"metrics": [{"metric": "revenue", "modifier": "share"}], "group_by": ["product"]}  # fmt: skip
CHANGES: dict[str, Any] = {"metrics": ["revenue"], "group_by": [{"time": "month"}], "period": Y2024, "compare": {"to": "previous_year"}}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "check"),
    [(TOTALS, "parts_equal_total"), (SHARES, "shares_equal_one"), (CHANGES, "change_equals_difference")],
    ids=["totals", "shares", "changes"],
)  # fmt: skip
def test_right_numbers_pass(layer: SemanticLayer, query: dict[str, Any], check: str) -> None:
    assert statuses(ask(layer, query))[check] == "passed"


@pytest.mark.parametrize(
    ("query", "column", "row", "value", "check"),
    [
        (TOTALS, "revenue", -1, 1053, "parts_equal_total"),
        (TOTALS, "revenue", 0, 26, "parts_equal_total"),
        (TOTALS, "orders", 1, 3, "parts_equal_total"),
        (SHARES, "revenue_share", 0, 0.9, "shares_equal_one"),
        (CHANGES, "revenue_change", 0, 149, "change_equals_difference"),
        (CHANGES, "revenue_base", 0, 149, "change_equals_difference"),
    ],
)
def test_a_planted_wrong_number_fails(
    layer: SemanticLayer, query: dict[str, Any], column: str, row: int, value: float, check: str
) -> None:
    wrong = tampered(ask(layer, query), column, row, value)

    assert statuses(run_checks(wrong, layer.catalog))[check] == "failed"


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["customers"], "group_by": ["orders.channel"], "totals": True},
        {"metrics": ["net"], "group_by": ["orders.channel"], "totals": True},
        {**TOTALS, "limit": 1},
        {**TOTALS, "having": [{"metric": "orders", "value": 1}]},
        {**TOTALS, "totals": False},
    ],
    ids=["distinct", "missing parts", "cut", "having", "no total"],
)
def test_what_need_not_add_up_is_not_checked(layer: SemanticLayer, query: dict[str, Any]) -> None:
    assert statuses(ask(layer, query))["parts_equal_total"] == "not_applicable"


def test_a_cut_by_the_row_limit_is_a_warning(world: World) -> None:
    layer = shop(world.folder).layer(Limits(max_rows=3))

    result = ask(layer, {"metrics": ["orders"], "group_by": ["orders.order_id"], "totals": True})

    assert result.truncated
    assert statuses(result)["complete"] == "warning"
    assert statuses(result)["parts_equal_total"] == "not_applicable"


def test_a_period_beyond_the_data_is_a_warning(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["orders"], "period": days("2024-01-01", "2025-01-01")})

    assert statuses(result)["period_covered"] == "warning"


def test_a_result_without_rows_passes_or_is_not_checked(layer: SemanticLayer) -> None:
    nothing = [{"field": "orders.channel", "value": "nothing"}]

    for query in (TOTALS, SHARES, CHANGES):
        assert "failed" not in statuses(ask(layer, {**query, "where": nothing})).values()
