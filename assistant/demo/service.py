"""After the sale: service tickets, satisfaction, call-backs, recommendations, distributor agreements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Flags, Floats, Ints
from assistant.demo.catalogue import PRODUCTS
from assistant.demo.columns import dates, keys
from assistant.demo.demand import FIRST_ONLINE
from assistant.demo.orders import ORPHAN_CUSTOMER
from assistant.demo.stories import story
from assistant.demo.world import (
    REGION_NAMES,
    REGION_OF_CITY,
    Month,
    World,
    codes,
    moments,
    office_hours,
    seconds_of,
)

SERVICE, CARE, AGREEMENTS = 4, 5, 6
_KINDS = ("complaint", "return_request", "repair", "consultation", "suggestion")
_RATES = np.array([0.021, 0.028, 0.016, 0.038, 0.009])
_WAYS = ("phone", "chat", "app", "store")
_NAMES = np.array([product.name for product in PRODUCTS])
_DISTRIBUTOR = 2
_REASONS = ("competitor", "margin", "closed_down", "mutual")


def service_tables(world: World, month: Month) -> Iterator[tuple[str, pa.Table]]:
    """Yield the tickets and surveys that one month's orders lead to."""
    rng = world.rng(SERVICE, month.number)
    tickets, (ids, order, customer, closed, hours) = _tickets(world, month, rng)
    yield "service_tickets", tickets
    answered = np.flatnonzero(rng.random(len(ids)) < 0.35)
    mood = 4.15 - np.clip(np.log10(np.maximum(hours[answered], 0.1) / 4.0), 0.0, None) * 1.3
    day = closed[answered] + rng.integers(0, 4, len(answered))
    yield (
        "satisfaction_surveys",
        _surveys(
            world, (ids[answered], order[answered], customer[answered]), (day, mood - 0.4), rng
        ),
    )
    orders = month.orders
    asked = np.flatnonzero(~orders.is_cancelled & (rng.random(len(orders)) < 0.07))
    day = orders.delivered[asked] + rng.integers(2, 12, len(asked))
    mood = np.full(len(asked), 4.45) - 0.8 * orders.is_returned[asked]
    who = np.zeros(len(asked), dtype=np.int64), orders.order_id[asked], orders.customer[asked] + 1
    yield "satisfaction_surveys", _surveys(world, who, (day, mood), rng)


