"""Parts of dates that recur: weekdays, months of all years, hours. Against hand-made SQL and hand-counted days."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.answer.labels import filter_text
from assistant.answer.view import view_of
from semantic_layer.calendar import DatePart, Grain
from semantic_layer.errors import GrainTooFine, MalformedQuery, NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop, trusted

MODEL = SHOP_MODEL.replace(
    "metrics:\n",
    "metrics:\n  placed: {of: orders, time: placed}\n"
    "  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}\n"
    "  last_year: {type: offset, input_metric: revenue, offset_window: 1 year}\n"
    "  stock: {dataset: targets, agg: sum, expr: goal, non_additive_dimension: {name: month}}\n"
    "  freight_a_customer: {type: per_entity, entity: orders.customer_id, input_metric: freight, agg: avg}\n",
)
Y2024 = days("2024-01-01", "2025-01-01")


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("parts"), SHOP_ROWS, MODEL).layer()


@pytest.mark.parametrize(
    ("part", "sql"),
    [
        ("month_of_year", "strftime(order_date, '%m')::INT"),
        ("quarter_of_year", "(strftime(order_date, '%m')::INT + 2) // 3"),
        ("week_of_year", "strftime(order_date, '%V')::INT"),
        ("day_of_week", "strftime(order_date, '%u')::INT"),
        ("day_of_month", "strftime(order_date, '%d')::INT"),
        ("day_of_year", "strftime(order_date, '%j')::INT"),
    ],
)
@pytest.mark.parametrize(
    ("metric", "value", "facts"),
    [
        ("revenue", "SUM(amount)", "lines LEFT JOIN orders USING (order_id)"),
        ("customers", "COUNT(DISTINCT customer_id)", "orders"),
        ("freight", "SUM(freight)", "orders"),
    ],
)
def test_values_are_those_of_the_rows_of_the_part(
    layer: SemanticLayer, part: str, sql: str, metric: str, value: str, facts: str
) -> None:
    rows = ask(layer, {"metrics": [metric], "group_by": [{"part": part}]}).rows()

    assert alike(rows, trusted(layer, f"SELECT {sql}, {value} FROM {facts} GROUP BY 1"))


def test_weekdays_begin_with_monday_and_come_in_order(layer: SemanticLayer) -> None:
    # 2024: 5 January is a Friday, 25 January a Thursday, 29 February a Thursday, 15 March a Friday, 20 a Wednesday, 31 a Sunday.
    rows = ask(
        layer, {"metrics": ["orders"], "group_by": [{"part": "day_of_week"}], "period": Y2024}
    )

    assert rows.rows() == [[3, 1], [4, 2], [5, 2], [7, 1]]


def test_hours_are_those_of_the_timestamp(layer: SemanticLayer) -> None:
    query = {"metrics": ["placed"], "group_by": [{"part": "hour_of_day"}]}

    assert ask(layer, query).rows() == [[0, 2], [9, 1], [12, 2], [18, 1], [23, 1], [None, 2]]


def test_months_of_all_years_meet_their_targets(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", {"metric": "revenue", "modifier": "target"}],
        "group_by": [{"part": "month_of_year"}],
        "period": Y2024,
        "totals": True,
    }

    rows = ask(layer, query).rows()

    assert rows == [[1, 300, 250], [2, 0, 300], [3, 445, 480], [None, 745, 1030]]


def test_parts_stand_beside_periods_and_fields(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": [{"time": "month"}, {"part": "day_of_week"}, "orders.channel"],
        "period": days("2024-01-01", "2024-02-01"),
    }

    assert ask(layer, query).rows() == [["2024-01-01", 4, "web", 1], ["2024-01-01", 5, "web", 1]]


def test_per_entity_values_are_taken_within_the_part(layer: SemanticLayer) -> None:
    query = {"metrics": ["freight_a_customer"], "group_by": [{"part": "month_of_year"}]}

    sql = (
        "SELECT m, AVG(f) FROM (SELECT month(order_date) m, customer_id, SUM(freight) f FROM orders"
        " WHERE customer_id IS NOT NULL GROUP BY ALL) GROUP BY 1"
    )
    assert alike(ask(layer, query).rows(), trusted(layer, sql))


def test_the_order_may_be_that_of_a_part(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["orders"],
        "group_by": [{"part": "day_of_week"}],
        "period": Y2024,
        "order_by": [{"part": "day_of_week", "dir": "desc"}],
        "limit": 2,
    }

    assert ask(layer, query).rows() == [[7, 1], [5, 2]]


@pytest.mark.parametrize(
    ("test", "sql"),
    [
        ({"op": "in", "value": [6, 7]}, "isodow(order_date) IN (6, 7)"),
        ({"op": "not_in", "value": [4, 5]}, "isodow(order_date) NOT IN (4, 5) OR order_date IS NULL"),
        ({"value": 4}, "isodow(order_date) = 4"),
        ({"op": "between", "value": [1, 4]}, "isodow(order_date) BETWEEN 1 AND 4"),
        ({"op": ">=", "value": 5}, "isodow(order_date) >= 5"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("metric", ["orders", "revenue"])
def test_rows_are_filtered_by_the_part_of_their_own_date(
    layer: SemanticLayer, test: dict[str, Any], sql: str, metric: str
) -> None:
    where = [{"part": "day_of_week"} | test]

    facts = {"orders": "COUNT(*) FROM orders", "revenue": "SUM(amount) FROM lines LEFT JOIN orders USING (order_id)"}  # fmt: skip
    assert alike(
        ask(layer, {"metrics": [metric], "where": where}).rows(),
        trusted(layer, f"SELECT {facts[metric]} WHERE {sql}"),
    )


def test_a_part_may_stand_in_a_filter_on_children(layer: SemanticLayer) -> None:
    where = [
        {"any": [{"part": "day_of_week", "value": 5}, {"field": "category", "value": "Promo"}]}
    ]

    rows = ask(layer, {"metrics": ["orders"], "where": where}).rows()

    sql = (
        "SELECT COUNT(*) FROM orders WHERE isodow(order_date) = 5 OR EXISTS (SELECT 1 FROM lines"
        " JOIN products USING (product_id) WHERE lines.order_id = orders.order_id AND category = 'Promo')"
    )
    assert rows == trusted(layer, sql)


@pytest.mark.parametrize(
    ("part", "period", "to", "rows"),
    [
        # January 2023: 150; February 2023: 100. January 2024: 300, March 2024: 445.
        ("month_of_year", Y2024, "previous_year", [[1, 300, 150], [2, 0, 100], [3, 445, None]]),
        ("quarter_of_year", Y2024, "previous_year", [[1, 745, 250]]),
        # 10 and 20 of the months; February has no row on the days of March.
        ("day_of_month", days("2024-03-01", "2024-04-01"), "previous_period",
         [[15, 25, None], [20, 120, None], [29, None, 0], [31, 300, None]]),
        # The week of Monday 25 March holds 300 on its Sunday; the week before 120 on Wednesday.
        ("day_of_week", days("2024-03-25", "2024-04-01"), "previous_period",
         [[3, None, 120], [7, 300, None]]),
    ],
)  # fmt: skip
def test_a_base_that_keeps_the_part_is_compared(
    layer: SemanticLayer, part: str, period: dict[str, str], to: str, rows: list[list[Any]]
) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": [{"part": part}],
        "period": period,
        "compare": {"to": to, "show": ["base"]},
    }

    assert ask(layer, query).rows() == rows


@pytest.mark.parametrize(
    ("part", "period", "to"),
    [
        ("day_of_week", Y2024, "previous_year"),
        ("day_of_week", days("2024-03-01", "2024-04-01"), "previous_period"),
        ("day_of_year", Y2024, "previous_year"),
        ("week_of_year", Y2024, "previous_year"),
        ("month_of_year", days("2024-04-01", "2024-07-01"), "previous_period"),
        ("month_of_year", days("2024-01-01", "2024-04-01"), days("2023-04-01", "2023-07-01")),
        ("day_of_week", days("2024-03-04", "2024-03-18"), days("2024-02-05", "2024-02-12")),
    ],
)
def test_a_base_that_loses_the_part_is_refused(
    layer: SemanticLayer, part: str, period: dict[str, str], to: Any
) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": [{"part": part}],
        "period": period,
        "compare": {"to": to},
    }

    with pytest.raises(NotSupported) as caught:
        ask(layer, query)

    assert caught.value.facts == {"what": "part_compared", "part": part}


def test_last_year_by_month_is_the_same_month_of_last_year(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", "last_year"],
        "group_by": [{"part": "month_of_year"}],
        "period": Y2024,
    }

    assert ask(layer, query).rows() == [[1, 300, 150], [2, 0, 100], [3, 445, None]]


@pytest.mark.parametrize(
    ("metric", "part", "what"),
    [
        ("ytd", "month_of_year", "part_of_window"),
        ("last_year", "day_of_week", "part_of_window"),
        ({"metric": "revenue", "modifier": "cumulative"}, "day_of_month", "part_of_window"),
        ("orders", "hour_of_day", "hours_of_days"),
        ("stock", "month_of_year", "balance_by_part"),
        ("all_customers", "month_of_year", "undated_by_time"),
        ({"metric": "freight", "modifier": "target"}, "month_of_year", "target_by_part"),
    ],
)
def test_what_a_part_does_not_tell_is_refused(
    layer: SemanticLayer, metric: Any, part: str, what: str
) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, {"metrics": [metric], "group_by": [{"part": part}], "period": Y2024})

    assert caught.value.facts["what"] == what


@pytest.mark.parametrize("part", [{"group_by": [{"part": "day_of_week"}]}, {"where": [{"part": "day_of_week", "value": 1}]}])  # fmt: skip
def test_rows_given_by_month_have_no_weekdays(layer: SemanticLayer, part: dict[str, Any]) -> None:
    with pytest.raises(GrainTooFine):
        ask(layer, {"metrics": ["goal"]} | part)


@pytest.mark.parametrize(
    "where",
    [
        {"part": "day_of_week", "op": "in", "value": 1},
        {"part": "day_of_week", "value": [1]},
        {"part": "day_of_week", "op": "between", "value": [1, 2, 3]},
        {"part": "century", "value": 1},
    ],
)
def test_a_malformed_part_is_malformed(where: dict[str, Any]) -> None:
    with pytest.raises(MalformedQuery):
        parse_query({"metrics": ["orders"], "where": [where]})


@pytest.mark.parametrize(
    ("language", "names", "head"),
    [("zh", ["周三", "周四", "周五", "周日"], "星期"), ("en", ["Wednesday", "Thursday", "Friday", "Sunday"], "Weekday")],
)  # fmt: skip
def test_parts_are_named_in_the_askers_language(
    layer: SemanticLayer, language: str, names: list[str], head: str
) -> None:
    query = {"metrics": ["orders"], "group_by": [{"part": "day_of_week"}], "period": Y2024}

    view = view_of(ask(layer, query), layer.catalog, language)

    assert [row[0] for row in view.texts] == names
    assert view.columns[0].label.of(language) == head


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "星期 = 周六、周日"), ("en", "Weekday = Saturday, Sunday")]
)
def test_a_filter_on_a_part_is_said_in_words(
    layer: SemanticLayer, language: str, words: str
) -> None:
    where = [{"part": "day_of_week", "op": "in", "value": [6, 7]}]
    query = parse_query({"metrics": ["orders"], "where": where})

    assert filter_text(query.where[0], layer.catalog, language) == words


def test_the_parts_that_coarser_rows_tell() -> None:
    assert {part for part in DatePart if part.is_told_by(Grain.MONTH)} == {
        DatePart.MONTH_OF_YEAR,
        DatePart.QUARTER_OF_YEAR,
    }
