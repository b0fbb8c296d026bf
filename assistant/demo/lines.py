"""The lines of orders, and what comes back of them. Amounts are whole cents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import BUSINESS, Days, Floats, Ints, is_promotion
from assistant.demo.catalogue import CATEGORIES, PRODUCTS
from assistant.demo.columns import dates, money
from assistant.demo.demand import CHANNELS, DISTRIBUTOR, KEY_ACCOUNT
from assistant.demo.orders import Orders
from assistant.demo.places import REGIONS
from assistant.demo.stories import Story, story

ORPHAN_PRODUCT = 9901

_PRICE = np.array([product.price * 100 for product in PRODUCTS])
_COST = np.array([round(product.price * 100 * product.cost_share) for product in PRODUCTS])
_CATEGORY = np.array([product.category for product in PRODUCTS])
_LAUNCHED = np.array([product.launched_on for product in PRODUCTS], dtype="datetime64[D]")
_LAST_DAY = np.array(
    [product.discontinued_on or "2099-12-31" for product in PRODUCTS], dtype="datetime64[D]"
)
_SECURITY, _CLIMATE = 1, 3
_DISCOUNT = np.array([channel.discount for channel in CHANNELS])
_REASONS = (
    ("质量问题", "Quality problem"),
    ("七天无理由", "Change of mind"),
    ("发错货", "Wrong item"),
    ("运输破损", "Damaged in transit"),
    ("与描述不符", "Not as described"),
)
_REASON_SHARES = (0.27, 0.38, 0.08, 0.14, 0.13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Order lines; `order` is a position in the month's orders, `product` one in `PRODUCTS`.

    Money is in cents: `discount`, `amount` and `cost` for the whole line, prices by `PRODUCTS`.
    """

    line_id: Ints
    order: Ints
    product: Ints
    quantity: Ints
    discount: Ints
    amount: Ints
    cost: Ints

    def __len__(self) -> int:
        return len(self.line_id)


def draw_lines(orders: Orders, first_id: int, rng: np.random.Generator) -> Lines:
    """Draw the lines of one month's orders."""
    count = 1 + np.minimum(rng.poisson(np.where(orders.is_business, 1.9, 1.35)), 6)
    order = np.repeat(np.arange(len(orders)), count)
    product = _products(orders, order, rng)
    quantity = _quantities(orders, order, product, rng)
    gross = _PRICE[product] * quantity
    # Discounts are whole yuan, as sales staff and shop systems grant them.
    discount = (gross * _discount_rates(orders, order, product, rng) / 100).astype(np.int64) * 100
    return Lines(
        line_id=first_id + np.arange(len(order)),
        order=order,
        product=product,
        quantity=quantity,
        discount=discount,
        amount=gross - discount,
        cost=np.rint(_COST[product] * quantity * _cost_level(orders, order, product)).astype(
            np.int64
        ),
    )


def lines_table(orders: Orders, lines: Lines, rng: np.random.Generator) -> pa.Table:
    """Return the rows of `order_lines`; one line in a thousand names a product nobody knows."""
    is_orphan = rng.random(len(lines)) < 0.001
    return pa.table(
        {
            "line_id": lines.line_id,
            "order_id": orders.order_id[lines.order],
            "product_id": np.where(is_orphan, ORPHAN_PRODUCT, lines.product + 1),
            "quantity": lines.quantity,
            "list_price": money(_PRICE[lines.product]),
            "discount_amount": money(lines.discount),
            "amount": money(lines.amount),
            "cost": money(lines.cost),
        }
    )


