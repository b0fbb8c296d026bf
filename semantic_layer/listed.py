"""Comparisons by the periods of a table of days: each shown period has a base of its own, whatever their lengths."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from semantic_layer.calendar import Period
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.model_calendar import Calendar
from semantic_layer.query import Compare, MetricQuery
from semantic_layer.slices import Range, Slice, base_slice, current_slice

Listed = Mapping[str, tuple[Period, ...]]
"""Grain → the periods that a table of days gives, in order and without gaps."""


def base_of(
    query: MetricQuery, calendar: Calendar, since: date | None, through: date | None
) -> Slice:
    """Work out what a query is compared with, by the calendar or by the periods of a table of days.

    Raises:
        NeedsPeriod: There is neither a period nor a time grain to move.
        NotSupported: The periods have no order, or none before them.
    """
    check_periods(query, calendar)
    if query.time_grain in calendar.listed:
        return listed_base(query, calendar, since, through)
    return base_slice(query, through, calendar)


def check_periods(query: MetricQuery, calendar: Calendar) -> None:
    """Refuse what needs to know which period comes before which, where the table of days does not tell.

    Raises:
        NotSupported: The members of the grain recur, overlap or leave days out.
    """
    if query.time_grain is not None and not calendar.listed.get(query.time_grain, True):
        raise NotSupported("calendar_not_periods", grain=query.time_grain)


def listed_base(
    query: MetricQuery, calendar: Calendar, since: date | None, through: date | None
) -> Slice:
    """Work out what each period of a listed grain is compared with.

    Of a period that the question or the data cut, the base is the same days counted from its start (4-4-5 periods are
    whole weeks, so weekdays stay).

    Args:
        query: A query with `compare`, grouped by a grain of the table of days.
        calendar: The model's, with that table's periods.
        since: The first day with data.
        through: The last day with data.

    Raises:
        NeedsPeriod: Nothing says which periods are shown.
        NotSupported: The base is named, or the table does not hold it though there are data from then.
    """
    compare, grain = query.compare, query.time_grain
    if compare is None or grain is None:
        raise AssertionError("only comparisons by a grain have a base here")
    if not isinstance(compare.to, str):
        raise NotSupported("calendar_compared", grain=grain)
    shown = _shown(query, compare, since, through)
    ranges: list[Range] = []
    for period in calendar.periods(shown, grain):
        base = calendar.before(period, grain, compare.to)
        if base is None:
            if since is None or since < period.start:
                raise NotSupported("calendar_too_short", grain=grain)
            continue
        whole = shown.end >= period.end and not calendar.is_cut(period, grain)
        found = _same_days(period, base, shown, whole=whole)
        if found is not None:
            ranges.append(Range(period.start, found.start, found.end))
    if not ranges:
        raise NotSupported("calendar_too_short", grain=grain)
    read = Period(min(item.start for item in ranges), max(item.end for item in ranges))
    return Slice(name="base", period=read, ranges=tuple(ranges))


def _shown(
    query: MetricQuery, compare: Compare, since: date | None, through: date | None
) -> Period:
    asked = current_slice(query, through).period
    if asked is not None:
        return asked
    if since is None or through is None:
        raise NeedsPeriod("compare")
    return Period(since, through + timedelta(days=1))


def _same_days(period: Period, base: Period, shown: Period, *, whole: bool) -> Period | None:
    """Return the days of a base that are as far from its start as the shown ones; to its end where the period is whole."""
    start = base.start + max(shown.start - period.start, timedelta())
    last = min(shown.end, period.end)
    end = base.end if whole else base.start + (last - period.start)
    return Period(start, min(end, base.end)) if start < min(end, base.end) else None
