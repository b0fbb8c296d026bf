"""What `wenshu check` finds in the data behind definitions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assistant.locale import holes
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import EngineError
from semantic_layer.health.findings import findings_of
from semantic_layer.health.probe import DataFinding
from semantic_layer.layer import SemanticLayer

MODEL = """
version: 1
model: shop
datasets:
  orders:
    source: orders
    primary_key: [order_id]
    time: day
    fields: {channel: {values: {web: Web}}}
  regions: {source: regions, primary_key: [region_id], fields: {region: {}}}
relationships:
  - orders.region_id -> regions.region_id
metrics:
  revenue: {dataset: orders, agg: sum, expr: amount}
  refund: {dataset: orders, agg: sum, expr: amount, filter: "channel = 'nowhere'", fill_nulls_with: 0}
  net: {type: derived, expr: revenue - refund}
"""
DATA = """
create table regions(region_id int, region varchar);
insert into regions values (1, 'North'), (1, 'North again'), (2, 'South');
create table orders(order_id int, day date, channel varchar, region_id int, amount int);
insert into orders values (1, '2026-01-01', 'web', 1, 10), (2, '2026-01-02', 'shop', 9, 20), (3, '2026-01-03', 'web', null, 30);
"""


@pytest.fixture
def findings(tmp_path: Path) -> set[tuple[str, str, str]]:
    (tmp_path / "model.yml").write_text(MODEL, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(DATA)
    engine = DuckDBEngine.open(tmp_path / "shop.duckdb")
    layer = SemanticLayer.open(tmp_path, engine, clock=lambda: date(2026, 2, 1))
    return {(item.level, item.where, item.code) for item in findings_of(layer)}


@pytest.mark.parametrize(
    "expected",
    [
        ("problem", "regions", "doubled_key"),
        ("warning", "orders → regions", "orphans"),
        ("warning", "orders → regions", "without_parent"),
        ("warning", "orders.channel", "unnamed_members"),
        ("warning", "refund", "silent_metric"),
        ("warning", "revenue", "sum_without_fill"),
    ],
    ids=[
        "doubled key",
        "orphans",
        "no parent",
        "unnamed member",
        "silent metric",
        "sum without fill",
    ],
)
def test_what_is_wrong_in_the_data_is_found(
    findings: set[tuple[str, str, str]], expected: tuple[str, str, str]
) -> None:
    assert expected in findings


def test_nothing_else_is_found(findings: set[tuple[str, str, str]]) -> None:
    assert len(findings) == 6


ROTTEN_MODEL = """
version: 1
model: rotten
settings: {as_of: max(orders.day)}
calendar: {source: days, date: day, grains: {fiscal_year: fy}}
datasets:
  orders:
    source: orders
    primary_key: [order_id]
    time: day
    fields:
      channel: {values: {web: Web, fax: Fax}}
  customers:
    source: customers
    primary_key: [phone]
    fields: {phone: {pii: true}, customer: {expr: id, label_column: {en: name}}}
  shops:
    source: shops
    primary_key: [shop_id]
    fields: {shop: , city: }
  cities:
    source: cities
    primary_key: [city_id]
    fields: {region: }
  plans:
    source: plans
    primary_key: [shop_id, month]
    time: {field: month, grain: month}
relationships:
  - orders.phone -> customers.phone
  - orders.shop_id -> shops.shop_id
  - shops.city_id -> cities.city_id
  - plans.shop_id -> shops.shop_id
hierarchies: {places: [shops.city, shops.shop], areas: [cities.region, shops.city], odd: [shops.city, customers.customer]}
metrics:
  revenue: {dataset: orders, agg: sum, expr: amount, drivers: [orders, average], certified: 2020-01-01}
  orders: {dataset: orders, agg: count, certified: 2030-01-01}
  average: {dataset: orders, agg: avg, expr: amount}
  web: {of: revenue, filter: "channel = 'web'", deprecated: true}
  other: {of: revenue, filter: "channel <> 'web'"}
  whole: {of: revenue, fill_nulls_with: 0, drivers: {sum: [web, other]}}
  twice: {type: derived, expr: web + other}
  shipped: {of: orders, time: orders.shipped}
  goal: {dataset: plans, agg: sum, expr: goal}
"""
ROTTEN_DATA = """
create table days(day date, fy int);
insert into days values ('2024-01-01', 2024), ('2024-01-02', 2024), ('2024-01-02', 2024), ('2024-01-05', 2024);
create table customers(phone varchar, id int, name varchar);
insert into customers values ('555-1', 1, 'Ada'), ('555-1', 2, 'Ada'), ('555-3', 3, 'Bob'), (null, 4, 'Cy');
create table cities(city_id int, region varchar);
insert into cities values (1, 'East'), (2, 'West');
create table shops(shop_id int, shop varchar, city varchar, city_id int);
insert into shops values (1, 'Main', 'Berne', 1), (2, 'Main', 'Basle', 1), (3, 'Side', 'Berne', 2);
create table plans(shop_id int, month date, goal int);
insert into plans values (1, '2024-01-01', 10), (1, '2024-01-15', 10), (1, '2030-02-01', 10), (2, '2024-01-01', 5);
create table orders(order_id int, day date, shipped date, channel varchar, phone varchar, shop_id int, amount int);
insert into orders values
  (1, '2024-01-01', '2024-01-09', 'web', '555-1', 1, 10),
  (2, '2024-01-02', '1970-01-01', 'shop', '555-9', 2, null),
  (3, null, null, 'web', '555-3', 1, 30),
  (4, '2024-01-05', '2024-01-05', 'web', '555-3', 3, 40);
