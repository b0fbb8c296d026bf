"""Names in the SQL around governed queries: every column is one of a table in FROM, written with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.errors import NotSupported, UnknownName
from semantic_layer.outer_relations import OuterColumn, Relation
from semantic_layer.placing import placed


@dataclass(slots=True, kw_only=True)
class Source:
    """A table in FROM under its alias."""

    alias: str
    relation: Relation
    hidden: bool = False


Place = tuple[str, str]
"""Lower-case alias and column."""


@dataclass(slots=True, kw_only=True)
class Scope:
    """The tables that one SELECT reads, inside those of the SELECTs around it.

    Attributes:
        sources: Lower-case alias → table.
        merged: Lower-case names that USING makes one column, with what they stand for.
        around: The scope of the SELECT around, or None.
    """

    sources: dict[str, Source] = field(default_factory=dict)
    merged: dict[str, exp.Expr] = field(default_factory=dict)
    around: Scope | None = None

    def add(self, alias: str, relation: Relation) -> Source:
        """Take a table in.

        Raises:
            NotSupported: Another one has that alias.
        """
        if alias.lower() in self.sources:
            raise NotSupported("composed_same_table", name=alias)
        source = Source(alias=alias, relation=relation)
        self.sources[alias.lower()] = source
        return source

    @property
    def shown(self) -> Iterator[Source]:
        """The tables whose columns can be named: not those of SEMI and ANTI joins."""
        return (item for item in self.sources.values() if not item.hidden)

    def resolve(self, node: exp.Column) -> exp.Expr:
        """Return a column with its table, as both are spelled there.

        Raises:
            UnknownName: No table in FROM, or in the SELECTs around, has it.
            NotSupported: Several have it.
        """
        name, table = node.name, node.table
        with placed(node):
            if node.args.get("db") is not None:
                raise UnknownName("column", node.sql(), self._known())
            if not table and name.lower() in self.merged:
                return self.merged[name.lower()].copy()
            found = [
                (source, column)
                for source in self.sources.values()
                if not table or source.alias.lower() == table.lower()
                if (not source.hidden or table)
                and (column := source.relation.find(name)) is not None
            ]
            if len(found) > 1:
                tables = tuple(source.alias for source, _ in found)
                raise NotSupported("composed_ambiguous_column", name=name, tables=tables)
            if found:
                spelled = reference(found[0][0].alias, found[0][1].name)
                spelled.this.meta.update(node.this.meta)
                return spelled
            if self.around is not None and table.lower() not in self.sources:
                return self.around.resolve(node)
            raise UnknownName("column", f"{table}.{name}" if table else name, self._known())

    def column(self, node: exp.Column) -> OuterColumn:
        """Return what a resolved column is."""
        source = self.sources.get(node.table.lower())
        column = source.relation.find(node.name) if source is not None else None
        if column is not None:
            return column
        if self.around is None:
            raise UnknownName("column", node.name, self._known())
        return self.around.column(node)

    def has(self, node: exp.Column) -> bool:
        """Say whether a resolved column is of this SELECT's own tables."""
        return node.table.lower() in self.sources

    def _known(self) -> set[str]:
        known = {
            name
            for source in self.shown
            for column in source.relation.columns
            for name in (column.name, f"{source.alias}.{column.name}")
        }
        return known | (self.around._known() if self.around is not None else set())


def reference(table: str, name: str) -> exp.Column:
    """Return a quoted column of a table."""
    return exp.column(
        exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True)
    )


def place_of(node: exp.Column) -> Place:
    """Return the place that a resolved column is."""
    return node.table.lower(), node.name.lower()


def determined(
    start: str, sources: Mapping[str, Source], equal: Mapping[Place, frozenset[Place]]
) -> bool:
    """Say whether a row of one table has at most one row of every other one beside it.

    Args:
        start: The alias of that table.
        sources: All tables of the SELECT.
        equal: Column → those that are equal to it; ("", "") stands for a constant.
    """
    known, waiting = {start, ""}, set(sources) - {start}
    while waiting:
        added = {
            alias
            for alias in waiting
            if sources[alias].hidden or _is_found(alias, sources[alias].relation, known, equal)
        }
        if not added:
            return False
        known |= added
        waiting -= added
    return True


def _is_found(
    alias: str, relation: Relation, known: set[str], equal: Mapping[Place, frozenset[Place]]
) -> bool:
    if relation.key is None:
        return False
    return all(
        any(table in known for table, _ in equal.get((alias, name), frozenset()))
        for name in relation.key
    )
