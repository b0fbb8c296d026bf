"""What columns, members and conditions are called."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from assistant.answer.labels import (
    column_label,
    filters_in_words,
    member_text,
    scope_members,
    with_member_names,
)
from assistant.answer.view import View
from semantic_layer.catalog import Catalog
from semantic_layer.members import Member
from semantic_layer.query import MetricQuery
from semantic_layer.result import Result

BuildResult = Callable[..., Result]
BuildView = Callable[..., View]
YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}


@pytest.mark.parametrize(
    ("to", "zh", "en"),
    [
        ("previous_year", ["上年同期", "同比变化", "同比"], ["Same period last year", "Change on last year", "% change on last year"]),
        ("previous_period", ["上期", "环比变化", "环比"], ["Previous period", "Change on the previous period", "% change on the previous period"]),
        ({"start": "2022-01-01", "end": "2023-01-01"}, ["2022年", "较2022年变化", "较2022年增长"], ["2022", "Change on 2022", "% change on 2022"]),
    ],
    ids=["year", "period", "own range"],
)  # fmt: skip
def test_comparison_columns_are_named_by_their_base(
    result: BuildResult, to: object, zh: list[str], en: list[str]
) -> None:
    names = "revenue.base revenue.change revenue.change_pct"
    built = result(names, [[1, 1, 0.1]], query={**YEAR, "compare": {"to": to}})

    for language, expected in (("zh", zh), ("en", en)):
        heads = [column_label(column, built.query, language) for column in built.columns]
        assert heads == expected


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("revenue", "销售额", "Revenue"),
        ("region", "大区", "Region"),
        ("month", "月份", "Month"),
        ("revenue.share", "占比", "Share"),
        ("revenue.attainment", "完成率", "Attainment"),
        ("revenue.target", "目标", "Target"),
        ("revenue.gap", "目标差距", "Gap to target"),
        ("revenue.rank", "排名", "Rank"),
    ],
    ids=lambda value: value,
)
def test_columns_are_named_by_their_role(result: BuildResult, name: str, zh: str, en: str) -> None:
    built = result(f"{name} revenue.base", [[date(2024, 1, 1) if name == "month" else 1, 1]])

    assert column_label(built.columns[0], built.query, "zh") == zh
    assert column_label(built.columns[0], built.query, "en") == en


def test_with_several_metrics_the_metric_stands_before_what_was_made_of_it(
    result: BuildResult,
) -> None:
    built = result("revenue.share", [[0.5]])

    assert column_label(built.columns[0], built.query, "zh", alone=False) == "销售额占比"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("E", "华东", "East"),
        ("北京", "北京", "北京"),
        (None, "未知", "Unknown"),
        (True, "是", "Yes"),
        (10_001, "10001", "10001"),
        (Decimal("3.50"), "3.5", "3.5"),
        (Decimal(100), "100", "100"),
        (date(2024, 3, 1), "2024年3月1日", "Mar 1, 2024"),
        (datetime(2024, 3, 1, 8, 30), "2024-03-01 08:30", "2024-03-01 08:30"),  # noqa: DTZ001 - as stored
    ],
    ids=["by definition", "as it stands", "null", "boolean", "identifier", "decimal", "whole decimal", "day", "minute"],
)  # fmt: skip
def test_members_are_named(catalog: Catalog, value: object, zh: str, en: str) -> None:
    spec = catalog.fields["orders.region"].spec

    assert member_text(value, spec, "zh") == zh
    assert member_text(value, spec, "en") == en


def test_conditions_are_said_in_words(catalog: Catalog) -> None:
    query = MetricQuery.model_validate(
        {
            "metrics": ["revenue"],
            "where": [
                {"field": "orders.region", "op": "in", "value": ["E", "S"]},
                {"field": "orders.amount", "op": "between", "value": [1, 5]},
                {"any": [{"field": "orders.channel", "value": "web"}, {"field": "orders.channel", "op": "is_null"}]},
                {"not": {"field": "orders.city", "op": "contains", "value": "州"}},
            ],
            "having": [
                {"metric": "revenue", "op": ">", "value": 20000},
                {"metric": "revenue", "modifier": "share", "op": ">=", "value": "0.2"},
                {"metric": "revenue", "modifier": "change_pct", "op": "<", "value": 0},
            ],
        }
    )  # fmt: skip

    assert filters_in_words(query, catalog, "zh") == (
        "大区 = 华东、华南", "金额 介于 1 与 5", "（渠道 = web 或 渠道 为空）", "非（城市 包含“州”）",
        "销售额 > 2万元", "销售额占比 ≥ 20.0%", "销售额增长率 < 0.0%",
    )  # fmt: skip
    assert scope_members(query, catalog, "en", values=False)[0] == "East, South"


def test_names_from_the_data_reach_conditions(catalog: Catalog) -> None:
    members = [Member(field="orders.city", value="北京", labels={"en": "Beijing"})]
    query = MetricQuery.model_validate(
        {"metrics": ["revenue"], "where": [{"field": "orders.city", "value": "北京"}]}
    )

    named = with_member_names(catalog, members)

    assert scope_members(query, named, "en") == ("Beijing",)
    assert scope_members(query, catalog, "en") == ("北京",)


def test_a_naming_column_names_members_and_namesakes_keep_their_key(view: BuildView) -> None:
    rows = [[1, "张伟", 10], [2, "张伟", 8], [3, "李娜", 7], [None, None, 1]]

    built = view("city city.label revenue", rows)

    assert [texts[0] for texts in built.texts] == ["张伟（1）", "张伟（2）", "李娜", "未知"]


def test_the_totals_row_has_no_member(view: BuildView) -> None:
    built = view("region revenue", [["E", 10], [None, 2], [None, 12]], total=1)

    assert [texts[0] for texts in built.texts] == ["华东", "未知", ""]
