"""The cloud service: who registers, tries it, pays, stays or leaves.

The service keeps its own books: its fees are not among the orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Flags, Floats, Ints
from assistant.demo.columns import dates, keys, money
from assistant.demo.places import REGIONS
from assistant.demo.stories import story
from assistant.demo.usage import usage_tables
from assistant.demo.world import World, codes

SUBSCRIPTIONS = 9
_A_MONTH = 95.0
STEPS = ("install", "bind_device", "invite_team", "first_meeting", "see_report")
_PASS = np.array([0.93, 0.86, 0.80, 0.85, 0.88])
PLANS = ("starter", "team", "enterprise")
_FEE = np.array([1_200.0, 3_600.0, 9_800.0])
_COST_SHARE = np.array([0.55, 0.38, 0.24])
_MIX = np.array([0.38, 0.38, 0.24])
_TERM = np.array([3, 12, 12])
_RENEWED = np.array([0.74, 0.84, 0.90])
_SOURCES = ("website", "store", "sales", "referral")
_TERMS_AT_MOST = 16
_NEVER = np.datetime64("2099-12-31", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The accounts registered in one month; `paid` is the day of the first fee, 2099 for never."""

    ids: Ints
    registered: Days
    tried: Days
    paid: Days
    plan: Ints
    ended: Days


def cohort_tables(world: World, number: int, days: Days) -> Iterator[tuple[str, pa.Table]]:
    """Yield all that is known on the last day of the accounts registered in one month."""
    rng = world.rng(SUBSCRIPTIONS, number)
    mean = _A_MONTH * world.scale * 1.011**number * len(days) / 30.4
    count = int(rng.poisson(mean))
    ids = world.numbers.take("accounts", count)
    registered = np.sort(days[0] + rng.integers(0, len(days), count))
    asks = rng.random(count) < 0.62
    tried = np.where(asks, registered + rng.integers(0, 12, count), _NEVER)
    reached = _steps(tried, rng)
    wants = (reached >= 4) & (rng.random(count) < np.where(reached == 5, 0.62, 0.3))
    paid = np.where(wants, tried + 6 + rng.integers(0, 60, count), _NEVER)
    paid = _pulled_forward(tried, paid, rng)
    plan = _plans(paid, rng)
    yield (
        "accounts",
        _accounts(world, ids, (registered, tried, paid), rng),
    )
    yield "trial_steps", _trial_steps(world, ids, (tried, reached), rng)
    ended = np.full(count, _NEVER)
    for table in _subscriptions(world, (ids, paid, plan), ended, rng):
        yield "subscriptions", table
    cohort = Cohort(ids=ids, registered=registered, tried=tried, paid=paid, plan=plan, ended=ended)
    yield from usage_tables(world, number, _lives(cohort))


def _steps(tried: Days, rng: np.random.Generator) -> Ints:
    """Draw how many steps of the trial each account completes, 0 for those without a trial."""
    tale = story("trial-step-loses-users")
    step = STEPS.index(tale.where["step"])
    passes = np.tile(_PASS, (len(tried), 1))
    passes[tale.during(tried) & (tried < _NEVER), step] *= tale.effect["pass"]
    done = np.cumprod(rng.random(passes.shape) < passes, axis=1).sum(axis=1)
    return np.asarray(np.where(tried < _NEVER, done, 0))


def _pulled_forward(tried: Days, paid: Days, rng: np.random.Generator) -> Days:
    """Bring first fees of the weeks after a promotion into it; none is won."""
    tale = story("promotion-pulls-forward")
    after = (paid > tale.end) & (paid <= tale.end + int(tale.effect["days_after"]))
    after &= (tried + 3 <= tale.end) & (rng.random(len(paid)) < tale.effect["moved"])
    span = int((tale.end - tale.start).astype(np.int64)) + 1
    early = tale.start + rng.integers(0, span, len(paid))
    return np.where(after, np.maximum(early, tried + 3), paid)


def _plans(paid: Days, rng: np.random.Generator) -> Ints:
    """Draw the plan of each account; small ones take over when they are advertised."""
    tale = story("plan-mix-shifts-margin")
    shift = tale.effect["to_starter"]
    later = np.array([_MIX[0] + shift, _MIX[1] - shift / 2, _MIX[2] - shift / 2])
    draw = rng.random(len(paid))[:, None]
    plan = (draw >= np.cumsum(_MIX)).sum(axis=1)
    shifted = (draw >= np.cumsum(later)).sum(axis=1)
    return np.asarray(np.minimum(np.where(tale.during(paid), shifted, plan), 2))


