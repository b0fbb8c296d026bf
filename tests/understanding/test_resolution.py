"""What is asked back and what is refused, and the words that each outcome carries."""

from __future__ import annotations

import pytest

from assistant.question import detect_language
from assistant.resolution import Clarification, Refusal, Resolution, Resolved, resolve
from assistant.understanding.rules import read
from tests.understanding.kingdom import CATALOG, CLOCK, LEXICON


def ask(text: str) -> Resolution:
    language = detect_language(text)
    return resolve(read(text, language, LEXICON), CATALOG, LEXICON, CLOCK, language)


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("今天天气怎么样", "off_topic", "天气"),
        ("what is the weather today", "off_topic", "weather"),
        ("净贡赋率是多少", "unknown_word", "净"),
        ("弗罗林利润", "unknown_word", "利润"),
        ("net florins by guild", "unknown_word", "net"),
        ("florins by continent", "unknown_word", "continent"),
        ("florins above Velmora", "unknown_word", "above"),
        ("SELECT * FROM ledger; DROP TABLE ledger", "off_topic", "SELECT"),
        ("亚特兰蒂斯王国的弗罗林", "unknown_member", "亚特兰蒂斯"),
        ("florins in the Atlantis realm", "unknown_member", "Atlantis"),
        ("维尔莫", "no_metric", "维尔莫"),
        ("各行会", "no_metric", "行会"),
        ("by guild", "no_metric", "guild"),
        ("多少王国", "cannot_count", "王国"),
        ("how many realms", "cannot_count", "realms"),
        ("为什么弗罗林下降", "analysis_not_available", "为什么"),
        ("why did florins fall", "analysis_not_available", "why"),
        ("florins forecast", "analysis_not_available", "forecast"),
        ("预测下个月的弗罗林", "analysis_not_available", "预测"),
        ("average florins by guild", "analysis_not_available", "average"),
        ("哪些水手没有航次", "analysis_not_available", "没有"),
        ("香料或维尔莫的弗罗林", "not_supported", "维尔莫"),
        ("florins over 5% by guild", "not_supported", "5%"),
    ],
)
def test_refusal_names_the_word(text: str, code: str, word: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal), found
    assert (found.code, found.facts["word"]) == (code, word)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ？！", "empty"),
        ("😀", "empty"),
        ("2027年弗罗林", "period_outside_data"),
        ("florins in March 2031", "period_outside_data"),
        ("弗罗林计划按货类", "not_reachable"),
        ("florins attainment by cargo", "not_reachable"),
        ("florins attainment for spice", "not_reachable"),
        ("每日弗罗林完成率", "grain_too_fine"),
        ("贡赋率占比按行会", "not_supported"),
        ("航次数完成率", "no_target"),
        ("每月弗罗林最高的行会", "not_supported"),
        ("florins by sailor for the top 3 guilds", "not_supported"),
    ],
)
def test_refusal_has_its_code(text: str, code: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal), found
    assert found.code == code


@pytest.mark.parametrize(
    ("text", "code", "questions"),
    [
        ("帆价是多少", "ambiguous_metric", ["每航进账是多少", "每水手进账是多少"]),
        (
            "keel price by guild",
            "ambiguous_metric",
            ["Florins per voyage by guild", "Florins per sailor by guild"],
        ),
        ("梅罗的弗罗林", "ambiguous_member", ["港口 梅罗的弗罗林", "水手 梅罗的弗罗林"]),
        ("florins of chandlers", "did_you_mean", ["florins of 下码头烛匠会"]),
        ("弗罗林超过100万", "condition_needs_group", None),
        ("弗罗林最高", "which_field", None),
        ("top 10 florins", "which_field", None),
        ("弗罗林占比", "which_field", None),
        ("where are florins highest", "which_field", None),
        ("sailors by florins", "metric_or_field", None),
    ],
)
def test_asks_back_with_questions_that_settle_it(
    text: str, code: str, questions: list[str] | None
) -> None:
    found = ask(text)

    assert isinstance(found, Clarification), found
    assert found.code == code
    if questions is not None and code != "did_you_mean":
        assert [choice.question for choice in found.options] == questions


@pytest.mark.parametrize(
    "text",
    [
        "帆价是多少",
        "keel price by guild",
        "梅罗的弗罗林",
        "Merrow florins this year",
        "florins of chandlers",
        "弗罗林最高",
        "弗罗林超过100万",
        "弗罗林占比",
        "where are florins highest",
        "sailors by florins",
    ],
)
def test_every_option_is_a_question_that_answers(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Clarification), found
    assert found.options
    for choice in found.options:
        assert isinstance(ask(choice.question), Resolved), choice.question


@pytest.mark.parametrize("text", ["florinz by guild", "flroins per realm", "voyages for Tobin"])
def test_a_guess_is_said(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Resolved), found
    assert [notice.code for notice in found.assumptions] == ["understood_as"]


def test_possible_fields_are_offered_where_one_is_out_of_reach() -> None:
    found = ask("弗罗林计划按货类")

    assert isinstance(found, Refusal)
    assert {choice.name for choice in found.close} == {"guilds.guild", "guilds.patron"}


def test_words_of_the_period_are_kept() -> None:
    found = ask("上个季度各行会弗罗林")

    assert isinstance(found, Resolved)
    assert found.period_phrase == "上个季度"
    assert [(item.kind, item.words) for item in found.readings] == [
        ("metric", "弗罗林"),
        ("group", "行会"),
        ("period", "上个季度"),
    ]


def test_a_second_way_is_taken_only_when_its_role_is_named() -> None:
    default, role = ask("florins by port"), ask("florins by birth port")

    assert isinstance(default, Resolved)
    assert isinstance(role, Resolved)
    assert default.query.fields == ("ports.port",)
    assert role.query.fields == ("birth_port.port",)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("florins by sailor's port", "birth_port.port"),
        ("florins by realm of the sailor", "birth_port.realm"),
        ("按水手所在王国看弗罗林", "birth_port.realm"),
        ("各船员港口的弗罗林", "birth_port.port"),
    ],
)
def test_an_owner_beside_a_field_names_the_second_way(text: str, field: str) -> None:
    found = ask(text)

    assert isinstance(found, Resolved), found
    assert found.query.fields == (field,)


def test_the_same_question_gives_the_same_answer() -> None:
    assert ask("各行会今年弗罗林同比") == ask("各行会今年弗罗林同比")
