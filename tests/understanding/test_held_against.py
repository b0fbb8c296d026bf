"""What is held against what: same parts of periods, first against second, differences, targets to come."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.resolution import Clarification, Refusal, Resolution, Resolved
from assistant.understanding.time_phrases import find_unplaced, resolve_time
from tests.understanding import test_sales_pack as pack
from tests.understanding.kingdom import CLOCK
from tests.understanding.test_resolution import ask


def resolved(text: str) -> Resolved:
    found = ask(text)
    assert isinstance(found, Resolved), found
    return found


def reason(found: Resolution) -> object:
    assert isinstance(found, Refusal), found
    assert found.code == "not_supported"
    return found.facts["what"]


@pytest.mark.parametrize(
    ("phrase", "start", "end"),
    [
        ("prior year to date", date(2025, 1, 1), date(2025, 8, 20)),
        ("last year to date", date(2025, 1, 1), date(2025, 8, 20)),
        ("previous year-to-date", date(2025, 1, 1), date(2025, 8, 20)),
        ("prior quarter to date", date(2026, 4, 1), date(2026, 5, 20)),
        ("previous month to date", date(2026, 7, 1), date(2026, 7, 20)),
        ("last week to date", date(2026, 8, 10), date(2026, 8, 13)),
        ("PYTD", date(2025, 1, 1), date(2025, 8, 20)),
        ("previous YTD", date(2025, 1, 1), date(2025, 8, 20)),
        ("YTD last year", date(2025, 1, 1), date(2025, 8, 20)),
    ],
)
def test_the_previous_to_date_ends_where_the_running_one_has_come_to(
    phrase: str, start: date, end: date
) -> None:
    period = resolve_time(phrase, CLOCK).period

    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("year to date florins vs prior year to date", "previous_year"),
        ("month to date florins vs prior month to date", "previous_period"),
        ("quarter to date florins vs prior quarter to date", "previous_period"),
        ("florins YTD vs previous YTD", "previous_year"),
    ],
)
def test_to_date_is_held_against_the_same_part_before(text: str, to: str) -> None:
    query = resolved(text).query

    assert query.compare is not None
    assert query.compare.to == to


@pytest.mark.parametrize(
    "text",
    [
        "florins last 12 months vs last year",
        "florins 2025 compared with Q2 2025",
        "近12个月弗罗林比去年",
        "2025年弗罗林对比2025年上半年",
    ],
)
def test_a_base_that_shares_days_with_the_period_is_refused(text: str) -> None:
    assert reason(ask(text)) == "base_overlaps"


@pytest.mark.parametrize(
    ("text", "start", "base"),
    [
        ("6月弗罗林比7月", date(2026, 6, 1), date(2026, 7, 1)),
        ("7月弗罗林比6月", date(2026, 7, 1), date(2026, 6, 1)),
        ("florins June vs July 2025", date(2025, 6, 1), date(2025, 7, 1)),
        ("florins in 2024 compared with 2025", date(2024, 1, 1), date(2025, 1, 1)),
        ("比较6月和7月的弗罗林", date(2026, 7, 1), date(2026, 6, 1)),
    ],
)
def test_the_first_is_held_against_the_second(text: str, start: date, base: date) -> None:
    query = resolved(text).query

    assert query.period is not None
    assert query.period.start == start
    assert query.compare is not None
    assert not isinstance(query.compare.to, str)
    assert query.compare.to.start == base


@pytest.mark.parametrize("text", ["去年弗罗林比今年", "last year vs this year florins"])
def test_what_is_held_against_a_running_period_is_cut_to_its_part(text: str) -> None:
    found = resolved(text)

    assert found.query.period is not None
    assert found.query.period.end == date(2025, 8, 20)
    assert [notice.code for notice in found.assumptions] == ["period_aligned"]


@pytest.mark.parametrize("text", ["上半年弗罗林比下半年", "florins in June vs August 2026"])
def test_a_base_that_is_not_over_is_refused_or_met_by_the_same_part(text: str) -> None:
    assert reason(ask(text)) == "base_running"


@pytest.mark.parametrize(
    "text",
    [
        "2025年一季度和二季度弗罗林差多少",
        "今年和去年弗罗林差多少",
        "今年弗罗林与去年相差多少",
        "今年弗罗林比去年多多少",
        "今年弗罗林比去年少了多少",
        "florins gap this year vs last year",
        "how much more florins this year than last year",
        "difference in florins this year vs last year",
    ],
)
def test_a_difference_of_two_periods_is_a_comparison(text: str) -> None:
    query = resolved(text).query

    assert query.compare is not None
    assert [item.modifier for item in query.metrics] == ["value"]


@pytest.mark.parametrize(
    "text",
    [
        "今年维尔莫和卡尔斯克弗罗林差多少",
        "维尔莫比卡尔斯克多多少弗罗林",
        "difference between Velmora and Karsk florins this year",
        "florins gap between Velmora and Karsk",
    ],
)
def test_a_difference_of_two_members_shows_both(text: str) -> None:
    query = resolved(text).query

    assert query.fields == ("ports.realm",)
    assert [item.modifier for item in query.metrics] == ["value"]


@pytest.mark.parametrize(
    "text",
    [
        "今年弗罗林离目标还差多少",
        "今年弗罗林差多少",
        "今年弗罗林和目标差多少",
        "gap to target in florins this year",
        "difference between florins and target this year",
    ],
)
def test_a_difference_alone_or_with_a_target_is_the_gap(text: str) -> None:
    assert "gap" in {item.modifier for item in resolved(text).query.metrics}


@pytest.mark.parametrize(
    "text", ["gap between Q1 and Q2 florins", "一季度和二季度之间的弗罗林差距"]
)
def test_a_difference_that_is_no_gap_is_never_taken_for_one(text: str) -> None:
    assert isinstance(ask(text), Refusal)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("same quarter last year florins", date(2026, 7, 1)),
        ("florins same month last year", date(2026, 8, 1)),
        ("florins in the same week last year", date(2026, 8, 17)),
        ("去年同季弗罗林", date(2026, 7, 1)),
        ("上年同月弗罗林", date(2026, 8, 1)),
        ("去年同期弗罗林", date(2026, 1, 1)),
        ("florins same period last year", date(2026, 1, 1)),
    ],
)
def test_the_same_unit_last_year_is_held_against_the_running_one(text: str, start: date) -> None:
    found = resolved(text)

    assert found.query.period is not None
    assert found.query.period.start == start
    assert found.query.compare is not None
    assert found.query.compare.to == "previous_year"
    assert [notice.code for notice in found.assumptions] == ["period_assumed"]


@pytest.mark.parametrize("text", ["销售目标2026年四季度", "target for Q4 2026"])
def test_targets_may_lie_beyond_the_data(text: str) -> None:
    found = pack.ask(text)

    assert isinstance(found, Resolved), found
    assert [item.metric for item in found.query.metrics] == ["revenue_target"]
    assert found.query.period is not None
    assert found.query.period.start == date(2026, 10, 1)


@pytest.mark.parametrize("text", ["2026年四季度销售额", "attainment for Q4 2026"])
def test_actuals_do_not(text: str) -> None:
    found = pack.ask(text)

    assert isinstance(found, Refusal)
    assert found.code == "period_outside_data"


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("截至6月底的弗罗林", "截至6月"),
        ("florins as of June 30", "as of June 30"),
        ("2026年2月30日弗罗林", "2026年2月30日"),
    ],
)
def test_a_time_that_is_no_period_is_named_as_a_whole(text: str, phrase: str) -> None:
    found = ask(text)

    assert isinstance(found, Refusal)
    assert (found.code, found.facts["phrase"]) == ("unknown_period", phrase)


def test_periods_are_not_unplaced() -> None:
    assert find_unplaced("florins in June 2025 by guild") == ()


@pytest.mark.parametrize("text", ["退货原因占比", "退货原因分布", "share by return reason"])
def test_shares_of_nothing_ask_back_by_what_adds_up(text: str) -> None:
    found = pack.ask(text)

    assert isinstance(found, Clarification), found
    assert found.code == "which_metric"
    assert found.options[0].name == "refund_amount"