def returns_table(
    orders: Orders, lines: Lines, first_id: int, through: date, rng: np.random.Generator
) -> pa.Table:
    """Return the rows of `returns` booked by a day: whole orders, and parts of a few others."""
    is_partial = ~orders.is_cancelled[lines.order] & (rng.random(len(lines)) < 0.008)
    comes_back = (orders.is_returned[lines.order] | is_partial) & (
        orders.back[lines.order] <= np.datetime64(through)
    )
    rows = np.flatnonzero(comes_back)
    order, bought = lines.order[rows], lines.quantity[rows]
    part = np.maximum((bought * rng.random(len(rows))).astype(np.int64), 1)
    quantity = np.where(orders.is_returned[order], bought, part)
    reason = pa.array(rng.choice(len(_REASONS), size=len(rows), p=_REASON_SHARES))
    return pa.table(
        {
            "return_id": first_id + np.arange(len(rows)),
            "order_id": orders.order_id[order],
            "line_id": lines.line_id[rows],
            "product_id": lines.product[rows] + 1,
            "return_date": dates(orders.back[order]),
            "quantity": quantity,
            "refund_amount": money(lines.amount[rows] * quantity // bought),
            "reason": pa.array([text for text, _ in _REASONS]).take(reason),
            "reason_en": pa.array([text for _, text in _REASONS]).take(reason),
        }
    )


def _products(orders: Orders, order: Ints, rng: np.random.Generator) -> Ints:
    """Draw the product of each line by the taste of the buyers and what is sold on the day."""
    draw = rng.random(len(order))
    business = orders.is_business[order]
    day, region = orders.day[order], orders.region[order]
    chosen = np.zeros(len(order), dtype=np.int64)
    days, at = np.unique(day, return_inverse=True)
    popular = _popularity(days)
    for place in range(len(REGIONS)):
        for is_business in (False, True):
            edges = np.cumsum(popular * _taste(place, is_business=is_business), axis=1)
            mine = np.flatnonzero((region == place) & (business == is_business))
            levels = edges[at[mine]]
            chosen[mine] = (draw[mine, None] * levels[:, -1:] >= levels).sum(axis=1)
    return chosen


def _popularity(days: Days) -> Floats:
    """Return how much each product is wanted on each day: nothing before launch, less when ageing."""
    age = (days[:, None] - _LAUNCHED).astype(np.float64) / 365.25
    left = (_LAST_DAY - days[:, None]).astype(np.float64) / 365.25
    rise = np.clip(0.25 + age / 0.4, 0.25, 1.0) * (1.0 + 0.5 * np.exp(-np.maximum(age, 0.0) / 0.6))
    fade = np.exp(-0.06 * np.maximum(age, 0.0)) * np.clip(0.15 + left / 0.8, 0.15, 1.0)
    wanted: Floats = np.array([product.popularity for product in PRODUCTS]) * rise * fade
    return np.where((age >= 0) & (left >= 0), wanted, 0.0)


def _taste(region: int, *, is_business: bool) -> Floats:
    """Return how much the buyers of a region want each product."""
    by_category = np.array([c.business if is_business else c.consumer for c in CATEGORIES])
    if region in {2, 5, 6}:
        # Dry and dusty winters in the north.
        by_category[_CLIMATE] *= 1.5
    if region in {0, 1}:
        by_category[_SECURITY] *= 1.25
    # Expensive things are bought less often.
    return np.asarray(by_category[_CATEGORY] / np.sqrt(_PRICE / 50_000))


def _quantities(orders: Orders, order: Ints, product: Ints, rng: np.random.Generator) -> Ints:
    """Draw quantities: homes take one or two, distributors stock up, large tiers take more."""
    channel = orders.channel[order]
    tier = np.array([2.2, 1.5, 1.0])[orders.tier[order]]
    account = 1 + rng.gamma(1.1, 5.0, len(order)) * tier
    stock = 3 + rng.gamma(1.6, 4.5, len(order)) * tier
    draw = rng.random(len(order))
    home = 1 + (draw < 0.17) + (draw < 0.03)
    costly = _PRICE[product] > 500_000
    business = np.where(channel == KEY_ACCOUNT, account, stock)
    business = np.where(costly, 1 + business / 5, business)
    return np.where(orders.is_business[order], business, home).astype(np.int64)


def _discount_rates(orders: Orders, order: Ints, product: Ints, rng: np.random.Generator) -> Floats:
    """Draw the share of the list price given away, 0–0.5."""
    channel, day = orders.channel[order], orders.day[order]
    online = np.array([c.family != BUSINESS for c in CHANNELS])[channel]
    rate = _DISCOUNT[channel] + np.where(is_promotion(day) & online, 0.06, 0.0)
    rate += np.array([0.05, 0.02, 0.0])[orders.tier[order]]
    rate += np.where(_LAST_DAY[product] - day < 120, 0.12, 0.0)
    tale = story("price-war")
    war = orders.region[order] == [region.name for region in REGIONS].index(tale.where["region"])
    war &= (_CATEGORY[product] == _category(tale)) & tale.during(day)
    rate += np.where(war, tale.effect["discount"], 0.0)
    rate *= rng.gamma(6.0, 1 / 6.0, len(order))
    untouched = (rng.random(len(order)) < 0.25) & (channel != DISTRIBUTOR) & ~war
    return np.clip(np.where(untouched, 0.0, rate), 0.0, 0.5)


def _cost_level(orders: Orders, order: Ints, product: Ints) -> Floats:
    """Return cost relative to the catalogue: it falls by 1.5 % a year but for what gets dearer."""
    day = orders.day[order]
    years = (day - np.datetime64("2026-01-01")).astype(np.float64) / 365.25
    tale = story("panels-get-dearer")
    dearer = (_CATEGORY[product] == _category(tale)) & tale.during(day)
    return np.exp(-0.015 * years) * tale.factor("cost", dearer)


def _category(tale: Story) -> int:
    """Return the position of the category that a story is about."""
    return [category.name for category in CATEGORIES].index(tale.where["category"])
