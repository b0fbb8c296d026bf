"""How an answer was calculated, in words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.answer.card import Card
from assistant.answer.present import answered_card
from assistant.answer.view import View
from semantic_layer.catalog import Catalog
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.result import Check, Notice, Result

BuildResult = Callable[..., Result]
BuildView = Callable[..., View]
YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}
COMPARED = {**YEAR, "compare": {"to": "previous_year"}}
REP = Principal.model_validate(
    {"name": "rep17", "role": "rep", "label": {"zh": "华东销售 17", "en": "East rep 17"}}
)


def card(
    result: Result, catalog: Catalog, language: str = "zh", principal: Principal = LOCAL_OWNER
) -> Card:
    return answered_card(
        result, catalog, language=language, principal=principal,
        assumptions=(Notice(code="grain_assumed", facts={"grain": "month"}),),
        follow_ups=("再问",), seconds={"read": 0.002},
    )  # fmt: skip


def test_how_names_definitions_dates_filters_rights_and_stages(
    result: BuildResult, catalog: Catalog
) -> None:
    where = [{"field": "orders.region", "value": "E"}]
    built = result("margin margin.base", [[0.3, 0.2]], query={**COMPARED, "where": where})

    how = card(built, catalog).how

    assert how is not None
    assert [(note.label, note.formula) for note in how.definitions] == [
        ("毛利率", "(销售额 − 成本) ÷ 销售额"),
        ("成本", "SUM(cost)（订单）"),
        ("销售额", "SUM(amount)（订单），条件：status <> 'cancelled'"),
    ]
    assert (
        how.period == "2024年（2024-01-01 至 2024-12-31）；对比 2023年（2023-01-01 至 2023-12-31）"
    )
    assert how.data_through == "2024年12月31日"
    assert how.filters == ("大区 = 华东",)
    assert how.permission == "本机所有者：可看全部数据"
    assert how.timings == (("执行", "38.4 毫秒"), ("理解问题", "2 毫秒"))
    assert how.summary == "共 1 行 · 40.4 毫秒 · 数据更新至 2024年12月31日"


@pytest.mark.parametrize(
    ("metric", "formula"),
    [
        ("orders", "COUNT(*) of Orders"),
        ("buyers", "COUNT(DISTINCT customer_id) of Orders"),
        ("slow", "PERCENTILE(days, 0.75) of Orders"),
        ("profit", "Revenue − Cost"),
        ("returns", "Orders, where returned, dated by orders.return_date"),
    ],
    ids=["count", "distinct", "percentile", "derived", "filtered"],
)
def test_formulas_are_readable(
    result: BuildResult, catalog: Catalog, metric: str, formula: str
) -> None:
    how = card(result(metric, [[1]]), catalog, "en").how

    assert how is not None
    assert how.definitions[0].formula == formula


def test_what_a_metric_is_held_against_is_defined_too(
    result: BuildResult, catalog: Catalog
) -> None:
    how = card(result("revenue revenue.attainment", [[1, 0.5]]), catalog).how

    assert how is not None
    assert [note.name for note in how.definitions] == ["revenue", "plan"]


def test_rights_of_a_role_are_told(result: BuildResult, catalog: Catalog) -> None:
    built = card(result("revenue", [[1]]), catalog, "en", REP)

    assert built.how is not None
    assert built.how.permission == "East rep 17: only data within this role's rights"
    assert [chip.value for chip in built.chips if chip.kind == "scope"] == [
        "As East rep 17 may see"
    ]


def test_checks_are_said_and_those_that_do_not_apply_are_not(
    view: BuildView, result: BuildResult, catalog: Catalog
) -> None:
    checks = (
        Check(name="parts_equal_total", status="failed", facts={"difference": 2.0}),
        Check(name="period_covered", status="warning", facts={"through": "2024-09-12"}),
        Check(name="shares_equal_one", status="not_applicable"),
        Check(name="new_check", status="failed", facts={"rows": 3}),
        Check(name="bare_check", status="passed"),
    )

    how = card(replace(result("revenue", [[1]]), checks=checks), catalog).how

    assert how is not None
    assert how.checks == (
        ("各行之和等于合计", "failed", "相差 2"),
        ("数据覆盖所问时间", "warning", "数据只到 2024年9月12日"),
        ("new_check", "failed", "rows = 3"),
        ("bare_check", "passed", "通过"),
    )
