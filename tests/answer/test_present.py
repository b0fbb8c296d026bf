"""The card of an answer, and of a failure."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from assistant.answer.card import Card, Option
from assistant.answer.present import answered_card, message_card
from assistant.locale import codes
from semantic_layer.catalog import Catalog
from semantic_layer.labels import Labels
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.result import Notice, Result

BuildResult = Callable[..., Result]
YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}
COMPARED = {**YEAR, "compare": {"to": "previous_year"}}


def card(
    result: Result, catalog: Catalog, language: str = "zh", principal: Principal = LOCAL_OWNER
) -> Card:
    return answered_card(
        result, catalog, language=language, principal=principal,
        assumptions=(Notice(code="grain_assumed", facts={"grain": "month"}),),
        follow_ups=("再问",), seconds={"read": 0.002},
    )  # fmt: skip


def test_the_reading_is_shown_in_pieces(result: BuildResult, catalog: Catalog) -> None:
    query = {
        **COMPARED, "group_by": ["orders.region"], "where": [{"field": "orders.channel", "value": "web"}],
        "order_by": [{"metric": "revenue"}], "limit": 5,
    }  # fmt: skip

    chips = card(
        result("region revenue revenue.base", [["E", 2, 1], ["S", 1, 1]], query=query), catalog
    ).chips

    assert [(chip.label, chip.value) for chip in chips] == [
        ("指标", "销售额"), ("时间", "2024年"), ("分组", "大区"), ("筛选", "渠道 = web"), ("对比", "上年同期"),
        ("排序", "销售额从高到低，前 5 项"), ("口径", "已认证"),
    ]  # fmt: skip


def test_the_whole_card_is_there(
    result: BuildResult, catalog: Catalog, trend_rows: list[list[object]]
) -> None:
    built = card(result("month revenue", [row[:2] for row in trend_rows], query=YEAR), catalog)

    assert (built.status, built.chart_title, built.follow_ups) == (
        "answered",
        "销售额走势（按月）",
        ("再问",),
    )
    assert built.chart is not None
    assert built.chart_reason.startswith("折线")
    assert built.notes == ("没有说时间粒度，这里按月。",)


def test_a_cut_chart_and_a_cut_result_are_noted(result: BuildResult, catalog: Catalog) -> None:
    rows = [[f"c{number}", number] for number in range(40)]

    notes = card(result("city revenue", rows, truncated=True), catalog, "en").notes

    assert notes[-2:] == (
        "Too many rows: only the first 40 were taken; totals and ranks may be incomplete.",
        "The chart shows the 15 largest of 40; the table has all.",
    )


def test_all_data_and_own_rows_are_said(result: BuildResult, catalog: Catalog) -> None:
    manager = Principal(name="east", role="manager", label=Labels(zh="华东经理", en="East manager"))
    built = answered_card(
        result("city revenue", [["a", 1], ["b", 2]]),
        catalog,
        language="en",
        principal=manager,
        assumptions=(),
        follow_ups=(),
        seconds={},
    )

    assert built.notes[0] == "Numbers hold only the data that “East manager” may see."
    assert built.notes[1].startswith("No period was named: these are all data")


def test_a_message_carries_its_choices(catalog: Catalog) -> None:
    options = (Option(label="销售额", detail="", question="本月销售额"),)

    built = message_card("ambiguous_metric", "zh", {"word": "业绩"}, options, "clarification")

    assert (built.status, built.options) == ("clarification", options)
    assert built.headline[0].text == "“业绩”可以指几个指标，请选一个。"


def test_catalog_names_become_labels_in_messages(catalog: Catalog) -> None:
    facts = {"metric": "revenue", "field": "orders.city", "possible": ("orders.region",)}

    built = message_card("no_path", "en", facts, catalog=catalog)

    assert built.headline[0].text.startswith("Revenue cannot be split or filtered by City")
    assert built.headline[0].text.endswith("Possible: Region.")


def test_a_period_outside_the_data_is_told_with_its_last_day() -> None:
    facts = {
        "phrase": "2030年",
        "start": date(2030, 1, 1),
        "end": date(2031, 1, 1),
        "data_through": date(2026, 8, 19),
    }

    built = message_card("period_outside_data", "zh", facts)

    assert built.headline[0].text == "“2030年”（2030年）没有数据，数据只到2026年8月19日。"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_card_of_fifty_rows_is_quick(
    result: BuildResult, catalog: Catalog, language: str
) -> None:
    rows = [[f"c{number}", 1e6 + number, 1e6, number, 0.1] for number in range(50)]
    built = result(
        "city revenue revenue.base revenue.change revenue.change_pct", rows, query=COMPARED
    )
    card(built, catalog, language)

    start = time.process_time()
    for _ in range(10):
        card(built, catalog, language)

    assert (time.process_time() - start) / 10 < 0.05


def test_error_codes_of_the_reader_are_worded() -> None:
    reader = {
        "empty",
        "too_long",
        "off_topic",
        "unknown_word",
        "no_metric",
        "did_you_mean",
        "which_field",
    }

    assert {f"error.{code}" for code in reader} <= codes("en")
