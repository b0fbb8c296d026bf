"""One to four tiles: the numbers that a manager reads first."""

from __future__ import annotations

from typing import Final, Literal

from assistant.answer.card import Kpi
from assistant.answer.labels import basis_label, column_label
from assistant.answer.numbers import as_decimal
from assistant.answer.phrases import (
    change_place,
    first_value,
    full_label,
    known_ends,
    known_members,
    own_columns,
    tone_of,
)
from assistant.answer.view import View
from assistant.locale import text
from semantic_layer.result import Column, Role

MAX_TILES: Final = 4


def tiles(view: View) -> tuple[Kpi, ...]:
    """Return the tiles of a result; none for an empty one."""
    rows = view.data_rows
    places = own_columns(view)
    if not rows or not any(list(view.numbers(place)) for place in places):
        return ()
    if len(rows) == 1:
        return tuple(_single(view, rows[0], places))[:MAX_TILES]
    return tuple(_several(view))[:MAX_TILES]


def compared_tiles(shown: tuple[Kpi, ...], beside: View) -> tuple[Kpi, ...]:
    """Return the tiles of a single number with its change on the base that its metric declares."""
    ahead = tiles(beside)[:1]
    return (*ahead, *shown[1:]) if ahead and shown and ahead[0].value == shown[0].value else shown


def _single(view: View, row: int, places: list[int]) -> list[Kpi]:
    found = [_tile(view, row, place, _heading(view, view.columns[place])) for place in places]
    for role in (Role.ATTAINMENT, Role.TARGET, Role.GAP, Role.SHARE, Role.BASE):
        extra = view.of_role(role)
        if extra is not None and extra not in places and len(view.metrics) == 1:
            found.append(_tile(view, row, extra, _heading(view, view.columns[extra])))
    return found


def _several(view: View) -> list[Kpi]:
    """The whole, then the latest period, then the ends that the rows surely hold."""
    place = first_value(view)
    numbers = list(view.numbers(place))
    found: list[Kpi] = []
    if view.total_row is not None and as_decimal(view.rows[view.total_row][place]) is not None:
        heading = text("kpi.total", view.language, metric=full_label(view, place))
        found.append(_tile(view, view.total_row, place, heading))
    if not numbers or (view.time is not None and view.dimensions):
        return found
    if view.time is not None:
        time = view.time
        latest = max(numbers, key=lambda item: str(view.rows[item[0]][time]))[0]
        found.append(_tile(view, latest, place, _named(view, "kpi.latest", latest)))
        numbers = [item for item in numbers if not view.is_partial(item[0])]
    ends = known_ends(view)
    named = (view.time,) if view.time is not None else view.dimensions
    known = known_members(view, numbers, named)
    ranked = sorted(known, key=lambda item: as_decimal(item[1]) or 0)
    if "high" in ends and len(ranked) > 1:
        found.append(_tile(view, ranked[-1][0], place, _named(view, "kpi.highest", ranked[-1][0])))
    if "low" in ends and len(ranked) > 1:
        found.append(_tile(view, ranked[0][0], place, _named(view, "kpi.lowest", ranked[0][0])))
    return found


def _named(view: View, code: str, row: int) -> str:
    places = view.dimensions if view.time is None else (view.time,)
    dot = text("list.dot", view.language)
    return text(code, view.language, member=dot.join(view.texts[row][place] for place in places))


def _heading(view: View, column: Column) -> str:
    return column_label(column, view.result.asked, view.language, alone=len(view.metrics) == 1)


def _tile(view: View, row: int, place: int, label: str) -> Kpi:
    column = view.columns[place]
    change = change_place(view, place)
    progress = as_decimal(view.rows[row][place]) if column.role is Role.ATTAINMENT else None
    basis = _target_basis(view, row, column) if column.role is Role.ATTAINMENT else None
    if change is None:
        status = column.status_of(progress)
        return Kpi(
            label=label,
            value=view.texts[row][place],
            basis=basis,
            progress=None if progress is None else float(progress),
            status=status,
            status_text=text(f"kpi.{status}", view.language) if status else "",
        )
    return Kpi(
        label=label,
        value=view.texts[row][place],
        delta=view.texts[row][change],
        direction=_direction(view.rows[row][change]),
        tone=tone_of(view.columns[change], view.rows[row][change]),
        basis=basis_label(view.result.asked.compare, view.language),
    )


def _target_basis(view: View, row: int, column: Column) -> str | None:
    target = view.of_role(Role.TARGET, column.metric)
    if target is None:
        return None
    return text("kpi.target", view.language, target=view.texts[row][target])


def _direction(change: object) -> Literal["up", "down", "flat"]:
    number = as_decimal(change)
    if not number:
        return "flat"
    return "up" if number > 0 else "down"
