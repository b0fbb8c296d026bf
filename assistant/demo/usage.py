"""How the cloud service is used month by month: active days, features, and the bugs that were mended."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Flags, Ints
from assistant.demo.columns import dates
from assistant.demo.demand import FIRST_DAY
from assistant.demo.world import World, codes, moments, office_hours, seconds_of

USAGE, BUGS = 10, 11
# Feature, English name, the day it came out and the part of active accounts that use it in the end.
FEATURES = (
    ("设备管理", "Device Control", "2022-01-10", 0.82),
    ("视频会议", "Video Meetings", "2022-01-10", 0.64),
    ("云存储", "Cloud Storage", "2022-06-01", 0.45),
    ("访客预约", "Visitor Booking", "2023-05-15", 0.22),
    ("能耗报表", "Energy Reports", "2024-03-20", 0.27),
    ("自动场景", "Automations", "2025-02-24", 0.38),
    ("智能纪要", "Meeting Notes", "2026-02-10", 0.35),
)
_RELEASED = np.array([item[2] for item in FEATURES], dtype="datetime64[D]")
_SHARE = np.array([item[3] for item in FEATURES])
_SEVERITIES = ("critical", "major", "minor")


def features_table() -> pa.Table:
    """Return the rows of `features`."""
    return pa.table(
        {
            "feature_id": np.arange(1, len(FEATURES) + 1),
            "feature": [item[0] for item in FEATURES],
            "feature_en": [item[1] for item in FEATURES],
            "released_on": _RELEASED,
        }
    )


def usage_tables(
    world: World, number: int, lives: tuple[Ints, Days, Days, Flags]
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the active days and the features used of a cohort: account × month with any use."""
    ids, first, last, pays = lives
    rng = world.rng(USAGE, number)
    months = np.arange(
        (FIRST_DAY.astype("datetime64[M]") + number), world.last.astype("datetime64[M]") + 1
    )
    starts, ends = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]") - 1
    keen = rng.beta(2.2, 2.0, len(ids))
    draws = rng.random((len(ids), len(months)))
    there = (first[:, None] <= ends) & (last[:, None] >= starts)
    row, month = np.nonzero(there & (draws < np.where(pays, 0.9, 0.55)[:, None]))
    begin = np.maximum(first[row], starts[month])
    until = np.minimum(np.minimum(last[row], ends[month]), world.last)
    span = (until - begin).astype(np.int64) + 1
    kept = np.flatnonzero(span > 0)
    row, month, span = row[kept], month[kept], span[kept]
    active = np.maximum(rng.binomial(span, keen[row] * np.where(pays[row], 0.75, 0.4)), 1)
    yield (
        "account_activity",
        pa.table(
            {
                "account_id": ids[row],
                "month": dates(starts[month]),
                "active_days": active,
                "sessions": active + rng.poisson(active * 0.8),
            }
        ),
    )
    age = (ends[month][:, None] - _RELEASED).astype(np.float64)
    chance = np.where(age >= 0, _SHARE * np.clip(0.3 + age / 180, 0.3, 1.0), 0.0)
    at, feature = np.nonzero(rng.random(chance.shape) < chance)
    yield (
        "feature_usage",
        pa.table(
            {
                "account_id": ids[row[at]],
                "month": dates(starts[month[at]]),
                "feature_id": feature + 1,
                "uses": 1 + rng.poisson(active[at] * 0.7),
            }
        ),
    )


def bugs_table(world: World, number: int, days: Days) -> pa.Table:
    """Return the bugs reported in one month; a new feature has more."""
    rng = world.rng(BUGS, number)
    age = (days[0] - _RELEASED).astype(np.float64) / 30
    rate = np.where(age < -1, 0.0, 1.2 + 3.0 * np.exp(-np.maximum(age, 0.0) / 3)) * len(days) / 30
    feature = np.repeat(np.arange(len(FEATURES)), rng.poisson(rate))
    day = np.maximum(days[0] + rng.integers(0, len(days), len(feature)), _RELEASED[feature])
    keep = day <= world.last
    feature, day = feature[keep], day[keep]
    count = len(feature)
    severity = rng.choice(3, size=count, p=(0.12, 0.38, 0.5))
    opened = seconds_of(day, office_hours(count, rng))
    hours = rng.lognormal(np.array([2.6, 4.2, 5.2])[severity], 0.7)
    fixed = opened + (hours * 3_600).astype(np.int64)
    end = int((world.last + 1).astype(np.int64)) * 86_400
    return pa.table(
        {
            "bug_id": world.numbers.take("bugs", count),
            "feature_id": feature + 1,
            "severity": codes(_SEVERITIES, severity),
            "opened_at": moments(opened),
            "fixed_at": moments(fixed, (fixed >= end) | (rng.random(count) < 0.02)),
        }
    )
