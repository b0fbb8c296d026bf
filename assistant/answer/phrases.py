"""Pieces of a headline: what it is about, the change, the share, the member; and which cells it may speak of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from assistant.answer.card import Tone
from assistant.answer.labels import basis_label, column_label, scope_members
from assistant.answer.numbers import NULL, as_decimal, format_period
from assistant.answer.proof import Name, Plain, Run, Sentence, bound, sentence
from assistant.answer.view import View
from assistant.locale import join, text
from semantic_layer.result import Column, Role

VALUES: Final = (
    Role.METRIC, Role.ATTAINMENT, Role.SHARE, Role.CHANGE_PCT, Role.CHANGE, Role.GAP, Role.TARGET, Role.BASE, Role.RANK,
)  # fmt: skip
"""What a headline may be about, the metric's own number first."""


def tone_of(column: Column, change: object) -> Tone:
    """Return whether a change is good news, by the direction that the metric calls good."""
    number = as_decimal(change)
    if not number or column.good == "neither":
        return "neutral"
    return "good" if (number > 0) == (column.good == "up") else "bad"


def first_value(view: View) -> int:
    """Return the column that a headline is about: the metric that rows are ordered by, else the first one."""
    order = next((key for key in view.result.asked.order_by if key.metric is not None), None)
    if order is not None:
        role = Role.METRIC if order.modifier == "value" else Role(order.modifier)
        place = view.of_role(role, order.metric)
        if place is not None:
            return place
    return next(place for role in VALUES if (place := view.of_role(role)) is not None)


def own_columns(view: View) -> list[int]:
    """Return the columns of the metrics' own values, or of what was asked instead (a share, a growth)."""
    for role in VALUES:
        places = [place for place, column in enumerate(view.columns) if column.role is role]
        if places:
            return places
    return []


def known_ends(view: View) -> frozenset[str]:
    """Return which ends of a ranking the rows surely hold."""
    if not is_cut(view):
        return frozenset({"high", "low"})
    first = next(iter(view.result.asked.order_by), None)
    if first is None or first.metric is None or view.result.truncated or view.result.asked.per:
        return frozenset()
    return frozenset({"high"} if first.dir == "desc" else {"low"})


def is_cut(view: View) -> bool:
    """Say whether a limit may have left rows out."""
    limit = view.result.asked.limit
    return view.result.truncated or (limit is not None and len(view.data_rows) >= limit)


def full_label(view: View, place: int) -> str:
    """Return what a number is: its metric, with what was made of it (share, attainment, growth)."""
    return column_label(view.columns[place], view.result.asked, view.language, alone=False)


def known_members(
    view: View, numbers: Sequence[tuple[int, object]], named: Sequence[int]
) -> tuple[tuple[int, object], ...]:
    """Return the numbers whose members are known, or all where none is: nobody looks for the unknown at the end."""
    known = [n for n in numbers if all(view.rows[n[0]][place] is not None for place in named)]
    return tuple(known or numbers)


def subject_of(view: View, place: int | None, *, whole: bool = False) -> Sentence:
    """Return what a number is about: its metric (all of them for None), its period and its conditions.

    Args:
        view: The result.
        place: The column of the number.
        whole: Whether it stands in a totals row, which conditions on values do not touch.
    """
    language, result = view.language, view.result
    if place is not None:
        metrics: Sentence = (Name(full_label(view, place)),)
    else:
        metrics = tuple(_listed(view, language))
    runs: dict[str, Run | Sentence] = {"metric": metrics}
    code = "narrative.subject"
    if result.period is not None:
        code += "_period"
        runs["period"] = Name(format_period(result.period, language))
    scope = scope_members(result.asked, view.catalog, language, values=not whole)
    if scope:
        code += "_scope"
        runs["scope"] = Name(join(scope, language))
    return sentence(code, language, **runs)


def _listed(view: View, language: str) -> Iterator[Run]:
    labels = {column.metric: column.label.of(language) for column in view.columns if column.metric}
    for number, label in enumerate(labels.values()):
        if number:
            yield Plain(text("list.separator", language))
        yield Name(label)


def change_place(view: View, place: int) -> int | None:
    """Return the column with the change of a metric's own value: in per cent, or in points for a percentage."""
    column = view.columns[place]
    if column.role is not Role.METRIC:
        return None
    points = view.of_role(Role.CHANGE, column.metric)
    if points is not None and view.columns[points].unit == "pp":
        return points
    per_cent = view.of_role(Role.CHANGE_PCT, column.metric)
    return points if per_cent is None else per_cent


def change_of(view: View, row: int, place: int) -> Sentence:
    """Return the change beside a value, or nothing where the result has none."""
    change = change_place(view, place)
    if change is None:
        return ()
    basis = Name(basis_label(view.result.asked.compare, view.language))
    if view.texts[row][change] == NULL:
        return sentence("narrative.change_none", view.language, basis=basis)
    value = bound(view, row, change)
    return sentence("narrative.change", view.language, basis=basis, change=value)


def facts_of(view: View, row: int, named: Sequence[int], place: int) -> dict[str, Run | Sentence]:
    """Return what a row says: its member, its value, the change and the share beside it."""
    return {
        "member": cells_of(view, row, named),
        "value": bound(view, row, place),
        "change": change_of(view, row, place),
        "share": share_of(view, row, place),
    }


def share_of(view: View, row: int, place: int) -> Sentence:
    """Return the share beside a metric's own value, where the result holds it."""
    share = view.of_role(Role.SHARE, view.columns[place].metric)
    if share is None or share == place or view.texts[row][share] == NULL:
        return ()
    return sentence("narrative.share", view.language, share=bound(view, row, share))


def member_of(view: View, row: int) -> Sentence:
    """Return what a row is about: its period and its members."""
    named = (*(() if view.time is None else (view.time,)), *view.dimensions)
    return cells_of(view, row, named)


def cells_of(view: View, row: int, places: Sequence[int]) -> Sentence:
    """Return some cells of a row, bound, with dots between them."""
    runs: list[Run] = []
    for place in places:
        if runs:
            runs.append(Plain(text("list.dot", view.language)))
        runs.append(bound(view, row, place))
    return tuple(runs)
