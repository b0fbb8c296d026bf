from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.scoring import matches, matches_query
from semantic_layer.errors import MalformedQuery
from semantic_layer.query import parse_query

CELLS = st.one_of(st.none(), st.text(max_size=3), st.integers(-5, 5), st.dates(), st.booleans())
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([[1, 2]], [[1, 2]]),
        ([[1, 2]], [[2, 1]]),
        ([["a", 1]], [["x", 1, "a"]]),
        ([["a", 1], ["b", 2]], [["b", 2], ["a", 1]]),
        ([[100_000.0]], [[100_009.0]]),
        ([[0.5]], [[0.50005]]),
        ([[0]], [[0.00005]]),
        ([[Decimal("3.10")]], [[3.1]]),
        ([[7]], [[7.0]]),
        ([[date(2025, 1, 1)]], [["2025-01-01"]]),
        ([[datetime.fromisoformat("2025-01-01")]], [[date(2025, 1, 1)]]),
        ([["2025-01-01T00:00:00"]], [["2025-01-01"]]),
        ([[None]], [[None]]),
        ([[math.nan]], [[None]]),
        ([[2**60]], [[str(2**60)]]),
        ([], []),
        ([[1, 1]], [[1, 1]]),
        ([[1.0], [1.00005]], [[1.00009], [1.00001]]),
        ([["x", 1], ["y", 1]], [[1, "y"], [1, "x"]]),
    ],
    ids=[
        "same",
        "other column order",
        "extra column",
        "other row order",
        "relative above one",
        "absolute up to one",
        "near zero",
        "decimal and float",
        "integer and float",
        "day and text",
        "midnight and day",
        "text of a midnight",
        "nothing and nothing",
        "not a number and nothing",
        "integer too large for JSON",
        "no rows",
        "equal columns",
        "numbers that sort otherwise",
        "texts that repeat a number",
    ],
)
def test_rows_match(expected: list[list[object]], actual: list[list[object]]) -> None:
    assert matches(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([[100_000.0]], [[100_011.0]]),
        ([[0.5]], [[0.5002]]),
        ([[1]], [[1], [1]]),
        ([[1], [1], [2]], [[1], [2], [2]]),
        ([[1, 1]], [[1, 2]]),
        ([["a", 1], ["b", 2]], [["a", 2], ["b", 1]]),
        ([[None]], [[0]]),
        ([["1"]], [[1]]),
        ([[True]], [[1]]),
        ([[1]], []),
        ([], [[1]]),
        ([["a", 1]], [["a"]]),
    ],
    ids=[
        "beyond relative",
        "beyond absolute",
        "one row more",
        "other multiplicities",
        "one column cannot serve two",
        "values crossed over",
        "nothing is not zero",
        "text is not a number",
        "truth is not a number",
        "rows missing",
        "rows too many",
        "column missing",
    ],
)
def test_rows_do_not_match(expected: list[list[object]], actual: list[list[object]]) -> None:
    assert not matches(expected, actual)


def test_order_counts_only_where_it_is_asked_for() -> None:
    rows, turned = [["a", 2], ["b", 1]], [["b", 1], ["a", 2]]

    assert matches(rows, turned)
    assert not matches(rows, turned, ordered=True)
    assert matches(rows, [[2, "a"], [1, "b"]], ordered=True)


def test_a_column_that_fits_alone_but_not_with_the_others_is_given_up() -> None:
    expected = [["a", 1, 2], ["b", 2, 1]]

    assert matches(expected, [["a", 2, 1], ["b", 1, 2]])


@given(rows=TABLES, data=st.data())
def test_shuffled_rows_and_columns_with_an_extra_one_match(
    rows: list[list[object]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(rows[0]))))
    shuffled = [
        [*(row[place] for place in order), "extra"] for row in data.draw(st.permutations(rows))
    ]

    assert matches(rows, shuffled)


def test_query_keys_that_are_not_given_are_free() -> None:
    query = parse_query({"metrics": ["revenue"], "group_by": ["regions.region"], "limit": 3})

    assert matches_query({"limit": 3}, query)
    assert matches_query({"metrics": [{"metric": "revenue"}]}, query)
    assert not matches_query({"limit": 4}, query)
    assert not matches_query({"period": {"start": "2025-01-01", "end": "2026-01-01"}}, query)


def test_negated_conditions_survive_the_comparison() -> None:
    asked = {"not": {"field": "orders.channel", "value": "jd"}}
    query = parse_query({"metrics": ["revenue"], "where": [asked]})

    assert matches_query({"where": [asked]}, query)


def test_an_expected_query_with_unknown_keys_is_malformed() -> None:
    with pytest.raises(MalformedQuery):
        matches_query({"metrix": []}, parse_query({"metrics": ["revenue"]}))
