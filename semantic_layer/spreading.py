"""Targets laid over shorter periods than they are given for, by the rule that their definition declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice

from sqlglot import exp

from semantic_layer.calendar import Grain, Period, add_months, periods
from semantic_layer.errors import GrainTooFine, NeedsPeriod, NotSupported
from semantic_layer.formulas import number
from semantic_layer.slices import Range, Slice

MAX_PIECES = 4_000
WORKING_DAYS = 5
_MONTHS_A_YEAR = 12


def spread_slice(shown: Period | None, grain: Grain, given: Grain, spread: str) -> Slice:
    """Return which target periods each shown one draws from, and how much of them.

    Args:
        shown: The days asked for.
        grain: The grain that the result is grouped by, finer than `given`.
        given: The grain that the target is given by.
        spread: `even`: by days; `working_days`: by Mondays to Fridays, holidays included.

    Raises:
        NeedsPeriod: Nothing says which periods are shown.
        NotSupported: There are too many of them.
    """
    pieces = tuple(islice(_pieces(shown, grain, given, spread), MAX_PIECES + 1))
    if len(pieces) > MAX_PIECES:
        raise NotSupported("too_many_windows", limit=MAX_PIECES)
    whole = Period(pieces[0].start, pieces[-1].end)
    return Slice(name="target", period=whole, ranges=pieces, weighted=True)


def spread_value(
    value: float, shown: Period | None, key: exp.Expr, grains: tuple[Grain, Grain], spread: str
) -> exp.Expr:
    """Return a stated value for each shown period; periods with the same share are told together.

    Args:
        value: Stated for each period of the second grain.
        shown: The days asked for.
        key: The column of the shown periods' first days.
        grains: The grain of the result, and the one that the value is stated for.
        spread: `even` or `working_days`.

    Raises:
        NeedsPeriod: Nothing says which periods are shown.
    """
    shares: dict[date, float] = {}
    for piece in _pieces(shown, *grains, spread):
        shares[piece.bucket] = shares.get(piece.bucket, 0.0) + piece.share / piece.whole
    buckets: dict[float, list[date]] = {}
    for bucket, share in shares.items():
        buckets.setdefault(share, []).append(bucket)
    cases = [
        exp.If(
            this=exp.In(this=key.copy(), expressions=[_day(bucket) for bucket in same]),
            true=number(value * share),
        )
        for share, same in buckets.items()
    ]
    return exp.Case(ifs=cases)


def season(
    shown: Period | None, grain: Grain, given: Grain, metric: str
) -> tuple[Slice, Slice, Slice]:
    """Return the whole target, and last year's part and whole of the actual, for each shown period.

    Raises:
        NeedsPeriod: Nothing says which periods are shown.
        GrainTooFine: Shown periods lie across target periods.
    """
    if grain is Grain.WEEK:
        raise GrainTooFine(metric, grain.value, given.value, target=True)
    found: Mapping[str, list[Range]] = {"target": [], "part": [], "whole": []}
    for bucket in _buckets(shown, grain):
        whole = next(periods(bucket, given))
        found["target"].append(Range(bucket.start, whole.start, whole.end))
        found["part"].append(_a_year_before(bucket, bucket))
        found["whole"].append(_a_year_before(bucket, whole))
    return (
        _over("target", found["target"]),
        _over("part of last year", found["part"]),
        _over("whole of last year", found["whole"]),
    )


def _over(name: str, ranges: Sequence[Range]) -> Slice:
    days = Period(min(item.start for item in ranges), max(item.end for item in ranges))
    return Slice(name=name, period=days, ranges=tuple(ranges))


def _a_year_before(bucket: Period, days: Period) -> Range:
    start, end = (add_months(day, -_MONTHS_A_YEAR) for day in (days.start, days.end))
    # 29 February draws from the 28th, as every day of a leap year has one to draw from.
    return Range(bucket.start, start, max(end, start + timedelta(days=1)))


def _buckets(shown: Period | None, grain: Grain) -> list[Period]:
    if shown is None:
        raise NeedsPeriod("target_spread")
    found = list(islice(periods(shown, grain), MAX_PIECES + 1))
    if len(found) > MAX_PIECES:
        raise NotSupported("too_many_windows", limit=MAX_PIECES)
    return found


def _pieces(shown: Period | None, grain: Grain, given: Grain, spread: str) -> Iterator[Range]:
    for bucket in _buckets(shown, grain):
        for whole in periods(bucket, given):
            part = Period(max(bucket.start, whole.start), min(bucket.end, whole.end))
            share = _weight(part, spread)
            if share:
                yield Range(bucket.start, whole.start, whole.end, 1, share, _weight(whole, spread))


def _weight(days: Period, spread: str) -> int:
    if spread == "even":
        return days.days
    return sum(
        (days.start + timedelta(days=place)).weekday() < WORKING_DAYS for place in range(days.days)
    )


def _day(day: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date")
