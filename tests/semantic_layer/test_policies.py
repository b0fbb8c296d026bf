"""Row rules and hidden names: what one person sees is what a physically cut copy would show (SECURITY §4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import NotPermitted, QueryError, UnknownName
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, alike, ask, days, shop

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
SMB = Principal(name="smb", role="segment", attributes={"segment": "SMB"})
WEB = Principal(name="web", role="channel", attributes={"channel": "web", "channels": ("web",)})

CUT = """
DELETE FROM lines WHERE order_id NOT IN (SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE segment = '{0}');
DELETE FROM refunds WHERE order_id NOT IN (SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE segment = '{0}');
DELETE FROM orders WHERE customer_id IS NULL OR customer_id NOT IN (SELECT customer_id FROM customers WHERE segment = '{0}');
DELETE FROM customers WHERE segment IS DISTINCT FROM '{0}';
"""
Y2024 = days("2024-01-01", "2025-01-01")
QUERIES: dict[str, dict[str, Any]] = {
    "single": {"metrics": ["revenue", "orders", "margin", "customers", "all_customers", "refund"]},
    "unknown members": {"metrics": ["revenue"], "group_by": ["regions.region"]},
    "by a joined field": {"metrics": ["orders", "refund"], "group_by": ["customers.customer"]},
    "by month": {"metrics": ["revenue", "refund"], "group_by": [{"time": "month"}]},
    "or": {"metrics": ["revenue"], "where": [{"any": [{"field": "segment", "op": "!=", "value": "x"}, {"field": "segment", "op": "is_null"}]}]},
    "not": {"metrics": ["revenue"], "where": [{"not": {"field": "segment", "value": "ENT"}}]},
    "other segment": {"metrics": ["orders"], "where": [{"field": "segment", "value": "SMB"}]},
    "compare": {"metrics": ["revenue"], "period": Y2024, "compare": {"to": "previous_year", "partial": "full"}},
    "share": {"metrics": [{"metric": "revenue", "modifier": "share"}], "group_by": ["product"]},
    "rank": {"metrics": [{"metric": "orders", "modifier": "rank"}], "group_by": ["orders.channel"]},
    "totals": {"metrics": ["revenue", "web_share"], "group_by": ["orders.channel"], "totals": True},
    "role": {"metrics": ["orders"], "group_by": ["ship_region.country"]},
    "top": {"metrics": ["revenue"], "group_by": ["product"], "order_by": [{"metric": "revenue"}], "limit": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SemanticLayer]:
    return {
        segment: shop(tmp_path_factory.mktemp(segment), SHOP_ROWS + CUT.format(segment)).layer()
        for segment in ("ENT", "SMB")
    }


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("principal", [ENT, SMB], ids=["ENT", "SMB"])
def test_rows_under_a_rule_are_those_of_a_cut_copy(
    layer: SemanticLayer,
    copies: dict[str, SemanticLayer],
    principal: Principal,
    query: dict[str, Any],
) -> None:
    cut = copies[str(principal.attributes["segment"])]

    assert alike(ask(layer, query, principal).rows(), ask(cut, query).rows())


@pytest.mark.parametrize("principal", [ENT, SMB], ids=["ENT", "SMB"])
def test_members_under_a_rule_are_those_of_a_cut_copy(
    layer: SemanticLayer, copies: dict[str, SemanticLayer], principal: Principal
) -> None:
    cut = copies[str(principal.attributes["segment"])]

    seen = {(item.field, item.value) for item in layer.members(principal)}

    assert seen == {
        (item.field, item.value) for item in cut.members() if item.field != "customers.phone"
    }
    assert any(field == "customers.customer" for field, _ in seen)


def test_a_role_without_policy_sees_nothing(layer: SemanticLayer) -> None:
    with pytest.raises(NotPermitted):
        ask(layer, {"metrics": ["revenue"]}, Principal(name="x", role="stranger"))


@pytest.mark.parametrize("role", ["segment", "channel"])
def test_a_principal_without_the_attribute_sees_nothing(layer: SemanticLayer, role: str) -> None:
    with pytest.raises(NotPermitted):
        ask(layer, {"metrics": ["revenue"]}, Principal(name="x", role=role))


@pytest.mark.parametrize("name", ["cost", "profit", "margin", "goal", "all_customers_x"], ids=str)
def test_a_hidden_metric_is_refused_like_one_that_does_not_exist(
    layer: SemanticLayer, name: str
) -> None:
    with pytest.raises(UnknownName) as hidden:
        ask(layer, {"metrics": [name]}, WEB)
    with pytest.raises(UnknownName) as missing:
        ask(layer, {"metrics": ["zzzz"]}, WEB)

    assert (
        str(hidden.value).replace(name, "zzzz").split(", close")[0]
        == (str(missing.value).split(", close")[0])
    )
    assert not {"cost", "profit", "margin", "goal"} & set(hidden.value.facts["close"])  # type: ignore[call-overload]


def test_hiding_goes_on_to_all_that_is_made_of_it(layer: SemanticLayer) -> None:
    visible = set(layer.access(WEB).catalog.metrics)

    assert not {"cost", "profit", "margin"} & visible
    assert {"revenue", "orders", "web_share"} <= visible


@pytest.mark.parametrize("name", ["customers.phone", "phone", "customers.customer", "customer"])
def test_masked_and_personal_fields_are_unknown_names(layer: SemanticLayer, name: str) -> None:
    queries: list[dict[str, Any]] = [
        {"metrics": ["revenue"], "group_by": [name]},
        {"metrics": ["revenue"], "where": [{"field": name, "value": "Ada"}]},
        {"metrics": ["revenue"], "where": [{"not": {"any": [{"field": name, "op": "contains", "value": "A"}]}}]},
        {"metrics": ["revenue"], "order_by": [{"field": name}]},
    ]  # fmt: skip

    for query in queries:
        with pytest.raises(UnknownName):
            ask(layer, query, WEB)


def test_personal_fields_have_no_members(layer: SemanticLayer) -> None:
    assert {item.field for item in layer.members(WEB)} & {
        "customers.phone",
        "customers.customer",
    } == set()
    assert "customers.phone" not in {item.field for item in layer.members()}


def test_datasets_that_are_not_listed_do_not_exist(layer: SemanticLayer) -> None:
    catalog = layer.access(WEB).catalog

    assert "regions" not in catalog.datasets
    assert not [name for name in catalog.fields if "region" in name]
    with pytest.raises(QueryError):
        ask(layer, {"metrics": ["orders"], "group_by": ["ship_region.region"]}, WEB)


def test_a_field_made_of_unlisted_datasets_does_not_exist(layer: SemanticLayer) -> None:
    assert "lines.to_abroad" not in layer.access(WEB).catalog.fields


def test_a_target_that_is_not_listed_is_refused_without_its_name(layer: SemanticLayer) -> None:
    with pytest.raises(QueryError) as caught:
        ask(layer, {"metrics": [{"metric": "revenue", "modifier": "target"}], "period": Y2024}, WEB)

    assert "goal" not in str(caught.value)


def test_what_is_made_of_a_masked_column_is_hidden_too(tmp_path: Path) -> None:
    model = SHOP_MODEL.replace(
        "customer: ,",
        "customer: , initial: {expr: 'left(customer, 1)'}, key: {expr: customer_id, label_column: customer},",
    )
    model = model.replace(
        "  price: {dataset",
        "  names: {dataset: customers, agg: count_distinct, expr: customer}\n  a_names: {of: orders, filter: customers.customer LIKE 'A%'}\n  price: {dataset",
    )
    layer = shop(tmp_path, model=model).layer()

    catalog = layer.access(WEB).catalog

    assert "customers.initial" not in catalog.fields
    assert catalog.fields["customers.key"].label_columns == {}
    assert not {"names", "a_names"} & set(catalog.metrics)
    assert "names" in layer.access().catalog.metrics


def test_hiding_a_field_hides_the_metrics_that_read_its_column(tmp_path: Path) -> None:
    model = SHOP_MODEL.replace("{qty: ,", "{qty: , cost: ,").replace(
        "hide: [cost]", "hide: [lines.cost]"
    )

    visible = shop(tmp_path, model=model).layer().access(WEB).catalog.metrics

    assert not {"cost", "profit", "margin", "profit_in_lines"} & set(visible)
    assert "revenue" in visible


NASTY = [
    "O'Neil",
    'a"b',
    "a\\b",
    "x' OR '1'='1",
    "a\u2028b",
    "$$",
    "$p1",
    "--",
    "华东",
    "%",
    "${x}",
]


@pytest.mark.parametrize("value", NASTY, ids=[f"{index}" for index in range(len(NASTY))])
def test_a_rule_value_is_data(tmp_path: Path, value: str) -> None:
    quoted = value.replace("'", "''")
    world = shop(
        tmp_path, SHOP_ROWS + f"UPDATE customers SET segment = '{quoted}' WHERE customer_id = 1"
    )

    layer = world.layer()

    someone = Principal(name="n", role="segment", attributes={"segment": value})
    assert ask(layer, {"metrics": ["orders"]}, someone).rows() == [[2]]


def test_rows_without_a_value_in_the_rule_column_are_hidden(layer: SemanticLayer) -> None:
    rows = ask(layer, {"metrics": ["orders"], "group_by": ["orders.channel"]}, WEB).rows()

    assert rows == [["web", 5]]


@pytest.mark.parametrize(
    ("rule", "attribute", "orders"),
    [
        ("channel IN user.x", ("web", "app"), 6),
        ("channel IN (user.x)", ("web",), 5),
        ("channel = user.x", ("web", "store"), 7),
        ("channel = user.x", (), 0),
        ("channel = user.x", "app", 1),
        ("channel = user.x AND customers.segment = 'ENT'", "web", 3),
        ("channel = user.x OR customers.segment = 'ENT'", "store", 5),
        ("NOT (channel = user.x)", "web", 3),
        ("channel <> user.x", "web", 3),
        ("freight > user.x", 10, 3),
        ("order_date >= DATE '2024-01-01' AND freight < user.x", 100.5, 6),
        ("customer_id = user.x", True, 2),
    ],
    ids=str,
)
def test_rules_take_lists_and_conditions(
    tmp_path: Path, rule: str, attribute: Any, orders: int
) -> None:
    model = SHOP_MODEL.replace("orders: channel = user.channel", f'orders: "{rule}"')
    layer = shop(tmp_path, model=model).layer()
    someone = Principal(name="n", role="channel", attributes={"x": attribute, "channel": "web", "channels": ("web",)})  # fmt: skip

    assert ask(layer, {"metrics": ["orders"]}, someone).rows() == [[orders]]


def test_a_list_where_one_value_is_needed_permits_nothing(tmp_path: Path) -> None:
    model = SHOP_MODEL.replace("orders: channel = user.channel", "orders: freight > user.x")
    layer = shop(tmp_path, model=model).layer()

    with pytest.raises(NotPermitted):
        layer.access(Principal(name="n", role="channel", attributes={"x": (1, 2), "channel": "web", "channels": ()}))  # fmt: skip


def test_a_query_that_needs_only_some_attributes_runs(layer: SemanticLayer) -> None:
    assert ask(layer, {"metrics": ["refund"]}, WEB).rows() == [[170]]
    assert ask(layer, {"metrics": ["all_customers"]}, WEB).rows() == [[5]]


def test_two_people_asking_the_same_get_their_own_rows(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"]}

    answers = [ask(layer, query, person).rows() for person in (ENT, SMB, ENT, SMB)]

    assert answers == [[[600]], [[250]], [[600]], [[250]]]


def test_no_text_of_a_result_holds_another_ones_value(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["revenue"], "group_by": ["customers.customer"]}, SMB)

    text = f"{result.sql} {result.rows()} {result.parameters} {result.semantic_sql}"

    assert "SMB" in text
    assert not [word for word in ("ENT", "Bob", "Di") if f"'{word}'" in text]


def nested(folder: Path, customers: str) -> SemanticLayer:
    """Return the shop where orders have a rule by their customer, and customers have another one."""
    old = "      customers: segment = user.segment\n"
    assert old in SHOP_MODEL
    return shop(folder, model=SHOP_MODEL.replace(old, f"      customers: {customers}\n")).layer()


@pytest.mark.parametrize(
    ("customers", "names"),
    [("customer = 'Bob'", ["Bob", None]), ("customer = 'Ada'", [None]), ("all", ["Bob", "Di"])],
)
def test_a_rule_by_a_parent_neither_widens_nor_narrows_with_the_parents_own_rule(
    tmp_path: Path, customers: str, names: list[str | None]
) -> None:
    """Orders stay those of the segment; of their customers one sees who the rule of customers grants, and no other."""
    layer = nested(tmp_path, customers)

    rows = ask(layer, {"metrics": ["orders"], "group_by": ["customers.customer"]}, ENT).rows()

    assert [row[0] for row in rows] == names
    assert sum(int(str(row[1])) for row in rows) == 3
    seen = {item.value for item in layer.members(ENT) if item.field == "customers.customer"}
    assert {name for name in names if name} <= seen
    assert seen != {"Ada", "Bob", "Cy", "Di", "Eve"} or customers == "all"


LATE = SHOP_ROWS + "INSERT INTO orders VALUES (10,1,1,'2025-06-15','2025-06-15','web',1);"
RUNNING: list[dict[str, Any]] = [
    {"metrics": ["orders"], "period": days("2024-03-01", "2025-01-01"), "compare": {"to": "previous_year"}},
    {"metrics": ["orders"], "group_by": [{"time": "year"}], "compare": {"to": "previous_year"}},
    {"metrics": ["so_far"], "group_by": [{"time": "quarter"}]},
    {"metrics": ["orders"], "group_by": [{"time": "quarter"}], "period": days("2024-01-01", "2026-01-01")},
]  # fmt: skip


@pytest.mark.parametrize("query", RUNNING, ids=["period", "years", "to date", "quarters"])
def test_running_periods_end_with_the_rows_that_one_sees(
    tmp_path: Path, query: dict[str, Any]
) -> None:
    model = SHOP_MODEL.replace(
        "policies:", "  so_far: {type: cumulative, input_metric: orders}\npolicies:"
    )
    layer = shop(tmp_path / "full", LATE, model).layer()
    cut = shop(tmp_path / "cut", LATE + CUT.format("ENT"), model).layer()

    mine, theirs = ask(layer, query, ENT), ask(cut, query)

    assert mine.rows() == theirs.rows()
    assert mine.notices == theirs.notices
    assert mine.data_through == theirs.data_through
    assert str(mine.data_through) == "2024-03-31"
    assert str(ask(layer, query).data_through) == "2025-06-15"


def test_the_day_that_the_definitions_declare_is_the_same_for_everybody(tmp_path: Path) -> None:
    model = SHOP_MODEL.replace(
        "model: shop\n", "model: shop\nsettings: {as_of: max(orders.order_date)}\n"
    )
    layer = shop(tmp_path, LATE, model).layer()

    through = [str(ask(layer, {"metrics": ["orders"]}, who).data_through) for who in (ENT, SMB)]

    assert through == ["2025-06-15", "2025-06-15"]
