"""Columns made of metrics: comparisons, shares, ranks, targets, totals, filled periods."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from semantic_layer.errors import (
    GrainTooFine,
    MalformedQuery,
    NeedsPeriod,
    NoPath,
    NotSupported,
    QueryError,
)
from semantic_layer.layer import SemanticLayer
from semantic_layer.result import Result
from tests.semantic_layer.worlds import ask, days

Y2024 = days("2024-01-01", "2025-01-01")
Q1 = days("2024-01-01", "2024-04-01")
MONTHS: list[dict[str, str]] = [{"time": "month"}]
YEAR_AGO = {"to": "previous_year"}


def use(metric: str, modifier: str, of: str | None = None) -> dict[str, Any]:
    return {"metric": metric, "modifier": modifier} | ({"of": of} if of else {})


def codes(result: Result) -> set[str]:
    return {notice.code for notice in result.notices}


def test_growth_over_nothing_or_less_than_nothing_has_no_value(layer: SemanticLayer) -> None:
    compare = {"to": days("2024-02-01", "2024-03-01"), "show": ["base", "change_pct"]}

    zero = ask(
        layer,
        {"metrics": ["revenue"], "period": days("2024-03-01", "2024-04-01"), "compare": compare},
    )
    negative = ask(
        layer,
        {"metrics": ["profit"], "period": days("2024-03-01", "2024-04-01"), "compare": compare},
    )

    assert zero.rows() == [[445, 0, None]]
    assert negative.rows() == [[220, -5, None]]


def test_a_change_is_shown_where_both_sides_are_known(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": MONTHS, "period": Q1, "compare": YEAR_AGO}

    assert ask(layer, query).rows() == [
        ["2024-01-01", 300, 150, 150, 1.0],
        ["2024-02-01", 0, 100, -100, -1.0],
        ["2024-03-01", 445, None, None, None],
    ]


def test_members_that_only_the_base_has_stay(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": ["segment"],
        "period": days("2024-03-01", "2024-04-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
    }

    assert ask(layer, query).rows() == [["ENT", 300, None], ["SMB", None, 0], [None, 145, None]]


def test_all_data_by_month_gain_no_rows_beyond_their_end(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": MONTHS, "compare": YEAR_AGO}

    result = ask(layer, query)

    assert [row[0] for row in result.rows()] == [
        "2023-01-01", "2023-02-01", "2024-01-01", "2024-02-01", "2024-03-01", None,
    ]  # fmt: skip
    assert result.base_period is None


def test_a_running_month_of_all_data_is_compared_with_the_same_part(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": MONTHS, "compare": {**YEAR_AGO, "show": ["base"]}}

    result = ask(layer, query, today=date(2024, 1, 9))

    assert ["2024-01-01", 2, 0] in result.rows()
    assert "partial_bucket" in codes(result)


def test_rows_dated_after_today_are_not_compared_with_the_part_before(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "period": Y2024, "compare": YEAR_AGO}

    result = ask(layer, query, today=date(2024, 1, 20))

    assert result.rows() == [[1, 1, 0, 0.0]]
    assert "period_beyond_data" in codes(result)


def test_weeks_are_compared_with_the_week_52_weeks_earlier(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": [{"time": "week"}],
        "period": days("2024-01-01", "2024-01-15"),
        "compare": {**YEAR_AGO, "show": ["base"]},
    }

    assert ask(layer, query).rows() == [["2024-01-01", 200, None], ["2024-01-08", None, 150]]


def test_days_that_share_a_base_day_both_show_it(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": [{"time": "day"}],
        "period": days("2024-03-29", "2024-04-01"),
        "compare": {"to": days("2024-02-29", "2024-03-03"), "show": ["base"]},
    }
    by_month = {**query, "compare": {"to": "previous_year", "show": ["base"]}}

    assert ask(layer, query).rows() == [["2024-03-29", 0, 1], ["2024-03-31", 1, 0]]
    assert ask(layer, {**by_month, "period": days("2024-02-19", "2024-02-21")}).rows() == [
        ["2024-02-20", 0, 1]
    ]


def test_facts_with_different_dates_each_move_by_their_own(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", "refund"],
        "period": days("2024-02-01", "2024-03-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
    }

    assert ask(layer, query).rows() == [[0, 300, 120, None]]


def test_shares_are_taken_before_the_cut(layer: SemanticLayer) -> None:
    query = {
        "metrics": [use("revenue", "share")],
        "group_by": ["product"],
        "order_by": [{"metric": "revenue"}],
        "limit": 1,
    }

    assert ask(layer, query).rows() == [["Laptop", pytest.approx(820 / 1052)]]


def test_a_share_within_a_group_adds_up_to_one_there(layer: SemanticLayer) -> None:
    query = {"metrics": [use("revenue", "share", "category")], "group_by": ["category", "product"]}

    assert ask(layer, query).rows() == [
        ["Hardware", "Laptop", pytest.approx(820 / 1052)],
        ["Hardware", "Mouse", pytest.approx(232 / 1052)],
        ["Promo", "Sticker", None],
    ]


@pytest.mark.parametrize("metric", ["margin", "price", "top_freight", "net"])
def test_what_does_not_add_up_has_no_share(layer: SemanticLayer, metric: str) -> None:
    with pytest.raises(NotSupported):
        ask(layer, {"metrics": [use(metric, "share")], "group_by": ["orders.channel"]})


@pytest.mark.parametrize(
    "metric", ["revenue", "orders", "web_orders", "profit", "net_filled", "profit_in_lines"]
)
def test_sums_and_counts_have_shares_that_add_up(layer: SemanticLayer, metric: str) -> None:
    query = {"metrics": [use(metric, "share")], "group_by": ["orders.channel"]}

    result = ask(layer, query)

    shares = [float(str(row[1])) for row in result.rows() if row[1] is not None]
    assert sum(shares) == pytest.approx(1)


def test_a_share_of_something_not_grouped_is_refused(layer: SemanticLayer) -> None:
    with pytest.raises(NotSupported):
        ask(layer, {"metrics": [use("revenue", "share", "segment")], "group_by": ["product"]})


def test_ranks_give_equals_the_same_place(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders", use("orders", "rank")], "group_by": ["customers.customer"]}

    rows = ask(layer, query).rows()

    assert sorted([str(row[0]), row[2]] for row in rows) == [
        ["Ada", 1], ["Bob", 1], ["Cy", 4], ["Di", 4], ["Eve", 4], ["None", 1],
    ]  # fmt: skip


def test_attainment_lays_actual_and_target_beside_each_other(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", *(use("revenue", item) for item in ("target", "attainment", "gap"))],
        "group_by": ["regions.region"],
        "period": days("2024-01-01", "2024-03-01"),
    }

    assert ask(layer, query).rows() == [
        ["华东", 300, 500, 0.6, 200],
        ["华北", 0, 50, 0.0, 50],
    ]


def test_attainment_by_quarter_adds_the_months_of_the_target(layer: SemanticLayer) -> None:
    query = {
        "metrics": [use("revenue", "target"), use("revenue", "attainment")],
        "group_by": [{"time": "quarter"}],
        "period": Q1,
    }

    assert ask(layer, query).rows() == [["2024-01-01", 1030, pytest.approx(745 / 1030)]]


def test_a_cut_month_is_held_against_its_whole_target_and_says_so(layer: SemanticLayer) -> None:
    query = {
        "metrics": [use("revenue", "target"), use("revenue", "attainment")],
        "period": days("2024-01-20", "2024-02-10"),
    }

    result = ask(layer, query)

    assert result.rows() == [[550, pytest.approx(300 / 550)]]
    assert "target_whole_periods" in codes(result)


def test_a_running_target_period_is_labelled_with_its_pace(layer: SemanticLayer) -> None:
    query = {"metrics": [use("revenue", "attainment")], "period": days("2024-03-01", "2024-04-01")}

    result = ask(layer, query, today=date(2024, 3, 10))

    running = next(notice for notice in result.notices if notice.code == "target_running")
    assert running.facts["pace"] == pytest.approx(10 / 31)


@pytest.mark.parametrize("grain", ["day", "week"])
def test_a_target_is_not_spread_over_shorter_periods(layer: SemanticLayer, grain: str) -> None:
    with pytest.raises(GrainTooFine):
        ask(layer, {"metrics": [use("revenue", "target")], "group_by": [{"time": grain}]})


def test_a_target_is_grouped_only_by_what_it_is_given_for(layer: SemanticLayer) -> None:
    with pytest.raises(NoPath):
        ask(layer, {"metrics": [use("revenue", "attainment")], "group_by": ["orders.channel"]})


def test_a_stated_target_is_scaled_to_the_months_asked(layer: SemanticLayer) -> None:
    query = {"metrics": [use("orders", "target"), use("orders", "attainment")], "period": Q1}

    assert ask(layer, query).rows() == [[6, 1.0]]


def test_a_stated_target_widens_the_actual_to_whole_months_too(layer: SemanticLayer) -> None:
    query = {
        "metrics": [use("orders", "target"), use("orders", "attainment")],
        "period": days("2024-01-10", "2024-02-05"),
    }

    result = ask(layer, query)

    assert result.rows() == [[4, 0.75]]
    assert "target_whole_periods" in codes(result)


def test_a_stated_target_that_is_less_is_better_turns_the_ratio(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["freight", use("freight", "target"), use("freight", "attainment")],
        "group_by": MONTHS,
        "period": days("2024-02-01", "2024-04-01"),
    }

    assert ask(layer, query).rows() == [["2024-02-01", 5, 20, 4.0], ["2024-03-01", 25, 20, 0.8]]


def test_the_target_of_a_rate_is_the_same_for_any_time(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["web_share", use("web_share", "target"), use("web_share", "gap")],
        "period": Q1,
    }

    assert ask(layer, query).rows() == [[0.5, 0.5, 0.0]]


def test_a_stated_target_per_month_needs_a_period(layer: SemanticLayer) -> None:
    with pytest.raises(NeedsPeriod):
        ask(layer, {"metrics": [use("orders", "target")]})


def test_a_metric_without_target_says_which_have_one(layer: SemanticLayer) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, {"metrics": [use("cost", "attainment")]})

    assert caught.value.facts["known"] == ("revenue", "orders", "web_share", "freight")


def test_a_target_beside_a_comparison_keeps_both_right(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", use("revenue", "target")],
        "period": Q1,
        "compare": {**YEAR_AGO, "show": ["base"]},
    }

    assert ask(layer, query).rows() == [[745, 250, 1030]]


def test_totals_are_asked_again_and_not_summed(layer: SemanticLayer) -> None:
    query = {"metrics": ["customers", "margin"], "group_by": ["orders.channel"], "totals": True}

    result = ask(layer, query)

    assert result.rows()[-1] == [None, 6, pytest.approx(461 / 1052)]
    assert result.row_kinds == ("data", "data", "data", "data", "total")


def test_totals_are_of_everything_whatever_is_cut(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["orders.channel"],
        "having": [{"metric": "orders", "value": 1}],
        "order_by": [{"metric": "orders"}],
        "limit": 1,
        "totals": True,
    }

    assert ask(layer, query).rows() == [["web", 5], [None, 9]]


def test_totals_keep_the_order_of_a_metric_that_is_not_shown(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["orders.channel"],
        "order_by": [{"metric": "revenue"}],
        "totals": True,
    }

    assert [row[0] for row in ask(layer, query).rows()] == ["web", None, "store", "app", None]


def test_the_total_of_a_comparison_covers_the_days_of_its_rows(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": MONTHS,
        "period": days("2024-02-01", "2024-04-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
        "totals": True,
    }

    assert ask(layer, query).rows() == [
        ["2024-02-01", 0, 300],
        ["2024-03-01", 445, 0],
        [None, 445, 300],
    ]


def test_the_total_of_a_comparison_without_period_is_refused(layer: SemanticLayer) -> None:
    with pytest.raises(NeedsPeriod):
        ask(
            layer, {"metrics": ["revenue"], "group_by": MONTHS, "compare": YEAR_AGO, "totals": True}
        )


def test_missing_periods_are_filled_with_zero_sums_but_no_ratios(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", "orders", "margin"],
        "group_by": MONTHS,
        "period": days("2023-02-01", "2023-04-01"),
        "fill": "zero",
    }

    assert ask(layer, query).rows() == [["2023-02-01", 100, 1, 0.4], ["2023-03-01", 0, 0, None]]


def test_a_filled_comparison_invents_no_base(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": MONTHS,
        "period": days("2024-02-01", "2024-05-01"),
        "fill": "zero",
        "compare": YEAR_AGO,
    }

    assert ask(layer, query).rows() == [
        ["2024-02-01", 0, 100, -100, -1.0],
        ["2024-03-01", 445, None, None, None],
        ["2024-04-01", 0, None, None, None],
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"group_by": ["orders.channel"], "period": Y2024},
        {"group_by": MONTHS},
        {"group_by": [{"time": "day"}], "period": days("1900-01-01", "2024-01-01")},
    ],
    ids=["not by time", "no period", "too many"],
)
def test_filling_that_cannot_be_done_is_refused(
    layer: SemanticLayer, query: dict[str, Any]
) -> None:
    with pytest.raises(NotSupported):
        ask(layer, {"metrics": ["revenue"], "fill": "zero", **query})


def test_having_tests_a_ratio_after_it_is_computed(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["orders.channel"],
        "having": [{"metric": "margin", "op": ">=", "value": "0.43"}],
    }

    assert ask(layer, query).rows() == [["web", 5], [None, 1]]


def test_a_metric_without_a_value_passes_no_test(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["margin"],
        "group_by": ["category"],
        "having": [{"metric": "margin", "op": "!=", "value": 5}],
    }

    assert [row[0] for row in ask(layer, query).rows()] == ["Hardware"]


def test_ties_at_the_cut_are_reported(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["customers.customer"],
        "order_by": [{"metric": "orders"}],
        "limit": 2,
    }

    result = ask(layer, query)

    assert [row[1] for row in result.rows()] == [2, 2]
    assert [n.facts for n in result.notices if n.code == "ties_at_cut"] == [{"limit": 2, "tied": 1}]


def test_ties_are_kept_where_asked(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": ["customers.customer"],
        "order_by": [{"metric": "orders"}],
        "limit": 1,
        "ties": "include",
    }

    assert [row[0] for row in ask(layer, query).rows()] == ["Ada", "Bob", None]


def test_the_same_field_is_reached_in_two_roles(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["regions.region", "ship_region.region"]}

    result = ask(layer, query)

    assert [column.name for column in result.columns][:2] == [
        "regions.region",
        "ship_region.region",
    ]
    assert ["华东", "Bavaria", 1] in result.rows()


def test_a_truth_is_grouped_with_its_unknown(layer: SemanticLayer) -> None:
    rows = ask(layer, {"metrics": ["orders"], "group_by": ["online"]}).rows()

    assert rows == [[False, 2], [True, 6], [None, 1]]


def test_a_moment_is_grouped_as_it_stands(layer: SemanticLayer) -> None:
    rows = ask(layer, {"metrics": ["orders"], "group_by": ["placed"]}).rows()

    assert rows[1] == ["2023-02-20T23:59:59", 1]


def test_a_period_says_how_many_rows_it_leaves_out_for_want_of_a_date(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue"],
        "period": Y2024,
        "where": [{"field": "product", "value": "Mouse"}],
    }

    result = ask(layer, query)

    assert result.rows() == [[125]]
    facts = [notice.facts for notice in result.notices if notice.code == "rows_without_date"]
    assert facts == [{"rows": 2, "dataset": "lines"}]


def test_rows_without_a_date_count_where_no_period_is_asked(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["revenue"]})

    assert result.rows() == [[1052]]
    assert "rows_without_date" not in codes(result)


def test_a_state_ignores_the_period_and_says_so(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["all_customers"], "period": Y2024})

    assert result.rows() == [[5]]
    assert codes(result) == {"period_ignored"}


@pytest.mark.parametrize(
    "query",
    [
        {"group_by": MONTHS},
        {"period": Y2024, "compare": YEAR_AGO},
    ],
    ids=["by time", "compared"],
)
def test_a_state_is_not_asked_over_time(layer: SemanticLayer, query: dict[str, Any]) -> None:
    with pytest.raises(NotSupported):
        ask(layer, {"metrics": ["all_customers"], **query})


def test_every_division_is_guarded_at_every_depth(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["price", "margin"], "group_by": ["product"]})

    assert result.rows() == [
        ["Laptop", pytest.approx(104), pytest.approx(370 / 820)],
        ["Mouse", pytest.approx(21.4), pytest.approx(96 / 232)],
        ["Sticker", 0, None],
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["revenue", "revenue"]},
        {"metrics": ["revenue"], "group_by": ["product", "products.product"]},
        {"metrics": ["revenue"], "group_by": [{"time": "month"}, {"time": "year"}]},
        {"metrics": ["revenue"], "order_by": [{"field": "product"}]},
        {"metrics": ["revenue"], "order_by": [{"time": "month"}]},
        {"metrics": ["revenue"], "group_by": ["product"], "per": "product", "limit": 1},
        {"metrics": [use("revenue", "base")]},
        {"metrics": ["nothing"]},
        {"metrics": ["revenue"], "group_by": ["nothing"]},
    ],
    ids=str,
)
def test_what_has_no_meaning_is_refused(layer: SemanticLayer, query: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        ask(layer, query)


@pytest.mark.parametrize(
    "period", [days("0001-01-01", "2024-01-01"), days("2024-01-01", "9999-12-31"), days("2024-01-02", "2024-01-01")]
)  # fmt: skip
def test_days_at_the_ends_of_the_calendar_are_malformed(
    layer: SemanticLayer, period: dict[str, str]
) -> None:
    with pytest.raises(MalformedQuery):
        ask(layer, {"metrics": ["revenue"], "period": period, "compare": YEAR_AGO})
