"""What `wenshu check` finds in the data behind definitions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.health import findings_of
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
