"""Targets laid over shorter periods than they are given for, by the rule that their definition declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from sqlglot import exp

from semantic_layer.calendar import Grain, Period, add_months
from semantic_layer.errors import GrainTooFine, NeedsPeriod, NotSupported
from semantic_layer.formulas import number
from semantic_layer.model_calendar import Calendar
from semantic_layer.slices import Range, Slice
from semantic_layer.sql_nodes import day_literal

MAX_PIECES = 4_000
WORKING_DAYS = 5
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreading:
    """Lays what is given for longer periods over shorter ones.

    Attributes:
        calendar: Where periods begin.
        grain: The grain that the result is grouped by, finer than `given`.
        given: The grain that the target is given by.
        spread: `even`: by days; `working_days`: by Mondays to Fridays, holidays included; `seasonal`: as last year.
    """

    calendar: Calendar
    grain: Grain
    given: Grain
    spread: str

    def slice(self, shown: Period | None) -> Slice:
        """Return which target periods each shown one draws from, and how much of them.

        Raises:
            NeedsPeriod: Nothing says which periods are shown.
            NotSupported: There are too many of them.
        """
        pieces = tuple(islice(self._pieces(shown), MAX_PIECES + 1))
        if len(pieces) > MAX_PIECES:
            raise NotSupported("too_many_windows", limit=MAX_PIECES)
        whole = Period(pieces[0].start, pieces[-1].end)
        return Slice(name="target", period=whole, ranges=pieces, weighted=True)

    def value(self, stated: float, shown: Period | None, key: exp.Expr) -> exp.Expr:
        """Return a stated value for each shown period; periods with the same share are told together.

        Args:
            stated: The value for each whole period.
            shown: The days asked for.
            key: The column of the shown periods' first days.

        Raises:
            NeedsPeriod: Nothing says which periods are shown.
        """
        shares: dict[date, float] = {}
        for piece in self._pieces(shown):
            shares[piece.bucket] = shares.get(piece.bucket, 0.0) + piece.share / piece.whole
        buckets: dict[float, list[date]] = {}
        for bucket, share in shares.items():
            buckets.setdefault(share, []).append(bucket)
        cases = [
            exp.If(
                this=exp.In(this=key.copy(), expressions=[day_literal(bucket) for bucket in same]),
                true=number(stated * share),
            )
            for share, same in buckets.items()
        ]
        return exp.Case(ifs=cases)

    def season(self, shown: Period | None, metric: str) -> tuple[Slice, Slice, Slice]:
        """Return the whole target, and last year's part and whole of the actual, for each shown period.

        Raises:
            NeedsPeriod: Nothing says which periods are shown.
            GrainTooFine: Shown periods lie across target periods.
        """
        if self.grain is Grain.WEEK:
            raise GrainTooFine(metric, self.grain.value, self.given.value, target=True)
        found: Mapping[str, list[Range]] = {"target": [], "part": [], "whole": []}
        for bucket in self._buckets(shown):
            whole = next(self.calendar.periods(bucket, self.given))
            found["target"].append(Range(bucket.start, whole.start, whole.end))
            found["part"].append(_a_year_before(bucket, bucket))
            found["whole"].append(_a_year_before(bucket, whole))
        return (
            _over("target", found["target"]),
            _over("part of last year", found["part"]),
            _over("whole of last year", found["whole"]),
        )

    def _buckets(self, shown: Period | None) -> list[Period]:
        if shown is None:
            raise NeedsPeriod("target_spread")
        found = list(islice(self.calendar.periods(shown, self.grain), MAX_PIECES + 1))
        if len(found) > MAX_PIECES:
            raise NotSupported("too_many_windows", limit=MAX_PIECES)
        return found

    def _pieces(self, shown: Period | None) -> Iterator[Range]:
        for bucket in self._buckets(shown):
            for whole in self.calendar.periods(bucket, self.given):
                part = Period(max(bucket.start, whole.start), min(bucket.end, whole.end))
                if share := _weight(part, self.spread):
                    of_whole = _weight(whole, self.spread)
                    yield Range(bucket.start, whole.start, whole.end, 1, share, of_whole)


def _over(name: str, ranges: Sequence[Range]) -> Slice:
    days = Period(min(item.start for item in ranges), max(item.end for item in ranges))
    return Slice(name=name, period=days, ranges=tuple(ranges))


def _a_year_before(bucket: Period, days: Period) -> Range:
    start, end = (add_months(day, -_MONTHS_A_YEAR) for day in (days.start, days.end))
    # 29 February draws from the 28th, as every day of a leap year has one to draw from.
    return Range(bucket.start, start, max(end, start + timedelta(days=1)))


def _weight(days: Period, spread: str) -> int:
    if spread == "even":
        return days.days
    return sum(
        (days.start + timedelta(days=place)).weekday() < WORKING_DAYS for place in range(days.days)
    )
