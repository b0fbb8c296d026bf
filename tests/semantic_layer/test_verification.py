"""Checks that ask again: a number that cannot stand beside another question fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from semantic_layer.compiler.branch import branch_select
from semantic_layer.engines.base import Limits, RawResult
from semantic_layer.errors import QueryTimeout
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import MetricQuery, parse_query
from semantic_layer.result import Check, Result
from semantic_layer.validator import ValidatedSQL
from tests.semantic_layer.worlds import SHOP_ROWS, ask, days, shop

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
AGAIN = frozenset({"total_asked_alone", "base_asked_alone", "members_asked_alone", "rows_unchanged_by_joins", "reproducible"})  # fmt: skip
Q1 = days("2024-01-01", "2024-04-01")
BY_REGION: dict[str, Any] = {"metrics": ["revenue", "margin"], "group_by": ["regions.region"], "totals": True}  # fmt: skip
YEARLY: dict[str, Any] = {"metrics": ["revenue"], "group_by": ["product", {"time": "month"}], "period": Q1, "compare": {"to": "previous_year"}}  # fmt: skip


def told(result: Result) -> dict[str, str]:
    return {check.name: check.status for check in result.checks}


def found(result: Result, name: str) -> Check:
    return next(check for check in result.checks if check.name == name)


def tampered(result: Result, column: str, row: int, value: float) -> Result:
    index = result.table.column_names.index(column)
    cells = result.table.column(column).to_pylist()
    cells[row] = value
    return replace(result, table=result.table.set_column(index, column, pa.array(cells)))


def without_row(result: Result, row: int) -> Result:
    kept = [place for place in range(result.table.num_rows) if place != row]
    kinds = tuple(result.row_kinds[place] for place in kept)
    return replace(result, table=result.table.take(kept), row_kinds=kinds)


@pytest.fixture
def doubled(tmp_path: Path) -> SemanticLayer:
    """A shop whose key of regions is not unique: rows of the first region come twice."""
    again = "INSERT INTO regions VALUES (1, 'Shadow', 'Shadow', 'CN');"
    return shop(tmp_path / "doubled", rows=SHOP_ROWS + again).layer()


@pytest.mark.parametrize("query", [BY_REGION, YEARLY], ids=["total", "comparison"])
@pytest.mark.parametrize("principal", [LOCAL_OWNER, ENT], ids=["owner", "under a row rule"])
def test_a_right_result_passes_what_asks_again(
    layer: SemanticLayer, query: dict[str, Any], principal: Principal
) -> None:
    result = layer.verify(parse_query(query), principal)

    assert set(told(result)) >= AGAIN
    assert set(told(result).values()) <= {"passed", "warning", "not_applicable"}
    assert told(result)["members_asked_alone"] == "passed"
    assert told(result)["rows_unchanged_by_joins"] == "passed"
    assert told(result)["reproducible"] == "passed"


def test_joins_that_double_rows_fail(doubled: SemanticLayer) -> None:
    result = doubled.verify(parse_query(BY_REGION))

    # Orders 1 to 4 are of customers in region 1: their 6 lines come twice. 12 lines become 18.
    joins = found(result, "rows_unchanged_by_joins")
    assert (joins.status, joins.facts) == (
        "failed",
        {"dataset": "lines", "rows": 12, "joined": 18},
    )
    assert told(result)["total_asked_alone"] == "failed"
    assert told(result)["parts_equal_total"] == "failed"


def test_doubled_keys_that_no_row_read_uses_do_no_harm(doubled: SemanticLayer) -> None:
    where = [{"field": "regions.region", "value": "Bavaria"}]

    result = doubled.verify(parse_query({"metrics": ["orders"], "where": where}))

    assert told(result)["rows_unchanged_by_joins"] == "passed"


def test_joins_that_lose_rows_fail(layer: SemanticLayer, monkeypatch: pytest.MonkeyPatch) -> None:

    def inner(*arguments: Any) -> exp.Select:
        select = branch_select(*arguments)
        for join in select.args.get("joins") or ():
            join.set("side", None)
        return select

    monkeypatch.setattr("semantic_layer.row_counts.branch_select", inner)

    result = layer.verify(parse_query({"metrics": ["orders"], "group_by": ["customers.segment"]}))

    # Order 7 has no customer, and order 8 one that is not there.
    check = found(result, "rows_unchanged_by_joins")
    assert (check.status, check.facts) == ("failed", {"dataset": "orders", "rows": 9, "joined": 7})


def test_joins_are_counted_under_the_asker_s_rows(layer: SemanticLayer) -> None:
    query = parse_query({"metrics": ["orders"], "group_by": ["customers.customer"]})

    # Bob and Di are the enterprise customers; they placed orders 3, 4 and 6.
    assert found(layer.verify(query, ENT), "rows_unchanged_by_joins").facts["rows"] == 3


@pytest.mark.parametrize(
    ("query", "column", "row", "value", "failed"),
    [
        (BY_REGION, "revenue", 0, 1, {"total_asked_alone", "members_asked_alone"}),
        (BY_REGION, "margin", -1, 0.5, {"total_asked_alone"}),
        (YEARLY, "revenue_base", 0, 149, {"base_asked_alone"}),
        (YEARLY, "revenue", 0, 149, {"members_asked_alone", "total_asked_alone"}),
    ],
    ids=["a part", "the total of a ratio", "a base", "a member"],
)
def test_a_planted_wrong_number_fails(
    layer: SemanticLayer,
    query: dict[str, Any],
    column: str,
    row: int,
    value: float,
    failed: set[str],
) -> None:
    wrong = tampered(ask(layer, query), column, row, value)

    result = layer.verify(wrong)

    assert {name for name, status in told(result).items() if status == "failed"} >= {
        *failed,
        "reproducible",
    }
    assert not AGAIN & {
        name for name, status in told(result).items() if status == "failed"
    } - failed - {"reproducible"}


def test_a_row_that_was_cut_fails(layer: SemanticLayer) -> None:
    wrong = without_row(ask(layer, {"metrics": ["revenue"], "group_by": ["product"]}), 1)

    result = layer.verify(wrong)

    assert told(result)["total_asked_alone"] == "failed"
    assert told(result)["reproducible"] == "failed"


def test_the_base_of_a_total_is_asked_alone_too(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": ["product"], "period": Q1, "compare": {"to": "previous_year"}, "totals": True}  # fmt: skip
    right = ask(layer, query)

    assert told(layer.verify(right))["base_asked_alone"] == "passed"
    wrong = tampered(right, "revenue_base", -1, 1)
    assert told(layer.verify(wrong))["base_asked_alone"] == "failed"


def test_a_balance_and_a_window_stand_beside_their_members(layer: SemanticLayer) -> None:
    running = {"metrics": [{"metric": "revenue", "modifier": "cumulative", "over": "year"}], "group_by": ["category", {"time": "month"}], "period": Q1}  # fmt: skip
    right = ask(layer, running)

    assert told(layer.verify(right))["members_asked_alone"] == "passed"
    wrong = tampered(right, "revenue_cumulative", 0, 1)
    assert told(layer.verify(wrong))["members_asked_alone"] == "failed"


def test_a_month_is_asked_alone_by_its_days(layer: SemanticLayer) -> None:
    right = ask(layer, {"metrics": ["margin"], "group_by": [{"time": "month"}], "period": Q1})

    assert found(layer.verify(right), "members_asked_alone").facts == {"count": 2}
    wrong = tampered(right, "margin", -1, 0.5)
    assert told(layer.verify(wrong))["members_asked_alone"] == "failed"


def test_an_ungrouped_value_has_only_itself_to_be_asked(layer: SemanticLayer) -> None:
    result = layer.verify(parse_query({"metrics": ["freight"]}))

    again = {name: status for name, status in told(result).items() if name in AGAIN}
    assert again.pop("reproducible") == "passed"
    assert set(again.values()) == {"not_applicable"}


def test_last_digits_of_fractions_are_a_warning(layer: SemanticLayer) -> None:
    right = ask(layer, {"metrics": ["margin"]})
    value = right.table.column("margin")[0].as_py()

    nearly = tampered(right, "margin", 0, math.nextafter(value, 1))

    assert told(layer.verify(nearly))["reproducible"] == "warning"


class Silent:
    """An engine that gives up on every statement."""

    data_version = "1"

    def run(self, query: ValidatedSQL, *, limits: Limits) -> RawResult:
        raise QueryTimeout(limits.seconds)

    def schema(self) -> Mapping[str, Mapping[str, str]]:
        return {}


def test_a_database_that_gives_up_proves_nothing(tmp_path: Path) -> None:
    layer = shop(tmp_path / "silent").layer()
    result = ask(layer, BY_REGION)
    layer.engine = Silent()

    again = {check.name: check for check in layer.verify(result).checks if check.name in AGAIN}

    assert again.pop("base_asked_alone").status == "not_applicable"
    assert {check.status for check in again.values()} == {"warning"}
    assert {check.facts["reason"] for check in again.values()} == {"query_timeout"}


def test_asking_again_is_asking_as_the_same_person(
    layer: SemanticLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    askers: list[str] = []
    run = SemanticLayer.run

    def noted(self: SemanticLayer, query: MetricQuery, principal: Principal = LOCAL_OWNER, **rest: Any) -> Result:  # fmt: skip
        askers.append(principal.name)
        return run(self, query, principal, **rest)

    monkeypatch.setattr(SemanticLayer, "run", noted)

    layer.verify(parse_query(YEARLY), ENT)

    assert len(askers) > 4
    assert set(askers) == {"ent"}


def test_a_metric_on_another_date_is_asked_alone_on_that_date(layer: SemanticLayer) -> None:
    dated = {"metric": "orders", "time": "order_date"}
    query = {"metrics": [dated], "group_by": ["orders.channel"], "period": Q1, "compare": {"to": "previous_year"}, "totals": True}  # fmt: skip
    right = ask(layer, query)

    verified = told(layer.verify(right))
    assert verified["base_asked_alone"] == verified["members_asked_alone"] == "passed"
    assert verified["change_equals_difference"] == verified["parts_equal_total"] == "passed"
    wrong = tampered(right, "orders_by_order_date_base", 0, 7)
    assert told(layer.verify(wrong))["base_asked_alone"] == "failed"
    assert told(layer.verify(wrong))["change_equals_difference"] == "failed"
