"""Columns that look across rows: shares, running shares and ranks, before any cut (rule 11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.conditions import fields_of
from semantic_layer.errors import NotSupported
from semantic_layer.formulas import divide
from semantic_layer.plan import Dimension
from semantic_layer.query import MetricQuery, MetricUse
from semantic_layer.result import Notice
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import ref

WINDOWED = frozenset({"share", "cumulative_share", "rank"})
_AMOUNTS = frozenset({"sum", "count", "count_distinct"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """Builds the columns of one query that look across its rows.

    Attributes:
        value_of: Returns the column of a metric's own value.
        over: Returns a metric's formula over a slice.
        whole_of: Returns the column of a metric asked again by some of the groups only.
        notices: Where to say what the asker must know.
    """

    query: MetricQuery
    catalog: Catalog
    dimensions: tuple[Dimension, ...]
    current: Slice
    value_of: Callable[[str], exp.Expr]
    over: Callable[[BoundMetric, Slice], exp.Expr]
    whole_of: Callable[[BoundMetric, tuple[Dimension, ...]], exp.Expr]
    notices: list[Notice]

    def column(self, metric: BoundMetric, use: MetricUse) -> tuple[exp.Expr, bool]:
        """Return a column's value, and whether it is computed from the rows of the others.

        Raises:
            NotSupported: There is no such whole, or the metric has no parts.
        """
        if use.modifier == "share" and (filtered := self._filtered(use.of)):
            return self._share_of_unfiltered(metric, filtered), False
        within = self._within(use.of)
        partition = [_key(item) for item in within]
        if use.modifier == "rank":
            value = self.value_of(metric.name)
            order = exp.Order(expressions=[exp.Ordered(this=value, desc=True, nulls_first=False)])
            return exp.Window(this=exp.Rank(), partition_by=partition, order=order), True
        if not self._adds_up(metric, within):
            if use.modifier != "share":
                raise NotSupported("share_of_non_additive", metric=metric.name)
            return self._share_of_asked_again(metric, within), True
        value = self.value_of(metric.name)
        whole = exp.Window(this=exp.Sum(this=value.copy()), partition_by=partition)
        if use.modifier == "share":
            return divide(value, whole), True
        return divide(self._running(value, partition), whole), True

    def _running(self, value: exp.Expr, partition: Sequence[exp.Expr]) -> exp.Window:
        """Return the sum from the largest row down to each row; the keys break ties (rule 12)."""
        order = [exp.Ordered(this=value.copy(), desc=True, nulls_first=False)]
        order += [exp.Ordered(this=_key(item), nulls_first=False) for item in self.dimensions]
        spec = exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
        )
        return exp.Window(
            this=exp.Sum(this=value.copy()),
            partition_by=[item.copy() for item in partition],
            order=exp.Order(expressions=order),
            spec=spec,
        )

    def _adds_up(self, metric: BoundMetric, within: Sequence[Dimension]) -> bool:
        """Say whether the rows of a whole add up to it.

        Over time, balances and values to date do not; nor do groups that one row may be in several of.
        """
        if not self._apart(metric):
            return False
        timed = any(item.is_time and item not in within for item in self.dimensions)
        return metric.additive or (metric.adds_over_fields and not timed)

    def _apart(self, metric: BoundMetric) -> bool:
        """Say whether every row is in one group: fields that are reached downwards or over a bridge overlap."""
        return all(
            self.catalog.keeps_apart(metric.name, item.bound)
            for item in self.dimensions
            if item.bound
        )

    def _within(self, of: str | None) -> tuple[Dimension, ...]:
        """Return the groups that a whole is cut by."""
        if of in {None, "total"} or not self.dimensions:
            return ()
        found = tuple(
            item
            for item in self.dimensions
            if of in {item.column.name, item.bound.name if item.bound else None}
        )
        if not found:
            raise NotSupported("share_of_ungrouped", whole=of)
        return found

    def _filtered(self, of: str | None) -> str | None:
        """Return the field whose filters a share leaves out of its whole, or None."""
        if of in {None, "total"}:
            return None
        grouped = {name for group in self.query.fields for name in (group, self._field(group))}
        field = self._field(of) if of else None
        if of in grouped or field is None or field in grouped:
            return None
        named = [{self._field(name) for name in fields_of((item,))} for item in self.query.where]
        if any(field in names and len(names) > 1 for names in named):
            raise NotSupported("share_of_mixed_filter", whole=field)
        return field if {field} in named else None

    def _field(self, name: str | None) -> str | None:
        known = self.catalog.fields.get(name or "")
        if known is not None:
            return known.name
        bare = [item.name for item in self.catalog.fields.values() if item.key == name]
        return bare[0] if len(bare) == 1 else None

    def _share_of_unfiltered(self, metric: BoundMetric, field: str) -> exp.Expr:
        """Return what the filters on a field leave, of what there is without them."""
        if not _is_amount(metric):
            raise NotSupported("share_of_non_additive", metric=metric.name)
        whole = self.over(metric, replace(self.current, without=field))
        return divide(self.over(metric, self.current), whole)

    def _share_of_asked_again(self, metric: BoundMetric, within: tuple[Dimension, ...]) -> exp.Expr:
        """Return a part of what its rows do not add up to, for they overlap: both are asked alone."""
        atoms = tuple(metric.atoms.values())
        counts_apart = len(atoms) == 1 and atoms[0].agg == "count_distinct"
        overlaps = counts_apart or (metric.additive and not self._apart(metric))
        if not overlaps or any(atom.frames for atom in atoms):
            raise NotSupported("share_of_non_additive", metric=metric.name)
        notice = Notice(code="shares_overlap", facts={"metric": metric.name})
        if notice not in self.notices:
            self.notices.append(notice)
        value = self.value_of(metric.name)
        return divide(value, self.whole_of(metric, within) if self.dimensions else value.copy())


def _key(item: Dimension) -> exp.Expr:
    return ref(item.name)


def _is_amount(metric: BoundMetric) -> bool:
    """Say whether a metric counts or sums: a part of it is never more than the whole of it."""
    return metric.formula.find(exp.Div) is None and all(
        atom.agg in _AMOUNTS and not atom.is_nested for atom in metric.atoms.values()
    )
