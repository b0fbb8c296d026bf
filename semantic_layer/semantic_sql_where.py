"""WHERE and HAVING of semantic SQL: filters on fields, tests on metrics, one period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlglot import exp

from semantic_layer.calendar import Period as Days
from semantic_layer.errors import MalformedQuery, NotSupported, UnsafeSQL
from semantic_layer.placing import placed
from semantic_layer.query import AnyOf, Condition, Filter, Having, NotOf, PartCondition, Period
from semantic_layer.semantic_sql_terms import (
    FieldTerm,
    MetricTerm,
    PartTerm,
    Term,
)
from semantic_layer.semantic_sql_values import (
    amount,
    build,
    call_name,
    is_literal,
    like_condition,
    scalar,
    unreadable,
)

PeriodReader = Callable[[str], Days]
_COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=", exp.NEQ: "!=", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_FLIPPED: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_OPPOSITE: Final = {"in": "not_in", "is_null": "not_null"}
_MAX_NESTED: Final = 30


@dataclass(frozen=True, slots=True)
class _Test:
    """One comparison: what is tested, how, and against which literals."""

    subject: exp.Expr
    op: str
    values: tuple[exp.Expr, ...] = ()


@dataclass(kw_only=True)
class Conditions:
    """Collects what a SELECT's conditions say.

    Attributes:
        term: Looks a name or call up.
        is_time: Says whether a node is metric_time.
        resolve_period: Reads a period phrase, or None where nobody can.
    """

    term: Callable[[exp.Expr], Term]
    is_time: Callable[[exp.Expr], bool]
    resolve_period: PeriodReader | None
    filters: list[Filter] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    starts: list[date] = field(default_factory=list)
    ends: list[date] = field(default_factory=list)

    def add_where(self, node: exp.Expr) -> None:
        """Take the conditions of a WHERE; a test on a metric there is meant for HAVING.

        Raises:
            QueryError: What cannot be said, and what can.
        """
        for part in _parts(node, exp.And):
            with placed(part):
                self._add_condition(part)

    def _add_condition(self, part: exp.Expr) -> None:
        if call_name(part) == "PERIOD":
            self._add_phrase(part)
            return
        test = _read_test(part)
        if test is not None and self.is_time(test.subject):
            self._add_bound(test)
        elif test is not None and isinstance(term := self.term(test.subject), MetricTerm):
            self._add_metric(term, test)
        else:
            self.filters.append(self._filter(part, 0))

    def add_having(self, node: exp.Expr) -> None:
        """Take the tests of a HAVING.

        Raises:
            QueryError: What cannot be said, and what can.
        """
        for part in _parts(node, exp.And):
            with placed(part):
                test = _read_test(part)
                term = self.term(test.subject) if test else None
                if test is None or not isinstance(term, MetricTerm):
                    raise NotSupported("having_form")
                self._add_metric(term, test)

    @property
    def period(self) -> Period | None:
        """The one range that all bounds on metric_time leave."""
        if not self.starts and not self.ends:
            return None
        if not self.starts or not self.ends:
            raise NotSupported("period_open")
        return build(Period, start=max(self.starts), end=min(self.ends))

    def _add_metric(self, term: MetricTerm, test: _Test) -> None:
        if test.op not in {*_COMPARISONS.values(), "between"}:
            raise NotSupported("metric_operator", operator=test.op)
        values = tuple(amount(value) for value in test.values)
        item = build(
            Having,
            metric=term.use.metric,
            modifier=term.use.modifier,
            op=test.op,
            value=values if test.op == "between" else values[0],
        )
        self.having.append(item)

    def _add_phrase(self, node: exp.Expr) -> None:
        phrase = node.expressions[0] if len(node.expressions) == 1 else None
        if not isinstance(phrase, exp.Literal) or not phrase.is_string:
            raise MalformedQuery("period_form")
        if self.resolve_period is None:
            raise NotSupported("period_phrase_unread")
        found = self.resolve_period(phrase.name)
        self.starts.append(found.start)
        self.ends.append(found.end)

    def _add_bound(self, test: _Test) -> None:
        days = [_day(value) for value in test.values]
        match test.op:
            case ">=":
                self.starts.append(days[0])
            case ">":
                self.starts.append(_next(days[0]))
            case "<":
                self.ends.append(days[0])
            case "<=":
                self.ends.append(_next(days[0]))
            case "=" | "between":
                self.starts.append(days[0])
                self.ends.append(_next(days[-1]))
            case _:
                raise NotSupported("time_operator", operator=test.op)

    def _filter(self, node: exp.Expr, depth: int) -> Filter:
        if depth > _MAX_NESTED:
            raise UnsafeSQL([f"conditions nested deeper than {_MAX_NESTED}"])
        node = node.unnest()
        match node:
            case exp.Or():
                return _any([self._filter(part, depth + 1) for part in _parts(node, exp.Or)])
            case exp.And():
                parts = [self._filter(part, depth + 1) for part in _parts(node, exp.And)]
                return _negated(_any([_negated(part) for part in parts]))
            case _:
                return self._single(node, depth)

    def _single(self, node: exp.Expr, depth: int) -> Filter:
        test = _read_test(node)
        if test is not None:
            return self._condition(test)
        if isinstance(node, exp.Not):
            return _negated(self._filter(node.this, depth + 1))
        if _is_negated(node):
            return _negated(self._filter(_affirmed(node), depth + 1))
        raise unreadable(node)

    def _condition(self, test: _Test) -> Condition | PartCondition:
        if self.is_time(test.subject):
            raise NotSupported("time_in_or")
        term = self.term(test.subject)
        if isinstance(term, PartTerm):
            return _part_condition(term, test)
        if not isinstance(term, FieldTerm):
            raise NotSupported("condition_form")
        if test.op == "true" and term.bound.datatype != "Boolean":
            raise NotSupported("field_as_condition", field=term.name)
        if test.op == "true":
            return build(Condition, field=term.name, op="=", value=True)
        if test.op == "like":
            return like_condition(term.name, test.values)
        values = tuple(scalar(value) for value in test.values)
        if test.op in {"=", "!="} and values == (None,):
            return build(Condition, field=term.name, op="is_null" if test.op == "=" else "not_null")
        many = test.op in {"in", "not_in", "between"}
        value = values if many else (values or (None,))[0]
        return build(Condition, field=term.name, op=test.op, value=value)


def _part_condition(term: PartTerm, test: _Test) -> PartCondition:
    values = tuple(scalar(value) for value in test.values)
    many = test.op in {"in", "not_in", "between"}
    value = values if many else (values or (None,))[0]
    return build(PartCondition, part=term.part, op=test.op, value=value)


def _parts(node: exp.Expr, kind: type[exp.Connector]) -> Iterator[exp.Expr]:
    """Yield what AND (or OR) joins, in order; a chain of thousands is no recursion.

    Brackets around ANDs within ANDs change nothing and are opened; ORs in brackets stay one alternative.
    """
    pending = [node]
    while pending:
        part = pending.pop()
        inner = part.unnest() if kind is exp.And else part
        if type(inner) is kind:
            pending += [inner.expression, inner.this]
        else:
            yield part.unnest()


def _read_test(node: exp.Expr) -> _Test | None:
    """Return a comparison with literals, or None where a node is something else."""
    test: _Test | None = None
    match node:
        case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            test = _sides(node)
        case exp.In():
            test = _Test(node.this, "in", tuple(node.expressions))
        case exp.Between():
            test = _Test(node.this, "between", (node.args["low"], node.args["high"]))
        case exp.Not(this=exp.In() | exp.Is(expression=exp.Null()) as inner):
            found = _read_test(inner)
            test = _Test(found.subject, _OPPOSITE[found.op], found.values) if found else None
        case exp.Is(expression=exp.Null() | exp.Boolean() as value) if not _is_negated(node):
            known = isinstance(value, exp.Boolean)
            test = _Test(node.this, "=" if known else "is_null", (value,) if known else ())
        case exp.Like() | exp.ILike() | exp.Escape() if not _is_negated(node):
            test = _like_test(node)
        case exp.Column():
            test = _Test(node, "true")
        case _:
            pass
    return test


def _like_test(node: exp.Expr) -> _Test | None:
    if isinstance(node, exp.Escape):
        inner = node.this
        known = isinstance(inner, exp.Like | exp.ILike)
        return _Test(inner.this, "like", (inner, node.expression)) if known else None
    return _Test(node.this, "like", (node, exp.Literal.string("")))


def _is_negated(node: exp.Expr) -> bool:
    """Say whether NOT is a part of the node itself: NOT LIKE is, NOT IN is not."""
    inner = node.this if isinstance(node, exp.Escape) else node
    return bool(isinstance(inner, exp.Like | exp.ILike | exp.Is) and inner.args.get("negate"))


def _affirmed(node: exp.Expr) -> exp.Expr:
    plain = node.copy()
    (plain.this if isinstance(plain, exp.Escape) else plain).set("negate", None)
    return plain


def _sides(node: exp.Expr) -> _Test:
    left, right, op = node.this.unnest(), node.expression.unnest(), _COMPARISONS[type(node)]
    if is_literal(left) and not is_literal(right):
        left, right, op = right, left, _FLIPPED.get(op, op)
    return _Test(left, op, (right,))


def _any(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else AnyOf(any=tuple(parts))


def _negated(item: Filter) -> NotOf:
    return NotOf.model_validate({"not": item})


def _day(node: exp.Expr) -> date:
    value = scalar(node)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise NotSupported("time_value", value=value[:40]) from error
    if isinstance(value, datetime) or not isinstance(value, date):
        raise NotSupported("time_needs_day")
    return value


def _next(day: date) -> date:
    try:
        return day + timedelta(days=1)
    except OverflowError as error:
        raise MalformedQuery("last_day") from error
