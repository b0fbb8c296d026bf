"""Headlines: the answer first, every number and name bound to its cell."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.answer.narrative import narrate
from assistant.answer.proof import Bound, Name, Plain, Sentence, bound, check
from assistant.answer.view import View

BuildView = Callable[..., View]
YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}
COMPARED = {**YEAR, "compare": {"to": "previous_year"}}
REGIONS: list[list[object]] = [["E", 462e6, 0.182], ["S", 318e6, 0.124], [None, 5e6, None]]


def said(view: View) -> str:
    return "".join(part.text for part in narrate(view))


def test_a_value_says_period_value_and_change(view: BuildView) -> None:
    rows = [[1394e6, 0.113]]

    assert (
        said(view("revenue revenue.change_pct", rows, query=COMPARED))
        == "2024年销售额为 13.94亿元，同比 +11.3%。"
    )
    english = said(view("revenue revenue.change_pct", rows, "en", query=COMPARED))
    assert english == "Revenue, 2024: ¥1.39B, +11.3% vs the same period last year."


def test_a_value_without_a_base_says_so(view: BuildView) -> None:
    built = view("revenue revenue.change_pct", [[5e6, None]], query=COMPARED)

    assert said(built) == "2024年销售额为 500万元，同比无可比数据。"


def test_a_percentage_changes_by_points(view: BuildView) -> None:
    built = view("margin margin.change margin.change_pct", [[0.35, -0.015, -0.04]], query=COMPARED)

    assert said(built) == "2024年毛利率为 35.0%，同比 −1.5 个百分点。"


def test_conditions_are_part_of_the_subject(view: BuildView) -> None:
    where = [{"field": "orders.region", "value": "E"}]

    assert (
        said(view("revenue", [[5e6]], query={**YEAR, "where": where}))
        == "2024年华东的销售额为 500万元。"
    )
    assert said(view("revenue", [[5e6]], "en", query={"where": where})) == "Revenue (East): ¥5M."


def test_several_metrics_are_said_one_by_one(view: BuildView) -> None:
    assert (
        said(view("revenue orders margin", [[5e6, 1200, 0.35]]))
        == "销售额为 500万元。订单数为 1,200。毛利率为 35.0%。"
    )


@pytest.mark.parametrize("rows", [[], [[None]]], ids=["no row", "a null"])
def test_nothing_is_said_to_be_nothing(view: BuildView, rows: list[list[object]]) -> None:
    assert said(view("revenue", rows, query=YEAR)) == "2024年销售额：没有符合条件的数据。"


def test_a_trend_says_latest_highest_and_lowest(
    view: BuildView, trend_rows: list[list[object]]
) -> None:
    built = view("month revenue revenue.base revenue.change_pct", trend_rows, query=COMPARED)

    assert said(built) == (
        "2024年销售额：2024年12月为 1.68亿元，同比 +18.3%。"
        "最高为2024年12月（1.68亿元，同比 +18.3%），最低为2024年2月（7,200万元，同比 +5.9%）。"
    )


def test_an_unfinished_period_is_marked_and_is_no_lowest(
    view: BuildView, trend_rows: list[list[object]]
) -> None:
    rows = [row[:2] for row in trend_rows[:8]] + [[date(2024, 9, 1), 1000]]

    built = view("month revenue", rows, "en", query=YEAR, through=date(2024, 9, 12))

    assert said(built) == (
        "Revenue, 2024: ¥1,000 in Sep 2024 (up to Sep 12). Of the complete periods, highest in Jun 2024 (¥121M), lowest in Feb 2024 (¥72M)."
    )


def test_a_totals_row_leads_a_trend(view: BuildView, trend_rows: list[list[object]]) -> None:
    rows = [*trend_rows, [None, 1_396_000_000, 1_255_000_000, 0.1123]]

    built = view("month revenue revenue.base revenue.change_pct", rows, query=COMPARED, total=1)

    assert said(built).startswith("2024年销售额为 13.96亿元，同比 +11.2%。2024年12月为 1.68亿元")


def test_a_ranking_says_first_and_last_and_leaves_the_unknown_out(view: BuildView) -> None:
    built = view("region revenue revenue.change_pct", REGIONS, query=COMPARED)

    assert (
        said(built)
        == "2024年销售额：华东最高（4.62亿元，同比 +18.2%），华南最低（3.18亿元，同比 +12.4%）。"
    )


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ([{"metric": "revenue", "dir": "desc"}], "销售额：华东最高（4.62亿元）。"),
        ([{"metric": "revenue", "dir": "asc"}], "销售额：华南最低（3.18亿元）。"),
        ([{"field": "orders.region", "dir": "asc"}], "销售额：见下表。"),
    ],
    ids=["top", "bottom", "by name"],
)
def test_an_end_that_a_limit_cut_off_is_not_said(
    view: BuildView, order: list[dict[str, str]], sentence: str
) -> None:
    rows = [row[:2] for row in REGIONS[:2]]

    assert said(view("region revenue", rows, query={"order_by": order, "limit": 2})) == sentence


def test_a_truncated_result_has_no_ends(view: BuildView) -> None:
    rows = [row[:2] for row in REGIONS[:2]]

    assert said(view("region revenue", rows, truncated=True)) == "销售额：见下表。"


def test_equal_numbers_are_no_ranking(view: BuildView) -> None:
    assert said(view("region revenue", [["E", 5], ["S", 5]])) == "销售额：见下表。"


def test_a_share_stands_beside_the_first(view: BuildView) -> None:
    built = view("region revenue revenue.share", [["E", 6e6, 0.6], ["S", 4e6, 0.4]], "en")

    assert (
        said(built)
        == "Revenue: East is highest (¥6M, a share of 60.0%), South lowest (¥4M, a share of 40.0%)."
    )


def test_attainment_says_target_and_what_is_missing(view: BuildView) -> None:
    names = "revenue revenue.target revenue.attainment revenue.gap"

    behind = said(view(names, [[9e6, 10e6, 0.9, 1e6]], query=YEAR))
    reached = said(view(names, [[11e6, 10e6, 1.1, -1e6]], query=YEAR))
    assert behind == "2024年销售额为 900万元。目标 1,000万元，完成率 90.0%，还差 100万元。"
    assert reached == "2024年销售额为 1,100万元。目标 1,000万元，完成率 110.0%。"


def test_attainments_are_ranked_by_what_was_ordered(view: BuildView) -> None:
    rows = [["E", 9e6, 1.2], ["S", 11e6, 0.8]]
    order = {"order_by": [{"metric": "revenue", "modifier": "attainment"}]}

    built = view("region revenue revenue.attainment", rows, query=order)

    assert said(built) == "销售额完成率：华东最高（120.0%），华南最低（80.0%）。"


def test_members_over_time_are_told_at_the_latest_period(view: BuildView) -> None:
    months = [date(2024, 1, 1), date(2024, 2, 1)]
    rows = [
        [month, region, value] for month in months for region, value in (("E", 5e6), ("S", 4e6))
    ]

    built = view("month region revenue", rows)

    assert said(built) == "销售额：2024年2月，华东最高（500万元），华南最低（400万元）。"


def test_changes_are_coloured_by_the_good_direction(view: BuildView) -> None:
    up = narrate(view("revenue revenue.change_pct", [[5, 0.1]], query=COMPARED))
    worse = narrate(view("returns returns.change_pct", [[5, 0.1]], query=COMPARED))

    assert [part.tone for part in up if part.tone != "neutral"] == ["good"]
    assert [part.tone for part in worse if part.tone != "neutral"] == ["bad"]


WRONG: dict[str, Sentence] = {
    "a number in words": (Plain("华东销售额为 5 亿"),),
    "a Chinese numeral": (Plain("增长了三成"),),
    "a member in words": (Plain("华东最高"),),
    "another cell's text": (Bound(0, 1, "3.18亿元"),),
    "a cell that is not there": (Bound(9, 1, "4.62亿元"),),
    "a name that the query lacks": (Name("利润"),),
    "a period that was not asked": (Name("2023年"),),
    "an empty cell": (Bound(0, 1, ""),),
    "nothing": (),
}


@pytest.mark.parametrize("wrong", list(WRONG.values()), ids=list(WRONG))
def test_a_wrong_sentence_is_dropped(view: BuildView, wrong: Sentence) -> None:
    built = view("region revenue", [row[:2] for row in REGIONS], query=YEAR)
    right: Sentence = (Name("2024年"), Name("销售额"), Plain("："), bound(built, 0, 1))

    assert check([wrong, right], built) == (right,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(alphabet="销售额为约0123456789.,万亿%同比", min_size=1, max_size=12))
def test_no_unbound_digit_survives(view: BuildView, words: str) -> None:
    built = view("region revenue", [row[:2] for row in REGIONS])

    kept = check([(Plain(words),)], built)

    assert not (kept and any(character in "0123456789万亿" for character in words))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=6, unique=True))
def test_every_bold_run_of_a_headline_is_a_cell(view: BuildView, values: list[int]) -> None:
    built = view("city revenue", [[f"m{i}", value] for i, value in enumerate(values)])

    bold = [part.text for part in narrate(built) if part.bold]
    cells = {cell for row in built.texts for cell in row}
    assert bold
    assert set(bold) <= cells


def test_the_one_row_of_a_member_names_it(view: BuildView) -> None:
    assert (
        said(view("region revenue", [["E", 5e6]], query=YEAR)) == "2024年销售额中，华东为 500万元。"
    )


def test_a_target_alone_is_said(view: BuildView) -> None:
    built = view("revenue revenue.target", [[9e6, 10e6]], "en")

    assert said(built) == "Revenue: ¥9M. Target ¥10M."


def test_a_totals_row_leads_a_ranking_and_ignores_conditions_on_values(view: BuildView) -> None:
    rows = [["E", 6e6], ["S", 4e6], [None, 11e6]]
    having = {"having": [{"metric": "revenue", "op": ">", "value": 1000000}]}

    built = view("region revenue", rows, query=having, total=1)

    assert said(built) == (
        "销售额为 1,100万元。销售额 > 100万元的销售额：华东最高（600万元），华南最低（400万元）。"
    )


def test_members_over_time_that_were_cut_are_left_to_the_table(view: BuildView) -> None:
    rows = [[date(2024, 1, 1), "E", 5], [date(2024, 1, 1), "S", 4]]

    assert said(view("month region revenue", rows, query={"limit": 2})) == "销售额：见下表。"


def test_a_member_without_a_number_leaves_the_lowest_open(view: BuildView) -> None:
    rows = [
        [date(2024, 1, 1), "S", 4e6],
        [date(2024, 2, 1), "E", 5e6],
        [date(2024, 2, 1), "W", 6e6],
        [date(2024, 3, 1), "S", 1e6],
    ]

    built = view("month region revenue", rows, through=date(2024, 3, 5))

    assert said(built) == "销售额：2024年2月，W最高（600万元）。"
