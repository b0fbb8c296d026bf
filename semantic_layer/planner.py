"""MetricQuery in, Plan out: names looked up, joins found, rights applied, time sliced; or a refusal with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial

from sqlglot import exp

from semantic_layer.atoms import Atom
from semantic_layer.branching import Branching
from semantic_layer.calendar import Period
from semantic_layer.catalog import BoundField, BoundMetric
from semantic_layer.conditions import Parameters, condition, having
from semantic_layer.date_parts import check_base, check_frames
from semantic_layer.dating import Dating
from semantic_layer.frames import Frame
from semantic_layer.framing import Framing
from semantic_layer.freshness import freshness, stated
from semantic_layer.funnels import still_open
from semantic_layer.governance import deprecations
from semantic_layer.grains import with_periods
from semantic_layer.grid import grid_of
from semantic_layer.grouping import dimensions_of, named_by
from semantic_layer.listed import Listed, base_of, check_periods
from semantic_layer.model_calendar import Calendar
from semantic_layer.nesting import entity_branch, funnel_branch, nest_of
from semantic_layer.ordering import per_key, sort_keys
from semantic_layer.outputs import Outputs
from semantic_layer.parents import grouped_by_parents
from semantic_layer.plan import (
    AnyBranch,
    Dimension,
    Measure,
    Plan,
    Whole,
)
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery, MetricUse
from semantic_layer.result import Notice
from semantic_layer.rows_below import UNGROUPED, has_total, rest_of
from semantic_layer.sharing import BranchKey, readings
from semantic_layer.slices import Slice, current_slice
from semantic_layer.sql_nodes import column


def plan(
    query: MetricQuery,
    access: Access,
    *,
    through: date | None = None,
    since: date | None = None,
    language: str | None = None,
    listed: Listed | None = None,
) -> Plan:
    """Plan a query for a principal.

    Args:
        query: What is asked.
        access: What the asker may see; hidden names are unknown names.
        through: The last day with data in the query's facts, not later than the asker's today.
        since: The first day with data, for windows over all of them.
        language: Members that are named by a column in this language bring that column along.
        listed: The periods of the table of days, where the query groups by one of its grains.

    Returns:
        A plan whose every scan carries the asker's row rule.

    Raises:
        QueryError: What cannot be answered, with the reason and what is possible instead.
    """
    return _Planner(
        query=grouped_by_parents(query, access.catalog),
        access=access,
        through=through,
        since=since,
        language=language,
        listed=listed or {},
    ).plan()


@dataclass
class _Planner:
    query: MetricQuery
    access: Access
    through: date | None
    since: date | None
    language: str | None
    base: Slice | None = None
    shown: Period | None = None
    rest_of: BoundField | None = None
    date: str | None = None
    listed: Listed = field(default_factory=dict)
    parameters: Parameters = field(default_factory=Parameters)
    names: dict[tuple[str, Slice, tuple[Frame, ...]], str] = field(default_factory=dict)
    entities: dict[BranchKey, list[Measure]] = field(default_factory=dict)
    branches: dict[BranchKey, list[Measure]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    wholes: dict[tuple[str, ...], Whole] = field(default_factory=dict)

    @cached_property
    def dating(self) -> Dating:
        return Dating(query=self.query, catalog=self.access.catalog, default=self.date)

    @cached_property
    def calendar(self) -> Calendar:
        return with_periods(self.access.catalog, self.listed)

    def plan(self) -> Plan:
        self.parameters.values.update(self.access.parameters)
        dimensions = dimensions_of(self.dating, self.language)
        current = current_slice(self.query, self.through)
        self.shown = current.period
        base = self.base
        if self.query.compare and base is None:
            base = base_of(self.query, self.calendar, self.since, self.through)
        check_base(self.query, base)
        outputs = self._outputs(dimensions, current, base)
        tests = tuple(
            having(item, outputs.value_of(item.metric, item.modifier), self.parameters)
            for item in self.query.having
        )
        order = tuple(sort_keys(self.query, self.access.catalog, dimensions, outputs))
        branching = self._branching(dimensions)
        built = self.built(branching)
        rest = rest_of(self.query, dimensions, overlapping=bool(self.wholes))
        timed = any(item.atom.time for found in self.branches.values() for item in found)
        self.notices += freshness(self.query, base, self.through, self.calendar, timed=timed)
        self.notices += deprecations(self.query, self.access.catalog)
        return Plan(
            query=self.query,
            dimensions=dimensions,
            branches=built,
            outputs=tuple(outputs.found),
            having=tests,
            order=order,
            limit=self.query.limit,
            ties=self.query.ties,
            per=per_key(self.query, self.access.catalog, dimensions),
            total=self._whole(base, None) if has_total(self.query) else None,
            others=self._whole(base, rest) if rest else None,
            wholes=tuple(self.wholes.values()),
            grid=grid_of(
                self.query, dimensions, self.access, [tree for _, tree in branching.wheres]
            ),
            period=self.query.period.days if self.query.period else None,
            base_period=stated(base),
            through=self.through,
            parameters=self.parameters.values,
            notices=(*outputs.notices, *branching.notices, *self.notices),
        )

    def _outputs(
        self, dimensions: tuple[Dimension, ...], current: Slice, base: Slice | None
    ) -> Outputs:
        outputs = Outputs(
            query=self.query,
            catalog=self.access.catalog,
            dating=self.dating,
            calendar=self.calendar,
            dimensions=dimensions,
            current=current,
            base=base,
            through=self.through,
            measure=self.measure,
            whole_of=self.whole_of,
        )
        outputs.add_all()
        return outputs

    def _branching(self, dimensions: tuple[Dimension, ...]) -> Branching:
        wheres = tuple(
            (item, condition(item, self.access.catalog.field, self.parameters))
            for item in self.query.where
        )
        return Branching(
            query=self.query,
            access=self.access,
            dimensions=dimensions,
            wheres=wheres,
            named_by=partial(named_by, self.dating),
            rest_of=self.rest_of,
        )

    def built(self, branching: Branching) -> tuple[AnyBranch, ...]:
        """Return the branches of everything that was measured."""
        scans = [
            replace(branching.build(f"b{index}", item.measures, item.at), views=item.views)
            for index, item in enumerate(
                readings(self.branches, self.query.time_grain, self.calendar), 1
            )
        ]
        nested = [
            self._nested(index, measures, at, branching)
            for index, ((_, _, at), measures) in enumerate(self.entities.items(), 1)
        ]
        return (*scans, *nested)

    def _nested(
        self, index: int, measures: Sequence[Measure], at: Slice, branching: Branching
    ) -> AnyBranch:
        """Plan what is aggregated again under the same groups, filters and days."""
        below = replace(self, names={}, branches={}, entities={}, notices=[])
        atom = measures[0].atom
        if atom.funnel is None:
            return entity_branch(f"e{index}", measures, at, branching, below)
        metric = branching.named_by(atom)
        self.notices += still_open(atom, metric, at, self.through)
        return funnel_branch(f"f{index}", measures, at, branching, below)

    def measure(self, atom: Atom, at: Slice) -> str:
        """Return the column that holds an atom over a slice; equal ones are read once."""
        if atom.is_nested:
            return self._measure_nested(atom, at)
        check_frames(self.query, atom)
        if atom.frames:
            at = self._framed(atom, at)
        known = self.names.get((atom.key, at, ()))
        if known is None:
            known = self.names[(atom.key, at, ())] = f"a{len(self.names) + 1}"
            self.branches.setdefault((atom.dataset, (atom.time, atom.snapshot), at), []).append(
                Measure(name=known, atom=atom)
            )
        return known

    def _framed(self, atom: Atom, at: Slice) -> Slice:
        """Return the days that an atom with windows or offsets reads."""
        check_periods(self.query, self.calendar)
        framing = Framing(
            grain=self.query.time_grain,
            shown=self.shown,
            since=self.since,
            through=self.through,
            calendar=self.calendar,
        )
        return framing.slice(at, atom.frames)

    def whole_of(self, metric: BoundMetric, within: tuple[Dimension, ...]) -> exp.Expr:
        """Return the column of a metric that is asked again by some of the groups only."""
        key = (metric.name, metric.date or "", *(item.name for item in within))
        if key not in self.wholes:
            groups = tuple(self.query.group_by[int(item.name[1:]) - 1] for item in within)
            own = MetricUse(metric=metric.name, time=metric.date)
            asked = {**UNGROUPED, "group_by": groups, "metrics": (own,), "compare": None}
            planner = replace(
                self,
                query=self.query.model_copy(update=asked),
                language=None,
                names={},
                entities={},
                branches={},
                notices=[],
                wholes={},
            )
            pairs = tuple((item.name, f"k{place}") for place, item in enumerate(within, 1))
            name = f"w{len(self.wholes) + 1}"
            self.wholes[key] = Whole(name=name, keys=pairs, plan=planner.plan())
        return column(self.wholes[key].name, "m1")

    def _measure_nested(self, atom: Atom, at: Slice) -> str:
        known = self.names.get((atom.key, at, atom.frames))
        if known is None:
            known = self.names[(atom.key, at, atom.frames)] = f"a{len(self.names) + 1}"
            key = (nest_of(atom), (frozenset(item.key for item in atom.inner()), atom.frames), at)
            self.entities.setdefault(key, []).append(Measure(name=known, atom=atom))
        return known

    def _whole(self, base: Slice | None, rest_of: BoundField | None) -> Plan:
        """Plan the same question without groups, of all rows or of the rest."""
        whole = self.query.model_copy(update=UNGROUPED)
        planner = _Planner(
            query=whole,
            access=self.access,
            through=self.through,
            since=self.since,
            language=None,
            base=replace(base, days=()) if base else None,
            parameters=self.parameters,
            rest_of=rest_of,
            date=self.dating.role,
            listed=self.listed,
        )
        return replace(planner.plan(), notices=())
