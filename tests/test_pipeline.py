"""From a question to an answer, over the sample company."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assistant.pipeline import Assistant
from assistant.question import Language, Question
from assistant.resolution import Clarification, Refusal
from assistant.surfaces.json_form import answer_json
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from semantic_layer.query import MetricQuery, MetricUse, parse_query


def ask(
    assistant: Assistant, text: str, language: Language = "zh", principal: str | None = None
) -> Question:
    people = {item.name: item for item in assistant.principals}
    return Question(text=text, language=language, principal=people[principal or "local"])


def test_answer_keeps_every_stage(assistant: Assistant) -> None:
    answer = assistant.answer(ask(assistant, "今年各大区销售额"))

    assert answer.status == "answered"
    assert answer.intent is not None
    assert answer.resolution is not None
    assert answer.result is not None
    assert {"read", "resolve", "follow_ups"} <= set(answer.seconds)
    assert {"plan", "compile", "validate", "execute"} <= set(answer.result.seconds)


@pytest.mark.parametrize(
    ("text", "language"),
    [("今年各大区销售额", "zh"), ("Revenue by region this year", "en")],
    ids=["zh", "en"],
)
def test_offered_questions_are_answered_when_asked(
    assistant: Assistant, text: str, language: Language
) -> None:
    answer = assistant.answer(ask(assistant, text, language))

    offered = [assistant.answer(ask(assistant, words, language)) for words in answer.follow_ups]

    assert 2 <= len(offered) <= 3
    assert [item.status for item in offered] == ["answered"] * len(offered)


def test_word_with_two_holders_is_asked_back_with_both_numbers(assistant: Assistant) -> None:
    answer = assistant.answer(ask(assistant, "客单价是多少"))

    assert isinstance(answer.resolution, Clarification)
    assert len(answer.options) == 2
    assert all(any(character.isdigit() for character in option.detail) for option in answer.options)
    assert [
        assistant.answer(ask(assistant, option.question)).status for option in answer.options
    ] == ["answered", "answered"]


def test_unknown_word_is_named(assistant: Assistant) -> None:
    answer = assistant.answer(ask(assistant, "revenue per kangaroo", "en"))

    assert isinstance(answer.resolution, Refusal)
    assert "kangaroo" in "".join(part.text for part in assistant.card(answer, "en").headline)


def test_answer_is_worded_again_in_the_other_language(assistant: Assistant) -> None:
    answer = assistant.answer(ask(assistant, "今年各大区销售额"))

    card = assistant.card(answer, "en")

    assert card.language == "en"
    assert card.table is not None
    assert "East China" in {row[0] for row in card.table.rows}


def test_principal_sees_only_own_rows_and_questions(assistant: Assistant) -> None:
    everyone = assistant.answer(ask(assistant, "今年各大区销售额")).result
    manager = assistant.answer(ask(assistant, "今年各大区销售额", principal="manager_east")).result

    assert everyone is not None
    assert manager is not None
    assert [row[0] for row in manager.rows()] == ["华东"]
    assert manager.rows()[0] in everyone.rows()


def test_hidden_metric_looks_like_no_metric(assistant: Assistant) -> None:
    hidden = assistant.query(
        MetricQuery(metrics=(MetricUse(metric="gross_profit"),)),
        ask(assistant, "", principal="rep"),
    )

    assert hidden.failure is not None
    assert hidden.failure.code == "unknown_name"


def test_person_without_a_policy_is_told_so(assistant: Assistant) -> None:
    stranger = Principal(name="stranger", role="nobody")

    answer = assistant.answer(Question(text="今年销售额", language="zh", principal=stranger))

    assert answer.status == "refused"
    assert answer.failure is not None
    assert answer.failure.code == "not_permitted"
    assert assistant.card(answer, "zh").headline


def test_day_of_the_asker_moves_the_period(assistant: Assistant) -> None:
    question = Question(text="上个月销售额", language="zh", today=date(2025, 3, 10))

    result = assistant.answer(question).result

    assert result is not None
    assert result.period is not None
    assert (result.period.start, result.period.end) == (date(2025, 2, 1), date(2025, 3, 1))


def test_semantic_sql_reads_the_periods_that_questions_use(assistant: Assistant) -> None:
    query = assistant.parse_sql(
        "SELECT region, MEASURE(revenue) FROM sales WHERE PERIOD('上个季度')", ask(assistant, "")
    )

    assert isinstance(query, MetricQuery)
    assert (
        query.period
        == parse_query(
            {"metrics": ["revenue"], "period": {"start": "2026-04-01", "end": "2026-07-01"}}
        ).period
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😀😀😀",
        "a" * 10_000,
        "销售额" * 4_000,
        "SELECT * FROM orders; DROP TABLE orders",
        "<script>alert(1)</script>",
        "Какая выручка?",
        "'; --",
        "\x00\x1f",
    ],
    ids=[
        "empty",
        "blank",
        "emoji",
        "long",
        "long chinese",
        "sql",
        "markup",
        "russian",
        "quote",
        "control",
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_bad_input_gets_a_sentence(assistant: Assistant, text: str, language: Language) -> None:
    answer = assistant.answer(ask(assistant, text, language))

    assert answer.status in {"refused", "clarification"}
    assert "".join(part.text for part in assistant.card(answer, language).headline).strip()


def test_fault_becomes_a_sentence(
    demo_layer: SemanticLayer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = Assistant(layer=demo_layer)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(assistant, "reader", broken)
    answer = assistant.answer(Question(text="销售额", language="zh"))

    assert answer.status == "error"
    assert "secret" not in "".join(part.text for part in assistant.card(answer, "zh").headline)
    assert "answering failed" in caplog.text


def test_those_who_never_paid_are_in_the_list_of_debtors(assistant: Assistant) -> None:
    result = assistant.answer(ask(assistant, "2025年回款率最低的5个客户")).result

    assert result is not None
    assert [row[-1] for row in result.rows()] == [0, 0, 0, 0, 0]


def test_a_choice_shows_only_its_own_number(assistant: Assistant) -> None:
    answer = assistant.answer(ask(assistant, "今年客单价按渠道"))

    assert answer.status == "clarification"
    assert not any(option.detail[:1].isdigit() for option in answer.options)


COMPOSED = """
WITH a AS (SELECT region, MEASURE(revenue) AS r FROM sales WHERE PERIOD('2025') GROUP BY region)
SELECT region, r, r / (SELECT MEASURE(revenue) FROM sales WHERE PERIOD('2025')) AS part FROM a ORDER BY r DESC
"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sql_around_governed_results_is_an_answer_like_any_other(
    assistant: Assistant, language: Language
) -> None:
    question = replace(ask(assistant, ""), language=language)
    answer = assistant.query(assistant.parse_sql(COMPOSED, question), question)

    card, form = assistant.card(answer, language), answer_json(answer, assistant)

    assert answer.status == "answered"
    assert card.table is not None
    assert len(card.table.rows) == len(form["rows"])
    assert [column["role"] for column in form["columns"]] == ["dimension", "metric", "metric"]
    assert form["query"] is None
    assert form["semantic_sql"].count("MEASURE(revenue)") == 2
    assert abs(sum(row[2] for row in form["rows"]) - 1) < 1e-9
    assert [item["name"] for item in form["definitions"]][:1] == ["revenue"]
    assert form["period"]["start"] == "2025-01-01"
    assert card.headline
    assert card.chart is None
