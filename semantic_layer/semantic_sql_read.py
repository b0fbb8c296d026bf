"""Semantic SQL in, a metric query out: trees are read, nothing is run, and what has no certain meaning is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import get_args

from sqlglot import exp

from semantic_layer.calendar import Period
from semantic_layer.catalog import Catalog
from semantic_layer.errors import NotSupported, UnknownName, UnsafeSQL
from semantic_layer.groups import TimeGroup
from semantic_layer.query import (
    Compare,
    CompareColumn,
    MetricQuery,
    MetricUse,
    OrderBy,
    parse_query,
)
from semantic_layer.semantic_sql_gate import read_select
from semantic_layer.semantic_sql_terms import (
    COMPARED,
    FieldTerm,
    MetricTerm,
    Term,
    TimeTerm,
    Words,
    words_of,
)
from semantic_layer.semantic_sql_values import build, scalar
from semantic_layer.semantic_sql_where import Conditions


def from_semantic_sql(
    text: str, catalog: Catalog, *, resolve_period: Callable[[str], Period] | None = None
) -> MetricQuery:
    """Read a SELECT over the model as a metric query.

    Forgiving where the meaning is certain: a test on a metric in WHERE is a HAVING, selected dimensions are grouped,
    a bare metric name is MEASURE of it, `20%` is 0.2, ordinals and aliases stand for their column.

    Args:
        text: What a person or a model wrote.
        catalog: What the asker may name.
        resolve_period: Reads the phrase of `PERIOD('…')`; without it such phrases are refused.

    Raises:
        UnsafeSQL: The text gate refuses it, or it calls a function that semantic SQL does not have.
        UnknownName: A name that the catalog does not define, or not for this asker.
        MalformedQuery: Values that do not fit where they stand.
        NotSupported: SQL without a meaning here.
    """
    try:
        return read_tree(read_select(text), catalog, resolve_period)[0]
    except RecursionError as error:
        raise UnsafeSQL(["nested too deep"]) from error


def read_tree(
    select: exp.Select, catalog: Catalog, resolve_period: Callable[[str], Period] | None
) -> tuple[MetricQuery, tuple[Term, ...]]:
    """Read one plain SELECT; return the query and what each column of the SELECT list stands for.

    Raises:
        QueryError: What cannot be read, and why.
    """
    reader = _Reader(words_of(select, catalog), resolve_period)
    return reader.query(select), tuple(reader.columns)


@dataclass
class _Reader:
    """Reads one SELECT."""

    words: Words
    resolve_period: Callable[[str], Period] | None
    columns: list[Term] = field(default_factory=list)
    aliases: dict[str, Term] = field(default_factory=dict)
    measured: list[MetricTerm] = field(default_factory=list)
    groups: list[FieldTerm | TimeTerm] = field(default_factory=list)

    def query(self, select: exp.Select) -> MetricQuery:
        for node in select.expressions:
            self._add_column(node)
        metrics = [item for item in self.columns if isinstance(item, MetricTerm)]
        if not metrics:
            raise NotSupported("no_metric_selected")
        totals = self._group(select.args.get("group"))
        conditions = Conditions(
            term=self._placed, is_time=self.words.is_time, resolve_period=self.resolve_period
        )
        if where := select.args.get("where"):
            conditions.add_where(where.this)
        if having := select.args.get("having"):
            conditions.add_having(having.this)
        shown, show = _folded([item.use for item in metrics])
        data: dict[str, object] = {
            **self._cut(select),
            "metrics": shown,
            "group_by": tuple(map(_group_key, self.groups)),
            "period": conditions.period,
            "where": tuple(conditions.filters),
            "having": tuple(conditions.having),
            "compare": self._compare(show),
            "fill": _fill(metrics),
            "totals": totals,
        }
        return parse_query(data)

    def _add_column(self, node: exp.Expr) -> None:
        term = self._term(node.unalias())
        self.columns.append(term)
        if not isinstance(term, MetricTerm) and term not in self.groups:
            self.groups.append(term)
        if alias := node.alias:
            if self._names_another(alias, term):
                raise NotSupported("alias_taken", alias=alias)
            self.aliases[alias.casefold()] = term

    def _names_another(self, alias: str, term: Term) -> bool:
        column = exp.column(exp.to_identifier(alias, quoted=True))
        if self.words.is_time(column):
            return not isinstance(term, TimeTerm)
        try:
            meant = self.words.term(column)
        except UnknownName:
            meant = term
        return {meant, self.aliases.get(alias.casefold(), term)} != {term}

    def _term(self, node: exp.Expr) -> Term:
        term = self.words.term(node)
        if isinstance(term, MetricTerm):
            self.measured.append(term)
        return term

    def _placed(self, node: exp.Expr) -> Term:
        """Return what a node behind the SELECT list stands for: an alias of that list, or a term of its own."""
        node = node.unnest()
        if isinstance(node, exp.Column) and not node.table and node.name.casefold() in self.aliases:
            return self.aliases[node.name.casefold()]
        term = self._term(node)
        if isinstance(term, MetricTerm) and term not in self.columns:
            if term.filled:
                raise NotSupported("coalesce_outside_select")
            self._check_whole(term.use)
        return term

    def _check_whole(self, use: MetricUse) -> None:
        """Refuse a share of another whole than the one that is selected: a query has one share of a metric."""
        selected = {
            item.use.of or "total"
            for item in self.columns
            if isinstance(item, MetricTerm)
            and (item.use.metric, item.use.modifier) == (use.metric, "share")
        }
        if use.modifier == "share" and (selected or {"total"}) != {use.of or "total"}:
            raise NotSupported("another_share", metric=use.metric)

    def _numbered(self, node: exp.Expr) -> Term:
        if not isinstance(node, exp.Literal):
            return self._placed(node)
        place = scalar(node)
        if not isinstance(place, int) or not 1 <= place <= len(self.columns):
            raise NotSupported("column_number", number=node.name[:20], count=len(self.columns))
        return self.columns[place - 1]

    def _group(self, node: exp.Group | None) -> bool:
        """Take GROUP BY and return whether it asks for totals."""
        found = node.expressions if node else []
        rolled = len(found) == 1 and isinstance(found[0], exp.Rollup)
        for item in found[0].expressions if rolled else found:
            term = self._numbered(item)
            if isinstance(term, MetricTerm):
                raise NotSupported("grouped_by_metric")
            if term not in self.groups:
                self.groups.append(term)
        return rolled

    def _cut(self, select: exp.Select) -> dict[str, object]:
        order = self._keys(select.args.get("order"))
        limit, qualify = select.args.get("limit"), select.args.get("qualify")
        if qualify is None:
            return {"order_by": order, "limit": _count(limit.expression) if limit else None}
        if limit:
            raise NotSupported("qualify_and_limit")
        window, count = _rank_test(qualify.this)
        keys, per = self._keys(window.args.get("order")), self._per(window)
        first = (build(OrderBy, field=per, dir="asc"),) if per else ()
        if order not in {(), keys, (*first, *keys)}:
            raise NotSupported("two_orders")
        ties = "include" if isinstance(window.this, exp.Rank) else "cut"
        return {"order_by": keys, "limit": count, "ties": ties, "per": per}

    def _per(self, window: exp.Window) -> str | None:
        parts = window.args.get("partition_by") or []
        terms = [self._placed(item) for item in parts]
        match terms:
            case []:
                return None
            case [FieldTerm() as term]:
                return self._spelled(term)
            case _:
                raise NotSupported("partition_form")

    def _keys(self, order: exp.Order | None) -> tuple[OrderBy, ...]:
        return tuple(self._key(item) for item in order.expressions) if order else ()

    def _key(self, node: exp.Ordered) -> OrderBy:
        if node.args.get("nulls_first"):
            raise NotSupported("nulls_first")
        direction = "desc" if node.args.get("desc") else "asc"
        match self._numbered(node.this):
            case MetricTerm(use=use):
                return build(OrderBy, metric=use.metric, modifier=use.modifier, dir=direction)
            case TimeTerm(grain=grain):
                return build(OrderBy, time=grain, dir=direction)
            case FieldTerm() as term:
                return build(OrderBy, field=self._spelled(term), dir=direction)

    def _spelled(self, term: FieldTerm) -> str:
        """Return a field as the grouping spells it."""
        return next(
            (item.name for item in self.groups if isinstance(item, FieldTerm) and item == term),
            term.name,
        )

    def _compare(self, show: tuple[CompareColumn, ...]) -> Compare | None:
        compared = [item for item in self.measured if item.use.modifier in COMPARED]
        if not compared:
            return None
        bases = {item.base for item in compared if item.base}
        bases = bases or {self._default(item.use) for item in compared}
        if len(bases) > 1:
            raise NotSupported("several_bases")
        return bases.pop().model_copy(update={"show": show})

    def _default(self, use: MetricUse) -> Compare:
        spec = self.words.catalog.metric(use.metric).spec.compare
        if spec is None:
            raise NotSupported("compare_without_base", metric=use.metric)
        return build(Compare, to=spec.to, partial=spec.partial, show=())


def _folded(
    uses: Sequence[MetricUse],
) -> tuple[tuple[MetricUse, ...], tuple[CompareColumn, ...]]:
    """Take comparison columns that follow every value alike out of the list: the comparison shows them."""
    kept: list[MetricUse] = []
    shows: list[list[CompareColumn]] = []
    for use in uses:
        shown = next((column for column in get_args(CompareColumn) if column == use.modifier), None)
        if shown is not None:
            if not kept or kept[-1] != MetricUse(metric=use.metric):
                return tuple(uses), ()
            shows[-1].append(shown)
            continue
        kept.append(use)
        if use.modifier == "value":
            shows.append([])
    if not shows or any(show != shows[0] for show in shows):
        return tuple(uses), ()
    return tuple(kept), tuple(shows[0])


def _fill(metrics: Sequence[MetricTerm]) -> str | None:
    filled = [item for item in metrics if item.filled]
    values = [item for item in metrics if item.use.modifier == "value"] or metrics
    if filled and filled != list(values):
        raise NotSupported("coalesce_some")
    return "zero" if filled else None


def _group_key(term: FieldTerm | TimeTerm) -> str | TimeGroup:
    return term.name if isinstance(term, FieldTerm) else TimeGroup(time=term.grain)


def _rank_test(node: exp.Expr) -> tuple[exp.Window, int]:
    window = node.this.unnest() if isinstance(node, exp.LTE | exp.LT | exp.EQ) else None
    if not isinstance(window, exp.Window) or not isinstance(window.this, exp.Rank | exp.RowNumber):
        raise NotSupported("qualify_form")
    count = _count(node.expression) - isinstance(node, exp.LT)
    if isinstance(node, exp.EQ) and count != 1:
        raise NotSupported("one_rank_place")
    return window, count


def _count(node: exp.Expr) -> int:
    value = scalar(node)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotSupported("limit_not_number")
    return value
