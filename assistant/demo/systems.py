"""All systems around the orders: CRM, stock, traffic, marketing, service, cloud service, plans, market."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from assistant.demo.crm import AHEAD, deals_tables
from assistant.demo.market import competitors_table, market_tables
from assistant.demo.marketing import (
    advertising_tables,
    make_promotions,
    promotion_orders,
    promotions_tables,
)
from assistant.demo.orders import Orders
from assistant.demo.plans import Books
from assistant.demo.service import agreements_table, care_tables, service_tables
from assistant.demo.stock import Stock, warehouses_table
from assistant.demo.subscriptions import cohort_tables
from assistant.demo.traffic import traffic_tables
from assistant.demo.usage import bugs_table, features_table
from assistant.demo.world import Month, World

__all__ = ["AHEAD", "Systems"]


class Systems:
    """Follows the orders month by month, and tells what the other systems know of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stock = Stock(world)
        self._books = Books(world)
        self._promotions = make_promotions(world)

    def reference(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield what no order changes."""
        yield "warehouses", warehouses_table()
        yield "features", features_table()
        yield "competitors", competitors_table()
        yield "distributor_agreements", agreements_table(self._world)
        yield from promotions_tables(self._world, self._promotions)

    def month(self, month: Month, invoices: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        """Yield the rows that one month adds."""
        world = self._world
        self._books.add(month, invoices)
        yield from deals_tables(world, month.orders, month.totals, (month.number,))
        yield from traffic_tables(world, month)
        yield from self._stock.tables(month)
        yield from promotion_orders(world, self._promotions, month)
        yield from advertising_tables(world, month)
        yield from service_tables(world, month)
        yield from care_tables(world, month)
        yield from cohort_tables(world, month.number, month.days)
        yield "bugs", bugs_table(world, month.number, month.days)

    def ahead(self, orders: Orders, number: int) -> Iterator[tuple[str, pa.Table]]:
        """Yield the leads and the deals of the last day that will end in later orders."""
        yield from deals_tables(self._world, orders, 0 * orders.order_id, (number, 1))

    def close(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield what is drawn up when all months are known."""
        yield self._stock.still_empty()
        yield from self._books.tables()
        yield from market_tables(self._world, self._books.sales.sum(axis=2))
