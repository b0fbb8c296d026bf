"""Spines: periods that must appear, and the days that each of them reads, as rows of literals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlglot import exp

from semantic_layer.formulas import column
from semantic_layer.slices import Range

SPINE = "spine"


def date_of(day: date) -> exp.Expr:
    """Return a day as a typed literal."""
    return exp.cast(exp.Literal.string(day.isoformat()), "date")


def range_spine(ranges: Sequence[Range]) -> exp.Values:
    """Return bucket, first day, day after the last, and number of ranges of the bucket, one row per range."""
    rows = [
        exp.Tuple(
            expressions=[
                date_of(item.bucket),
                date_of(item.start),
                date_of(item.end),
                exp.Literal.number(item.parts),
            ]
        )
        for item in ranges
    ]
    names = ("bucket", "first_day", "day_after", "parts")
    alias = exp.TableAlias(
        this=exp.to_identifier(SPINE), columns=[exp.to_identifier(name) for name in names]
    )
    return exp.Values(expressions=rows, alias=alias)


def day_spine(days: Sequence[tuple[date, date]]) -> exp.Values:
    """Return day and base day, one row per day."""
    rows = [exp.Tuple(expressions=[date_of(bucket), date_of(base)]) for bucket, base in days]
    alias = exp.TableAlias(
        this=exp.to_identifier(SPINE),
        columns=[exp.to_identifier("bucket"), exp.to_identifier("base")],
    )
    return exp.Values(expressions=rows, alias=alias)


def spine_rows(buckets: Sequence[date], key: str, measures: Mapping[str, exp.Expr]) -> exp.Select:
    """Return one row per period that must appear; `measures` are their missing values."""
    rows = [exp.Tuple(expressions=[date_of(bucket)]) for bucket in buckets]
    alias = exp.TableAlias(this=exp.to_identifier(SPINE), columns=[exp.to_identifier("bucket")])
    columns: list[exp.Expr] = [
        exp.alias_(column(SPINE, "bucket"), exp.to_identifier(key, quoted=True))
    ]
    columns += [
        exp.alias_(missing.copy(), exp.to_identifier(item, quoted=True))
        for item, missing in measures.items()
    ]
    return exp.Select(expressions=columns).from_(
        exp.Values(expressions=rows, alias=alias), copy=False
    )
