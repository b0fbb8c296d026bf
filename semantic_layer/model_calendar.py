"""The calendar of one model: where its weeks and fiscal years begin, and the periods that its table of days lists.

Grains are names: the five of every calendar, `fiscal_quarter` and `fiscal_year` where the fiscal year does not begin
in January, and those of the model's table of days (4-4-5 months), whose periods follow no arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from semantic_layer.calendar import Grain, Period, add_months
from semantic_layer.errors import NotSupported

FISCAL_QUARTER: Final = "fiscal_quarter"
FISCAL_YEAR: Final = "fiscal_year"
MONTHS: Final[Mapping[str, int]] = {
    Grain.MONTH: 1,
    Grain.QUARTER: 3,
    FISCAL_QUARTER: 3,
    Grain.YEAR: 12,
    FISCAL_YEAR: 12,
}
"""How many months the periods of a grain have, of those that are made of months."""
DAYS: Final[Mapping[str, int]] = {Grain.DAY: 1, Grain.WEEK: 7}
"""How many days those have that are made of days."""
_FISCAL: Final = frozenset({FISCAL_QUARTER, FISCAL_YEAR})
_YEAR_LONG: Final = range(350, 381)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Moves days by the grains of one model.

    Attributes:
        first_month: The month that fiscal years begin in.
        week_start: The day that weeks begin on: 0 is Monday, 6 Sunday.
        listed: Grain of the table of days → its periods, in order and without gaps; none where they have no order.
    """

    first_month: int = 1
    week_start: int = 0
    listed: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)

    def offset(self, grain: str) -> int:
        """Return how many months after January the years that a grain cuts begin."""
        return self.first_month - 1 if grain in _FISCAL else 0

    def floor(self, day: date, grain: str) -> date:
        """Return the first day of the period of a grain that contains a day.

        Raises:
            NotSupported: The table of days does not reach that far.
        """
        if grain in self.listed:
            return self.listed[grain][self._place(day, grain)].start
        months = MONTHS.get(grain)
        if months is None:
            gone = (day.weekday() - self.week_start) % 7 if grain == Grain.WEEK else 0
            return day - timedelta(days=gone)
        since = (day.year * 12 + day.month - 1 - self.offset(grain)) % months
        return add_months(day.replace(day=1), -since)

    def shift(self, day: date, grain: str, count: int) -> date:
        """Move a day by `count` periods of a grain; month ends clip."""
        if grain in MONTHS:
            return add_months(day, MONTHS[grain] * count)
        return day + timedelta(days=DAYS[grain] * count)

    def period_of(self, day: date, grain: str) -> Period:
        """Return the whole period of a grain that contains a day.

        Raises:
            NotSupported: The table of days does not reach that far.
        """
        if grain in self.listed:
            return self.listed[grain][self._place(day, grain)]
        start = self.floor(day, grain)
        return Period(start, self.shift(start, grain, 1))

    def periods(self, span: Period, grain: str) -> Iterator[Period]:
        """Yield the whole periods of a grain that overlap a span, in order; the outer two may stick out."""
        found = self.period_of(span.start, grain)
        while True:
            yield found
            if found.end >= span.end:
                return
            found = self.period_of(found.end, grain)

    def whole_grain(self, span: Period) -> str | None:
        """Return the coarsest grain, of those without a table, of which a span is exactly one period, or None."""
        for grain in self.grains():
            if self.period_of(span.start, grain) == span:
                return grain
        return None

    def grains(self) -> tuple[str, ...]:
        """Return the grains without a table, coarsest first: a fiscal year that a table lists is not among them."""
        if self.first_month == 1:
            return tuple(reversed(Grain))
        known = (Grain.YEAR, FISCAL_YEAR, Grain.QUARTER, FISCAL_QUARTER, Grain.MONTH, Grain.WEEK, Grain.DAY)  # fmt: skip
        return tuple(grain for grain in known if grain not in self.listed)

    def reaches(self, day: date, grain: str) -> bool:
        """Say whether the period of a grain that contains a day is known."""
        if grain not in self.listed:
            return grain in MONTHS or grain in DAYS
        found = self.listed[grain]
        return bool(found) and found[0].start <= day < found[-1].end

    def is_aligned(self, span: Period, grain: str) -> bool:
        """Say whether a span consists of whole periods of a grain."""
        return self.floor(span.start, grain) == span.start and self.floor(span.end, grain) == span.end  # fmt: skip

    def nests(self, given: str, asked: str) -> bool:
        """Say whether whole periods of one grain make up those of another; weeks make up nothing longer."""
        if given in {Grain.DAY, asked}:
            return True
        fine, coarse = MONTHS.get(given), MONTHS.get(asked)
        if fine is None or coarse is None or coarse % fine:
            return False
        return (self.offset(asked) - self.offset(given)) % fine == 0

    def before(self, period: Period, grain: str, to: str) -> Period | None:
        """Return what a listed period is compared with, or None where the table begins later.

        The period before is the one before by order; the one of the year before has the same place in its year, which
        another grain of the table gives.

        Args:
            period: A period of the grain.
            grain: A grain of the table of days.
            to: previous_period or previous_year.

        Raises:
            NotSupported: The table gives no years, or several that differ.
        """
        found = self.listed[grain]
        place = found.index(period)
        if to == "previous_period" or self._is_yearly(grain):
            base = found[place - 1] if place else None
            return None if base is None or self.is_cut(base, grain) else base
        years = [
            name for name in self.listed if self._is_yearly(name) and self._within(grain, name)
        ]
        bases = {self._same_place(period, grain, name) for name in years}
        if len(bases) != 1:
            raise NotSupported("calendar_without_year", grain=grain)
        return bases.pop()

    def is_cut(self, period: Period, grain: str) -> bool:
        """Say whether the table seems to begin or end within a listed period: no other one is as short."""
        found = self.listed[grain]
        inner = [item.days for item in found[1:-1]]
        return period in {found[0], found[-1]} and bool(inner) and period.days < min(inner)

    def _same_place(self, period: Period, grain: str, year: str) -> Period | None:
        years = self.listed[year]
        number = self._place(period.start, year)
        if number == 0:
            return None
        own, before = years[number], years[number - 1]
        if self.is_cut(before, year):
            # The table begins within that year, so places in it are not known.
            return None
        place = sum(1 for item in self.listed[grain] if own.start <= item.start < period.start)
        bases = [item for item in self.listed[grain] if item.start in before]
        return bases[place] if place < len(bases) else None

    def _is_yearly(self, grain: str) -> bool:
        inner = self.listed[grain][1:-1] or self.listed[grain]
        return bool(inner) and all(item.days in _YEAR_LONG for item in inner)

    def _within(self, grain: str, year: str) -> bool:
        starts = {item.start for item in self.listed[grain]}
        return all(item.start in starts for item in self.listed[year])

    def _place(self, day: date, grain: str) -> int:
        found = self.listed[grain]
        place = bisect_right(found, day, key=lambda item: item.start) - 1
        if not self.reaches(day, grain):
            raise NotSupported("calendar_too_short", grain=grain)
        return place

    def within(self, listed: Mapping[str, tuple[Period, ...]]) -> Calendar:
        """Return the same calendar with the periods of a table of days."""
        return replace(self, listed=listed)


GREGORIAN: Final = Calendar()
"""Weeks from Monday, no fiscal year, no table."""
