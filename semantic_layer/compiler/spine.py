"""Spines: periods that must appear, and the days that each of them reads, as rows of literals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from semantic_layer.slices import Range
from semantic_layer.sql_nodes import day_literal

SPINE = "spine"


def range_spine(ranges: Sequence[Range], *, weighted: bool = False) -> exp.Values:
    """Return one row per range: bucket, first day, day after the last, and how it counts.

    Args:
        ranges: What is read for each shown period.
        weighted: Whether shares of what the ranges hold count, which add `share` and `whole`; else `parts` says how
            many ranges the period has.
    """
    rows = [
        exp.Tuple(
            expressions=[
                *map(day_literal, (item.bucket, item.start, item.end)),
                *map(exp.Literal.number, (item.share, item.whole) if weighted else (item.parts,)),
            ]
        )
        for item in ranges
    ]
    names = ("bucket", "first_day", "day_after", *(("share", "whole") if weighted else ("parts",)))
    alias = exp.TableAlias(
        this=exp.to_identifier(SPINE), columns=[exp.to_identifier(name) for name in names]
    )
    return exp.Values(expressions=rows, alias=alias)


def day_spine(days: Sequence[tuple[date, date]]) -> exp.Values:
    """Return day and base day, one row per day."""
    rows = [
        exp.Tuple(expressions=[day_literal(bucket), day_literal(base)]) for bucket, base in days
    ]
    alias = exp.TableAlias(
        this=exp.to_identifier(SPINE),
        columns=[exp.to_identifier("bucket"), exp.to_identifier("base")],
    )
    return exp.Values(expressions=rows, alias=alias)


def bucket_spine(buckets: Sequence[date]) -> exp.Values:
    """Return the first days of the periods that must appear, one row each."""
    rows = [exp.Tuple(expressions=[day_literal(bucket)]) for bucket in buckets]
    alias = exp.TableAlias(this=exp.to_identifier(SPINE), columns=[exp.to_identifier("bucket")])
    return exp.Values(expressions=rows, alias=alias)
