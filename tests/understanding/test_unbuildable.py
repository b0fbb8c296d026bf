"""What is understood and not answered: events by another date, the whole as a base, filters on rankings, SQL."""

from __future__ import annotations

import pytest

from assistant.answer.failures import explain
from assistant.question import detect_language
from assistant.resolution import Clarification, Refusal, Resolution, Resolved, resolve
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.rules import read
from semantic_layer.members import Member
from tests.understanding.kingdom import CATALOG, CLOCK, members

STATES = [
    Member(field="voyages.berth", value=value, labels={"zh": zh, "en": value})
    for value, zh in (("stranded", "已搁浅"), ("sent", "已派出"))
]
LEXICON = Lexicon.build(CATALOG, (*members(), *STATES))


def ask(text: str) -> Resolution:
    language = detect_language(text)
    return resolve(read(text, language, LEXICON), CATALOG, LEXICON, CLOCK, language)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("how many voyages were stranded last week", "event_date"),
        ("voyages stranded last month", "event_date"),
        ("voyages that got sent in July", "event_date"),
        ("voyages sent by month", "event_date"),
        ("今年弗罗林最高的10个港口里有哪些是香料", "within_ranking"),
        ("今年弗罗林前3的港口中有几个是维尔莫", "within_ranking"),
        ("弗罗林前五的港口中，维尔莫的有哪些", "within_ranking"),
        ("top 10 ports by florins, how many of them are in Velmora", "within_ranking"),
        ("among the top 10 ports by florins which are in Velmora", "within_ranking"),
        ("which of the top 10 ports by florins are in Velmora", "within_ranking"),
        ("维尔莫弗罗林和全公司比", "whole_as_base"),
        ("各王国贡赋率与平均值相比", "whole_as_base"),
        ("各王国弗罗林和全国对比", "whole_as_base"),
        ("Velmora's dues rate vs company average", "whole_as_base"),
        ("dues rate by realm compared with the average", "whole_as_base"),
        ("florins by realm vs overall", "whole_as_base"),
        ("各王国今年弗罗林占比同比", "share_compared"),
        ("各王国弗罗林占比变化", "share_compared"),
        ("share of florins by realm this year vs last year", "share_compared"),
        ("平均每天弗罗林", "average_over_time"),
        ("2025年月均弗罗林", "average_over_time"),
        ("average monthly florins in 2025", "average_over_time"),
        ("average florins per month in 2025", "average_over_time"),
        ("2025年每月平均弗罗林", "average_over_time"),
    ],
)
def test_what_cannot_be_built_says_why(text: str, what: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal), found
    assert (found.code, found.facts.get("what")) == ("not_supported", what)
    wrong = explain("error", {}, detect_language(text))
    assert explain(found.code, found.facts, detect_language(text)) != wrong


@pytest.mark.parametrize(
    "text",
    [
        "stranded voyages last week",
        "how many voyages were stranded",
        "top 10 ports in Velmora by florins",
        "which are the top 3 ports in Velmora by florins",
        "维尔莫里哪个港口弗罗林最高",
        "全公司今年弗罗林和去年比",
        "今年全公司弗罗林同比",
        "overall florins vs last year",
        "各王国弗罗林占全部的比例",
        "今年和去年各王国弗罗林占比",
        "dues rate this year vs last year",
    ],
)
def test_what_only_looks_like_it_is_answered(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Resolved), found


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE voyages; --",
        "florins; select * from ledger",
        "弗罗林；delete from ledger",
        "florins /* */ union `x`",
    ],
)
def test_sql_is_off_topic(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal), found
    assert found.code == "off_topic"


@pytest.mark.parametrize("text", ["florins dues last month", "florins voyages by guild"])
def test_two_metrics_without_a_word_between_are_asked_back(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Clarification), found
    assert found.code == "did_you_mean"
    assert len(found.options) == 2
    assert all(isinstance(ask(choice.question), Resolved) for choice in found.options)
