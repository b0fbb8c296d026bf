"""Who comes by: visitors of the stores and of the online shops, and what they ask."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import STORE, Days, Floats, Ints, day_factors
from assistant.demo.columns import dates, keys
from assistant.demo.demand import FIRST_ONLINE
from assistant.demo.lines import ORPHAN_PRODUCT
from assistant.demo.places import CITIES, REGIONS, STORES
from assistant.demo.stories import story
from assistant.demo.world import (
    CHANNEL_NAMES,
    REGION_OF_CITY,
    Month,
    World,
    codes,
    moments,
    office_hours,
    seconds_of,
    spread,
)

TRAFFIC = 3
ONLINE_NAMES = CHANNEL_NAMES[FIRST_ONLINE:]
# Of a hundred visitors, how many place an order, by online channel; then those who fill a cart.
_ORDER_RATE = np.array([0.039, 0.041, 0.031, 0.036])
_CART_PER_ORDER = 2.6
_PAID = np.array([0.955, 0.965, 0.925, 0.97])
_STORE_ORDER_RATE = 0.02
_TOPICS = ("price", "function", "delivery", "installation", "after_sales")
_CITY_POSITION = {city.name: position for position, city in enumerate(CITIES)}
_STORE_REGION = np.array([REGION_OF_CITY[_CITY_POSITION[store.city]] for store in STORES])
_STORE_OPENED = np.array([store.opened_on for store in STORES], dtype="datetime64[D]")
_STORE_NAMES = [store.name for store in STORES]


def traffic_tables(world: World, month: Month) -> Iterator[tuple[str, pa.Table]]:
    """Yield the footfall, the online traffic and the enquiries of one month."""
    rng = world.rng(TRAFFIC, month.number)
    yield "store_footfall", _footfall(world, month.days, rng)
    yield "online_traffic", _online(world, month, rng)
    yield "enquiries", _enquiries(world, month, rng)


def _footfall(world: World, days: Days, rng: np.random.Generator) -> pa.Table:
    """Return the visitors of each open store and day; a counter is broken now and then."""
    per_region = world.demand.expected(days)[:, CHANNEL_NAMES.index("store")]
    is_open = days[:, None] >= _STORE_OPENED
    shops = np.stack([(is_open & (r == _STORE_REGION)).sum(axis=1) for r in range(len(REGIONS))], 1)
    visitors = (per_region / np.maximum(shops, 1))[:, _STORE_REGION] / _STORE_ORDER_RATE
    age = (days[:, None] - _STORE_OPENED).astype(np.float64)
    visitors *= np.where(age < 21, 1.5, 1.0) * _shifted(days)
    # People look around at weekends more than they buy.
    visitors *= np.sqrt(day_factors(days)[:, STORE])[:, None] ** 0.2
    day, store = np.nonzero(is_open)
    mean = (visitors * rng.lognormal(0.0, 0.08, visitors.shape))[day, store]
    count = rng.poisson(mean)
    return pa.table(
        {
            "store_id": store + 1,
            "day": dates(days[day]),
            "visitors": keys(count, rng.random(len(day)) < 0.004),
            "parties": np.ceil(count * rng.uniform(0.55, 0.7, len(day))).astype(np.int64),
        }
    )


def _shifted(days: Days) -> Floats:
    """Return the factor of each day × store: one store takes what its neighbour loses."""
    tale = story("two-stores-offset")
    factors = np.ones((len(days), len(STORES)))
    during = tale.during(days)
    factors[during, _STORE_NAMES.index(tale.where["store_down"])] *= tale.effect["down"]
    factors[during, _STORE_NAMES.index(tale.where["store_up"])] *= tale.effect["up"]
    return factors


def _online(world: World, month: Month, rng: np.random.Generator) -> pa.Table:
    """Return the funnel of each online shop and day; its orders are those in `orders`."""
    days, shops = month.days, len(ONLINE_NAMES)
    page, till = story("page-change-order-rate"), story("payment-page-fails")
    placed = _orders_by_day(month)
    expected = world.demand.expected(days)[:, FIRST_ONLINE:].sum(axis=2)
    rate = np.tile(_ORDER_RATE, (len(days), 1))
    rate[page.during(days), ONLINE_NAMES.index(page.where["channel"])] *= page.effect["order_rate"]
    paid = np.tile(_PAID, (len(days), 1))
    paid[till.during(days), ONLINE_NAMES.index(till.where["channel"])] *= till.effect["paid"]
    level = 0.5 * (expected + placed)
    visitors = rng.poisson(level / rate * rng.lognormal(0.0, 0.05, level.shape)) + placed * 3
    carts = placed + rng.binomial(
        np.maximum(visitors // 2 - placed, 0),
        np.clip(expected * (_CART_PER_ORDER - 1) / np.maximum(visitors // 2, 1), 0.0, 0.9),
    )
    flat = days.repeat(shops)
    return pa.table(
        {
            "channel": codes(ONLINE_NAMES, np.tile(np.arange(shops), len(days))),
            "day": dates(flat),
            "page_views": (visitors * rng.uniform(3.6, 4.6, visitors.shape)).astype(int).ravel(),
            "visitors": visitors.ravel(),
            "new_visitors": rng.binomial(visitors, 0.58).ravel(),
            "carts": carts.ravel(),
            "orders_placed": placed.ravel(),
            "orders_paid": rng.binomial(placed, paid).ravel(),
        }
    )


def _orders_by_day(month: Month) -> Ints:
    """Return the orders placed in each online shop: day × shop."""
    orders, shops = month.orders, len(ONLINE_NAMES)
    online = orders.channel >= FIRST_ONLINE
    day = (orders.day[online] - month.first).astype(np.int64)
    cell = day * shops + orders.channel[online] - FIRST_ONLINE
    return np.bincount(cell, minlength=len(month.days) * shops).reshape(-1, shops)


def _enquiries(world: World, month: Month, rng: np.random.Generator) -> pa.Table:
    """Return what people asked before they bought, and what others asked who did not buy."""
    orders, lines = month.orders, month.lines
    asked = np.flatnonzero((orders.channel >= FIRST_ONLINE) & (rng.random(len(orders)) < 0.16))
    idle = np.repeat(asked, rng.poisson(1.7, len(asked)))
    at = np.concatenate([asked, idle])
    bought = np.arange(len(at)) < len(asked)
    day = np.where(bought, spread(orders.day[at], -3, 1, rng), spread(orders.day[at], -9, 10, rng))
    product = lines.product[np.searchsorted(lines.order, at)]
    keep = np.flatnonzero(day <= world.last)
    at, bought, day, product = at[keep], bought[keep], day[keep], product[keep]
    count = len(at)
    asked_at = seconds_of(day, office_hours(count, rng) - 1.5)
    answer = asked_at + (rng.lognormal(1.6, 1.1, count) * 60).astype(np.int64)
    draws = rng.random((2, count))
    return pa.table(
        {
            "enquiry_id": world.numbers.take("enquiries", count),
            "channel": codes(CHANNEL_NAMES, orders.channel[at]),
            "customer_id": keys(orders.customer[at] + 1, ~bought | (draws[0] < 0.05)),
            "product_id": keys(
                np.where(draws[1] > 0.997, ORPHAN_PRODUCT, product + 1), draws[0] > 0.93
            ),
            "topic": codes(_TOPICS, rng.choice(5, size=count, p=(0.24, 0.3, 0.18, 0.12, 0.16))),
            "asked_at": moments(asked_at),
            "answered_at": moments(answer, draws[1] < 0.03),
            "order_id": keys(orders.order_id[at], ~bought),
        }
    )
