"""Explanations in words, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.answer.explaining import explanation_in_words
from assistant.locale import LANGUAGES
from semantic_layer.explain import explain
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import parse_query
from tests.semantic_layer.worlds import days, shop

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
Q1 = days("2024-01-01", "2024-04-01")
FULL: dict[str, Any] = {
    "metrics": ["margin"], "group_by": ["customers.customer"], "period": Q1, "compare": {"to": "previous_year"},
    "where": [{"field": "orders.channel", "value": "web"}], "having": [{"metric": "margin", "op": ">", "value": 0}],
    "order_by": [{"metric": "margin"}], "limit": 2, "totals": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("explained") / "shop").layer()


def worded(
    layer: SemanticLayer, query: dict[str, Any], language: str, principal: Principal = LOCAL_OWNER
) -> dict[str, tuple[str, ...]]:
    planned = layer.plan(parse_query(query), principal)
    access = layer.access(principal)
    found = explain(planned, access)
    return dict(explanation_in_words(found, access.catalog, language, planned.notices))


def test_an_analyst_reads_what_is_done(layer: SemanticLayer) -> None:
    said = worded(layer, FULL, "en", ENT)

    assert list(said) == ["Definitions", "Rows", "Joins", "Filters", "Rights", "Order and cut"]
    assert said["Definitions"][0].startswith("margin (margin) = (revenue − cost) ÷ revenue")
    assert "orders.order_date is from 2024-01-01 to 2024-03-31, for the values" in said["Rows"][0]
    assert "orders.order_date is from 2023-01-01 to 2023-03-31, for the base" in said["Rows"][1]
    assert said["Joins"][0] == "lines → orders → customers"
    assert said["Filters"] == (
        "asked for: orders.channel = 'web'",
        "after aggregation: margin > 0",
    )
    assert said["Rights"][0] == "ent, role segment; every scan carries the rule of its dataset"
    assert "orders: only rows where customers.segment = user.segment" in said["Rights"]
    assert said["Order and cut"] == (
        "by margin, largest first; ties by the groups",
        "the first 2 rows",
        "a total below, asked again without groups",
    )


def test_the_same_is_read_in_chinese(layer: SemanticLayer) -> None:
    said = worded(layer, FULL, "zh", ENT)

    assert list(said) == ["口径", "读取的行", "关联", "筛选", "权限", "排序与截取"]
    assert "从 2024-01-01 到 2024-03-31 的行" in said["读取的行"][0]
    assert said["读取的行"][1].endswith("用于对比期")
    assert said["排序与截取"][0] == "按 margin 从大到小；相同时按分组排"


QUERIES: dict[str, dict[str, Any]] = {
    "everything": {"metrics": ["orders"]},
    "a window": {"metrics": [{"metric": "revenue", "modifier": "cumulative"}], "group_by": [{"time": "month"}], "period": Q1},
    "a window of one": {"metrics": [{"metric": "revenue", "modifier": "cumulative", "over": "year"}], "period": Q1},
    "a child": {"metrics": ["freight"], "where": [{"field": "category", "value": "Promo"}]},
    "overlaps": {"metrics": ["customers"], "group_by": ["category"]},
    "a target": {"metrics": [{"metric": "revenue", "modifier": "attainment"}], "period": Q1},
    "no date": {"metrics": ["all_customers"], "period": Q1},
    "ties per group": {"metrics": ["revenue"], "group_by": ["category", "product"], "order_by": [{"metric": "revenue", "dir": "asc"}], "limit": 1, "per": "category", "ties": "include"},
    "per group": {"metrics": ["revenue"], "group_by": ["category", "product"], "order_by": [{"metric": "revenue"}], "limit": 1, "per": "category"},
    "all before": {"metrics": ["revenue"], "group_by": [{"time": "month"}], "compare": {"to": "previous_period"}},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", sorted(QUERIES))
def test_whatever_is_planned_has_words(layer: SemanticLayer, shape: str, language: str) -> None:
    said = worded(layer, QUERIES[shape], language)

    assert len(said) >= 3
    assert all(line and "{" not in line for lines in said.values() for line in lines)
