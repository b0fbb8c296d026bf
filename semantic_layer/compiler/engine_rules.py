"""Where engines say the same thing in other words: rules that rewrite a statement of the shared subset.

Rules run from the innermost node outwards, on trees that `portable.foreign_parts` found nothing in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from semantic_layer.compiler.date_parts import Rule, extracted, part_rules


def rewrite_for(tree: exp.Query, dialect: str) -> None:
    """Change a statement of the shared subset into what an engine calls it; DuckDB's stays as it is."""
    if dialect != "duckdb":
        _rewrite(tree, SHARED)
        _rewrite(tree, RULES[dialect])


def _rewrite(tree: exp.Query, rules: Mapping[type[exp.Expr], Rule]) -> None:
    for node in reversed(list(tree.walk(bfs=False))):
        rule = rules.get(type(node))
        if rule is not None:
            found = rule(node)
            if found is not node:
                node.replace(found)


def _mean(node: exp.Expr) -> exp.Expr:
    """Average doubles: engines keep the scale of a decimal, or round the mean to a few digits more."""
    return exp.Avg(this=exp.cast(node.this, "double"))


def _days(node: exp.Expr) -> exp.Expr:
    """Count midnights, not spans of 24 hours."""
    return exp.DateDiff(
        this=exp.cast(node.this, "date"),
        expression=exp.cast(node.args["expression"], "date"),
        unit=exp.var("DAY"),
        date_part_boundary=True,
    )


def _moment(node: exp.Expr) -> exp.Expr:
    """Say that a moment is wall time, as DuckDB's TIMESTAMP is; elsewhere the bare word may mean an instant."""
    if _type(node) is exp.DType.TIMESTAMP:
        return exp.cast(node.this, "timestampntz")
    return node


def _folded(node: exp.Expr) -> exp.Expr:
    return exp.Like(
        this=exp.Lower(this=node.this), expression=exp.Lower(this=node.args["expression"])
    )


def _median(node: exp.Expr) -> exp.Expr:
    order = exp.Order(expressions=[exp.Ordered(this=node.this, nulls_first=False)])
    return exp.WithinGroup(this=exp.PercentileCont(this=exp.Literal.number(0.5)), expression=order)


