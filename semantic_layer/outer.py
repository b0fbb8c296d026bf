"""SQL around governed queries, read: it sees their result columns only, and what it says has one certain meaning.

Reading changes the tree: names get their tables, stars their columns, divisions are guarded, members are compared
null-safely (rule 5) and every order is total (rule 12). What could give a plausible wrong number is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

from sqlglot import exp

from semantic_layer import allowed_sql
from semantic_layer.composed_query import is_leaf_name
from semantic_layer.errors import NotSupported, UnknownName, UnsafeSQL
from semantic_layer.formulas import guard_divisions
from semantic_layer.outer_order import ordered
from semantic_layer.outer_relations import Relation, Tables, merged
from semantic_layer.outer_scope import Scope
from semantic_layer.outer_select import Door, Environment, SelectReader
from semantic_layer.placing import placed
from semantic_layer.result import Notice
from semantic_layer.semantic_sql_terms import MODIFIERS

_INEXACT: Final = (
    exp.AnyValue, exp.First, exp.Last, exp.ApproxDistinct, exp.Mode, exp.ArgMin, exp.ArgMax,
)  # fmt: skip
"""Which value they give is not certain, or not exact."""
_REFUSED: Final = (exp.Values, exp.Placeholder, exp.IntDiv)


@dataclass(kw_only=True)
class Outer:
    """Reads one statement around governed queries.

    Attributes:
        leaves: Name → the result of each governed query.
        model: The name of the model, which stands only in governed queries.
        taken: Lower-case names that no CTE may have in the statement.
        notices: What the asker must know.
    """

    leaves: Tables
    model: str
    taken: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def read(self, tree: exp.Query) -> tuple[exp.Query, Relation]:
        """Return the statement as it may run, and its columns.

        Args:
            tree: What was written, with the leaves as tables; it is not changed.

        Raises:
            UnknownName: A table or column that it cannot see.
            NotSupported: What has no certain meaning.
            UnsafeSQL: A function that is not allowed.
        """
        tree = tree.copy()
        _check_nodes(tree)
        environment = {name.lower(): (name, item) for name, item in self.leaves.items()}
        relation = self.query(tree, environment, None)
        ordered(tree, [item.name for item in relation.columns])
        return _guarded(tree), relation

    def query(self, node: exp.Expr, tables: Environment, around: Scope | None) -> Relation:
        """Read a query inside the tables and the SELECT that it stands in."""
        tables = self._with(node, tables)
        match node:
            case exp.Subquery():
                return self.query(node.this, tables, around)
            case exp.SetOperation():
                return self._set_operation(node, tables, around)
            case exp.Select():
                door = Door(query=self.query, table=self.table, say=self.say)
                scope = Scope(around=around)
                return SelectReader(door=door, select=node, tables=tables, scope=scope).read()
            case _:
                raise NotSupported("composed_form", part=type(node).__name__.upper())

    def table(self, node: exp.Table, tables: Environment) -> Relation:
        """Return what a table in FROM is, and give it its name in the statement.

        Raises:
            UnknownName: It is neither a CTE nor a leaf.
        """
        with placed(node):
            found = tables.get(node.name.lower())
            if found is None or node.args.get("db") is not None:
                known = {name for name in tables if not is_leaf_name(name)} | {self.model}
                raise UnknownName("table", node.name, known)
        alias = node.alias_or_name
        node.set("this", exp.to_identifier(found[0], quoted=True))
        node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
        return found[1]

    def say(self, code: Notice) -> None:
        """Take a notice, once."""
        if code not in self.notices:
            self.notices.append(code)

    def _with(self, node: exp.Expr, tables: Environment) -> Environment:
        for cte in node.args["with_"].expressions if node.args.get("with_") else ():
            alias = cte.args["alias"]
            with placed(alias):
                if alias.columns:
                    raise NotSupported("composed_form", part="WITH name (columns)")
                name = alias.name
                if is_leaf_name(name) or name.lower() == self.model.lower():
                    raise NotSupported("composed_reserved_name", name=name)
            relation = self.query(cte.this, tables, None)
            free = self._free(name)
            cte.set("alias", exp.TableAlias(this=exp.to_identifier(free, quoted=True)))
            tables = {**tables, name.lower(): (free, relation)}
        return tables

    def _free(self, name: str) -> str:
        """Return a name like this one that nothing else in the statement has."""
        while (
            name.lower() in self.taken
            or name.lower() in self.named
            or name.lower().startswith(allowed_sql.RESERVED_PREFIXES)
        ):
            name = f"q_{name}"
        self.named.add(name.lower())
        return name

    def _set_operation(
        self, node: exp.SetOperation, tables: Environment, around: Scope | None
    ) -> Relation:
        left = self.query(node.this, tables, around)
        right = self.query(node.expression, tables, around)
        with placed(node):
            relation = merged(left, right)
        names = [item.name for item in relation.columns]
        for key in node.args["order"].expressions if node.args.get("order") else ():
            _output_key(key, names)
        if node.args.get("limit") or node.args.get("offset"):
            ordered(node, names)
        return relation


def _output_key(key: exp.Ordered, names: list[str]) -> None:
    """Turn a key of a set operation's ORDER BY into a column of its result."""
    with placed(key.this):
        node = key.this
        if isinstance(node, exp.Literal) and node.is_int and 1 <= int(node.name) <= len(names):
            name = names[int(node.name) - 1]
        else:
            name = next((item for item in names if item.lower() == node.name.lower()), "")
        if not name or not isinstance(node, exp.Literal | exp.Column):
            raise UnknownName("column", node.sql(), names)
        key.set("this", exp.column(exp.to_identifier(name, quoted=True)))


def _check_nodes(tree: exp.Query) -> None:
    for node in tree.walk():
        with placed(node):
            known = allowed_sql.STRUCTURE.get(type(node))
            for name, value in node.args.items() if known is not None else ():
                if value and known is not None and (name not in known or name == "except_"):
                    part = f"{node.key} {name.rstrip('_')}".upper()
                    raise NotSupported("composed_form", part=part)
            if isinstance(node, exp.Anonymous) and node.name.upper() in MODIFIERS:
                raise NotSupported("composed_measure_outside", function=node.name.upper())
            if isinstance(node, _INEXACT):
                raise NotSupported("composed_inexact", function=node.sql_name().upper())
            if isinstance(node, _REFUSED) or (
                type(node) not in allowed_sql.NODES and not isinstance(node, exp.Func)
            ):
                raise NotSupported("composed_form", part=type(node).__name__.upper())
            _check_function(node)


def _check_function(node: exp.Expr) -> None:
    named = isinstance(node, exp.Anonymous)
    if named and node.name.lower() not in allowed_sql.NAMED_FUNCTIONS:
        name = node.name.upper()
        raise UnsafeSQL([f"function not allowed: {name}"], function=name)
    if isinstance(node, exp.Func) and type(node) not in allowed_sql.NODES:
        name = node.sql_name().upper()
        raise UnsafeSQL([f"function not allowed: {name}"], function=name)


def _guarded(tree: exp.Query) -> exp.Query:
    for node in tree.find_all(exp.Mod):
        node.set(
            "expression",
            exp.Nullif(this=node.expression.copy(), expression=exp.Literal.number(0)),
        )
    return cast("exp.Query", guard_divisions(tree))
