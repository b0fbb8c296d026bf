"""Promotions and advertising: what was spent, whom it reached, what was sold with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Floats, Ints
from assistant.demo.catalogue import CATEGORIES, PRODUCTS
from assistant.demo.columns import dates, keys, money
from assistant.demo.demand import CHANNELS, FIRST_DAY, FIRST_ONLINE, IN_STORE
from assistant.demo.stories import story
from assistant.demo.world import CHANNEL_NAMES, Month, World, codes

PROMOTIONS, ADS = 7, 8
_CATEGORY = np.array([product.category for product in PRODUCTS])
# Name, English name, first and last day (month-day), 1 online or 0 stores, part of buyers that use it.
_YEARLY = (
    ("年货节", "New Year Fair", "01-05", "01-18", 1, 0.45),
    ("三八焕新季", "Spring Renewal", "03-01", "03-08", 1, 0.40),
    ("五一门店嗨购", "May Day in Stores", "05-01", "05-05", 0, 0.55),
    ("618 大促", "618 Festival", "06-01", "06-18", 1, 0.60),
    ("暑期门店清凉节", "Summer in Stores", "07-15", "08-05", 0, 0.35),
    ("开学季", "Back to School", "08-20", "09-05", 1, 0.35),
    ("国庆门店狂欢", "National Day in Stores", "10-01", "10-07", 0, 0.55),
    ("双十一", "Double Eleven", "10-20", "11-11", 1, 0.65),
    ("双十二", "Double Twelve", "12-10", "12-12", 1, 0.50),
)
_AIMS = ("traffic", "sales", "brand")
# Yuan spent a month at scale 1, by channel from stores on, and the part of sales that ads bring.
_SPEND = np.array([8_000.0, 26_000.0, 20_000.0, 16_000.0, 12_000.0])
_CREDIT = np.array([0.10, 0.22, 0.20, 0.34, 0.24])


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotions:
    """All promotions by id - 1; `products` is promotion × product."""

    name: tuple[tuple[str, str], ...]
    start: Days
    end: Days
    online: Ints
    used: Floats
    products: np.ndarray


def make_promotions(world: World) -> Promotions:
    """Return the promotions of all years to that of the last day."""
    years = range(2023, int(str(world.last)[:4]) + 1)
    plan = [(year, item) for year in years for item in _YEARLY]
    rng = np.random.default_rng([world.seed, 1000 + PROMOTIONS])
    picks = np.zeros((len(plan), len(CATEGORIES)), dtype=bool)
    for row in picks:
        row[rng.choice(len(CATEGORIES) - 1, size=5, replace=False)] = True
    return Promotions(
        name=tuple((f"{year} {item[0]}", f"{item[1]} {year}") for year, item in plan),
        start=np.array([f"{y}-{item[2]}" for y, item in plan], dtype="datetime64[D]"),
        end=np.array([f"{y}-{item[3]}" for y, item in plan], dtype="datetime64[D]"),
        online=np.array([item[4] for _, item in plan]),
        used=np.array([item[5] for _, item in plan]),
        products=picks[:, _CATEGORY],
    )


def promotions_tables(world: World, promotions: Promotions) -> Iterator[tuple[str, pa.Table]]:
    """Yield the promotions that began by the last day, and their products."""
    count = int((promotions.start <= world.last).sum())
    rng = world.rng(PROMOTIONS)
    span = (promotions.end - promotions.start).astype(np.float64) + 1
    draws = rng.lognormal(0.0, 0.25, (2, len(span)))
    first = np.where(promotions.online == 1, FIRST_ONLINE, IN_STORE)
    share = np.array([c.share for c in CHANNELS])
    of_buyers = np.where(promotions.online == 1, share[FIRST_ONLINE:].sum(), share[IN_STORE])
    reach = 1_500 * world.scale * of_buyers * span * draws[0]
    spend = np.rint(reach * 0.9 * draws[1]) + 500
    rows = np.arange(count)
    yield (
        "promotions",
        pa.table(
            {
                "promotion_id": rows + 1,
                "promotion": [name for name, _ in promotions.name[:count]],
                "promotion_en": [name for _, name in promotions.name[:count]],
                "place": codes(("store", "online"), (first[rows] > IN_STORE).astype(np.int64)),
                "starts_on": dates(promotions.start[rows]),
                "ends_on": dates(promotions.end[rows]),
                "reach": reach[rows].astype(np.int64) + 20,
                "spend": money(spend[rows].astype(np.int64) * 100),
            }
        ),
    )
    promotion, product = np.nonzero(promotions.products[:count])
    yield "promotion_products", pa.table({"promotion_id": promotion + 1, "product_id": product + 1})


def promotion_orders(
    world: World, promotions: Promotions, month: Month
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the order lines of one month that were sold in a promotion."""
    rng = world.rng(PROMOTIONS, month.number)
    orders, lines = month.orders, month.lines
    day = orders.day[lines.order]
    is_online = (orders.channel >= FIRST_ONLINE)[lines.order]
    in_store = (orders.channel == IN_STORE)[lines.order]
    draw = rng.random(len(lines))
    last = month.days[-1]
    for row in np.flatnonzero((promotions.start <= last) & (promotions.end >= month.first)):
        place = is_online if promotions.online[row] else in_store
        during = (day >= promotions.start[row]) & (day <= promotions.end[row])
        used = during & place & promotions.products[row][lines.product]
        sold = np.flatnonzero(used & (draw < promotions.used[row]))
        yield (
            "promotion_lines",
            pa.table(
                {
                    "promotion_id": np.full(len(sold), row + 1),
                    "line_id": lines.line_id[sold],
                    "order_id": orders.order_id[lines.order[sold]],
                }
            ),
        )


