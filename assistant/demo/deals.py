"""Deals of the sales force, told backwards from the orders in which some of them end.

Some orders of key accounts are where a deal ended well, and around each of them others ended badly.
So a won opportunity always leads to a real order of the same customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.demo.calendar_effects import Days, Flags, Floats, Ints
from assistant.demo.demand import KEY_ACCOUNT
from assistant.demo.orders import Orders
from assistant.demo.staff import TEAM_NAMES
from assistant.demo.stories import story
from assistant.demo.world import REGION_NAMES, World

_FROM_DEAL = 0.42
_LOST_PER_WON = 2.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Deals:
    """Opportunities; days are planned and may lie ahead, `order` is an id and 0 for lost ones.

    `lost_at` is the stage (0 need, 1 proposal, 2 quote) where a deal ends, 3 for signed ones.
    """

    lead_day: Days
    created: Days
    proposed: Days
    quoted: Days
    closed: Days
    ordered: Days
    lost_at: Ints
    order: Ints
    cents: Ints
    customer: Ints
    salesperson: Ints
    region: Ints
    city: Ints

    @property
    def is_won(self) -> Flags:
        """Tell which deals end with a signature."""
        return np.asarray(self.lost_at == 3)


def draw_deals(world: World, orders: Orders, totals: Ints, rng: np.random.Generator) -> Deals:
    """Draw the deals that end with, or around, some orders."""
    is_candidate = (orders.channel == KEY_ACCOUNT) & ~orders.is_cancelled
    is_candidate &= rng.random(len(orders)) < _FROM_DEAL
    known_for = (orders.day - world.clientele.created[orders.customer]).astype(np.int64)
    won = np.flatnonzero(is_candidate & (known_for >= 25))
    count = rng.poisson(_LOST_PER_WON, len(won))
    rows = np.concatenate([won, np.repeat(won, count)])
    is_won = np.arange(len(rows)) < len(won)
    gaps = _gaps(len(rows), rng)
    room = np.where(is_won, known_for[rows] - 2, 10_000)
    gaps *= np.minimum(1.0, room / gaps.sum(axis=0))
    at = orders.day[rows] + np.where(is_won, 0, rng.integers(-25, 26, len(rows)))
    signed = at - gaps[4].astype(np.int64)
    steps = gaps[:4].astype(np.int64)
    created = signed - steps[1:].sum(axis=0)
    weak = in_weak_team(world, orders.salesperson[rows], created)
    is_won &= rng.random(len(rows)) < story("team-skips-visits").factor("win", weak)
    proposed, quoted = created + steps[1], created + steps[1] + steps[2]
    lost_at = np.where(is_won, 3, rng.choice(3, size=len(rows), p=(0.3, 0.38, 0.32)))
    stop = np.stack([created, proposed, quoted, signed])[lost_at, np.arange(len(rows))]
    closed = np.where(is_won, signed, stop + rng.integers(5, 40, len(rows)))
    estimate = np.exp(rng.normal(9.1, 0.85, len(rows)))
    return Deals(
        lead_day=created - steps[0],
        created=created,
        proposed=proposed,
        quoted=quoted,
        closed=closed,
        ordered=at,
        lost_at=lost_at,
        order=np.where(is_won, orders.order_id[rows], 0),
        cents=np.where(is_won & (totals[rows] > 0), totals[rows], estimate.astype(np.int64) * 100),
        customer=_customers(world, orders, rows, (is_won, created - steps[0]), rng),
        salesperson=orders.salesperson[rows],
        region=orders.region[rows],
        city=orders.city[rows],
    )


def _gaps(count: int, rng: np.random.Generator) -> Floats:
    """Draw days from lead to need, to proposal, to quote, to signature, to order: 5 × deals."""
    return np.stack(
        [
            rng.gamma(1.5, 8.0, count) + 2,
            rng.gamma(2.0, 8.0, count) + 2,
            rng.gamma(2.0, 6.0, count) + 1,
            rng.gamma(2.0, 12.0, count) + 2,
            rng.gamma(1.5, 3.0, count),
        ]
    )


def _customers(
    world: World,
    orders: Orders,
    rows: Ints,
    ends: tuple[Flags, Days],
    rng: np.random.Generator,
) -> Ints:
    """Return the customer (position) of each deal; those lost are often with strangers, -1."""
    is_won, met = ends
    channel = np.full(len(rows), KEY_ACCOUNT)
    other = world.clientele.choose(orders.region[rows], channel, met, rng)
    is_stranger = (rng.random(len(rows)) < 0.35) | (world.clientele.created[other] > met)
    return np.where(is_won, orders.customer[rows], np.where(is_stranger, -1, other))


def in_weak_team(world: World, salesperson: Ints, days: Days) -> Flags:
    """Tell which deals belong to the team that stopped visiting, after it did."""
    tale = story("team-skips-visits")
    staff = world.staff
    mine = staff.region[salesperson - 1] == REGION_NAMES.index(tale.where["region"])
    mine &= staff.team[salesperson - 1] == TEAM_NAMES.index(tale.where["team"])
    return np.asarray(mine & tale.during(days))
