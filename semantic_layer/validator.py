"""The gate between a statement and the engine: the only maker of `ValidatedSQL`.

A tree is rendered, the text is parsed back, both trees must pass RULES and both must render alike; that text is
what the engine runs. What no rule allows is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar, cast

from sqlglot import exp

from semantic_layer import allowed_sql
from semantic_layer.errors import UnsafeSQL
from semantic_layer.rewriting import drop_schema, replace_tables
from semantic_layer.scans import Grant, Grants, by_source, reserved_names, scan_problems
from semantic_layer.sql_text import odd_characters, parse_query, parse_text, render

__all__ = ["RULES", "Grant", "ValidatedSQL", "Value", "parse_text", "validate", "validate_text"]

Value: TypeAlias = str | int | float | Decimal | bool | date | datetime | None
_Node = TypeVar("_Node", bound=exp.Expr)
_QUERIES: Final = (exp.Select, exp.SetOperation)
_NAMES: Final = (exp.Identifier, exp.Star)
_SPACES_IN_NAMES: Final = frozenset(" \u3000\u00a0")
"""Plain, wide and no-break spaces: spreadsheets have them in their headers, and every identifier is quoted."""
MAX_COMPILED: Final = 1_000_000
"""Characters of a statement that the compiler built (a spine is long)."""


@dataclass(frozen=True, slots=True)
class ValidatedSQL:
    """A statement that passed the gate; only `validate` makes one.

    Attributes:
        text: DuckDB SQL, identifiers quoted, without comments.
        parameters: Values of the named placeholders `$name`, exactly those that the text holds.
        tables: Lower-case names that the statement reads in FROM: governed tables and its own CTEs.
    """

    text: str
    parameters: Mapping[str, Value]
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Statement:
    query: exp.Query
    nodes: Mapping[type[exp.Expr], Sequence[exp.Expr]]
    grants: Grants
    reserved: frozenset[str]

    def each(self, kind: type[_Node]) -> Sequence[_Node]:
        """Return the nodes of exactly this class."""
        return cast("Sequence[_Node]", self.nodes.get(kind, ()))


Rule: TypeAlias = Callable[[_Statement], Iterator[str]]


def validate(
    query: exp.Query, grants: Sequence[Grant], parameters: Mapping[str, Value]
) -> ValidatedSQL:
    """Check a statement that the compiler built and return the text to run.

    Raises:
        UnsafeSQL: With every problem found.
    """
    text = render(query)
    if len(text) > MAX_COMPILED:
        raise UnsafeSQL([f"longer than {MAX_COMPILED} characters"])
    tables, placeholders = _verdict(text, tuple(grants), _Tree(query))
    if placeholders != frozenset(parameters):
        raise UnsafeSQL(["the placeholders are not the parameters"])
    return ValidatedSQL(text, MappingProxyType(dict(parameters)), tables)


def validate_text(
    text: str, grants: Sequence[Grant], parameters: Mapping[str, Value] | None = None
) -> ValidatedSQL:
    """Check SQL that a person or a model wrote over governed tables and return the text to run.

    Every governed table is replaced by a scan with the granted columns, the masks and the row rule, so whatever
    the statement does on top, other columns and rows do not exist for it.

    Args:
        text: What was written.
        grants: What may be read.
        parameters: The values that row rules use.

    Raises:
        UnsafeSQL: With every problem found.
    """
    query = parse_text(text)
    drop_schema(query)
    _raise_for(query, tuple(grants), SHAPE_RULES)
    replace_tables(query, by_source(grants))
    used = {str(node.this) for node in query.find_all(exp.Placeholder)}
    values = {name: value for name, value in (parameters or {}).items() if name in used}
    return validate(query, grants, values)


class _Tree:
    """Carries a tree past the cache: the verdict depends on the text and the grants alone."""

    __slots__ = ("query",)

    def __init__(self, query: exp.Query) -> None:
        self.query = query

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tree)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=1024)
def _verdict(
    text: str, grants: tuple[Grant, ...], tree: _Tree
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tables and placeholders of a safe text."""
    _raise_for(tree.query, grants, RULES)
    again = parse_query(text)
    read = _raise_for(again, grants, RULES)
    tables = frozenset(table.name.lower() for table in read.each(exp.Table))
    placeholders = frozenset(str(node.this) for node in read.each(exp.Placeholder))
    if render(again, copy=False) != text:
        raise UnsafeSQL(["the text does not read back as it was written"])
    return tables, placeholders


def _raise_for(query: exp.Query, grants: tuple[Grant, ...], rules: Sequence[Rule]) -> _Statement:
    try:
        statement = _read(query, grants)
        problems = [problem for rule in rules for problem in rule(statement)]
    except RecursionError as error:
        raise UnsafeSQL(["nested too deep"]) from error
    if problems:
        raise UnsafeSQL(tuple(dict.fromkeys(problems)))
    return statement


def _read(query: exp.Query, grants: tuple[Grant, ...]) -> _Statement:
    nodes: dict[type[exp.Expr], list[exp.Expr]] = {}
    for node in query.walk():
        nodes.setdefault(type(node), []).append(node)
    return _Statement(query, nodes, by_source(grants), reserved_names(grants))


def _only_known_nodes(statement: _Statement) -> Iterator[str]:
    for kind in sorted(statement.nodes.keys() - allowed_sql.NODES, key=lambda kind: kind.__name__):
        yield f"not allowed: {kind.__name__}"


