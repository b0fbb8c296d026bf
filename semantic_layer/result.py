"""What a query gives: an Arrow table whose columns know what they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import pyarrow as pa

from semantic_layer.calendar import DatePart, Grain, Period
from semantic_layer.labels import Labels
from semantic_layer.query import MetricQuery, Modifier

Cell = str | int | float | bool | None
SAFE_INTEGER = 2**53
Status = Literal["reached", "close", "behind", "alert"]
"""How far a target is reached: at 100 %, from `warn` on, below it, below `alert`."""


class Role(StrEnum):
    """What a result column is."""

    DIMENSION = "dimension"
    TIME = "time"
    METRIC = "metric"
    BASE = "base"
    CHANGE = "change"
    CHANGE_PCT = "change_pct"
    SHARE = "share"
    RANK = "rank"
    TARGET = "target"
    ATTAINMENT = "attainment"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscal:
    """What fiscal periods are called.

    Attributes:
        grain: fiscal_year or fiscal_quarter.
        first_month: The month that fiscal years begin in.
        named_by: Whether a year has the number of the calendar year that it ends in, or of the one that it starts in.
    """

    grain: str
    first_month: int
    named_by: str

    def year(self, day: date) -> int:
        """Return the number of the fiscal year that a day lies in."""
        start = day.year - (day.month < self.first_month)
        return start + (self.named_by == "end" and self.first_month > 1)

    def quarter(self, day: date) -> int:
        """Return the number of the fiscal quarter that a day lies in."""
        return (day.month - self.first_month) % 12 // 3 + 1


def column_name(metric: str, modifier: Modifier, time: str | None = None) -> str:
    """Return what a column is called in results: the metric, with its date and the modifier behind it."""
    dated = f"{metric}_by_{time.rsplit('.', 1)[-1]}" if time else metric
    return dated if modifier == "value" else f"{dated}_{modifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a result.

    Attributes:
        name: Unique in the result; the key in SQL and JSON.
        role: What it holds.
        metric: The catalog metric it was made of, if any.
        grouped_by: The catalog field (`dataset.field` or `role.field`) whose members it holds, if any.
        grain: The calendar grain of a time column.
        fiscal: For a time column of fiscal years or quarters: what they are called.
        part: For a dimension of parts of dates (1 is Monday, January, …): which part.
        label: The metric's or field's own name; words for the role are added at the edge.
        unit: ISO currency code, percent, pp, count, days, hours, score, or a text per language; None for dimensions.
        good: Which direction is good: up, down or neither.
        modifier: What was made of the metric: a MetricQuery's word, `value` for the metric itself.
        date: What the date is called that the column is counted on or grouped by, where it is not the metric's own.
        label_of: For a column that only names the members of another one in a language: that column's name.
        warn: For an attainment: the share of the target below which it is behind; None where nothing is declared.
        alert: The share below which it is far behind.
    """

    name: str
    role: Role
    metric: str | None = None
    grouped_by: str | None = None
    grain: Grain | None = None
    fiscal: Fiscal | None = None
    part: DatePart | None = None
    label: Labels = field(default_factory=Labels)
    unit: str | Labels | None = None
    good: str = "neither"
    modifier: str = "value"
    label_of: str | None = None
    date: Labels = field(default_factory=Labels)
    warn: float | None = None
    alert: float | None = None

    def status_of(self, value: object) -> Status | None:
        """Return how far a target is reached; None for a column that is no attainment, or an empty cell.

        More is always better: attainment of a target that is not to be passed is target ÷ actual.
        """
        if self.role is not Role.ATTAINMENT or not isinstance(value, int | float | Decimal):
            return None
        if value >= 1:
            return "reached"
        if self.alert is not None and value < self.alert:
            return "alert"
        return "close" if self.warn is not None and value >= self.warn else "behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One verification of a result; `status` is passed, warning, failed or not_applicable."""

    name: str
    status: str
    facts: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the asker must know about a result, as a code and its facts."""

    code: str
    facts: Mapping[str, Cell | Labels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A table with its proof.

    Attributes:
        columns: One for each column of `table`, in order.
        table: The rows in the order shown; a totals row, if any, comes last.
        row_kinds: `data`, `others` (all members that a limit cut) or `total`, one for each row.
        query: The question in catalog names; None for SQL around several such questions.
        semantic_sql: The same question as semantic SQL.
        sql: The SQL that ran, pretty-printed, with the values in place.
        parameters: The values that were bound.
        period: The days asked for, or None for all data.
        base_period: The days compared with, or None.
        data_through: The last day with data, or None where the metrics have no date.
        truncated: Whether the row limit of the engine cut the rows.
        notices: Warnings, e.g. a partial period.
        checks: Verifications that ran with the query.
        seconds: By stage: plan, compile, validate, execute.
        leaves: The governed questions of a composed query, which has no `query` of its own.
    """

    columns: tuple[Column, ...]
    table: pa.Table
    row_kinds: tuple[str, ...]
    query: MetricQuery | None
    semantic_sql: str
    sql: str
    parameters: Mapping[str, object]
    period: Period | None
    base_period: Period | None
    data_through: date | None
    truncated: bool
    notices: tuple[Notice, ...] = ()
    checks: tuple[Check, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    leaves: tuple[MetricQuery, ...] = ()

    @property
    def asked(self) -> MetricQuery:
        """The question in catalog names.

        Raises:
            AssertionError: It is composed; the caller should have looked at `query`.
        """
        if self.query is None:
            raise AssertionError("a composed query is not one metric query")
        return self.query

    def rows(self) -> list[list[Cell]]:
        """Return the rows as plain values that JSON can hold.

        Dates are ISO texts, decimals floats, integers beyond 2^53 texts, NaN and infinities None.
        """
        columns = [column.to_pylist() for column in self.table.columns]
        return [[plain(value) for value in row] for row in zip(*columns, strict=True)]


def plain(value: object) -> Cell:
    """Turn a cell into what JSON can hold without losing digits."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= SAFE_INTEGER else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return plain(int(value) if value == value.to_integral_value() else float(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)
