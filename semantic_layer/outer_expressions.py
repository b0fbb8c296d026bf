"""Expressions of the SQL around: names resolved, members compared null-safely, queries in them read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.errors import NotSupported
from semantic_layer.outer_relations import Relation
from semantic_layer.outer_scope import Scope
from semantic_layer.placing import placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressions:
    """Resolves expressions of one SELECT.

    Attributes:
        scope: Its tables.
        query: Reads a query that stands in an expression.
    """

    scope: Scope
    query: Callable[[exp.Expr], Relation]

    def resolved(self, node: exp.Expr, aliases: Mapping[str, exp.Expr] | None = None) -> exp.Expr:
        """Return an expression over the tables of the SELECT.

        Args:
            node: What was written.
            aliases: Outputs that may be named by their alias; a column of a table goes first.

        Raises:
            UnknownName: A name that no table has.
            NotSupported: A sub-query that may give several rows.
        """
        known = aliases or {}
        match node:
            case exp.Column():
                return self._column(node, known)
            case exp.In() if node.args.get("query") is not None:
                return self._among(node, known)
            case exp.Exists():
                self.query(node.this)
                return node
            case exp.Query():
                with placed(node):
                    relation = self.query(node)
                    if relation.key != frozenset() or len(relation.columns) != 1:
                        raise NotSupported("composed_scalar_rows")
                return node
            case _:
                return self._null_safe(self._inside(node, known))

    def _inside(self, node: exp.Expr, aliases: Mapping[str, exp.Expr]) -> exp.Expr:
        for name, value in list(node.args.items()):
            if isinstance(value, list):
                parts = [
                    self.resolved(part, aliases) if isinstance(part, exp.Expr) else part
                    for part in value
                ]
                node.set(name, parts)
            elif isinstance(value, exp.Expr):
                node.set(name, self.resolved(value, aliases))
        return node

    def _column(self, node: exp.Column, aliases: Mapping[str, exp.Expr]) -> exp.Expr:
        named = aliases.get(node.name.lower()) if not node.table else None
        if named is None:
            return self.scope.resolve(node)
        inside = any(source.relation.find(node.name) is not None for source in self.scope.shown)
        return self.scope.resolve(node) if inside else _bracketed(named)

    def _null_safe(self, node: exp.Expr) -> exp.Expr:
        """Compare members as members: an unknown one equals itself and differs from every other (rule 5)."""
        match node:
            case exp.EQ() if self._is_member(node.this) and self._is_member(node.expression):
                return exp.NullSafeEQ(this=node.this, expression=node.expression)
            case exp.NEQ() if self._is_member(node.this) or self._is_member(node.expression):
                return exp.NullSafeNEQ(this=node.this, expression=node.expression)
            case exp.Not(this=exp.In() as test) if self._is_member(test.this):
                unknown = exp.Is(this=test.this.copy(), expression=exp.null())
                return exp.paren(exp.Or(this=node, expression=unknown), copy=False)
            case exp.Not(this=exp.EQ() as test) if self._is_member(test.this):
                return exp.NullSafeNEQ(this=test.this, expression=test.expression)
            case _:
                return node

    def _is_member(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Coalesce):
            return all(map(self._is_member, [node.this, *node.expressions]))
        return isinstance(node, exp.Column) and self.scope.column(node).is_member

    def _among(self, node: exp.In, aliases: Mapping[str, exp.Expr]) -> exp.Expr:
        """Return `x IN (SELECT …)` as EXISTS, which also finds an unknown member, and whose NOT loses no rows."""
        held = node.args["query"]
        inner = held.this if isinstance(held, exp.Subquery) else held
        relation = self.query(inner)
        if len(relation.columns) != 1:
            raise NotSupported("composed_scalar_rows")
        name, alias = relation.columns[0].name, f"among_{len(relation.columns[0].name)}"
        while alias in self.scope.sources:
            alias += "_"
        column = exp.column(
            exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)
        )
        test = exp.NullSafeEQ(this=column, expression=self.resolved(node.this, aliases))
        source = exp.Subquery(
            this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
        )
        select = exp.Select(expressions=[exp.Literal.number(1)]).from_(source, copy=False)
        return exp.Exists(this=select.where(test, copy=False))


def _bracketed(node: exp.Expr) -> exp.Expr:
    plain = isinstance(node, exp.Column | exp.Literal | exp.Func | exp.Window)
    return node.copy() if plain else exp.paren(node.copy())
