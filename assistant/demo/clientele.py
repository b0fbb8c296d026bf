"""The customers: companies, distributors, public bodies and people at home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assistant.demo import names
from assistant.demo.calendar_effects import Days, Flags, Floats, Ints
from assistant.demo.demand import DISTRIBUTOR, KEY_ACCOUNT
from assistant.demo.places import CITIES, REGIONS

CUSTOMERS_AT_SCALE_ONE = 12_000
_FEWEST = 600
_SLICE = 200_000
_TYPES = (
    ("企业客户", "Company"),
    ("政府机构", "Public Body"),
    ("经销商", "Distributor"),
    ("小微商户", "Small Business"),
    ("个人消费者", "Consumer"),
)
_TYPE_SHARES = (0.085, 0.012, 0.045, 0.075, 0.783)
_TIERS = (("战略客户", "Strategic"), ("重点客户", "Priority"), ("普通客户", "Standard"))
_HOUSEHOLD = ("家庭个人", "Household")
# Who buys in a channel: 0 companies and public bodies, 1 distributors, 2 everybody else.
_GROUP_OF_TYPE = np.array([0, 0, 1, 2, 2])
_REGION_OF_CITY = np.array([city.region for city in CITIES])


@dataclass(frozen=True, slots=True, kw_only=True)
class Clientele:
    """All customers in order of their first contact; id = position + 1.

    `pools` holds their positions by region, then by buyer group.
    """

    kind: Ints
    tier: Ints
    city: Ints
    created: Days
    seed: int
    pools: tuple[tuple[Ints, ...], ...]

    def choose(self, region: Ints, channel: Ints, day: Days, rng: np.random.Generator) -> Ints:
        """Draw the customer (position) of each order among those known by its day."""
        group = np.where(channel == KEY_ACCOUNT, 0, np.where(channel == DISTRIBUTOR, 1, 2))
        draws = rng.random((3, len(region)))
        chosen = np.zeros(len(region), dtype=np.int64)
        for place, pools in enumerate(self.pools):
            for buyers, pool in enumerate(pools):
                mine = (region == place) & (group == buyers)
                chosen[mine] = self._pick(pool, day[mine], draws[:, mine])
        return chosen

    def _pick(self, pool: Ints, day: Days, draws: Floats) -> Ints:
        """Choose from a pool: of two candidates the one of the better tier, sometimes a newcomer."""
        known = np.maximum(np.searchsorted(self.created[pool], day, side="right"), 1)
        first = pool[(draws[0] * known).astype(np.int64)]
        second = pool[(draws[1] * known).astype(np.int64)]
        newest = pool[np.minimum((known * (1.0 - 0.04 * draws[1])).astype(np.int64), known - 1)]
        better = np.where(self.tier[first] <= self.tier[second], first, second)
        return np.asarray(np.where(draws[2] < 0.2, newest, better))

    def tables(self, through: date) -> Iterator[pa.Table]:
        """Yield the rows of `customers` first met by a day, in slices."""
        known = int(np.searchsorted(self.created, np.datetime64(through), side="right"))
        for number, start in enumerate(range(0, known, _SLICE)):
            rng = np.random.default_rng([self.seed, 77, number])
            yield self._slice(np.arange(start, min(start + _SLICE, known)), rng)

    def _slice(self, rows: Ints, rng: np.random.Generator) -> pa.Table:
        kind, tier = self.kind[rows], self.tier[rows]
        (name, name_en), industry = self._names(rows, rng)
        industries = (*names.INDUSTRIES, names.PUBLIC, names.DISTRIBUTION, _HOUSEHOLD)
        digits = pa.array(rng.integers(10**7, 10**8, size=len(rows))).cast(pa.string())
        return pa.table(
            {
                "customer_id": rows + 1,
                "customer": name,
                "customer_en": name_en,
                "customer_type": names.column(_TYPES, kind, 0),
                "customer_type_en": names.column(_TYPES, kind, 1),
                "industry": names.column(industries, industry, 0),
                "industry_en": names.column(industries, industry, 1),
                "tier": names.column(_TIERS, tier, 0),
                "tier_en": names.column(_TIERS, tier, 1),
                "city_id": self.city[rows] + 1,
                "created_on": self.created[rows],
                # 100 is no mobile prefix, so that no number is anybody's.
                "phone": pc.binary_join_element_wise("100", digits, ""),
            }
        )

    def _names(
        self, rows: Ints, rng: np.random.Generator
    ) -> tuple[tuple[pa.Array, pa.Array], Ints]:
        """Return names in both languages, and industries as positions."""
        kind = self.kind[rows]
        person = names.people(len(rows), rng)
        trade = rng.integers(len(names.INDUSTRIES), size=len(rows))
        lengths = [len(names.INDUSTRIES), len(names.PUBLIC_ENDINGS), len(names.DISTRIBUTOR_ENDINGS)]
        offsets = np.cumsum([0, *lengths])
        ending = np.choose(
            kind,
            [
                trade,
                offsets[1] + trade % lengths[1],
                offsets[2] + trade % lengths[2],
                trade,
                trade,
            ],
        )
        stem = rng.integers(len(names.COMPANY_STEMS), size=len(rows))
        is_person = pa.array(kind == 4)
        texts = []
        for language, separator in ((0, ""), (1, " ")):
            cities = tuple((city.name, city.name_en) for city in CITIES)
            endings = (*names.COMPANY_ENDINGS, *names.PUBLIC_ENDINGS, *names.DISTRIBUTOR_ENDINGS)
            company = names.join(
                [
                    names.column(cities, self.city[rows], language),
                    names.column(names.COMPANY_STEMS, stem, language),
                    names.column(endings, ending, language),
                ],
                separator,
            )
            texts.append(pc.if_else(is_person, person[language], company))
        industry = np.choose(kind, [trade, 8, 9, trade, 10])
        return (texts[0], texts[1]), industry


def make_clientele(scale: float, through: date, seed: int) -> Clientele:
    """Draw the customers, about `scale` × `CUSTOMERS_AT_SCALE_ONE` of them by mid 2026.

    Two fifths were known before 2023; the others arrive until the end of the last year, a little faster every month.
    """
    rng = np.random.default_rng([seed, 7])
    start = np.datetime64("2023-01-01", "D")
    end = np.datetime64(f"{through.year + 1}-01-01", "D")
    total = max(int(CUSTOMERS_AT_SCALE_ONE * scale), _FEWEST)
    old = int(total * 0.4)
    new = int(total * 0.6 * (end - start).astype(int) / 1327)
    created = np.concatenate(
        [
            np.datetime64("2018-06-01", "D") + rng.integers(1675, size=old),
            start + ((end - start).astype(int) * rng.random(new) ** 0.85).astype(np.int64),
        ]
    )
    created.sort()
    count = len(created)
    kind = rng.choice(len(_TYPES), size=count, p=_TYPE_SHARES)
    is_business = kind < 3
    city = rng.choice(len(CITIES), size=count, p=_city_shares())
    for position, (place, buyers) in enumerate(product(range(len(REGIONS)), range(3))):
        # However small the scale, every region has somebody of each group from the start.
        kind[position] = _GROUP_OF_TYPE.tolist().index(buyers)
        city[position] = _REGION_OF_CITY.tolist().index(place)
    return Clientele(
        kind=kind,
        tier=_tiers(is_business, rng),
        city=city,
        created=created,
        seed=seed,
        pools=_pools(kind, city),
    )


def _pools(kind: Ints, city: Ints) -> tuple[tuple[Ints, ...], ...]:
    """Return positions by region and buyer group, in order of first contact."""
    home, group = _REGION_OF_CITY[city], _GROUP_OF_TYPE[kind]
    return tuple(
        tuple(np.flatnonzero((home == place) & (group == buyers)) for buyers in range(3))
        for place in range(len(REGIONS))
    )


def _city_shares() -> Floats:
    """Return each city's part of the customers: its weight within its region's share."""
    weights = np.array([city.weight for city in CITIES])
    sizes = np.bincount(_REGION_OF_CITY, weights=weights)
    shares = (
        weights / sizes[_REGION_OF_CITY] * np.array([r.share for r in REGIONS])[_REGION_OF_CITY]
    )
    return np.asarray(shares / shares.sum())


def _tiers(is_business: Flags, rng: np.random.Generator) -> Ints:
    """Draw tiers: 6 % strategic and 20 % priority among business buyers, few among the others."""
    draw = rng.random(len(is_business))
    strategic = np.where(is_business, 0.06, 0.004)
    priority = np.where(is_business, 0.26, 0.06)
    return np.where(draw < strategic, 0, np.where(draw < priority, 1, 2))
