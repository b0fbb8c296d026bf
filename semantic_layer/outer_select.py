"""One SELECT around governed queries, read: tables, names, groups, windows, and what its columns are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.errors import NotSupported
from semantic_layer.outer_expressions import Expressions
from semantic_layer.outer_joins import Joins
from semantic_layer.outer_order import counts_rows, order_totally, ordered, output, steps
from semantic_layer.outer_outputs import identity, output_column, output_name
from semantic_layer.outer_relations import Relation
from semantic_layer.outer_scope import Scope, determined, reference
from semantic_layer.outer_sums import (
    aggregates,
    check_added,
    feels_repeats,
    is_aggregate,
    within,
)
from semantic_layer.placing import placed
from semantic_layer.result import Notice

Environment = Mapping[str, tuple[str, Relation]]
"""Lower-case name of a table → its name in the statement, and what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a SELECT needs of the statement that it stands in."""

    query: Callable[[exp.Expr, Environment, Scope | None], Relation]
    table: Callable[[exp.Table, Environment], Relation]
    say: Callable[[Notice], None]


@dataclass(kw_only=True)
class SelectReader:
    """Reads one SELECT and changes it into what may run."""

    door: Door
    select: exp.Select
    tables: Environment
    scope: Scope
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    groups: list[exp.Expr] = field(default_factory=list)
    grouped: bool = False

    def read(self) -> Relation:
        """Return the table that the SELECT is."""
        if self.select.args.get("from_") is None:
            raise NotSupported("composed_needs_source")
        if self.select.args.get("windows"):
            raise NotSupported("composed_form", part="WINDOW")
        expressions = Expressions(
            scope=self.scope, query=lambda node: self.door.query(node, self.tables, self.scope)
        )
        joins = Joins(
            select=self.select, scope=self.scope, expressions=expressions, source=self._source
        )
        joins.read()
        names = self._outputs(expressions)
        self._conditions(expressions)
        self._order(expressions, names)
        self._check_groups()
        self._check_windows()
        self._check_sums(joins)
        if self.select.args.get("limit") or self.select.args.get("offset"):
            ordered(self.select, names)
        return self._relation(names, joins)

    def _source(self, node: exp.Expr) -> Relation:
        """Take a table or sub-query of FROM in; one without an alias gets one."""
        match node:
            case exp.Table():
                relation = self.door.table(node, self.tables)
            case exp.Subquery():
                relation = self.door.query(node.this, self.tables, None)
                if node.args.get("alias") and node.args["alias"].columns:
                    raise NotSupported("composed_form", part="AS name (columns)")
                alias = node.alias or f"t{len(self.scope.sources) + 1}"
                node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
            case _:
                raise NotSupported("composed_form", part=type(node).__name__.upper())
        with placed(node):
            self.scope.add(node.alias_or_name, relation)
        return relation

    def _outputs(self, expressions: Expressions) -> list[str]:
        """Resolve the SELECT list; return the names of its columns."""
        items: list[tuple[str, exp.Expr]] = []
        for node in self.select.expressions:
            items += [*self._starred(node)] or [(output_name(node), node.unalias())]
        names = [name for name, _ in items]
        folded = [name.lower() for name in names]
        for node, name in zip(self.select.expressions, names, strict=False):
            with placed(node):
                if folded.count(name.lower()) > 1:
                    raise NotSupported("composed_same_column", name=name)
        resolved = [expressions.resolved(node) for _, node in items]
        self.aliases = dict(zip(folded, resolved, strict=True))
        self.select.set(
            "expressions",
            [
                exp.alias_(node, exp.to_identifier(name, quoted=True))
                for name, node in zip(names, resolved, strict=True)
            ],
        )
        return names

    def _starred(self, node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
        """Yield the columns that a star stands for."""
        table = node.table.lower() if isinstance(node, exp.Column) else ""
        if not isinstance(node.this if isinstance(node, exp.Column) else node, exp.Star):
            return
        seen: set[str] = set()
        for source in self.scope.shown:
            if table in {"", source.alias.lower()}:
                for column in source.relation.columns:
                    merged = self.scope.merged.get(column.name.lower())
                    if table or merged is None:
                        yield column.name, reference(source.alias, column.name)
                    elif column.name.lower() not in seen:
                        seen.add(column.name.lower())
                        yield column.name, exp.column(exp.to_identifier(column.name, quoted=True))

    def _conditions(self, expressions: Expressions) -> None:
        for part in ("where", "having", "qualify"):
            if (node := self.select.args.get(part)) is not None:
                known = {} if part == "where" else self.aliases
                node.set("this", expressions.resolved(node.this, known))
        if (group := self.select.args.get("group")) is not None:
            if group.args.get("all"):
                self.groups = [
                    node
                    for node in self.aliases.values()
                    if not any(map(is_aggregate, within(node)))
                ]
            else:
                self.groups = [self._group_key(item, expressions) for item in group.expressions]
            group.set("all", None)
            group.set("expressions", [item.copy() for item in self.groups])

    def _group_key(self, node: exp.Expr, expressions: Expressions) -> exp.Expr:
        with placed(node):
            return self._ordinal(node) or expressions.resolved(node, self.aliases)

    def _ordinal(self, node: exp.Expr) -> exp.Expr | None:
        """Return the column that a number stands for."""
        if not isinstance(node, exp.Literal) or not node.is_int:
            return None
        found = list(self.aliases.values())
        if not 1 <= int(node.name) <= len(found):
            raise NotSupported("column_number", number=node.name[:20], count=len(found))
        return found[int(node.name) - 1]

    def _parts(self) -> list[exp.Expr]:
        tests = [self.select.args.get(part) for part in ("having", "qualify")]
        order = self.select.args.get("order")
        keys = [key.this for key in order.expressions] if order is not None else []
        keys = [key for key in keys if not isinstance(key, exp.Column) or key.table]
        return [*self.select.expressions, *(node for node in tests if node is not None), *keys]

    def _check_groups(self) -> None:
        """Refuse columns that are neither grouped nor aggregated."""
        found = any(is_aggregate(node) for part in self._parts() for node in within(part))
        self.grouped = bool(
            found or self.select.args.get("group") or self.select.args.get("having")
        )
        if not self.grouped:
            return
        for part in self._parts():
            for node in part.walk(prune=self._is_settled):
                if (
                    isinstance(node, exp.Column)
                    and self.scope.has(node)
                    and not self._is_settled(node)
                ):
                    raise NotSupported("composed_not_grouped", name=node.name)

    def _is_settled(self, node: exp.Expr) -> bool:
        inner = node.this if isinstance(node, exp.Filter | exp.WithinGroup) else node
        return isinstance(node, exp.Query) or is_aggregate(inner) or node in self.groups

    def _check_windows(self) -> None:
        for part in self._parts():
            for window in within(part):
                if not isinstance(window, exp.Window):
                    continue
                if counts_rows(window):
                    order_totally(window, self._row_keys())
                keys = window.args["order"].expressions if window.args.get("order") else ()
                times = [
                    column
                    for key in keys[:1]
                    if isinstance(key.this, exp.Column)
                    and (column := self.scope.column(key.this)).is_time
                ]
                if steps(window) and any(not item.filled for item in times):
                    facts = {"name": times[0].name}
                    self.door.say(Notice(code="composed_by_row", facts=facts))

    def _row_keys(self) -> list[exp.Expr]:
        """Return what tells the rows apart."""
        if self.grouped:
            return self.groups
        return [
            reference(source.alias, column.name)
            for source in self.scope.shown
            for column in source.relation.columns
            if source.relation.key is None or column.name.lower() in source.relation.key
        ]

    def _check_sums(self, joins: Joins) -> None:
        times = any(
            isinstance(node, exp.Column) and self.scope.column(node).is_time for node in self.groups
        )
        for part in self._parts():
            for node in aggregates(part):
                with placed(node):
                    check_added(node, self.scope.column, keeps_time=times)
                    self._check_repeats(node, joins)
                if isinstance(node, exp.Avg):
                    named = next((item.name for item in node.find_all(exp.Column)), "")
                    self.door.say(Notice(code="composed_average", facts={"name": named}))

    def _check_repeats(self, node: exp.AggFunc, joins: Joins) -> None:
        if not feels_repeats(node):
            return
        holder = node.parent if isinstance(node.parent, exp.WithinGroup) else node
        for column in within(holder):
            if not isinstance(column, exp.Column) or not self.scope.has(column):
                continue
            if not determined(column.table.lower(), self.scope.sources, joins.equal):
                raise NotSupported(
                    "composed_repeated", function=node.sql_name().upper(), table=column.table
                )

    def _relation(self, names: Sequence[str], joins: Joins) -> Relation:
        distinct = self.select.args.get("distinct") is not None
        columns = [
            output_column(name, node.this, self.scope, distinct=distinct)
            for name, node in zip(names, self.select.expressions, strict=True)
        ]
        limit = self.select.args.get("limit")
        if limit is not None and limit.expression.name == "1":
            return Relation(columns=tuple(columns), key=frozenset())
        return Relation(columns=tuple(columns), key=self._key(names, joins, distinct=distinct))

    def _key(self, names: Sequence[str], joins: Joins, *, distinct: bool) -> frozenset[str] | None:
        if distinct:
            return frozenset(name.lower() for name in names)
        places = joins.key()
        if self.grouped:
            wanted = list(self.groups)
        elif places is not None:
            wanted = [reference(alias, name) for alias, name in places]
        else:
            return None
        shown = {
            identity(node.this): name.lower()
            for name, node in zip(names, self.select.expressions, strict=True)
        }
        keys = [shown.get(identity(node)) for node in wanted]
        return frozenset(key for key in keys if key) if None not in keys else None

    def _order(self, expressions: Expressions, names: Sequence[str]) -> None:
        order = self.select.args.get("order")
        for key in order.expressions if order is not None else ():
            with placed(key.this):
                named = self._named(key.this, names)
                key.set("this", named or expressions.resolved(key.this, self.aliases))

    def _named(self, node: exp.Expr, names: Sequence[str]) -> exp.Expr | None:
        """Return the output column that a key of ORDER BY names or counts."""
        if self._ordinal(node) is not None:
            return output(names[int(node.name) - 1])
        if isinstance(node, exp.Column) and not node.table:
            found = [name for name in names if name.lower() == node.name.lower()]
            return output(found[0]) if found else None
        return None
