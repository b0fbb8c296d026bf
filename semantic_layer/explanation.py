"""How a query is answered, as plain data: which definitions, rows, joins, filters, rights and assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from semantic_layer.result import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What one metric means.

    Attributes:
        metric: Its name; those that are asked for come first, then what they are made of.
        asked: Whether the query asks for it or holds something against it.
        formula: Its arithmetic with the aggregates in place.
        aggregates: What is read from rows.
        owner: Who answers for it, or nothing.
        certified: When it was certified, as ISO text, or nothing.
    """

    metric: str
    asked: bool
    formula: str
    aggregates: tuple[str, ...]
    owner: str
    certified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Which rows one branch reads.

    Attributes:
        branch: Its CTE.
        serves: What it computes, as its comment in the SQL says.
        dataset: The fact.
        date: The column that its days are cut on, or nothing.
        slice: current, base, aligned or target; with `window` behind it where other days than the shown ones are read.
        start: The first day, ISO; nothing where all earlier ones are read.
        end: The day after the last one, ISO, or nothing.
        ranges: How many windows of days it reads, or 0.
        snapshot: last or first, where only the rows of one date of each period count.
        aggregates: What is computed of them.
        paths: How each parent is reached: fact → parent → its parent.
        on: The keys of each join.
        children: Datasets below the fact whose rows only decide whether the fact's rows stay.
        filters: Conditions on rows, those of the metrics left out.
        metric_filters: Conditions of the metrics' own.
        overlaps: Whether a row may be in several groups.
    """

    branch: str
    serves: str
    dataset: str
    date: str
    slice: str
    start: str
    end: str
    ranges: int
    snapshot: str
    aggregates: tuple[str, ...]
    paths: tuple[str, ...]
    on: tuple[str, ...]
    children: tuple[str, ...]
    filters: tuple[str, ...]
    metric_filters: tuple[str, ...]
    overlaps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a role may see of a dataset: a condition as the definitions write it, or `all`."""

    dataset: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Whose rights were put on every scan."""

    principal: str
    role: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What was taken for granted, as a code and its facts."""

    code: str
    facts: Mapping[str, Cell | dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """One sort key, by its column in the result."""

    by: str
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a query is answered, without running it.

    Attributes:
        having: Conditions on values, after aggregation.
        order: Sort keys; the groups break ties.
        limit: How many rows stay, or None; `per` member of a group, where it says so.
        below: Rows under the rows, asked again without groups: total, others.
    """

    definitions: tuple[Definition, ...]
    groups: tuple[str, ...]
    rows: tuple[Rows, ...]
    having: tuple[str, ...]
    rights: Rights
    assumptions: tuple[Assumption, ...]
    order: tuple[Ordering, ...]
    limit: int | None
    ties: str
    per: str | None
    below: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """Return it as plain values that JSON can hold."""
        return asdict(self)
