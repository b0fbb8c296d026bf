"""Which slices of one fact are read in one pass: values and the values that they are compared with.

Rows are grouped by the periods that they lie in; each slice then takes its own periods and moves them to where they are
compared. That is right where no period is cut differently by the two slices; otherwise each slice reads on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from semantic_layer.atoms import TimeColumn
from semantic_layer.calendar import Grain, Period
from semantic_layer.model_calendar import MONTHS, Calendar
from semantic_layer.plan import Measure
from semantic_layer.slices import Slice, View

BranchKey = tuple[str, object, Slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The measures of one scan, the slice that it is built for, and the views where several slices share it."""

    measures: Sequence[Measure]
    at: Slice
    views: tuple[View, ...] = ()


def readings(
    wanted: Mapping[BranchKey, Sequence[Measure]], grain: str | None, calendar: Calendar
) -> Iterator[Reading]:
    """Yield what each scan reads; a base joins the scan of the current slice of the same fact where it may.

    Args:
        wanted: Dataset, date and slice → the measures.
        grain: The time grain that the result is grouped by, or None.
        calendar: Cuts the periods.
    """
    cut = _Cut(grain, calendar)
    served: set[BranchKey] = set()
    for key, measures in wanted.items():
        if key in served:
            continue
        same = (item for item in wanted if item[:2] == key[:2] and item not in served)
        other = next((item for item in same if _may_share(key[2], item[2], measures[0], cut)), None)
        if other is None:
            yield Reading(measures=measures, at=key[2])
            continue
        served.add(other)
        yield _together((key[2], measures), (other[2], wanted[other]))


def _together(*slices: tuple[Slice, Sequence[Measure]]) -> Reading:
    read: dict[str, Measure] = {}
    views: list[View] = []
    for at, measures in slices:
        columns = {item.name: read.setdefault(item.atom.key, item).name for item in measures}
        views.append(View(slice=at, columns=columns))
    current = next(at for at, _ in slices if at.name == "current")
    whole = replace(current, name="current and base")
    return Reading(measures=tuple(read.values()), at=whole, views=tuple(views))


@dataclass(frozen=True, slots=True)
class _Cut:
    """How a result cuts the time into periods, if it does."""

    grain: str | None
    calendar: Calendar

    def alike(self, first: Period, second: Period) -> bool:
        """Say whether every period lies in one of two ranges, or whole in both."""
        earlier, later = sorted((first, second))
        if self.grain is None:
            return earlier.end <= later.start
        if self.grain not in MONTHS and self.grain not in {Grain.DAY, Grain.WEEK}:
            return False
        edges = (earlier.start, earlier.end, later.start, later.end)
        return earlier.end <= self._start(later.start) or all(
            self._start(day) == day for day in edges
        )

    def _start(self, day: date) -> date:
        """Return the first day of a day's period; all data has no edges."""
        if self.grain is None or day in {date.min, date.max}:
            return day
        return self.calendar.floor(day, self.grain)


def _may_share(first: Slice, second: Slice, measure: Measure, cut: _Cut) -> bool:
    time = measure.atom.time
    if {first.name, second.name} != {"current", "base"} or time is None or measure.atom.snapshot:
        return False
    if any(item.days or item.ranges for item in (first, second)):
        return False
    if first.without != second.without:
        return False
    return cut.alike(_days(first, time, cut.calendar), _days(second, time, cut.calendar))


def _days(at: Slice, time: TimeColumn, calendar: Calendar) -> Period:
    """Return the days that are read: rows given by month count from the month that the days begin in."""
    if at.period is None:
        return Period(date.min, date.max)
    if at.period.start == date.min:
        return at.period
    return Period(calendar.floor(at.period.start, time.grain), at.period.end)
