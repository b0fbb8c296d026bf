"""Values of semantic SQL: literals, amounts, LIKE patterns, and the refusal of what is neither name nor value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from sqlglot import exp

from semantic_layer.errors import MalformedQuery, NotSupported, UnsafeSQL
from semantic_layer.query import Condition, Scalar

MAX_DIGITS: Final = 60
"""Digits of a number before or after its point: what is longer is no amount, and slow to compute with."""
_TIMES: Final = frozenset({"TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ", "DATETIME"})
_Part = TypeVar("_Part", bound=BaseModel)


def build(kind: type[_Part], **values: object) -> _Part:
    """Make a part of a query from what was written.

    Raises:
        MalformedQuery: The values do not fit.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise MalformedQuery(
            "values", reason="; ".join(item["msg"] for item in error.errors())
        ) from error


def call_name(node: exp.Expr) -> str:
    """Return the upper-case name of a function that the parser does not know, or nothing."""
    return node.name.upper() if isinstance(node, exp.Anonymous) else ""


def unreadable(node: exp.Expr) -> UnsafeSQL | NotSupported:
    """Return the refusal of an expression that semantic SQL does not have."""
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        return UnsafeSQL([f"function not allowed: {name.upper()}"], function=name.upper())
    return NotSupported("expression_not_read", expression=type(node).__name__.lower())


def is_literal(node: exp.Expr) -> bool:
    """Say whether a node is a plain value."""
    inner = node.this if isinstance(node, exp.Neg | exp.Cast) else node
    return isinstance(inner, exp.Literal | exp.Boolean | exp.Null)


def scalar(node: exp.Expr) -> Scalar:
    """Return the value of a literal.

    Raises:
        NotSupported: It is no literal.
        MalformedQuery: A date that does not exist, or a number too long to be meant.
    """
    match node:
        case exp.Null():
            return None
        case exp.Boolean():
            return bool(node.this)
        case exp.Literal():
            return node.name if node.is_string else _number(node.name)
        case exp.Neg(this=exp.Literal(is_string=False) as inner):
            value = _number(inner.name)
            return value.copy_negate() if isinstance(value, Decimal) else -value
        case exp.Cast(this=exp.Literal(is_string=True) as inner):
            return _moment(inner.name, node.to)
        case _:
            raise NotSupported("value_not_literal")


def _number(text: str) -> int | Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise MalformedQuery("no_number", value=text[:40]) from error
    if len(text) > MAX_DIGITS or abs(value.adjusted()) > MAX_DIGITS:
        raise MalformedQuery("long_number", limit=MAX_DIGITS)
    return int(value) if text.isdecimal() else value


def _moment(text: str, kind: exp.DataType) -> date | datetime:
    try:
        if kind.this is exp.DType.DATE:
            return date.fromisoformat(text)
        if kind.this.value in _TIMES:
            return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedQuery("no_date", value=text[:40]) from error
    raise NotSupported("value_type", type=kind.this.value)


def amount(node: exp.Expr) -> Decimal:
    """Return a number that a metric is compared with; '20%' is 0.2.

    Raises:
        NotSupported: It is no number.
        MalformedQuery: A number too long to be meant.
    """
    value = scalar(node)
    if isinstance(value, str) and value.endswith("%") and value[:-1].strip().isascii():
        found = _number(value[:-1].strip())
        return Decimal(found).scaleb(-2)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotSupported("metric_needs_number")
    return Decimal(value)


def like_condition(name: str, values: Sequence[exp.Expr]) -> Condition:
    """Return what a LIKE says of a field: equal, starts with or contains.

    Args:
        name: The field.
        values: The LIKE, and the text that escapes a wildcard (empty: none).

    Raises:
        NotSupported: Another pattern.
    """
    like, escape = values
    pattern = like.expression
    if not isinstance(pattern, exp.Literal) or not isinstance(escape, exp.Literal):
        raise NotSupported("like_needs_text")
    signs = [*_signs(pattern.name, escape.name)]
    wild = [at for at, (_, is_wild) in enumerate(signs) if is_wild]
    text = "".join(sign for sign, is_wild in signs if not is_wild)
    last = len(signs) - 1
    if ("_", True) not in signs:
        if not wild and isinstance(like, exp.Like):
            return build(Condition, field=name, op="=", value=text)
        if wild == [last]:
            return build(Condition, field=name, op="starts_with", value=text)
        if wild == [0, last]:
            return build(Condition, field=name, op="contains", value=text)
    raise NotSupported("like_pattern", pattern=pattern.name[:40])


def _signs(pattern: str, mark: str) -> Iterator[tuple[str, bool]]:
    """Yield the characters of a LIKE pattern, and whether each is a wildcard."""
    signs = iter(pattern)
    for sign in signs:
        if sign == mark:
            yield next(signs, sign), False
        else:
            yield sign, sign in "%_"
