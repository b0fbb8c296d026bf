"""Where a statement touches governed tables: every one inside a scan that a grant allows.

A scan is `SELECT <columns> FROM <source> AS s [WHERE …]` and nothing more, so that a row rule in its WHERE holds
for whatever is built on top. Names are resolved by scope, as the engine does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlglot import exp

from semantic_layer.rule_keys import Key, keyed_conjuncts, mask_key, mask_keys, rule_parts
from semantic_layer.sql_text import parse_query, render

SCAN_ALIAS = "s"
"""What a source is called inside its scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One governed source that this principal may scan.

    Attributes:
        source: Physical table name, or the normal text (`sql_text.normal_text`) of the dataset's source SELECT.
        columns: Lower-case physical columns that may be read.
        predicate: Row rule that every scan must carry as conjuncts of its WHERE; None: all rows. What it reads it may
            read there and nowhere else: it needs no grant of its own, and gives none.
        masks: Masked columns in lower case, each with the expression that stands for it.
    """

    source: str
    columns: frozenset[str]
    predicate: exp.Expr | None = None
    masks: tuple[tuple[str, exp.Expr], ...] = ()


Grants = Mapping[str, tuple[Grant, ...]]


@dataclass(slots=True)
class Scan:
    """One read of a governed source, with the columns that are resolved to it."""

    source: str
    alias: str
    select: exp.Select
    used: set[str] = field(default_factory=set)

    def conditions(self) -> Iterator[tuple[Key, exp.Expr]]:
        """Yield the AND-ed parts of its WHERE, each with its key."""
        where = self.select.args.get("where")
        yield from keyed_conjuncts(where.this if where else None, self.alias)


_Scope = Mapping[str, Scan | None]
"""Alias → the scan behind it, or None for a CTE, a derived table or VALUES."""


def by_source(grants: Sequence[Grant]) -> Grants:
    """Group grants by their source, table names in lower case."""
    grouped: dict[str, tuple[Grant, ...]] = {}
    for grant in grants:
        key = _source_key(grant.source)
        grouped[key] = (*grouped.get(key, ()), grant)
    return grouped


@lru_cache(maxsize=256)
def reserved_names(grants: tuple[Grant, ...]) -> frozenset[str]:
    """Return the tables that sources and row rules read, in lower case: a CTE of that name would stand in for one."""
    trees = [grant.predicate for grant in grants if grant.predicate is not None]
    trees += [parse_query(grant.source) for grant in grants if _is_query(grant.source)]
    named = {node.name.lower() for tree in trees for node in tree.find_all(exp.Table)}
    return frozenset(named | {_source_key(grant.source) for grant in grants})


def _is_query(source: str) -> bool:
    return source.startswith(("SELECT ", "WITH "))


def _source_key(source: str) -> str:
    return source if _is_query(source) else source.lower()


@lru_cache(maxsize=1024)
def _outputs_of(source: str) -> tuple[str, ...]:
    """Return the names of a source SELECT's outputs: only a sub-query with the same ones can be that source."""
    return tuple(parse_query(source).named_selects)


def scan_problems(query: exp.Query, grants: Grants) -> Iterator[str]:
    """Say what is wrong with the tables, columns and row rules of a statement."""
    written = frozenset(_outputs_of(source) for source in grants if _is_query(source))
    walker = _Walker(grants=grants, written=written)
    walker.query(query, frozenset(), ())
    yield from walker.problems
    for scan in walker.scans:
        held = grants[scan.source]
        readable = [grant for grant in held if scan.used <= grant.columns] or held
        found = [tuple(_problems_under(scan, grant)) for grant in readable]
        if all(found):
            yield from min(found, key=len)


def _problems_under(scan: Scan, grant: Grant) -> Iterator[str]:
    """Say what a scan does that one grant does not allow."""
    for name in sorted(scan.used - grant.columns):
        yield f"column not allowed: {name}"
    if grant.predicate is not None:
        present = frozenset(key for key, _ in scan.conditions())
        if not any(rule <= present for rule in rule_parts(grant.predicate)):
            yield "a row rule is missing"
    if grant.masks:
        yield from _mask_problems(scan, grant)


def _mask_problems(scan: Scan, grant: Grant) -> Iterator[str]:
    """Refuse a masked column anywhere but in its own mask and in the row rule."""
    masks = dict(grant.masks)
    rule = _rule_keys((grant,))
    others = [node for key, node in scan.conditions() if key not in rule]
    for output in scan.select.expressions:
        mask = masks.get(output.alias_or_name.lower()) if isinstance(output, exp.Alias) else None
        if mask is None or mask_key(output.this, scan.alias) not in mask_keys(mask):
            others.append(output)
    bare = {node.name.lower() for part in others for node in part.find_all(exp.Column)}
    for name in sorted(bare & masks.keys()):
        yield f"a masked column without its mask: {name}"


def _rule_keys(grants: Sequence[Grant]) -> frozenset[Key]:
    return frozenset(
        key
        for grant in grants
        if grant.predicate is not None
        for rule in rule_parts(grant.predicate)
        for key in rule
    )


@dataclass(slots=True)
class _Walker:
    grants: Grants
    written: frozenset[tuple[str, ...]]
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
            name = source.alias_or_name.lower()
            if name and name in scope:
                self.problems.append(f"two tables named {name}")
            scope[name] = self._source(source, select, visible, scopes)
        inside = (*scopes, scope)
        scan = next((item for item in scope.values() if item is not None), None)
        if scan is not None and _is_plain_scan(select):
            self._parts(select, ("expressions",), visible, inside)
            rule = _rule_keys(self.grants[scan.source])
            for key, part in scan.conditions():
                if key not in rule:
                    self._expression(part, visible, inside)
            return
        if scan is not None:
            self.problems.append("a governed table outside a plain scan")
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
        if self.written and isinstance(source.this, exp.Query):
            outputs = tuple(source.this.named_selects)
            if outputs in self.written and (text := render(source.this)) in self.grants:
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
                if not isinstance(part, _LEAVES):
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


_LEAVES = (exp.Identifier, exp.Literal, exp.Null, exp.Placeholder, exp.DataType, exp.Var)
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
