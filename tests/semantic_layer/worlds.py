"""Small worlds to ask: a DuckDB file and a folder of definitions, written by a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DefinitionError, Problem
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import parse_query
from semantic_layer.result import Result

TODAY = date(2026, 1, 1)

SHOP_TABLES = """
CREATE TABLE regions (region_id INTEGER, region VARCHAR, region_en VARCHAR, country VARCHAR);
CREATE TABLE customers (customer_id INTEGER, customer VARCHAR, region_id INTEGER, segment VARCHAR, phone VARCHAR);
CREATE TABLE products (product_id INTEGER, product VARCHAR, category VARCHAR);
CREATE TABLE orders (order_id INTEGER, customer_id INTEGER, ship_region_id INTEGER, order_date DATE, placed TIMESTAMP,
  channel VARCHAR, freight INTEGER);
CREATE TABLE lines (line_id INTEGER, order_id INTEGER, product_id INTEGER, qty INTEGER, amount INTEGER, cost INTEGER);
CREATE TABLE refunds (refund_id INTEGER, order_id INTEGER, day DATE, refund INTEGER);
CREATE TABLE targets (region_id INTEGER, month DATE, goal INTEGER);
"""
SHOP_ROWS = """
INSERT INTO regions VALUES (1,'华东','East','CN'),(2,'华北','North','CN'),(3,'Bavaria','Bavaria','DE');
INSERT INTO customers VALUES (1,'Ada',1,'SMB','1'),(2,'Bob',1,'ENT','2'),(3,'Cy',2,'SMB','3'),(4,'Di',NULL,'ENT','4'),
  (5,'Eve',3,NULL,'5');
INSERT INTO products VALUES (1,'Laptop','Hardware'),(2,'Mouse','Hardware'),(3,'Sticker','Promo');
INSERT INTO orders VALUES
  (1,1,1,'2023-01-10','2023-01-10 09:00','web',10),(2,1,2,'2023-02-20','2023-02-20 23:59:59','store',10),
  (3,2,1,'2024-01-05','2024-01-05 00:00','web',20),(4,2,3,'2024-01-25','2024-01-25 12:00','web',20),
  (5,3,2,'2024-02-29','2024-02-29 12:00','store',5),(6,4,3,'2024-03-31','2024-03-31 18:30','web',15),
  (7,NULL,NULL,'2024-03-15',NULL,'app',8),(8,99,1,'2024-03-20','2024-03-20 00:00',NULL,2),
  (9,5,2,NULL,NULL,'web',10);
INSERT INTO lines VALUES (1,1,1,1,100,60),(2,1,2,2,50,30),(3,2,1,1,100,60),(4,3,1,2,200,120),(5,3,3,1,0,0),
  (6,4,2,4,100,60),(7,5,3,0,0,5),(8,6,1,3,300,150),(9,7,2,1,25,15),(10,8,1,1,120,60),(11,9,2,2,50,30),
  (12,77,2,1,7,1);
INSERT INTO refunds VALUES (1,4,'2024-02-10',100),(2,1,'2024-04-05',50),(3,3,'2024-02-15',20);
INSERT INTO targets VALUES (1,'2024-01-01',250),(1,'2024-02-01',250),(2,'2024-02-01',50),(3,'2024-03-01',80),
  (1,'2024-03-01',400);
"""
SHOP_MODEL = """
version: 1
model: shop
datasets:
  regions:
    source: regions
    primary_key: region_id
    fields: {region: {label: 地区, label_column: {en: region_en}}, country: }
  customers:
    source: customers
    primary_key: [customer_id]
    fields: {customer_id: , customer: , segment: , phone: {pii: true}}
  products: {source: products, primary_key: [product_id], fields: {product: , category: }}
  orders:
    source: orders
    primary_key: [order_id]
    time: order_date
    fields:
      order_id:
      channel:
      order_date:
      placed:
      online: {expr: channel = 'web' OR channel = 'app'}
      weekday: {expr: "EXTRACT(isodow FROM order_date)"}
  lines:
    source: lines
    primary_key: [line_id]
    time: orders.order_date
    fields: {qty: , price: {expr: amount / qty}, to_abroad: {expr: "ship_region.country <> regions.country", datatype: Boolean}}
  refunds: {source: refunds, primary_key: [refund_id], time: day}
  targets: {source: targets, primary_key: [region_id, month], time: {field: month, grain: month}}
relationships:
  - lines.order_id -> orders.order_id
  - lines.product_id -> products.product_id
  - orders.customer_id -> customers.customer_id
  - customers.region_id -> regions.region_id
  - {from: orders.ship_region_id, to: regions.region_id, as: ship_region}
  - refunds.order_id -> orders.order_id
  - targets.region_id -> regions.region_id
