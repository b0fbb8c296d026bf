"""Monthly revenue targets of each salesperson."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Flags, Floats, Ints
from assistant.demo.columns import dates, money
from assistant.demo.demand import FIRST_DAY
from assistant.demo.staff import Staff

_FIRST_MONTH = FIRST_DAY.astype("datetime64[M]")
# Rounding step of a target in cents: 100 yuan.
_STEP = 10_000


class Takings:
    """Adds up the revenue (cents) of each salesperson and month while orders are drawn."""

    def __init__(self, people: int, through: date) -> None:
        self.months = (through.year - 2023) * 12 + through.month
        self.cents = np.zeros((people, self.months), dtype=np.int64)

    def add(self, month: int, salesperson: Ints, cents: Ints) -> None:
        """Add orders of one month; salespeople by id."""
        np.add.at(self.cents[:, month], salesperson - 1, cents)


def targets_table(staff: Staff, takings: Takings, through: date, seed: int) -> pa.Table:
    """Return the rows of `targets`: month × salesperson until the end of the last year.

    A target lies between what the person sold in that month and what a plan would have foretold (the
    average month × the season of the team), so that attainment spreads about 100 %.
    """
    rng = np.random.default_rng([seed, 5])
    months = (through.year - 2022) * 12
    plan = _plan(staff, takings, months, through)
    people = len(staff.region)
    mood = rng.normal(1.0, 0.045, size=(people, 1)) * rng.normal(1.0, 0.06, size=(people, months))
    goal = plan
    complete = _complete_months(takings, through)
    goal[:, :complete] = 0.7 * takings.cents[:, :complete] + 0.3 * plan[:, :complete]
    cents = np.maximum(np.rint(goal * mood / _STEP), 1).astype(np.int64) * _STEP
    first_days = (_FIRST_MONTH + np.arange(months)).astype("datetime64[D]")
    person, month = np.nonzero(_is_employed(staff, months))
    return pa.table(
        {
            "salesperson_id": person + 1,
            "region_id": staff.region[person] + 1,
            "month": dates(first_days[month]),
            "revenue_target": money(cents[person, month]),
        }
    )


def _plan(staff: Staff, takings: Takings, months: int, through: date) -> Floats:
    """Return the planned revenue of each salesperson and month, from the team's season and trend."""
    complete = _complete_months(takings, through)
    sold = takings.cents[:, :complete].astype(np.float64)
    plan = np.zeros((len(sold), months))
    for team in range(3):
        members = np.flatnonzero(staff.team == team)
        shape = season(sold[members].sum(axis=0), months)
        worked = np.maximum(_is_employed(staff, complete)[members].sum(axis=1), 1)
        level = sold[members].sum(axis=1) / worked
        plan[members] = level[:, None] * shape
    return plan


def _is_employed(staff: Staff, months: int) -> Flags:
    """Tell who was with the company before a month's 28th: people × months."""
    first_days = (_FIRST_MONTH + np.arange(months)).astype("datetime64[D]")
    return np.asarray(staff.hired[:, None] < first_days + 27)


def season(total: Floats, months: int) -> Floats:
    """Return each month relative to the average one: its season × a straight trend.

    Args:
        total: Sales of the months that are over, from January on.
        months: How many months to return.
    """
    if not len(total):
        return np.ones(months)
    at = np.arange(len(total))
    base = max(float(total.mean()), 1.0)
    slope = np.polyfit(at, total / base, 1) if len(total) > 12 else np.array([0.0, 1.0])
    trend = np.maximum(np.polyval(slope, np.arange(months)), 0.3)
    ratio = total / base / trend[: len(total)]
    by_month = [float(ratio[m::12].mean()) if len(ratio[m::12]) else 1.0 for m in range(12)]
    return np.asarray(trend * np.array(by_month)[np.arange(months) % 12])


def _complete_months(takings: Takings, through: date) -> int:
    """Return how many months of the takings are over on the last day of the data."""
    following = np.datetime64(through) + 1
    ends = following == following.astype("datetime64[M]").astype("datetime64[D]")
    return takings.months if ends else takings.months - 1
