"""Where the parts of dates that recur can be compared: only where the days that are laid beside keep their part."""

from __future__ import annotations

from semantic_layer.atoms import Atom
from semantic_layer.calendar import DatePart
from semantic_layer.errors import GrainTooFine, NotSupported
from semantic_layer.frames import Back
from semantic_layer.model_calendar import DAYS, MONTHS
from semantic_layer.query import MetricQuery
from semantic_layer.slices import Move, Slice


def keeps(part: DatePart, move: Move) -> bool:
    """Say whether days that lie so far apart have the same part.

    Months and quarters recur after years, days of the month after months, weekdays after weeks, hours after days.
    Days of the year and ISO weeks shift with leap years: nothing keeps them.
    """
    match part:
        case DatePart.MONTH_OF_YEAR | DatePart.QUARTER_OF_YEAR:
            return move.months > 0 and move.months % 12 == 0
        case DatePart.DAY_OF_MONTH:
            return move.months > 0
        case DatePart.DAY_OF_WEEK:
            return move.months == 0 and move.days > 0 and move.days % 7 == 0
        case DatePart.HOUR_OF_DAY:
            return True
        case _:
            return False


def check_base(query: MetricQuery, base: Slice | None) -> None:
    """Refuse a comparison by a part that the base does not keep.

    Weekdays are compared by whole weeks only: a month has four Mondays or five.

    Raises:
        NotSupported: With the part.
    """
    if base is None or not query.parts:
        return
    move = _distance(query, base)
    for part in query.parts:
        if move is None or not keeps(part, move):
            raise NotSupported("part_compared", part=part.value)


def _distance(query: MetricQuery, base: Slice) -> Move | None:
    compare, period = query.compare, query.period
    if (
        compare is None
        or isinstance(compare.to, str)
        or query.time_grain is not None
        or period is None
    ):
        return base.move
    start, other = period.start, compare.to.start
    months = (start.year - other.year) * 12 + start.month - other.month
    if start.day == other.day and months > 0:
        return Move(months=months)
    weeks = period.days.days % 7 == 0 and compare.to.days.days == period.days.days
    return Move(days=(start - other).days) if weeks else None


def check_frames(query: MetricQuery, atom: Atom) -> None:
    """Refuse parts of windows: whose days a weekday of a value to date would be, nobody can tell.

    Raises:
        NotSupported: With the part.
    """
    for part in query.parts:
        for frame in atom.frames:
            move = _back(frame) if isinstance(frame, Back) else None
            if move is None or not keeps(part, move):
                raise NotSupported("part_of_window", part=part.value)


def _back(frame: Back) -> Move:
    months = MONTHS.get(frame.grain, 0) * frame.count
    return Move(months=months, days=DAYS.get(frame.grain, 0) * frame.count)


def check_date(parts: frozenset[DatePart], atom: Atom, metric: str) -> None:
    """Refuse parts that a metric's date does not have.

    Raises:
        NotSupported: It has no date, no hours, or is a balance, which is that of one day.
        GrainTooFine: Its rows are given in coarser periods than the part needs.
    """
    for part in sorted(parts):
        if atom.time is None:
            raise NotSupported("undated_by_time", metric=metric)
        if not part.is_told_by(atom.time.grain):
            raise GrainTooFine(metric, part.value, atom.time.grain.value)
        if part is DatePart.HOUR_OF_DAY and not atom.time.timestamp:
            raise NotSupported("hours_of_days", metric=metric)
        if atom.snapshot is not None:
            raise NotSupported("balance_by_part", metric=metric, part=part.value)