def advertising_tables(world: World, month: Month) -> Iterator[tuple[str, pa.Table]]:
    """Yield the campaigns that begin in one month, one a channel, and what they cost each day."""
    rng = world.rng(ADS, month.number)
    channels = np.arange(IN_STORE, len(CHANNELS))
    first = month.days[0] + rng.integers(0, 4, len(channels))
    length = rng.integers(18, 25, len(channels))
    category = rng.integers(len(CATEGORIES), size=len(channels))
    ids = world.numbers.take("campaigns", len(channels))
    text = str(month.first)[:7]
    yield (
        "campaigns",
        pa.table(
            {
                "campaign_id": ids,
                "campaign": [f"{text} {CATEGORIES[c].name}投放" for c in category],
                "campaign_en": [f"{CATEGORIES[c].name_en} Ads {text}" for c in category],
                "channel": codes(CHANNEL_NAMES, channels),
                "aim": codes(_AIMS, rng.choice(3, size=len(channels), p=(0.35, 0.5, 0.15))),
                "category": [CATEGORIES[c].name for c in category],
                "category_en": [CATEGORIES[c].name_en for c in category],
                "starts_on": dates(first),
                "ends_on": dates(first + length - 1),
            }
        ).filter(pa.array(first <= world.last)),
    )
    yield "ad_days", _ad_days(world, month, (ids, first, length), rng)


def _ad_days(
    world: World, month: Month, campaigns: tuple[Ints, Days, Ints], rng: np.random.Generator
) -> pa.Table:
    """Return the spend, reach and sales that each campaign is credited with, day by day."""
    ids, first, length = campaigns
    sales, count = _sales(month)
    day, row = np.nonzero(
        (month.days[:, None] >= first) & (month.days[:, None] < first + length) & (ids > 0)
    )
    years = (month.days[day] - FIRST_DAY).astype(np.float64) / 365.25
    tale = story("advertising-without-return")
    hit = row + IN_STORE == CHANNEL_NAMES.index(tale.where["channel"])
    hit &= tale.during(month.days[day])
    spend = _SPEND[row] * world.scale / length[row] * 1.06**years
    spend *= rng.lognormal(0.0, 0.2, len(day)) * tale.factor("spend", hit)
    spent = np.rint(spend * 100).astype(np.int64) + 100
    reach = np.rint(spent / 100 * rng.uniform(9, 14, len(day))).astype(np.int64) + 3
    credit = _CREDIT[row] * rng.uniform(0.85, 1.15, len(day))
    return pa.table(
        {
            "campaign_id": ids[row],
            "day": dates(month.days[day]),
            "spend": money(spent),
            "impressions": reach * rng.integers(2, 4, len(day)),
            "reach": keys(reach, rng.random(len(day)) < 0.01),
            "clicks": rng.binomial(reach, 0.035),
            "credited_orders": rng.binomial(count[day, row], credit),
            "credited_revenue": money((sales[day, row] * credit).astype(np.int64)),
        }
    )


def _sales(month: Month) -> tuple[Ints, Ints]:
    """Return revenue in cents and orders: day × channel from stores on; cancelled ones left out."""
    orders = month.orders
    rows = np.flatnonzero((orders.channel >= IN_STORE) & ~orders.is_cancelled)
    shape = len(month.days), len(CHANNELS) - IN_STORE
    day = (orders.day[rows] - month.first).astype(np.int64)
    cell = day * shape[1] + orders.channel[rows] - IN_STORE
    size = shape[0] * shape[1]
    cents = np.bincount(cell, weights=month.totals[rows], minlength=size).astype(np.int64)
    return cents.reshape(shape), np.bincount(cell, minlength=size).reshape(shape)