def _accounts(
    world: World, ids: Ints, moves: tuple[Days, Days, Days], rng: np.random.Generator
) -> pa.Table:
    """Return the rows of `accounts`; a third belong to customers of the company."""
    registered, tried, paid = moves
    count, people = len(ids), world.clientele
    draws = rng.random((2, count))
    known = np.maximum(np.searchsorted(people.created, registered, side="right"), 1)
    customer = (draws[0] * known).astype(np.int64)
    keep = registered <= world.last
    region = rng.choice(len(REGIONS), size=count, p=[item.share for item in REGIONS])
    return pa.table(
        {
            "account_id": ids,
            "customer_id": keys(customer + 1, draws[1] > 0.35),
            "region_id": keys(region + 1, draws[1] < 0.01),
            "source": codes(_SOURCES, rng.choice(4, size=count, p=(0.46, 0.14, 0.25, 0.15))),
            "registered_on": dates(registered),
            "trial_on": dates(tried, tried > world.last),
            "first_paid_on": dates(paid, paid > world.last),
        }
    ).filter(pa.array(keep))


def _trial_steps(
    world: World, ids: Ints, trials: tuple[Days, Ints], rng: np.random.Generator
) -> pa.Table:
    """Return the steps that each trial completed."""
    tried, reached = trials
    row = np.repeat(np.arange(len(ids)), reached)
    step = np.arange(len(row)) - np.repeat(np.cumsum(reached) - reached, reached)
    day = tried[row] + step + (rng.random(len(ids)) * 2).astype(np.int64)[row]
    table = pa.table(
        {
            "account_id": ids[row],
            "step_no": step + 1,
            "step": codes(STEPS, step),
            "done_on": dates(day),
        }
    )
    return table.filter(pa.array(day <= world.last))


def _subscriptions(
    world: World, who: tuple[Ints, Days, Ints], ended: Days, rng: np.random.Generator
) -> Iterator[pa.Table]:
    """Yield the terms of the paying accounts, first terms first; `ended` takes the day each leaves."""
    ids, paid, plan = who
    rows, start = np.flatnonzero(paid < _NEVER), paid[paid < _NEVER]
    # Chance is drawn for all terms at once, so that no term depends on the last day of the data.
    draws = rng.random((_TERMS_AT_MOST, 3, len(ids)))
    for turn in range(_TERMS_AT_MOST):
        is_open = start <= world.last
        rows, start = rows[is_open], start[is_open]
        if not len(rows):
            return
        due = _later(start, _TERM[plan[rows]])
        chance = draws[turn][:, rows]
        stays = chance[0] < _renewal_rate(plan[rows], due)
        yield _terms(world, (ids[rows], plan[rows], turn), (start, due), stays, chance)
        gone = rows[~stays]
        ended[gone] = due[~stays]
        rows, start = rows[stays], due[stays]


def _later(days: Days, months: Ints) -> Days:
    """Return the same day some months later, the 28th at the latest."""
    month = days.astype("datetime64[M]")
    day = np.minimum((days - month.astype("datetime64[D]")).astype(np.int64), 27)
    return np.asarray((month + months).astype("datetime64[D]") + day)


def _renewal_rate(plan: Ints, due: Days) -> Floats:
    tale = story("renewals-fall-in-one-plan")
    hit: Flags = (plan == PLANS.index(tale.where["plan"])) & tale.during(due)
    return np.asarray(_RENEWED[plan] * tale.factor("renewed", hit))


def _terms(
    world: World,
    who: tuple[Ints, Ints, int],
    term: tuple[Days, Days],
    stays: Flags,
    chance: Floats,
) -> pa.Table:
    """Return one term of some accounts; what happens at its end is unknown until it is due."""
    ids, plan, turn = who
    start, due = term
    discount = np.array([1.0, 0.95, 0.9])[(chance[1][:, None] >= (0.7, 0.9)).sum(axis=1)]
    fee = _FEE[plan] * (_TERM[plan] / 12) * discount
    cost = fee * _COST_SHARE[plan] * (0.97 + 0.06 * chance[2])
    is_due = due <= world.last
    return pa.table(
        {
            "subscription_id": world.numbers.take("subscriptions", len(ids)),
            "account_id": ids,
            "plan": codes(PLANS, plan),
            "term_no": np.full(len(ids), turn + 1),
            "started_on": dates(start),
            "renewal_due_on": dates(due),
            "fee": money(np.rint(fee * 100).astype(np.int64)),
            "cost": money(np.rint(cost * 100).astype(np.int64)),
            "outcome": codes(("renewed", "churned", "running"), np.where(is_due, 1 - stays, 2)),
        }
    )


def _lives(cohort: Cohort) -> tuple[Ints, Days, Days, Flags]:
    """Return ids, first and last day of use, and who ever pays; trials last a month."""
    first = np.minimum(cohort.tried, cohort.registered + 3)
    trial_end = np.where(cohort.tried < _NEVER, cohort.tried + 30, cohort.registered + 10)
    last = np.where(cohort.paid < _NEVER, cohort.ended, trial_end)
    return cohort.ids, first, last, cohort.paid < _NEVER
