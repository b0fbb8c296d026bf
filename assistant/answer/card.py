"""The answer card: everything a surface shows, worded and formatted in one language. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from semantic_layer.result import Status

Tone = Literal["good", "bad", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One piece of the reading: what was understood, e.g. 指标 销售额."""

    kind: Literal["metric", "period", "group", "filter", "compare", "order", "certified", "scope"]
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One tile. `direction` draws the arrow, `tone` colours it (colour is never alone).

    `status` is how far a target is reached, by the thresholds of its definition; `status_text` says it.
    """

    label: str
    value: str
    delta: str | None = None
    direction: Literal["up", "down", "flat"] = "flat"
    tone: Tone = "neutral"
    basis: str | None = None
    progress: float | None = None
    status: Status | None = None
    status_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """One column head of the shown table; numeric columns are right-aligned."""

    name: str
    label: str
    numeric: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The shown table: formatted cells, raw values beside them for sorting."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    raw: tuple[tuple[Any, ...], ...]
    row_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNote:
    """How one metric is defined, in the asker's language.

    Attributes:
        facts: What else is declared, as heading and words: target, drivers, way to drill, successor.
        governance: The same as data, in catalog names.
    """

    name: str
    label: str
    formula: str
    description: str
    unit: str
    owner: str
    certified: str
    facts: tuple[tuple[str, str], ...] = ()
    governance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How this was calculated."""

    summary: str
    definitions: tuple[MetricNote, ...]
    period: str
    data_through: str
    filters: tuple[str, ...]
    permission: str
    semantic_sql: str
    sql: str
    checks: tuple[tuple[str, str, str], ...]
    timings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a clarification, or a near question of a refusal: `question` is asked when it is chosen."""

    label: str
    detail: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlinePart:
    """A run of the headline; `bold` marks a number bound to a cell, `tone` colours a change."""

    text: str
    bold: bool = False
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One answer as shown.

    Attributes:
        status: answered, clarification, refused or error.
        language: The language of every text in here.
        headline: Sentences in runs.
        chart: A Vega-Lite spec without theme, or None where a table says it better.
        chart_title: The heading over chart and table.
        chart_reason: Why this kind of chart.
        notes: Warnings in words (partial period, truncated, …).
    """

    status: Literal["answered", "clarification", "refused", "error"]
    language: str
    headline: tuple[HeadlinePart, ...]
    chips: tuple[Chip, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    chart: Mapping[str, Any] | None = None
    chart_title: str = ""
    chart_reason: str = ""
    table: Table | None = None
    notes: tuple[str, ...] = ()
    how: How | None = None
    options: tuple[Option, ...] = ()
    follow_ups: tuple[str, ...] = ()
