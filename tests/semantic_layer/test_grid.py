"""Rows that must appear without facts: every member, every period, and both."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import ask, days, shop

Q1 = days("2024-01-01", "2024-04-01")
WEB: list[dict[str, Any]] = [{"field": "orders.channel", "value": "web"}]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("grid")).layer()


def test_members_without_facts_have_a_row_that_counts_nothing_and_sums_nothing(
    layer: SemanticLayer,
) -> None:
    query = {"metrics": ["orders", "revenue"], "group_by": ["customer"], "where": WEB, "include_empty": True}  # fmt: skip
    assert ask(layer, query).rows() == [
        ["Ada", 1, 150],
        ["Bob", 2, 300],
        ["Cy", 0, None],
        ["Di", 1, 300],
        ["Eve", 1, 50],
    ]


def test_without_include_empty_only_facts_make_rows(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["customer"], "where": WEB}
    assert ["Cy", 0] not in ask(layer, query).rows()


def test_who_did_nothing_can_be_asked_for(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["customer"],
        "period": days("2024-02-01", "2025-01-01"),
        "having": [{"metric": "orders", "op": "=", "value": 0}],
        "include_empty": True,
    }
    assert ask(layer, query).rows() == [["Ada", 0], ["Bob", 0], ["Eve", 0]]


def test_a_filter_on_what_lists_the_members_holds_for_the_list(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["customer"],
        "where": [{"field": "segment", "value": "SMB"}, *WEB],
        "include_empty": True,
    }
    assert ask(layer, query).rows() == [["Ada", 1], ["Cy", 0]]


def test_fields_of_one_dataset_list_the_pairs_that_it_has_and_others_are_crossed(
    layer: SemanticLayer,
) -> None:
    pairs = ask(layer, {"metrics": ["orders"], "group_by": ["region", "country"], "include_empty": True})  # fmt: skip
    assert pairs.rows() == [["Bavaria", "DE", 1], ["华东", "CN", 4], ["华北", "CN", 1], [None, None, 3]]  # fmt: skip
    crossed = ask(layer, {"metrics": ["revenue"], "group_by": ["category", "region"], "include_empty": True})  # fmt: skip
    assert {(row[0], row[1]) for row in crossed.rows()} >= {
        (category, region)
        for category in ("Hardware", "Promo")
        for region in ("Bavaria", "华东", "华北")
    }


def test_fields_of_a_chain_are_listed_by_its_finest_dataset(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["region", "customer"], "include_empty": True, "where": WEB}  # fmt: skip
    rows = ask(layer, query).rows()
    assert ["华北", "Cy", 0] in rows
    assert ["华东", "Cy", 0] not in rows


def test_members_of_a_role_are_those_of_its_dataset(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["ship_region.region"], "where": WEB, "include_empty": True}  # fmt: skip
    assert ask(layer, query).rows() == [["Bavaria", 2], ["华东", 2], ["华北", 1]]


def test_every_group_has_every_period_and_keeps_its_label(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": ["region", {"time": "month"}], "period": Q1, "fill": "zero"}  # fmt: skip
    assert ask(layer, query, language="en").rows() == [
        ["华东", "East", "2024-01-01", 300],
        ["华东", "East", "2024-02-01", 0],
        ["华东", "East", "2024-03-01", 0],
        ["华北", "North", "2024-01-01", 0],
        ["华北", "North", "2024-02-01", 0],
        ["华北", "North", "2024-03-01", 0],
        [None, None, "2024-01-01", 0],
        [None, None, "2024-02-01", 0],
        [None, None, "2024-03-01", 445],
    ]


def test_every_member_has_every_period(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["ship_region.region", {"time": "month"}],
        "period": days("2024-01-01", "2024-03-01"),
        "fill": "zero",
        "include_empty": True,
    }
    assert ask(layer, query).rows() == [
        ["Bavaria", "2024-01-01", 1],
        ["Bavaria", "2024-02-01", 0],
        ["华东", "2024-01-01", 1],
        ["华东", "2024-02-01", 0],
        ["华北", "2024-01-01", 0],
        ["华北", "2024-02-01", 1],
    ]


def test_the_list_shows_no_member_that_the_asker_may_not_see(layer: SemanticLayer) -> None:
    small = Principal(name="small", role="segment", attributes={"segment": "SMB"})
    query = {"metrics": ["orders"], "group_by": ["customer"], "include_empty": True}
    assert [row[0] for row in ask(layer, query, small).rows()] == ["Ada", "Cy"]


def test_the_total_counts_no_empty_row(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["customer"], "where": WEB, "include_empty": True, "totals": True}  # fmt: skip
    result = ask(layer, query)
    assert result.rows()[-1] == [None, 5]
    assert {item.name: item.status for item in result.checks}["parts_equal_total"] == "passed"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"metrics": ["orders"], "include_empty": True}, "include_empty_without_fields"),
        ({"metrics": ["orders"], "group_by": ["customer", {"time": "month"}], "include_empty": True}, "include_empty_by_time"),
        ({"metrics": ["orders"], "group_by": ["customer"], "fill": "zero", "period": Q1}, "fill_without_time"),
        ({"metrics": ["orders"], "group_by": [{"time": "month"}], "fill": "zero"}, "fill_without_period"),
    ],
)  # fmt: skip
def test_what_does_not_say_which_rows_is_refused(
    layer: SemanticLayer, query: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotSupported) as refused:
        ask(layer, query)
    assert refused.value.facts["what"] == reason


def test_a_running_period_lands_where_its_days_so_far_lead(layer: SemanticLayer) -> None:
    asked = ["revenue", {"metric": "revenue", "modifier": "run_rate"}]
    query = {"metrics": asked, "group_by": [{"time": "month"}], "period": Q1}
    result = ask(layer, query, today=date(2024, 3, 20))
    # Of 15 and 20 March, 20 of 31 days gone; the row that is dated 31 March says nothing about the pace.
    assert result.rows() == [
        ["2024-01-01", 300, 300],
        ["2024-02-01", 0, 0],
        ["2024-03-01", 445, pytest.approx(145 * 31 / 20)],
    ]
    assert [item.facts for item in result.notices if item.code == "run_rate"] == [
        {"gone": 20, "days": 31, "last": "2024-03-31"}
    ]


@pytest.mark.parametrize(
    ("period", "today", "factor"),
    [
        (days("2024-01-01", "2025-01-01"), date(2024, 3, 20), 366 / 80),
        (days("2024-03-01", "2024-03-21"), date(2024, 3, 20), 31 / 20),
        (days("2024-01-01", "2024-03-21"), date(2024, 3, 20), 91 / 80),
        (days("2024-01-01", "2024-02-01"), date(2024, 3, 20), 1),
        (days("2024-03-05", "2024-03-21"), date(2024, 3, 20), 1),
    ],
    ids=["whole year", "month to date", "quarter to date", "over", "of no unit"],
)
def test_what_is_running_is_the_period_asked_for_or_the_shortest_it_is_the_beginning_of(
    layer: SemanticLayer, period: dict[str, str], today: date, factor: float
) -> None:
    pace = {"metrics": [{"metric": "revenue", "modifier": "run_rate"}], "period": period}
    so_far = {"metrics": ["revenue"], "period": {**period, "end": min(period["end"], "2024-03-21")}}
    landed = ask(layer, pace, today=today).rows()[0][0]
    value = ask(layer, so_far, today=today).rows()[0][0]
    assert landed == pytest.approx(float(str(value)) * factor)


@pytest.mark.parametrize("metric", ["margin", "customers", "price", "top_freight"])
def test_what_does_not_grow_with_the_days_has_no_pace(layer: SemanticLayer, metric: str) -> None:
    with pytest.raises(NotSupported) as refused:
        ask(layer, {"metrics": [{"metric": metric, "modifier": "run_rate"}], "period": Q1})
    assert refused.value.facts["what"] == "run_rate_of_what_does_not_add_up"


def test_a_module_of_its_own_lists_members_beside_a_policy(tmp_path: Path) -> None:
    """A member that no fact names is still shown through the list's own row rule, not the fact's."""
    layer = shop(tmp_path).layer()
    web = Principal(name="web", role="channel", attributes={"channel": "store", "channels": ("store",)})  # fmt: skip
    query = {"metrics": ["orders"], "group_by": ["customers.segment"], "include_empty": True}
    assert ask(layer, query, web).rows() == [["ENT", 0], ["SMB", 2], [None, 0]]
