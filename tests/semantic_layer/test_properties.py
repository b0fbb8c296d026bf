"""What must hold for any data and any question, on small random shops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import QueryError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import parse_query
from tests.semantic_layer.test_bridges import MODEL as TAG_MODEL
from tests.semantic_layer.test_bridges import TABLES as TAG_TABLES
from tests.semantic_layer.worlds import SHOP_TABLES, TODAY, alike, ask, days, shop

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KEYS = st.one_of(st.none(), st.integers(1, 4))
NUMBERS = st.one_of(st.none(), st.integers(-50, 50))
DATES = st.one_of(st.none(), st.dates(date(2023, 11, 1), date(2024, 4, 1)))
SEGMENTS = st.sampled_from([None, "ENT", "SMB"])
ROWS = {
    "regions": st.tuples(st.sampled_from(["x", "y", None]), st.none(), st.sampled_from(["A", "B"])),
    "customers": st.tuples(st.sampled_from(["p", "q", None]), KEYS, SEGMENTS, st.none()),
    "products": st.tuples(st.sampled_from(["l", "m"]), st.sampled_from(["h", None])),
    "orders": st.tuples(KEYS, KEYS, DATES, st.none(), st.sampled_from(["web", "app", None]), NUMBERS),
    "lines": st.tuples(st.integers(1, 5), KEYS, NUMBERS, NUMBERS, NUMBERS),
    "refunds": st.tuples(st.integers(1, 5), DATES, NUMBERS),
}  # fmt: skip
DATA = st.fixed_dictionaries({name: st.lists(row, max_size=6) for name, row in ROWS.items()})
Data = dict[str, list[tuple[Any, ...]]]

FIELDS = ["orders.channel", "regions.country", "ship_region.region", "customers.segment", "product", "online"]  # fmt: skip
GROUPS = st.lists(st.sampled_from([*FIELDS, "month", "week", "year"]), max_size=3, unique=True)
ADDITIVE = ["revenue", "orders", "web_orders", "freight"]
METRICS = [*ADDITIVE, "margin", "customers", "refund", "net_filled", "top_freight", "price"]
WHERE = st.lists(
    st.sampled_from(
        [
            {"field": "orders.channel", "op": "!=", "value": "web"},
            {"field": "customers.segment", "op": "in", "value": ["ENT", None]},
            {"not": {"field": "regions.country", "value": "A"}},
            {"any": [{"field": "online", "value": True}, {"field": "ship_region.region", "op": "is_null"}]},
        ]
    ),
    max_size=2,
)  # fmt: skip
PERIODS = st.sampled_from(
    [None, days("2024-01-01", "2024-04-01"), days("2023-12-31", "2024-02-29")]
)


def grouped(names: list[str]) -> list[Any]:
    times = [name for name in names if name in {"month", "week", "year"}]
    return [name for name in names if name not in times] + [{"time": item} for item in times[:1]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """A shop whose data are changed for every example."""
    return shop(tmp_path_factory.mktemp("any"), rows="").layer()


@contextmanager
def filled(
    home: SemanticLayer, folder: Path, data: Data, cut: str = "", tables: str = ""
) -> Iterator[SemanticLayer]:
    """Lay the shop's definitions over other rows."""
    number = len(list(folder.iterdir()))
    path = folder / f"{number}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SHOP_TABLES + tables)
        for name, rows in data.items():
            for key, row in enumerate(rows, 1):
                marks = ", ".join("?" * (len(row) + 1))
                connection.execute(f"INSERT INTO {name} VALUES ({marks})", [key, *row])
        connection.execute(cut)
    with DuckDBEngine.open(path) as engine:
        yield SemanticLayer(catalog=home.catalog, engine=engine, principals=(), clock=lambda: TODAY)


