"""Where a statement touches governed tables: every one inside a scan that a grant allows.

A scan is `SELECT <columns> FROM <source> AS s [WHERE …]` and nothing more, so that a row rule in its WHERE holds
for whatever is built on top. Names are resolved by scope, as the engine does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlglot import exp

from semantic_layer.sql_text import parse_query, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One governed source that this principal may scan.

    Attributes:
        source: Physical table name, or the normal text (`sql_text.normal_text`) of the dataset's source SELECT.
        columns: Lower-case physical columns that may be read.
        predicate: Row rule that every scan must carry as a conjunct of its WHERE; None: all rows.
    """

    source: str
    columns: frozenset[str]
    predicate: exp.Expr | None = None


Grants = Mapping[str, tuple[Grant, ...]]


@dataclass(slots=True)
class Scan:
    """One read of a governed source, with the columns that are resolved to it."""

    source: str
    alias: str
    select: exp.Select
    used: set[str] = field(default_factory=set)


_Scope = Mapping[str, Scan | None]
"""Alias → the scan behind it, or None for a CTE, a derived table or VALUES."""


def by_source(grants: Sequence[Grant]) -> Grants:
    """Group grants by their source, table names in lower case."""
    grouped: dict[str, tuple[Grant, ...]] = {}
    for grant in grants:
        key = _source_key(grant.source)
        grouped[key] = (*grouped.get(key, ()), grant)
    return grouped


def scan_problems(query: exp.Query, grants: Grants) -> Iterator[str]:
    """Say what is wrong with the tables, columns and row rules of a statement."""
    walker = _Walker(grants=grants, reads_queries=any(" " in source for source in grants))
    walker.query(query, frozenset(), ())
    yield from walker.problems
    for scan in walker.scans:
        yield from _grant_problems(scan, grants[scan.source])


Key = object
"""A tree as nested tuples: equal for equal trees whatever the quoting and the case of names."""


def conjuncts(condition: exp.Expr | None, alias: str | None) -> frozenset[Key]:
    """Return the AND-ed parts of a condition as keys.

    Args:
        condition: A condition, or None.
        alias: The qualifier that columns may leave out; None: any.
    """
    if condition is None:
        return frozenset()
    part = condition.unnest()
    if isinstance(part, exp.And):
        return conjuncts(part.left, alias) | conjuncts(part.right, alias)
    # Inside a sub-query a qualifier says which query a column belongs to, so there it stays.
    strips = part.find(exp.Query) is None
    return frozenset({_key(part, alias, strips=strips)})


@lru_cache(maxsize=1024)
def rule_parts(predicate: exp.Expr) -> tuple[frozenset[Key], frozenset[Key]]:
    """Return what a scan must hold to carry a row rule: as built, and as it reads back from text."""
    text = render(exp.Select(expressions=[exp.Literal.number(1)]).where(predicate))
    again = parse_query(text).args["where"].this
    return conjuncts(predicate, None), conjuncts(again, None)


def _key(node: exp.Expr, alias: str | None, *, strips: bool) -> Key:
    if isinstance(node, exp.Identifier):
        return node.name.lower()
    if isinstance(node, exp.Column):
        table = node.table.lower()
        return exp.Column, node.name.lower(), "" if strips and alias in {None, table} else table
    parts: list[tuple[str, Key]] = []
    for name, value in sorted(node.args.items()):
        if isinstance(value, list):
            parts.append((name, tuple(_part_key(part, alias, strips=strips) for part in value)))
        elif value is not None and value is not False:
            parts.append((name, _part_key(value, alias, strips=strips)))
    return type(node), *parts


def _part_key(part: object, alias: str | None, *, strips: bool) -> Key:
    return _key(part, alias, strips=strips) if isinstance(part, exp.Expr) else part


def _source_key(source: str) -> str:
    return source if source.startswith(("SELECT ", "WITH ")) else source.lower()


def _grant_problems(scan: Scan, grants: Sequence[Grant]) -> Iterator[str]:
    readable = [grant for grant in grants if scan.used <= grant.columns]
    if not readable:
        missing = min((scan.used - grant.columns for grant in grants), key=len)
        yield from (f"column not allowed: {name}" for name in sorted(missing))
        return
    if any(grant.predicate is None for grant in readable):
        return
    where = scan.select.args.get("where")
    present = conjuncts(where.this if where else None, scan.alias)
    if not any(
        rule <= present
        for grant in readable
        if grant.predicate is not None
        for rule in rule_parts(grant.predicate)
    ):
        yield "a row rule is missing"


