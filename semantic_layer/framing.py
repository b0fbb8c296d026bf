"""Slices for metrics that read other days than the ones shown, one range of days for each shown period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from semantic_layer.calendar import Grain, Period
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.frames import Back, EachDay, Frame, read_days
from semantic_layer.model_calendar import GREGORIAN, Calendar
from semantic_layer.slices import Range, Slice

MAX_RANGES = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What is shown, so that frames can be laid over it.

    Attributes:
        grain: The grain that the result is grouped by, or None.
        shown: The days asked for, up to where they are compared; None: all.
        since: The first day with data, where known.
        through: The last day with data, where known.
        calendar: The model's.
    """

    grain: str | None
    shown: Period | None
    since: date | None
    through: date | None
    calendar: Calendar = GREGORIAN

    def slice(self, at: Slice, frames: tuple[Frame, ...]) -> Slice:
        """Return the days that an atom with frames reads for a slice.

        Raises:
            NeedsPeriod: Nothing says which periods are shown.
            NotSupported: There are too many of them.
        """
        if not frames:
            return at
        each = isinstance(frames[0], EachDay)
        name = f"{at.name} window"
        if self.grain is None and not each:
            days = self._read(at.period or self._all(), frames)
            return Slice(name=name, period=days, without=at.without)
        shown = at.period or self._all() if self.grain is None else self.shown or self._all()
        ranges = tuple(islice(self._ranges(shown, at, frames), MAX_RANGES + 1))
        if len(ranges) > MAX_RANGES:
            raise NotSupported("too_many_windows", limit=MAX_RANGES)
        if not ranges:
            raise NeedsPeriod("window")
        whole = Period(min(item.start for item in ranges), max(item.end for item in ranges))
        return replace(at, name=name, period=whole, move=None, days=(), ranges=ranges, each=each)

    def _all(self) -> Period:
        if self.since is None or self.through is None or self.through < self.since:
            raise NeedsPeriod("window")
        return Period(self.since, self.through + timedelta(days=1))

    def _ranges(self, shown: Period, at: Slice, frames: tuple[Frame, ...]) -> list[Range]:
        found: list[Range] = []
        grain = self.grain
        if at.ranges:
            if isinstance(frames[0], EachDay):
                raise NotSupported("calendar_compared", grain=grain)
            for item in at.ranges:
                days = self._read(Period(item.start, item.end), frames)
                found.append(Range(item.bucket, days.start, days.end))
            return found
        buckets = (
            [shown]
            if grain is None
            else list(islice(self.calendar.periods(shown, grain), MAX_RANGES + 1))
        )
        for bucket in buckets:
            inside = Period(max(bucket.start, shown.start), min(bucket.end, shown.end))
            if self.through is not None and inside.start > self.through and found:
                break
            parts = self._days(inside) if isinstance(frames[0], EachDay) else [inside]
            for part in parts:
                base = self._moved(part, at) if grain is not None else part
                days = self._read(base, frames)
                found.append(Range(bucket.start, days.start, days.end, len(parts)))
        return found

    def _days(self, inside: Period) -> list[Period]:
        last = inside.last if self.through is None else min(inside.last, self.through)
        until = Period(inside.start, max(last, inside.start) + timedelta(days=1))
        return list(self.calendar.periods(until, Grain.DAY))

    def _moved(self, days: Period, at: Slice) -> Period:
        """Return the base of shown days, where a comparison is framed."""
        if at.move is None:
            return days
        back = (
            Back(Grain.MONTH, at.move.months) if at.move.months else Back(Grain.DAY, at.move.days)
        )
        return read_days((back,), days, self.grain, None, self.calendar)

    def _read(self, days: Period, frames: tuple[Frame, ...]) -> Period:
        return read_days(frames, days, self.grain, self.through, self.calendar)
