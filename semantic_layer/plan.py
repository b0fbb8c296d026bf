"""The plan of a query: which rows are read, how they are grouped, and how columns are computed from them. Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from semantic_layer.atoms import Atom, Funnel
from semantic_layer.calendar import DatePart, Grain, Period
from semantic_layer.catalog import BoundField, Join
from semantic_layer.model_calendar import Calendar
from semantic_layer.pairs import Pairs, SemiJoin
from semantic_layer.query import MetricQuery
from semantic_layer.result import Column, Notice
from semantic_layer.slices import Slice, View
from semantic_layer.validator import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One grouping key of the query.

    Attributes:
        name: Its column in every branch: k1, k2, …
        column: What the result calls it.
        bound: The field, or None for the time.
        grain: The time grain, or None for a field.
        part: The part of the date that recurs, or None.
        calendar: The column of the table of days that holds the grain's periods, or None.
        label: The column that names its members in the asker's language, or None.
        label_name: That column's name in every branch.
    """

    name: str
    column: Column
    bound: BoundField | None = None
    grain: str | None = None
    part: DatePart | None = None
    calendar: str | None = None
    label: str | None = None
    label_name: str | None = None

    @property
    def is_time(self) -> bool:
        """Whether it groups by the date."""
        return not (self.grain is None and self.part is None)

    def holds_whole(self, given: Grain, calendar: Calendar) -> bool:
        """Say whether whole periods of a grain make up those of a group; those of a table are made of days."""
        if self.calendar is not None:
            return given is Grain.DAY
        return self.grain is None or calendar.nests(given, self.grain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One aggregate of a branch: an atom under its column name."""

    name: str
    atom: Atom


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One scan of one fact, joined many-to-one, cut to some days, grouped by the dimensions.

    Attributes:
        name: Its CTE.
        comment: What it computes, for people who read the SQL.
        dataset: The fact.
        joins: The steps to every parent that it needs, parents after their children.
        columns: Alias → physical columns that are read there.
        where: Conditions on rows, without the metrics' own.
        slice: The days that are read.
        measures: The aggregates.
        views: The slices that share the scan, or none where it serves its own slice only.
        semi_joins: Filters on children of the fact.
        overlaps: Whether a child or a bridge is joined, so that a row may be in several groups.
        pairs: The bridge that it is grouped over, or None.
        rest_of: The field whose members in the rows above are left out, or None.
        calendar: Columns of the calendar table that are grouped by.
    """

    name: str
    comment: str
    dataset: str
    joins: tuple[Join, ...]
    columns: Mapping[str, frozenset[str]]
    where: tuple[exp.Expr, ...]
    slice: Slice
    measures: tuple[Measure, ...]
    views: tuple[View, ...] = ()
    semi_joins: tuple[SemiJoin, ...] = ()
    overlaps: bool = False
    pairs: Pairs | None = None
    rest_of: BoundField | None = None
    calendar: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityBranch:
    """Aggregates over entities: the query grouped by the entity too, and then aggregated over it.

    Attributes:
        name: Its CTE.
        comment: What it computes, for people who read the SQL.
        inner: The plan of one row per group and entity; its last dimension is the entity.
        measures: The aggregates; each reads the inner output of its place.
    """

    name: str
    comment: str
    inner: Plan
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageScan:
    """The rows of one stage of a funnel.

    Attributes:
        rows: Where they are read.
        entity: The column that tells entities apart.
        at: When they happened.
        keys: Columns that tell the rows apart, where each one counts.
    """

    rows: RowScan
    entity: exp.Expr
    at: exp.Expr
    keys: tuple[exp.Expr, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelBranch:
    """Who entered, and who of those reached each stage after.

    Attributes:
        name: Its CTE.
        comment: What it computes, for people who read the SQL.
        funnel: The stages and how long after the entry they may come.
        inner: The plan of one row per group and entry, with its moment; the dimensions after the query's own are
            the entity and what tells its entries apart.
        entries: All entries, whatever the period and the filters, where others than the shown ones matter.
        steps: The rows of each later stage.
        measures: The counts.
    """

    name: str
    comment: str
    funnel: Funnel
    inner: Plan
    entries: StageScan | None
    steps: tuple[StageScan, ...]
    measures: tuple[Measure, ...]


AnyBranch = Branch | EntityBranch | FunnelBranch


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One computed column: m1, m2, … over the measures of all branches.

    Attributes:
        name: Its column in the computed CTE.
        column: What the result calls it; None where it only serves order or having.
        value: SQL over measure names and, for windows, over other outputs' names.
        windowed: Whether `value` looks across rows, so that it is computed after the others and before any cut.
    """

    name: str
    column: Column | None
    value: exp.Expr
    windowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowScan:
    """Rows of one dataset with the parents that are read beside them.

    Attributes:
        alias: What the dataset is called: its name, or a role.
        dataset: The dataset.
        joins: The steps to every parent that is needed.
        columns: Alias → physical columns that are read there.
        where: What holds for the rows.
    """

    alias: str
    dataset: str
    joins: tuple[Join, ...]
    columns: Mapping[str, frozenset[str]]
    where: tuple[exp.Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberScan:
    """The members of some fields, listed where they live, whether or not any fact names them."""

    dimensions: tuple[Dimension, ...]
    rows: RowScan


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows that appear without facts: every member, or those that facts have, in every period.

    Attributes:
        members: The lists that are crossed; empty: the members that facts have.
        buckets: First days of the periods, or empty without a time.
    """

    members: tuple[MemberScan, ...]
    buckets: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Values asked again by some of the groups only, laid beside every row that is part of them.

    Attributes:
        name: What its columns are called by in outputs: `name.m1`.
        keys: Pairs of a dimension's name here and there.
        plan: What is asked.
    """

    name: str
    keys: tuple[tuple[str, str], ...]
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One key of the total order."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that the compiler needs, and everything that an explanation shows.

    Attributes:
        dimensions: The grouping keys, in the query's order.
        branches: One per fact and slice, stitched null-safely on the dimensions.
        outputs: The computed columns.
        having: Conditions over output names.
        order: Sort keys; the dimensions break ties (rule 12).
        total: The same question without grouping, or None.
        others: The same without grouping for the members that the limit cuts, or None.
        wholes: What outputs are parts of, where the rows do not add up to it.
        grid: The rows that must appear, or None where only facts make rows.
        through: The last day with data, or None where the metrics have no date.
        parameters: Values to bind.
    """

    query: MetricQuery
    dimensions: tuple[Dimension, ...]
    branches: tuple[AnyBranch, ...]
    outputs: tuple[Output, ...]
    having: tuple[exp.Expr, ...] = ()
    order: tuple[SortKey, ...] = ()
    limit: int | None = None
    ties: str = "cut"
    per: str | None = None
    total: Plan | None = None
    others: Plan | None = None
    wholes: tuple[Whole, ...] = ()
    grid: Grid | None = None
    period: Period | None = None
    base_period: Period | None = None
    through: date | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns that name members, by what every branch calls them."""
        return tuple(item.label_name for item in self.dimensions if item.label_name)

    def scans(self) -> Iterator[tuple[Plan, Branch]]:
        """Yield every branch that reads rows, with the plan that it belongs to."""
        for item in self.branches:
            if isinstance(item, Branch):
                yield self, item
            else:
                yield from item.inner.scans()