@given(data=DATA, groups=GROUPS, where=WHERE, period=PERIODS)
@QUICK
def test_groups_of_what_adds_up_sum_to_the_total(
    home: SemanticLayer,
    tmp_path: Path,
    data: Data,
    groups: list[str],
    where: list[Any],
    period: Any,
) -> None:
    fields = [item for item in grouped(groups) if item != "product"]
    query = {"metrics": ADDITIVE, "where": where, "period": period}

    with filled(home, tmp_path, data) as layer:
        parts = ask(layer, {**query, "group_by": fields}).rows()
        (whole,) = ask(layer, query).rows()

    for index, value in enumerate(whole):
        column = [float(str(row[len(fields) + index])) for row in parts if row[len(fields) + index] is not None]  # fmt: skip
        assert sum(column) == float(str(value or 0))


CUT = """
DELETE FROM lines WHERE order_id NOT IN (SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE segment = 'ENT');
DELETE FROM refunds WHERE order_id NOT IN (SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE segment = 'ENT');
DELETE FROM orders WHERE customer_id IS NULL OR customer_id NOT IN (SELECT customer_id FROM customers WHERE segment = 'ENT');
DELETE FROM customers WHERE segment IS DISTINCT FROM 'ENT';
"""
ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
FULL = {"to": "previous_year", "partial": "full"}
SHAPES: dict[str, dict[str, Any]] = {
    "values": {"metrics": METRICS, "group_by": ["regions.country"], "totals": True},
    "by month": {"metrics": ["revenue", "refund"], "group_by": [{"time": "month"}]},
    "shares": {"metrics": [{"metric": "revenue", "modifier": "share"}, "web_share"], "group_by": ["orders.channel"]},
    "compare": {"metrics": ["revenue", "orders"], "group_by": ["customers.segment"], "period": days("2024-01-01", "2025-01-01"), "compare": FULL},
    "filtered": {"metrics": ["revenue"], "where": [{"not": {"field": "customers.segment", "value": "ENT"}}]},
}  # fmt: skip


@given(data=DATA)
@settings(QUICK, max_examples=10)
def test_rows_under_a_rule_are_those_of_a_cut_copy(
    home: SemanticLayer, tmp_path: Path, data: Data
) -> None:
    with filled(home, tmp_path, data) as layer, filled(home, tmp_path, data, CUT) as copy:
        for name, query in SHAPES.items():
            assert alike(ask(layer, query, ENT).rows(), ask(copy, query).rows()), name
        seen = {(item.field, item.value) for item in layer.members(ENT)}
        there = {(item.field, item.value) for item in copy.members()}
    assert seen == {item for item in there if item[0] != "customers.phone"}


@given(
    data=DATA, groups=GROUPS, metrics=st.lists(st.sampled_from(METRICS), min_size=1, unique=True)
)
@QUICK
def test_the_order_of_groups_does_not_change_the_rows(
    home: SemanticLayer, tmp_path: Path, data: Data, groups: list[str], metrics: list[str]
) -> None:
    fields = [item for item in grouped(groups) if item != "product"]
    query = {"metrics": [item for item in metrics if item != "net_filled"] or ["orders"]}

    with filled(home, tmp_path, data) as layer:
        one = ask(layer, {**query, "group_by": fields}).table.to_pylist()
        other = ask(layer, {**query, "group_by": fields[::-1]}).table.to_pylist()

    names = sorted(one[0]) if one else []
    assert alike(
        [[str(row[name]) for name in names] for row in one],
        [[str(row[name]) for name in names] for row in other],
    )


@given(data=DATA, groups=GROUPS, period=PERIODS)
@QUICK
def test_a_metric_of_another_fact_changes_no_value_of_the_first(
    home: SemanticLayer, tmp_path: Path, data: Data, groups: list[str], period: Any
) -> None:
    fields = [item for item in grouped(groups) if item != "product"]
    query = {"group_by": fields, "period": period}
    width = len(fields)

    with filled(home, tmp_path, data) as layer:
        alone = ask(layer, {**query, "metrics": ["revenue"]}).rows()
        beside = ask(layer, {**query, "metrics": ["revenue", "refund", "orders"]}).rows()

    both = {str(row[:width]): row[width] for row in beside}
    assert all(both[str(row[:width])] == row[width] for row in alone)
    extra = set(both) - {str(row[:width]) for row in alone}
    assert all(both[key] is None for key in extra)


