"""The sales force: about sixty invented people in three teams a region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Floats, Ints
from assistant.demo.demand import FIRST_ONLINE, IN_STORE
from assistant.demo.names import STAFF_SURNAMES, people
from assistant.demo.places import REGIONS

# Principals and examples name these people, so they are the same whatever the seed of the orders.
_STAFF_SEED = 1124
_TEAMS = (("一部", "Team 1"), ("二部", "Team 2"), ("线上部", "Online Team"))
TEAM_NAMES = tuple(name for name, _ in _TEAMS)
_TEAM_SIZES = ((5, 4, 4), (4, 3, 3), (4, 3, 3), (3, 2, 2), (3, 2, 2), (2, 2, 2), (3, 2, 2))
# Small regions have one manager for both offline teams.
_OFFLINE_MANAGERS = (2, 2, 2, 1, 1, 1, 1)
# Positions of those who joined after the data begins, and when.
_LATE_HIRES = {
    4: "2024-03-18",
    12: "2023-09-04",
    16: "2025-02-24",
    22: "2023-06-12",
    27: "2024-07-15",
    32: "2025-09-08",
    38: "2023-11-20",
    46: "2024-10-21",
    58: "2025-05-12",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The salespeople in id order; ids start at 1, `region` and `team` are positions."""

    names: tuple[tuple[str, str], ...]
    managers: tuple[tuple[str, str], ...]
    region: Ints
    team: Ints
    hired: Days
    skill: Floats

    def choose(self, region: Ints, channel: Ints, day: Days, rng: np.random.Generator) -> Ints:
        """Draw the salesperson id of each order from the team that serves its region and channel."""
        team = np.where(channel >= FIRST_ONLINE, 2, np.where(channel == IN_STORE, 1, 0))
        draw = rng.random(len(region))
        chosen = np.zeros(len(region), dtype=np.int64)
        for place in range(len(REGIONS)):
            for group in range(len(_TEAMS)):
                mine = (region == place) & (team == group)
                members = np.flatnonzero((self.region == place) & (self.team == group))
                chosen[mine] = members[self._pick(members, day[mine], draw[mine])] + 1
        return chosen

    def _pick(self, members: Ints, day: Days, draw: Floats) -> Ints:
        """Return positions in `members`, by skill among those hired by each day."""
        weight = self.skill[members] * (self.hired[members] <= day[:, None])
        edges = np.cumsum(weight, axis=1)
        return np.asarray((draw[:, None] * edges[:, -1:] >= edges).sum(axis=1))

    def table(self) -> pa.Table:
        """Return the rows of `salespeople`."""
        teams = [
            (REGIONS[region].name + _TEAMS[team][0], f"{REGIONS[region].name_en} {_TEAMS[team][1]}")
            for region, team in zip(self.region, self.team, strict=True)
        ]
        return pa.table(
            {
                "salesperson_id": np.arange(1, len(self.names) + 1),
                "salesperson": [name[0] for name in self.names],
                "salesperson_en": [name[1] for name in self.names],
                "team": [team[0] for team in teams],
                "team_en": [team[1] for team in teams],
                "manager": [name[0] for name in self.managers],
                "manager_en": [name[1] for name in self.managers],
                "region_id": self.region + 1,
                "hired_on": self.hired,
            }
        )


def make_staff() -> Staff:
    """Return the sales force."""
    rng = np.random.default_rng(_STAFF_SEED)
    places = [
        (r, t) for r, sizes in enumerate(_TEAM_SIZES) for t, n in enumerate(sizes) for _ in range(n)
    ]
    fresh = _unique_names(rng)
    names = tuple(next(fresh) for _ in places)
    heads = {
        (r, m): next(fresh) for r in range(len(REGIONS)) for m in range(_OFFLINE_MANAGERS[r] + 1)
    }
    hired = np.datetime64("2016-03-01", "D") + rng.integers(2300, size=len(places))
    for position, day in _LATE_HIRES.items():
        hired[position] = np.datetime64(day, "D")
    return Staff(
        names=names,
        managers=tuple(heads[r, _manager(r, t)] for r, t in places),
        region=np.array([r for r, _ in places]),
        team=np.array([t for _, t in places]),
        hired=hired,
        skill=rng.lognormal(0.0, 0.22, size=len(places)),
    )


def _manager(region: int, team: int) -> int:
    """Return which of the region's managers leads a team; the last one leads the online team."""
    last = _OFFLINE_MANAGERS[region]
    return last if team == 2 else min(team, last - 1)


def _unique_names(rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield names of which no two are the same in either language."""
    chinese, english = people(400, rng, STAFF_SURNAMES)
    seen: set[str] = set()
    for name, latin in zip(chinese.to_pylist(), english.to_pylist(), strict=True):
        if name not in seen and latin not in seen:
            seen |= {name, latin}
            yield name, latin