def _share(node: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Return the share and the value of a quantile."""
    return node.this.this, node.args["expression"].expressions[0].this


def _spark_quantile(node: exp.Expr) -> exp.Expr:
    """Name the exact one: PERCENTILE_CONT would be written as an approximation."""
    share, value = _share(node)
    return exp.Anonymous(this="PERCENTILE", expressions=[value, share])


def _clickhouse_quantile(node: exp.Expr) -> exp.Expr:
    share, value = _share(node)
    return exp.ParameterizedAgg(
        this="quantileExactInclusive",
        expressions=[share],
        params=[exp.cast(value, "double")],
    )


def _clickhouse_same(node: exp.Expr) -> exp.Expr:
    """Outside of a join's ON the operator is missing in older versions."""
    join = node.find_ancestor(exp.Join, exp.Select)
    if isinstance(join, exp.Join):
        return node
    left, right = node.this, node.args["expression"]
    none = exp.and_(
        exp.Is(this=left.copy(), expression=exp.null()),
        exp.Is(this=right.copy(), expression=exp.null()),
        copy=False,
    )
    return exp.Coalesce(this=exp.EQ(this=left, expression=right), expressions=[none])


def _clickhouse_other(node: exp.Expr) -> exp.Expr:
    same = exp.NullSafeEQ(this=node.this, expression=node.args["expression"])
    join = node.find_ancestor(exp.Join, exp.Select)
    return node if isinstance(join, exp.Join) else exp.Not(this=_clickhouse_same(same))


def _clickhouse_cast(node: exp.Expr) -> exp.Expr:
    """A bare NULL takes any type, a typed one has no type in common with an unsigned count."""
    if isinstance(node.this, exp.Null):
        return exp.null()
    if _type(node) is exp.DType.TIMESTAMPNTZ:
        return _typed(node, "Nullable(DateTime64(6))", "clickhouse")
    return node


def _clickhouse_join(node: exp.Expr) -> exp.Expr:
    """Rows meet on ranges by a cross join and a test: a join needs an equality."""
    on, select = node.args.get("on"), node.parent
    if node.args.get("side") or not isinstance(select, exp.Select) or on is None:
        return node
    if on.find(exp.EQ, exp.NullSafeEQ):
        return node
    select.where(on, copy=False)
    return exp.Join(this=node.this, kind="CROSS")


def _trino_cast(node: exp.Expr) -> exp.Expr:
    """Moments have microseconds; without a precision they are cut to milliseconds."""
    if _type(node) is exp.DType.TIMESTAMPNTZ and not isinstance(node.this, exp.Null):
        return _typed(node, "TIMESTAMP(6)", "trino")
    return node


def _type(node: exp.Expr) -> object:
    return node.to.this if isinstance(node, exp.Cast) else None


def _typed(node: exp.Expr, kind: str, dialect: str) -> exp.Expr:
    found: exp.Expr = exp.Cast(this=node.this, to=exp.DataType.build(kind, dialect=dialect))
    return found


def _unescaped(node: exp.Expr) -> exp.Expr:
    """The backslash is what LIKE escapes with, and there is no clause to say so."""
    like: exp.Expr = node.this
    return like


def _snowflake_start(node: exp.Expr) -> exp.Expr:
    """Weeks begin on Mondays whatever the session's WEEK_START."""
    if node.args["unit"].name.upper() != "WEEK":
        return node
    day = exp.cast(node.this, "date")
    back = exp.Sub(
        this=exp.Literal.number(1), expression=extracted("DAYOFWEEKISO")(node.this.copy())
    )
    return exp.DateAdd(this=day, expression=back, unit=exp.var("DAY"))


def _bigquery_start(node: exp.Expr) -> exp.Expr:
    """Truncate a date, whatever the column's type, in weeks that begin on Mondays."""
    unit = node.args["unit"].name.upper()
    word = exp.var("ISOWEEK" if unit == "WEEK" else unit)
    return exp.DateTrunc(this=exp.cast(node.this, "date"), unit=word)  # type: ignore[no-untyped-call]


def _bigquery_window(node: exp.Expr) -> exp.Expr:
    """Sort what is missing last by a key of its own: windows have no NULLS LAST for rising keys."""
    order = node.args.get("order")
    if order is None:
        return node
    keys: list[exp.Expr] = []
    for key in order.expressions:
        if not key.args.get("desc"):
            keys.append(
                exp.Ordered(
                    this=exp.Is(this=key.this.copy(), expression=exp.null()), nulls_first=True
                )
            )
            key.set("nulls_first", True)
        keys.append(key)
    order.set("expressions", keys)
    return node


SHARED: Final[Mapping[type[exp.Expr], Rule]] = {
    exp.Avg: _mean,
    exp.Cast: _moment,
    exp.DateDiff: _days,
    exp.ILike: _folded,
    exp.Median: _median,
}
"""What is rewritten for every engine but DuckDB, before the engine's own rules."""
RULES: Final[Mapping[str, Mapping[type[exp.Expr], Rule]]] = {
    "duckdb": {},
    "spark": {**part_rules("spark"), exp.WithinGroup: _spark_quantile},
    "postgres": {**part_rules("postgres")},
    "trino": {**part_rules("trino"), exp.Cast: _trino_cast},
    "clickhouse": {
        **part_rules("clickhouse"),
        exp.WithinGroup: _clickhouse_quantile,
        exp.NullSafeEQ: _clickhouse_same,
        exp.NullSafeNEQ: _clickhouse_other,
        exp.Cast: _clickhouse_cast,
        exp.Join: _clickhouse_join,
        exp.Escape: _unescaped,
        exp.Lower: lambda node: exp.Anonymous(this="lowerUTF8", expressions=[node.this]),
        exp.Upper: lambda node: exp.Anonymous(this="upperUTF8", expressions=[node.this]),
    },
    "snowflake": {
        **part_rules("snowflake"),
        exp.TimestampTrunc: _snowflake_start,
        exp.DateTrunc: _snowflake_start,
    },
    "bigquery": {
        **part_rules("bigquery"),
        exp.TimestampTrunc: _bigquery_start,
        exp.DateTrunc: _bigquery_start,
        exp.Window: _bigquery_window,
        exp.Escape: _unescaped,
    },
}
"""Dialect → what is rewritten there."""
