"""A metric query as semantic SQL: the text that people read, and that reads back as the same query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import Dialect, TokenType, exp
from sqlglot.errors import SqlglotError

from semantic_layer.calendar import DatePart, Grain
from semantic_layer.errors import NotSupported
from semantic_layer.groups import PartGroup
from semantic_layer.query import (
    AnyOf,
    Condition,
    Filter,
    MetricQuery,
    MetricUse,
    Modifier,
    NotOf,
    OrderBy,
    PartCondition,
    Period,
    Scalar,
)
from semantic_layer.semantic_sql_terms import COMPARED, METRIC_TIME, MODIFIERS, SHARES
from semantic_layer.semantic_sql_values import MAX_DIGITS
from semantic_layer.sql_text import DIALECT

_CLAUSES: Final = ("from_", "where", "group", "having", "qualify", "order", "limit")
_COMPARISONS: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ, "!=": exp.NEQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE,
}  # fmt: skip
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
    text = _Writer(query).text(model)
    # The grammar has no word for it yet, and a proof must not say less than was asked.
    return f"{text}\n-- and all others in one row" if query.others else text


class _Writer:
    """Writes one query."""

    def __init__(self, query: MetricQuery) -> None:
        self.query = query

    def text(self, model: str) -> str:
        """Return the whole statement."""
        select = exp.Select(expressions=[*self._groups(), *self._columns()])
        select.set("from_", exp.From(this=exp.Table(this=_identifier(model))))
        tests = [*self._period(), *(_condition(item) for item in self.query.where)]
        if tests:
            select.set("where", exp.Where(this=_joined(exp.And, tests)))
        groups = [*self._groups()]
        if groups:
            rolled = [exp.Rollup(expressions=groups)] if self.query.totals else groups
            select.set("group", exp.Group(expressions=rolled))
        if self.query.having:
            select.set("having", exp.Having(this=_joined(exp.And, [*self._having()])))
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
                    yield _column(group)
                case PartGroup():
                    yield _dated(group.part, group.role)
                case _:
                    yield _dated(group.time, group.role)

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
        arguments: list[exp.Expr] = [exp.Column(this=_identifier(use.metric))]
        if use.over is not None:
            arguments.append(exp.Literal.string(str(use.over)))
        elif use.modifier in SHARES and use.of is not None:
            plain = use.of == "total" or use.of in tuple(Grain)
            arguments.append(exp.Literal.string(use.of) if plain else _column(use.of))
        elif use.modifier in COMPARED and self.query.compare:
            to, partial = self.query.compare.to, self.query.compare.partial
            if isinstance(to, Period):
                arguments += [_day(to.start), _day(to.end)]
            elif use.modifier == "change_pct" and to == "previous_year":
                name = "YOY"
            else:
                arguments.append(exp.Literal.string(to))
            if partial != "align":
                arguments.append(exp.Literal.string(partial))
        if use.time is not None:
            arguments.append(exp.Anonymous(this="ON_DATE", expressions=[_column(use.time)]))
        return exp.Anonymous(this=name, expressions=arguments)

    def _named(self, metric: str, modifier: Modifier) -> exp.Expr:
        """Return a column by metric and modifier, as it is selected where it is."""
        asked = MetricUse(metric=metric, modifier=modifier)
        selected = (use for use in self._uses() if (use.metric, use.modifier) == (metric, modifier))
        return self._call(next(selected, asked))

    def _period(self) -> Iterator[exp.Expr]:
        if self.query.period:
            time = exp.column(METRIC_TIME)
            yield exp.GTE(this=time, expression=_day(self.query.period.start))
            yield exp.LT(this=time.copy(), expression=_day(self.query.period.end))

    def _having(self) -> Iterator[exp.Expr]:
        for item in self.query.having:
            column = self._named(item.metric, item.modifier)
            if isinstance(item.value, tuple):
                low, high = map(_value, item.value)
                yield exp.Between(this=column, low=low, high=high)
            else:
                yield _COMPARISONS[item.op](this=column, expression=_value(item.value))

    def _cut(self, select: exp.Select) -> None:
        keys = [self._key(item) for item in self.query.order_by]
        limit, per = self.query.limit, self.query.per
        if per is not None and limit is None:
            raise NotSupported("top_per_group_without_limit")
        tied = self.query.ties == "include"
        if limit is not None and (per is not None or tied):
            window = exp.Window(this=exp.Rank() if tied else exp.RowNumber())
            if per is not None:
                window.set("partition_by", [_column(per)])
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
            this = _dated(item.time or item.part or "")
        else:
            this = _column(item.field or "")
        return exp.Ordered(this=this, desc=item.dir == "desc" or None, nulls_first=False)


def _condition(item: Filter) -> exp.Expr:
    match item:
        case AnyOf():
            parts = [_condition(part) for part in item.any]
            return parts[0] if len(parts) == 1 else exp.paren(_joined(exp.Or, parts), copy=False)
        case NotOf():
            inner = _condition(item.not_)
            return exp.Not(this=inner if isinstance(inner, exp.Paren) else exp.paren(inner))
        case PartCondition():
            return _test(item, _dated(item.part))
        case Condition():
            return _test(item, _column(item.field))


def _test(item: Condition | PartCondition, column: exp.Expr) -> exp.Expr:
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    unknown = values == (None,)
    match item.op:
        case "is_null" | "=" if unknown or item.op == "is_null":
            return exp.Is(this=column, expression=exp.null())
        case "not_null" | "!=" if unknown or item.op == "not_null":
            return exp.Is(this=column, expression=exp.null(), negate=True)
        case "in" | "not_in":
            test: exp.Expr = exp.In(this=column, expressions=[_value(value) for value in values])
            return test if item.op == "in" else exp.Not(this=test)
        case "between":
            low, high = map(_value, values)
            return exp.Between(this=column, low=low, high=high)
        case "contains" | "starts_with":
            return _like(column, str(values[0]), inside=item.op == "contains")
        case _:
            return _COMPARISONS[item.op](this=column, expression=_value(values[0]))


def _like(column: exp.Expr, text: str, *, inside: bool) -> exp.Expr:
    escaped = text
    for special in ("\\", "%", "_"):
        escaped = escaped.replace(special, f"\\{special}")
    pattern = exp.Literal.string(f"%{escaped}%" if inside else f"{escaped}%")
    like = exp.ILike(this=column, expression=pattern)
    if escaped == text:
        return like
    return exp.Escape(this=like, expression=exp.Literal.string("\\"))


def _value(value: Scalar) -> exp.Expr:
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.true() if value else exp.false()
        case int() | float() | Decimal():
            return _number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
        case datetime():
            return _typed("TIMESTAMP", value.isoformat(sep=" "))
        case date():
            return _day(value)
        case str():
            return exp.Literal.string(value)


def _number(value: Decimal) -> exp.Expr:
    """Return a number as it reads back; one that is no amount is text, which fields convert themselves."""
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        return exp.Literal.string(str(value))
    plain = format(value, "f")
    return exp.Literal.number(plain if len(plain) <= MAX_DIGITS else str(value))


def _day(day: date) -> exp.Expr:
    return _typed("DATE", day.isoformat())


def _typed(kind: str, text: str) -> exp.Expr:
    return exp.Introducer(this=exp.var(kind), expression=exp.Literal.string(text))


def _dated(name: Grain | DatePart | str, role: str | None = None) -> exp.Expr:
    function = "DATE_PART" if isinstance(name, DatePart) else "DATE_TRUNC"
    unit = exp.Literal.string(str(name))
    time = _column(role) if role else exp.column(METRIC_TIME)
    return exp.Anonymous(this=function, expressions=[unit, time])


def _column(name: str) -> exp.Column:
    source, dot, key = name.partition(".")
    if not (source and dot and key):
        return exp.Column(this=_identifier(name))
    return exp.Column(this=_identifier(key), table=_identifier(source))


@lru_cache(maxsize=4096)
def _is_plain(name: str) -> bool:
    """Say whether a name needs no quotes, neither here nor in front of BY."""
    if not (name.isascii() and name.isidentifier()):
        return False
    try:
        tokens = sqlglot.tokenize(f"{name} BY", read=DIALECT)
        tree = sqlglot.parse_one(f"SELECT {name} = 1", read=DIALECT)
    except SqlglotError:
        return False
    kinds = [token.token_type for token in tokens]
    plain = exp.EQ(this=exp.column(name), expression=exp.Literal.number(1))
    return tree == exp.Select(expressions=[plain]) and kinds == [TokenType.VAR] * 2


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=not _is_plain(name))


def _joined(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    tree = parts[0]
    for part in parts[1:]:
        tree = kind(this=tree, expression=part)
    return tree
