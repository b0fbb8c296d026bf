"""How the calendar moves sales: weekdays, holidays, shopping festivals and quarter ends."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Days: TypeAlias = npt.NDArray[np.datetime64]
Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

# Rows of every table below: business buyers, own stores, online shops.
BUSINESS, STORE, ONLINE = 0, 1, 2

SPRING_FESTIVAL = np.array(
    ["2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26"],
    dtype="datetime64[D]",
)

_WEEKDAY = np.array(
    [
        [1.15, 1.20, 1.20, 1.15, 1.10, 0.12, 0.06],
        [0.75, 0.75, 0.80, 0.85, 1.05, 1.50, 1.40],
        [1.00, 0.98, 0.97, 0.98, 0.97, 1.05, 1.08],
    ]
)
_MONTH = np.array(
    [
        [0.95, 0.85, 1.10, 0.95, 1.00, 1.15, 0.92, 0.95, 1.08, 0.95, 1.08, 1.22],
        [1.10, 1.00, 0.92, 0.95, 1.05, 1.00, 1.00, 0.98, 1.02, 1.05, 0.98, 1.05],
        [1.00, 0.90, 1.02, 0.92, 0.98, 0.95, 0.88, 0.94, 0.98, 0.98, 1.05, 1.00],
    ]
)
# First day, last day (both inclusive, month × 100 + day) and the factor for business, store, online.
_FIXED_EVENTS = (
    (101, 101, (0.10, 1.40, 1.00)),
    (501, 505, (0.20, 1.50, 1.00)),
    (601, 615, (1.00, 1.05, 1.50)),
    (616, 617, (1.00, 1.15, 3.20)),
    (618, 618, (1.00, 1.25, 6.00)),
    (619, 625, (1.00, 0.90, 0.60)),
    (1001, 1007, (0.15, 1.60, 1.00)),
    (1020, 1031, (1.00, 1.00, 1.45)),
    (1101, 1103, (1.00, 1.05, 3.00)),
    (1104, 1109, (1.00, 1.00, 1.40)),
    (1110, 1110, (1.00, 1.10, 3.50)),
    (1111, 1111, (1.00, 1.30, 9.00)),
    (1112, 1122, (1.00, 0.92, 0.60)),
    (1210, 1212, (1.00, 1.05, 2.20)),
)
# Days from Spring Festival's first day (inclusive) and the factors, as above.
_SPRING_EVENTS = (
    (-14, -8, (0.75, 1.15, 1.25)),
    (-7, -1, (0.35, 1.05, 0.60)),
    (0, 7, (0.04, 0.55, 0.40)),
    (8, 14, (0.60, 0.80, 0.80)),
)
_PROMOTIONS = ((601, 618), (1020, 1111), (1210, 1212))


def month_days(days: Days) -> Ints:
    """Return month × 100 + day of each day, so that 11 November is 1111."""
    months = days.astype("datetime64[M]")
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    key: Ints = (months.astype(np.int64) % 12 + 1) * 100 + day
    return key


def weekdays(days: Days) -> Ints:
    """Return the weekday of each day, Monday 0 … Sunday 6."""
    # 1970-01-01, day 0 of numpy's calendar, was a Thursday.
    return (days.astype(np.int64) + 3) % 7


def is_promotion(days: Days) -> Flags:
    """Tell which days lie in an online shopping festival (618, 双十一, 双十二)."""
    key = month_days(days)
    inside = [(key >= first) & (key <= last) for first, last in _PROMOTIONS]
    return np.asarray(np.logical_or.reduce(inside))


def day_factors(days: Days) -> Floats:
    """Return how busy each day is: one row per day; columns business, store, online."""
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    key = month_days(days)
    factors: Floats = (_WEEKDAY[:, weekdays(days)] * _MONTH[:, months]).T
    for first, last, effect in _FIXED_EVENTS:
        factors[(key >= first) & (key <= last)] *= effect
    for festival in SPRING_FESTIVAL:
        offset = (days - festival).astype(np.int64)
        for first, last, effect in _SPRING_EVENTS:
            factors[(offset >= first) & (offset <= last)] *= effect
    factors[_is_quarter_end(days), BUSINESS] *= 1.35
    return factors


def _is_quarter_end(days: Days) -> Flags:
    """Tell which days are among the last seven of a quarter, when business sales push."""
    months = days.astype("datetime64[M]")
    left = ((months + 1).astype("datetime64[D]") - days).astype(np.int64)
    return np.asarray((months.astype(np.int64) % 3 == 2) & (left <= 7))
