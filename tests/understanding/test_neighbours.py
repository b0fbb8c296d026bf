"""What words mean by what stands beside them: lists of members, nouns of members, metrics as attributes, verbs."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from assistant.question import detect_language
from assistant.resolution import Clarification, Refusal, Resolution, Resolved, resolve
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.rules import read
from semantic_layer.members import Member
from tests.understanding import test_sales_pack as pack
from tests.understanding.kingdom import CATALOG, CLOCK, LEXICON, members


def ask(text: str, lexicon: Lexicon = LEXICON, data_from: date | None = None) -> Resolution:
    language = detect_language(text)
    clock = dataclasses.replace(CLOCK, data_from=data_from)
    return resolve(read(text, language, lexicon), CATALOG, lexicon, clock, language)


def resolved(text: str) -> Resolved:
    found = ask(text)
    assert isinstance(found, Resolved), found
    return found


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("维尔莫和卡尔斯克的弗罗林", ("ports.realm",)),
        ("维尔莫、卡尔斯克的弗罗林", ("ports.realm",)),
        ("维尔莫和卡尔斯克的弗罗林分别是多少", ("ports.realm",)),
        ("维尔莫和卡尔斯克合计弗罗林", ()),
        ("维尔莫和卡尔斯克的总弗罗林", ()),
        ("维尔莫弗罗林和卡尔斯克弗罗林", ("ports.realm",)),
        ("florins of Velmora, Karsk", ("ports.realm",)),
        ("florins of Velmora and Karsk respectively", ("ports.realm",)),
        ("total florins of Velmora and Karsk", ()),
        ("florins of Velmora and Karsk combined", ()),
        ("florins of Velmora or Karsk", ()),
        ("florins excluding spice and silk", ()),
        ("维尔莫和卡尔斯克谁的弗罗林更高", ("ports.realm",)),
        ("奥斯特雷和羽港谁的弗罗林更高", ("ports.port",)),
        ("奥斯特雷和卡尔斯克的弗罗林", ("ports.realm",)),
    ],
)
def test_listed_members_are_seen_one_by_one_unless_summed(
    text: str, groups: tuple[str, ...]
) -> None:
    assert resolved(text).query.fields == groups


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("卡尔斯克和羽港的弗罗林", "across_fields"),
        ("香料和卡尔斯克的弗罗林", "across_fields"),
        ("维尔莫弗罗林和卡尔斯克贡赋", "two_questions"),
        ("florins by guild, dues by port", "two_questions"),
        ("top 5 and bottom 5 ports by florins", "two_rankings"),
        ("弗罗林最高和最低的港口", "two_rankings"),
        ("弗罗林最高和贡赋最高的港口", "two_rankings"),
        ("维尔莫每月弗罗林占比", "share_per_time"),
    ],
)
def test_what_has_no_one_answer_is_refused(text: str, what: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal), found
    assert (found.code, found.facts["what"]) == ("not_supported", what)


@pytest.mark.parametrize(
    "text", ["florins from voyages", "航次的弗罗林", "航次数弗罗林", "voyages florins"]
)
def test_a_metric_filters_no_other(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal), found
    assert found.code == "metric_as_filter"


@pytest.mark.parametrize("text", ["florins, voyages by guild", "弗罗林 航次数", "弗罗林和航次数"])
def test_metrics_in_a_list_filter_nothing(text: str) -> None:
    assert len(resolved(text).query.metrics) == 2


@pytest.mark.parametrize("text", ["谁卖得最多", "how much did Velmora sell", "best selling port"])
def test_a_verb_alone_asks_for_its_metric(text: str) -> None:
    found = ask(text)

    assert isinstance(found, Clarification), found
    assert found.code == "which_metric"
    assert found.word
    assert [choice.name for choice in found.options] == ["florins", "voyages"]
    assert all(isinstance(ask(choice.question), Resolved) for choice in found.options)


def test_a_period_before_the_data_is_refused() -> None:
    found = ask("2019年弗罗林", data_from=date(2023, 1, 1))

    assert isinstance(found, Refusal)
    assert found.code == "period_outside_data"
    assert found.facts["data_from"] == date(2023, 1, 1)


def test_a_period_that_begins_before_the_data_says_so() -> None:
    found = ask("2022年到2024年弗罗林", data_from=date(2023, 1, 1))

    assert isinstance(found, Resolved)
    assert [notice.code for notice in found.assumptions] == ["period_before_data"]


@pytest.mark.parametrize("text", ["florins of Alder Vane", "奥德的弗罗林"])
def test_namesakes_of_one_field_count_together_and_it_is_said(text: str) -> None:
    named = [
        Member(field="mariners.mariner", value=key, labels={"zh": "奥德", "en": "Alder Vane"})
        for key in ("a1", "a2")
    ]

    found = ask(text, Lexicon.build(CATALOG, (*members(), *named)))

    assert isinstance(found, Resolved), found
    assert found.query.where[0].model_dump()["value"] == ("a1", "a2")
    assert [notice.code for notice in found.assumptions] == ["namesakes"]


@pytest.mark.parametrize(
    ("text", "start", "base"),
    [
        ("今年和去年上半年弗罗林", date(2026, 1, 1), date(2025, 1, 1)),
        ("去年和前年国庆期间的弗罗林", date(2025, 10, 1), date(2024, 10, 1)),
        ("去年7月弗罗林比6月增长多少", date(2025, 7, 1), date(2025, 6, 1)),
        ("2025年上半年vs2024年上半年的弗罗林", date(2025, 1, 1), date(2024, 1, 1)),
    ],
)
def test_periods_side_by_side_share_what_is_said_once(text: str, start: date, base: date) -> None:
    query = resolved(text).query

    assert query.period is not None
    assert query.period.start == start
    assert query.compare is not None
    assert not isinstance(query.compare.to, str)
    assert query.compare.to.start == base


@pytest.mark.parametrize(
    ("text", "metrics", "where"),
    [
        ("华东的订单有多少", ("orders",), ("regions.region",)),
        ("revenue and orders by channel", ("revenue", "orders"), ()),
        ("average days to ship", ("days_to_ship",), ()),
    ],
)
def test_nouns_and_metrics_of_the_sales_pack(
    text: str, metrics: tuple[str, ...], where: tuple[str, ...]
) -> None:
    found = pack.ask(text)

    assert isinstance(found, Resolved), found
    assert tuple(item.metric for item in found.query.metrics) == metrics
    assert tuple(item.model_dump()["field"] for item in found.query.where) == where


@pytest.mark.parametrize(
    "text", ["已取消的订单有多少", "How many orders were cancelled last month"]
)
def test_what_a_metric_leaves_out_is_not_counted_as_nought(text: str) -> None:
    found = pack.ask(text)

    assert isinstance(found, Refusal), found
    assert found.code == "metric_excludes"
    assert [choice.name for choice in found.close] == ["cancelled_orders"]