TAGS = st.integers(1, 3)
TAGGED = st.fixed_dictionaries(
    {name: st.lists(row, max_size=6) for name, row in ROWS.items()}
    | {
        "tags": st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["k", None])), max_size=3),
        "order_tags": st.lists(st.tuples(st.integers(1, 6), st.one_of(st.none(), TAGS)), max_size=10),
    }
)  # fmt: skip
SUMMED = ["revenue", "freight", "orders", "refund", "price", "top_freight", "customers"]


@pytest.fixture(scope="module")
def tagged_home(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("tagged"), TAG_TABLES, TAG_MODEL).layer()


@given(
    data=TAGGED, metric=st.sampled_from(SUMMED), group=st.sampled_from(["tags.tag", "tags.kind"])
)
@QUICK
def test_a_group_over_a_bridge_is_the_metric_filtered_to_it(
    tagged_home: SemanticLayer, tmp_path: Path, data: dict[str, list[Any]], metric: str, group: str
) -> None:
    rows = {**data, "tags": [(tag, None, kind) for tag, kind in data["tags"]], "order_tags": []}
    pairs = "".join(
        f"INSERT INTO order_tags VALUES ({order}, {tag or 'NULL'}, NULL);"
        for order, tag in data["order_tags"]
    )

    with filled(tagged_home, tmp_path, rows, pairs, TAG_TABLES) as layer:
        groups = ask(layer, {"metrics": [metric], "group_by": [group]}).rows()
        alone = [
            [member, *ask(layer, {"metrics": [metric], "where": [{"field": group, "value": member}]}).rows()[0]]
            for member, _ in groups
            if member is not None
        ]  # fmt: skip

    assert alike([row for row in groups if row[0] is not None], alone)


QUERIES = st.fixed_dictionaries(
    {
        "metrics": st.lists(
            st.one_of(
                st.sampled_from(METRICS),
                st.fixed_dictionaries(
                    {
                        "metric": st.sampled_from(["revenue", "orders", "margin", "freight"]),
                        "modifier": st.sampled_from(
                            ["share", "rank", "target", "attainment", "gap", "change_pct"]
                        ),
                    }
                ),
            ),
            min_size=1,
            max_size=3,
        ),
        "group_by": GROUPS.map(grouped),
        "period": PERIODS,
        "where": WHERE,
        "compare": st.sampled_from(
            [None, {"to": "previous_year"}, {"to": "previous_period"}, {"to": days("2023-01-01", "2023-03-05")}]
        ),
        "having": st.sampled_from([[], [{"metric": "margin", "op": "<", "value": "0.5"}]]),
        "order_by": st.sampled_from([[], [{"metric": "revenue"}], [{"metric": "orders", "dir": "asc"}]]),
        "limit": st.sampled_from([None, 1, 3]),
        "ties": st.sampled_from(["cut", "include"]),
        "fill": st.sampled_from([None, "zero"]),
        "totals": st.booleans(),
    }
)  # fmt: skip


@given(query=QUERIES, principal=st.sampled_from([LOCAL_OWNER, ENT]))
@settings(max_examples=120, deadline=None)
def test_whatever_plans_also_validates_and_runs(
    layer: SemanticLayer, query: dict[str, Any], principal: Principal
) -> None:
    try:
        layer.plan(parse_query(query), principal)
    except QueryError:
        return

    result = ask(layer, query, principal)

    assert "failed" not in {check.status for check in result.checks}


@given(query=QUERIES)
@settings(max_examples=40, deadline=None)
def test_the_same_question_gives_the_same_text_to_the_byte(
    layer: SemanticLayer, query: dict[str, Any]
) -> None:
    try:
        first = ask(layer, query)
    except QueryError:
        return
    again = SemanticLayer(
        catalog=layer.catalog, engine=layer.engine, principals=(), clock=layer.clock
    )

    second = ask(again, query)

    assert (second.sql, second.parameters, second.rows()) == (first.sql, first.parameters, first.rows())  # fmt: skip
