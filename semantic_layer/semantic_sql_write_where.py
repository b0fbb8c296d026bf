"""Names, values and conditions of a metric query as semantic SQL."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from semantic_layer.calendar import DatePart, Grain
from semantic_layer.query import AnyOf, Condition, Filter, NotOf, PartCondition, Scalar
from semantic_layer.semantic_sql_terms import METRIC_TIME
from semantic_layer.semantic_sql_values import MAX_DIGITS
from semantic_layer.sql_text import DIALECT

COMPARISONS: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ, "!=": exp.NEQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE,
}  # fmt: skip


def condition(item: Filter) -> exp.Expr:
    """Return a filter as a condition of WHERE."""
    match item:
        case AnyOf():
            parts = [condition(part) for part in item.any]
            return parts[0] if len(parts) == 1 else exp.paren(joined(exp.Or, parts), copy=False)
        case NotOf():
            inner = condition(item.not_)
            return exp.Not(this=inner if isinstance(inner, exp.Paren) else exp.paren(inner))
        case PartCondition():
            return _test(item, dated(item.part))
        case Condition():
            return _test(item, column_of(item.field))


def _test(item: Condition | PartCondition, column: exp.Expr) -> exp.Expr:
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    unknown = values == (None,)
    match item.op:
        case "is_null" | "=" if unknown or item.op == "is_null":
            return exp.Is(this=column, expression=exp.null())
        case "not_null" | "!=" if unknown or item.op == "not_null":
            return exp.Is(this=column, expression=exp.null(), negate=True)
        case "in" | "not_in":
            test: exp.Expr = exp.In(this=column, expressions=[value_of(value) for value in values])
            return test if item.op == "in" else exp.Not(this=test)
        case "between":
            low, high = map(value_of, values)
            return exp.Between(this=column, low=low, high=high)
        case "contains" | "starts_with":
            return _like(column, str(values[0]), inside=item.op == "contains")
        case _:
            return COMPARISONS[item.op](this=column, expression=value_of(values[0]))


def _like(column: exp.Expr, text: str, *, inside: bool) -> exp.Expr:
    escaped = text
    for special in ("\\", "%", "_"):
        escaped = escaped.replace(special, f"\\{special}")
    pattern = exp.Literal.string(f"%{escaped}%" if inside else f"{escaped}%")
    like = exp.ILike(this=column, expression=pattern)
    if escaped == text:
        return like
    return exp.Escape(this=like, expression=exp.Literal.string("\\"))


def value_of(value: Scalar) -> exp.Expr:
    """Return a value as a literal that reads back as the same value."""
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.true() if value else exp.false()
        case int() | float() | Decimal():
            return _number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
        case datetime():
            return _typed("TIMESTAMP", value.isoformat(sep=" "))
        case date():
            return day_of(value)
        case str():
            return exp.Literal.string(value)


def _number(value: Decimal) -> exp.Expr:
    """Return a number as it reads back; one that is no amount is text, which fields convert themselves."""
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        return exp.Literal.string(str(value))
    plain = format(value, "f")
    return exp.Literal.number(plain if len(plain) <= MAX_DIGITS else str(value))


def day_of(day: date) -> exp.Expr:
    """Return a day as a literal."""
    return _typed("DATE", day.isoformat())


def _typed(kind: str, text: str) -> exp.Expr:
    return exp.Introducer(this=exp.var(kind), expression=exp.Literal.string(text))


def dated(name: Grain | DatePart | str, role: str | None = None) -> exp.Expr:
    """Return the periods of a grain, or a part of dates that recurs, of metric_time or of another date."""
    function = "DATE_PART" if isinstance(name, DatePart) else "DATE_TRUNC"
    unit = exp.Literal.string(str(name))
    time = column_of(role) if role else exp.column(METRIC_TIME)
    return exp.Anonymous(this=function, expressions=[unit, time])


def column_of(name: str) -> exp.Column:
    """Return a field as a column."""
    source, dot, key = name.partition(".")
    if not (source and dot and key):
        return exp.Column(this=identifier(name))
    return exp.Column(this=identifier(key), table=identifier(source))


@lru_cache(maxsize=4096)
def _is_plain(name: str) -> bool:
    """Say whether a name needs no quotes, neither here nor in front of BY."""
    if not (name.isascii() and name.isidentifier()):
        return False
    try:
        tokens = sqlglot.tokenize(f"{name} BY", read=DIALECT)
        tree = sqlglot.parse_one(f"SELECT {name} = 1", read=DIALECT)
    except SqlglotError:
        return False
    kinds = [token.token_type for token in tokens]
    plain = exp.EQ(this=exp.column(name), expression=exp.Literal.number(1))
    return tree == exp.Select(expressions=[plain]) and kinds == [TokenType.VAR] * 2


def identifier(name: str) -> exp.Identifier:
    """Return a name, in quotes where it needs them."""
    return exp.to_identifier(name, quoted=not _is_plain(name))


def joined(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """Return conditions joined by AND or OR."""
    tree = parts[0]
    for part in parts[1:]:
        tree = kind(this=tree, expression=part)
    return tree
