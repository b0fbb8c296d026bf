"""Computed columns of a plan: values, comparisons, shares, ranks and targets as formulas over measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from semantic_layer.catalog import Atom, BoundMetric, Catalog
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.formulas import divide, number
from semantic_layer.labels import Labels
from semantic_layer.plan import Dimension, Output
from semantic_layer.query import MetricQuery, MetricUse, Modifier
from semantic_layer.result import Column, Notice, Role
from semantic_layer.slices import Slice
from semantic_layer.targets import Goals

WINDOWED = {"share", "rank"}


@dataclass(kw_only=True)
class Outputs:
    """Collects the output columns of one query.

    Attributes:
        measure: Returns the column that holds an atom over a slice.
        found: The outputs so far, in the order of the result.
    """

    query: MetricQuery
    catalog: Catalog
    dimensions: tuple[Dimension, ...]
    current: Slice
    base: Slice | None
    through: date | None
    measure: Callable[[Atom, Slice], str]
    found: list[Output] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def add_all(self) -> None:
        """Add every column that the query asks for."""
        shown: tuple[Modifier, ...] = self.query.compare.show if self.query.compare else ()
        for use in self.query.metrics:
            self._add(use.metric, use.modifier, use.of, shows=True)
            if use.modifier == "value":
                for modifier in shown:
                    self._add(use.metric, modifier, None, shows=True)
        names = [output.column.name for output in self.found if output.column]
        if len(set(names)) < len(names):
            raise NotSupported("same_column_twice")

    def ensure(self, metric: str, modifier: Modifier) -> str:
        """Return the name of a column, adding it unseen where it is not shown."""
        wanted = column_name(metric, modifier)
        for output in self.found:
            if (output.column and output.column.name == wanted) or output.name == f"h_{wanted}":
                return output.name
        return self._add(metric, modifier, None, shows=False)

    def value_of(self, metric: str, modifier: Modifier) -> exp.Expr:
        """Return a column's reference for use in conditions."""
        return exp.column(exp.to_identifier(self.ensure(metric, modifier), quoted=True))

    def _add(self, name: str, modifier: Modifier, of: str | None, *, shows: bool) -> str:
        metric = self.catalog.metric(name)
        value = (
            self._windowed(metric, modifier, of)
            if modifier in WINDOWED
            else self._formula(metric, modifier)
        )
        column = _column(metric, modifier) if shows else None
        visible = sum(output.column is not None for output in self.found)
        internal = f"m{visible + 1}" if shows else f"h_{column_name(name, modifier)}"
        self.found.append(
            Output(name=internal, column=column, value=value, windowed=modifier in WINDOWED)
        )
        return internal

    def _formula(self, metric: BoundMetric, modifier: Modifier) -> exp.Expr:
        match modifier:
            case "value":
                return self._over(metric, self.current)
            case "base":
                return self._over(metric, self._base())
            case "change":
                return exp.Sub(
                    this=exp.paren(self._over(metric, self.current)),
                    expression=exp.paren(self._over(metric, self._base())),
                )
            case "change_pct":
                return growth(self._over(metric, self.current), self._over(metric, self._base()))
            case _:
                return self._against_target(metric, modifier)

    def _base(self) -> Slice:
        if self.base is None:
            raise NeedsPeriod("compare")
        return self.base

    def _over(self, metric: BoundMetric, at: Slice) -> exp.Expr:
        """Return a metric's formula over the measures of a slice."""

        def placed(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            atom = metric.atoms[node.name]
            value = exp.column(exp.to_identifier(self.measure(atom, at), quoted=True))
            # Only sums of the periods asked for are filled: a ratio without rows stays without a value.
            if self.query.fill and atom.agg == "sum" and at.move is None:
                return exp.Coalesce(this=value, expressions=[number(0)])
            return value

        return metric.formula.copy().transform(placed)

    def _windowed(self, metric: BoundMetric, modifier: Modifier, of: str | None) -> exp.Expr:
        value = self.value_of(metric.name, "value")
        if modifier == "rank":
            order = exp.Order(expressions=[exp.Ordered(this=value, desc=True, nulls_first=False)])
            return exp.Window(this=exp.Rank(), order=order)
        if not metric.additive:
            raise NotSupported("share_of_non_additive", metric=metric.name)
        whole = exp.Window(this=exp.Sum(this=value.copy()), partition_by=self._partition(of))
        return divide(value, whole)

    def _partition(self, of: str | None) -> list[exp.Expr]:
        if of in {None, "total"}:
            return []
        for item in self.dimensions:
            if of in {item.column.name, item.bound.name if item.bound else None}:
                return [exp.column(exp.to_identifier(item.name, quoted=True))]
        if not self.dimensions:
            return []
        raise NotSupported("share_of_ungrouped", whole=of)

    def _against_target(self, metric: BoundMetric, modifier: Modifier) -> exp.Expr:
        goals = Goals(
            catalog=self.catalog,
            dimensions=self.dimensions,
            through=self.through,
            filtered=bool(self.query.where),
        )
        goal = goals.of(metric, self.current)
        self.notices += [notice for notice in goal.notices if notice not in self.notices]
        actual = self._over(metric, goal.at)
        target = (
            self._over(goal.metric, goal.target_slice) if goal.metric else number(goal.value or 0)
        )
        match modifier:
            case "target":
                return target
            case "gap":
                return exp.Sub(this=exp.paren(target), expression=exp.paren(actual))
            case _:
                return (
                    divide(exp.paren(actual), exp.paren(target))
                    if goal.op == ">="
                    else divide(exp.paren(target), exp.paren(actual))
                )


def growth(value: exp.Expr, base: exp.Expr) -> exp.Expr:
    """Return (value − base) ÷ base; NULL where the base is not positive, for no growth can be stated from there."""
    change = exp.Sub(this=exp.paren(value), expression=exp.paren(base))
    positive = exp.GT(this=exp.paren(base.copy()), expression=exp.Literal.number(0))
    return exp.Case(
        ifs=[exp.If(this=positive, true=divide(exp.paren(change), exp.paren(base.copy())))]
    )


def column_name(metric: str, modifier: Modifier) -> str:
    """Return what a column is called in results: the metric, with the modifier behind it."""
    return metric if modifier == "value" else f"{metric}_{modifier}"


_ROLES: dict[Modifier, Role] = {
    "value": Role.METRIC,
    "share": Role.SHARE,
    "rank": Role.RANK,
    "base": Role.BASE,
    "change": Role.CHANGE,
    "change_pct": Role.CHANGE_PCT,
    "target": Role.TARGET,
    "attainment": Role.ATTAINMENT,
    "gap": Role.GAP,
}


def _column(metric: BoundMetric, modifier: Modifier) -> Column:
    unit: str | Labels | None = metric.spec.unit
    if modifier in {"share", "change_pct", "attainment"}:
        unit = "percent"
    elif modifier == "rank":
        unit = "count"
    elif modifier in {"change", "gap"} and unit == "percent":
        unit = "pp"
    return Column(
        name=column_name(metric.name, modifier),
        role=_ROLES[modifier],
        metric=metric.name,
        label=metric.label,
        unit=unit,
        good=metric.spec.good,
    )


def uses(query: MetricQuery) -> tuple[MetricUse, ...]:
    """Return every metric column that a query shows, those of its comparison included."""
    shown: tuple[Modifier, ...] = query.compare.show if query.compare else ()
    found: list[MetricUse] = []
    for use in query.metrics:
        found.append(use)
        if use.modifier == "value":
            found.extend(MetricUse(metric=use.metric, modifier=modifier) for modifier in shown)
    return tuple(found)