@dataclass(slots=True)
class _Walker:
    grants: Grants
    reads_queries: bool
    problems: list[str] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)

    def query(self, query: exp.Expr, visible: frozenset[str], scopes: tuple[_Scope, ...]) -> None:
        """Check a query that sees the CTE names `visible` and the tables of the queries around it."""
        if (with_ := query.args.get("with_")) is not None:
            for cte in with_.expressions:
                self.query(cte.this, visible, scopes)
                visible |= {cte.alias.lower()}
        if isinstance(query, exp.Subquery):
            self.query(query.this, visible, scopes)
        elif isinstance(query, exp.SetOperation):
            self.query(query.this, visible, scopes)
            self.query(query.expression, visible, scopes)
            self._parts(query, ("order", "limit", "offset"), visible, scopes)
        elif isinstance(query, exp.Select):
            self._select(query, visible, scopes)
        else:
            self.problems.append("a sub-query that is not a SELECT")

    def _select(
        self, select: exp.Select, visible: frozenset[str], scopes: tuple[_Scope, ...]
    ) -> None:
        scope: dict[str, Scan | None] = {}
        from_ = select.args.get("from_")
        joins = select.args.get("joins") or ()
        sources = ([from_.this] if from_ else []) + [join.this for join in joins]
        for source in sources:
            scan = self._source(source, select, visible, scopes)
            name = source.alias_or_name.lower()
            if name and name in scope:
                self.problems.append(f"two tables named {name}")
            scope[name] = scan
        if any(scope.values()) and not _is_plain_scan(select):
            self.problems.append("a governed table outside a plain scan")
        inside = (*scopes, scope)
        self._parts(select, tuple(set(select.args) - {"with_", "from_", "joins"}), visible, inside)
        for join in joins:
            self._parts(join, ("on",), visible, inside)

    def _source(
        self,
        source: exp.Expr,
        select: exp.Select,
        visible: frozenset[str],
        scopes: tuple[_Scope, ...],
    ) -> Scan | None:
        if isinstance(source, exp.Table):
            if source.name.lower() in visible:
                return None
            return self._scan(source.name.lower(), source, select)
        if isinstance(source, exp.Values):
            self._parts(source, ("expressions",), visible, scopes)
            return None
        if not isinstance(source, exp.Subquery):
            self.problems.append("not a table or a sub-query in FROM")
            return None
        if self.reads_queries and (text := render(source.this)) in self.grants:
            return self._scan(text, source, select)
        self.query(source.this, visible, scopes)
        return None

    def _scan(self, key: str, source: exp.Expr, select: exp.Select) -> Scan | None:
        if key not in self.grants:
            self.problems.append(f"table not allowed: {source.name}")
            return None
        alias = source.args.get("alias")
        if alias is not None and alias.columns:
            self.problems.append("a governed table with renamed columns")
        scan = Scan(source=key, alias=source.alias_or_name.lower(), select=select)
        self.scans.append(scan)
        return scan

    def _parts(
        self,
        node: exp.Expr,
        names: Sequence[str],
        visible: frozenset[str],
        scopes: tuple[_Scope, ...],
    ) -> None:
        for name in names:
            value = node.args.get(name)
            for part in value if isinstance(value, list) else (value,):
                if isinstance(part, exp.Expr):
                    self._expression(part, visible, scopes)

    def _expression(
        self, node: exp.Expr, visible: frozenset[str], scopes: tuple[_Scope, ...]
    ) -> None:
        if isinstance(node, exp.Column):
            self._column(node, scopes)
        elif isinstance(node, exp.Query):
            self.query(node, visible, scopes)
        else:
            for part in node.iter_expressions():
                self._expression(part, visible, scopes)

    def _column(self, column: exp.Column, scopes: tuple[_Scope, ...]) -> None:
        name, table = column.name.lower(), column.table.lower()
        for scope in reversed(scopes):
            if table:
                if table in scope:
                    if (scan := scope[table]) is not None:
                        scan.used.add(name)
                    return
            elif found := [scan for scan in scope.values() if scan is not None]:
                found[0].used.add(name)
                return
        if table:
            self.problems.append(f"unknown table: {column.table}")


_SCAN_ARGUMENTS = frozenset({"expressions", "from_", "where"})


def _is_plain_scan(select: exp.Select) -> bool:
    """Tell whether a SELECT only picks columns and rows of its one source."""
    if any(value for name, value in select.args.items() if name not in _SCAN_ARGUMENTS):
        return False
    return not any(
        isinstance(node, exp.Star | exp.AggFunc | exp.Window)
        for output in select.expressions
        for node in output.walk()
    )
