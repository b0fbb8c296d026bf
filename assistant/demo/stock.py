"""Seven regional warehouses: what lies in them week by week, and when they run out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Floats, Ints, weekdays
from assistant.demo.catalogue import CATEGORIES, PRODUCTS
from assistant.demo.columns import dates, money
from assistant.demo.demand import FIRST_DAY
from assistant.demo.places import CITIES, REGIONS
from assistant.demo.stories import story
from assistant.demo.world import REGION_NAMES, Month, World

_PLACES = ("上海", "广州", "北京", "武汉", "成都", "西安", "沈阳")
_COST = np.array([round(product.price * 100 * product.cost_share) for product in PRODUCTS])
_LAUNCHED = np.array([product.launched_on for product in PRODUCTS], dtype="datetime64[D]")
_LAST_DAY = np.array(
    [product.discontinued_on or "2099-12-31" for product in PRODUCTS], dtype="datetime64[D]"
)
_CATEGORY = np.array([CATEGORIES[product.category].name for product in PRODUCTS])
_NAME = np.array([product.name for product in PRODUCTS])
# Services and subscriptions lie in no warehouse.
_IS_STOCKED = _CATEGORY != "云服务"
# Days of demand that an order fills up to, days until it arrives, and how fast the forecast learns.
_COVER, _LEAD_TIME, _LEARNING = 21.0, 6, 1 / 28
_PIPE = 40


def warehouses_table() -> pa.Table:
    """Return the rows of `warehouses`, one a region."""
    cities = [city.name for city in CITIES]
    return pa.table(
        {
            "warehouse_id": np.arange(1, len(REGIONS) + 1),
            "warehouse": [f"{region.name}仓" for region in REGIONS],
            "warehouse_en": [f"{region.name_en} Warehouse" for region in REGIONS],
            "region_id": np.arange(1, len(REGIONS) + 1),
            "city_id": [cities.index(place) + 1 for place in _PLACES],
        }
    )


class Stock:
    """Plays the warehouses day by day; arrays are warehouse × product, in units.

    Goods sold are taken out on the day of the order. What is not there is owed: the shelf stays empty
    until more arrives, and every sale of that time is short.
    """

    def __init__(self, world: World) -> None:
        shape = (len(REGIONS), len(PRODUCTS))
        self._world = world
        self._forecast = np.full(shape, 0.15 * world.scale)
        self._shelf = np.ceil(self._forecast * _COVER) * (_IS_STOCKED & (_LAUNCHED <= FIRST_DAY))
        self._pipe = np.zeros((_PIPE, *shape))
        self._coming = np.zeros(shape)
        self._empty_since = np.full(shape, np.datetime64("NaT"), dtype="datetime64[D]")
        self._short = np.zeros(shape)

    def tables(self, month: Month) -> Iterator[tuple[str, pa.Table]]:
        """Yield the snapshots and the stock-outs that ended in one month."""
        sold = _sold(month)
        month_end = (month.days.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
        for at, day in enumerate(month.days):
            filled = self._play(day, sold[at])
            if len(filled):
                yield "stockouts", self._stockouts(filled, day)
            is_week_end = weekdays(month.days[at : at + 1])[0] == 6
            is_month_end = bool(day == month_end[at])
            if is_week_end or is_month_end:
                yield "inventory_snapshots", self._snapshot(day, bool(is_week_end), is_month_end)

    def still_empty(self) -> tuple[str, pa.Table]:
        """Return the stock-outs that go on after the last day."""
        open_ones = np.flatnonzero(~np.isnat(self._empty_since))
        return "stockouts", self._stockouts(open_ones, None)

    def _play(self, day: np.datetime64, sold: Floats) -> Ints:
        """Let one day pass and return the cells whose stock-out ended on it."""
        slot = int(day.astype(np.int64)) % _PIPE
        self._shelf += self._pipe[slot]
        self._coming -= self._pipe[slot]
        self._pipe[slot] = 0
        self._shelf -= sold
        self._forecast += _LEARNING * (sold - self._forecast)
        is_empty = self._shelf < 0
        was_empty = ~np.isnat(self._empty_since)
        self._short = np.where(is_empty, self._short + sold, self._short)
        self._empty_since[is_empty & ~was_empty] = day
        self._reorder(day)
        return np.flatnonzero(was_empty & ~is_empty)

    def _reorder(self, day: np.datetime64) -> None:
        """Order what is missing to the cover, of the products on sale."""
        cover, lead_time = self._policy(day)
        wanted = np.ceil(self._forecast * cover)
        there = self._shelf + self._coming
        on_sale = _IS_STOCKED & (day >= _LAUNCHED - 3) & (day <= _LAST_DAY - 10)
        order = np.where(on_sale & (there < 0.6 * wanted), wanted - there, 0.0)
        owed = np.where(there < 0, np.maximum(order, np.ceil(-there)), order) * _IS_STOCKED
        self._coming += owed
        slots = (int(day.astype(np.int64)) + lead_time) % _PIPE
        for slot in np.unique(slots):
            self._pipe[slot] += np.where(slots == slot, owed, 0.0)

    def _policy(self, day: np.datetime64) -> tuple[Floats, Ints]:
        """Return the days of cover and of waiting for supplies of each cell on a day."""
        shape = self._shelf.shape
        bought, scarce = story("low-margin-stock"), story("hot-product-out-of-stock")
        cover = np.full(shape, _COVER)
        is_bought = np.isin(_CATEGORY, bought.where["category"].split(" "))
        if bought.start <= day <= bought.end:
            cover[:, is_bought] *= bought.effect["cover"]
        wait = np.full(shape, _LEAD_TIME)
        if scarce.start <= day <= scarce.end:
            place = REGION_NAMES.index(scarce.where["region"])
            wait[place, scarce.where["product"] == _NAME] += int(scarce.effect["days_of_waiting"])
        return cover, wait

    def _snapshot(self, day: np.datetime64, is_week_end: bool, is_month_end: bool) -> pa.Table:
        """Return the rows of a day: products that are sold, and old ones that still lie there."""
        is_live = _IS_STOCKED & (day >= _LAUNCHED) & (day <= _LAST_DAY)
        warehouse, product = np.nonzero(is_live | (self._shelf > 0))
        units = np.maximum(self._shelf[warehouse, product], 0).astype(np.int64)
        count = len(units)
        return pa.table(
            {
                "snapshot_on": dates(np.full(count, day)),
                "warehouse_id": warehouse + 1,
                "product_id": product + 1,
                "is_week_end": np.full(count, is_week_end),
                "is_month_end": np.full(count, is_month_end),
                "on_hand_units": units,
                "on_hand_value": money(units * _COST[product]),
                "in_transit_units": self._coming[warehouse, product].astype(np.int64),
                "safety_units": np.ceil(self._forecast * 7)[warehouse, product].astype(np.int64),
            }
        )

    def _stockouts(self, cells: Ints, ended: np.datetime64 | None) -> pa.Table:
        """Return the stock-outs of some cells and forget them."""
        warehouse, product = np.unravel_index(cells, self._shelf.shape)
        count = len(cells)
        table = pa.table(
            {
                "stockout_id": self._world.numbers.take("stockouts", count),
                "warehouse_id": warehouse + 1,
                "product_id": product + 1,
                "started_on": dates(self._empty_since[warehouse, product]),
                "ended_on": dates(
                    np.full(count, ended or self._world.last), np.full(count, ended is None)
                ),
                "short_units": self._short[warehouse, product].astype(np.int64),
            }
        )
        self._empty_since[warehouse, product] = np.datetime64("NaT")
        self._short[warehouse, product] = 0
        return table


def _sold(month: Month) -> Floats:
    """Return the units sold, shaped day × warehouse × product; services count nothing."""
    orders, lines = month.orders, month.lines
    order = lines.order
    units = np.where(orders.is_cancelled[order] | ~_IS_STOCKED[lines.product], 0, lines.quantity)
    day = (orders.day[order] - month.first).astype(np.int64)
    shape = (len(month.days), len(REGIONS), len(PRODUCTS))
    cell = np.ravel_multi_index((day, orders.region[order], lines.product), shape)
    sold = np.bincount(cell, weights=units, minlength=int(np.prod(shape)))
    return np.asarray(sold.reshape(shape), dtype=np.float64)
