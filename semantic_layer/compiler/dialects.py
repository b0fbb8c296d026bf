"""One statement as text for the engine of the reader's choice; what that engine cannot say alike is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError, UnsupportedError

from semantic_layer.compiler.engine_rules import RULES, rewrite_for
from semantic_layer.compiler.literals import with_values
from semantic_layer.compiler.portable import called, foreign_parts, odd_parts
from semantic_layer.errors import NotSupported
from semantic_layer.validator import Value

DIALECTS: Final = tuple(RULES)
"""The engines that a statement can be written for; `duckdb` is the one that answers here."""
_LONGEST_NAME: Final = {"postgres": 63, "bigquery": 300, "snowflake": 255}
"""Bytes of a name; Postgres cuts longer ones without a word."""
_ANY_LENGTH: Final = 10_000
_BIGQUERY_NAMES: Final = frozenset('!"$()*,./;?@[\\]^`{}~')
_CLICKHOUSE_DAYS: Final = (date(1970, 1, 1), date(2149, 6, 6))
"""The first and the last day that a Date holds there; others become one of the two."""
_CLICKHOUSE_SETTINGS: Final = (
    "join_use_nulls",
    "aggregate_functions_null_for_empty",
    "prefer_column_name_to_alias",
)
"""What makes a missing parent and an empty sum NULL there, as everywhere else, instead of a zero or an empty text."""


def render_for(tree: exp.Query, parameters: Mapping[str, Value], dialect: str) -> str:
    """Write a statement in the SQL of an engine: names quoted, values in place, ready to run.

    Args:
        tree: What the compiler built; it is not changed.
        parameters: The values of its placeholders.
        dialect: One of `DIALECTS`.

    Returns:
        Pretty text that reads back, in that dialect, as what was written.

    Raises:
        NotSupported: `dialect_unknown`, or `dialect_cannot` with the part that this engine has no equal form for.
    """
    if dialect not in RULES:
        raise NotSupported("dialect_unknown", dialect=dialect, known=DIALECTS)
    found = with_values(tree, parameters)
    outside = odd_parts(found) if dialect == "duckdb" else foreign_parts(found)
    refused = next(outside, None) or next(_particular(found, dialect), None)
    if refused is not None:
        raise NotSupported("dialect_cannot", dialect=dialect, part=refused)
    rewrite_for(found, dialect)
    if dialect == "clickhouse":
        found.set(
            "settings",
            [
                exp.EQ(this=exp.column(name), expression=exp.Literal.number(1))
                for name in _CLICKHOUSE_SETTINGS
            ],
        )
    try:
        text = written(found, dialect)
        plain = written(found, dialect, pretty=False)
    except UnsupportedError as error:
        raise NotSupported("dialect_cannot", dialect=dialect, part="SELECT") from error
    if not _reads_back(text, plain, dialect):
        raise NotSupported("dialect_cannot", dialect=dialect, part="SELECT")
    return text


def written(tree: exp.Expr, dialect: str, *, pretty: bool = True) -> str:
    """Write a tree, every name quoted.

    Raises:
        UnsupportedError: What the renderer itself knows that it cannot say.
    """
    return tree.sql(dialect, pretty=pretty, identify=True, unsupported_level=ErrorLevel.RAISE)


def _reads_back(text: str, plain: str, dialect: str) -> bool:
    """Tell whether a text, read in its dialect, is what was written; lines may break elsewhere."""
    try:
        return written(sqlglot.parse_one(text, read=dialect), dialect, pretty=False) == plain
    except SqlglotError:
        return False


def _particular(tree: exp.Query, dialect: str) -> Iterator[str]:
    """Name what this engine alone cannot say."""
    longest = _LONGEST_NAME.get(dialect, _ANY_LENGTH)
    yield from (
        node.name for node in tree.find_all(exp.Identifier) if len(node.name.encode()) > longest
    )
    check = _PARTICULAR.get(dialect)
    if check is not None:
        yield from check(tree)


def _no_exact_quantile(tree: exp.Query) -> Iterator[str]:
    yield from (called(node) for node in tree.find_all(exp.PercentileCont, exp.Median))


def _spark_parts(tree: exp.Query) -> Iterator[str]:
    """Texts with `${…}` are filled from the session's variables before they are read."""
    yield from (
        "'${'" for node in tree.find_all(exp.Literal) if node.is_string and "${" in node.name
    )


def _clickhouse_parts(tree: exp.Query) -> Iterator[str]:
    first, last = (day.isoformat() for day in _CLICKHOUSE_DAYS)
    for node in tree.find_all(exp.Cast):
        is_day = isinstance(node.this, exp.Literal) and node.to.this is exp.DType.DATE
        if is_day and not first <= node.this.name <= last:
            yield f"DATE {node.this.name}"


def _bigquery_parts(tree: exp.Query) -> Iterator[str]:
    yield from _no_exact_quantile(tree)
    yield from (
        node.name for node in tree.find_all(exp.Identifier) if _BIGQUERY_NAMES & set(node.name)
    )


_PARTICULAR: Final[Mapping[str, Callable[[exp.Query], Iterator[str]]]] = {
    "spark": _spark_parts,
    "trino": _no_exact_quantile,
    "clickhouse": _clickhouse_parts,
    "bigquery": _bigquery_parts,
}
