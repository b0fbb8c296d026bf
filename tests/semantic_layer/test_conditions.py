"""Filters: what a row must be to count. The rows are numbered, so that a test names those that stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.conditions import Parameters
from semantic_layer.errors import MalformedQuery
from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.worlds import World, ask

TABLE = r"""
CREATE TABLE t (id INTEGER, name VARCHAR, n INTEGER, price DECIMAL(9,2), ok BOOLEAN, d DATE, ts TIMESTAMP);
INSERT INTO t VALUES
 (1,'Alpha',1,1.50,true,'2024-01-01','2024-01-01 00:00:00'),
 (2,'50%_off',2,2.00,false,'2024-01-31','2024-01-31 23:59:59.999'),
 (3,'a\b',NULL,NULL,NULL,NULL,NULL),
 (4,NULL,4,4.25,true,'2024-02-01','2024-02-01 00:00:00'),
 (5,'华东 A',5,5.00,false,'2024-02-29','2024-02-29 12:30:00');
"""
MODEL = """
model: m
datasets:
  t:
    source: t
    primary_key: [id]
    fields: {id: , name: , n: , price: , ok: , d: , ts: , big: {expr: n > 3 OR price > 3, datatype: Boolean}}
metrics: {rows: {dataset: t, agg: count}}
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return World(tmp_path_factory.mktemp("rows")).data(TABLE).file(MODEL).layer()


def kept(layer: SemanticLayer, *where: dict[str, Any]) -> list[int]:
    query = {"metrics": ["rows"], "group_by": ["t.id"], "where": list(where)}
    return sorted(int(str(row[0])) for row in ask(layer, query).rows())


def test(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op} | ({"value": value[0]} if value else {})


test.__test__ = False  # type: ignore[attr-defined]

CASES: list[tuple[dict[str, Any], list[int]]] = [
    (test("name", "=", "Alpha"), [1]),
    (test("name", "!=", "Alpha"), [2, 3, 4, 5]),
    (test("name", "=", None), [4]),
    (test("name", "!=", None), [1, 2, 3, 5]),
    (test("name", "in", ["Alpha", None]), [1, 4]),
    (test("name", "not_in", ["Alpha", None]), [2, 3, 5]),
    (test("name", "not_in", ["Alpha"]), [2, 3, 4, 5]),
    (test("name", "in", []), []),
    (test("name", "not_in", []), [1, 2, 3, 4, 5]),
    (test("name", "is_null"), [4]),
    (test("name", "not_null"), [1, 2, 3, 5]),
    (test("name", "contains", "%"), [2]),
    (test("name", "contains", "_"), [2]),
    (test("name", "contains", "\\"), [3]),
    (test("name", "contains", "ALPH"), [1]),
    (test("name", "contains", "东 a"), [5]),
    (test("name", "starts_with", "a"), [1, 3]),
    (test("name", "starts_with", "%"), []),
    (test("n", ">", 2), [4, 5]),
    (test("n", "<=", "2"), [1, 2]),
    (test("n", "between", [2, 4]), [2, 4]),
    (test("n", "!=", 2), [1, 3, 4, 5]),
    (test("n", ">", 1.5), [2, 4, 5]),
    (test("price", "=", "1.50"), [1]),
    (test("price", ">=", 4.25), [4, 5]),
    (test("ok", "=", True), [1, 4]),
    (test("ok", "=", "false"), [2, 5]),
    (test("ok", "!=", True), [2, 3, 5]),
    (test("big", "=", True), [4, 5]),
    (test("big", "!=", True), [1, 2, 3]),
    (test("d", ">=", "2024-01-31"), [2, 4, 5]),
    (test("d", "between", ["2024-01-31", "2024-02-01"]), [2, 4]),
    (test("ts", "=", "2024-01-31"), [2]),
    (test("ts", "!=", "2024-01-31"), [1, 3, 4, 5]),
    (test("ts", "between", ["2024-01-01", "2024-01-31"]), [1, 2]),
    (test("ts", ">", "2024-01-31"), [4, 5]),
    (test("ts", ">=", "2024-01-31"), [2, 4, 5]),
    (test("ts", "<", "2024-01-31"), [1]),
    (test("ts", "<=", "2024-01-31"), [1, 2]),
    (test("ts", "<=", "2024-02-29T12:30:00"), [1, 2, 4, 5]),
    (test("ts", "<", "2024-02-29T12:30:00"), [1, 2, 4]),
    (test("ts", "=", "2024-02-29 12:30:00"), [5]),
    (test("ts", "in", ["2024-01-01", "2024-02-29T12:30:00", None]), [1, 3, 5]),
    (test("ts", "not_in", ["2024-01-01", None]), [2, 4, 5]),
    (test("ts", "between", ["2024-01-31T12:00:00", "2024-02-01"]), [2, 4]),
    (test("ts", "in", []), []),
    (test("ts", "is_null"), [3]),
    ({"not": test("n", ">", 2)}, [1, 2, 3]),
    ({"not": {"not": test("n", ">", 2)}}, [4, 5]),
    ({"any": [test("n", "=", 1), test("name", "=", None)]}, [1, 4]),
    ({"any": [test("n", ">", 4), {"not": test("ok", "=", True)}]}, [2, 3, 5]),
    ({"not": {"any": [test("n", "=", 1), test("ok", "=", False)]}}, [3, 4]),
]


