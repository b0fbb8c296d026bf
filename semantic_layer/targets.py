"""What a metric is held against: a target metric by whole target periods, or a stated value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlglot import exp

from semantic_layer.calendar import Grain, Period
from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.errors import GrainTooFine, NeedsPeriod, NotSupported
from semantic_layer.formulas import number
from semantic_layer.metric_specs import TargetSpec
from semantic_layer.model_calendar import MONTHS, Calendar
from semantic_layer.plan import Dimension
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice, whole_periods
from semantic_layer.spreading import Spreading

_SCALED = frozenset({"sum", "count", "count_distinct"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The target of one metric in one query.

    Attributes:
        metric: The metric that holds the target, or None where a value is stated.
        target_slice: The days that the target metric reads.
        value: The stated value for the days that are shown.
        season: The days whose share of what the days after them hold is the share of the target, or None.
        op: `>=`: more is better; `<=`: less is.
        actual: The metric over the rows that the target is for.
        at: The days of the actual, the same whole periods.
        notices: What the asker must know.
    """

    metric: BoundMetric | None
    target_slice: Slice
    value: exp.Expr | None
    op: str
    actual: BoundMetric
    at: Slice
    notices: tuple[Notice, ...]
    season: tuple[Slice, Slice] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """Works out targets for one query."""

    catalog: Catalog
    calendar: Calendar
    dimensions: tuple[Dimension, ...]
    through: date | None
    filtered: bool = False

    def of(self, metric: BoundMetric, current: Slice) -> Goal:
        """Return what a metric is held against over some days.

        Raises:
            NotSupported: It has no target, or none that the asker may see, or one for some rows only.
            GrainTooFine: The target is given for longer periods than asked.
            NeedsPeriod: It is stated per period, and nobody says how many.
        """
        spec = metric.spec.target
        if (
            spec is None
            or (spec.metric and spec.metric not in self.catalog.metrics)
            or (spec.where and metric.held is None)
        ):
            raise NotSupported("target_missing", metric=metric.name, known=self._known())
        if spec.metric:
            goal = self.catalog.metric(spec.metric)
            grain = max(
                (atom.time.grain for atom in goal.row_atoms() if atom.time),
                key=lambda item: item.rank,
                default=Grain.DAY,
            )
            if spec.spread and self._is_finer(grain):
                return self._spread(metric, goal, current, grain, spec.spread)
            return self._held(metric, current, grain, goal=goal)
        per = Grain(spec.per) if spec.per else None
        if per is None or not _scales(metric):
            return self._held(metric, current, None, value=number(spec.value or 0.0))
        return self._held(metric, current, per, value=self._scaled(metric, spec, per, current))

    def _is_finer(self, given: Grain) -> bool:
        """Say whether shown periods are parts of those that a target is given for."""
        grain = self._grain
        return grain is not None and grain.rank < given.rank

    @property
    def _grain(self) -> Grain | None:
        """The grain of every calendar that the result is grouped by; only by those targets are spread."""
        found = (item.grain for item in self.dimensions if item.grain in tuple(Grain))
        return next((Grain(grain) for grain in found if grain), None)

    def _spread(
        self, metric: BoundMetric, goal: BoundMetric, current: Slice, given: Grain, spread: str
    ) -> Goal:
        """Lay a target over shorter periods than it is given for."""
        grain = self._grain or Grain.DAY
        found = self._held(metric, current, None, goal=goal)
        facts: dict[str, Cell] = {"metric": metric.name, "given": given.value, "spread": spread}
        notices = (*found.notices, Notice(code="target_spread", facts=facts))
        spreading = Spreading(calendar=self.calendar, grain=grain, given=given, spread=spread)
        if spread == "seasonal":
            target, part, whole = spreading.season(current.period, metric.name)
            return replace(found, target_slice=target, season=(part, whole), notices=notices)
        return replace(found, target_slice=spreading.slice(current.period), notices=notices)

    def _known(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, item in self.catalog.metrics.items()
            if item.spec.target
            and (not item.spec.target.metric or item.spec.target.metric in self.catalog.metrics)
        )

    def _held(
        self,
        metric: BoundMetric,
        current: Slice,
        grain: Grain | None,
        *,
        goal: BoundMetric | None = None,
        value: exp.Expr | None = None,
    ) -> Goal:
        """Lay actual and target beside each other by whole target periods."""
        whole = (
            whole_periods(current.period, grain, self.through, self.calendar)
            if grain
            else current.period
        )
        spec = metric.spec.target
        if spec is None:
            raise AssertionError("only what has a target is held against it")
        notices = list(self._running(whole, current)) if grain else []
        if spec.where:
            of_some: dict[str, Cell] = {"metric": metric.name, "where": spec.where}
            notices.append(Notice(code="target_of_some_rows", facts=of_some))
        at = current
        if whole and current.period and not self._same(whole, current.period):
            at = Slice(name="aligned", period=whole)
            facts: dict[str, Cell] = {
                "start": whole.start.isoformat(),
                "last": whole.last.isoformat(),
            }
            notices.append(Notice(code="target_whole_periods", facts=facts))
        return Goal(
            metric=goal,
            target_slice=Slice(name="target", period=whole),
            value=value,
            op=spec.op,
            actual=metric.held or metric,
            at=at,
            notices=tuple(notices),
        )

    def _same(self, one: Period, other: Period) -> bool:
        """Say whether two ranges hold the same rows: the same days, up to the last one with data."""
        if one.start != other.start:
            return False
        return one.end == other.end or (
            self.through is not None and min(one.end, other.end) > self.through
        )

    def _running(self, whole: Period | None, current: Slice) -> tuple[Notice, ...]:
        if whole is None or self.through is None or current.period is None:
            return ()
        if not whole.start <= self.through < whole.last:
            return ()
        facts: dict[str, Cell] = {
            "pace": ((self.through - whole.start).days + 1) / whole.days,
            "through": self.through.isoformat(),
            "last": whole.last.isoformat(),
        }
        return (Notice(code="target_running", facts=facts),)

    def _scaled(
        self, metric: BoundMetric, spec: TargetSpec, per: Grain, current: Slice
    ) -> exp.Expr:
        if self.filtered or any(item.bound for item in self.dimensions):
            # So many a month for the whole is not so many for each part of it.
            raise NotSupported("target_of_the_whole", metric=metric.name)
        part = next((item.part for item in self.dimensions if item.part), None)
        if part is not None:
            raise NotSupported("target_by_part", metric=metric.name, part=part.value)
        stated = spec.value or 0.0
        grain = next((item.grain for item in self.dimensions if item.grain), None)
        if grain == per:
            return number(stated)
        shown = self._grain
        if shown is not None and spec.spread and shown.rank < per.rank:
            key = next(item.name for item in self.dimensions if item.grain)
            column = exp.column(exp.to_identifier(key, quoted=True))
            found = Spreading(calendar=self.calendar, grain=shown, given=per, spread=spec.spread)
            return found.value(stated, current.period, column)
        if grain is not None:
            if {grain, per} - MONTHS.keys() or not self.calendar.nests(per, grain):
                raise GrainTooFine(metric.name, grain, per.value, target=True)
            return number(stated * MONTHS[grain] / MONTHS[per])
        whole = whole_periods(current.period, per, self.through, self.calendar)
        if whole is None or current.period is None:
            raise NeedsPeriod("target", metric=metric.name)
        return number(stated * sum(1 for _ in self.calendar.periods(whole, per)))


def _scales(metric: BoundMetric) -> bool:
    """Say whether twice the time makes twice the target: sums and counts, not ratios or averages."""
    return metric.formula.find(exp.Div) is None and all(
        atom.agg in _SCALED for atom in metric.atoms.values()
    )
