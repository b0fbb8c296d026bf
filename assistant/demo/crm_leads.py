"""Leads: those that became an opportunity, and the many that did not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from assistant.demo import names
from assistant.demo.calendar_effects import Days, Flags, Ints
from assistant.demo.columns import dates, keys
from assistant.demo.deals import Deals, in_weak_team
from assistant.demo.demand import FIRST_DAY
from assistant.demo.orders import ORPHAN_SALESPERSON
from assistant.demo.places import CITIES
from assistant.demo.stories import story
from assistant.demo.world import World, codes, moments, office_hours, seconds_of

SOURCES = ("website", "exhibition", "referral", "telesales", "advertising", "partner")
_SHARES = np.array([0.26, 0.14, 0.17, 0.16, 0.18, 0.09])
_UNCONVERTED = 1.5
_STATUSES = ("new", "contacted", "visited", "converted", "dropped")


def leads_table(
    world: World, deals: Deals, has_lead: Flags, rng: np.random.Generator
) -> tuple[Ints, pa.Table, pa.Table]:
    """Return the lead id of each deal (0 for none), the rows of `leads` and their follow-ups."""
    origin = np.flatnonzero(has_lead)
    idle = np.repeat(origin, rng.poisson(_UNCONVERTED, len(origin)))
    day = np.concatenate(
        [deals.lead_day[origin], deals.lead_day[idle] + rng.integers(-20, 21, len(idle))]
    )
    at = np.concatenate([origin, idle])
    converts = np.arange(len(at)) < len(origin)
    source = rng.choice(len(SOURCES), size=len(at), p=_SHARES)
    at, day, converts, source = _with_exhibitions((at, day, converts, source), rng)
    known = np.flatnonzero((day <= world.last) & (day >= FIRST_DAY))
    at, day, converts, source = at[known], day[known], converts[known], source[known]
    ids = world.numbers.take("leads", len(at))
    of_deal = np.zeros(len(has_lead), dtype=np.int64)
    of_deal[at[converts]] = ids[converts]
    until = np.where(converts, deals.created[at], np.datetime64("2099-12-31", "D"))
    leads, contacted = _leads(world, (deals, at, ids), (day, until, converts, source), rng)
    return of_deal, leads, _follow_ups(world, (deals, at, ids), contacted, rng)


def _with_exhibitions(
    leads: tuple[Ints, Days, Flags, Ints], rng: np.random.Generator
) -> tuple[Ints, Days, Flags, Ints]:
    """Add the exhibition leads that the new fairs bring: many, and none of them buys."""
    tale = story("exhibition-leads-do-not-fit")
    at, day, _, source = leads
    more = np.flatnonzero((source == SOURCES.index(tale.where["source"])) & tale.during(day))
    more = np.repeat(more, rng.poisson(tale.effect["leads"] - 1.0, len(more)))
    added = at[more], day[more], np.zeros(len(more), dtype=bool), source[more]
    at, day, converts, source = (
        np.concatenate([old, new]) for old, new in zip(leads, added, strict=True)
    )
    return at, day, converts, source


def _leads(
    world: World,
    who: tuple[Deals, Ints, Ints],
    when: tuple[Days, Days, Flags, Ints],
    rng: np.random.Generator,
) -> tuple[pa.Table, Days]:
    """Return the rows of `leads` and the day of the first contact, a century ahead for none."""
    deals, at, ids = who
    day, until, converts, source = when
    count = len(at)
    draws = rng.random((4, count))
    created = seconds_of(day, office_hours(count, rng))
    wait = rng.lognormal(2.3, 0.9, count) * 3_600
    limit = np.maximum(seconds_of(until, np.zeros(count)) - created, 3_600)
    contact = created + np.minimum(wait, limit).astype(np.int64)
    is_contacted = (converts | (draws[0] < 0.93)) & (contact <= _end(world))
    planned = day + 2 + (draws[1] * 9).astype(np.int64)
    visit = np.minimum(np.maximum(planned + rng.integers(-1, 6, count), day + 1), until)
    rate = np.where(converts, 0.86, 0.73) * story("team-skips-visits").factor(
        "first_visit", in_weak_team(world, deals.salesperson[at], day)
    )
    is_visited = is_contacted & (draws[2] < rate) & (visit <= world.last)
    is_visited &= seconds_of(visit + 1, np.zeros(count)) > contact
    status = np.where(is_visited, 2, np.where(is_contacted, 1, 0))
    status = np.where(~converts & (day < world.last - 60), 4, status)
    status = np.where(converts & (until <= world.last), 3, status)
    name, name_en = _companies(deals.city[at], rng)
    customer = deals.customer[at]
    table = pa.table(
        {
            "lead_id": ids,
            "company": name,
            "company_en": name_en,
            "source": codes(SOURCES, np.where(draws[3] < 0.01, -1, source)),
            "region_id": deals.region[at] + 1,
            "city_id": deals.city[at] + 1,
            "salesperson_id": keys(
                np.where(draws[2] > 0.995, ORPHAN_SALESPERSON, deals.salesperson[at]),
                draws[3] > 0.985,
            ),
            "customer_id": keys(customer + 1, (status != 3) | (customer < 0)),
            "created_at": moments(created),
            "first_contact_at": moments(contact, ~is_contacted),
            "visit_planned_on": dates(planned, ~converts & (draws[1] < 0.08)),
            "first_visit_on": dates(visit, ~is_visited),
            "need_fit": keys(_fit((day, converts, source), rng), ~is_contacted | (draws[0] > 0.9)),
            "status": codes(_STATUSES, status),
        }
    )
    return table, np.where(is_contacted, contact // 86_400, 99_999).astype("datetime64[D]")


def _fit(leads: tuple[Days, Flags, Ints], rng: np.random.Generator) -> Ints:
    """Draw how well each lead's need fits what the company sells, 0–100."""
    tale = story("exhibition-leads-do-not-fit")
    day, converts, source = leads
    hit = tale.during(day) & (source == SOURCES.index(tale.where["source"]))
    score = rng.normal(np.where(converts, 76.0, 61.0), 12.0)
    score += np.where(hit, tale.effect["need_fit_points"], 0.0)
    return np.clip(np.rint(score), 5, 100).astype(np.int64)