@pytest.mark.parametrize(("where", "expected"), CASES, ids=[str(where) for where, _ in CASES])
def test_a_filter_keeps_the_rows_it_says(
    rows: SemanticLayer, where: dict[str, Any], expected: list[int]
) -> None:
    assert kept(rows, where) == expected


def test_filters_are_anded(rows: SemanticLayer) -> None:
    assert kept(rows, test("n", ">", 1), test("ok", "=", False)) == [2, 5]


@pytest.mark.parametrize(
    "where",
    [
        test("n", "=", "many"),
        test("n", "=", True),
        test("n", "=", "NaN"),
        test("n", ">", "Infinity"),
        test("n", "=", "1e999999999"),
        test("n", "=", 10**40),
        test("ok", "=", "perhaps"),
        test("ok", "=", 1),
        test("d", "=", "2024-02-30"),
        test("ts", ">", "soon"),
        test("n", ">", None),
        test("n", "between", [1, None]),
        test("name", "contains", None),
        test("name", "="),
        test("name", "in", "Alpha"),
        test("n", "between", [1]),
        test("n", "~", 1),
    ],
    ids=str,
)
def test_a_value_that_a_field_cannot_hold_is_malformed(
    rows: SemanticLayer, where: dict[str, Any]
) -> None:
    with pytest.raises(MalformedQuery):
        kept(rows, where)


@pytest.mark.parametrize(
    "having",
    [
        {"metric": "rows", "value": "NaN"},
        {"metric": "rows", "value": "1e9999999"},
        {"metric": "rows", "op": "between", "value": 1},
        {"metric": "rows", "op": ">", "value": [1, 2]},
    ],
    ids=str,
)
def test_a_bad_test_on_a_metric_is_malformed(rows: SemanticLayer, having: dict[str, Any]) -> None:
    with pytest.raises(MalformedQuery):
        ask(rows, {"metrics": ["rows"], "having": [having]})


@given(text=st.text(max_size=20))
def test_contains_finds_exactly_the_text_itself(text: str, rows: SemanticLayer) -> None:
    names = {1: "alpha", 2: "50%_off", 3: "a\\b", 5: "华东 a"}
    lowered = text.lower()

    found = kept(rows, test("name", "contains", text))

    assert found == [key for key, name in names.items() if lowered in name]


def test_equal_values_of_one_type_share_a_parameter() -> None:
    parameters = Parameters()

    names = [str(parameters.bind(value).this) for value in (1, True, 1.0, 1, "1", True)]

    assert names == ["p1", "p2", "p3", "p1", "p4", "p2"]


def test_a_deep_filter_is_answered_or_refused(rows: SemanticLayer) -> None:
    where = test("n", ">", 2)
    for _ in range(40):
        where = {"not": where}

    assert kept(rows, where) == [4, 5]


def test_values_are_data(rows: SemanticLayer, tmp_path: Path) -> None:
    for text in ("'", "\\'; DROP TABLE t; --", "$p1", "\u2028", "${x}", "\x00", '"'):
        assert kept(rows, test("name", "=", text)) == []
