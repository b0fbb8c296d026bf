"""FROM of a SELECT around governed queries: which tables it reads, and how their rows meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from semantic_layer.errors import NotSupported
from semantic_layer.outer_expressions import Expressions
from semantic_layer.outer_relations import Relation
from semantic_layer.outer_scope import Place, Scope, determined, place_of, reference
from semantic_layer.placing import placed

_HIDING: Final = frozenset({"SEMI", "ANTI"})
_CONSTANT: Final[Place] = ("", "")


@dataclass(kw_only=True)
class Joins:
    """Reads FROM and the joins of one SELECT.

    Attributes:
        select: The SELECT; its joins get conditions with resolved names.
        scope: Takes the tables.
        expressions: Resolves conditions.
        source: Takes a table or sub-query in.
    """

    select: exp.Select
    scope: Scope
    expressions: Expressions
    source: Callable[[exp.Expr], Relation]
    pairs: dict[Place, set[Place]] = field(default_factory=dict)

    def read(self) -> None:
        """Take the tables in and resolve the conditions between them."""
        self.source(self.select.args["from_"].this)
        for join in self.select.args.get("joins") or ():
            with placed(join):
                if join.args.get("method"):
                    raise NotSupported("composed_form", part=f"{join.method} JOIN")
            before = list(self.scope.shown)
            self.source(join.this)
            alias = join.this.alias_or_name
            if join.args.get("using"):
                self._use(join, [item.alias for item in before], alias)
            elif join.args.get("on") is not None:
                join.set("on", self.expressions.resolved(join.args["on"]))
            if join.kind.upper() in _HIDING:
                self.scope.sources[alias.lower()].hidden = True
            if join.args.get("on") is not None:
                self._note(join.args["on"])

    @property
    def equal(self) -> dict[Place, frozenset[Place]]:
        """Column → those that the joins and WHERE make equal to it."""
        found = {key: set(values) for key, values in self.pairs.items()}
        where = self.select.args.get("where")
        for one, other in _equalities(where.this if where is not None else None):
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {key: frozenset(values) for key, values in found.items()}

    def key(self) -> tuple[Place, ...] | None:
        """Return the columns that tell the rows apart, or None where that is not known."""
        sources = {alias: item for alias, item in self.scope.sources.items() if not item.hidden}
        joins = self.select.args.get("joins") or ()
        outer = any(join.side.upper() in {"RIGHT", "FULL"} for join in joins)
        first = next(iter(sources))
        if not outer and determined(first, self.scope.sources, self.equal):
            sources = {first: sources[first]}
        places: list[Place] = []
        for alias, item in sources.items():
            if item.relation.key is None:
                return None
            places += [(alias, name) for name in sorted(item.relation.key)]
        return tuple(places)

    def _note(self, condition: exp.Expr) -> None:
        for one, other in _equalities(condition):
            self.pairs.setdefault(one, set()).add(other)
            self.pairs.setdefault(other, set()).add(one)

    def _use(self, join: exp.Join, before: list[str], alias: str) -> None:
        """Turn USING into a condition, null-safe for members; the name alone is then one column."""
        tests: list[exp.Expr] = []
        for item in join.args["using"]:
            left = self._left(item, before)
            right = self.expressions.resolved(_qualified(alias, item))
            test = exp.EQ(this=left.copy(), expression=right.copy())
            tests.append(self.expressions.resolved(test))
            self.scope.merged[item.name.lower()] = _one_of(join.side.upper(), left, right)
        join.set("using", None)
        join.set("on", exp.and_(*tests, copy=False))

    def _left(self, item: exp.Expr, before: list[str]) -> exp.Expr:
        merged = self.scope.merged.get(item.name.lower())
        if merged is not None:
            return merged
        holders = [
            alias
            for alias in before
            if self.scope.sources[alias.lower()].relation.find(item.name) is not None
        ]
        if len(holders) > 1:
            raise NotSupported("composed_ambiguous_column", name=item.name, tables=tuple(holders))
        return self.expressions.resolved(_qualified((holders or before)[0], item))


def _qualified(alias: str, item: exp.Expr) -> exp.Column:
    column = reference(alias, item.name)
    column.this.meta.update(item.meta)
    return column


def _one_of(side: str, left: exp.Expr, right: exp.Expr) -> exp.Expr:
    match side:
        case "FULL":
            return exp.Coalesce(this=left.copy(), expressions=[right.copy()])
        case "RIGHT":
            return right
        case _:
            return left


def _equalities(condition: exp.Expr | None) -> Iterator[tuple[Place, Place]]:
    """Yield what the AND-ed parts of a condition make equal: two columns, or a column and a constant."""
    if condition is None:
        return
    for part in (
        condition.unnest().flatten() if isinstance(condition.unnest(), exp.And) else (condition,)
    ):
        test = part.unnest()
        if isinstance(test, exp.And):
            yield from _equalities(test)
        elif isinstance(test, exp.EQ | exp.NullSafeEQ):
            sides = [test.this.unnest(), test.expression.unnest()]
            places = [_place(side) for side in sides]
            if places[0] is not None and places[1] is not None:
                yield places[0], places[1]


def _place(node: exp.Expr) -> Place | None:
    if isinstance(node, exp.Column):
        return place_of(node)
    return _CONSTANT if isinstance(node, exp.Literal) else None
