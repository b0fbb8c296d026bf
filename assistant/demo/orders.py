"""One month of orders: who bought, where, through whom, and how far the order has come."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import BUSINESS, Days, Flags, Floats, Ints, is_promotion
from assistant.demo.clientele import Clientele
from assistant.demo.columns import dates, keys
from assistant.demo.demand import CHANNELS, FIRST_ONLINE, IN_STORE, Demand
from assistant.demo.places import CITIES, REGIONS, STORES
from assistant.demo.staff import Staff
from assistant.demo.stories import story

# Ids that no dimension table holds, as real systems leave behind.
ORPHAN_SALESPERSON, ORPHAN_CUSTOMER, ORPHAN_CITY = 901, 99_000_001, 990

_CITY_REGION = np.array([city.region for city in CITIES])
_CITY_POSITION = {city.name: position for position, city in enumerate(CITIES)}
_STORE_CITY = np.array([_CITY_POSITION[store.city] for store in STORES])
_STORE_OPENED = np.array([store.opened_on for store in STORES], dtype="datetime64[D]")
_FAMILY = np.array([channel.family for channel in CHANNELS])
_CANCELLED = np.array([channel.cancelled for channel in CHANNELS])
_RETURNED = np.array([channel.returned for channel in CHANNELS])
_NAMES = pa.array([channel.name for channel in CHANNELS])
_STATUSES = pa.array(["completed", "shipped", "processing", "cancelled", "returned"])
# Mean extra days on the road from the central warehouse, by region.
_DISTANCE = np.array([0.3, 0.6, 0.6, 0.5, 1.4, 2.4, 1.8])


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Orders of one month, by day; places, people and channels are positions, days are days.

    `salesperson` is an id, `store` is -1 outside stores. `ship`, `delivered` and `back` are planned
    days that may lie ahead; `is_returned` says that all of the order comes back.
    """

    order_id: Ints
    day: Days
    channel: Ints
    region: Ints
    customer: Ints
    tier: Ints
    salesperson: Ints
    store: Ints
    city: Ints
    ship: Days
    delivered: Days
    back: Days
    is_cancelled: Flags
    is_returned: Flags

    @property
    def is_business(self) -> Flags:
        """Tell which orders came from key accounts and distributors, who buy on credit."""
        return np.asarray(_FAMILY[self.channel] == BUSINESS)

    def __len__(self) -> int:
        return len(self.order_id)

    def until(self, last: date) -> Orders:
        """Return the orders placed by a day."""
        count = int(np.searchsorted(self.day, np.datetime64(last), side="right"))
        return Orders(**{part.name: getattr(self, part.name)[:count] for part in fields(self)})

    def after(self, last: date) -> Orders:
        """Return the orders placed later than a day."""
        count = int(np.searchsorted(self.day, np.datetime64(last), side="right"))
        return Orders(**{part.name: getattr(self, part.name)[count:] for part in fields(self)})


def draw_orders(
    month: np.datetime64,
    first_id: int,
    world: tuple[Demand, Clientele, Staff],
    rng: np.random.Generator,
) -> Orders:
    """Draw all orders of one month, whether or not the data ends within it."""
    demand, clientele, staff = world
    days, counts = demand.counts(month, rng)
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    at, channel, region = np.unravel_index(cells, counts.shape)
    day = days[at]
    customer = clientele.choose(region, channel, day, rng)
    store = _stores(region, channel, day, rng)
    city = np.where(store >= 0, _STORE_CITY[store], clientele.city[customer])
    city = _delivered_elsewhere(city, region, channel, rng)
    seller_region = _lent_regions(region, rng)
    ship, delivered = _logistics(day, channel, region, rng)
    fate = rng.random(len(day))
    is_cancelled = fate < _CANCELLED[channel] * np.where(is_promotion(day), 1.4, 1.0)
    return Orders(
        order_id=first_id + np.arange(len(day)),
        day=day,
        channel=channel,
        region=region,
        customer=customer,
        tier=clientele.tier[customer],
        salesperson=staff.choose(seller_region, channel, day, rng),
        store=store,
        city=city,
        ship=ship,
        delivered=delivered,
        back=delivered + 2 + rng.gamma(2.0, 3.0, len(day)).astype(np.int64),
        is_cancelled=is_cancelled,
        is_returned=~is_cancelled & (fate > 1.0 - _RETURNED[channel]),
    )


