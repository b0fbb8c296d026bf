"""Masks: a masked column leaves its scan as its mask, and what would be computed from it does not exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from semantic_layer.errors import NoPath, UnknownName, UnsafeSQL
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from semantic_layer.policy import scan
from semantic_layer.scans import Grant
from semantic_layer.validator import validate
from tests.semantic_layer.people import ENT, NARROW, written
from tests.semantic_layer.worlds import SHOP_MODEL, ask, shop

EMAIL = Grant(
    source="people",
    columns=frozenset({"id", "email", "segment"}),
    predicate=sqlglot.parse_one("email LIKE '%@x.com'", dialect="duckdb"),
    masks=(("email", sqlglot.parse_one("'***'", dialect="duckdb")),),
)
READ = "s.email LIKE '%@x.com'"
WEB = Principal(name="web", role="channel", attributes={"channel": "web", "channels": ("web",)})


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT s.id, '***' AS email FROM people AS s WHERE {READ}",
        f"SELECT t.email FROM (SELECT '***' AS email FROM people AS s WHERE {READ}) AS t",
        f"SELECT s.id FROM people AS s WHERE {READ} AND s.segment = 'x'",
    ],
)
def test_a_mask_in_the_place_of_its_column_passes(sql: str) -> None:
    assert validate(parsed(sql), [EMAIL], {}).tables == {"people"}


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT s.email FROM people AS s WHERE {READ}",
        f"SELECT EMAIL FROM people AS s WHERE {READ}",
        f"SELECT s.email AS id FROM people AS s WHERE {READ}",
        f"SELECT '***' || s.email AS email FROM people AS s WHERE {READ}",
        f"SELECT LEFT(s.email, 1) AS initial FROM people AS s WHERE {READ}",
        f"SELECT s.id FROM people AS s WHERE {READ} AND s.email = 'ada@x.com'",
        f"SELECT s.id FROM people AS s WHERE {READ} AND EXISTS (SELECT 1 WHERE s.email > 'b')",
        f"SELECT s.id, (SELECT s.email) AS other FROM people AS s WHERE {READ}",
        f"SELECT t.email FROM (SELECT s.email FROM people AS s WHERE {READ}) AS t",
    ],
)
def test_a_masked_column_outside_its_mask_is_refused(sql: str) -> None:
    with pytest.raises(UnsafeSQL, match="masked column"):
        validate(parsed(sql), [EMAIL], {})


def test_a_mask_that_reads_its_column_passes_only_as_written() -> None:
    mask = sqlglot.parse_one("LEFT(s.email, 1) || '***'", dialect="duckdb")
    grant = Grant(source="people", columns=EMAIL.columns, masks=(("email", mask),))

    validate(parsed("SELECT LEFT(s.email, 1) || '***' AS email FROM people AS s"), [grant], {})

    for other in ("LEFT(s.email, 2) || '***' AS email", "LEFT(s.email, 1) || '***' AS id"):
        with pytest.raises(UnsafeSQL, match="masked column"):
            validate(parsed(f"SELECT {other} FROM people AS s"), [grant], {})


def masked(
    folder: Path, old: str = "", new: str = "", mask: str = "customers.customer"
) -> SemanticLayer:
    model = SHOP_MODEL.replace(old, new, 1) if old else SHOP_MODEL
    return shop(
        folder, model=model.replace("mask: [customers.customer]", f"mask: [{mask}]")
    ).layer()


def test_the_scan_of_a_dataset_holds_the_mask_and_nothing_above_sees_the_column(
    tmp_path: Path,
) -> None:
    layer = masked(tmp_path, "customer: ,", "customer: {mask: \"left(customer, 1) || '*'\"},")
    customers = layer.access(WEB).catalog.datasets["customers"]

    text = scan(customers, frozenset({"customer", "phone", "segment"}), None).sql("duckdb")

    assert text == (
        'SELECT LEFT("s"."customer", 1) || \'*\' AS "customer", CAST(NULL AS TEXT) AS "phone", '
        '"s"."segment" FROM "customers" AS s'
    )
    rows = written(layer, "SELECT customer, phone FROM customers", WEB)
    assert rows == {f"[('customer', '{name}*'), ('phone', None)]": 1 for name in "ABCDE"}


def test_the_owner_reads_what_is_there(tmp_path: Path) -> None:
    layer = masked(tmp_path)

    assert layer.access().catalog.datasets["customers"].masks == {}
    assert ask(layer, {"metrics": ["all_customers"], "group_by": ["customers.phone"]}).rows()[0] == ["1", 1]  # fmt: skip


def test_a_policy_may_show_a_personal_field(tmp_path: Path) -> None:
    model = SHOP_MODEL.replace("mask: [customers.customer]", "show: [customers.phone]")
    layer = shop(tmp_path, model=model).layer()
    query: dict[str, Any] = {"metrics": ["all_customers"], "group_by": ["customers.phone"]}

    assert len(ask(layer, query, WEB).rows()) == 5
    with pytest.raises(UnknownName):
        ask(layer, query, ENT)
    assert "customers.phone" not in {item.field for item in layer.members(WEB)}


def test_a_way_over_a_masked_key_is_closed(tmp_path: Path) -> None:
    """Rows that all have the same mask would all meet, or none: either is a wrong number."""
    layer = masked(tmp_path, mask="customers.customer_id")

    with pytest.raises(NoPath) as caught:
        ask(layer, {"metrics": ["orders"], "group_by": ["customers.segment"]}, WEB)

    assert not [name for name in caught.value.facts["possible"] if "customers" in name]  # type: ignore[attr-defined]
    assert ask(layer, {"metrics": ["all_customers"], "group_by": ["customers.segment"]}, WEB).rows()


def test_rows_are_not_counted_by_a_masked_key(tmp_path: Path) -> None:
    """Counted by it, the orders of a category would be one."""
    query: dict[str, Any] = {"metrics": ["orders"], "group_by": ["products.category"]}
    layer = masked(tmp_path, mask="orders.order_id")

    with pytest.raises(NoPath):
        ask(layer, query, WEB)

    assert ask(masked(tmp_path / "open"), query, WEB).rows()[0] == ["Hardware", 5]


@pytest.mark.parametrize(
    "metric",
    [
        "{dataset: customers, agg: count_distinct, expr: customer}",
        "{of: all_customers, filter: customer > 'B'}",
        "{type: ratio, numerator: names, denominator: orders}",
        "{type: entity_share, entity: customers.customer, having: orders >= 2}",
        "{type: per_entity, entity: customers.customer, input_metric: orders, agg: avg}",
        "{type: derived, expr: names + orders}",
    ],
    ids=["counted", "filtered", "ratio", "share of entities", "per entity", "derived"],
)
def test_a_metric_over_a_masked_column_is_no_metric(tmp_path: Path, metric: str) -> None:
    names = "names: {dataset: customers, agg: count_distinct, expr: customer}"
    layer = masked(tmp_path, "  price: {", f"  {names}\n  it: {metric}\n  price: {{")

    assert {"names", "it"} <= set(layer.access().catalog.metrics)
    assert not {"names", "it"} & set(layer.access(WEB).catalog.metrics)


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("customer: {mask: orders.channel},", "does not reach"),
        ("customer: {mask: max(customer)},", "other rows"),
        ("customer: {mask: nobody},", "no column `nobody`"),
        ("customer: {mask: '1 +'},", "not a SQL expression"),
        ("initial: {expr: 'left(customer, 1)', mask: \"'*'\"}, customer: ,", "computed"),
    ],
)
def test_a_mask_that_cannot_stand_for_its_column_is_a_problem(
    tmp_path: Path, field: str, what: str
) -> None:
    problems = shop(tmp_path, model=SHOP_MODEL.replace("customer: ,", field)).problems()

    assert [problem for problem in problems if what in problem.what]


def test_a_field_that_is_shown_must_exist(tmp_path: Path) -> None:
    model = SHOP_MODEL.replace("mask: [customers.customer]", "show: [customers.fax]")

    (problem,) = shop(tmp_path, model=model).problems()

    assert "shows `customers.fax`" in problem.what


def test_what_only_a_rule_reads_is_readable_nowhere_else(full: SemanticLayer) -> None:
    assert sum(written(full, "SELECT order_id FROM orders", NARROW).values()) == 3

    for sql in (
        "SELECT customer_id FROM customers",
        "SELECT segment FROM customers",
        "SELECT order_id FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.segment = 'SMB')",
    ):
        with pytest.raises(UnsafeSQL, match="table not allowed"):
            written(full, sql, NARROW)