def _only_known_arguments(statement: _Statement) -> Iterator[str]:
    for kind in statement.nodes.keys() & allowed_sql.STRUCTURE.keys():
        known = allowed_sql.STRUCTURE[kind]
        for node in statement.nodes[kind]:
            for name, value in node.args.items():
                if value and name not in known:
                    yield f"not allowed: {kind.__name__} with {name.rstrip('_')}"


def _only_known_functions(statement: _Statement) -> Iterator[str]:
    for node in statement.each(exp.Anonymous):
        if node.name.lower() not in allowed_sql.NAMED_FUNCTIONS:
            yield f"function not allowed: {node.name}"


def _only_bounded_calls(statement: _Statement) -> Iterator[str]:
    formatted = (*statement.each(exp.TimeToStr), *statement.each(exp.StrToTime))
    if not all(_is_short_text(node.args["format"]) for node in formatted):
        yield "a date format that is not a short literal"
    if not all(map(_does_not_grow, statement.each(exp.Replace))):
        yield "a replacement that may grow its text"
    operands = sum(len(node.expressions) for node in statement.each(exp.Concat))
    if operands + 2 * len(statement.each(exp.DPipe)) > allowed_sql.MAX_JOINED_TEXTS:
        yield "too many texts joined"


def _is_short_text(node: object) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and len(node.name) <= 40


def _does_not_grow(node: exp.Replace) -> bool:
    pattern, new = node.expression, node.args.get("replacement")
    if not isinstance(pattern, exp.Literal) or not isinstance(new, exp.Literal):
        return False
    return len(new.name.encode()) <= len(pattern.name.encode())


def _plain_leaves(statement: _Statement) -> Iterator[str]:
    """Refuse odd leaves: these are written into the text as they are."""
    if any(odd_characters(node.name, _SPACES_IN_NAMES) for node in statement.each(exp.Identifier)):
        yield "an odd character in a name"
    for word in statement.each(exp.Var):
        if not _is_known_word(word):
            yield f"word not allowed: {word.name}"
    if not all(map(_is_plain_type, statement.each(exp.DataType))):
        yield "type not allowed"
    if not all(isinstance(node.this, exp.Var) for node in statement.each(exp.Extract)):
        yield "a date part that is not a word"
    if not all(_is_text(node.args["zone"]) for node in statement.each(exp.AtTimeZone)):
        yield "a time zone that is not a name"
    if not all(str(node.this).isidentifier() for node in statement.each(exp.Placeholder)):
        yield "a placeholder without a name"


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _is_known_word(node: exp.Var) -> bool:
    word = node.name.lower()
    return word in allowed_sql.UNITS or (word == "all" and isinstance(node.parent, exp.Ordered))


def _is_plain_type(node: exp.DataType) -> bool:
    return (
        node.this in allowed_sql.TYPES
        and not node.args.get("nested")
        and all(
            isinstance(part, exp.DataTypeParam) and isinstance(part.this, exp.Literal)
            for part in node.expressions
        )
    )


def _only_known_joins(statement: _Statement) -> Iterator[str]:
    joins = statement.each(exp.Join)
    selects = (*statement.each(exp.Select), *statement.each(exp.Subquery))
    if any(len(node.args.get("joins") or ()) > allowed_sql.MAX_JOINS for node in selects):
        yield f"more than {allowed_sql.MAX_JOINS} joins in one SELECT"
    if any((join.side.upper(), join.kind.upper()) not in allowed_sql.JOINS for join in joins):
        yield "join not allowed"


def _only_named_tables(statement: _Statement) -> Iterator[str]:
    if not all(isinstance(node.this, exp.Identifier) for node in statement.each(exp.Table)):
        yield "a function in FROM"
    if not all(isinstance(node.this, _QUERIES) for node in statement.each(exp.Subquery)):
        yield "a sub-query that is not a SELECT"
    if not all(isinstance(node.this, _NAMES) for node in statement.each(exp.Column)):
        yield "a column that is not a name"
    if not all(node.expressions for node in statement.each(exp.Select)):
        yield "a SELECT of nothing"


def _only_literal_limits(statement: _Statement) -> Iterator[str]:
    for node in (*statement.each(exp.Limit), *statement.each(exp.Offset)):
        bound = node.expression
        if not isinstance(bound, exp.Placeholder) and not bound.is_int:
            yield "a limit that is not a number"


def _safe_cte_names(statement: _Statement) -> Iterator[str]:
    names = Counter(node.alias.lower() for node in statement.each(exp.CTE))
    for name, count in names.items():
        if count > 1:
            yield f"two CTEs named {name}"
        if name in statement.reserved or name.startswith(allowed_sql.RESERVED_PREFIXES):
            yield f"a CTE takes the name {name}"


def _only_granted_scans(statement: _Statement) -> Iterator[str]:
    yield from scan_problems(statement.query, statement.grants)


SHAPE_RULES: Final[tuple[Rule, ...]] = (
    _only_known_nodes,
    _only_known_arguments,
    _only_known_functions,
    _only_bounded_calls,
    _plain_leaves,
    _only_known_joins,
    _only_named_tables,
    _only_literal_limits,
    _safe_cte_names,
)
RULES: Final[tuple[Rule, ...]] = (*SHAPE_RULES, _only_granted_scans)
