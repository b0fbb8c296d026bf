"""Filters as SQL: values typed by their field and bound, unknown members treated as members."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from semantic_layer.catalog import BoundField
from semantic_layer.dates import part_column
from semantic_layer.errors import MalformedQuery
from semantic_layer.formulas import single
from semantic_layer.query import AnyOf, Condition, Filter, Having, NotOf, PartCondition, Scalar
from semantic_layer.validator import Value

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
    "!=": exp.NEQ,
}
MAX_DIGITS = 30
"""Digits before the point of a number that is bound; the engine's widest integers have 38."""
FieldOf = Callable[[str], BoundField]


@dataclass
class Parameters:
    """Values to bind, named p1, p2, … in the order of use; equal values share a name."""

    values: dict[str, Value] = field(default_factory=dict)

    def bind(self, value: Value) -> exp.Expr:
        """Return the placeholder of a value."""
        for name, known in self.values.items():
            if type(known) is type(value) and known == value and name.startswith("p"):
                return exp.Placeholder(this=name)
        name = f"p{sum(key.startswith('p') for key in self.values) + 1}"
        self.values[name] = value
        return exp.Placeholder(this=name)


def condition(item: Filter, field_of: FieldOf, parameters: Parameters) -> exp.Expr:
    """Return a filter as a SQL condition.

    Unknown members (NULL) are members: they are not equal to any value, so `!=`, `not_in` and `not` include them.

    Raises:
        MalformedQuery: A value that its field cannot hold.
        UnknownName: A field that is not in the catalog.
    """
    match item:
        case AnyOf():
            return exp.paren(
                exp.or_(*(condition(part, field_of, parameters) for part in item.any)), copy=False
            )
        case NotOf():
            inner = exp.Coalesce(
                this=condition(item.not_, field_of, parameters), expressions=[exp.false()]
            )
            return exp.Not(this=inner)
        case PartCondition():
            values = [*item.value] if isinstance(item.value, tuple) else [item.value]
            return _compared(item.op, values, part_column(item.part), parameters)
        case Condition():
            return _test(item, field_of(item.field), parameters)


def _test(item: Condition, bound: BoundField, parameters: Parameters) -> exp.Expr:
    column = single(bound.expr.copy())
    match item.op:
        case "is_null":
            return exp.Is(this=column, expression=exp.null())
        case "not_null":
            return exp.Not(this=exp.Is(this=column, expression=exp.null()))
        case "contains" | "starts_with":
            return _like(item, column, parameters)
        case _ if bound.datatype == "DateTime":
            return _moments(item, column, bound, parameters)
        case _:
            return _valued(item, column, bound, parameters)


def _valued(
    item: Condition, column: exp.Expr, bound: BoundField, parameters: Parameters
) -> exp.Expr:
    values = [
        typed(value, bound)
        for value in (item.value if isinstance(item.value, tuple) else (item.value,))
    ]
    return _compared(item.op, values, column, parameters)


def _compared(
    op: str, values: Sequence[Value], column: exp.Expr, parameters: Parameters
) -> exp.Expr:
    if op == "between":
        low, high = values
        return exp.Between(this=column, low=parameters.bind(low), high=parameters.bind(high))
    if op in {"=", "in"}:
        return _one_of(column, values, parameters)
    if op in {"!=", "not_in"}:
        return exp.Not(
            this=exp.Coalesce(this=_one_of(column, values, parameters), expressions=[exp.false()])
        )
    return _COMPARISONS[op](this=column, expression=parameters.bind(values[0]))


def _one_of(column: exp.Expr, values: Sequence[Value], parameters: Parameters) -> exp.Expr:
    known = [value for value in values if value is not None]
    tests: list[exp.Expr] = []
    if len(known) == 1:
        tests.append(exp.EQ(this=column, expression=parameters.bind(known[0])))
    elif known:
        tests.append(exp.In(this=column, expressions=[parameters.bind(value) for value in known]))
    if len(known) < len(values):
        tests.append(exp.Is(this=column.copy(), expression=exp.null()))
    if not tests:
        return exp.false()
    return tests[0] if len(tests) == 1 else exp.paren(exp.or_(*tests), copy=False)


def _like(item: Condition, column: exp.Expr, parameters: Parameters) -> exp.Expr:
    text = str(item.value)
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    pattern = f"%{text}%" if item.op == "contains" else f"{text}%"
    like = exp.Like(
        this=exp.Lower(this=exp.cast(column, "text")),
        expression=exp.Lower(this=parameters.bind(pattern)),
    )
    return exp.Escape(this=like, expression=exp.Literal.string("\\"))


