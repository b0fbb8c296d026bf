"""MetricQuery in, Plan out: names looked up, joins found, rights applied, time sliced; or a refusal with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice

from semantic_layer.branching import Branching
from semantic_layer.calendar import Grain, Period, period_of, periods
from semantic_layer.catalog import Atom, BoundField
from semantic_layer.conditions import Parameters, condition, having
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.outputs import Outputs, column_name, uses
from semantic_layer.plan import Dimension, Measure, Plan, SortKey
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery, TimeGroup
from semantic_layer.result import Cell, Column, Notice, Role
from semantic_layer.slices import Slice, base_slice, current_slice

MAX_BUCKETS = 4_000
BranchKey = tuple[str, object, Slice]


def plan(
    query: MetricQuery, access: Access, *, through: date | None = None, language: str | None = None
) -> Plan:
    """Plan a query for a principal.

    Args:
        query: What is asked.
        access: What the asker may see; hidden names are unknown names.
        through: The last day with data in the query's facts, not later than the asker's today.
        language: Members that are named by a column in this language bring that column along.

    Returns:
        A plan whose every scan carries the asker's row rule.

    Raises:
        QueryError: What cannot be answered, with the reason and what is possible instead.
    """
    return _Planner(query=query, access=access, through=through, language=language).plan()


@dataclass
class _Planner:
    query: MetricQuery
    access: Access
    through: date | None
    language: str | None
    base: Slice | None = None
    parameters: Parameters = field(default_factory=Parameters)
    names: dict[tuple[str, Slice], str] = field(default_factory=dict)
    branches: dict[BranchKey, list[Measure]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def plan(self) -> Plan:
        self.parameters.values.update(self.access.parameters)
        dimensions = self._dimensions()
        current = current_slice(self.query, self.through)
        base = self.base
        if self.query.compare and base is None:
            base = base_slice(self.query, self.through)
        outputs = Outputs(
            query=self.query,
            catalog=self.access.catalog,
            dimensions=dimensions,
            current=current,
            base=base,
            through=self.through,
            measure=self.measure,
        )
        outputs.add_all()
        tests = tuple(
            having(item, outputs.value_of(item.metric, item.modifier), self.parameters)
            for item in self.query.having
        )
        order = tuple(self._order(dimensions, outputs))
        branching = self._branching(dimensions)
        built = tuple(
            branching.build(f"b{index}", measures, at)
            for index, ((_, _, at), measures) in enumerate(self.branches.items(), 1)
        )
        self._refuse_shares(branching.overlapping)
        self._notice_partial(dimensions)
        self._notice_base(base)
        return Plan(
            query=self.query,
            dimensions=dimensions,
            branches=built,
            outputs=tuple(outputs.found),
            having=tests,
            order=order,
            limit=self.query.limit,
            ties=self.query.ties,
            per=self._per(dimensions),
            total=self._total(base),
            buckets=self._buckets(dimensions),
            period=self.query.period.days if self.query.period else None,
            base_period=_stated(base),
            parameters=self.parameters.values,
            notices=(*outputs.notices, *branching.notices, *self.notices),
        )

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
            named_by=self._named_by,
        )

    def _refuse_shares(self, overlapping: set[str]) -> None:
        for use in self.query.metrics:
            if use.modifier == "share" and use.metric in overlapping:
                raise NotSupported("share_of_overlapping", metric=use.metric)

    def measure(self, atom: Atom, at: Slice) -> str:
        """Return the column that holds an atom over a slice; equal ones are read once."""
        known = self.names.get((atom.key, at))
        if known is None:
            known = self.names[(atom.key, at)] = f"a{len(self.names) + 1}"
            self.branches.setdefault((atom.dataset, atom.time, at), []).append(
                Measure(name=known, atom=atom)
            )
        return known

    def _dimensions(self) -> tuple[Dimension, ...]:
        found: list[Dimension] = []
        for index, group in enumerate(self.query.group_by, 1):
            if isinstance(group, TimeGroup):
                column = Column(name=group.time.value, role=Role.TIME, grain=group.time)
                found.append(Dimension(name=f"k{index}", column=column, grain=group.time))
            else:
                found.append(self._field_dimension(index, self.access.catalog.field(group)))
        names = [item.bound.name if item.bound else item.column.name for item in found]
        if len(set(names)) < len(names) or sum(item.grain is not None for item in found) > 1:
            raise NotSupported("grouped_twice")
        return tuple(found)

    def _field_dimension(self, index: int, bound: BoundField) -> Dimension:
        taken = sum(
            isinstance(other, str) and other.rsplit(".", 1)[-1] == bound.key
            for other in self.query.group_by
        )
        names = {use.metric for use in self.query.metrics} | set(Grain)
        names |= {column_name(use.metric, use.modifier) for use in uses(self.query)}
        name = bound.key if taken == 1 and bound.key not in names else bound.name
        column = Column(name=name, role=Role.DIMENSION, grouped_by=bound.name, label=bound.label)
        label = bound.label_columns.get(self.language or "")
        return Dimension(
            name=f"k{index}",
            column=column,
            bound=bound,
            label=label,
            label_name=f"n{index}" if label else None,
        )

    def _named_by(self, atom: Atom) -> str:
        """Return the asked metric that an atom serves, for messages and comments."""
        catalog = self.access.catalog
        asked = dict.fromkeys(
            [use.metric for use in self.query.metrics] + [item.metric for item in self.query.having]
        )
        asked |= dict.fromkeys(item.metric for item in self.query.order_by if item.metric)
        for name in asked:
            metric = catalog.metric(name)
            if atom.key in metric.atoms:
                return name
        for name in asked:
            target = catalog.metric(name).spec.target
            goal = catalog.metrics.get(target.metric) if target and target.metric else None
            if goal is not None and atom.key in goal.atoms:
                return goal.name
        raise AssertionError("every atom serves a metric that is asked for")

    def _order(self, dimensions: tuple[Dimension, ...], outputs: Outputs) -> Iterable[SortKey]:
        by_field = {item.bound.name: item.name for item in dimensions if item.bound}
        for key in self.query.order_by:
            descending = key.dir == "desc"
            if key.metric:
                yield SortKey(name=outputs.ensure(key.metric, key.modifier), descending=descending)
            elif key.time:
                name = next((item.name for item in dimensions if item.grain is key.time), None)
                if name is None:
                    raise NotSupported("order_by_ungrouped", by=key.time.value)
                yield SortKey(name=name, descending=descending)
            else:
                bound = self.access.catalog.field(key.field or "")
                if bound.name not in by_field:
                    raise NotSupported("order_by_ungrouped", by=bound.name)
                yield SortKey(name=by_field[bound.name], descending=descending)

    def _per(self, dimensions: tuple[Dimension, ...]) -> str | None:
        if self.query.per is None:
            return None
        if self.query.limit is None or not any(key.metric for key in self.query.order_by):
            raise NotSupported("top_per_group_without_order")
        bound = self.access.catalog.field(self.query.per)
        for item in dimensions:
            if item.bound and item.bound.name == bound.name:
                return item.name
        raise NotSupported("top_per_ungrouped", field=bound.name)

    def _total(self, base: Slice | None) -> Plan | None:
        """Plan the same question without groups; its base is the days that the rows' bases are made of."""
        if not self.query.totals or not self.query.group_by:
            return None
        if self.query.compare and self.query.period is None:
            raise NeedsPeriod("total_of_comparison")
        whole = self.query.model_copy(
            update={
                "group_by": (),
                "having": (),
                "order_by": (),
                "limit": None,
                "per": None,
                "fill": None,
                "totals": False,
            }
        )
        planner = _Planner(
            query=whole,
            access=self.access,
            through=self.through,
            language=None,
            base=replace(base, days=()) if base else None,
            parameters=self.parameters,
        )
        return replace(planner.plan(), notices=())

    def _buckets(self, dimensions: tuple[Dimension, ...]) -> tuple[date, ...]:
        if self.query.fill is None:
            return ()
        if len(dimensions) != 1 or dimensions[0].grain is None:
            raise NotSupported("fill_beside_groups")
        if self.query.period is None:
            raise NotSupported("fill_without_period")
        found = islice(periods(self.query.period.days, dimensions[0].grain), MAX_BUCKETS + 1)
        buckets = tuple(item.start for item in found)
        if len(buckets) > MAX_BUCKETS:
            raise NotSupported("fill_too_many", limit=MAX_BUCKETS)
        return buckets

    def _notice_base(self, base: Slice | None) -> None:
        """Say where a stated base was cut to the part that the running period has come to."""
        compare = self.query.compare
        if base is None or base.period is None or compare is None or isinstance(compare.to, str):
            return
        if base.period != compare.to.days:
            facts: dict[str, Cell] = {
                "start": base.period.start.isoformat(),
                "last": base.period.last.isoformat(),
            }
            self.notices.append(Notice(code="base_aligned", facts=facts))

    def _notice_partial(self, dimensions: tuple[Dimension, ...]) -> None:
        if self.through is None or not any(
            measure.atom.time for found in self.branches.values() for measure in found
        ):
            return
        period = self.query.period.days if self.query.period else None
        through = self.through.isoformat()
        if period is not None and period.start <= self.through < period.last:
            facts = {"last": period.last.isoformat(), "through": through}
            self.notices.append(Notice(code="period_beyond_data", facts=facts))
        grain = next((item.grain for item in dimensions if item.grain), None)
        if (
            grain is None
            or grain is Grain.DAY
            or (period is not None and self.through not in period)
        ):
            return
        if period_of(self.through, grain).last != self.through:
            bucket = period_of(self.through, grain).start.isoformat()
            self.notices.append(
                Notice(
                    code="partial_bucket",
                    facts={"bucket": bucket, "grain": grain.value, "through": through},
                )
            )


def _stated(base: Slice | None) -> Period | None:
    """Return the base's days, or None where it has no beginning."""
    if base is None or base.period is None or base.period.start == date.min:
        return None
    return base.period