def orders_table(orders: Orders, through: np.datetime64, rng: np.random.Generator) -> pa.Table:
    """Return the rows of `orders` as known on the last day of the data."""
    count = len(orders)
    draws = rng.random((3, count))
    is_sent = ~orders.is_cancelled & (orders.ship <= through)
    is_there = ~orders.is_cancelled & (orders.delivered <= through)
    is_back = is_there & orders.is_returned & (orders.back <= through)
    status = np.where(is_sent, 1, 2)
    status = np.where(is_there, 0, status)
    status = np.where(is_back, 4, status)
    status = np.where(orders.is_cancelled, 3, status)
    walk_in = (orders.channel == IN_STORE) & (draws[0] < 0.04)
    return pa.table(
        {
            "order_id": orders.order_id,
            "customer_id": keys(
                np.where(draws[0] > 0.998, ORPHAN_CUSTOMER, orders.customer + 1),
                walk_in | ((draws[0] >= 0.04) & (draws[0] < 0.044)),
            ),
            "salesperson_id": keys(
                np.where(draws[1] > 0.996, ORPHAN_SALESPERSON, orders.salesperson),
                draws[1] < np.where(orders.channel >= FIRST_ONLINE, 0.022, 0.004),
            ),
            "store_id": keys(orders.store + 1, orders.store < 0),
            "city_id": keys(
                np.where(draws[2] > 0.999, ORPHAN_CITY, orders.city + 1), draws[2] < 0.004
            ),
            "channel": _NAMES.take(pa.array(orders.channel)),
            "order_date": dates(orders.day),
            "ship_date": dates(orders.ship, ~is_sent),
            "delivered_date": dates(orders.delivered, ~is_there),
            "status": _STATUSES.take(pa.array(status)),
        }
    )


def _stores(region: Ints, channel: Ints, day: Days, rng: np.random.Generator) -> Ints:
    """Return the store of each in-store order, -1 for the others."""
    draw = rng.random(len(region))
    chosen = np.full(len(region), -1)
    for place in range(len(REGIONS)):
        mine = np.flatnonzero((channel == IN_STORE) & (region == place))
        stores = np.flatnonzero(_CITY_REGION[_STORE_CITY] == place)
        is_open = _STORE_OPENED[stores] <= day[mine, None]
        edges = np.cumsum(is_open, axis=1)
        chosen[mine] = stores[(draw[mine, None] * edges[:, -1:] >= edges).sum(axis=1)]
    return chosen


def _delivered_elsewhere(city: Ints, region: Ints, channel: Ints, rng: np.random.Generator) -> Ints:
    """Send some orders that are not bought in a store to another city of the same region."""
    elsewhere = (rng.random(len(city)) < 0.05) & (channel != IN_STORE)
    draw = rng.random(len(city))
    first = np.searchsorted(_CITY_REGION, region)
    size = np.bincount(_CITY_REGION)[region]
    return np.where(elsewhere, first + (draw * size).astype(np.int64), city)


def _lent_regions(region: Ints, rng: np.random.Generator) -> Ints:
    """Return whose team sells: the order's region, in two of a hundred cases another one."""
    is_lent = rng.random(len(region)) < 0.02
    return np.where(is_lent, rng.integers(len(REGIONS), size=len(region)), region)


def _logistics(
    day: Days, channel: Ints, region: Ints, rng: np.random.Generator
) -> tuple[Days, Days]:
    """Plan the shipping and delivery day of each order."""
    is_business = _FAMILY[channel] == BUSINESS
    in_store = channel == IN_STORE
    wait: Floats = np.where(
        is_business, rng.gamma(3.0, 1.9, len(day)), rng.gamma(1.5, 0.7, len(day))
    )
    tale = story("depot-rebuilt")
    rebuilt = region == [item.name for item in REGIONS].index(tale.where["region"])
    rebuilt &= tale.during(day)
    wait = np.where(rebuilt, wait * tale.effect["wait"] + tale.effect["wait_days"], wait)
    road = 1.0 + rng.gamma(1.6, 0.8, len(day)) + _DISTANCE[region]
    carried_out = in_store & (rng.random(len(day)) < 0.7)
    ship = day + np.where(carried_out, 0, wait).astype(np.int64)
    return ship, ship + np.where(carried_out, 0, road).astype(np.int64)
