from datetime import date
from pathlib import Path
from time import process_time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.understanding.time_phrases import (
    Clock,
    UnknownPeriod,
    complete_phrases,
    find_times,
    resolve_time,
)

CLOCK = Clock(today=date(2026, 11, 21), data_through=date(2026, 8, 19))
TABLES: list[tuple[str, date, date, str]] = [
    (row[0], row[1], row[2], ", ".join(row[3:]))
    for language in ("zh", "en")
    for row in yaml.safe_load(
        (Path(__file__).parent / f"time_{language}.yml").read_text(encoding="utf-8")
    )
]


def resolved(phrase: str, clock: Clock) -> tuple[date, date]:
    period = resolve_time(phrase, clock).period
    return period.start, period.end


@pytest.mark.parametrize(("phrase", "start", "end", "kind"), TABLES, ids=[row[0] for row in TABLES])
def test_phrase_resolves_to_its_days(phrase: str, start: date, end: date, kind: str) -> None:
    found = resolve_time(phrase, CLOCK)

    assert (found.period.start, found.period.end) == (start, end)
    assert f"{found.grain or 'mixed'}{', to date' if found.to_date else ''}" == kind
    assert found.phrase == phrase


@pytest.mark.parametrize("phrase", [row[0] for row in TABLES])
def test_phrase_is_found_whole(phrase: str) -> None:
    assert [mention.text for mention in find_times(phrase)] == [phrase]


MONTH_END = Clock(today=date(2026, 6, 30), data_through=date(2026, 6, 30))
YEAR_END = Clock(today=date(2025, 12, 31), data_through=date(2025, 12, 31))
LATE_DATA = Clock(today=date(2026, 3, 1), data_through=date(2026, 8, 19))


@pytest.mark.parametrize(
    ("clock", "phrase", "start", "end"),
    [
        (MONTH_END, "近三个月", date(2026, 4, 1), date(2026, 7, 1)),
        (MONTH_END, "last 3 months", date(2026, 4, 1), date(2026, 7, 1)),
        (MONTH_END, "last 3 months including this month", date(2026, 4, 1), date(2026, 7, 1)),
        (MONTH_END, "上个月", date(2026, 5, 1), date(2026, 6, 1)),
        (MONTH_END, "last month", date(2026, 5, 1), date(2026, 6, 1)),
        (MONTH_END, "past month", date(2026, 6, 1), date(2026, 7, 1)),
        (MONTH_END, "本月", date(2026, 6, 1), date(2026, 7, 1)),
        (MONTH_END, "this quarter", date(2026, 4, 1), date(2026, 7, 1)),
        (MONTH_END, "last 2 quarters", date(2026, 1, 1), date(2026, 7, 1)),
        (MONTH_END, "近一年", date(2025, 1, 1), date(2026, 1, 1)),
        (MONTH_END, "近7天", date(2026, 6, 24), date(2026, 7, 1)),
        (MONTH_END, "最近两周", date(2026, 6, 15), date(2026, 6, 29)),
        (MONTH_END, "下半年", date(2025, 7, 1), date(2026, 1, 1)),
        (YEAR_END, "近一年", date(2025, 1, 1), date(2026, 1, 1)),
        (YEAR_END, "last 2 years", date(2024, 1, 1), date(2026, 1, 1)),
        (YEAR_END, "今年", date(2025, 1, 1), date(2026, 1, 1)),
        (YEAR_END, "last year", date(2024, 1, 1), date(2025, 1, 1)),
        (YEAR_END, "Q4", date(2025, 10, 1), date(2026, 1, 1)),
        (YEAR_END, "春节", date(2025, 1, 29), date(2025, 2, 5)),
        (LATE_DATA, "今天", date(2026, 3, 1), date(2026, 3, 2)),
        (LATE_DATA, "last 3 months", date(2025, 12, 1), date(2026, 3, 1)),
        (LATE_DATA, "本月", date(2026, 3, 1), date(2026, 3, 2)),
        (LATE_DATA, "May", date(2025, 5, 1), date(2025, 6, 1)),
    ],
)
def test_reference_day_decides_which_periods_are_complete(
    clock: Clock, phrase: str, start: date, end: date
) -> None:
    assert resolved(phrase, clock) == (start, end)


def test_a_running_period_that_is_complete_is_not_cut() -> None:
    assert not resolve_time("this quarter", MONTH_END).to_date


def test_a_future_period_stands_as_it_is() -> None:
    assert resolved("since 2030", CLOCK) == (date(2030, 1, 1), date(2031, 1, 1))


APRIL = Clock(today=date(2026, 8, 19), data_through=date(2026, 8, 19), fiscal_year_start=4)
APRIL_NAMED_BY_START = Clock(
    today=date(2026, 8, 19),
    data_through=date(2026, 8, 19),
    fiscal_year_start=4,
    fiscal_year_named_by="start",
)
APRIL_DEFAULT = Clock(
    today=date(2026, 8, 19),
    data_through=date(2026, 8, 19),
    fiscal_year_start=4,
    default_year="fiscal",
)
FEBRUARY = Clock(today=date(2026, 8, 19), data_through=date(2026, 8, 19), fiscal_year_start=2)


