"""Parts of a date, which every engine counts its own way: weekdays from Monday = 1 or Sunday = 0, weeks of ISO 8601."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from semantic_layer.compiler.portable import PART_NAMES

Rule: TypeAlias = Callable[[exp.Expr], exp.Expr]
"""A node in, what stands in its place out."""
Part: TypeAlias = Callable[[exp.Expr], exp.Expr]
"""A date or moment in, its part out."""


def _call(name: str) -> Part:
    return lambda day: exp.Anonymous(this=name, expressions=[day])


def extracted(word: str) -> Part:
    """Return EXTRACT of a word."""
    return lambda day: exp.Extract(this=exp.var(word), expression=day)


def _plus_one(part: Part) -> Part:
    return lambda day: exp.paren(
        exp.Add(this=part(day), expression=exp.Literal.number(1)), copy=False
    )


def _from_sunday(day: exp.Expr) -> exp.Expr:
    """Return 0 on Mondays from a weekday that is 1 on Sundays."""
    moved = exp.Add(this=extracted("DAYOFWEEK")(day), expression=exp.Literal.number(5))
    return exp.Mod(this=exp.paren(moved, copy=False), expression=exp.Literal.number(7))


def _whole(part: Part) -> Part:
    return lambda day: exp.cast(part(day), "int")


def _sunday_zero(iso: Part) -> Part:
    return lambda day: exp.paren(
        exp.Mod(this=exp.paren(iso(day), copy=False), expression=exp.Literal.number(7)), copy=False
    )


def _parts(plain: Callable[[str], Part], **others: Part) -> dict[str, Part]:
    words = ("year", "quarter", "month", "day", "hour", "minute")
    found = {word: plain(word.upper()) for word in words} | others
    return found | {"dow": _sunday_zero(found["isodow"])}


_PARTS: Final[Mapping[str, Mapping[str, Part]]] = {
    "spark": _parts(
        extracted,
        isodow=_plus_one(_call("WEEKDAY")),
        week=_call("WEEKOFYEAR"),
        doy=_call("DAYOFYEAR"),
    ),
    # Numbers of EXTRACT are NUMERIC here.
    "postgres": _parts(
        lambda word: _whole(extracted(word)),
        isodow=_whole(extracted("ISODOW")),
        week=_whole(extracted("WEEK")),
        doy=_whole(extracted("DOY")),
    ),
    "trino": _parts(
        _call,
        isodow=_call("DAY_OF_WEEK"),
        week=_call("WEEK_OF_YEAR"),
        doy=_call("DAY_OF_YEAR"),
    ),
    "clickhouse": _parts(
        lambda word: _call(f"to{'DayOfMonth' if word == 'DAY' else word.capitalize()}"),
        isodow=_call("toDayOfWeek"),
        week=_call("toISOWeek"),
        doy=_call("toDayOfYear"),
    ),
    "snowflake": _parts(
        extracted,
        isodow=extracted("DAYOFWEEKISO"),
        week=extracted("WEEKISO"),
        doy=extracted("DAYOFYEAR"),
    ),
    "bigquery": _parts(
        extracted,
        isodow=_plus_one(_from_sunday),
        week=extracted("ISOWEEK"),
        doy=extracted("DAYOFYEAR"),
    ),
}
_PART_NODES: Final[Mapping[type[exp.Expr], str]] = {
    exp.Year: "year",
    exp.Quarter: "quarter",
    exp.Month: "month",
    exp.Day: "day",
    exp.DayOfMonth: "day",
    exp.DayOfWeek: "dow",
    exp.DayOfWeekIso: "isodow",
    exp.DayOfYear: "doy",
    exp.Week: "week",
    exp.WeekOfYear: "week",
    exp.Hour: "hour",
    exp.Minute: "minute",
}


def part_rules(dialect: str) -> dict[type[exp.Expr], Rule]:
    """Return how an engine says each part of a date."""
    words = _PARTS[dialect]

    def part_of(node: exp.Expr) -> exp.Expr:
        return words[PART_NAMES[node.name.lower()]](node.args["expression"])

    def called(node: exp.Expr) -> exp.Expr:
        return words[_PART_NODES[type(node)]](node.this)

    return {exp.Extract: part_of} | dict.fromkeys(_PART_NODES, called)
