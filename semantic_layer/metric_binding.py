"""Metric kinds as macros over atoms: every metric becomes arithmetic over aggregates of one dataset's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import assert_never

from sqlglot import exp

from semantic_layer.atoms import Atom, TimeColumn
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundMetric, Dataset
from semantic_layer.dataset_binding import time_column
from semantic_layer.formulas import (
    FormulaProblem,
    bind_columns,
    divide,
    expand,
    is_additive,
    parse_expression,
)
from semantic_layer.funnel_binding import conversion, funnel_formula, retention
from semantic_layer.metric_kinds import (
    average_of_snapshots,
    balance,
    entity_of,
    framed,
    keyed,
    leaf,
    narrowed_entities,
    narrowed_funnel,
    over_entities,
    replaced,
    snapshot_of,
)
from semantic_layer.metric_specs import (
    AverageOfSnapshotsMetric,
    BalanceMetric,
    ConversionMetric,
    CumulativeMetric,
    DerivedMetric,
    EntityShareMetric,
    FilteredMetric,
    Metric,
    OffsetMetric,
    PerEntityMetric,
    RatioMetric,
    RetentionMetric,
    SimpleMetric,
)
from semantic_layer.model import Definitions
from semantic_layer.yaml_source import KeyPath

Report = Callable[[KeyPath, str, str], None]


class Consequence(FormulaProblem):
    """A problem that only follows from one that is reported where it stands."""


@dataclass
class MetricBinder:
    """Binds every metric once; problems are reported, not raised."""

    definitions: Definitions
    datasets: Mapping[str, Dataset]
    report: Report
    bound: dict[str, BoundMetric | None] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def bind_all(self) -> dict[str, BoundMetric]:
        """Return the bound metrics by name, in the order of the files."""
        found = {name: self._bind(name) for name in self.definitions.metrics}
        return {name: item for name, item in found.items() if item is not None}

    def _bind(self, name: str) -> BoundMetric | None:
        if name not in self.bound:
            self.open.append(name)
            try:
                self.bound[name] = self._build(name, self.definitions.metrics[name])
            except Consequence:
                self.bound[name] = None
            except FormulaProblem as problem:
                self.report(("metrics", name), f"metric `{name}`: {problem.what}", problem.fix)
                self.bound[name] = None
            finally:
                self.open.pop()
        return self.bound[name]

    def _need(self, name: str) -> BoundMetric:
        if name in self.open:
            ring = " → ".join([*self.open[self.open.index(name) :], name])
            raise FormulaProblem(f"it is made of itself: {ring}", "Break the ring")
        if name not in self.definitions.metrics:
            close = get_close_matches(name, self.definitions.metrics, n=1)
            raise FormulaProblem(
                f"`{name}` is no metric",
                f"Did you mean `{close[0]}`?" if close else "Define it first",
            )
        found = self._bind(name)
        if found is None:
            raise Consequence(f"it needs `{name}`, which is broken", f"Mend `{name}` first")
        return found

    def _build(self, name: str, spec: Metric) -> BoundMetric:
        match spec:
            case SimpleMetric() | AverageOfSnapshotsMetric() | FilteredMetric():
                return self._single(name, spec)
            case RatioMetric() | BalanceMetric():
                return self._two_sided(name, spec)
            case DerivedMetric():
                tree, atoms, used = self._expression(spec.expr)
                return self._metric(name, spec, tree, atoms, used)
            case OffsetMetric() | CumulativeMetric():
                self._check_grain(spec)
                base = self._need(spec.input_metric)
                formula, atoms = replaced(base, lambda atom: framed(atom, spec))
                return self._metric(name, spec, formula, atoms, base.uses)
            case PerEntityMetric() | EntityShareMetric():
                return self._per_entity(name, spec)
            case ConversionMetric() | RetentionMetric():
                return self._funnel(name, spec)
            case _:
                assert_never(spec)

    def _single(
        self, name: str, spec: SimpleMetric | AverageOfSnapshotsMetric | FilteredMetric
    ) -> BoundMetric:
        if isinstance(spec, SimpleMetric):
            atom = self._atom(spec)
            return self._metric(name, spec, leaf(atom), {atom.key: atom}, frozenset())
        base = self._need(spec.of)
        if isinstance(spec, FilteredMetric):
            formula, atoms = replaced(base, lambda atom: self._narrowed(atom, spec))
            return self._metric(name, spec, formula, atoms, base.uses)
        atom = average_of_snapshots(base)
        return self._metric(name, spec, leaf(atom), {atom.key: atom}, base.uses)

    def _metric(
        self,
        name: str,
        spec: Metric,
        formula: exp.Expr,
        atoms: dict[str, Atom],
        used: frozenset[str],
    ) -> BoundMetric:
        if spec.fill_nulls_with is not None:
            formula = exp.Coalesce(
                this=formula, expressions=[exp.Literal.number(spec.fill_nulls_with)]
            )
        bound = BoundMetric(
            name=name,
            spec=spec,
            formula=formula,
            atoms=atoms,
            additive=is_additive(formula, atoms),
            adds_over_fields=is_additive(formula, atoms, over_time=False),
            uses=used | {name},
        )
        if spec.target is None or spec.target.where is None:
            return bound
        only = FilteredMetric(of=name, filter=spec.target.where)
        kept, fewer = replaced(bound, lambda atom: self._narrowed(atom, only))
        return replace(bound, held=replace(bound, formula=kept, atoms=fewer))

    def _expression(self, text: str) -> tuple[exp.Expr, dict[str, Atom], frozenset[str]]:
        atoms: dict[str, Atom] = {}
        used: set[str] = set()

        def formula_of(name: str) -> exp.Expr:
            metric = self._need(name)
            atoms.update(metric.atoms)
            used.update(metric.uses)
            return metric.formula

        return expand(text, formula_of), atoms, frozenset(used)

    def _atom(self, spec: SimpleMetric) -> Atom:
        dataset = self.datasets.get(spec.dataset)
        if dataset is None:
            known = ", ".join(self.definitions.datasets)
            kind = Consequence if spec.dataset in self.definitions.datasets else FormulaProblem
            raise kind(f"`{spec.dataset}` is no dataset", f"Datasets: {known}")
        expr = (
            bind_columns(parse_expression(spec.expr), dataset, self.datasets) if spec.expr else None
        )
        where = (
            bind_columns(parse_expression(spec.filter), dataset, self.datasets)
            if spec.filter
            else None
        )
        time = self._time(spec.time, dataset) if spec.time else dataset.time
        balance = spec.non_additive_dimension
        if balance is not None:
            time = self._time(balance.name, dataset)
        return keyed(
            Atom(
                key="",
                dataset=dataset.name,
                agg=spec.agg,
                expr=expr,
                where=where,
                time=time,
                p=spec.p,
                snapshot=snapshot_of(balance, dataset, self.datasets) if balance else None,
            )
        )

    def _time(self, text: str, dataset: Dataset) -> TimeColumn | None:
        if text == "none":
            return None
        found = time_column(text, Grain.DAY, dataset, self.datasets)
        # The dataset's own date keeps the grain that its rows are given in.
        return dataset.time if dataset.time and dataset.time.ref == found.ref else found

    def _narrowed(self, atom: Atom, spec: FilteredMetric) -> Atom:
        if atom.per_entity is not None:
            return narrowed_entities(atom, lambda inner: self._narrowed(inner, spec))
        if atom.funnel is not None:
            return narrowed_funnel(atom, lambda inner: self._narrowed(inner, spec))
        dataset = self.datasets[atom.dataset]
        where = atom.where
        if spec.filter:
            more = bind_columns(parse_expression(spec.filter), dataset, self.datasets)
            where = (
                more if where is None else exp.and_(exp.paren(where), exp.paren(more), wrap=False)
            )
        time = self._time(spec.time, dataset) if spec.time else atom.time
        return replace(atom, where=where, time=time)

    def _check_grain(self, spec: OffsetMetric | CumulativeMetric) -> None:
        grain = spec.grain_to_date if isinstance(spec, CumulativeMetric) else None
        fiscal = grain is not None and grain.startswith("fiscal")
        if fiscal and self.definitions.settings.fiscal_year_start == 1:
            raise FormulaProblem(
                f"`grain_to_date: {grain}` needs a fiscal year that does not begin in January",
                "Set `fiscal_year_start` in `settings`, or write `quarter` or `year`",
            )

    def _per_entity(self, name: str, spec: PerEntityMetric | EntityShareMetric) -> BoundMetric:
        """Aggregate over entities what each of them has."""
        text = spec.input_metric if isinstance(spec, PerEntityMetric) else spec.having
        formula, atoms, used = self._expression(text)
        entity = entity_of(spec.entity, atoms.values(), self.datasets)
        if isinstance(spec, PerEntityMetric):
            atom = over_entities(spec.agg, entity, formula, atoms, spec.p)
            return self._metric(name, spec, leaf(atom), {atom.key: atom}, used)
        passed = exp.Case(ifs=[exp.If(this=formula, true=exp.Literal.number(1))])
        some = over_entities("count", entity, passed, atoms)
        if spec.type == "entity_count":
            return self._metric(name, spec, leaf(some), {some.key: some}, used)
        every = over_entities("count", entity, exp.Literal.number(1), atoms)
        both = {some.key: some, every.key: every}
        return self._metric(name, spec, divide(leaf(some), leaf(every)), both, used)

    def _two_sided(self, name: str, spec: RatioMetric | BalanceMetric) -> BoundMetric:
        if isinstance(spec, RatioMetric):
            top, upper, used = self._expression(spec.numerator)
            bottom, lower, more = self._expression(spec.denominator)
            formula = divide(top, bottom)
            return self._metric(name, spec, formula, upper | lower, used | more)
        came, coming, used = self._expression(spec.inflow)
        went, going, more = self._expression(spec.outflow)
        formula, atoms = balance((came, coming), (went, going))
        return self._metric(name, spec, formula, atoms, used | more)

    def _funnel(self, name: str, spec: ConversionMetric | RetentionMetric) -> BoundMetric:
        """Count who reaches a later stage."""
        if isinstance(spec, ConversionMetric):
            stages = [self._need(stage) for stage in spec.stages]
            funnel = conversion(spec, stages, self.datasets)
        else:
            stages = [self._need(spec.of)]
            funnel = retention(spec, stages[0], self.datasets)
        formula, atoms = funnel_formula(funnel, spec.calculation)
        used = frozenset(name for stage in stages for name in stage.uses)
        return self._metric(name, spec, formula, atoms, used)
