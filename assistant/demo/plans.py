"""Plans and earlier forecasts, drawn up around what was sold and collected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Floats, Ints
from assistant.demo.catalogue import CATEGORIES, PRODUCTS
from assistant.demo.columns import dates, money
from assistant.demo.demand import FIRST_DAY, IN_STORE
from assistant.demo.places import REGIONS, STORES
from assistant.demo.stories import story
from assistant.demo.targets import season
from assistant.demo.world import REGION_NAMES, Month, World

PLANS = 13
LINES = tuple(dict.fromkeys(item.line for item in CATEGORIES))
_LINES_EN = tuple(dict.fromkeys(item.line_en for item in CATEGORIES))
_LINE = np.array([LINES.index(CATEGORIES[product.category].line) for product in PRODUCTS])
_FIRST = FIRST_DAY.astype("datetime64[M]")
_STEP = 10_000
_HORIZONS = (1, 2, 3)


class Books:
    """Adds up sales and what falls due, in cents, while the months are drawn.

    `sales` is month × region × product line, `stores` month × store, `due` month × region; cancelled
    orders are left out.
    """

    def __init__(self, world: World) -> None:
        months = int((world.last.astype("datetime64[M]") - _FIRST).astype(np.int64)) + 1
        self.world = world
        self.months = months
        self.sales = np.zeros((months, len(REGIONS), len(LINES)))
        self.stores = np.zeros((months, len(STORES)))
        self.due = np.zeros((months + 12, len(REGIONS)))

    def add(self, month: Month, invoices: pa.Table) -> None:
        """Add one month's orders and the invoices that they led to."""
        orders, lines = month.orders, month.lines
        sold = ~orders.is_cancelled[lines.order]
        order, cents = lines.order[sold], lines.amount[sold]
        line = _LINE[lines.product[sold]]
        np.add.at(self.sales[month.number], (orders.region[order], line), cents)
        shop = np.flatnonzero((orders.channel == IN_STORE) & ~orders.is_cancelled)
        np.add.at(self.stores[month.number], orders.store[shop], month.totals[shop])
        if not len(orders):
            return
        row = invoices["order_id"].to_numpy() - orders.order_id[0]
        due = invoices["due_date"].to_numpy().astype("datetime64[M]")
        at = np.minimum((due - _FIRST).astype(np.int64), len(self.due) - 1)
        np.add.at(self.due, (at, orders.region[row]), month.totals[row])

    def tables(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield targets by region and product line, by store and for collections, and forecasts."""
        yield "region_targets", self._region_targets()
        yield "store_targets", self._store_targets()
        yield "collection_targets", self._collection_targets()
        yield "forecasts", self._forecasts()

    def _region_targets(self) -> pa.Table:
        goal = self._goals(self.sales.reshape(self.months, -1), 0, 0.05)
        month, cell = np.indices(goal.shape).reshape(2, -1)
        region, line = np.divmod(cell, len(LINES))
        return pa.table(
            {
                "month": _months(month),
                "region_id": region + 1,
                "product_line": pa.array(LINES).take(pa.array(line)),
                "product_line_en": pa.array(_LINES_EN).take(pa.array(line)),
                "revenue_target": money(goal.ravel()),
            }
        )

    def _store_targets(self) -> pa.Table:
        goal = self._goals(self.stores, 1, 0.08)
        opened = np.array([store.opened_on for store in STORES], dtype="datetime64[M]")
        month, store = np.nonzero(opened <= (_FIRST + np.arange(len(goal)))[:, None])
        return pa.table(
            {
                "month": _months(month),
                "store_id": store + 1,
                "revenue_target": money(goal[month, store]),
            }
        )

    def _collection_targets(self) -> pa.Table:
        goal = self._goals(self.due[: self.months], 2, 0.03)
        month, region = np.indices(goal.shape).reshape(2, -1)
        return pa.table(
            {
                "month": _months(month),
                "region_id": region + 1,
                "collection_target": money(goal.ravel()),
            }
        )

    def _forecasts(self) -> pa.Table:
        """Return what each region foretold one to three months before: later ones are nearer."""
        goal = self._expected(self.sales.sum(axis=2))
        made, ahead, region = np.indices((self.months, len(_HORIZONS), len(REGIONS))).reshape(3, -1)
        month = made + ahead + 1
        keep = month < len(goal)
        made, ahead, region, month = made[keep], ahead[keep], region[keep], month[keep]
        rng = self.world.rng(PLANS, 3)
        error = rng.normal(0.0, 1.0, len(month)) * (0.03 + 0.025 * (ahead + 1))
        tale = story("forecast-too-high")
        hit = tale.during((_FIRST + made).astype("datetime64[D]"))
        hit &= region == REGION_NAMES.index(tale.where["region"])
        cents = goal[month, region] * (1.0 + error) * tale.factor("forecast", hit)
        return pa.table(
            {
                "made_on": dates((_FIRST + made).astype("datetime64[D]") + 24),
                "month": _months(month),
                "region_id": region + 1,
                "forecast_amount": money(_rounded(cents)),
            }
        ).filter(pa.array((_FIRST + made).astype("datetime64[D]") + 24 <= self.world.last))

    def _goals(self, actual: Floats, part: int, wide: float) -> Ints:
        """Return plans in cents about the actual values, to the end of the last year: month × cell."""
        rng = self.world.rng(PLANS, part)
        size = (len(actual) + 12, actual.shape[1])
        mood = rng.normal(1.02, wide, size)
        goal = self._expected(actual)
        return _rounded(goal * mood[: len(goal)])

    def _expected(self, actual: Floats) -> Floats:
        """Return what a plan would have foretold: half the truth, half season and trend."""
        whole = self._finished()
        year_end = int(str(self.world.last)[:4]) * 12 + 12 - 2023 * 12
        shape = season(actual[:whole].sum(axis=1), year_end)
        level = actual[:whole].mean(axis=0) if whole else actual.mean(axis=0)
        plan: Floats = shape[:, None] * level
        plan[:whole] = 0.7 * actual[:whole] + 0.3 * plan[:whole]
        return plan

    def _finished(self) -> int:
        """Return how many months are over on the last day."""
        following = self.world.last + 1
        is_end = following == following.astype("datetime64[M]").astype("datetime64[D]")
        return self.months if is_end else self.months - 1


def _rounded(cents: Floats) -> Ints:
    return np.maximum(np.rint(cents / _STEP), 1).astype(np.int64) * _STEP


def _months(number: Ints) -> pa.Array:
    return dates((_FIRST + number).astype("datetime64[D]"))
