"""What the systems around the orders see of one month, and the ids they give out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Floats, Ints
from assistant.demo.clientele import Clientele
from assistant.demo.demand import CHANNELS, Demand
from assistant.demo.lines import Lines
from assistant.demo.orders import Orders
from assistant.demo.places import CITIES, REGIONS
from assistant.demo.staff import Staff

REGION_OF_CITY = np.array([city.region for city in CITIES])
CHANNEL_NAMES = tuple(channel.name for channel in CHANNELS)
REGION_NAMES = tuple(region.name for region in REGIONS)


class Numbers:
    """Gives out ids that run from 1 in each table."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def take(self, table: str, count: int) -> Ints:
        """Return the next ids of a table."""
        first = self._last.get(table, 0) + 1
        self._last[table] = first + count - 1
        return np.arange(first, first + count)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The company, the same in every month; `last` is the last day of the data."""

    scale: float
    last: np.datetime64
    seed: int
    demand: Demand
    clientele: Clientele
    staff: Staff
    numbers: Numbers = field(default_factory=Numbers)

    def rng(self, system: int, *parts: int) -> np.random.Generator:
        """Return a system's own source of chance, so that no system moves the rows of another."""
        return np.random.default_rng([self.seed, 1000 + system, *parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of business: its orders, their lines and their amounts in cents.

    `days` are the days of the month until the last day of the data.
    """

    number: int
    days: Days
    orders: Orders
    lines: Lines
    totals: Ints

    @property
    def first(self) -> np.datetime64:
        """Return the first day."""
        return np.datetime64(self.days[0], "D")


def codes(names: tuple[str, ...], positions: Ints) -> pa.Array:
    """Return the texts at some positions; -1 is NULL."""
    return pa.array([*names, None]).take(pa.array(np.where(positions < 0, len(names), positions)))


def moments(seconds: Ints, missing: np.ndarray | None = None) -> pa.Array:
    """Return seconds since 1970 as TIMESTAMP, NULL where missing."""
    return pa.array(seconds.astype("datetime64[s]"), mask=missing)


def seconds_of(days: Days, hours: Floats) -> Ints:
    """Return the moment some hours after midnight of each day, in whole seconds since 1970."""
    return np.asarray(days.astype(np.int64) * 86_400 + (hours * 3_600).astype(np.int64))


def office_hours(count: int, rng: np.random.Generator) -> Floats:
    """Draw times of day between eight and twenty-one, most about noon."""
    return np.asarray(8.0 + 13.0 * rng.beta(2.0, 2.2, count))


def spread(days: Days, low: int, high: int, rng: np.random.Generator) -> Days:
    """Move each day by low … high - 1 days."""
    return np.asarray(days + rng.integers(low, high, len(days)))
