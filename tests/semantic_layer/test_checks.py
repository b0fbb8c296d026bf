"""Double entry: a number that was tampered with makes its check fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
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


def with_rows(result: Result, table: pa.Table) -> Result:
    return replace(result, table=table, row_kinds=("data",) * table.num_rows)


MONTHS: dict[str, Any] = {"metrics": ["revenue"], "group_by": [{"time": "month"}], "period": Y2024}


def test_a_group_with_two_rows_fails(layer: SemanticLayer) -> None:
    result = ask(layer, MONTHS)
    doubled = with_rows(result, pa.concat_tables([result.table, result.table.slice(0, 1)]))

    assert statuses(result)["groups_once"] == "passed"
    assert statuses(run_checks(doubled, layer.catalog))["groups_once"] == "failed"
    assert statuses(ask(layer, {"metrics": ["revenue"]}))["groups_once"] == "not_applicable"


SHARES_WITHIN: dict[str, Any] = {"metrics": [{"metric": "revenue", "modifier": "share", "of": "category"}], "group_by": ["category", "product"]}  # fmt: skip


def test_shares_of_a_parent_add_up_within_each_parent(layer: SemanticLayer) -> None:
    result = ask(layer, SHARES_WITHIN)

    assert statuses(result)["shares_equal_one"] == "passed"
    wrong = tampered(result, "revenue_share", 0, 0.5)
    assert statuses(run_checks(wrong, layer.catalog))["shares_equal_one"] == "failed"


def test_the_row_of_all_others_is_a_part_of_the_whole(layer: SemanticLayer) -> None:
    top = {"metrics": ["revenue"], "group_by": ["product"], "order_by": [{"metric": "revenue"}], "limit": 1}  # fmt: skip
    result = ask(layer, {**top, "others": True, "totals": True})

    assert result.row_kinds == ("data", "others", "total")
    assert statuses(result)["parts_equal_total"] == "passed"
    wrong = tampered(result, "revenue", 1, 1)
    assert statuses(run_checks(wrong, layer.catalog))["parts_equal_total"] == "failed"


@pytest.mark.parametrize(
    ("query", "today", "status"),
    [
        (MONTHS, "2024-03-15", "warning"),
        (MONTHS, "2024-03-31", "passed"),
        ({**MONTHS, "period": days("2023-01-01", "2024-01-01")}, "2024-03-15", "passed"),
        ({**MONTHS, "group_by": [{"time": "day"}]}, "2024-03-15", "passed"),
        ({**MONTHS, "group_by": []}, "2024-03-15", "not_applicable"),
        ({**MONTHS, "group_by": [], "compare": {"to": "previous_year"}}, "2024-03-15", "passed"),
        ({**MONTHS, "group_by": [], "compare": {"to": "previous_year", "partial": "full"}}, "2024-03-15", "warning"),
        ({"metrics": ["all_customers"]}, "2024-03-15", "not_applicable"),
    ],
    ids=["running month", "finished month", "earlier", "days", "one period", "aligned", "whole base", "no date"],
)  # fmt: skip
def test_an_unfinished_period_beside_whole_ones_is_a_warning(
    layer: SemanticLayer, query: dict[str, Any], today: str, status: str
) -> None:
    assert statuses(ask(layer, query, today=date.fromisoformat(today)))["periods_whole"] == status


@pytest.mark.parametrize(
    ("metrics", "status", "named"),
    [
        (["revenue", "orders"], "passed", None),
        (["revenue", "margin", "customers"], "warning", "margin, customers"),
        (["net"], "warning", "net"),
        (
            ["revenue", {"metric": "revenue", "modifier": "cumulative"}],
            "warning",
            "revenue_cumulative",
        ),
        ([{"metric": "revenue", "modifier": "share"}], "not_applicable", None),
    ],
    ids=[
        "sums",
        "ratio and distinct count",
        "terms that may be missing",
        "running value",
        "shares only",
    ],
)
def test_columns_whose_rows_must_not_be_summed_are_named(
    layer: SemanticLayer, metrics: list[Any], status: str, named: str | None
) -> None:
    result = ask(layer, {"metrics": metrics, "group_by": ["regions.region"], "period": Y2024})

    check = next(item for item in result.checks if item.name == "rows_add_up")
    assert (check.status, check.facts.get("metrics")) == (status, named)


def test_rows_of_overlapping_groups_must_not_be_summed(layer: SemanticLayer) -> None:
    assert statuses(ask(layer, {"metrics": ["orders"], "group_by": ["category"]}))["rows_add_up"] == "warning"  # fmt: skip


def test_one_row_has_nothing_to_sum(layer: SemanticLayer) -> None:
    assert statuses(ask(layer, {"metrics": ["margin"]}))["rows_add_up"] == "not_applicable"
