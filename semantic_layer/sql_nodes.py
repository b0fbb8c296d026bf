"""Nodes of statements, built directly from parts that nothing else holds.

The parser's own builders copy what they are given and read types and names as text, which costs many times as much
as the node itself; a statement has hundreds of nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from sqlglot import exp

_Tree = TypeVar("_Tree", bound=exp.Expr)


def name(text: str) -> exp.Identifier:
    """Return a quoted identifier."""
    return exp.Identifier(this=text, quoted=True)


def column(source: str, text: str) -> exp.Column:
    """Return a quoted column of a dataset, role or CTE."""
    return exp.Column(this=name(text), table=name(source))


def ref(text: str, source: str | None = None) -> exp.Column:
    """Return a reference to a column, of a source where an output may have the same name."""
    return column(source, text) if source else exp.Column(this=name(text))


def table(text: str) -> exp.Table:
    """Return a reference to a CTE."""
    return exp.Table(this=name(text))


def named(tree: exp.Expr, text: str) -> exp.Alias:
    """Return an output under a name."""
    return exp.Alias(this=tree, alias=name(text))


def derived(query: exp.Query, text: str) -> exp.Subquery:
    """Return a query as it stands in FROM under a name."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(text)))


def cast(tree: exp.Expr, kind: exp.DType) -> exp.Expr:
    """Return a value in a type; a cast to the same type is not repeated."""
    if isinstance(tree, exp.Cast) and tree.to.this is kind:
        return tree
    return exp.Cast(this=tree, to=exp.DataType(this=kind, nested=False))


def day_literal(day: date) -> exp.Expr:
    """Return a day as a typed literal."""
    return cast(exp.Literal.string(day.isoformat()), exp.DType.DATE)


def interval(count: int, unit: str) -> exp.Interval:
    """Return so many days or months."""
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.Var(this=unit))


def all_of(tests: Sequence[exp.Expr]) -> exp.Expr:
    """Return the condition that every test holds."""
    return _joined(exp.And, tests)


def any_of(tests: Sequence[exp.Expr]) -> exp.Expr:
    """Return the condition that some test holds."""
    return _joined(exp.Or, tests)


def _joined(kind: type[exp.Connector], tests: Sequence[exp.Expr]) -> exp.Expr:
    if len(tests) == 1:
        return tests[0]
    whole, *others = (
        exp.Paren(this=test) if isinstance(test, exp.Connector) else test for test in tests
    )
    for other in others:
        whole = kind(this=whole, expression=other)
    return whole


def select(
    outputs: Sequence[exp.Expr], source: exp.Expr, where: Sequence[exp.Expr] = ()
) -> exp.Select:
    """Return a SELECT of some outputs from one source, of the rows that pass every test."""
    found = exp.Select(expressions=list(outputs), from_=exp.From(this=source))
    if where:
        found.set("where", exp.Where(this=all_of(where)))
    return found


def join(query: exp.Select, source: exp.Expr, on: exp.Expr, *, side: str | None = None) -> None:
    """Add a join to a SELECT: inner, or LEFT."""
    kind = None if side else "INNER"
    query.append("joins", exp.Join(this=source, side=side, kind=kind, on=on))


def group_by_first(query: exp.Select, keys: int) -> exp.Select:
    """Group a SELECT by its first outputs, by position; none: one row of all."""
    if keys:
        places: list[exp.Expr] = [exp.Literal.number(place) for place in range(1, keys + 1)]
        query.set("group", exp.Group(expressions=places))
    return query


def with_columns(tree: exp.Expr, place: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    """Return a copy of a fragment with something else in the place of each column."""

    def copied(value: object) -> object:
        if isinstance(value, exp.Column):
            return place(value)
        if isinstance(value, exp.Expr):
            return type(value)(**{name: copied(part) for name, part in value.args.items()})
        return [copied(part) for part in value] if isinstance(value, list) else value

    found = copied(tree)
    return found if isinstance(found, exp.Expr) else tree


def without_positions(tree: _Tree) -> _Tree:
    """Drop where in a text each node stood, which makes every later copy many times slower."""
    for node in tree.walk():
        node._meta = None
    return tree
