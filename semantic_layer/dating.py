"""The metrics of a query, each on the date that it is asked on: its own, or another one of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlglot import exp

from semantic_layer.atoms import Atom, ColumnRef, TimeColumn
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.dataset_binding import time_column
from semantic_layer.errors import NotSupported, UnknownName
from semantic_layer.formulas import DIALECT, FormulaProblem
from semantic_layer.labels import Labels
from semantic_layer.metric_kinds import narrowed_entities, replaced
from semantic_layer.query import MetricQuery
from semantic_layer.sql_nodes import column

_DATES = frozenset({"Date", "DateTime"})


@dataclass(kw_only=True)
class Dating:
    """Puts metrics on dates.

    A `role` on a group of time puts every metric of the query on that date, its period too; `time` on a metric puts
    that one on it, whatever the role. Such a date is a declared field, a column of dates, of the metric's dataset or
    of a parent: the nearest where several have that name.

    Attributes:
        default: The date of a query whose groups are gone, such as that of a total.
    """

    query: MetricQuery
    catalog: Catalog
    default: str | None = None
    known: dict[tuple[str, str], BoundMetric] = field(default_factory=dict)

    @cached_property
    def role(self) -> str | None:
        """The date that all metrics are counted on, or None for their own ones.

        Raises:
            NotSupported: The groups name different ones.
        """
        roles = self.query.roles
        if len(roles) > 1:
            raise NotSupported("two_dates", dates=tuple(item or "metric_time" for item in roles))
        return next(iter(roles), self.default)

    def metric(self, name: str, time: str | None = None) -> BoundMetric:
        """Return a metric on the date that is asked for.

        Args:
            name: A metric of the catalog.
            time: The date that its use names, or None.

        Raises:
            UnknownName: No such metric or date, or not for this principal.
            NotSupported: A fact does not have the date, or the metric is a balance of its own one.
        """
        metric = self.catalog.metric(name)
        text = time or self.role
        if text is None:
            return metric
        key = (name, text)
        if key not in self.known:
            self.known[key] = self._moved(metric, text)
        return self.known[key]

    def date_of(self, name: str) -> str | None:
        """Return the date of the column that having and order_by mean by a metric's name.

        Raises:
            NotSupported: The query shows it on several dates, and none is its own.
        """
        times = dict.fromkeys(use.time for use in self.query.metrics if use.metric == name)
        if len(times) > 1 and None not in times:
            raise NotSupported("which_date", metric=name)
        return next(iter(times)) if len(times) == 1 else None

    def asked(self) -> Iterator[BoundMetric]:
        """Yield every metric that the query names."""
        named = [(use.metric, use.time) for use in self.query.metrics]
        others = [item.metric for item in self.query.having]
        others += [item.metric for item in self.query.order_by if item.metric]
        named += [(name, self.date_of(name)) for name in others]
        for name, time in dict.fromkeys(named):
            yield self.metric(name, time)

    def label(self, text: str) -> Labels:
        """Return what a date is called; its name where it has no label."""
        found = [item for item in self.catalog.fields.values() if text in {item.name, item.key}]
        return found[0].label if found else Labels(zh=text, en=text)

    def _moved(self, metric: BoundMetric, text: str) -> BoundMetric:
        formula, atoms = replaced(metric, lambda atom: self._atom(atom, text, metric.name))
        return replace(metric, formula=formula, atoms=atoms, date=text)

    def _atom(self, atom: Atom, text: str, metric: str) -> Atom:
        if atom.funnel is not None:
            raise NotSupported("funnel_on_other_date", metric=metric, date=text)
        nested = atom.per_entity
        if nested is not None:
            if any(inner.time and inner.time.ref == nested.entity for inner in atom.inner()):
                raise NotSupported("balance_on_other_date", metric=metric, date=text)
            return narrowed_entities(atom, lambda inner: self._atom(inner, text, metric))
        if atom.snapshot is not None:
            raise NotSupported("balance_on_other_date", metric=metric, date=text)
        return replace(atom, time=self._time(atom.dataset, text, metric))

    def _time(self, dataset: str, text: str, metric: str) -> TimeColumn:
        fact = self.catalog.datasets[dataset]
        reached = {ref: name for name, ref in self._dates() if _reaches(self.catalog, dataset, ref)}
        named = [ref for name, ref in self._dates() if text in {name, name.rsplit(".", 1)[-1]}]
        found = [ref for ref in dict.fromkeys(named) if ref in reached]
        own = [ref for ref in found if ref.source == dataset]
        known = tuple(sorted(reached.values()))
        if not named:
            raise UnknownName("date", text, known)
        if not found:
            raise NotSupported("date_not_reached", metric=metric, date=text, known=known)
        if len(own or found) > 1:
            names = tuple(reached[ref] for ref in found)
            raise NotSupported("date_ambiguous", date=text, known=names)
        ref = (own or found)[0]
        if fact.time is not None and fact.time.ref == ref:
            return fact.time
        named_column = column(ref.source, ref.column).sql(DIALECT)
        try:
            return time_column(named_column, Grain.DAY, fact, self.catalog.datasets)
        except FormulaProblem:
            raise NotSupported("date_not_reached", metric=metric, date=text, known=known) from None

    def _dates(self) -> Iterator[tuple[str, ColumnRef]]:
        """Yield the dates that this principal may see: fields that are columns, and the dates that datasets declare."""
        for item in self.catalog.fields.values():
            read = item.expr.this if isinstance(item.expr, exp.AtTimeZone) else item.expr
            if isinstance(read, exp.Column) and item.datatype in _DATES:
                yield item.name, ColumnRef(item.source, read.name)
        for dataset in self.catalog.datasets.values():
            if dataset.time is not None:
                ref = dataset.time.ref
                yield f"{ref.source}.{ref.column}", ref


def _reaches(catalog: Catalog, dataset: str, ref: ColumnRef) -> bool:
    return ref.source == dataset or ref.source in catalog.datasets[dataset].parents


def times_of(metrics: Iterable[BoundMetric]) -> tuple[TimeColumn, ...]:
    """Return the dates of the rows of some metrics."""
    return tuple(atom.time for metric in metrics for atom in metric.row_atoms() if atom.time)
