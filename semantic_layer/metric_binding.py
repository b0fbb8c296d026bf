"""Metric kinds as macros over atoms: every metric becomes arithmetic over aggregates of one dataset's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import assert_never

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.catalog import Atom, BoundMetric, Dataset, TimeColumn
from semantic_layer.dataset_binding import time_column
from semantic_layer.formulas import (
    DIALECT,
    FormulaProblem,
    bind_columns,
    divide,
    expand,
    is_additive,
    parse_expression,
)
from semantic_layer.model import (
    Definitions,
    DerivedMetric,
    FilteredMetric,
    Metric,
    RatioMetric,
    SimpleMetric,
    SumOf,
)
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
        for name, spec in self.definitions.metrics.items():
            self._check_references(name, spec)
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
            case SimpleMetric():
                atom = self._atom(spec)
                return self._metric(name, spec, leaf(atom), {atom.key: atom}, frozenset())
            case FilteredMetric():
                return self._filtered(name, spec)
            case RatioMetric():
                top, upper, used = self._expression(spec.numerator)
                bottom, lower, more = self._expression(spec.denominator)
                return self._metric(
                    name,
                    spec,
                    divide(exp.paren(top), exp.paren(bottom)),
                    upper | lower,
                    used | more,
                )
            case DerivedMetric():
                tree, atoms, used = self._expression(spec.expr)
                return self._metric(name, spec, tree, atoms, used)
            case _:
                assert_never(spec)

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
        return BoundMetric(
            name=name,
            spec=spec,
            formula=formula,
            atoms=atoms,
            additive=is_additive(formula, atoms),
            uses=used | {name},
        )

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
        return keyed(
            Atom(
                key="",
                dataset=dataset.name,
                agg=spec.agg,
                expr=expr,
                where=where,
                time=time,
                p=spec.p,
            )
        )

    def _time(self, text: str, dataset: Dataset) -> TimeColumn | None:
        if text == "none":
            return None
        found = time_column(text, Grain.DAY, dataset, self.datasets)
        # The dataset's own date keeps the grain that its rows are given in.
        return dataset.time if dataset.time and dataset.time.ref == found.ref else found

    def _filtered(self, name: str, spec: FilteredMetric) -> BoundMetric:
        base = self._need(spec.of)
        renamed: dict[str, Atom] = {}
        for key, atom in base.atoms.items():
            renamed[key] = self._narrowed(atom, spec)

        def swapped(node: exp.Expr) -> exp.Expr:
            return column_of(renamed[node.name]) if isinstance(node, exp.Column) else node

        formula = base.formula.copy().transform(swapped)
        return self._metric(
            name, spec, formula, {atom.key: atom for atom in renamed.values()}, base.uses
        )

    def _narrowed(self, atom: Atom, spec: FilteredMetric) -> Atom:
        dataset = self.datasets[atom.dataset]
        where = atom.where
        if spec.filter:
            more = bind_columns(parse_expression(spec.filter), dataset, self.datasets)
            where = (
                more if where is None else exp.and_(exp.paren(where), exp.paren(more), wrap=False)
            )
        time = self._time(spec.time, dataset) if spec.time else atom.time
        return keyed(replace(atom, where=where, time=time))

    def _check_references(self, name: str, spec: Metric) -> None:
        drivers = spec.drivers.sum if isinstance(spec.drivers, SumOf) else spec.drivers
        named = [("drivers", item) for item in drivers]
        named += [("target", spec.target.metric)] if spec.target and spec.target.metric else []
        named += [("replaced_by", spec.replaced_by)] if spec.replaced_by else []
        for key, item in named:
            if item not in self.definitions.metrics:
                self.report(
                    ("metrics", name, key),
                    f"metric `{name}`: {key} names `{item}`, which is no metric",
                    "Define it, or name another",
                )


def leaf(atom: Atom) -> exp.Expr:
    """Return the column that stands for an atom in a formula; counts over nothing are 0 (rule 10)."""
    node = column_of(atom)
    if atom.agg in {"count", "count_distinct"}:
        return exp.Coalesce(this=node, expressions=[exp.Literal.number(0)])
    return node


def column_of(atom: Atom) -> exp.Column:
    """Return the bare column that stands for an atom."""
    return exp.column(exp.to_identifier(atom.key, quoted=True))


def keyed(atom: Atom) -> Atom:
    """Give an atom its key: equal atoms, equal keys."""
    expr = atom.expr.sql(DIALECT) if atom.expr is not None else "*"
    where = f" where {atom.where.sql(DIALECT)}" if atom.where is not None else ""
    time = f" by {atom.time.ref.source}.{atom.time.ref.column}" if atom.time else ""
    p = f" {atom.p}" if atom.p else ""
    return replace(atom, key=f"{atom.dataset}: {atom.agg}({expr}){p}{where}{time}")
