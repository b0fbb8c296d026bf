"""Other questions that a result must agree with: its total, its base, its members, each asked alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime

from semantic_layer.asking import (
    Asked,
    by_key,
    dated_places,
    keys_of,
    note_differences,
    same,
    verdict,
)
from semantic_layer.checks import (
    adding_metrics,
    has_every_part,
    not_applicable,
    sum_of_parts,
    value_columns,
)
from semantic_layer.query import FIRST_YEAR, Condition, Filter, MetricQuery, MetricUse, Scalar
from semantic_layer.query import Period as Days
from semantic_layer.result import Check, Column, Result, Role, column_name
from semantic_layer.slices import Slice, base_slice

_BELOW = frozenset({Role.METRIC, Role.TARGET, Role.ATTAINMENT, Role.GAP})
_PLAIN = frozenset({"value", "cumulative", "target", "attainment", "gap"})


def total_asked_alone(asked: Asked) -> Check:
    """The parts, and the totals row, are what the question gives without groups."""
    name = "total_asked_alone"
    result = asked.result
    has_total = "total" in result.row_kinds
    parts = (
        [column.name for column in adding_metrics(result, asked.access.catalog)]
        if has_every_part(result)
        else []
    )
    modifiers = _PLAIN if has_total else {"value"}
    uses = tuple(
        use
        for use in result.asked.metrics
        if use.modifier in modifiers
        and (has_total or column_name(use.metric, use.modifier, use.time) in parts)
    )
    if not result.asked.group_by or not uses or any(result.asked.roles):
        # Without its group the question would be about the metrics' own dates.
        return not_applicable(name)
    alone = asked.ask(asked.bare(group_by=(), metrics=uses))
    wrong: dict[str, tuple[object, object]] = {}
    for column in alone.columns:
        whole = alone.table.column(column.name)[0].as_py()
        if column.name in parts:
            total, tolerance = sum_of_parts(result, column.name)
            if abs(total - float(whole or 0)) > tolerance:
                wrong[column.name] = (total, whole)
        if has_total and column.role in _BELOW:
            shown = result.table.column(column.name)[result.row_kinds.index("total")].as_py()
            if not same(shown, whole):
                wrong[column.name] = (shown, whole)
    return verdict(name, wrong, len(alone.columns))


def base_asked_alone(asked: Asked) -> Check:
    """Every base is what its own days give when they are asked alone."""
    name = "base_asked_alone"
    result = asked.result
    columns = [item for item in result.columns if item.role is Role.BASE and item.metric]
    dated = result.asked.compare is not None and not result.asked.calendar_grains
    if not columns or not dated or not asked.is_known():
        return not_applicable(name)
    calendar = asked.access.catalog.settings.calendar
    base = base_slice(result.asked, result.data_through, calendar)
    days = base.period
    if days is None:
        return not_applicable(name)
    start = max(days.start, date(FIRST_YEAR, 1, 1))
    uses = [
        use.model_copy(update={"modifier": "value"})
        for use in result.asked.metrics
        if use.modifier in {"value", "base"}
    ]
    changes: dict[str, object] = {
        "period": Days(start=start, end=days.end),
        "metrics": tuple(dict.fromkeys(uses)),
    }
    alone = asked.ask(asked.bare(**changes))
    if alone.truncated:
        return not_applicable(name)
    found = by_key(alone)
    wrong: dict[str, tuple[object, object]] = {}
    rows = [place for place, kind in enumerate(result.row_kinds) if kind == "data"]
    keys = keys_of(result)
    for place in rows:
        other = found.get(_earlier(keys[place], result, base))
        note_differences(wrong, asked, (place, alone, other), columns)
    if "total" in result.row_kinds and not any(result.asked.roles):
        whole = asked.ask(asked.bare(**changes, group_by=()))
        place = result.row_kinds.index("total")
        note_differences(wrong, asked, (place, whole, 0), columns)
    return verdict(name, wrong, len(rows))


def members_asked_alone(asked: Asked) -> Check:
    """The first, the last and the largest row are what their members give when they are asked alone by a filter."""
    name = "members_asked_alone"
    result = asked.result
    uses = tuple(use for use in result.asked.metrics if use.modifier in {"value", "cumulative"})
    names = {column_name(use.metric, use.modifier, use.time) for use in uses}
    columns = [item for item in value_columns(result) if item.name in names]
    if not columns or not result.asked.group_by or not asked.is_known():
        return not_applicable(name)
    keys = keys_of(result)
    wrong: dict[str, tuple[object, object]] = {}
    held = 0
    for place in _sample(result, columns[0]):
        query = _alone(asked, uses, place)
        if query is None:
            continue
        held += 1
        alone = asked.ask(query)
        timed = tuple(keys[place][at] for at in dated_places(result))
        other = next((row for row, key in enumerate(keys_of(alone)) if key == timed), None)
        note_differences(wrong, asked, (place, alone, other), columns)
    return verdict(name, wrong, held) if held else not_applicable(name)


def _sample(result: Result, column: Column) -> list[int]:
    """Return the places of the first, the last and the largest data row, each once."""
    rows = [place for place, kind in enumerate(result.row_kinds) if kind == "data"]
    if not rows:
        return []
    cells = result.table.column(column.name).to_pylist()
    known = [place for place in rows if cells[place] is not None]
    largest = [max(known, key=lambda place: cells[place])] if known else []
    return list(dict.fromkeys((rows[0], rows[-1], *largest)))


def _alone(asked: Asked, uses: tuple[MetricUse, ...], place: int) -> MetricQuery | None:
    """Return the question for one row: its members as filters, its period among the groups; None where there is none.

    Where only time is grouped by, the row's days are asked for instead, unless the metric reads others too.
    """
    result, query = asked.result, asked.query
    filters: list[Filter] = []
    for column in result.columns:
        if column.grouped_by is None or column.label_of is not None:
            continue
        cell = result.table.column(column.name)[place].as_py()
        known = _filter(column.grouped_by, cell)
        if known is None:
            return None
        filters.append(known)
    times = tuple(item for item in query.group_by if not isinstance(item, str))
    if filters:
        where = (*query.where, *filters)
        return asked.bare(group_by=times, where=where, metrics=uses)
    framed = asked.is_framed([use.metric for use in uses])
    if framed or query.grain is None or len(times) != 1 or any(use.over or use.modifier != "value" for use in uses):  # fmt: skip
        return None
    bucket = next(
        result.table.column(item.name)[place].as_py() for item in result.columns if item.grain
    )
    if not isinstance(bucket, date):
        return None
    bare = asked.bare(group_by=times, metrics=uses)
    days = asked.access.catalog.settings.calendar.period_of(bucket, query.grain)
    start, end = days.start, days.end
    if bare.period is not None:
        start, end = max(start, bare.period.start), min(end, bare.period.end)
    if start >= end:
        return None
    return bare.model_copy(update={"period": Days(start=start, end=end)})


def _filter(name: str, cell: object) -> Filter | None:
    if cell is None:
        return Condition(field=name, op="is_null")
    if not isinstance(cell, Scalar) or (isinstance(cell, float) and not math.isfinite(cell)):
        return None
    return Condition(field=name, op="=", value=cell)


def _earlier(key: tuple[object, ...], result: Result, base: Slice) -> tuple[object, ...]:
    """Return the group of the base that is laid beside a group."""
    times = set(dated_places(result))
    days = dict(base.days)
    return tuple(
        _base_day(cell, base, days) if place in times else cell for place, cell in enumerate(key)
    )


def _base_day(bucket: object, base: Slice, days: Mapping[date, date]) -> object:
    if not isinstance(bucket, date) or base.move is None:
        return bucket
    day = bucket.date() if isinstance(bucket, datetime) else bucket
    return days.get(day, base.move.back(day))