@dataclass(frozen=True, slots=True)
class _Span:
    """A moment (`exact`: start = end), or a whole day up to, not including, the next midnight (rule 9)."""

    start: date
    end: date
    exact: bool


_BOUNDS: dict[str, Callable[[_Span], tuple[type[exp.Binary], date]]] = {
    ">": lambda span: (exp.GT if span.exact else exp.GTE, span.end),
    ">=": lambda span: (exp.GTE, span.start),
    "<": lambda span: (exp.LT, span.start),
    "<=": lambda span: (exp.LTE if span.exact else exp.LT, span.end),
}


def _span(value: Value) -> _Span | None:
    if isinstance(value, datetime):
        return _Span(value, value, exact=True)
    if isinstance(value, date):
        return _Span(value, value + timedelta(days=1), exact=False)
    return None


def _moments(
    item: Condition, column: exp.Expr, bound: BoundField, parameters: Parameters
) -> exp.Expr:
    """Compare a timestamp with moments and days."""
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    spans = [_span(typed(value, bound)) for value in values]
    known = [span for span in spans if span is not None]

    def side(op: str, span: _Span) -> exp.Expr:
        kind, moment = _BOUNDS[op](span)
        return kind(this=column.copy(), expression=parameters.bind(moment))

    if item.op == "between":
        return exp.and_(side(">=", known[0]), side("<=", known[1]))
    if item.op in _BOUNDS:
        return side(item.op, known[0])
    tests = [exp.and_(side(">=", span), side("<=", span)) for span in known]
    if len(known) < len(spans):
        tests.append(exp.Is(this=column.copy(), expression=exp.null()))
    either = exp.paren(exp.or_(*tests), copy=False) if tests else exp.false()
    if item.op in {"=", "in"}:
        return either
    return exp.Not(this=exp.Coalesce(this=either, expressions=[exp.false()]))


def typed(value: Scalar, bound: BoundField) -> Value:
    """Return a value in the type that its field holds.

    Raises:
        MalformedQuery: The field cannot hold it.
    """
    if value is None:
        return None
    try:
        return _converted(value, bound.datatype)
    except (ValueError, KeyError, OverflowError, InvalidOperation) as error:
        raise MalformedQuery(
            "field_value", field=bound.name, datatype=str(bound.datatype), value=str(value)[:40]
        ) from error


def _converted(value: Scalar, datatype: str) -> Value:
    match datatype:
        case "Date":
            return _day(value)
        case "DateTime":
            return _moment(value) if len(str(value)) > 10 else _day(value)
        case "Integer" | "Decimal" | "Float":
            return _number(Decimal(str(value)))
        case "Boolean":
            return (
                value
                if isinstance(value, bool)
                else {"true": True, "false": False}[str(value).lower()]
            )
        case _:
            return str(value)


def _moment(value: Scalar) -> datetime:
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is not None:
        raise ValueError("times are wall-clock times of the model's zone")
    return found


def _day(value: Scalar) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def having(item: Having, value: exp.Expr, parameters: Parameters) -> exp.Expr:
    """Return a test on a computed metric; a metric without a value passes none."""
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    try:
        bounds = [parameters.bind(_number(bound)) for bound in values]
    except ValueError as error:
        raise MalformedQuery("having_value", metric=item.metric) from error
    if (item.op == "between") != (len(bounds) == 2):
        raise MalformedQuery("having_bounds", metric=item.metric)
    if item.op == "between":
        return exp.Between(this=value, low=bounds[0], high=bounds[1])
    return _COMPARISONS[item.op](this=value, expression=bounds[0])


def _number(value: Decimal) -> Value:
    """Return a bound number; what no column can hold is refused before it becomes a very long integer."""
    if not value.is_finite() or value.adjusted() > MAX_DIGITS:
        raise ValueError("not a number that a column can hold")
    return int(value) if value == value.to_integral_value() else value


def fields_of(filters: Iterable[Filter]) -> Iterator[str]:
    """Yield the names of the fields that filters test."""
    for item in filters:
        match item:
            case Condition():
                yield item.field
            case PartCondition():
                pass
            case AnyOf():
                yield from fields_of(item.any)
            case NotOf():
                yield from fields_of((item.not_,))
