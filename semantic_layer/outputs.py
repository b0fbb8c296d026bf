"""Computed columns of a plan: values, comparisons, shares, ranks and targets as formulas over measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from sqlglot import exp

from semantic_layer.across import WINDOWED, Across
from semantic_layer.atoms import Atom
from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.dating import Dating
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.formulas import divide, growth, number, single
from semantic_layer.frames import Back, FirstOf, Frame, Since, ToDate
from semantic_layer.grains import check_grain
from semantic_layer.labels import Labels
from semantic_layer.model_calendar import Calendar
from semantic_layer.pace import flows, running
from semantic_layer.plan import Dimension, Output
from semantic_layer.query import MetricQuery, MetricUse, Modifier
from semantic_layer.result import Cell, Column, Notice, Role, column_name
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import day_literal, ref, with_columns
from semantic_layer.targets import Goals


@dataclass(kw_only=True)
class Outputs:
    """Collects the output columns of one query.

    Attributes:
        measure: Returns the column that holds an atom over a slice.
        whole_of: Returns the column of a metric asked again by some of the groups only.
        found: The outputs so far, in the order of the result.
    """

    query: MetricQuery
    catalog: Catalog
    dating: Dating
    calendar: Calendar
    dimensions: tuple[Dimension, ...]
    current: Slice
    base: Slice | None
    through: date | None
    measure: Callable[[Atom, Slice], str]
    whole_of: Callable[[BoundMetric, tuple[Dimension, ...]], exp.Expr]
    found: list[Output] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def add_all(self) -> None:
        """Add every column that the query asks for."""
        for use in uses(self.query):
            self._add(use, shows=True)
        names = [output.column.name for output in self.found if output.column]
        if len(set(names)) < len(names):
            raise NotSupported("same_column_twice")

    def ensure(self, metric: str, modifier: Modifier) -> str:
        """Return the name of a column, adding it unseen where it is not shown."""
        return self._ensure(metric, modifier, self.dating.date_of(metric))

    def _ensure(self, metric: str, modifier: Modifier, time: str | None) -> str:
        wanted = column_name(metric, modifier, time)
        for output in self.found:
            if (output.column and output.column.name == wanted) or output.name == f"h_{wanted}":
                return output.name
        return self._add(MetricUse(metric=metric, modifier=modifier, time=time), shows=False)

    def value_of(self, metric: str, modifier: Modifier) -> exp.Expr:
        """Return a column's reference for use in conditions."""
        return _ref(self.ensure(metric, modifier))

    def _add(self, use: MetricUse, *, shows: bool) -> str:
        metric, modifier = self.dating.metric(use.metric, use.time), use.modifier
        windowed = False
        if modifier in WINDOWED:
            value, windowed = self._across(use.time).column(metric, use)
        else:
            value = self._formula(metric, use)
        column = _column(metric, use, self.dating) if shows else None
        visible = sum(output.column is not None for output in self.found)
        hidden = f"h_{column_name(use.metric, modifier, use.time)}"
        internal = f"m{visible + 1}" if shows else hidden
        self.found.append(Output(name=internal, column=column, value=value, windowed=windowed))
        return internal

    def _across(self, time: str | None) -> Across:
        return Across(
            query=self.query,
            catalog=self.catalog,
            dimensions=self.dimensions,
            current=self.current,
            value_of=lambda name: _ref(self._ensure(name, "value", time)),
            over=self._over,
            whole_of=self.whole_of,
            notices=self.notices,
        )

    def _formula(self, metric: BoundMetric, use: MetricUse) -> exp.Expr:
        match use.modifier:
            case "value" | "base":
                return self._over(metric, self._base() if use.modifier == "base" else self.current)
            case "cumulative":
                return self._over(metric, self.current, self._to_date(use.over))
            case "change":
                return exp.Sub(
                    this=single(self._over(metric, self.current)),
                    expression=single(self._over(metric, self._base())),
                )
            case "change_pct":
                return growth(self._over(metric, self.current), self._over(metric, self._base()))
            case "run_rate":
                return self._at_pace(metric)
            case _:
                return self._against_target(metric, use.modifier)

    def _to_date(self, over: str | None) -> tuple[Frame, ...]:
        """Return the days of a running value: since the grain's period began, or since the ones asked for did."""
        period = self.query.period
        if over is not None:
            check_grain(over, self.catalog)
        if over is None and period is not None:
            return (Since(period.start),)
        return (ToDate(over),)

    def _at_pace(self, metric: BoundMetric) -> exp.Expr:
        """Return the value that a running period comes to if the rest of its days are like those gone."""
        if not flows(metric):
            raise NotSupported("run_rate_of_what_does_not_add_up", metric=metric.name)
        _refuse_listed(self.dimensions)
        period = self.query.period.days if self.query.period else None
        found = running(period, self.query.time_grain, self.through, self.calendar)
        if found is None:
            return self._over(metric, self.current)
        value = self._over(metric, replace(self.current, period=found.read(period)))
        facts: dict[str, Cell] = {
            "gone": found.gone,
            "days": found.whole.days,
            "last": found.whole.last.isoformat(),
        }
        notice = Notice(code="run_rate", facts=facts)
        self.notices += [] if notice in self.notices else [notice]
        projected = divide(
            exp.Mul(this=single(value), expression=number(found.whole.days)), number(found.gone)
        )
        key = next((item for item in self.dimensions if item.grain), None)
        if key is None:
            return projected
        bucket = day_literal(found.bucket)
        here = exp.EQ(this=ref(key.name), expression=bucket)
        return exp.Case(ifs=[exp.If(this=here, true=projected)], default=value.copy())

    def _base(self) -> Slice:
        if self.base is None:
            raise NeedsPeriod("compare")
        return self.base

    def _over(self, metric: BoundMetric, at: Slice, frames: tuple[Frame, ...] = ()) -> exp.Expr:
        """Return a metric's formula over the measures of a slice, with more frames laid around its own."""

        def placed(node: exp.Column) -> exp.Expr:
            atom = metric.atoms[node.name]
            atom = replace(atom, frames=(*frames, *atom.frames)) if frames else atom
            value = ref(self.measure(atom, at))
            # Only sums of the periods asked for are filled: a ratio without rows stays without a value.
            earlier = at.move is not None or any(
                isinstance(frame, Back | FirstOf) for frame in atom.frames
            )
            if self.query.fill and atom.agg == "sum" and not earlier and not atom.snapshot:
                return exp.Coalesce(this=value, expressions=[number(0)])
            return value

        return with_columns(metric.formula, placed)

    def _against_target(self, metric: BoundMetric, modifier: Modifier) -> exp.Expr:
        if metric.date is not None:
            raise NotSupported("target_on_other_date", metric=metric.name, date=metric.date)
        goals = Goals(
            catalog=self.catalog,
            calendar=self.calendar,
            dimensions=self.dimensions,
            through=self.through,
            filtered=bool(self.query.where),
        )
        goal = goals.of(metric, self.current)
        self.notices += [notice for notice in goal.notices if notice not in self.notices]
        actual = self._over(goal.actual, goal.at)
        target = self._over(goal.metric, goal.target_slice) if goal.metric else goal.value
        if target is None:
            raise AssertionError("a target is another metric or a stated value")
        if goal.season is not None:
            part, whole = (single(self._over(goal.actual, at)) for at in goal.season)
            target = exp.Mul(this=single(target), expression=divide(part, whole))
        match modifier:
            case "target":
                return target
            case "gap":
                return exp.Sub(this=single(target), expression=single(actual))
            case _:
                return divide(actual, target) if goal.op == ">=" else divide(target, actual)


