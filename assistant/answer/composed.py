"""The card of SQL around governed queries: its table with proof; no chart and no reading of it is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.answer.card import Card, Chip, HeadlinePart
from assistant.answer.how import how_of
from assistant.answer.labels import column_label, metric_label
from assistant.answer.notes import note_text
from assistant.answer.numbers import format_value
from assistant.answer.stated_scope import period_text
from assistant.answer.table import table_of
from assistant.answer.view import View
from assistant.locale import join, text
from semantic_layer.model import OWNER, Principal
from semantic_layer.result import Notice


def composed_card(
    view: View,
    principal: Principal,
    assumptions: Sequence[Notice],
    seconds: Mapping[str, float],
) -> Card:
    """Return the card of a composed result.

    Args:
        view: The result.
        principal: Whose rights were applied.
        assumptions: What the reader took for granted.
        seconds: Further stages, with how long they took.
    """
    return Card(
        status="answered",
        language=view.language,
        headline=_headline(view),
        chips=tuple(_chips(view)),
        table=table_of(view),
        notes=tuple(dict.fromkeys(_notes(view, principal, assumptions))),
        how=how_of(view, principal, seconds),
    )


def _headline(view: View) -> tuple[HeadlinePart, ...]:
    rows, language = view.data_rows, view.language
    if len(rows) == 1 and len(view.columns) == 1:
        label = column_label(view.columns[0], None, language)
        lead = text("composed.value", language, label=label)
        return HeadlinePart(text=lead), HeadlinePart(text=view.texts[rows[0]][0], bold=True)
    code = {0: "composed.none", 1: "composed.one"}.get(len(rows), "composed.rows")
    count = format_value(len(rows), "count", language, compact=False)
    return (HeadlinePart(text=text(code, language, rows=count)),)


def _chips(view: View) -> Iterator[Chip]:
    language = view.language
    metrics = join((metric_label(name, view.catalog, language) for name in view.metrics), language)
    yield Chip(kind="metric", label=text("chip.metric", language), value=metrics)
    period = period_text(view.result, language)
    yield Chip(kind="period", label=text("chip.period", language), value=period)


def _notes(view: View, principal: Principal, assumptions: Sequence[Notice]) -> Iterator[str]:
    language = view.language
    if principal.role != OWNER:
        name = principal.label.of(language) or principal.name
        yield text("notice.own_rows", language, name=name)
    for notice in (*assumptions, *view.result.notices):
        yield note_text(notice, view.catalog, language)
