"""Governance as a user sees it: the successor is offered, the definition shows what is declared, tiles compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.pipeline import Assistant
from assistant.question import Language, Question
from assistant.stages import Answer
from assistant.surfaces.json_form import answer_json
from assistant.welcome import welcome
from semantic_layer.model import LOCAL_OWNER
from semantic_layer.query import Compare, parse_query
from tests.semantic_layer.worlds import SHOP_MODEL, shop

METRICS = """  sales_value:
    of: revenue
    label: {zh: 销售额, en: Sales value}
    synonyms: {zh: [营业额], en: [turnover]}
    tier: primary
    family: contribution
    good: up
    owner: sales-ops
    certified: 2025-06-01
    unit: CNY
    compare: {to: previous_year, partial: full}
    target: {metric: goal}
    warn: 0.9
    alert: 0.5
    drivers: {sum: [web_sales, other_sales]}
  gross_takings:
    of: revenue
    label: {zh: 毛营业额, en: Gross takings}
    synonyms: {zh: [营业额], en: [turnover]}
    tier: primary
    unit: CNY
    deprecated: {zh: 口径含赠品, en: it counts gifts}
    replaced_by: sales_value
  web_sales: {of: revenue, filter: "orders.channel = 'web'", label: {zh: 网店销售额, en: Web sales}}
  other_sales: {of: revenue, filter: "orders.channel <> 'web'", label: {zh: 其他销售额, en: Other sales}}
  top_freight:"""
MODEL = SHOP_MODEL.replace("  top_freight:", METRICS).replace(
    "metrics:\n", "hierarchies: {places: [regions.country, regions.region]}\nmetrics:\n", 1
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return Assistant(layer=shop(tmp_path_factory.mktemp("shop"), model=MODEL).layer())


def ask(assistant: Assistant, text: str, language: Language = "en") -> Answer:
    return assistant.answer(Question(text=text, language=language, principal=LOCAL_OWNER))


def form(assistant: Assistant, text: str, language: Language = "en") -> dict[str, Any]:
    shown = answer_json(ask(assistant, text, language), assistant)
    return dict(json.loads(json.dumps(shown, allow_nan=False)))


@pytest.mark.parametrize(
    ("text", "language"), [("turnover in 2024", "en"), ("2024年营业额", "zh")], ids=["en", "zh"]
)
def test_a_word_that_both_hold_goes_to_the_successor(
    assistant: Assistant, text: str, language: Language
) -> None:
    shown = form(assistant, text, language)

    assert shown["status"] == "answered"
    assert shown["query"]["metrics"] == [{"metric": "sales_value"}]
    assert not any("Gross takings" in note or "毛营业额" in note for note in shown["warnings"])


@pytest.mark.parametrize(
    ("text", "language", "notes"),
    [
        ("gross takings in 2024", "en", ["Gross takings is deprecated; please ask for Sales value instead.", "Why Gross takings is deprecated: it counts gifts"]),
        ("2024年毛营业额", "zh", ["毛营业额已停用，请改用销售额。", "毛营业额停用的原因：口径含赠品"]),
    ],
    ids=["en", "zh"],
)  # fmt: skip
def test_a_deprecated_metric_still_answers_and_says_so(
    assistant: Assistant, text: str, language: Language, notes: list[str]
) -> None:
    shown = form(assistant, text, language)

    # Lines of 2024 that have an order dated 2024: 200 + 0 + 100 + 0 + 300 + 25 + 120.
    assert shown["rows"] == [[745]]
    assert set(notes) <= set(shown["warnings"])


def test_follow_ups_of_a_deprecated_metric_are_about_its_successor(assistant: Assistant) -> None:
    offered = ask(assistant, "gross takings in 2024").follow_ups

    assert offered
    assert all("Gross takings" not in question for question in offered)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_page_offers_no_deprecated_metric(
    assistant: Assistant, language: Language
) -> None:
    page = welcome(assistant, LOCAL_OWNER, language)

    words = [label for _, members in page.metric_groups for label, _ in members]
    words += page.questions
    assert any("Sales value" in word or "销售额" in word for word in words)
    assert not any("Gross takings" in word or "毛营业额" in word for word in words)


def test_near_words_of_a_deprecated_metric_offer_its_successor(assistant: Assistant) -> None:
    answer = ask(assistant, "takings in 2024")

    labels = {option.label for option in answer.options}
    assert "Sales value" in labels
    assert "Gross takings" not in labels


def test_a_single_number_stands_beside_the_base_that_its_metric_declares(
    assistant: Assistant,
) -> None:
    answer = ask(assistant, "sales value in 2024")

    tile = assistant.card(answer, "en").kpis[0]
    shown = answer_json(answer, assistant)["comparison"]
    # 2023: 100 + 50 + 100; the growth is (745 − 250) ÷ 250.
    assert (shown["to"], shown["base"], shown["change"]) == ("previous_year", 250, 495)
    assert shown["change_pct"] == pytest.approx(1.98)
    assert tile.delta is not None
    assert tile.basis == "vs the same period last year"


def test_the_default_comparison_changes_no_row(assistant: Assistant) -> None:
    shown = form(assistant, "sales value in 2024")

    assert shown["rows"] == [[745]]
    assert "compare" not in shown["query"]


@pytest.mark.parametrize(
    "text",
    ["sales value by region in 2024", "sales value in 2024 versus 2023", "web sales in 2024", "sales value"],
    ids=["by member", "asked", "no default", "no period"],
)  # fmt: skip
def test_nothing_is_compared_by_default_where(assistant: Assistant, text: str) -> None:
    assert ask(assistant, text).compared is None


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("en", {"Tier": "primary", "Family": "contribution", "Good is": "more", "Target": "≥ goal", "Driven by": "Web sales + Other sales", "Drill down": "country → 地区"}),
        ("zh", {"层级": "主指标", "类别": "业绩贡献", "好的方向": "越多越好", "目标": "≥ goal", "驱动因素": "网店销售额 + 其他销售额", "下钻": "country → 地区"}),
    ],
)  # fmt: skip
def test_the_definition_shows_what_is_declared(
    assistant: Assistant, language: Language, facts: dict[str, str]
) -> None:
    how = assistant.card(ask(assistant, "sales value in 2024"), language).how

    assert how is not None
    note = how.definitions[0]
    assert (note.owner, note.certified) == ("sales-ops", "2025-06-01")
    assert facts.items() <= dict(note.facts).items()


def test_the_definition_is_data_in_json(assistant: Assistant) -> None:
    sales, takings = (
        form(assistant, text)["definitions"][0]
        for text in ("sales value in 2024", "gross takings in 2024")
    )

    assert sales["target"] == {"metric": "goal", "op": ">="}
    assert (sales["warn"], sales["alert"]) == (0.9, 0.5)
    assert (sales["drivers"], sales["drivers_are"]) == (["web_sales", "other_sales"], "added")
    assert ["regions.country", "regions.region"] in sales["hierarchies"]
    assert (takings["deprecated"], takings["replaced_by"]) == (True, "sales_value")
    assert (sales["deprecated"], sales["replaced_by"]) == (False, None)


def test_thresholds_give_each_row_and_the_tile_a_status(assistant: Assistant) -> None:
    query = parse_query(
        {
            "metrics": [
                {"metric": "sales_value"},
                {"metric": "sales_value", "modifier": "attainment"},
            ],
            "group_by": ["regions.region"],
            "period": {"start": "2024-01-01", "end": "2024-04-01"},
        }
    )
    question = Question(text="", language="en", principal=LOCAL_OWNER)

    shown = answer_json(assistant.query(query, question), assistant)

    whole = query.model_copy(update={"group_by": ()})
    tiles = assistant.card(assistant.query(whole, question), "en").kpis
    status = dict(
        zip((row[0] for row in shown["rows"]), shown["columns"][-1]["statuses"], strict=True)
    )
    # Goals of the quarter: 900 in the east, where Bob bought for 300; 80 in Bavaria, where nobody bought anything.
    assert status["华东"] == "alert"
    assert status["Bavaria"] is None
    # 745 of 1030 is 72 %: between alert and warn.
    assert (tiles[1].status, tiles[1].status_text) == ("behind", "Behind target")


def test_a_condition_on_growth_uses_the_declared_base(assistant: Assistant) -> None:
    answer = ask(assistant, "地区销售额增长超过10%的有哪些，2024年", "zh")

    assert answer.result is not None
    assert answer.result.query is not None
    assert answer.result.query.compare == Compare(to="previous_year", partial="full")


def test_definition_files_of_this_test_hold_together(tmp_path: Path) -> None:
    assert shop(tmp_path, model=MODEL).problems() == ()
