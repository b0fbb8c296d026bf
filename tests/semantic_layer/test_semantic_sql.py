"""Semantic SQL: what is written reads back as the same query, and what has no certain meaning is refused."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.binding import bind
from semantic_layer.calendar import DatePart, Grain
from semantic_layer.calendar import Period as Days
from semantic_layer.errors import (
    MalformedQuery,
    NotSupported,
    QueryError,
    UnknownName,
    UnsafeSQL,
    WenshuError,
)
from semantic_layer.model import Definitions
from semantic_layer.outputs import uses
from semantic_layer.query import (
    AnyOf,
    Compare,
    Condition,
    Filter,
    MetricQuery,
    MetricUse,
    NotOf,
    PartCondition,
    parse_query,
)
from semantic_layer.semantic_sql import from_semantic_sql, to_semantic_sql

LIST = Path(__file__).resolve().parents[2] / ".." / "shared" / "security" / "attacks.jsonl"
LINES = (
    [json.loads(line) for line in LIST.read_text(encoding="utf-8").split("\n") if line]
    if LIST.exists()
    else []
)
REJECT = [line for line in LINES if line["verdict"] == "reject"]
CATALOG = bind(
    Definitions.model_validate(
        {
            "model": "sales",
            "calendar": {"source": "days", "date": "day", "grains": {"fiscal_year": "fy"}},
            "datasets": {
                "orders": {
                    "source": "orders",
                    "primary_key": ["order_id"],
                    "time": "order_date",
                    "fields": {
                        "channel": {},
                        "is_late": {"datatype": "Boolean"},
                        "amount": {"datatype": "Decimal"},
                        "订单 类型": {},
                        "order": {},
                        "region": {},
                    },
                },
                "customers": {
                    "source": "customers",
                    "primary_key": ["customer_id"],
                    "fields": {"region": {}, "city": {}, 'say "hi"': {}},
                },
            },
            "relationships": [
                "orders.customer_id -> customers.customer_id",
                {"from": "orders.ship_to", "to": "customers.customer_id", "as": "ship"},
            ],
            "metrics": {
                "revenue": {
                    "type": "simple",
                    "dataset": "orders",
                    "agg": "sum",
                    "expr": "amount",
                    "compare": {"to": "previous_year"},
                },
                "orders": {"type": "simple", "dataset": "orders", "agg": "count"},
                "销售额": {"type": "filtered", "of": "revenue", "filter": "channel = 'web'"},
                "channel": {"type": "filtered", "of": "orders", "filter": "channel = 'web'"},
            },
        }
    )
)
QUARTER = Days(date(2024, 4, 1), date(2024, 7, 1))


def phrase(text: str) -> Days:
    if text != "last quarter":
        raise NotSupported("period_phrase_unread", phrase=text)
    return QUARTER


def read(text: str) -> MetricQuery:
    return from_semantic_sql(text, CATALOG, resolve_period=phrase)


def query(**parts: object) -> MetricQuery:
    return parse_query({"metrics": ["revenue"], **parts})


def where(condition: str) -> tuple[Filter, ...]:
    return read(f"SELECT MEASURE(revenue) FROM sales WHERE {condition}").where


def test_a_query_is_written_one_clause_a_line() -> None:
    asked = query(
        group_by=["city", {"time": "month"}],
        period={"start": "2024-01-01", "end": "2025-01-01"},
        where=[{"field": "channel", "op": "in", "value": ["it's", "100%"]}],
        having=[{"metric": "revenue", "op": ">", "value": 1000}],
        compare={"to": "previous_year", "show": ["change_pct"]},
        order_by=[{"metric": "revenue"}],
        limit=5,
    )

    assert to_semantic_sql(asked, "sales").split("\n") == [
        "SELECT city, DATE_TRUNC('month', metric_time), MEASURE(revenue), YOY(revenue)",
        "FROM sales",
        "WHERE metric_time >= DATE '2024-01-01' AND metric_time < DATE '2025-01-01' AND channel IN ('it''s', '100%')",
        "GROUP BY city, DATE_TRUNC('month', metric_time)",
        "HAVING MEASURE(revenue) > 1000",
        "ORDER BY MEASURE(revenue) DESC",
        "LIMIT 5",
    ]


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("MEASURE(revenue)", ["revenue"]),
        ("agg(revenue)", ["revenue"]),
        ("AGG(sales.Revenue)", ["revenue"]),
        ("revenue", ["revenue"]),
        ("sales.revenue AS r", ["revenue"]),
        ("销售额", ["销售额"]),
        ('MEASURE("销售额")', ["销售额"]),
        ("SHARE(revenue)", [{"metric": "revenue", "modifier": "share"}]),
        ("SHARE(revenue, 'total')", [{"metric": "revenue", "modifier": "share", "of": "total"}]),
        ("SHARE(revenue, city)", [{"metric": "revenue", "modifier": "share", "of": "city"}]),
        ("SHARE(revenue, 'city')", [{"metric": "revenue", "modifier": "share", "of": "city"}]),
        (
            "SHARE(revenue, DATE_TRUNC('month', metric_time))",
            [{"metric": "revenue", "modifier": "share", "of": "month"}],
        ),
        ("RANK(revenue)", [{"metric": "revenue", "modifier": "rank"}]),
        (
            "TARGET(revenue), ATTAINMENT(revenue), GAP(revenue)",
            [
                {"metric": "revenue", "modifier": "target"},
                {"metric": "revenue", "modifier": "attainment"},
                {"metric": "revenue", "modifier": "gap"},
            ],
        ),
        ("MEASURE(channel)", ["channel"]),
    ],
)
def test_metric_columns(text: str, metrics: list[object]) -> None:
    assert read(f"SELECT {text} FROM sales") == parse_query({"metrics": metrics})


@pytest.mark.parametrize(
    ("text", "to", "show", "partial"),
    [
        ("YOY(revenue)", "previous_year", ["change_pct"], "align"),
        ("MOM(revenue)", "previous_period", ["change_pct"], "align"),
        ("MOM(revenue, 'full')", "previous_period", ["change_pct"], "full"),
        ("GROWTH(revenue, 'previous_year')", "previous_year", ["change_pct"], "align"),
        ("BASE(revenue, 'previous_period', 'full')", "previous_period", ["base"], "full"),
        ("CHANGE(revenue)", "previous_year", ["change"], "align"),
        ("CHANGE(revenue), MOM(revenue)", "previous_period", ["change", "change_pct"], "align"),
        (
            "BASE(revenue, DATE '2023-01-01', DATE '2023-02-01', 'full')",
            {"start": "2023-01-01", "end": "2023-02-01"},
            ["base"],
            "full",
        ),
    ],
)
def test_comparison_columns_become_the_comparison(
    text: str, to: object, show: list[str], partial: str
) -> None:
    assert read(f"SELECT revenue, {text} FROM sales") == query(
        compare={"to": to, "show": show, "partial": partial}
    )


def test_comparison_columns_of_one_metric_only_stay_columns() -> None:
    found = read("SELECT revenue, YOY(revenue), orders FROM sales")

    assert [use.modifier for use in found.metrics] == ["value", "change_pct", "value"]
    assert found.compare == Compare(to="previous_year", show=())


@pytest.mark.parametrize(
    "text",
    [
        "SELECT YOY(revenue), MOM(revenue) FROM sales",
        "SELECT YOY(revenue), MOM(orders) FROM sales",
        "SELECT YOY(revenue, 'full'), YOY(orders) FROM sales",
        "SELECT YOY(revenue) FROM sales HAVING MOM(revenue) > 0",
        "SELECT YOY(revenue) FROM sales ORDER BY MOM(revenue)",
    ],
)
def test_one_query_has_one_base(text: str) -> None:
    with pytest.raises(NotSupported):
        read(text)


def test_a_comparison_needs_a_base_from_the_text_or_the_definition() -> None:
    with pytest.raises(NotSupported, match="compare_without_base"):
        read("SELECT CHANGE(orders) FROM sales")


@pytest.mark.parametrize(
    ("text", "group_by"),
    [
        ("SELECT city, revenue FROM sales", ["city"]),
        ("SELECT revenue, city FROM sales GROUP BY city", ["city"]),
        ("SELECT revenue, city FROM sales GROUP BY 2", ["city"]),
        ("SELECT city, revenue FROM sales GROUP BY ALL", ["city"]),
        ("SELECT revenue FROM sales GROUP BY city", ["city"]),
        ("SELECT customers.city, revenue FROM sales GROUP BY city", ["customers.city"]),
        ("SELECT ship.city, revenue FROM sales", ["ship.city"]),
        ("SELECT s.city, revenue FROM sales AS s", ["city"]),
        ("SELECT sales.customers.region, revenue FROM Sales", ["customers.region"]),
        ("SELECT orders.region AS 地区, revenue FROM sales GROUP BY 地区", ["orders.region"]),
        ('SELECT "订单 类型", revenue FROM sales', ["订单 类型"]),
        ("SELECT CITY, revenue FROM sales", ["city"]),
        ("SELECT DATE_TRUNC('Week', metric_time), revenue FROM sales", [{"time": "week"}]),
        ("SELECT DATE_TRUNC('month', metric_time)::DATE, revenue FROM sales", [{"time": "month"}]),
        (
            "SELECT DATE_TRUNC('year', metric_time) AS metric_time, revenue FROM sales GROUP BY metric_time",
            [{"time": "year"}],
        ),
    ],
)
def test_groups(text: str, group_by: list[object]) -> None:
    assert read(text) == query(group_by=group_by)


def test_a_name_that_is_field_and_metric_is_the_field_where_it_stands_alone() -> None:
    assert read("SELECT channel, MEASURE(channel) FROM sales") == query(
        metrics=["channel"], group_by=["channel"]
    )


@pytest.mark.parametrize(
    "condition",
    [
        "metric_time >= DATE '2024-01-01' AND metric_time < DATE '2025-01-01'",
        "metric_time >= '2024-01-01' AND metric_time <= '2024-12-31'",
        "metric_time > DATE '2023-12-31' AND metric_time <= DATE '2024-12-31'",
        "DATE '2024-01-01' <= metric_time AND (city = 'x' AND DATE '2025-01-01' > sales.metric_time)",
        "metric_time BETWEEN '2024-01-01' AND '2024-12-31'",
        "metric_time >= '2024-01-01' AND metric_time >= '2020-01-01' AND metric_time < '2025-01-01'",
    ],
)
def test_bounds_on_metric_time_form_one_half_open_period(condition: str) -> None:
    found = read(f"SELECT revenue FROM sales WHERE {condition}").period

    assert found is not None
    assert found.days == Days(date(2024, 1, 1), date(2025, 1, 1))


def test_a_single_day_is_a_period() -> None:
    found = read("SELECT revenue FROM sales WHERE metric_time = '2024-02-29'").period

    assert found is not None
    assert found.days == Days(date(2024, 2, 29), date(2024, 3, 1))


def test_a_period_phrase_is_read_by_the_given_reader() -> None:
    found = read("SELECT revenue FROM sales WHERE PERIOD('last quarter')").period

    assert found is not None
    assert found.days == QUARTER


def test_a_period_phrase_without_a_reader_is_refused() -> None:
    with pytest.raises(NotSupported, match="period_phrase_unread"):
        from_semantic_sql("SELECT revenue FROM sales WHERE PERIOD('last quarter')", CATALOG)


@pytest.mark.parametrize(
    "condition",
    [
        "metric_time >= DATE '2024-01-01'",
        "metric_time < DATE '2024-01-01'",
        "metric_time <> DATE '2024-01-01'",
        "metric_time IN (DATE '2024-01-01')",
        "metric_time IS NOT NULL",
        "metric_time LIKE '2024%'",
        "NOT metric_time >= DATE '2024-01-01'",
        "metric_time = DATE '2024-01-01' OR city = 'x'",
        "metric_time >= TIMESTAMP '2024-01-01 00:00:00' AND metric_time < '2025-01-01'",
        "metric_time >= '2024-01' AND metric_time < '2025-01'",
        "metric_time >= 2024 AND metric_time < 2025",
        "metric_time >= CURRENT_DATE - INTERVAL 1 MONTH",
        "PERIOD('last quarter') OR city = 'x'",
        "PERIOD('someday')",
        "DATE_TRUNC('month', metric_time) = DATE '2024-01-01'",
    ],
)
def test_what_is_no_range_of_whole_days_is_refused(condition: str) -> None:
    with pytest.raises((NotSupported, UnsafeSQL)):
        read(f"SELECT revenue FROM sales WHERE {condition}")


@pytest.mark.parametrize(
    "condition",
    [
        "metric_time >= DATE '2024-01-01' AND metric_time < DATE '2024-01-01'",
        "metric_time = DATE '9999-12-31'",
        "metric_time = DATE '2024-02-30'",
        "PERIOD('a', 'b')",
        "PERIOD(city)",
        "amount > 1e999999",
        f"amount > {'9' * 100}",
    ],
)
def test_values_that_cannot_be_are_malformed(condition: str) -> None:
    with pytest.raises(MalformedQuery):
        read(f"SELECT revenue FROM sales WHERE {condition}")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("city = 'x'", {"field": "city", "value": "x"}),
        ("'x' = city", {"field": "city", "value": "x"}),
        ("10 < amount", {"field": "amount", "op": ">", "value": 10}),
        ("amount >= -2.50", {"field": "amount", "op": ">=", "value": Decimal("-2.50")}),
        ("amount > 20%", {"field": "amount", "op": ">", "value": Decimal("0.20")}),
        ("city <> 'x'", {"field": "city", "op": "!=", "value": "x"}),
        ("city != 'x'", {"field": "city", "op": "!=", "value": "x"}),
        ("city IN ('x', 'y')", {"field": "city", "op": "in", "value": ("x", "y")}),
        ("city NOT IN ('x', NULL)", {"field": "city", "op": "not_in", "value": ("x", None)}),
        ("amount BETWEEN 1 AND 2", {"field": "amount", "op": "between", "value": (1, 2)}),
        ("city LIKE '%x%'", {"field": "city", "op": "contains", "value": "x"}),
        ("city ILIKE 'x%'", {"field": "city", "op": "starts_with", "value": "x"}),
        ("city LIKE 'x'", {"field": "city", "value": "x"}),
        (r"city LIKE '%5\%%' ESCAPE '\'", {"field": "city", "op": "contains", "value": "5%"}),
        ("city NOT LIKE 'x%'", {"not": {"field": "city", "op": "starts_with", "value": "x"}}),
        (
            r"city NOT LIKE 'x\_%' ESCAPE '\'",
            {"not": {"field": "city", "op": "starts_with", "value": "x_"}},
        ),
        ("city IS NULL", {"field": "city", "op": "is_null"}),
        ("city = NULL", {"field": "city", "op": "is_null"}),
        ("city IS NOT NULL", {"field": "city", "op": "not_null"}),
        ("is_late", {"field": "is_late", "value": True}),
        ("is_late IS FALSE", {"field": "is_late", "value": False}),
        ("NOT is_late", {"not": {"field": "is_late", "value": True}}),
        (
            "city = 'x' OR (city = 'y' OR amount > 1)",
            {
                "any": [
                    {"field": "city", "value": "x"},
                    {
                        "any": [
                            {"field": "city", "value": "y"},
                            {"field": "amount", "op": ">", "value": 1},
                        ]
                    },
                ]
            },
        ),
        ("NOT (city = 'x')", {"not": {"field": "city", "value": "x"}}),
        (
            "city = 'x' OR city = 'y' AND amount > 1",
            {
                "any": [
                    {"field": "city", "value": "x"},
                    {
                        "not": {
                            "any": [
                                {"not": {"field": "city", "value": "y"}},
                                {"not": {"field": "amount", "op": ">", "value": 1}},
                            ]
                        }
                    },
                ]
            },
        ),
    ],
)
def test_conditions_on_fields(condition: str, expected: object) -> None:
    assert where(condition) == query(where=[expected]).where


@pytest.mark.parametrize(
    "condition",
    [
        "city = channel",
        "city LIKE '%x'",
        "city LIKE 'a_b%'",
        "city ILIKE 'x'",
        "city LIKE channel",
        "amount + 1 > 2",
        "city",
        "1 = 1",
        "TRUE",
        "MEASURE(revenue) > 5 OR city = 'x'",
        "NOT MEASURE(revenue) > 5",
        "MEASURE(revenue) IS NULL",
        "MEASURE(revenue) IN (1, 2)",
        "MEASURE(revenue) > 'many'",
        "(city, channel) = ('x', 'y')",
        "city IN (SELECT 1)",
    ],
)
def test_conditions_without_a_certain_meaning_are_refused(condition: str) -> None:
    with pytest.raises(NotSupported):
        where(condition)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT city, MEASURE(revenue) AS r FROM sales HAVING MEASURE(revenue) > 20%",
        "SELECT city, MEASURE(revenue) AS r FROM sales HAVING 20% < MEASURE(revenue)",
        "SELECT city, MEASURE(revenue) AS r FROM sales HAVING MEASURE(revenue) > '20%'",
        "SELECT city, MEASURE(revenue) AS r FROM sales HAVING MEASURE(revenue) > 0.2",
        "SELECT city, MEASURE(revenue) AS r FROM sales WHERE MEASURE(revenue) > 0.2",
        "SELECT city, MEASURE(revenue) AS r FROM sales WHERE revenue > 20% GROUP BY city",
        "SELECT city, MEASURE(revenue) AS r FROM sales HAVING r > 0.2",
    ],
)
def test_a_test_on_a_metric_is_a_having(text: str) -> None:
    assert read(text) == query(
        group_by=["city"], having=[{"metric": "revenue", "op": ">", "value": Decimal("0.2")}]
    )


def test_having_knows_modifiers_and_ranges() -> None:
    found = read("SELECT revenue FROM sales HAVING YOY(revenue) BETWEEN -10% AND 10%").having

    assert (found[0].modifier, found[0].op) == ("change_pct", "between")
    assert found[0].value == (Decimal("-0.1"), Decimal("0.1"))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("2 DESC", {"metric": "revenue"}),
        ("r DESC", {"metric": "revenue"}),
        ("revenue DESC NULLS LAST", {"metric": "revenue"}),
        ("MEASURE(revenue)", {"metric": "revenue", "dir": "asc"}),
        ("1", {"field": "city", "dir": "asc"}),
        ("customers.city ASC", {"field": "city", "dir": "asc"}),
        ("DATE_TRUNC('month', metric_time) DESC", {"time": "month"}),
        ("m DESC", {"time": "month"}),
        ("SHARE(revenue) DESC", {"metric": "revenue", "modifier": "share"}),
    ],
)
def test_order(order: str, expected: object) -> None:
    text = (
        "SELECT city, MEASURE(revenue) AS r, DATE_TRUNC('month', metric_time) AS m "
        f"FROM sales ORDER BY {order}"
    )

    assert read(text) == query(group_by=["city", {"time": "month"}], order_by=[expected])


TOP = {"group_by": ["city", "channel"], "order_by": [{"metric": "revenue"}], "limit": 3}


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("ORDER BY revenue DESC LIMIT 3", {}),
        ("QUALIFY ROW_NUMBER() OVER (ORDER BY revenue DESC) <= 3", {}),
        ("QUALIFY RANK() OVER (ORDER BY 3 DESC) <= 3", {"ties": "include"}),
        ("QUALIFY RANK() OVER (ORDER BY revenue DESC) < 4", {"ties": "include"}),
        (
            "QUALIFY ROW_NUMBER() OVER (PARTITION BY city ORDER BY revenue DESC) <= 3 ORDER BY revenue DESC",
            {"per": "city"},
        ),
        (
            "QUALIFY RANK() OVER (PARTITION BY city ORDER BY revenue DESC) <= 3 ORDER BY city, revenue DESC",
            {"per": "city", "ties": "include"},
        ),
    ],
)
def test_top_lists(tail: str, expected: dict[str, object]) -> None:
    assert read(f"SELECT city, channel, revenue FROM sales {tail}") == query(**TOP, **expected)


def test_rollup_asks_for_totals() -> None:
    assert read("SELECT city, revenue FROM sales GROUP BY ROLLUP(city)") == query(
        group_by=["city"], totals=True
    )


def test_coalesce_to_zero_fills() -> None:
    text = "SELECT DATE_TRUNC('month', metric_time), COALESCE(MEASURE(revenue), 0) FROM sales"

    assert read(text) == query(group_by=[{"time": "month"}], fill="zero")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM sales",
        "SELECT s.* FROM sales s",
        "SELECT DISTINCT city, revenue FROM sales",
        "SELECT city FROM sales",
        "SELECT revenue",
        "SELECT revenue FROM sales, customers",
        "SELECT revenue FROM sales JOIN customers ON TRUE",
        "SELECT revenue FROM other.sales",
        "SELECT revenue FROM sales AS customers",
        "SELECT revenue FROM sales s(a)",
        "SELECT revenue FROM sales TABLESAMPLE 5",
        "SELECT revenue FROM (SELECT revenue FROM sales)",
        "SELECT (SELECT revenue FROM sales) FROM sales",
        "WITH a AS (SELECT revenue FROM sales) SELECT revenue FROM a",
        "SELECT revenue FROM sales UNION SELECT orders FROM sales",
        "SELECT revenue - orders FROM sales",
        "SELECT 1 FROM sales",
        "SELECT MEASURE(revenue - orders) FROM sales",
        "SELECT MEASURE() FROM sales",
        "SELECT MEASURE('revenue') FROM sales",
        "SELECT metric_time, revenue FROM sales",
        "SELECT DATE_TRUNC('month', channel), revenue FROM sales",
        "SELECT DATE_TRUNC('decade', metric_time), revenue FROM sales",
        "SELECT city AS channel, revenue FROM sales",
        "SELECT YOY(revenue) AS revenue FROM sales",
        "SELECT city AS x, revenue AS x FROM sales",
        "SELECT revenue AS metric_time FROM sales",
        "SELECT city, revenue FROM sales GROUP BY ROLLUP(city), channel",
        "SELECT city, revenue FROM sales GROUP BY CUBE(city)",
        "SELECT city, revenue FROM sales GROUP BY GROUPING SETS ((city), ())",
        "SELECT city, revenue FROM sales GROUP BY city, revenue",
        "SELECT city, revenue FROM sales GROUP BY 3",
        "SELECT city, revenue FROM sales GROUP BY 0",
        "SELECT city, revenue FROM sales HAVING city = 'x'",
        "SELECT city, revenue FROM sales HAVING revenue > 1 OR revenue < 0",
        "SELECT city, revenue FROM sales ORDER BY ALL",
        "SELECT city, revenue FROM sales ORDER BY revenue NULLS FIRST",
        "SELECT city, revenue FROM sales ORDER BY SHARE(revenue, city)",
        "SELECT city, SHARE(revenue, city) FROM sales ORDER BY SHARE(revenue)",
        "SELECT city, revenue FROM sales LIMIT 5 OFFSET 5",
        "SELECT city, revenue FROM sales LIMIT 20%",
        "SELECT city, revenue FROM sales LIMIT 2.5",
        "SELECT city, revenue FROM sales LIMIT city",
        "SELECT city, revenue FROM sales QUALIFY DENSE_RANK() OVER (ORDER BY revenue) <= 3",
        "SELECT city, revenue FROM sales QUALIFY RANK() OVER (ORDER BY revenue) = 3",
        "SELECT city, revenue FROM sales QUALIFY RANK() OVER (ORDER BY revenue) > 3",
        "SELECT city, revenue FROM sales QUALIFY RANK() OVER (ORDER BY revenue) <= 3 LIMIT 3",
        "SELECT city, revenue FROM sales QUALIFY RANK() OVER (ORDER BY revenue) <= 3 ORDER BY city",
        "SELECT city, revenue FROM sales QUALIFY RANK() OVER (PARTITION BY city, channel ORDER BY revenue) <= 3",
        "SELECT city, COALESCE(revenue, 0), orders FROM sales",
        "SELECT city, COALESCE(revenue, 1) FROM sales",
        "SELECT city, COALESCE(city, 'x'), revenue FROM sales",
        "SELECT city, revenue FROM sales HAVING COALESCE(revenue, 0) < 5",
        "SELECT SHARE(revenue, orders) FROM sales",
    ],
)
def test_sql_beyond_a_metric_query_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(NotSupported) as refusal:
        read(text)

    assert str(refusal.value.facts["what"]).isidentifier()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT SUM(revenue) FROM sales", "SUM"),
        ("SELECT read_text('/etc/passwd') FROM sales", "READ_TEXT"),
        ("SELECT YEAR(metric_time), revenue FROM sales", "YEAR"),
        ("SELECT revenue FROM sales WHERE lower(city) = 'x'", "LOWER"),
        ("SELECT revenue FROM sales ORDER BY random()", "RAND"),
        ("SELECT revenue FROM sales HAVING getenv('x') > 1", "GETENV"),
    ],
)
def test_an_unknown_function_is_unsafe_and_named(text: str, named: str) -> None:
    with pytest.raises(UnsafeSQL, match=named):
        read(text)


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("SELECT MEASURE(revenu) FROM sales", "revenue"),
        ("SELECT revenu FROM sales", "revenue"),
        ("SELECT citi, revenue FROM sales", "city"),
        ("SELECT revenue FROM sales WHERE ship.citty = 'x'", "ship.city"),
        ("SELECT region, revenue FROM sales", "orders.region"),
        ("SELECT revenue FROM sale", "sales"),
    ],
)
def test_an_unknown_name_comes_with_near_names(text: str, close: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        read(text)

    assert close in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT MEASURE(revenue, 'full') FROM sales",
        "SELECT YOY(revenue, 'previous_period') FROM sales",
        "SELECT BASE(revenue, 'last_year') FROM sales",
        "SELECT BASE(revenue, DATE '2024-01-01', DATE '2023-01-01') FROM sales",
        "SELECT SHARE(revenue, city, channel) FROM sales",
        "SELECT revenue FROM sales LIMIT 0",
        "SELECT revenue FROM sales LIMIT 1000000",
    ],
)
def test_arguments_that_do_not_fit_are_malformed(text: str) -> None:
    with pytest.raises(MalformedQuery):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT revenue FROM sales WHERE {'NOT ' * 100}is_late",
        f"SELECT revenue FROM sales WHERE {'NOT (' * 50}is_late{')' * 50}",
    ],
)
def test_deep_conditions_are_refused(text: str) -> None:
    with pytest.raises(UnsafeSQL, match="nested"):
        read(text)


def test_a_long_chain_of_conditions_is_read() -> None:
    assert len(where(" AND ".join(["is_late"] * 1000))) == 1000


@pytest.mark.skipif(not LINES, reason="../shared/security/attacks.jsonl is absent")
@pytest.mark.parametrize("line", REJECT, ids=[line["id"] for line in REJECT])
def test_attacks_are_refused(line: dict[str, str]) -> None:
    with pytest.raises(QueryError):
        read(line["sql"])


@pytest.mark.parametrize(
    "name", ["order", "if", "from", "select", "distinct", "date", "2024", "a b", 'a"b', "大区", ""]
)
def test_names_that_are_not_plain_are_quoted(name: str) -> None:
    quoted = name.replace('"', '""')

    assert f'SELECT "{quoted}", MEASURE' in to_semantic_sql(query(group_by=[name]), "sales")


def test_a_top_list_per_group_without_a_limit_cannot_be_written() -> None:
    with pytest.raises(NotSupported):
        to_semantic_sql(query(group_by=["city"], per="city"), "sales")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**100])
def test_a_number_that_is_no_amount_is_written_as_text(value: float) -> None:
    asked = query(where=[{"field": "amount", "op": ">", "value": value}])

    found = read(to_semantic_sql(asked, "sales")).where

    assert found == (
        Condition(
            field="amount",
            op=">",
            value=str(value).replace("nan", "NaN").replace("inf", "Infinity"),
        ),
    )


METRICS = st.sampled_from(sorted(CATALOG.metrics))
FIELDS = st.sampled_from([*CATALOG.fields, "city", "channel", "is_late", "订单 类型", "order"])
GRAINS = st.sampled_from(tuple(Grain))
DATE_PARTS = st.sampled_from(tuple(DatePart))
ROLES = st.sampled_from(["ship_date", "orders.ship_date", "发货 日期"])
TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cs", "Cn"])
    | st.sampled_from(" '\"%_\\\n;-/*$#?"),
    max_size=12,
)
DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1))
NUMBERS = (
    st.integers(-(10**20), 10**20)
    | st.decimals(-1_000_000, 1_000_000, places=4)
    | st.floats(-1e15, 1e15, allow_subnormal=False).map(lambda value: round(value, 6))
    | st.sampled_from([1e60, -1e-50, Decimal("1E+30")])
)
SCALARS = (
    TEXTS
    | NUMBERS
    | st.booleans()
    | DATES
    | st.none()
    | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - a wall clock, as SQL has it
)
KNOWN = SCALARS.filter(lambda value: value is not None)


def conditions(ops: list[str], values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.fixed_dictionaries({"field": FIELDS, "op": st.sampled_from(ops), "value": values})


CONDITIONS = st.one_of(
    conditions(["=", "!="], SCALARS),
    conditions([">", ">=", "<", "<="], KNOWN),
    conditions(["contains", "starts_with"], TEXTS | st.integers()),
    conditions(["in", "not_in"], st.lists(SCALARS, max_size=3).map(tuple)),
    conditions(["between"], st.tuples(KNOWN, KNOWN)),
    conditions(["is_null", "not_null"], st.none()),
    st.builds(
        lambda part, op, value: {"part": part, "op": op, "value": value},
        DATE_PARTS,
        st.sampled_from(["=", "!=", ">", ">=", "<", "<="]),
        st.integers(-5, 60),
    ),
    st.builds(
        lambda part, op, value: {"part": part, "op": op, "value": value},
        DATE_PARTS,
        st.sampled_from(["in", "not_in", "between"]),
        st.tuples(st.integers(0, 60), st.integers(0, 60)),
    ),
)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: (
        st.builds(lambda item: {"not": item}, inner)
        | st.builds(lambda items: {"any": items}, st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=6,
)
PERIODS = st.builds(
    lambda days: {"start": min(days), "end": max(days)},
    st.lists(DATES, min_size=2, max_size=2, unique=True),
)
COMPARED = ["base", "change", "change_pct"]
PLAIN = ["value", "rank", "target", "attainment", "gap", "run_rate", "cumulative_share"]


@st.composite
def queries(draw: st.DrawFn) -> MetricQuery:
    compare = draw(
        st.none()
        | st.fixed_dictionaries(
            {
                "to": st.sampled_from(["previous_year", "previous_period"]) | PERIODS,
                "show": st.lists(st.sampled_from(COMPARED), unique=True),
                "partial": st.sampled_from(["align", "full"]),
            }
        )
    )
    modifiers = st.sampled_from(PLAIN + (COMPARED if compare else []))
    wholes = st.none() | st.just("total") | FIELDS | GRAINS.map(str)
    shares = st.builds(
        lambda name, of: {"metric": name, "modifier": "share", "of": of}, METRICS, wholes
    )
    columns = st.builds(lambda name, kind: {"metric": name, "modifier": kind}, METRICS, modifiers)
    dated = st.builds(lambda column, time: {**column, "time": time}, columns, ROLES)
    times = GRAINS | st.just("fiscal_year")
    grain = draw(
        st.lists(
            st.builds(lambda item, role: {"time": item, "role": role}, times, st.none() | ROLES),
            max_size=1,
        )
    )
    parts = draw(
        st.lists(
            st.builds(
                lambda item, role: {"part": item, "role": role}, DATE_PARTS, st.none() | ROLES
            ),
            max_size=1,
        )
    )
    running = st.builds(
        lambda name, over: {"metric": name, "modifier": "cumulative", "over": over},
        METRICS,
        st.none() | GRAINS,
    )
    fields = draw(st.lists(FIELDS, max_size=3, unique_by=lambda name: CATALOG.field(name).name))
    limit = draw(st.none() | st.integers(1, 100_000))
    tests = st.builds(
        lambda column, op, value: {**column, "op": op, "value": value},
        columns,
        st.sampled_from(["=", "!=", ">", ">=", "<", "<="]),
        st.decimals(-1_000_000, 1_000_000, places=3),
    )
    keys = st.one_of(
        columns,
        FIELDS.map(lambda name: {"field": name}),
        GRAINS.map(lambda item: {"time": item}),
        DATE_PARTS.map(lambda item: {"part": item}),
    )
    return parse_query(
        {
            "metrics": draw(
                st.lists(
                    columns | shares | running | dated,
                    min_size=1,
                    max_size=4,
                    unique_by=lambda use: (use["metric"], use["modifier"]),
                )
            ),
            "group_by": draw(st.permutations([*grain, *parts, *fields])),
            "period": draw(st.none() | PERIODS),
            "where": draw(st.lists(FILTERS, max_size=3)),
            "having": draw(st.lists(tests, max_size=2)),
            "compare": compare,
            "order_by": draw(
                st.lists(
                    st.builds(
                        lambda key, way: {**key, "dir": way}, keys, st.sampled_from(["asc", "desc"])
                    ),
                    max_size=2,
                )
            ),
            "limit": limit,
            "ties": draw(st.sampled_from(["cut", "include"])),
            "per": draw(st.none() | FIELDS) if limit else None,
            "fill": draw(st.sampled_from([None, "zero"])),
            "totals": draw(st.booleans()),
            "others": draw(st.booleans()),
            "include_empty": draw(st.booleans()),
        }
    )


def named(name: str) -> str:
    return CATALOG.field(name).name


def normal_use(use: MetricUse) -> MetricUse:
    of = use.of if use.modifier == "share" else None
    known = of is None or of == "total" or of in tuple(Grain)
    return use.model_copy(update={"of": of if known or of is None else named(of)})


def normal_value(value: object) -> object:
    return Decimal(repr(value)) if isinstance(value, float) else value


def normal_filter(item: Filter) -> Filter:
    match item:
        case AnyOf(any=parts):
            inner = tuple(map(normal_filter, parts))
            return inner[0] if len(inner) == 1 else AnyOf(any=inner)
        case NotOf(not_=inner_item):
            return NotOf.model_validate({"not": normal_filter(inner_item)})
        case PartCondition():
            return item
        case Condition(field=name, op=op, value=value):
            if op in {"is_null", "not_null"} or (op in {"=", "!="} and value is None):
                empty = "is_null" if op in {"is_null", "="} else "not_null"
                return Condition.model_validate({"field": named(name), "op": empty})
            if op in {"contains", "starts_with"}:
                value = str(value)
            plain = (
                tuple(map(normal_value, value)) if isinstance(value, tuple) else normal_value(value)
            )
            return Condition.model_validate({"field": named(name), "op": op, "value": plain})


def normal(asked: MetricQuery) -> MetricQuery:
    """Return the one form of all queries that ask the same."""
    columns = tuple(map(normal_use, uses(asked)))
    modifiers = {
        *(use.modifier for use in columns),
        *(item.modifier for item in asked.having),
        *(item.modifier for item in asked.order_by),
    }
    compare = asked.compare.model_copy(update={"show": ()}) if asked.compare else None
    return asked.model_copy(
        update={
            "metrics": columns,
            "group_by": tuple(
                named(item) if isinstance(item, str) else item for item in asked.group_by
            ),
            "where": tuple(map(normal_filter, asked.where)),
            "compare": compare if modifiers & set(COMPARED) else None,
            "order_by": tuple(
                item.model_copy(update={"field": named(item.field)}) if item.field else item
                for item in asked.order_by
            ),
            "ties": asked.ties if asked.limit else "cut",
            "per": named(asked.per) if asked.per else None,
            "totals": asked.totals and bool(asked.group_by or asked.others or asked.include_empty),
        }
    )


@settings(deadline=None)
@given(asked=queries())
def test_what_is_written_reads_back_as_the_same_query(asked: MetricQuery) -> None:
    found = read(to_semantic_sql(asked, "sales"))

    assert normal(found) == normal(asked)
    assert read(to_semantic_sql(found, "sales")) == found


WORDS = [
    "SELECT",
    "FROM",
    "sales",
    "WHERE",
    "GROUP",
    "BY",
    "HAVING",
    "QUALIFY",
    "ORDER",
    "LIMIT",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "BETWEEN",
    "AS",
    "DESC",
    ",",
    ",",
    "(",
    ")",
    "(",
    ")",
    "=",
    "<",
    ">=",
    "<>",
    "%",
    "-",
    "*",
    ".",
    "1",
    "20%",
    "0.5",
    "1e9",
    "'x'",
    "'%x%'",
    "'2024-01-01'",
    "DATE",
    "metric_time",
    "revenue",
    "orders",
    "city",
    "region",
    "channel",
    "MEASURE(",
    "YOY(",
    "SHARE(",
    "RANK(",
    "BASE(",
    "COALESCE(",
    "DATE_TRUNC(",
    "PERIOD(",
    "ROLLUP(",
    "OVER",
    "PARTITION",
    "CAST(",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "INTERVAL",
    ";",
    '"',
]


@settings(deadline=None, max_examples=400)
@given(text=st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"SELECT revenue FROM sales {text}", f"SELECT {text} FROM sales"):
        try:
            found = read(whole)
        except WenshuError:
            continue
        assert read(to_semantic_sql(found, "sales")) == found


def test_rows_besides_the_groups_are_calls_around_them() -> None:
    asked = query(
        group_by=["city"], order_by=[{"metric": "revenue"}], limit=3, others=True, totals=True
    )

    text = to_semantic_sql(asked, "sales")

    assert "GROUP BY ROLLUP (WITH_OTHERS(city))" in text
    assert read(text) == asked


@pytest.mark.parametrize(
    ("text", "group_by"),
    [
        ("DATE_TRUNC('Fiscal_Year', metric_time)", {"time": "fiscal_year"}),
        ("DATE_PART('day_of_week', metric_time)", {"part": "day_of_week"}),
    ],
)
def test_periods_of_the_calendar_table_and_parts_of_dates(text: str, group_by: object) -> None:
    assert read(f"SELECT {text} AS t, revenue FROM sales GROUP BY t") == query(group_by=[group_by])


PLACES = {
    "SELECT MEASURE(revnue) FROM sales": (1, 16, "revnue"),
    "SELECT city,\n  MEASURE(revnue)\nFROM sales": (2, 11, "revnue"),
    "SELECT revenue FROM sales\nWHERE cty = 'x'": (2, 7, "cty = 'x'"),
    "SELECT revenue FROM sales WHERE metric_time = DATE '2024-02-30'": (1, 33, "metric_time = DATE '2024-02-30'"),
    "SELECT revenue FROM sale": (1, 21, "sale"),
    "SELECT revenue, YTD(revenue, 'day') FROM sales": (1, 17, "YTD(revenue, 'day')"),
    "SELECT revenue FROM sales ORDER BY citi": (1, 36, "citi"),
    "SELECT revenue FROM sales GROUP BY DATE_TRUNC('decade', metric_time)": (1, 36, "DATE_TRUNC('decade', metric_time)"),
    "SELECT revenue, repeat(city, 2) FROM sales": (1, 17, "repeat(city, 2)"),
    "SELECT revenue\nFROM sales WHERE (city = 'x'": (2, 26, "'x'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place"), PLACES.items())
def test_errors_say_line_column_and_piece(text: str, place: tuple[int, int, str]) -> None:
    with pytest.raises(QueryError) as refused:
        read(text)

    facts = refused.value.facts
    assert (facts["at_line"], facts["at_column"], facts["at_text"]) == place


def test_fiscal_periods_are_read_where_the_year_does_not_begin_in_january() -> None:
    definitions = CATALOG.definitions.model_dump(exclude_unset=True, by_alias=True)
    fiscal = {**definitions, "calendar": None, "settings": {"fiscal_year_start": "april"}}
    catalog = bind(Definitions.model_validate(fiscal))
    text = "SELECT DATE_TRUNC('fiscal_year', metric_time), MEASURE(revenue) FROM sales"

    found = from_semantic_sql(text, catalog)

    assert found == query(group_by=[{"time": "fiscal_year"}])
    assert from_semantic_sql(to_semantic_sql(found, "sales"), catalog) == found