def _tickets(
    world: World, month: Month, rng: np.random.Generator
) -> tuple[pa.Table, tuple[Ints, Ints, Ints, Days, Floats]]:
    """Return the rows of `service_tickets`, and of those answered: ids, orders, customers, days, hours."""
    orders, lines = month.orders, month.lines
    line = np.flatnonzero(~orders.is_cancelled[lines.order])
    order, product = lines.order[line], lines.product[line]
    day = orders.delivered[order] + rng.gamma(1.3, 12.0, len(line)).astype(np.int64)
    spike = story("product-returns-spike")
    bad = (_NAMES[product] == spike.where["product"]) & spike.during(day)
    # Half of the rate of an order, as an order has about two lines.
    rates = np.tile(_RATES * 0.45, (len(line), 1))
    rates[:, 1] *= spike.factor("return_requests", bad)
    rates[:, 0] *= np.where(orders.is_returned[order], 4.0, 1.0)
    edges = np.cumsum(rates, axis=1)
    kind = (rng.random(len(line))[:, None] >= edges).sum(axis=1)
    keep = np.flatnonzero((kind < len(_KINDS)) & (day <= world.last))
    order, product, day, kind = order[keep], product[keep], day[keep], kind[keep]
    count = len(keep)
    opened = seconds_of(day, office_hours(count, rng))
    hours = rng.lognormal(1.1, 0.9, count) * _slow_desk(orders.region[order], day)
    answered = opened + (hours * 3_600).astype(np.int64)
    closed = answered + (rng.lognormal(0.7, 0.8, count) * 86_400).astype(np.int64)
    draws = rng.random((4, count))
    end = int((world.last + 1).astype(np.int64)) * 86_400
    is_answered = (answered < end) & (draws[0] > 0.006)
    is_closed = is_answered & (closed < end) & (draws[1] > 0.02)
    ids = world.numbers.take("service_tickets", count)
    table = pa.table(
        {
            "ticket_id": ids,
            "kind": codes(_KINDS, kind),
            "way": codes(_WAYS, rng.choice(4, size=count, p=(0.34, 0.4, 0.18, 0.08))),
            "customer_id": keys(
                np.where(draws[0] > 0.997, ORPHAN_CUSTOMER, orders.customer[order] + 1),
                draws[2] < 0.03,
            ),
            "order_id": keys(orders.order_id[order], draws[3] < 0.04),
            "product_id": keys(product + 1, draws[2] > 0.985),
            "region_id": orders.region[order] + 1,
            "opened_at": moments(opened),
            "answered_at": moments(answered, ~is_answered),
            "closed_at": moments(closed, ~is_closed),
        }
    )
    done = np.flatnonzero(is_closed)
    at = order[done]
    days = (closed[done] // 86_400).astype("datetime64[D]")
    return table, (ids[done], orders.order_id[at], orders.customer[at] + 1, days, hours[done])


def _slow_desk(region: Ints, day: Days) -> Floats:
    tale = story("service-desk-slows")
    mine = region == REGION_NAMES.index(tale.where["region"])
    return tale.factor("answer_hours", mine & tale.during(day))


def _surveys(
    world: World,
    who: tuple[Ints, Ints, Ints],
    answers: tuple[Days, Floats],
    rng: np.random.Generator,
) -> pa.Table:
    """Return surveys answered by the last day; `who` is ticket (0 for none), order and customer."""
    day, mood = answers
    score = np.clip(np.rint(rng.normal(mood, 0.85)), 1, 5).astype(np.int64)
    keep = np.flatnonzero(day <= world.last)
    ticket = who[0][keep]
    return pa.table(
        {
            "survey_id": world.numbers.take("satisfaction_surveys", len(keep)),
            "ticket_id": keys(ticket, ticket == 0),
            "order_id": who[1][keep],
            "customer_id": who[2][keep],
            "answered_on": dates(day[keep]),
            "score": keys(score[keep], rng.random(len(keep)) < 0.02),
        }
    )


def care_tables(world: World, month: Month) -> Iterator[tuple[str, pa.Table]]:
    """Yield the call-backs after delivery and the recommendations of salespeople."""
    rng = world.rng(CARE, month.number)
    orders, lines = month.orders, month.lines
    calls = np.flatnonzero(
        ~orders.is_cancelled & (rng.random(len(orders)) < np.where(orders.is_business, 0.3, 0.05))
    )
    day = orders.delivered[calls] + rng.integers(5, 30, len(calls))
    calls, day = calls[day <= world.last], day[day <= world.last]
    yield (
        "activities",
        pa.table(
            {
                "activity_id": world.numbers.take("activities", len(calls)),
                "kind": codes(("call_back",), np.zeros(len(calls), dtype=np.int64)),
                "activity_on": dates(day),
                "salesperson_id": orders.salesperson[calls],
                "customer_id": orders.customer[calls] + 1,
                "order_id": orders.order_id[calls],
            }
        ),
    )
    offline = (orders.channel < FIRST_ONLINE) & ~orders.is_cancelled
    taken = np.flatnonzero(offline[lines.order] & (rng.random(len(lines)) < 0.09))
    refused = np.repeat(taken, rng.poisson(1.6, len(taken)))
    line = np.concatenate([taken, refused])
    is_taken = np.arange(len(line)) < len(taken)
    yield "recommendations", _recommendations(world, month, (line, is_taken), rng)


def _recommendations(
    world: World, month: Month, drawn: tuple[Ints, Flags], rng: np.random.Generator
) -> pa.Table:
    """Return what salespeople recommended; a success names the order that followed."""
    line, is_taken = drawn
    orders, lines = month.orders, month.lines
    at = lines.order[line]
    product = lines.product[line]
    # What was refused is something else than what this customer bought.
    day = orders.day[at] - rng.integers(0, 10, len(line))
    other = (product + rng.integers(1, len(PRODUCTS), len(line))) % len(PRODUCTS)
    return pa.table(
        {
            "recommendation_id": world.numbers.take("recommendations", len(line)),
            "customer_id": orders.customer[at] + 1,
            "salesperson_id": orders.salesperson[at],
            "product_id": np.where(is_taken, product, other) + 1,
            "recommended_on": dates(np.maximum(day, world.clientele.created[orders.customer[at]])),
            "is_accepted": is_taken,
            "order_id": keys(orders.order_id[at], ~is_taken),
        }
    )


def agreements_table(world: World) -> pa.Table:
    """Return the rows of `distributor_agreements`: one for each distributor, some ended."""
    people, tale = world.clientele, story("distributors-leave")
    rng = world.rng(AGREEMENTS)
    rows = np.flatnonzero(people.kind == _DISTRIBUTOR)
    region = REGION_OF_CITY[people.city[rows]]
    signed = people.created[rows] + rng.integers(0, 30, len(rows))
    # Seven in a hundred leave each year, whenever they came.
    ended = signed + 200 + rng.exponential(365 / 0.07, len(rows)).astype(np.int64)
    hit = (region == REGION_NAMES.index(tale.where["region"])) & (ended > tale.start)
    hit &= (signed < tale.start - 60) & (rng.random(len(rows)) < tale.effect["leave"])
    span = int((tale.end - tale.start).astype(np.int64))
    ended = np.where(hit, tale.start + rng.integers(0, span, len(rows)), ended)
    reason = np.where(hit, 0, rng.choice(4, size=len(rows), p=(0.2, 0.35, 0.25, 0.2)))
    keep = signed <= world.last
    is_over = ended <= world.last
    table = pa.table(
        {
            "agreement_id": np.arange(1, len(rows) + 1),
            "customer_id": rows + 1,
            "region_id": region + 1,
            "signed_on": dates(signed),
            "ended_on": dates(ended, ~is_over),
            "end_reason": codes(_REASONS, np.where(is_over, reason, -1)),
        }
    )
    return table.filter(pa.array(keep))
