"""How many orders a day brings in each channel and region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from assistant.demo.calendar_effects import (
    BUSINESS,
    ONLINE,
    STORE,
    Days,
    Floats,
    Ints,
    day_factors,
)
from assistant.demo.places import REGIONS
from assistant.demo.stories import stories

FIRST_DAY = np.datetime64("2023-01-01", "D")
# One unit of scale is this many orders from FIRST_DAY to this day.
_REFERENCE_END = np.datetime64("2026-08-20", "D")
ORDERS_AT_SCALE_ONE = 60_000


class Channel(NamedTuple):
    """A sales channel; `share` is its part of the orders of 2023, `growth` is yearly."""

    name: str
    family: int
    share: float
    growth: float
    discount: float
    cancelled: float
    returned: float


CHANNELS = (
    Channel("key_account", BUSINESS, 0.070, 0.07, 0.10, 0.020, 0.008),
    Channel("distributor", BUSINESS, 0.090, 0.00, 0.20, 0.020, 0.006),
    Channel("store", STORE, 0.170, 0.02, 0.04, 0.010, 0.025),
    Channel("tmall", ONLINE, 0.260, 0.00, 0.09, 0.050, 0.060),
    Channel("jd", ONLINE, 0.220, 0.04, 0.08, 0.045, 0.050),
    Channel("douyin", ONLINE, 0.060, 0.55, 0.13, 0.080, 0.090),
    Channel("website", ONLINE, 0.130, 0.05, 0.05, 0.040, 0.040),
)
KEY_ACCOUNT, DISTRIBUTOR, IN_STORE = 0, 1, 2
FIRST_ONLINE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Expected orders; `unit` turns a dimensionless rate into orders a day."""

    unit: float

    def counts(self, month: np.datetime64, rng: np.random.Generator) -> tuple[Days, Ints]:
        """Draw the orders of one month: its days, and counts by day × channel × region."""
        days = np.arange(month, month + 1, dtype="datetime64[D]")
        mood = rng.lognormal(0.0, 0.06, size=(1, len(CHANNELS), len(REGIONS)))
        rates = _rates(days) * mood * self.unit
        return days, rng.poisson(rates)

    def expected(self, days: Days) -> Floats:
        """Return the orders to be expected, shaped day × channel × region."""
        return _rates(days) * self.unit


def demand_for(scale: float) -> Demand:
    """Return the demand that brings about `scale` × `ORDERS_AT_SCALE_ONE` orders."""
    total = float(_rates(np.arange(FIRST_DAY, _REFERENCE_END)).sum())
    return Demand(unit=ORDERS_AT_SCALE_ONE * scale / total)


def _rates(days: Days) -> Floats:
    """Return relative order rates, shaped day × channel × region."""
    years = (days - FIRST_DAY).astype(np.float64) / 365.25
    families = [channel.family for channel in CHANNELS]
    by_channel = day_factors(days)[:, families] * _growth(years, [c.growth for c in CHANNELS])
    by_channel *= [channel.share for channel in CHANNELS]
    by_region = _growth(years, [r.growth for r in REGIONS]) * [r.share for r in REGIONS]
    rates: Floats = by_channel[:, :, None] * by_region[:, None, :]
    names = [channel.name for channel in CHANNELS], [region.name for region in REGIONS]
    for tale in stories().values():
        if "orders" in tale.effect:
            channel = names[0].index(tale.where["channel"])
            region = names[1].index(tale.where["region"])
            rates[tale.during(days), channel, region] *= tale.effect["orders"]
    return rates


def _growth(years: Floats, growths: list[float]) -> Floats:
    return np.asarray(np.exp(np.outer(years, np.log1p(growths))))
