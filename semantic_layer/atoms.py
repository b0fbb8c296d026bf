"""Atoms: the smallest things that are aggregated. Metric kinds are macros over these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.frames import Frame


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A physical column, by the dataset or role that it is reached through."""

    source: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeColumn:
    """What `metric_time` means for a metric: a column and the grain that the data are given in.

    Attributes:
        timestamp: Whether it tells the time of day.
        zone: The zone that moments are read in, of a column of moments; None: the column is wall-clock time already.
    """

    ref: ColumnRef
    grain: Grain = Grain.DAY
    timestamp: bool = False
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Rows of one date of each period: a balance is not added over time.

    Attributes:
        agg: last or first.
        keys: Columns whose values each have a last date of their own.
    """

    agg: str
    keys: tuple[ColumnRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PerEntity:
    """A value of each entity, which an atom aggregates.

    Attributes:
        entity: The column that tells entities apart; rows without one take no part.
        formula: SQL over atom keys.
        atoms: What is aggregated for each entity.
    """

    entity: ColumnRef
    formula: exp.Expr
    atoms: Mapping[str, Atom]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a funnel.

    Attributes:
        entity: The column that tells entities apart in its rows.
        atom: Its rows and when they happened: the aggregate is the earliest moment.
    """

    entity: ColumnRef
    atom: Atom


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Stages that entities go through one after the other.

    Attributes:
        stages: In order; each comes not before the one it follows.
        window: How long after the entry the stages may come: a count and a grain, or None without an end.
        keys: Columns that tell entries apart where each is counted, or none where each entity is counted once.
        first: Whether only an entity's first entry ever counts.
        later: How many periods of the grain of `window` after the entry's own the last stage is, or None.
    """

    stages: tuple[Stage, ...]
    window: tuple[int, Grain] | None = None
    keys: tuple[ColumnRef, ...] = ()
    first: bool = False
    later: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """The smallest thing that is aggregated: metric kinds are macros over these.

    Attributes:
        key: Equal for equal atoms.
        dataset: Whose rows are aggregated.
        agg: sum, count, count_distinct, avg, min, max, median or percentile.
        expr: SQL over columns qualified by dataset or role; None counts rows.
        where: A condition on the rows, or None.
        time: The date that periods are cut on, or None for a state.
        p: The percentile, 0–1.
        snapshot: Which dates of a period count, or None for all.
        frames: Which days are read for the ones that are shown, outermost first.
        per_entity: What is aggregated instead of rows, or None.
        funnel: What is counted instead of rows: who reached a stage, or None.
        reached: That stage, counted from 0, those who entered.
    """

    key: str
    dataset: str
    agg: str
    expr: exp.Expr | None
    where: exp.Expr | None
    time: TimeColumn | None
    p: float | None = None
    snapshot: Snapshot | None = None
    frames: tuple[Frame, ...] = ()
    per_entity: PerEntity | None = None
    funnel: Funnel | None = None
    reached: int = 0

    @property
    def is_nested(self) -> bool:
        """Whether it aggregates something else than rows, which does not add up over groups."""
        return self.per_entity is not None or self.funnel is not None

    def inner(self) -> Iterator[Atom]:
        """Yield the atoms that read rows: itself, those of each entity, or those of each stage."""
        if self.per_entity is not None:
            for atom in self.per_entity.atoms.values():
                yield from atom.inner()
        elif self.funnel is not None:
            yield from (stage.atom for stage in self.funnel.stages)
        else:
            yield self