def _companies(city: Ints, rng: np.random.Generator) -> tuple[pa.Array, pa.Array]:
    """Draw invented company names in both languages."""
    stem = rng.integers(len(names.COMPANY_STEMS), size=len(city))
    ending = rng.integers(len(names.COMPANY_ENDINGS), size=len(city))
    places = tuple((item.name, item.name_en) for item in CITIES)
    parts = ((places, city), (names.COMPANY_STEMS, stem), (names.COMPANY_ENDINGS, ending))
    chinese, english = (
        names.join([names.column(texts, at, language) for texts, at in parts], separator)
        for language, separator in ((0, ""), (1, " "))
    )
    return chinese, english


def _follow_ups(
    world: World, who: tuple[Deals, Ints, Ints], contacted: Days, rng: np.random.Generator
) -> pa.Table:
    """Return the follow-ups of leads after the first contact."""
    deals, at, ids = who
    row = np.repeat(np.arange(len(at)), rng.poisson(1.6, len(at)))
    day = contacted[row] + rng.gamma(1.2, 8.0, len(row)).astype(np.int64)
    row, day = row[day <= world.last], day[day <= world.last]
    return pa.table(
        {
            "activity_id": world.numbers.take("activities", len(row)),
            "kind": codes(("follow_up",), np.zeros(len(row), dtype=np.int64)),
            "activity_on": dates(day),
            "salesperson_id": keys(
                deals.salesperson[at][row], world.staff.hired[deals.salesperson[at][row] - 1] > day
            ),
            "lead_id": ids[row],
        }
    )


def _end(world: World) -> int:
    """Return the end of the last day in seconds since 1970."""
    return int((world.last + 1).astype(np.int64)) * 86_400