def _refuse_listed(dimensions: tuple[Dimension, ...]) -> None:
    """Refuse what knows no pace: how long a period of a table of days runs on is not known before its end."""
    for item in dimensions:
        if item.calendar is not None:
            raise NotSupported("calendar_compared", grain=item.column.name)
        if item.part is not None:
            raise NotSupported("part_of_window", part=item.part.value)


def _ref(name: str) -> exp.Column:
    return ref(name)


_ROLES: dict[Modifier, Role] = {
    "value": Role.METRIC,
    "share": Role.SHARE,
    "cumulative_share": Role.SHARE,
    "cumulative": Role.METRIC,
    "rank": Role.RANK,
    "base": Role.BASE,
    "change": Role.CHANGE,
    "change_pct": Role.CHANGE_PCT,
    "target": Role.TARGET,
    "attainment": Role.ATTAINMENT,
    "gap": Role.GAP,
    "run_rate": Role.METRIC,
}


def _unit(metric: BoundMetric, modifier: Modifier) -> str | Labels | None:
    if modifier in {"share", "cumulative_share", "change_pct", "attainment"}:
        return "percent"
    if modifier == "rank":
        return "count"
    if modifier in {"change", "gap"} and metric.spec.unit == "percent":
        return "pp"
    return metric.spec.unit


def uses(query: MetricQuery) -> tuple[MetricUse, ...]:
    """Return every metric column that a query shows, those of its comparison included."""
    shown: tuple[Modifier, ...] = query.compare.show if query.compare else ()
    found: list[MetricUse] = []
    for use in query.metrics:
        found.append(use)
        if use.modifier == "value":
            found.extend(
                MetricUse(metric=use.metric, modifier=modifier, time=use.time) for modifier in shown
            )
    return tuple(found)


def _column(metric: BoundMetric, use: MetricUse, dating: Dating) -> Column:
    warn, alert = metric.spec.levels if use.modifier == "attainment" else (None, None)
    return Column(
        name=column_name(metric.name, use.modifier, use.time),
        role=_ROLES[use.modifier],
        metric=metric.name,
        label=metric.label,
        unit=_unit(metric, use.modifier),
        good=metric.spec.good,
        modifier=use.modifier,
        date=dating.label(use.time) if use.time else Labels(),
        warn=warn,
        alert=alert,
    )


def output_columns(dating: Dating) -> tuple[tuple[MetricUse, Column], ...]:
    """Return every metric column that a query shows, with how its result describes it.

    Raises:
        UnknownName: No such metric, or not for this principal.
    """
    return tuple(
        (use, _column(dating.metric(use.metric, use.time), use, dating))
        for use in uses(dating.query)
    )