metrics:
  revenue: {dataset: lines, agg: sum, expr: amount, unit: CNY, target: {metric: goal}}
  cost: {dataset: lines, agg: sum, expr: cost}
  profit: {type: derived, expr: revenue - cost}
  profit_in_lines: {dataset: lines, agg: sum, expr: amount - cost}
  margin: {type: ratio, numerator: revenue - cost, denominator: revenue, unit: percent}
  orders: {dataset: orders, agg: count, target: {value: 2, per: month}}
  web_orders: {of: orders, filter: channel = 'web'}
  web_share: {type: ratio, numerator: web_orders, denominator: orders, unit: percent, target: {value: 0.5}}
  customers: {dataset: orders, agg: count_distinct, expr: customer_id}
  all_customers: {dataset: customers, agg: count}
  freight: {dataset: orders, agg: sum, expr: freight, target: {value: 20, op: "<=", per: month}}
  refund: {dataset: refunds, agg: sum, expr: refund}
  net: {type: derived, expr: revenue - refund}
  refund_filled: {type: derived, expr: refund, fill_nulls_with: 0}
  revenue_filled: {type: derived, expr: revenue, fill_nulls_with: 0}
  net_filled: {type: derived, expr: revenue_filled - refund_filled}
  goal: {dataset: targets, agg: sum, expr: goal}
  price: {dataset: lines, agg: avg, expr: amount / qty}
  top_freight: {dataset: orders, agg: max, expr: freight}
policies:
  - role: segment
    datasets:
      orders: customers.segment = user.segment
      lines: customers.segment = user.segment
      refunds: customers.segment = user.segment
      customers: segment = user.segment
      products: all
      regions: all
  - role: channel
    datasets:
      orders: channel = user.channel
      lines: orders.channel = user.channel
      refunds: orders.channel IN user.channels
      products: all
      customers: all
    hide: [cost]
    mask: [customers.customer]
"""


@dataclass(frozen=True, slots=True)
class World:
    """A folder with data and definitions.

    Attributes:
        folder: Holds `data.duckdb` and the definition files.
    """

    folder: Path

    def data(self, sql: str) -> World:
        """Write tables."""
        with duckdb.connect(str(self.folder / "data.duckdb")) as connection:
            connection.execute(sql)
        return self

    def file(self, text: str, name: str = "model.yml") -> World:
        """Write a definition file."""
        (self.folder / "definitions").mkdir(exist_ok=True)
        (self.folder / "definitions" / name).write_text(text, "utf-8")
        return self

    def engine(self) -> DuckDBEngine:
        """Open the data."""
        return DuckDBEngine.open(self.folder / "data.duckdb")

    def layer(self, limits: Limits | None = None) -> SemanticLayer:
        """Open the definitions over the data."""
        return SemanticLayer.open(
            self.folder / "definitions", self.engine(), clock=lambda: TODAY, limits=limits
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the definitions."""
        try:
            self.layer()
        except DefinitionError as error:
            return error.problems
        return ()


def shop(folder: Path, rows: str = SHOP_ROWS, model: str = SHOP_MODEL) -> World:
    """Write the little shop that most tests ask."""
    folder.mkdir(parents=True, exist_ok=True)
    return World(folder).data(SHOP_TABLES + rows).file(model)


def ask(
    layer: SemanticLayer,
    query: dict[str, Any],
    principal: Principal = LOCAL_OWNER,
    *,
    today: date | None = None,
    language: str | None = None,
) -> Result:
    """Run a query given as JSON."""
    return layer.run(parse_query(query), principal, today=today, language=language)


def days(start: str, end: str) -> dict[str, str]:
    """Return a period as JSON."""
    return {"start": start, "end": end}


def trusted(layer: SemanticLayer, sql: str) -> list[list[Any]]:
    """Run check SQL on a layer's data."""
    engine = layer.engine
    assert isinstance(engine, DuckDBEngine)
    return plain_rows(list(engine.run_trusted(sql).to_pydict().values()))


def plain_rows(columns: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn columns into rows of plain values."""
    return [
        [cell.isoformat() if isinstance(cell, date) else cell for cell in row]
        for row in zip(*columns, strict=True)
    ]


def alike(one: list[list[Any]], other: list[list[Any]]) -> bool:
    """Say whether rows are the same multiset, numbers to nine digits."""

    def key(rows: list[list[Any]]) -> list[str]:
        return sorted(
            str(
                [
                    f"{float(cell):.9g}"
                    if isinstance(cell, int | float) and not isinstance(cell, bool)
                    else cell
                    for cell in row
                ]
            )
            for row in rows
        )

    return key(one) == key(other)
