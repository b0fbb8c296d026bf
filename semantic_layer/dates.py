"""A metric's date as SQL: its moment, its day, the parts of it that recur."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from semantic_layer.atoms import TimeColumn
from semantic_layer.calendar import DatePart
from semantic_layer.formulas import column

METRIC_TIME: Final = "metric_time"
"""The table of the columns that stand for parts of a date until a branch says which date."""

_UNITS: Final = {
    DatePart.MONTH_OF_YEAR: "MONTH",
    DatePart.QUARTER_OF_YEAR: "QUARTER",
    DatePart.DAY_OF_MONTH: "DAY",
    DatePart.HOUR_OF_DAY: "HOUR",
}
_FUNCTIONS: Final[dict[DatePart, type[exp.Func]]] = {
    DatePart.WEEK_OF_YEAR: exp.WeekOfYear,
    DatePart.DAY_OF_WEEK: exp.DayOfWeekIso,
    DatePart.DAY_OF_YEAR: exp.DayOfYear,
}


def moment(time: TimeColumn) -> exp.Expr:
    """Return the date column as it is."""
    return column(time.ref.source, time.ref.column)


def day(time: TimeColumn) -> exp.Expr:
    """Return the day of a row."""
    return exp.cast(moment(time), "date") if time.timestamp else moment(time)


def part_of(time: TimeColumn, part: DatePart) -> exp.Expr:
    """Return a part of the date as a whole number."""
    read = moment(time) if part is DatePart.HOUR_OF_DAY else day(time)
    if part in _UNITS:
        return exp.Extract(this=exp.var(_UNITS[part]), expression=read)
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
