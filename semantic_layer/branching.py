"""Branches of a plan: one fact, one date, one slice of time, with the joins and columns that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.calendar import Grain, Period, is_aligned, periods
from semantic_layer.catalog import Atom, BoundField, Dataset, Join
from semantic_layer.errors import AmbiguousPath, GrainTooFine, NoPath, NotSupported
from semantic_layer.formulas import sources_of
from semantic_layer.plan import Branch, Dimension, Measure
from semantic_layer.policy import Access
from semantic_layer.query import AnyOf, Condition, Filter, MetricQuery, NotOf
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice


@dataclass(kw_only=True)
class Branching:
    """Builds the branches of one query.

    Attributes:
        named_by: Returns the asked metric that an atom serves, for messages and comments.
        notices: What the asker must know, collected.
    """

    query: MetricQuery
    access: Access
    dimensions: tuple[Dimension, ...]
    wheres: tuple[exp.Expr, ...]
    named_by: Callable[[Atom], str]
    notices: list[Notice] = field(default_factory=list)

    def build(self, name: str, measures: Sequence[Measure], at: Slice) -> Branch:
        """Return the branch of some measures of one fact, one date and one slice.

        Raises:
            NoPath: The fact does not reach a field that is grouped or filtered by.
            AmbiguousPath: It reaches it on several ways.
            GrainTooFine: Its rows are given in coarser periods than asked.
            NotSupported: Its rows have no date, and time is asked for.
        """
        dataset = self.access.catalog.datasets[measures[0].atom.dataset]
        dimensions, wheres = self.dimensions, self.wheres
        time = measures[0].atom.time
        metric = self.named_by(measures[0].atom)
        fields = [item.bound for item in dimensions if item.bound]
        for bound in (
            *fields,
            *(self.access.catalog.field(name) for name in fields_of(self.query.where)),
        ):
            self._needs(dataset, bound, metric)
        if time is None:
            self._stateless(at, metric)
        for item in dimensions:
            if item.grain and time and not _nests(time.grain, item.grain):
                raise GrainTooFine(metric, item.grain.value, time.grain.value)
        if time and at.name == "current":
            self._notice_whole(at.period, time.grain)
        self._notice_cut(fields, measures)
        columns = _columns([*(item.expr for item in fields), *wheres, *_read_by(measures)])
        if time and (at.period or any(item.grain for item in dimensions)):
            columns.setdefault(time.ref.source, set()).add(time.ref.column)
        for item in dimensions:
            if item.bound and item.label:
                columns.setdefault(item.bound.source, set()).add(item.label)
        joins = self._joins(dataset, columns)
        names = ", ".join(dict.fromkeys(self.named_by(m.atom) for m in measures))
        return Branch(
            name=name,
            comment=f"{names}: {at.name} rows of {dataset.name}",
            dataset=dataset.name,
            joins=joins,
            columns={alias: frozenset(found) for alias, found in columns.items()},
            where=wheres,
            slice=at,
            measures=tuple(measures),
        )

    def _notice_cut(self, fields: Sequence[BoundField], measures: Sequence[Measure]) -> None:
        """Say where rows are split by what the metric's own filter tests: its parts are not everything."""
        for bound in fields:
            tested = _columns([bound.expr])
            for measure in measures:
                where = _columns([measure.atom.where] if measure.atom.where is not None else [])
                if any(names & where.get(source, set()) for source, names in tested.items()):
                    facts: dict[str, Cell] = {
                        "metric": self.named_by(measure.atom),
                        "field": bound.name,
                    }
                    notice = Notice(code="group_cut_by_definition", facts=facts)
                    if notice not in self.notices:
                        self.notices.append(notice)

    def _needs(self, dataset: Dataset, bound: BoundField, metric: str) -> None:
        for source in sorted(sources_of(bound.expr) | {bound.source}):
            if source == dataset.name or source in dataset.parents:
                continue
            if source in dataset.ambiguous:
                raise AmbiguousPath(bound.name, dataset.ambiguous[source])
            possible = (item.name for item in self.access.catalog.fields_of(metric))
            raise NoPath(metric, bound.name, possible)

    def _stateless(self, at: Slice, metric: str) -> None:
        if any(item.grain for item in self.dimensions):
            raise NotSupported("undated_by_time", metric=metric)
        if at.name != "current":
            raise NotSupported("undated_compared", metric=metric)
        if at.period:
            self.notices.append(Notice(code="period_ignored", facts={"metric": metric}))

    def _notice_whole(self, period: Period | None, grain: Grain) -> None:
        """Say that rows given by month count whole months, where the period cuts one."""
        if period is None or grain is Grain.DAY or is_aligned(period, grain):
            return
        covered = list(periods(period, grain))
        facts: dict[str, Cell] = {
            "start": covered[0].start.isoformat(),
            "last": covered[-1].last.isoformat(),
        }
        notice = Notice(code="target_whole_periods", facts=facts)
        if notice not in self.notices:
            self.notices.append(notice)

    def _joins(self, dataset: Dataset, columns: dict[str, set[str]]) -> tuple[Join, ...]:
        steps: dict[str, Join] = {}
        for alias in sorted(columns):
            if alias != dataset.name:
                steps |= {step.alias: step for step in dataset.parents[alias]}
        for step in steps.values():
            columns.setdefault(step.child, set()).update(left for left, _ in step.on)
            columns.setdefault(step.alias, set()).update(right for _, right in step.on)
        columns.setdefault(dataset.name, set())
        return tuple(steps.values())


def _nests(given: Grain, asked: Grain) -> bool:
    """Say whether whole periods of the one make up periods of the other; weeks make up nothing longer."""
    return (
        given is asked
        or given is Grain.DAY
        or (given is not Grain.WEEK and given.rank < asked.rank)
    )


def _read_by(measures: Sequence[Measure]) -> Iterable[exp.Expr]:
    """Yield the expressions and filters of some aggregates."""
    for measure in measures:
        yield from (tree for tree in (measure.atom.expr, measure.atom.where) if tree is not None)


def fields_of(filters: Iterable[Filter]) -> Iterable[str]:
    """Yield the names of the fields that filters test."""
    for item in filters:
        match item:
            case Condition():
                yield item.field
            case AnyOf():
                yield from fields_of(item.any)
            case NotOf():
                yield from fields_of((item.not_,))


def _columns(trees: Iterable[exp.Expr]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for tree in trees:
        for node in tree.find_all(exp.Column):
            found.setdefault(node.table, set()).add(node.name)
    return found