@pytest.mark.parametrize(
    ("clock", "phrase", "start", "end"),
    [
        (APRIL, "FY2025", date(2024, 4, 1), date(2025, 4, 1)),
        (APRIL, "2025财年", date(2024, 4, 1), date(2025, 4, 1)),
        (APRIL_NAMED_BY_START, "FY2025", date(2025, 4, 1), date(2026, 4, 1)),
        (APRIL, "本财年", date(2026, 4, 1), date(2026, 8, 20)),
        (APRIL, "上财年", date(2025, 4, 1), date(2026, 4, 1)),
        (APRIL, "last fiscal year", date(2025, 4, 1), date(2026, 4, 1)),
        (APRIL, "FYTD", date(2026, 4, 1), date(2026, 8, 20)),
        (APRIL, "2025财年第三季度", date(2024, 10, 1), date(2025, 1, 1)),
        (APRIL, "Q3 FY2025", date(2024, 10, 1), date(2025, 1, 1)),
        (APRIL, "2025财年上半年", date(2024, 4, 1), date(2024, 10, 1)),
        (APRIL, "2025财年5月", date(2024, 5, 1), date(2024, 6, 1)),
        (APRIL, "fiscal Q3", date(2025, 10, 1), date(2026, 1, 1)),
        (APRIL, "第一财季", date(2026, 4, 1), date(2026, 7, 1)),
        (APRIL, "今年", date(2026, 1, 1), date(2026, 8, 20)),
        (APRIL, "Q3", date(2026, 7, 1), date(2026, 10, 1)),
        (APRIL_DEFAULT, "今年", date(2026, 4, 1), date(2026, 8, 20)),
        (APRIL_DEFAULT, "去年", date(2025, 4, 1), date(2026, 4, 1)),
        (APRIL_DEFAULT, "Q1", date(2026, 4, 1), date(2026, 7, 1)),
        (APRIL_DEFAULT, "Q3 2026", date(2025, 10, 1), date(2026, 1, 1)),
        (APRIL_DEFAULT, "calendar year 2025", date(2025, 1, 1), date(2026, 1, 1)),
        (APRIL_DEFAULT, "2025年5月", date(2025, 5, 1), date(2025, 6, 1)),
        (APRIL_DEFAULT, "last 2 years", date(2024, 4, 1), date(2026, 4, 1)),
        (FEBRUARY, "last fiscal quarter", date(2026, 5, 1), date(2026, 8, 1)),
        (FEBRUARY, "last quarter", date(2026, 4, 1), date(2026, 7, 1)),
    ],
)
def test_fiscal_years_follow_the_settings(
    clock: Clock, phrase: str, start: date, end: date
) -> None:
    assert resolved(phrase, clock) == (start, end)


def test_weeks_start_on_the_day_of_the_settings() -> None:
    sunday = Clock(today=date(2026, 8, 19), data_through=date(2026, 8, 19), week_start=6)

    assert resolved("上周", sunday) == (date(2026, 8, 9), date(2026, 8, 16))


@pytest.mark.parametrize(
    "phrase", ["", " ", "去年同期", "销售额", "last May", "second", "2024款", "今年销售额", "按月"]
)
def test_what_is_no_period_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(UnknownPeriod, match="not a period"):
        resolve_time(phrase, CLOCK)


@pytest.mark.parametrize(
    "phrase", ["in the last quarter", "during Q2 2026", " last quarter ", "在上个季度"]
)
def test_a_preposition_or_space_around_a_phrase_does_not_matter(phrase: str) -> None:
    assert resolved(phrase, CLOCK) == (date(2026, 4, 1), date(2026, 7, 1))


WORDS = """今年 去年 前年 2024 2025年 25年 二零二五年 FY25 本月 上 个 月 季度 第三季度 Q3 H1 上半年 前三 5月 十二月 29日 31日
到 至 - ~ 和 从 自 起 以来 至今 近 最近 3 三 两周 天 年 财年 春节 双十一 的 前 后 底 同期 每 , last this first second half
quarter of year month 3 months May march Feb 29 31st to from between and since ago week 12 YTD including Black Friday"""
FRAGMENTS = st.sampled_from(WORDS.split())
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(FRAGMENTS, max_size=8).map("".join),
    st.lists(FRAGMENTS, max_size=8).map(" ".join),
)
DAYS = st.dates(date(2016, 1, 1), date(2030, 12, 31))
CLOCKS = st.builds(
    Clock,
    today=DAYS,
    data_through=DAYS,
    fiscal_year_start=st.integers(1, 12),
    fiscal_year_named_by=st.sampled_from(["end", "start"]),
    default_year=st.sampled_from(["calendar", "fiscal"]),
    week_start=st.integers(0, 6),
)


@given(text=TEXTS, clock=CLOCKS)
def test_every_mention_is_where_it_says_and_resolves(text: str, clock: Clock) -> None:
    found = find_times(text)

    ends = [0, *(mention.end for mention in found)]
    for mention, previous in zip(found, ends, strict=False):
        assert previous <= mention.start < mention.end
        assert text[mention.start : mention.end] == mention.text
        assert resolve_time(mention.text, clock).period.days > 0


@given(text=TEXTS, clock=CLOCKS)
def test_completed_phrases_resolve_too(text: str, clock: Clock) -> None:
    phrases = complete_phrases(text)

    assert len(phrases) == len(find_times(text))
    for phrase in phrases:
        assert resolve_time(phrase, clock).period.days > 0


@pytest.mark.parametrize(
    "piece",
    [
        "今",
        "去年",
        "2024 ",
        "1",
        "from ",
        "第一季度到",
        "2024年1月和",
        "first ",
        "(",
        "三",
        " ",
        "-",
        "last 3 ",
    ],
)
def test_time_grows_with_length_not_faster(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    start = process_time()

    find_times(text)

    assert process_time() - start < 2
