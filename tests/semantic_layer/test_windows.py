"""Balances, earlier values, values to date and trailing windows: by the calendar, whatever the period asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import GrainTooFine, NeedsPeriod, NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from semantic_layer.query import parse_query
from semantic_layer.semantic_sql import from_semantic_sql, to_semantic_sql
from tests.semantic_layer.worlds import (
    SHOP_MODEL,
    SHOP_ROWS,
    World,
    alike,
    ask,
    days,
    shop,
    trusted,
)

Y2024 = days("2024-01-01", "2025-01-01")
MONTHS: list[dict[str, str]] = [{"time": "month"}]
STOCK = """
CREATE TABLE stock (day DATE, region_id INTEGER, product_id INTEGER, pieces INTEGER);
INSERT INTO stock VALUES ('2024-01-30',1,1,10),('2024-01-31',1,1,12),('2024-01-31',2,1,5),('2024-02-28',1,1,7),
  ('2024-02-29',1,1,8),('2024-02-29',2,2,3),('2024-03-30',2,1,4),('2024-03-31',1,1,9),(NULL,1,1,1000);
"""
STOCK_MODEL = SHOP_MODEL.replace(
    "relationships:\n",
    """  stock: {source: stock, primary_key: [day, region_id, product_id], time: day}
relationships:
  - stock.region_id -> regions.region_id
  - stock.product_id -> products.product_id
""",
).replace(
    "metrics:\n",
    """metrics:
  stock: {dataset: stock, agg: sum, expr: pieces, non_additive_dimension: {name: day}}
  opening: {dataset: stock, agg: sum, expr: pieces, non_additive_dimension: {name: day, window_agg: first}}
  stock_by_key: {dataset: stock, agg: sum, expr: pieces, non_additive_dimension: {name: day, group_by: [region_id, product_id]}}
  stock_of_one: {of: stock, filter: product_id = 1}
  stock_before: {type: offset, input_metric: stock, offset_window: 1 month}
  last_year: {type: offset, input_metric: revenue, offset_window: 1 year}
  growth: {type: ratio, numerator: revenue - last_year, denominator: last_year}
  week_before: {type: offset, input_metric: revenue, offset_window: 7 days}
  first_month: {type: offset, input_metric: revenue, offset_to_grain: year}
  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}
  ytd_last_year: {type: offset, input_metric: ytd, offset_window: 1 year}
  so_far: {type: cumulative, input_metric: revenue}
  three_months: {type: cumulative, input_metric: revenue, window: 3 months}
  customers_ytd: {type: cumulative, input_metric: customers, grain_to_date: year}
  margin_ytd: {type: cumulative, input_metric: margin, grain_to_date: year}
  ytd_first: {type: cumulative, input_metric: revenue, grain_to_date: year, period_agg: first}
  ytd_mean: {type: cumulative, input_metric: revenue, grain_to_date: year, period_agg: avg}
  customers_mean: {type: cumulative, input_metric: customers, window: 7 days, period_agg: avg}
  goal_ytd: {type: cumulative, input_metric: goal, grain_to_date: year}
  goal_10_days: {type: cumulative, input_metric: goal, window: 10 days}
