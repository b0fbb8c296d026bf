"""Customer relations: leads, opportunities from need to signature, and their follow-ups."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Ints
from assistant.demo.columns import dates, keys, money
from assistant.demo.crm_leads import leads_table
from assistant.demo.deals import Deals, draw_deals, in_weak_team
from assistant.demo.demand import FIRST_DAY
from assistant.demo.market import COMPETITORS
from assistant.demo.orders import Orders
from assistant.demo.stories import story
from assistant.demo.world import REGION_NAMES, World, codes

CRM = 1
AHEAD = 6
"""Months after the last day whose orders are deals still open on it."""
_STAGES = ("need", "proposal", "quote", "signed", "lost")
_REASONS = ("price", "function", "relationship", "budget", "timing")
_TERMS = np.array([12, 24, 36])


def deals_tables(
    world: World, orders: Orders, totals: Ints, key: tuple[int, ...]
) -> Iterator[tuple[str, pa.Table]]:
    """Yield leads, opportunities and their follow-ups around some orders; `key` names the stream."""
    rng = world.rng(CRM, *key)
    deals = draw_deals(world, orders, totals, rng)
    known = np.flatnonzero((deals.created <= world.last) & (deals.created >= FIRST_DAY))
    ids = world.numbers.take("opportunities", len(known))
    has_lead = rng.random(len(deals.created)) < 0.6
    lead_ids, leads, followed = leads_table(world, deals, has_lead, rng)
    yield "leads", leads
    yield "opportunities", _opportunities(world, deals, known, (ids, lead_ids), rng)
    yield "activities", followed
    yield "activities", _follow_ups(world, deals, known, ids, rng)


def _opportunities(
    world: World, deals: Deals, known: Ints, ids: tuple[Ints, Ints], rng: np.random.Generator
) -> pa.Table:
    """Return the rows of `opportunities` as known on the last day."""
    last = world.last
    created, closed, lost_at = deals.created[known], deals.closed[known], deals.lost_at[known]
    is_won, is_closed = deals.is_won[known], closed <= last
    proposed, quoted = deals.proposed[known], deals.quoted[known]
    has_proposal = (lost_at >= 1) & (proposed <= last)
    has_quote = (lost_at >= 2) & (quoted <= last)
    stage = np.where(has_quote, 2, np.where(has_proposal, 1, 0))
    stage = np.where(is_closed, np.where(is_won, 3, 4), stage)
    weak = in_weak_team(world, deals.salesperson[known], created)
    reach = np.where(is_won, 0.95, 0.77) * story("team-skips-visits").factor("decision_maker", weak)
    draws = rng.random((4, len(known)))
    term = _TERMS[rng.choice(3, size=len(known), p=(0.62, 0.25, 0.13))]
    start = closed.astype("datetime64[M]") + 1
    signed = is_won & is_closed
    approved = np.minimum(proposed + 1 + (draws[3] * 9).astype(np.int64), quoted)
    # The others' deals are lost before anybody approves, or are still under review.
    is_approved = has_proposal & ((lost_at >= 2) | (draws[3] < 0.25)) & (approved <= last)
    competitor, reason = _rivals(deals, known, rng)
    return pa.table(
        {
            "opportunity_id": ids[0],
            "lead_id": keys(ids[1][known], ids[1][known] == 0),
            "customer_id": keys(deals.customer[known] + 1, deals.customer[known] < 0),
            "salesperson_id": keys(deals.salesperson[known], draws[0] < 0.006),
            "region_id": deals.region[known] + 1,
            "stage": codes(_STAGES, stage),
            "need_on": dates(created),
            "proposal_on": dates(proposed, ~has_proposal),
            "proposal_approved_on": dates(approved, ~is_approved),
            "quote_on": dates(quoted, ~has_quote),
            "signed_on": dates(closed, ~signed),
            "closed_on": dates(closed, ~is_closed),
            "outcome": codes(("won", "lost", "open"), np.where(is_closed, 1 - is_won, 2)),
            "decision_maker_reached": draws[1] < reach,
            "amount": money(np.maximum(deals.cents[known], 10_000)),
            "contract_start": dates(start.astype("datetime64[D]"), ~signed),
            "contract_end": dates((start + term).astype("datetime64[D]") - 1, ~signed),
            "order_id": keys(deals.order[known], ~signed | (deals.ordered[known] > last)),
            "competitor_id": keys(competitor + 1, draws[2] < 0.35),
            "lost_reason": codes(_REASONS, np.where(is_closed & ~is_won, reason, -1)),
        }
    )


def _rivals(deals: Deals, known: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw the competitor in each deal and why it was lost; a price attacker takes one region."""
    tale = story("rival-takes-share")
    count = len(known)
    rival = rng.choice(len(COMPETITORS), size=count, p=[item.share for item in COMPETITORS])
    reason = rng.choice(len(_REASONS), size=count, p=(0.3, 0.22, 0.18, 0.17, 0.13))
    hit = tale.during(deals.closed[known]) & ~deals.is_won[known]
    hit &= deals.region[known] == REGION_NAMES.index(tale.where["region"])
    hit &= rng.random(count) < tale.effect["lost_deals"]
    names = [item.name for item in COMPETITORS]
    return np.where(hit, names.index(tale.where["competitor"]), rival), np.where(hit, 0, reason)


def _follow_ups(
    world: World, deals: Deals, known: Ints, ids: Ints, rng: np.random.Generator
) -> pa.Table:
    """Return the follow-ups of opportunities until they close or the data ends."""
    times = rng.poisson(4.2, len(known))
    row = np.repeat(np.arange(len(known)), times)
    at = known[row]
    until = np.minimum(deals.closed[at], world.last)
    span = np.maximum((until - deals.created[at]).astype(np.int64), 0) + 1
    day = deals.created[at] + (rng.random(len(at)) * span).astype(np.int64)
    return pa.table(
        {
            "activity_id": world.numbers.take("activities", len(at)),
            "kind": codes(("follow_up", "visit"), (rng.random(len(at)) < 0.3).astype(np.int64)),
            "activity_on": dates(day),
            "salesperson_id": keys(
                deals.salesperson[at], world.staff.hired[deals.salesperson[at] - 1] > day
            ),
            "customer_id": keys(deals.customer[at] + 1, deals.customer[at] < 0),
            "opportunity_id": ids[row],
        }
    )
