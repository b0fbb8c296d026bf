"""A metric's date as SQL: its moment, its day, the parts of it that recur."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlglot import exp

from semantic_layer.atoms import TimeColumn
from semantic_layer.calendar import DatePart, Grain
from semantic_layer.catalog import in_zone
from semantic_layer.model_calendar import FISCAL_QUARTER, FISCAL_YEAR, Calendar
from semantic_layer.sql_nodes import cast, column, interval

METRIC_TIME: Final = "metric_time"
"""The table of the columns that stand for parts of a date until a branch says which date."""

_UNITS: Final = {
    DatePart.MONTH_OF_YEAR: "MONTH",
    DatePart.QUARTER_OF_YEAR: "QUARTER",
    DatePart.DAY_OF_MONTH: "DAY",
    DatePart.HOUR_OF_DAY: "HOUR",
}
_FISCAL_UNITS: Final[Mapping[str, str]] = {FISCAL_QUARTER: "quarter", FISCAL_YEAR: "year"}
_FUNCTIONS: Final[dict[DatePart, type[exp.Func]]] = {
    DatePart.WEEK_OF_YEAR: exp.WeekOfYear,
    DatePart.DAY_OF_WEEK: exp.DayOfWeekIso,
    DatePart.DAY_OF_YEAR: exp.DayOfYear,
}


def moment(time: TimeColumn) -> exp.Expr:
    """Return the date column as wall-clock time."""
    found = column(time.ref.source, time.ref.column)
    return in_zone(found, time.zone) if time.zone else found


def day(time: TimeColumn) -> exp.Expr:
    """Return the day of a row."""
    return cast(moment(time), exp.DType.DATE) if time.timestamp else moment(time)


def start_of(time: TimeColumn, grain: str, calendar: Calendar) -> exp.Expr:
    """Return the first day of the period of a grain that a row lies in.

    Fiscal years are calendar years of days that are moved to January and back, Sunday weeks those of days moved to
    Monday; a month's end clips on the way, and stays in its month.
    """
    return day(time) if grain == Grain.DAY else start_from(moment(time), grain, calendar)


def start_from(read: exp.Expr, grain: str, calendar: Calendar) -> exp.Expr:
    """Return the first day of the period of a grain that a moment lies in."""
    months, days = calendar.offset(grain), 0
    unit = _FISCAL_UNITS.get(grain, grain)
    if unit == Grain.QUARTER:
        months %= 3
    if grain == Grain.WEEK:
        days = (7 - calendar.week_start) % 7
    count, step = (months, "MONTH") if months else (-days, "DAY")
    moved = _moved(read, exp.Sub, count, step)
    start = exp.TimestampTrunc(this=moved, unit=exp.Var(this=unit.upper()))
    return cast(_moved(start, exp.Add, count, step), exp.DType.DATE)


def _moved(tree: exp.Expr, kind: type[exp.Binary], count: int, unit: str) -> exp.Expr:
    if not count:
        return tree
    if count < 0:
        kind = exp.Add if kind is exp.Sub else exp.Sub
    return kind(this=tree, expression=interval(abs(count), unit))


def part_of(time: TimeColumn, part: DatePart) -> exp.Expr:
    """Return a part of the date as a whole number."""
    read = moment(time) if part is DatePart.HOUR_OF_DAY else day(time)
    if part in _UNITS:
        return exp.Extract(this=exp.Var(this=_UNITS[part]), expression=read)
    return _FUNCTIONS[part](this=read)


def part_column(part: DatePart) -> exp.Column:
    """Return what stands for a part in conditions, whichever date they are tested on."""
    return column(METRIC_TIME, part.value)


def parts_in(trees: Iterable[exp.Expr]) -> frozenset[DatePart]:
    """Return the parts that conditions test."""
    found = (node for tree in trees for node in tree.find_all(exp.Column))
    return frozenset(DatePart(node.name) for node in found if node.table == METRIC_TIME)


def dated(tree: exp.Expr, time: TimeColumn) -> exp.Expr:
    """Return a condition with parts of a metric's own date in their places."""

    def placed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.table == METRIC_TIME:
            return part_of(time, DatePart(node.name))
        return node

    return tree.copy().transform(placed)
