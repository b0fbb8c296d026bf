"""The shown table: one unit a column, members by name, raw values beside for sorting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from assistant.answer.card import Table, TableColumn
from assistant.answer.labels import column_label
from assistant.answer.numbers import Scale, column_scale, format_cell, unit_heading
from assistant.answer.view import NUMERIC, SIGNED, View
from assistant.locale import text
from semantic_layer.result import Column, Role, plain

_DECIDING = frozenset({Role.METRIC, Role.BASE, Role.TARGET})
_OWN = _DECIDING | {Role.CHANGE, Role.GAP}


def table_of(view: View) -> Table:
    """Return a result as shown: heads with units, cells without; columns that only name members are merged."""
    shown = [place for place, column in enumerate(view.columns) if column.label_of is None]
    scales = {place: _scale(view, place) for place in shown if _is_number(view.columns[place])}
    columns = tuple(_head(view, view.columns[place], scales.get(place)) for place in shown)
    rows = tuple(
        tuple(_cell(view, row, place, scales.get(place)) for place in shown)
        for row in range(len(view.rows))
    )
    raw = tuple(tuple(_raw(values[place]) for place in shown) for values in view.rows)
    return Table(columns=columns, rows=rows, raw=raw, row_kinds=view.result.row_kinds)


def _is_number(column: Column) -> bool:
    return column.role in NUMERIC


def _scale(view: View, place: int) -> Scale:
    """Return a column's scale; a metric and what is compared with it share one, so that the eye can compare too."""
    column = view.columns[place]
    if column.role is Role.RANK:
        return Scale(decimals=0)
    family = [
        other
        for other, item in enumerate(view.columns)
        if item.metric == column.metric and item.unit == column.unit and item.role in _OWN
    ]
    deciding = [other for other in family if view.columns[other].role in _DECIDING] or family
    sources = deciding if column.role in _OWN else [place]
    values = [values[source] for values in view.rows for source in sources]
    return column_scale(values, column.unit, view.language)


def _head(view: View, column: Column, scale: Scale | None) -> TableColumn:
    label = column_label(column, view.result.query, view.language, alone=len(view.metrics) == 1)
    unit = "" if scale is None else unit_heading(column.unit, scale, view.language)
    if unit:
        label = text("table.head_unit", view.language, label=label, unit=unit)
    return TableColumn(name=column.name, label=label, numeric=scale is not None)


def _cell(view: View, row: int, place: int, scale: Scale | None) -> str:
    column = view.columns[place]
    if scale is not None:
        return format_cell(view.rows[row][place], column.unit, scale, signed=column.role in SIGNED)
    kind = view.result.row_kinds[row]
    if kind != "data":
        first = next(p for p, item in enumerate(view.columns) if not _is_number(item))
        return text(f"table.{kind}", view.language) if place == first else ""
    return view.texts[row][place]


def _raw(value: object) -> object:
    """Return a value that sorts and exports: numbers as numbers, dates as ISO texts."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else plain(value)
