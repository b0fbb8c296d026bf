"""The strict gate for SQL that a person or a model wrote: characters, tokens, then one parsed query.

The parser and the engine disagree on what is white space and on where some strings end, so text that could be read
in two ways is refused before it is parsed, and the original text is never run.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError, SqlglotError

from semantic_layer.errors import UnsafeSQL

DIALECT: Final = "duckdb"
MAX_WRITTEN: Final = 20_000
"""Characters that a person or a model may write."""
MAX_DEPTH: Final = 60
"""Nested brackets; the compiled parser overruns its stack on some deeper input instead of raising."""

_PARSER_FAILURES: Final = (
    SqlglotError, RecursionError, AttributeError, TypeError, ValueError, LookupError, AssertionError,
)  # fmt: skip
_ODD_CATEGORIES: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cs", "Cn"})
_PLAIN_SPACES: Final = frozenset(" \t\n\r")
_FORBIDDEN_TOKENS: Final = {
    token: token.name.lower().replace("_", " ")
    for token in (
        TokenType.HEREDOC_STRING, TokenType.NATIONAL_STRING, TokenType.NATIONAL_RAW_STRING, TokenType.RAW_STRING,
        TokenType.BYTE_STRING, TokenType.UNICODE_STRING, TokenType.HEX_STRING, TokenType.BIT_STRING,
        TokenType.PARAMETER, TokenType.SESSION_PARAMETER, TokenType.PLACEHOLDER, TokenType.DOLLAR, TokenType.HASH,
        TokenType.BLOCK_START, TokenType.BLOCK_END, TokenType.HINT, TokenType.COLON_EQ,
    )
}  # fmt: skip
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})


def parse_text(text: str) -> exp.Query:
    """Read one query that a person or a model wrote.

    Names and functions are not looked at: they may be governed names and `MEASURE(…)`.

    Raises:
        UnsafeSQL: The text is too long, holds a character or token that is not allowed, or is not one query.
    """
    problems = [*_character_problems(text)] or [*_token_problems(text)]
    if problems:
        raise UnsafeSQL(problems)
    try:
        return parse_query(text)
    except UnsafeSQL as error:
        if isinstance(error.__cause__, ParseError):
            error.facts.update(_place(error.__cause__))
        raise


def _place(error: ParseError) -> dict[str, object]:
    """Return where the parser stopped: only for text that was written, which the writer knows."""
    found = error.errors[0] if error.errors else {}
    piece, column = str(found.get("highlight") or ""), found.get("col")
    if not piece or not isinstance(column, int):
        return {}
    start = max(column - len(piece) + 1, 1)
    return {"at_line": found.get("line"), "at_column": start, "at_text": piece[:60]}


def parse_query(text: str) -> exp.Query:
    """Parse text that has passed the gate or that we rendered.

    Raises:
        UnsafeSQL: It is not exactly one query.
    """
    try:
        trees = sqlglot.parse(text, read=DIALECT)
    except _PARSER_FAILURES as error:
        raise UnsafeSQL(["the SQL cannot be parsed"]) from error
    queries = [tree for tree in trees if tree is not None]
    if len(queries) != 1 or not isinstance(queries[0], exp.Select | exp.SetOperation):
        raise UnsafeSQL(["not one SELECT statement"])
    return queries[0]


def render(query: exp.Query, *, copy: bool = True) -> str:
    """Write a tree as DuckDB text, every identifier quoted and without comments.

    Args:
        query: The tree.
        copy: False where the tree is not needed afterwards: writing may change it.

    Raises:
        UnsafeSQL: The tree is nested too deep to be written.
    """
    try:
        return query.sql(DIALECT, identify=True, comments=False, copy=copy)
    except _PARSER_FAILURES as error:
        raise UnsafeSQL(["the SQL cannot be rendered"]) from error


@lru_cache(maxsize=256)
def normal_text(text: str) -> str:
    """Return the normal form of a query's text: how `render` writes it after one round trip."""
    return render(parse_query(render(parse_query(text))))


def odd_characters(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Tell whether a text holds control, format, private or odd space characters."""
    if text.isascii() and text.isprintable():
        return False
    return any(
        unicodedata.category(character) in _ODD_CATEGORIES and character not in allowed
        for character in text
    )


def _character_problems(text: str) -> Iterator[str]:
    if len(text) > MAX_WRITTEN:
        yield f"longer than {MAX_WRITTEN} characters"
    elif odd_characters(text, _PLAIN_SPACES):
        yield "a control, format or odd space character"


def _token_problems(text: str) -> Iterator[str]:
    try:
        tokens = sqlglot.tokenize(text, read=DIALECT)
    except _PARSER_FAILURES:
        yield "the SQL cannot be read"
        return
    for name in sorted(
        {
            _FORBIDDEN_TOKENS[token.token_type]
            for token in tokens
            if token.token_type in _FORBIDDEN_TOKENS
        }
    ):
        yield f"{name} is not allowed"
    if any(token.token_type is TokenType.SEMICOLON for token in tokens[:-1]):
        yield "more than one statement"
    if any(_glued(first, second) for first, second in pairwise(tokens)):
        yield "a string glued to a word"
    if _depth(tokens) > MAX_DEPTH:
        yield f"brackets nested deeper than {MAX_DEPTH}"


def _glued(first: Token, second: Token) -> bool:
    """E'…', x'…' and 1'…' are one token to one reader and two to another."""
    if second.start != first.end + 1:
        return False
    strings = [token.token_type is TokenType.STRING for token in (first, second)]
    return any(strings) and (all(strings) or _is_word(second if strings[0] else first))


def _is_word(token: Token) -> bool:
    return (
        token.token_type is TokenType.IDENTIFIER
        or token.text[-1:].isalnum()
        or token.text[-1:] == "_"
    )


def _depth(tokens: Sequence[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        if token.token_type in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif token.token_type in _CLOSING:
            depth -= 1
    return deepest
