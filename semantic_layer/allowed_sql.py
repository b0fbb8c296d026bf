"""What a statement may be made of: node classes, their arguments, functions, words and types.

Everything here is an allow-list: what a new version of the parser adds is refused until it is added on purpose.
Functions are left out when one call can make output much larger than its input (repeat, lpad, string_split,
list functions, regular expressions): no memory or time limit stops the engine inside one scalar call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

STRUCTURE: Final[Mapping[type[exp.Expr], frozenset[str]]] = {
    node: frozenset(arguments.split())
    for node, arguments in {
        exp.Select: "with_ expressions distinct from_ joins where group having qualify windows order limit offset",
        exp.Union: "with_ this expression distinct order limit offset",
        exp.Intersect: "with_ this expression distinct order limit offset",
        exp.Except: "with_ this expression distinct order limit offset",
        exp.Subquery: "this alias",
        exp.With: "expressions",
        exp.CTE: "this alias",
        exp.From: "this",
        exp.Table: "this alias",
        exp.TableAlias: "this columns",
        exp.Join: "this on side kind using",
        exp.Values: "expressions alias",
        exp.Group: "expressions all",
        exp.Limit: "expression",
        exp.Offset: "expression",
        exp.Order: "this expressions",
        exp.Ordered: "this desc nulls_first",
        exp.Star: "except_",
        exp.Column: "this table",
        exp.Identifier: "this quoted",
        exp.Window: "this partition_by order spec alias over",
        exp.WindowSpec: "kind start start_side end end_side",
        exp.Cast: "this to",
        exp.TryCast: "this to safe requires_string",
        exp.DataType: "this expressions nested",
        exp.DataTypeParam: "this",
        exp.Distinct: "expressions",
        exp.In: "this expressions query",
        exp.Placeholder: "this",
        exp.Interval: "this unit",
        exp.AtTimeZone: "this zone",
        exp.Min: "this",
        exp.Max: "this",
        exp.ArgMin: "this expression",
        exp.ArgMax: "this expression",
        exp.Trim: "this expression position",
        exp.Anonymous: "this expressions",
    }.items()
}
"""Arguments that may be set, for classes whose other arguments change which rows are read or how much is made."""

OPERATORS: Final[frozenset[type[exp.Expr]]] = frozenset({
    exp.Where, exp.Having, exp.Qualify, exp.Alias, exp.Paren, exp.Tuple, exp.Literal, exp.Boolean, exp.Null,
    exp.Var, exp.And, exp.Or, exp.Not, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.EQ,
    exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Between, exp.Like,
    exp.ILike, exp.Escape, exp.Exists, exp.Case, exp.If, exp.DPipe, exp.Filter, exp.WithinGroup, exp.IgnoreNulls,
})  # fmt: skip

FUNCTIONS: Final[frozenset[type[exp.Expr]]] = frozenset({
    exp.Sum, exp.Count, exp.Avg, exp.Median, exp.PercentileCont, exp.PercentileDisc, exp.Mode, exp.CountIf,
    exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.AnyValue,
    exp.LogicalAnd, exp.LogicalOr, exp.ApproxDistinct, exp.First, exp.Last,
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.NthValue,
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Trunc,
    exp.Ln, exp.Log, exp.Exp, exp.Sqrt, exp.Sign, exp.Pow, exp.IsNan, exp.IsInf,
    exp.Lower, exp.Upper, exp.Substring, exp.Left, exp.Right, exp.Length, exp.Concat, exp.StartsWith,
    exp.EndsWith, exp.Contains, exp.StrPosition, exp.SplitPart, exp.Replace,
    exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.DateAdd, exp.DateSub, exp.Extract, exp.Date,
    exp.DateFromParts, exp.LastDay, exp.TimeToStr, exp.StrToTime, exp.TimeToUnix, exp.Year, exp.Month, exp.Day,
    exp.Quarter, exp.Week, exp.WeekOfYear, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfMonth, exp.DayOfYear,
    exp.Hour, exp.Minute, exp.Second, exp.Dayname, exp.Monthname,
})  # fmt: skip

NODES: Final[frozenset[type[exp.Expr]]] = frozenset(STRUCTURE) | OPERATORS | FUNCTIONS

NAMED_FUNCTIONS: Final[frozenset[str]] = frozenset(
    [
        "date_part",
        "datepart",
        "date_sub",
        "datesub",
        "yearweek",
        "isoyear",
        "weekday",
        "isfinite",
        "mean",
        "prefix",
        "suffix",
        "try_strptime",
    ]
)
"""Functions that the parser has no class for."""

UNITS: Final[frozenset[str]] = frozenset(
    unit
    for base in ["day", "week", "month", "quarter", "year", "hour", "minute", "second", "decade"]
    for unit in (base, f"{base}s")
) | frozenset(
    ["dow", "isodow", "dayofweek", "doy", "dayofyear", "weekofyear", "isoyear", "yearweek", "epoch"]
)

TYPES: Final[frozenset[exp.DType]] = frozenset({
    exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128,
    exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT,
    exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.VARCHAR, exp.DType.TEXT,
    exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ, exp.DType.INTERVAL,
})  # fmt: skip

JOINS: Final[frozenset[tuple[str, str]]] = frozenset({
    ("", ""), ("", "INNER"), ("", "CROSS"), ("LEFT", ""), ("LEFT", "OUTER"), ("RIGHT", ""), ("RIGHT", "OUTER"),
    ("FULL", ""), ("FULL", "OUTER"), ("", "SEMI"), ("", "ANTI"),
})  # fmt: skip

RESERVED_PREFIXES: Final = ("duckdb_", "pg_", "sqlite_", "information_schema", "pragma_")
"""A CTE may not take a name of the engine's own catalog."""

MAX_JOINS: Final = 24
MAX_JOINED_TEXTS: Final = 12
"""Operands of all text concatenations together: a chain of CTEs that each double a text must stay small."""
