"""Semantic SQL in, a metric query out: trees are read, nothing is run, and what has no certain meaning is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from semantic_layer.calendar import Period
from semantic_layer.catalog import Catalog
from semantic_layer.errors import NotSupported, UnknownName, UnsafeSQL
from semantic_layer.placing import placed, quoting
from semantic_layer.query import (
    Compare,
    CompareColumn,
    MetricQuery,
    MetricUse,
    OrderBy,
    parse_query,
)
from semantic_layer.semantic_sql_clauses import count_of, fill_of, folded, group_key, rank_test
from semantic_layer.semantic_sql_gate import read_select
from semantic_layer.semantic_sql_terms import (
    COMPARED,
    WITH_EMPTY,
    WITH_OTHERS,
    FieldTerm,
    GroupTerm,
    MetricTerm,
    PartTerm,
    Term,
    TimeTerm,
    Words,
    words_of,
)
from semantic_layer.semantic_sql_values import build, call_name, scalar
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
        with quoting(text):
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
    with placed(select.args.get("from_") or select):
        words = words_of(select, catalog)
    reader = _Reader(words, resolve_period)
    return reader.query(select), tuple(reader.columns)


_ADDED: Final = {"Rollup": "totals", WITH_OTHERS: "others", WITH_EMPTY: "include_empty"}


@dataclass
class _Reader:
    """Reads one SELECT."""

    words: Words
    resolve_period: Callable[[str], Period] | None
    columns: list[Term] = field(default_factory=list)
    aliases: dict[str, Term] = field(default_factory=dict)
    measured: list[MetricTerm] = field(default_factory=list)
    groups: list[GroupTerm] = field(default_factory=list)

    def query(self, select: exp.Select) -> MetricQuery:
        for node in select.expressions:
            self._add_column(node)
        metrics = [item for item in self.columns if isinstance(item, MetricTerm)]
        if not metrics:
            raise NotSupported("no_metric_selected")
        added = self._group(select.args.get("group"))
        conditions = Conditions(
            term=self._placed, is_time=self.words.is_time, resolve_period=self.resolve_period
        )
        if where := select.args.get("where"):
            conditions.add_where(where.this)
        if having := select.args.get("having"):
            conditions.add_having(having.this)
        shown, show = folded([item.use for item in metrics])
        data: dict[str, object] = {
            **self._cut(select),
            "metrics": shown,
            "group_by": tuple(map(group_key, self.groups)),
            "period": conditions.period,
            "where": tuple(conditions.filters),
            "having": tuple(conditions.having),
            "compare": self._compare(show),
            "fill": fill_of(metrics),
            **added,
        }
        return parse_query(data)

    def _add_column(self, node: exp.Expr) -> None:
        with placed(node.unalias()):
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
        """Refuse a share of another whole, or a value on another date, than the one that is selected."""
        selected = {
            item.use.of or "total"
            for item in self.columns
            if isinstance(item, MetricTerm)
            and (item.use.metric, item.use.modifier) == (use.metric, "share")
        }
        dates = {
            item.use.time
            for item in self.columns
            if isinstance(item, MetricTerm)
            and (item.use.metric, item.use.modifier) == (use.metric, use.modifier)
        }
        if use.time not in (dates or {None}):
            raise NotSupported("another_date", metric=use.metric)
        if use.modifier == "share" and (selected or {"total"}) != {use.of or "total"}:
            raise NotSupported("another_share", metric=use.metric)

    def _numbered(self, node: exp.Expr) -> Term:
        if not isinstance(node, exp.Literal):
            return self._placed(node)
        place = scalar(node)
        if not isinstance(place, int) or not 1 <= place <= len(self.columns):
            raise NotSupported("column_number", number=node.name[:20], count=len(self.columns))
        return self.columns[place - 1]

    def _group(self, node: exp.Group | None) -> dict[str, bool]:
        """Take GROUP BY and return which rows it asks for besides the groups."""
        found = list(node.expressions) if node else []
        added: dict[str, bool] = {}
        while len(found) == 1 and (
            key := _ADDED.get(call_name(found[0]) or type(found[0]).__name__)
        ):
            added[key] = True
            found = list(found[0].expressions)
        for item in found:
            with placed(item):
                term = self._numbered(item)
                if isinstance(term, MetricTerm):
                    raise NotSupported("grouped_by_metric")
            if term not in self.groups:
                self.groups.append(term)
        return added

    def _cut(self, select: exp.Select) -> dict[str, object]:
        order = self._keys(select.args.get("order"))
        limit, qualify = select.args.get("limit"), select.args.get("qualify")
        if qualify is None:
            return {"order_by": order, "limit": count_of(limit.expression) if limit else None}
        if limit:
            raise NotSupported("qualify_and_limit")
        window, count = rank_test(qualify.this)
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
        with placed(node):
            found = self._numbered(node.this)
        match found:
            case MetricTerm(use=use):
                return build(OrderBy, metric=use.metric, modifier=use.modifier, dir=direction)
            case TimeTerm(grain=grain):
                return build(OrderBy, time=grain, dir=direction)
            case PartTerm(part=part):
                return build(OrderBy, part=part, dir=direction)
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
