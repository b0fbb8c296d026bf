"""Dates of parsed period phrases. The conventions are those of the reference, "Time, targets, asking back"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from assistant.understanding.time_nodes import (
    Calendar,
    Clock,
    DaysOf,
    EdgeOf,
    Fixed,
    Half,
    InYear,
    Node,
    Quarter,
    Range,
    SamePart,
    Since,
    Trailing,
    UnknownPeriod,
    Unusable,
    Weekday,
    Year,
)
from assistant.understanding.time_parts import (
    common_grain,
    cut_edge,
    floor_in_year,
    follows_calendar,
    latest_part,
    next_part,
    part_grain,
    part_of,
)
from semantic_layer.calendar import Grain, Period, add_months, period_of, shift


@dataclass(frozen=True, slots=True)
class Span:
    """A dated node: its whole period, its grain, and whether only the part up to the reference day is meant."""

    period: Period
    grain: Grain | None
    running: bool = False


def date_node(node: Node, clock: Clock) -> tuple[Period, Grain | None, bool]:
    """Return period, grain and to-date flag of a node.

    Raises:
        UnknownPeriod: A festival without a known date, or a node that is no period.
    """
    span = _span(node, clock)
    end = clock.reference + timedelta(days=1)
    if span.running and span.period.start < end < span.period.end:
        return Period(span.period.start, end), span.grain, True
    return span.period, span.grain, False


def _span(node: Node, clock: Clock) -> Span:  # noqa: C901, PLR0911, PLR0912 - one case a node
    match node:
        case Year():
            start = _year_start(node, clock)
            return Span(Period(start, add_months(start, 12)), Grain.YEAR, _is_running(node))
        case InYear():
            return Span(_in_year(node, clock), part_grain(node.part))
        case Calendar():
            return _calendar(node, clock)
        case SamePart():
            return _same_part(node, clock)
        case Weekday():
            return Span(period_of(_weekday(node, clock), Grain.DAY), Grain.DAY)
        case Trailing():
            return _trailing(node, clock)
        case Fixed():
            return Span(node.period, node.grain)
        case EdgeOf():
            return Span(cut_edge(_span(node.base, clock).period, node.edge), node.edge.grain)
        case DaysOf():
            return Span(_days(node, clock), Grain.DAY)
        case Since():
            return _since(_span(node.base, clock), clock)
        case Range():
            return _range(node, clock)
        case Unusable():
            raise UnknownPeriod("a comparison or an open range")
        case _:
            assert_never(node)


def _is_running(year: Year) -> bool:
    return year.number is None and year.offset == 0


def _first_month(clock: Clock, fiscal: bool | None) -> int:
    """Return the month that years start in: the fiscal one where asked for, or where it is the default."""
    is_fiscal = clock.default_year == "fiscal" if fiscal is None else fiscal
    return clock.fiscal_year_start if is_fiscal else 1


def _running_start(clock: Clock, grain: Grain, fiscal: bool | None) -> date:
    return floor_in_year(clock.reference, grain, _first_month(clock, fiscal), clock.week_start)


def _year_start(year: Year, clock: Clock, *, default_fiscal: bool | None = None) -> date:
    fiscal = default_fiscal if year.fiscal is None else year.fiscal
    if year.number is None:
        return shift(_running_start(clock, Grain.YEAR, fiscal), Grain.YEAR, year.offset)
    month = _first_month(clock, fiscal)
    named_later = month > 1 and clock.fiscal_year_named_by == "end"
    return date(year.number - named_later, month, 1)


def _default_fiscal(node: InYear) -> bool | None:
    if node.fiscal is not None:
        return node.fiscal
    if isinstance(node.part, Quarter | Half):
        return node.part.fiscal
    return False if follows_calendar(node.part) else None


def _in_year(node: InYear, clock: Clock) -> Period:
    fiscal = _default_fiscal(node)
    if node.year is not None:
        return part_of(node.part, _year_start(node.year, clock, default_fiscal=fiscal))
    return latest_part(node.part, clock.reference, _first_month(clock, fiscal))


def _calendar(node: Calendar, clock: Clock) -> Span:
    start = shift(_running_start(clock, node.grain, node.fiscal), node.grain, node.offset)
    return Span(Period(start, shift(start, node.grain, 1)), node.grain, node.offset == 0)


def _same_part(node: SamePart, clock: Clock) -> Span:
    """Shift the running period, as far as it has come, by one; it never reaches into the running one."""
    running = _span(node.base, clock).period
    end = min(running.end, clock.reference + timedelta(days=1))
    start = shift(running.start, node.grain, -1)
    return Span(Period(start, min(shift(end, node.grain, -1), running.start)), node.grain)


def _weekday(node: Weekday, clock: Clock) -> date:
    if node.week is None:
        day = clock.reference
        return day - timedelta(days=(day.weekday() - node.day - 1) % 7 + 1)
    start = _running_start(clock, Grain.WEEK, fiscal=None)
    return start + timedelta(weeks=node.week, days=(node.day - clock.week_start) % 7)


def _trailing(node: Trailing, clock: Clock) -> Span:
    tomorrow = clock.reference + timedelta(days=1)
    running = _running_start(clock, node.grain, node.fiscal)
    following = shift(running, node.grain, 1)
    complete = following if following == tomorrow else running
    start = shift(complete, node.grain, -node.count)
    if node.running and complete == running:
        return Span(Period(start, following), node.grain, running=True)
    return Span(Period(start, complete), node.grain)


def _days(node: DaysOf, clock: Clock) -> Period:
    month = _span(node.base, clock).period
    end = month.end if node.last is None else month.start + timedelta(days=node.last)
    return Period(month.start + timedelta(days=node.first - 1), end)


def _since(base: Span, clock: Clock) -> Span:
    """Extend to the reference day; a start that is still to come leaves the period as it stands."""
    if clock.reference in base.period:
        return replace(base, running=True)
    if base.period.start > clock.reference:
        return replace(base, running=False)
    return Span(Period(base.period.start, clock.reference + timedelta(days=1)), None)


def _range(node: Range, clock: Clock) -> Span:
    """Join two periods; the one without a year takes it from the other, the order does not matter."""
    first, last = node.first, node.last
    if isinstance(first, InYear) and first.year is None and _names_year(last):
        end = _span(last, clock)
        fiscal = last.year.fiscal if isinstance(last, InYear) and last.year else None
        start = Span(
            latest_part(first.part, end.period.start, _start_month(first, fiscal, clock)),
            part_grain(first.part),
        )
    else:
        start = _span(first, clock)
        end = _span_after(last, start, first, clock)
    opening = min(start.period.start, end.period.start)
    closing = max(start.period.end, end.period.end)
    running = end.running and end.period.end == closing
    return Span(Period(opening, closing), common_grain(start.grain, end.grain), running)


def _names_year(node: Node) -> bool:
    return (isinstance(node, InYear) and node.year is not None) or isinstance(node, Fixed)


def _span_after(last: Node, start: Span, first: Node, clock: Clock) -> Span:
    if not (isinstance(last, InYear) and last.year is None):
        return _span(last, clock)
    fiscal = first.year.fiscal if isinstance(first, InYear) and first.year else None
    period = next_part(last.part, start.period.start, _start_month(last, fiscal, clock))
    return Span(period, part_grain(last.part))


def _start_month(node: InYear, fiscal: bool | None, clock: Clock) -> int:
    if follows_calendar(node.part):
        return 1
    known = _default_fiscal(node)
    return _first_month(clock, fiscal if known is None else known)
