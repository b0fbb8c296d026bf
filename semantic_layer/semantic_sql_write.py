"""A metric query as semantic SQL: the text that people read, and that reads back as the same query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlglot import Dialect, exp

from semantic_layer.calendar import Grain
from semantic_layer.errors import NotSupported
from semantic_layer.groups import PartGroup
from semantic_layer.query import (
    MetricQuery,
    MetricUse,
    Modifier,
    OrderBy,
    Period,
)
from semantic_layer.semantic_sql_terms import (
    COMPARED,
    METRIC_TIME,
    MODIFIERS,
    ON_DATE,
    SHARES,
    WITH_EMPTY,
    WITH_OTHERS,
)
from semantic_layer.semantic_sql_write_where import (
    COMPARISONS,
    column_of,
    condition,
    dated,
    day_of,
    identifier,
    joined,
    value_of,
)
from semantic_layer.sql_text import DIALECT

_CLAUSES: Final = ("from_", "where", "group", "having", "qualify", "order", "limit")
_FUNCTIONS: Final[dict[Modifier, str]] = {
    modifier: name for name, modifier in reversed(tuple(MODIFIERS.items()))
}


def to_semantic_sql(query: MetricQuery, model: str) -> str:
    """Write a query as semantic SQL, one clause a line; equal queries give equal text.

    Values with control characters are written as they are, and such text is refused when it is read.

    Args:
        query: What is asked.
        model: The name that it is asked of.

    Raises:
        NotSupported: `per` without a limit, which has no meaning.
    """
    return _Writer(query).text(model)


class _Writer:
    """Writes one query."""

    def __init__(self, query: MetricQuery) -> None:
        self.query = query

    def text(self, model: str) -> str:
        """Return the whole statement."""
        select = exp.Select(expressions=[*self._groups(), *self._columns()])
        select.set("from_", exp.From(this=exp.Table(this=identifier(model))))
        tests = [*self._period(), *(condition(item) for item in self.query.where)]
        if tests:
            select.set("where", exp.Where(this=joined(exp.And, tests)))
        if groups := self._grouping():
            select.set("group", exp.Group(expressions=groups))
        if self.query.having:
            select.set("having", exp.Having(this=joined(exp.And, [*self._having()])))
        self._cut(select)
        generator = Dialect.get_or_raise(DIALECT).generator(comments=False)
        columns = [generator.generate(item, copy=False) for item in select.expressions]
        clauses = [select.args[name] for name in _CLAUSES if select.args.get(name)]
        lines = [generator.generate(item, copy=False).strip() for item in clauses]
        return "\n".join([f"SELECT {', '.join(columns)}", *lines])

    def _groups(self) -> Iterator[exp.Expr]:
        for group in self.query.group_by:
            match group:
                case str():
                    yield column_of(group)
                case PartGroup():
                    yield dated(group.part, group.role)
                case _:
                    yield dated(group.time, group.role)

    def _grouping(self) -> list[exp.Expr]:
        """Return what GROUP BY holds; each of the rows that are added to the groups is a call around them."""
        groups = [*self._groups()]
        for call, asked in (
            (WITH_EMPTY, self.query.include_empty),
            (WITH_OTHERS, self.query.others),
        ):
            if asked:
                groups = [exp.Anonymous(this=call, expressions=groups)]
        return [exp.Rollup(expressions=groups)] if groups and self.query.totals else groups

    def _columns(self) -> Iterator[exp.Expr]:
        uses = [*self._uses()]
        values = {use.modifier for use in uses} & {"value"} or {use.modifier for use in uses}
        for use in uses:
            call = self._call(use)
            filled = self.query.fill == "zero" and use.modifier in values
            zero = exp.Literal.number(0)
            yield exp.Coalesce(this=call, expressions=[zero]) if filled else call

    def _uses(self) -> Iterator[MetricUse]:
        """Yield every column, those that the comparison adds behind their metric."""
        shown = self.query.compare.show if self.query.compare else ()
        for use in self.query.metrics:
            yield use
            if use.modifier == "value":
                yield from (use.model_copy(update={"modifier": name}) for name in shown)

    def _call(self, use: MetricUse) -> exp.Expr:
        name = _FUNCTIONS[use.modifier]
        arguments: list[exp.Expr] = [exp.Column(this=identifier(use.metric))]
        if use.over is not None:
            arguments.append(exp.Literal.string(str(use.over)))
        elif use.modifier in SHARES and use.of is not None:
            plain = use.of == "total" or use.of in tuple(Grain)
            arguments.append(exp.Literal.string(use.of) if plain else column_of(use.of))
        elif use.modifier in COMPARED and self.query.compare:
            to, partial = self.query.compare.to, self.query.compare.partial
            if isinstance(to, Period):
                arguments += [day_of(to.start), day_of(to.end)]
            elif use.modifier == "change_pct" and to == "previous_year":
                name = "YOY"
            else:
                arguments.append(exp.Literal.string(to))
            if partial != "align":
                arguments.append(exp.Literal.string(partial))
        if use.time is not None:
            arguments.append(exp.Anonymous(this=ON_DATE, expressions=[column_of(use.time)]))
        return exp.Anonymous(this=name, expressions=arguments)

    def _named(self, metric: str, modifier: Modifier) -> exp.Expr:
        """Return a column by metric and modifier, as it is selected where it is."""
        asked = MetricUse(metric=metric, modifier=modifier)
        selected = (use for use in self._uses() if (use.metric, use.modifier) == (metric, modifier))
        return self._call(next(selected, asked))

    def _period(self) -> Iterator[exp.Expr]:
        if self.query.period:
            time = exp.column(METRIC_TIME)
            yield exp.GTE(this=time, expression=day_of(self.query.period.start))
            yield exp.LT(this=time.copy(), expression=day_of(self.query.period.end))

    def _having(self) -> Iterator[exp.Expr]:
        for item in self.query.having:
            column = self._named(item.metric, item.modifier)
            if isinstance(item.value, tuple):
                low, high = map(value_of, item.value)
                yield exp.Between(this=column, low=low, high=high)
            else:
                yield COMPARISONS[item.op](this=column, expression=value_of(item.value))

    def _cut(self, select: exp.Select) -> None:
        keys = [self._key(item) for item in self.query.order_by]
        limit, per = self.query.limit, self.query.per
        if per is not None and limit is None:
            raise NotSupported("top_per_group_without_limit")
        tied = self.query.ties == "include"
        if limit is not None and (per is not None or tied):
            window = exp.Window(this=exp.Rank() if tied else exp.RowNumber())
            if per is not None:
                window.set("partition_by", [column_of(per)])
            if keys:
                window.set("order", exp.Order(expressions=[key.copy() for key in keys]))
            number = exp.Literal.number(limit)
            select.set("qualify", exp.Qualify(this=exp.LTE(this=window, expression=number)))
        elif limit is not None:
            select.set("limit", exp.Limit(expression=exp.Literal.number(limit)))
        if keys:
            select.set("order", exp.Order(expressions=keys))

    def _key(self, item: OrderBy) -> exp.Expr:
        if item.metric is not None:
            this = self._named(item.metric, item.modifier)
        elif item.time is not None or item.part is not None:
            this = dated(item.time or item.part or "")
        else:
            this = column_of(item.field or "")
        return exp.Ordered(this=this, desc=item.dir == "desc" or None, nulls_first=False)
