"""Branches of a plan: one fact, one date, one slice of time, with the joins and columns that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.atoms import Atom, TimeColumn
from semantic_layer.bridges import bridge_for, pairs_of, reads_bridge
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundField, Dataset
from semantic_layer.children import (
    Child,
    ChildTests,
    Reach,
    Ways,
    child_for,
    columns_of,
    duplicate_proof,
    joins_of,
)
from semantic_layer.conditions import fields_of
from semantic_layer.date_parts import check_date
from semantic_layer.dates import dated, parts_in
from semantic_layer.errors import AmbiguousPath, GrainTooFine, NoPath, NotSupported
from semantic_layer.formulas import sources_of
from semantic_layer.freshness import widened
from semantic_layer.model_calendar import Calendar
from semantic_layer.pairs import Pairs, SemiJoin
from semantic_layer.plan import Branch, Dimension, Measure
from semantic_layer.policy import Access
from semantic_layer.query import Filter, MetricQuery
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import column


@dataclass(kw_only=True)
class Branching:
    """Builds the branches of one query.

    Attributes:
        named_by: Returns the asked metric that an atom serves, for messages and comments.
        wheres: The query's filters, each with its SQL.
        notices: What the asker must know, collected.
        overlapping: The metrics whose groups overlap.
        rest_of: The field whose members above a cut are left out, or None.
    """

    query: MetricQuery
    access: Access
    dimensions: tuple[Dimension, ...]
    wheres: tuple[tuple[Filter, exp.Expr], ...]
    named_by: Callable[[Atom], str]
    notices: list[Notice] = field(default_factory=list)
    overlapping: set[str] = field(default_factory=set)
    rest_of: BoundField | None = None

    def build(self, name: str, measures: Sequence[Measure], at: Slice) -> Branch:
        """Return the branch of some measures of one fact, one date and one slice.

        Raises:
            NoPath: The fact does not reach a field that is grouped or filtered by.
            AmbiguousPath: It reaches it on several ways.
            GrainTooFine: Its rows are given in coarser periods than asked.
            NotSupported: Its rows have no date, and time is asked for.
        """
        dataset = self.access.catalog.datasets[measures[0].atom.dataset]
        time = measures[0].atom.time
        metric = self.named_by(measures[0].atom)
        fields = [item.bound for item in self.dimensions if item.bound]
        fields += [self.rest_of] if self.rest_of else []
        reach = self._reach(dataset, measures, fields)
        wheres, semi_joins = self._filters(dataset, reach, measures[0].atom, metric, at.without)
        if time is None:
            self._stateless(at, metric)
        for item in self.dimensions:
            if time and not self._holds(time.grain, at, item):
                raise GrainTooFine(metric, item.column.name, time.grain.value)
        self._refuse_cut_periods(at, time, measures)
        self._notice_cut(fields, measures, at)
        pairs = self._pairs(reach, fields, metric)
        trees = [
            *(item.expr for item in fields),
            *wheres,
            *(tree for item in semi_joins for tree in self._correlated(item)),
            *self._measured(reach.measures, measures, at),
            *(pairs.keys() if pairs else ()),
        ]
        columns = columns_of(tree for tree in trees if not reads_bridge(tree, reach))
        joins = joins_of(dataset.name, reach.ways, columns)
        names = ", ".join(dict.fromkeys(self.named_by(m.atom) for m in measures))
        return Branch(
            name=name,
            comment=f"{names}: {at.name} rows of {dataset.name}",
            dataset=dataset.name,
            joins=joins,
            columns={alias: frozenset(found) for alias, found in columns.items()},
            where=tuple(wheres),
            slice=at,
            measures=reach.measures,
            semi_joins=tuple(semi_joins),
            overlaps=reach.child or reach.bridge is not None,
            pairs=pairs,
            rest_of=self.rest_of,
            calendar=frozenset(item.calendar for item in self.dimensions if item.calendar),
        )

    def _notice_cut(
        self, fields: Sequence[BoundField], measures: Sequence[Measure], at: Slice
    ) -> None:
        """Say what is not as whole as it looks: periods widened, and groups that the metric's own filter tests."""
        time = measures[0].atom.time
        if time and at.name.startswith("current"):
            found = widened(at.period, time.grain, self.calendar)
            self.notices += [notice for notice in found if notice not in self.notices]
        for bound in fields:
            tested = columns_of([bound.expr])
            for measure in measures:
                where = columns_of([measure.atom.where] if measure.atom.where is not None else [])
                if any(names & where.get(source, set()) for source, names in tested.items()):
                    facts: dict[str, Cell] = {
                        "metric": self.named_by(measure.atom),
                        "field": bound.name,
                    }
                    notice = Notice(code="group_cut_by_definition", facts=facts)
                    if notice not in self.notices:
                        self.notices.append(notice)

    def _measured(
        self, kept: Sequence[Measure], asked: Sequence[Measure], at: Slice
    ) -> Iterator[exp.Expr]:
        """Yield what the aggregates read, their dates, and the names of the members."""
        trees = (*(item.atom.expr for item in kept), *(item.atom.where for item in asked))
        yield from (tree for tree in trees if tree is not None)
        yield from self._dated(asked[0].atom, at)
        for item in self.dimensions:
            if item.bound and item.label:
                yield column(item.bound.source, item.label)

    def _dated(self, atom: Atom, at: Slice) -> list[exp.Expr]:
        """Return the date and the keys of its snapshots, where rows are cut or grouped by it."""
        timed = at.period or atom.snapshot or any(item.is_time for item in self.dimensions)
        refs = [atom.time.ref] if atom.time and timed else []
        refs += atom.snapshot.keys if atom.snapshot else ()
        return [column(ref.source, ref.column) for ref in refs]

    def _reach(
        self, dataset: Dataset, measures: Sequence[Measure], fields: Sequence[BoundField]
    ) -> Reach:
        """Return the ways to the grouped fields; a child is joined only under aggregates that doubled rows keep."""
        own = Reach(ways=dataset.parents, measures=tuple(measures))
        foreign = [bound for bound in fields if self._missing(dataset, bound, own.ways)]
        if not foreign:
            return own
        metric = self.named_by(measures[0].atom)
        bridge = self._bridge(dataset, foreign)
        if bridge is not None:
            if self.rest_of is not None:
                raise NotSupported("others_over_bridge", metric=metric, field=foreign[0].name)
            self._notice_overlap(measures)
            return replace(own, bridge=bridge)
        proof = [duplicate_proof(item.atom, dataset) for item in measures]
        for item, atom in zip(measures, proof, strict=True):
            if atom is None:
                raise self._no_path(self.named_by(item.atom), foreign[0])
        child = self._child(dataset, foreign, own.ways, metric)
        self._notice_overlap(measures)
        kept = tuple(
            Measure(name=item.name, atom=atom)
            for item, atom in zip(measures, proof, strict=True)
            if atom is not None
        )
        return Reach(ways={**dataset.parents, **child.ways}, measures=kept, child=True)

    def _notice_overlap(self, measures: Sequence[Measure]) -> None:
        for item in measures:
            name = self.named_by(item.atom)
            if name not in self.overlapping:
                self.overlapping.add(name)
                self.notices.append(Notice(code="overlapping_groups", facts={"metric": name}))

    def _bridge(self, dataset: Dataset, fields: Sequence[BoundField]) -> Child | None:
        sources = self._sources(dataset, fields, dataset.parents)
        return bridge_for(dataset, sources, self.access.catalog.datasets, fields[0].name)

    def _sources(
        self, dataset: Dataset, fields: Sequence[BoundField], ways: Ways
    ) -> frozenset[str]:
        return frozenset().union(*(self._missing(dataset, bound, ways) for bound in fields))

    def _pairs(self, reach: Reach, fields: Sequence[BoundField], metric: str) -> Pairs | None:
        if reach.bridge is None:
            return None
        labels = {d.bound.name: d.label for d in self.dimensions if d.bound and d.label}
        return pairs_of(reach.bridge, fields, labels, self.wheres, metric)

    def _filters(
        self, dataset: Dataset, reach: Reach, atom: Atom, metric: str, without: str | None
    ) -> tuple[list[exp.Expr], list[SemiJoin]]:
        """Part the query's filters: conditions on rows, and conditions on children, one semi-join for each child.

        Tests of parts of the date are tests of the branch's own one, the atom's.
        """
        tested = parts_in([tree for _, tree in self.wheres])
        check_date(tested | set(self.query.parts), atom, metric)
        time = atom.time if tested else None
        plain: list[exp.Expr] = []
        tests = ChildTests()
        for item, test in self.wheres:
            tree = dated(test, time) if time else test
            names = dict.fromkeys(fields_of((item,)))
            if without and any(self.access.catalog.field(name).name == without for name in names):
                continue
            foreign = {
                name: bound
                for name in names
                if self._missing(dataset, bound := self.access.catalog.field(name), reach.ways)
            }
            if not foreign:
                plain.append(tree)
                continue
            child = self._child(dataset, list(foreign.values()), reach.ways, metric)
            tests.add(child, item, tree, foreign, grouped=reads_bridge(tree, reach))
        return plain, tests.semi_joins()

    def _correlated(self, item: SemiJoin) -> list[exp.Expr]:
        """Return what a semi-join reads of the fact and its parents."""
        first = item.joins[0]
        inner = {step.alias for step in item.joins}
        own = [column(first.child, left) for left, _ in first.on]
        return [
            *own,
            *(node for node in item.where.find_all(exp.Column) if node.table not in inner),
        ]

    def _missing(self, dataset: Dataset, bound: BoundField, ways: Ways) -> frozenset[str]:
        """Return what a field reads that lies on no way."""
        found = sources_of(bound.expr) | {bound.source}
        missing = frozenset(found - {dataset.name} - ways.keys())
        for source in sorted(missing & dataset.ambiguous.keys()):
            raise AmbiguousPath(bound.name, dataset.ambiguous[source])
        return missing

    def _child(
        self, dataset: Dataset, fields: Sequence[BoundField], ways: Ways, metric: str
    ) -> Child:
        sources = self._sources(dataset, fields, ways)
        datasets = self.access.catalog.datasets
        child = child_for(dataset, sources, datasets, fields[0].name)
        child = child or bridge_for(dataset, sources, datasets, fields[0].name)
        if child is None:
            raise self._no_path(metric, fields[0])
        return child

    def _no_path(self, metric: str, bound: BoundField) -> NoPath:
        possible = (item.name for item in self.access.catalog.fields_of(metric))
        return NoPath(metric, bound.name, possible)

    def _stateless(self, at: Slice, metric: str) -> None:
        if any(item.is_time for item in self.dimensions):
            raise NotSupported("undated_by_time", metric=metric)
        if at.name != "current":
            raise NotSupported("undated_compared", metric=metric)
        if at.period:
            self.notices.append(Notice(code="period_ignored", facts={"metric": metric}))

    def _refuse_cut_periods(
        self, at: Slice, time: TimeColumn | None, measures: Sequence[Measure]
    ) -> None:
        """Refuse windows that begin inside a period that the rows are given by, and means of what has none by day."""
        for item in at.ranges:
            if (
                time
                and time.grain is not Grain.DAY
                and self.calendar.floor(item.start, time.grain) != item.start
            ):
                metric = self.named_by(measures[0].atom)
                raise GrainTooFine(metric, Grain.DAY.value, time.grain.value)
        for measure in measures:
            if at.weighted and (measure.atom.agg != "sum" or measure.atom.snapshot):
                raise NotSupported("target_not_spread", metric=self.named_by(measure.atom))
            if at.each and measure.atom.agg not in {"sum", "count"}:
                raise NotSupported("mean_of_windows", metric=self.named_by(measure.atom))

    def _holds(self, given: Grain, at: Slice, item: Dimension) -> bool:
        """Say whether the rows' own periods make up those of a group."""
        return at.reads_whole(given, self.calendar) or item.holds_whole(given, self.calendar)

    @property
    def calendar(self) -> Calendar:
        """The model's calendar, as far as arithmetic goes."""
        return self.access.catalog.settings.calendar
