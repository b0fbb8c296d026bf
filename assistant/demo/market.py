"""The market around the company: its size by region and quarter, and what competitors sell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Floats
from assistant.demo.columns import dates, money
from assistant.demo.demand import FIRST_DAY
from assistant.demo.places import REGIONS
from assistant.demo.stories import story
from assistant.demo.world import REGION_NAMES, World

MARKET = 12


class Competitor(NamedTuple):
    """An invented company that sells the same; `share` is its part of what competitors sell."""

    name: str
    name_en: str
    share: float


COMPETITORS = (
    Competitor("澜图智能", "Lantu Smart", 0.30),
    Competitor("砺行科技", "Lixing Tech", 0.26),
    Competitor("北岸电子", "Beian Electronics", 0.20),
    Competitor("芒砚家居", "Mangyan Home", 0.14),
    Competitor("云鲲办公", "Yunkun Office", 0.10),
)
# The company's part of the market of each region when the data begins.
_OWN = np.array([0.21, 0.17, 0.15, 0.16, 0.11, 0.09, 0.13])
_NAMED = 0.72


def competitors_table() -> pa.Table:
    """Return the rows of `competitors`."""
    return pa.table(
        {
            "competitor_id": np.arange(1, len(COMPETITORS) + 1),
            "competitor": [item.name for item in COMPETITORS],
            "competitor_en": [item.name_en for item in COMPETITORS],
        }
    )


def market_tables(world: World, revenue: Floats) -> Iterator[tuple[str, pa.Table]]:
    """Yield the market's size and the competitors' sales in each finished quarter.

    Args:
        world: The company.
        revenue: Its sales in cents: month × region.
    """
    quarters = _finished(world)
    own = revenue[: quarters * 3].reshape(quarters, 3, len(REGIONS)).sum(axis=1)
    rng = world.rng(MARKET)
    noise = rng.normal(1.0, 0.025, (2, 400, len(REGIONS)))[:, :quarters]
    firms = rng.dirichlet([item.share * 400 for item in COMPETITORS], (400, len(REGIONS)))[
        :quarters
    ]
    others = own * (1 / _OWN - 1) * noise[0]
    sales = others[:, :, None] * firms * _NAMED
    tale = story("rival-takes-share")
    first = (FIRST_DAY.astype("datetime64[M]") + 3 * np.arange(quarters)).astype("datetime64[D]")
    names = [item.name for item in COMPETITORS]
    cell = REGION_NAMES.index(tale.where["region"]), names.index(tale.where["competitor"])
    gain = np.where(tale.during(first), tale.effect["sales"] - 1.0, 0.0) * sales[:, *cell]
    sales[:, *cell] += gain
    others[:, cell[0]] += gain
    quarter, region = np.indices(own.shape).reshape(2, -1)
    yield (
        "market_sizes",
        pa.table(
            {
                "quarter": dates(first[quarter]),
                "region_id": region + 1,
                "market_amount": money(_thousands((own + others).ravel())),
            }
        ),
    )
    quarter, region, firm = np.indices(sales.shape).reshape(3, -1)
    yield (
        "competitor_sales",
        pa.table(
            {
                "quarter": dates(first[quarter]),
                "region_id": region + 1,
                "competitor_id": firm + 1,
                "sales_amount": money(_thousands(sales.ravel())),
            }
        ),
    )


def _thousands(cents: Floats) -> np.ndarray:
    """Round to whole thousands of yuan, as market research states them."""
    return np.rint(cents / 1e5).astype(np.int64) * 100_000


def _finished(world: World) -> int:
    """Return how many quarters since 2023 are over on the last day."""
    following = (world.last + 1).astype("datetime64[M]").astype(np.int64)
    return int(following - FIRST_DAY.astype("datetime64[M]").astype(np.int64)) // 3
