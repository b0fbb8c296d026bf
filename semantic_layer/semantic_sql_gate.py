"""The door of semantic SQL: written text in, one SELECT out that has only parts which are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import NotSupported, UnsafeSQL
from semantic_layer.sql_text import DIALECT, MAX_WRITTEN, parse_text

_ARGUMENTS: Final[Mapping[type[exp.Expr], frozenset[str]]] = {
    node: frozenset(arguments.split())
    for node, arguments in {
        exp.Select: "expressions from_ where group having qualify order limit",
        exp.From: "this",
        exp.Table: "this alias",
        exp.TableAlias: "this",
        exp.Group: "expressions all",
        exp.Order: "expressions",
        exp.Ordered: "this desc nulls_first",
        exp.Limit: "expression",
        exp.In: "this expressions",
        exp.Between: "this low high",
        exp.Cast: "this to",
        exp.Coalesce: "this expressions",
        exp.TimestampTrunc: "this unit input_type_preserved",
        exp.DateTrunc: "this unit input_type_preserved",
        exp.Window: "this partition_by order over",
    }.items()
}
"""Arguments that are read, for classes that have others too: what is not read is refused."""
_AFTER_PERCENT: Final = frozenset({
    TokenType.AND, TokenType.OR, TokenType.R_PAREN, TokenType.COMMA, TokenType.SEMICOLON, TokenType.GROUP_BY,
    TokenType.ORDER_BY, TokenType.HAVING, TokenType.QUALIFY, TokenType.LIMIT, TokenType.LT, TokenType.LTE,
    TokenType.GT, TokenType.GTE, TokenType.EQ, TokenType.NEQ,
})  # fmt: skip
"""What may follow `20%` so that it cannot be the remainder of a division."""


def read_select(text: str) -> exp.Select:
    """Return the one plain SELECT that a text is.

    Raises:
        UnsafeSQL: The text gate refuses it.
        NotSupported: It has clauses, sub-queries or a star, which have no meaning over a model.
    """
    return plain_select(parse_written(text))


def parse_written(text: str) -> exp.Query:
    """Return the one query that a text is; `20%` is 0.2.

    Raises:
        UnsafeSQL: The text gate refuses it.
    """
    try:
        return parse_text(text)
    except UnsafeSQL:
        plain = _without_percents(text)
        if plain == text:
            raise
        return parse_text(plain)


def _without_percents(text: str) -> str:
    """Write every `20%` as 0.2, where it cannot be the start of a remainder."""
    if "%" not in text or len(text) > MAX_WRITTEN:
        return text
    try:
        tokens = sqlglot.tokenize(text, read=DIALECT)
        for at in reversed(range(len(tokens) - 1)):
            if _is_percent(tokens, at):
                share = Decimal(tokens[at].text).scaleb(-2)
                text = f"{text[: tokens[at].start]}{share}{text[tokens[at + 1].end + 1 :]}"
    except (SqlglotError, InvalidOperation, RecursionError, ValueError):
        return text
    return text


def _is_percent(tokens: Sequence[Token], at: int) -> bool:
    number, sign = tokens[at], tokens[at + 1]
    after = tokens[at + 2].token_type if at + 2 < len(tokens) else None
    return (
        number.token_type is TokenType.NUMBER
        and sign.token_type is TokenType.MOD
        and sign.start == number.end + 1
        and (after is None or after in _AFTER_PERCENT)
    )


def plain_select(query: exp.Query) -> exp.Select:
    """Return a SELECT that has only clauses and arguments that are read.

    Raises:
        NotSupported: It has clauses, sub-queries or a star, which have no meaning over a model.
    """
    if not isinstance(query, exp.Select):
        raise NotSupported("set_operation")
    for node in query.walk():
        if isinstance(node, exp.Query) and node is not query:
            raise NotSupported("query_inside_query")
        known = _ARGUMENTS.get(type(node))
        extra = (
            sorted(name for name, value in node.args.items() if value and name not in known)
            if known
            else ()
        )
        if extra:
            raise NotSupported("clause", clause=extra[0].rstrip("_").upper())
        if isinstance(node, exp.Star):
            raise NotSupported("select_star")
    return query