"""


@pytest.fixture(scope="module")
def rotten(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], DataFinding]:
    folder = tmp_path_factory.mktemp("rotten")
    (folder / "model.yml").write_text(ROTTEN_MODEL, encoding="utf-8")
    with duckdb.connect(str(folder / "rotten.duckdb")) as connection:
        connection.execute(ROTTEN_DATA)
    engine = DuckDBEngine.open(folder / "rotten.duckdb")
    layer = SemanticLayer.open(folder, engine, clock=lambda: date(2026, 2, 1))
    return {(item.where, item.code): item for item in findings_of(layer)}


@pytest.mark.parametrize(
    ("where", "code", "level", "facts"),
    [
        ("customers", "doubled_key", "problem", {"count": 1, "share": 0.333333}),
        ("customers", "missing_key", "warning", {"count": 1, "share": 0.25}),
        ("orders → customers", "orphans", "warning", {"count": 1, "share": 0.25}),
        ("orders.day", "missing_dates", "warning", {"count": 1, "share": 0.25}),
        ("orders.shipped", "missing_dates", "warning", {"count": 1, "share": 0.25}),
        ("orders.amount", "missing_measures", "warning", {"count": 1, "share": 0.25}),
        ("orders.shipped", "ancient_dates", "warning", {"count": 1, "example": "1970-01-01"}),
        ("orders.shipped", "future_dates", "warning", {"count": 1, "example": "2024-01-09"}),
        ("days", "calendar_doubled", "problem", {"count": 1, "example": "2024-01-02"}),
        ("days", "calendar_gaps", "problem", {"count": 2, "share": 0.4}),
        ("orders.shipped", "calendar_short", "warning", {"count": 2, "share": 0.5}),
        ("plans", "repeated_periods", "problem", {"count": 1, "example": "2024-01-01"}),
        ("orders.channel", "unnamed_members", "warning", {"count": 1, "members": ("shop",)}),
        ("orders.channel", "absent_members", "warning", {"count": 1, "members": ("fax",)}),
        ("customers.customer", "equal_labels", "warning", {"count": 1, "members": ("Ada",)}),
        ("places: shops.city → shops.shop", "several_parents", "warning", {"count": 1, "share": 0.5, "example": "Main"}),
        ("areas: cities.region → shops.city", "several_parents", "warning", {"count": 1, "share": 0.5, "example": "Berne"}),
        ("odd: shops.city → customers.customer", "hierarchy_unrelated", "warning", {}),
        ("revenue", "drivers_product", "problem", {"value": 80, "made": 4 * 80 / 3}),
        ("revenue", "certified_old", "warning", {"certified": "2020-01-01"}),
        ("orders", "certified_ahead", "warning", {"certified": "2030-01-01"}),
        ("twice", "made_of_deprecated", "warning", {"parts": ("web",)}),
    ],
)  # fmt: skip
def test_a_rotten_model_is_told_with_count_share_and_example(
    rotten: dict[tuple[str, str], DataFinding],
    where: str,
    code: str,
    level: str,
    facts: dict[str, object],
) -> None:
    found = rotten[where, code]

    assert found.level == level
    for key, value in facts.items():
        wanted = pytest.approx(value) if isinstance(value, float) else value
        assert found.facts[key] == wanted


def test_drivers_that_give_their_metric_are_not_reported(
    rotten: dict[tuple[str, str], DataFinding],
) -> None:
    assert [where for where, code in rotten if code.startswith("drivers")] == ["revenue"]


def test_plans_ahead_are_no_future_dates(rotten: dict[tuple[str, str], DataFinding]) -> None:
    assert ("plans.month", "future_dates") not in rotten


@pytest.mark.parametrize("where", ["customers", "orders → customers"])
def test_personal_data_are_never_an_example(
    rotten: dict[tuple[str, str], DataFinding], where: str
) -> None:
    shown = [str(item.facts) for (place, _), item in rotten.items() if place == where]

    assert shown
    assert not any("555-" in text for text in shown)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_is_worded_with_facts_that_it_gives(
    rotten: dict[tuple[str, str], DataFinding], language: str
) -> None:
    for (_, code), item in rotten.items():
        assert holes(f"check_finding.{code}", language) <= {*item.facts, "reason"}


def test_a_check_that_the_database_cannot_answer_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "model.yml").write_text(
        "version: 1\nmodel: m\ndatasets:\n"
        "  a: {source: SELECT CAST(k AS INTEGER) AS k FROM a, primary_key: [k]}\n",
        encoding="utf-8",
    )
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table a(k varchar); insert into a values ('x')")
    layer = SemanticLayer.open(
        tmp_path, DuckDBEngine.open(tmp_path / "a.duckdb"), clock=lambda: date(2026, 2, 1)
    )

    found = [item for item in findings_of(layer) if item.level == "problem"]

    assert [(item.where, item.code) for item in found] == [
        ("doubled_keys", "unchecked"),
        ("missing_keys", "unchecked"),
    ]
    assert all(isinstance(item.error, EngineError) for item in found)
