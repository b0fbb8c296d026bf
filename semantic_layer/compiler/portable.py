"""What every engine answers alike: an allow-list of the SQL that may leave for another engine.

The renderer raises nothing where it cannot translate, so its silence proves nothing. What is not listed here is
refused by name; what is listed means the same everywhere, as it stands or by a rule of `engine_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from semantic_layer import allowed_sql

Check: TypeAlias = Callable[[exp.Expr], bool]

_ARGUMENTS: Final[Mapping[type[exp.Expr], frozenset[str]]] = {
    node: frozenset(arguments.split())
    for node, arguments in {
        exp.Select: "with_ expressions distinct from_ joins where group order limit",
        exp.Union: "with_ this expression distinct",
        exp.Subquery: "this alias",
        exp.Table: "this alias db catalog",
        exp.Join: "this on side kind",
        exp.Group: "expressions",
        exp.Star: "",
        exp.In: "this expressions",
        exp.Window: "this partition_by order spec over",
        exp.Distinct: "expressions",
        exp.Case: "ifs default",
        exp.Ordered: "this desc nulls_first",
    }.items()
}
"""Arguments that may be set; USING, QUALIFY, OFFSET, named windows and `NOT IN (SELECT …)` are not among them."""

_PLAIN: Final[frozenset[type[exp.Expr]]] = frozenset(_ARGUMENTS) | {
    exp.With, exp.CTE, exp.From, exp.TableAlias, exp.Values, exp.Tuple, exp.Where, exp.Order, exp.Ordered,
    exp.Column, exp.Identifier, exp.Paren, exp.Literal, exp.Boolean, exp.DataType, exp.Var,
    exp.And, exp.Or, exp.Not, exp.Neg, exp.Add, exp.Sub, exp.Mul,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between,
    exp.Like, exp.ILike, exp.Exists, exp.If, exp.DPipe,
    exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.Median, exp.RowNumber, exp.Rank, exp.DenseRank,
    exp.Coalesce, exp.Nullif, exp.Abs, exp.Floor, exp.Ceil, exp.Ln, exp.Lower, exp.Upper,
    exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear,
    exp.Week, exp.WeekOfYear, exp.Hour, exp.Minute,
}  # fmt: skip

PARTS: Final[frozenset[str]] = frozenset(
    ["year", "quarter", "month", "day", "isodow", "dow", "week", "doy", "hour", "minute"]
)
PART_NAMES: Final[Mapping[str, str]] = {
    "dayofweek": "dow",
    "weekofyear": "week",
    "dayofyear": "doy",
    "dayofmonth": "day",
} | {part: part for part in PARTS}
"""What definitions may call a part of a date → its one name here; `dow` is 0 on Sundays, `week` is ISO."""
_GRAINS: Final = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_STEPS: Final = frozenset({"DAY", "WEEK", "MONTH", "YEAR", "HOUR", "MINUTE", "SECOND"})
_JOINS: Final = frozenset({("", ""), ("", "INNER"), ("", "CROSS"), ("LEFT", ""), ("LEFT", "OUTER")})
_CASTS: Final = frozenset({
    exp.DType.DATE, exp.DType.DOUBLE, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.TIMESTAMP,
    exp.DType.TIMESTAMPNTZ, exp.DType.BOOLEAN,
})  # fmt: skip


def foreign_parts(tree: exp.Query) -> Iterator[str]:
    """Name what is outside the subset that all engines share."""
    for node in tree.walk():
        kind = type(node)
        check = _CHECKED.get(kind)
        if not (kind in _PLAIN or check) or (check and not check(node)):
            yield called(node)
            continue
        known = _ARGUMENTS.get(kind)
        if known is not None:
            for name, value in node.args.items():
                if value and name not in known:
                    yield name.rstrip("_").upper().replace("_", " ")


def odd_parts(tree: exp.Query) -> Iterator[str]:
    """Name what the validator does not let through to DuckDB either."""
    for node in tree.walk():
        if isinstance(node, exp.Anonymous):
            if node.name.lower() not in allowed_sql.NAMED_FUNCTIONS:
                yield called(node)
        elif type(node) not in allowed_sql.NODES:
            yield called(node)


def called(node: exp.Expr) -> str:
    """Return what a construct is called in SQL, without the names and values that it holds."""
    if isinstance(node, exp.Anonymous):
        return node.name.upper()
    return node.sql_name() if isinstance(node, exp.Func) else node.key.upper()


def _is_start(node: exp.Expr) -> bool:
    """Tell whether a truncation is the start of a period, as a date."""
    unit = node.args.get("unit")
    return (
        isinstance(node.parent, exp.Cast)
        and node.parent.to.this is exp.DType.DATE
        and unit is not None
        and unit.name.upper() in _GRAINS
    )


def _is_cast(node: exp.Expr) -> bool:
    # Numbers are rounded by one engine and cut by another; only a missing value may become any type.
    if type(node) is not exp.Cast:
        return False
    return node.to.this in _CASTS or isinstance(node.this, exp.Null)


def _is_division(node: exp.Expr) -> bool:
    """Tell whether a division is real and safe: doubles, and NULL where the denominator is zero."""
    top, bottom = node.this, node.args["expression"]
    return (
        isinstance(top, exp.Cast)
        and top.to.this is exp.DType.DOUBLE
        and isinstance(bottom, exp.Nullif)
        and bottom.args["expression"].name == "0"
    )


def _is_remainder(node: exp.Expr) -> bool:
    right = node.args["expression"].unnest()
    return isinstance(right, exp.Literal) and not right.is_string and float(right.name) != 0


def _is_null(node: exp.Expr) -> bool:
    """A bare NULL column has no type; NULL in a test or a typed cast has."""
    return not isinstance(node.parent, exp.Alias | exp.Select | exp.Tuple)


def _is_step(node: exp.Expr) -> bool:
    unit = node.args.get("unit")
    whole = isinstance(node.this, exp.Literal) and node.this.name.lstrip("-").isdigit()
    return whole and unit is not None and unit.name.upper() in _STEPS


def _is_frame(node: exp.Expr) -> bool:
    return node.args.get("kind") == "ROWS"


def _is_backslash(node: exp.Expr) -> bool:
    return isinstance(node.this, exp.Like | exp.ILike) and node.args["expression"].name == "\\"


def _is_share(node: exp.Expr) -> bool:
    order = node.args.get("expression")
    keys = order.expressions if isinstance(order, exp.Order) else []
    return (
        isinstance(node.this, exp.PercentileCont)
        and len(keys) == 1
        and not keys[0].args.get("desc")
    )


def _is_days(node: exp.Expr) -> bool:
    unit = node.args.get("unit")
    return unit is not None and unit.name.upper() == "DAY"


def _is_joined(node: exp.Expr) -> bool:
    return isinstance(node, exp.Join) and (node.side.upper(), node.kind.upper()) in _JOINS


_CHECKED: Final[Mapping[type[exp.Expr], Check]] = {
    exp.TimestampTrunc: _is_start,
    exp.DateTrunc: _is_start,
    exp.Cast: _is_cast,
    exp.Div: _is_division,
    exp.Mod: _is_remainder,
    exp.Null: _is_null,
    exp.Interval: _is_step,
    exp.WindowSpec: _is_frame,
    exp.Escape: _is_backslash,
    exp.WithinGroup: _is_share,
    exp.PercentileCont: lambda node: isinstance(node.parent, exp.WithinGroup),
    exp.DateDiff: _is_days,
    exp.Join: _is_joined,
    exp.Alias: lambda node: bool(node.args.get("alias")),
    exp.Extract: lambda node: node.name.lower() in PART_NAMES,
    exp.Is: lambda node: isinstance(node.args["expression"], exp.Null),
    exp.Limit: lambda node: isinstance(node.args["expression"], exp.Literal),
}
