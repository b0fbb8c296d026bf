"""Invoices and payments of one month's orders: credit terms, late, partial and missing payments."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Flags, Floats, Ints
from assistant.demo.columns import dates, money
from assistant.demo.demand import IN_STORE, KEY_ACCOUNT
from assistant.demo.orders import Orders
from assistant.demo.places import REGIONS
from assistant.demo.stories import story

# Days of credit by tier, key accounts first, then distributors.
_CREDIT = np.array([[90, 60, 30], [60, 45, 30]])
# Days until the platform of a channel settles, in the order of `CHANNELS`; business buyers have credit.
_SETTLEMENT = np.array([0, 0, 0, 9, 12, 8, 2])


def invoices_and_payments(
    orders: Orders,
    totals: Ints,
    first_ids: tuple[int, int],
    through: date,
    rng: np.random.Generator,
) -> tuple[pa.Table, pa.Table]:
    """Return the rows of `invoices` and `payments` booked by a day.

    Args:
        orders: The orders of one month.
        totals: Their amounts in cents.
        first_ids: Ids of the first invoice and of the first payment.
        through: Last day of the data.
        rng: Source of chance.
    """
    count = len(orders)
    billed = orders.ship + np.where(orders.is_business, rng.integers(1, 6, count), 0)
    is_billed = ~orders.is_cancelled & (billed <= np.datetime64(through)) & (totals > 0)
    # A few business orders are shipped and never invoiced.
    is_billed &= ~(orders.is_business & (rng.random(count) < 0.01))
    due = billed + _credit_days(orders)
    ids = first_ids[0] + np.cumsum(is_billed) - 1
    rows = np.flatnonzero(is_billed)
    invoices = pa.table(
        {
            "invoice_id": ids[rows],
            "order_id": orders.order_id[rows],
            "customer_id": orders.customer[rows] + 1,
            "invoice_date": dates(billed[rows]),
            "due_date": dates(due[rows]),
            "invoice_amount": money(totals[rows]),
        }
    )
    part, paid_on = _plan(orders, billed, due, rng)
    return invoices, _payments(ids, totals, is_billed, (part, paid_on), (first_ids[1], through))


def _credit_days(orders: Orders) -> Ints:
    group = np.where(orders.channel == KEY_ACCOUNT, 0, 1)
    credit = np.where(orders.is_business, _CREDIT[group, orders.tier], _SETTLEMENT[orders.channel])
    return np.asarray(credit, dtype=np.int64)


def _plan(orders: Orders, billed: Days, due: Days, rng: np.random.Generator) -> tuple[Floats, Days]:
    """Return the share of the invoice and the day of a first and a second payment.

    Shapes are 2 × orders; a share of 0 means that the payment never comes.
    """
    count = len(orders)
    draw = rng.random(count)
    late = rng.gamma(1.3, 14.0, count) - 12.0
    tale = story("sales-grow-collections-lengthen")
    slow = orders.region == [region.name for region in REGIONS].index(tale.where["region"])
    slow &= tale.during(orders.day)
    late = np.where(slow, late * tale.effect["late"] + tale.effect["late_days"], late)
    credit = np.where(late > 0, due, np.maximum(due, billed)) + late.astype(np.int64)
    credit = np.maximum(credit, billed)
    at_once = billed + np.where(orders.channel == IN_STORE, 0, _SETTLEMENT[orders.channel])
    first_day = np.where(orders.is_business, credit, at_once)
    second_day = first_day + rng.integers(20, 75, count)
    unpaid = orders.is_business & (draw < np.where(slow, tale.effect["unpaid"], 0.025))
    split = orders.is_business & (draw > 0.80)
    never_completed = split & (draw > 0.98)
    first = np.where(unpaid, 0.0, np.where(split, 0.5, 1.0))
    second = np.where(split & ~never_completed, 0.5, 0.0)
    return np.stack([first, second]), np.stack([first_day, second_day])


def _payments(
    ids: Ints,
    totals: Ints,
    is_billed: Flags,
    plan: tuple[Floats, Days],
    bounds: tuple[int, date],
) -> pa.Table:
    share, paid_on = plan
    first_id, through = bounds
    first = np.rint(totals * share[0]).astype(np.int64)
    amount = np.stack([first, np.where(share[1] > 0, totals - first, 0)])
    is_paid = is_billed & (amount > 0) & (paid_on <= np.datetime64(through))
    # By order, then first payment before second.
    order, turn = np.nonzero(is_paid.T)
    return pa.table(
        {
            "payment_id": first_id + np.arange(len(order)),
            "invoice_id": ids[order],
            "payment_date": dates(paid_on[turn, order]),
            "paid_amount": money(amount[turn, order]),
        }
    )