""",
).replace("      regions: all\n  - role: channel", "      regions: all\n      stock: region_id = 2\n  - role: channel")  # fmt: skip
SALES = "lines JOIN orders USING (order_id)"
ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("windows"), SHOP_ROWS + STOCK, STOCK_MODEL).layer()


@pytest.mark.parametrize(
    ("metric", "groups", "rows"),
    [
        ("stock", [], [[9]]),
        ("opening", [], [[10]]),
        ("stock_by_key", [], [[16]]),
        ("stock_of_one", [], [[9]]),
        ("stock", MONTHS, [["2024-01-01", 17], ["2024-02-01", 11], ["2024-03-01", 9]]),
        ("stock_by_key", MONTHS, [["2024-01-01", 17], ["2024-02-01", 11], ["2024-03-01", 13]]),
        ("stock", ["regions.region", *MONTHS], [["华东", "2024-01-01", 12], ["华北", "2024-01-01", 5], ["华东", "2024-02-01", 8], ["华北", "2024-02-01", 3], ["华东", "2024-03-01", 9]]),
    ],
)  # fmt: skip
def test_a_balance_takes_the_last_date_of_each_period(
    layer: SemanticLayer, metric: str, groups: list[Any], rows: list[list[Any]]
) -> None:
    assert alike(ask(layer, {"metrics": [metric], "group_by": groups}).rows(), rows)


def test_a_filter_does_not_move_the_last_date_so_that_groups_and_filters_agree(
    layer: SemanticLayer,
) -> None:
    query = {"metrics": ["stock"], "group_by": MONTHS}
    of_north = [{"field": "regions.region", "value": "华北"}]

    rows = ask(layer, query | {"where": of_north}).rows()

    assert rows == [["2024-01-01", 5], ["2024-02-01", 3]]


def test_a_rule_does_move_it_as_over_a_cut_copy(layer: SemanticLayer) -> None:
    assert ask(layer, {"metrics": ["stock"]}, ENT).rows() == [[4]]


def test_the_total_of_a_balance_is_the_last_one(layer: SemanticLayer) -> None:
    query = {"metrics": ["stock"], "group_by": MONTHS, "totals": True, "period": Y2024}

    assert ask(layer, query).rows()[-1] == [None, 9]


def test_a_balance_has_shares_over_fields_and_none_over_time(layer: SemanticLayer) -> None:
    share = {"metric": "stock", "modifier": "share"}
    until = days("2024-01-01", "2024-02-01")

    over_fields = ask(
        layer, {"metrics": [share], "group_by": ["regions.region"], "period": until}
    ).rows()

    assert over_fields == [["华东", 12 / 17], ["华北", 5 / 17]]
    with pytest.raises(NotSupported):
        ask(layer, {"metrics": [share], "group_by": MONTHS})


def test_a_day_meets_the_same_day_of_the_month_before_and_month_ends_clip(
    layer: SemanticLayer,
) -> None:
    query = {
        "metrics": ["stock", "stock_before"],
        "group_by": [{"time": "day"}],
        "period": days("2024-03-29", "2024-04-01"),
    }

    assert ask(layer, query).rows() == [
        ["2024-03-29", None, 11],
        ["2024-03-30", 4, 11],
        ["2024-03-31", 9, 11],
    ]


@pytest.mark.parametrize("grain", ["month", "quarter", "year"])
def test_an_offset_reads_the_periods_before_whatever_is_asked(
    layer: SemanticLayer, grain: str
) -> None:
    query = {"metrics": ["revenue", "last_year"], "group_by": [{"time": grain}], "period": Y2024}

    now = f"SELECT DATE_TRUNC('{grain}', order_date)::DATE p, SUM(amount) v FROM {SALES} GROUP BY 1"
    sql = (
        f"WITH n AS ({now}) SELECT COALESCE(a.p, (b.p + INTERVAL 1 YEAR)::DATE) p, a.v, b.v AS w"
        " FROM (SELECT * FROM n WHERE year(p) = 2024) a"
        " FULL JOIN (SELECT * FROM n WHERE year(p) = 2023) b ON a.p = (b.p + INTERVAL 1 YEAR)::DATE"
    )
    assert alike(ask(layer, query).rows(), trusted(layer, sql))


def test_an_offset_in_a_ratio_keeps_its_parts(layer: SemanticLayer) -> None:
    assert ask(layer, {"metrics": ["growth"], "period": Y2024}).rows() == [[(745 - 250) / 250]]


def test_an_offset_of_days_moves_before_months_are_cut(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["week_before"],
        "group_by": MONTHS,
        "period": days("2024-01-01", "2024-03-01"),
    }

    sql = f"SELECT DATE_TRUNC('month', order_date + 7)::DATE, SUM(amount) FROM {SALES} WHERE order_date + 7 >= '2024-01-01' AND order_date + 7 < '2024-03-01' GROUP BY 1"
    assert alike(ask(layer, query).rows(), trusted(layer, sql))


def test_every_month_meets_the_first_one_of_its_year(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["first_month"],
        "group_by": MONTHS,
        "period": days("2024-01-01", "2024-04-01"),
    }

    assert [row[1] for row in ask(layer, query).rows()] == [300, 300, 300]


@pytest.mark.parametrize("groups", [MONTHS, ["regions.region", *MONTHS]])
@pytest.mark.parametrize(
    ("metric", "value", "begin"),
    [
        ("ytd", "SUM(amount)", "DATE_TRUNC('year', m)"),
        ("so_far", "SUM(amount)", "DATE '1900-01-01'"),
        ("three_months", "SUM(amount)", "m - INTERVAL 2 MONTH"),
        ("customers_ytd", "COUNT(DISTINCT customer_id)", "DATE_TRUNC('year', m)"),
        ("margin_ytd", "(SUM(amount) - SUM(cost)) / NULLIF(SUM(amount), 0)", "DATE_TRUNC('year', m)"),
    ],
)  # fmt: skip
def test_windows_run_through_empty_months(
    layer: SemanticLayer, metric: str, value: str, begin: str, groups: list[Any]
) -> None:
    query = {"metrics": [metric], "group_by": groups, "period": days("2023-06-01", "2024-05-01")}

    facts = "orders" if metric == "customers_ytd" else SALES
    key = "region, " if len(groups) > 1 else ""
    sql = (
        f"SELECT {key}m, {value} FROM {facts} LEFT JOIN customers USING (customer_id)"
        " LEFT JOIN regions USING (region_id)"
        " JOIN (SELECT UNNEST(generate_series(DATE '2023-06-01', DATE '2024-03-01', INTERVAL 1 MONTH))::DATE m)"
        f" ON order_date >= {begin} AND order_date < m + INTERVAL 1 MONTH GROUP BY ALL"
    )
    assert alike(ask(layer, query).rows(), trusted(layer, sql))


def test_a_running_year_to_date_meets_the_same_days_of_the_year_before(
    layer: SemanticLayer,
) -> None:
    query = {"metrics": ["ytd", "ytd_last_year"], "period": Y2024}

    assert ask(layer, query, today=date(2024, 1, 15)).rows() == [[200, 150]]


@pytest.mark.parametrize(
    ("metric", "value"), [("ytd_first", 0), ("ytd_mean", (200 * 27 + 100 * 7) / 31)]
)
def test_a_longer_period_takes_the_first_day_or_the_mean_of_its_days(
    layer: SemanticLayer, metric: str, value: float
) -> None:
    query = {"metrics": [metric], "period": days("2024-01-01", "2024-02-01")}

    assert ask(layer, query).rows()[0][0] == (None if value == 0 else pytest.approx(value))
    by_month = ask(layer, query | {"group_by": MONTHS}).rows()
    assert [row[1] for row in by_month] == ([] if value == 0 else [pytest.approx(value)])


def test_a_mean_of_what_has_none_is_refused(layer: SemanticLayer) -> None:
    with pytest.raises(NotSupported):
        ask(layer, {"metrics": ["customers_mean"], "group_by": MONTHS, "period": Y2024})


def test_a_window_that_cuts_the_periods_of_the_rows_is_refused(layer: SemanticLayer) -> None:
    query = {"metrics": ["goal_10_days"], "group_by": MONTHS, "period": Y2024}

    with pytest.raises(GrainTooFine):
        ask(layer, query)


def test_targets_run_to_date_too(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["goal_ytd"],
        "group_by": MONTHS,
        "period": days("2024-01-01", "2024-04-01"),
    }

    assert [row[1] for row in ask(layer, query).rows()] == [250, 550, 1030]


def test_an_offset_without_days_is_refused(layer: SemanticLayer, world: World) -> None:
    with pytest.raises(NeedsPeriod):
        ask(layer, {"metrics": ["goal_ytd"]})


def test_a_comparison_moves_the_window(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["ytd"],
        "group_by": MONTHS,
        "period": days("2024-01-01", "2024-03-01"),
        "compare": {"to": "previous_year", "show": ["base"]},
    }

    assert ask(layer, query).rows() == [["2024-01-01", 300, 150], ["2024-02-01", 300, 250]]


@pytest.mark.parametrize(
    ("over", "values"), [(None, [300, 300, 745]), ("quarter", [300, 300, 745]), ("month", [300, 0, 445])]
)  # fmt: skip
def test_any_metric_can_run_since_a_period_began(
    layer: SemanticLayer, over: str | None, values: list[int]
) -> None:
    use = {"metric": "revenue", "modifier": "cumulative"} | ({"over": over} if over else {})
    query = {"metrics": [use], "group_by": MONTHS, "period": days("2024-01-01", "2024-04-01")}

    assert [row[1] for row in ask(layer, query).rows()] == values


def test_cumulative_shares_run_from_the_largest_down(layer: SemanticLayer) -> None:
    use = {"metric": "revenue", "modifier": "cumulative_share"}
    query = {"metrics": ["revenue", use], "group_by": ["product"], "totals": True}

    rows = ask(layer, query | {"order_by": [{"metric": "revenue"}]})

    values = [row[1] for row in rows.rows()[:-1]]
    assert [row[2] for row in rows.rows()[:-1]] == [
        pytest.approx(sum(map(int, values[: place + 1])) / sum(map(int, values)))  # type: ignore[arg-type]
        for place in range(len(values))
    ]
    assert {check.status for check in rows.checks} <= {"passed", "not_applicable"}


@pytest.mark.parametrize(
    "use",
    [
        {"metric": "revenue", "modifier": "cumulative"},
        {"metric": "revenue", "modifier": "cumulative", "over": "year"},
        {"metric": "revenue", "modifier": "cumulative_share"},
        {"metric": "revenue", "modifier": "cumulative_share", "of": "category"},
    ],
)
def test_running_columns_read_back_from_semantic_sql(
    layer: SemanticLayer, use: dict[str, str]
) -> None:
    query = parse_query({"metrics": [use], "group_by": ["category", "product"]})

    assert from_semantic_sql(to_semantic_sql(query, "shop"), layer.catalog) == query


def test_year_to_date_has_a_word(layer: SemanticLayer) -> None:
    read = from_semantic_sql("SELECT YTD(revenue) FROM shop", layer.catalog)

    assert read.metrics[0].over == "year"


@pytest.mark.parametrize(
    "metric",
    [
        "{type: offset, input_metric: revenue}",
        "{type: offset, input_metric: revenue, offset_window: soon}",
        "{type: cumulative, input_metric: revenue, window: 3 months, grain_to_date: year}",
        "{type: cumulative, input_metric: nothing}",
        "{dataset: orders, agg: sum, expr: freight, non_additive_dimension: {name: channel}}",
        "{dataset: orders, agg: sum, expr: freight, non_additive_dimension: {name: order_date, group_by: [1 + 1]}}",
    ],
)
def test_a_broken_window_is_a_problem_of_the_definitions(tmp_path: Path, metric: str) -> None:
    model = SHOP_MODEL.replace("metrics:\n", f"metrics:\n  odd: {metric}\n")

    found = shop(tmp_path / "odd", model=model).problems()

    assert [problem.file for problem in found] == ["model.yml"]


def test_rows_whose_key_is_unknown_have_a_last_date_of_their_own(tmp_path: Path) -> None:
    kept = STOCK + "INSERT INTO stock VALUES ('2024-02-20',NULL,1,30),('2024-02-25',NULL,1,20);"
    layer = shop(tmp_path, SHOP_ROWS + kept, STOCK_MODEL).layer()
    february = days("2024-02-01", "2024-03-01")
    # 8 of region 1, 3 of region 2, 20 of a place that nobody wrote down.
    assert ask(layer, {"metrics": ["stock_by_key"], "period": february}).rows() == [[31]]


@pytest.mark.parametrize(
    ("period", "read"),
    [(days("2024-01-01", "2024-04-01"), "MONTH"), (days("2024-01-01", "2024-03-21"), "DAY")],
    ids=["whole months", "a cut month"],
)
def test_windows_are_made_of_periods_that_are_read_once(
    layer: SemanticLayer, period: dict[str, str], read: str
) -> None:
    query = {
        "metrics": [{"metric": "orders", "modifier": "cumulative", "over": "year"}],
        "group_by": [{"time": "month"}],
        "period": period,
    }

    result = ask(layer, query, today=date(2024, 3, 20) if read == "DAY" else None)

    assert ('DATE_TRUNC(\'MONTH\', "orders"."order_date")' in result.sql) is (read == "MONTH")
    assert [row[1] for row in result.rows()] == [2, 3, 6 if read == "MONTH" else 5]
