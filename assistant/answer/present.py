"""A result, or a failure, as the card that every surface shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from assistant.answer.card import Card, Chip, HeadlinePart, Option
from assistant.answer.charts import ChartSpec, choose_chart
from assistant.answer.composed import composed_card
from assistant.answer.failures import explain
from assistant.answer.how import how_of
from assistant.answer.kpis import tiles
from assistant.answer.labels import asked, basis_label, column_label, field_label, filters_in_words
from assistant.answer.narrative import narrate
from assistant.answer.notes import note_text
from assistant.answer.numbers import format_bucket, format_period, format_value
from assistant.answer.table import table_of
from assistant.answer.vega import to_vega
from assistant.answer.view import View, view_of
from assistant.locale import has, join, text
from semantic_layer.calendar import Grain
from semantic_layer.catalog import Catalog
from semantic_layer.model import OWNER, Principal
from semantic_layer.query import OrderBy
from semantic_layer.result import Notice, Result, Role

Status = Literal["answered", "clarification", "refused", "error"]


def answered_card(  # noqa: PLR0913 - the stages of one answer, each by name
    result: Result,
    catalog: Catalog,
    *,
    language: str,
    principal: Principal,
    assumptions: Sequence[Notice],
    follow_ups: Sequence[str],
    seconds: Mapping[str, float],
) -> Card:
    """Return the card of an answer.

    Args:
        result: What was found.
        catalog: The definitions as the principal may see them.
        language: `zh` or `en`.
        principal: Whose rights were applied.
        assumptions: What the reader took for granted.
        follow_ups: Questions that were run and can be offered.
        seconds: Stages before and after the result's own, with how long they took.
    """
    view = view_of(result, catalog, language)
    if result.query is None:
        return composed_card(view, principal, assumptions, seconds)
    spec = choose_chart(result, catalog)
    title = chart_title(spec, view) if spec is not None else ""
    return Card(
        status="answered",
        language=language,
        headline=narrate(view),
        chips=_chips(view, principal),
        kpis=tiles(view),
        chart=to_vega(spec, view, title) if spec is not None else None,
        chart_title=title,
        chart_reason=_reason(spec, language) if spec is not None else "",
        table=table_of(view),
        notes=(*_scope_notes(view, principal), *_notes(view, assumptions, spec)),
        how=how_of(view, principal, seconds),
        follow_ups=tuple(follow_ups),
    )


def message_card(
    code: str,
    language: str,
    facts: Mapping[str, object],
    options: Sequence[Option] = (),
    status: Status = "refused",
    catalog: Catalog | None = None,
) -> Card:
    """Return the card of a clarification, a refusal or an error.

    Args:
        code: What happened: the code of an error, a refusal or a clarification.
        language: `zh` or `en`.
        facts: What the wording needs.
        options: Choices, or near questions.
        status: What the card is.
        catalog: Turns catalog names among the facts into labels.
    """
    said = explain(code, facts, language, catalog)
    return Card(
        status=status,
        language=language,
        headline=(HeadlinePart(text=said),),
        options=tuple(options),
    )


def chart_title(spec: ChartSpec, view: View) -> str:
    """Return the heading over chart and table: 各大区销售额, 销售额走势（按月）."""
    columns = {column.name: column for column in view.columns}
    query, language = view.result.asked, view.language
    heads = (column_label(columns[name], query, language, alone=False) for name in spec.y)
    shown = join(heads, language)
    by = columns[spec.x]
    series = columns.get(spec.series or "")
    second = (
        [series.label.of(language)] if series is not None and series.role is Role.DIMENSION else []
    )
    if by.role is Role.TIME and by.grain is not None:
        grain = text(f"grain.{by.grain.value}", language)
        metric = text("chart.title", language, metric=shown, by=second[0]) if second else shown
        return text("chart.title_time", language, metric=metric, grain=grain)
    named = join([by.label.of(language), *second], language)
    return text("chart.title", language, metric=shown, by=named)


def _reason(spec: ChartSpec, language: str) -> str:
    reason = text(f"chart.reason.{spec.reason}", language)
    if spec.from_zero:
        return reason
    return text("chart.reason.not_from_zero", language, reason=reason)


def _scope_notes(view: View, principal: Principal) -> Iterator[str]:
    """Yield what limits every number: the asker's rights, and all data where no period was named."""
    result, language = view.result, view.language
    if principal.role != OWNER:
        yield text("notice.own_rows", language, name=principal.label.of(language) or principal.name)
    if result.period is None and result.data_through is not None and result.asked.grain is None:
        through = format_bucket(result.data_through, Grain.DAY, language)
        yield text("notice.all_data", language, through=through)


def _notes(view: View, assumptions: Sequence[Notice], spec: ChartSpec | None) -> tuple[str, ...]:
    result, language = view.result, view.language
    notices = [*assumptions, *result.notices]
    if result.truncated and all(notice.code != "truncated" for notice in notices):
        notices.append(Notice(code="truncated", facts={"rows": len(view.data_rows)}))
    said = [note_text(notice, view.catalog, language) for notice in notices]
    if spec is not None and spec.limit is not None:
        total = format_value(spec.items, "count", language, compact=False)
        said.append(text("chart.top", language, shown=spec.limit, total=total))
    return tuple(dict.fromkeys(said))


def _chips(view: View, principal: Principal) -> tuple[Chip, ...]:
    """Return the reading in pieces: what was understood."""
    result, language = view.result, view.language
    query = result.asked
    metrics = dict.fromkeys(item.label.of(language) for item in view.columns if item.metric)
    chips = [_chip("metric", join(metrics, language), language)]
    period = (
        text("how.all_data", language)
        if result.period is None
        else format_period(result.period, language)
    )
    chips.append(_chip("period", period, language))
    groups = [field_label(name, view.catalog, language) for name in query.fields]
    if query.time_grain is not None:
        grain = f"grain.{query.time_grain}"
        groups.insert(0, text(grain, language) if has(grain, language) else query.time_grain)
    groups += [text(f"part.{part}", language) for part in query.parts]
    if groups:
        chips.append(_chip("group", join(groups, language), language))
    chips += [
        _chip("filter", words, language)
        for words in filters_in_words(asked(query), view.catalog, language)
    ]
    if query.compare is not None:
        chips.append(_chip("compare", basis_label(query.compare, language, "base"), language))
    if query.order_by and query.order_by[0].time is None:
        chips.append(_chip("order", _order_text(query.order_by[0], query.limit, view), language))
    if _is_certified(view):
        chips.append(_chip("certified", text("chip.certified_value", language), language))
    if principal.role != "owner":
        name = principal.label.of(language) or principal.name
        chips.append(_chip("scope", text("chip.scope_value", language, name=name), language))
    return tuple(chips)


def _chip(kind: Literal["metric", "period", "group", "filter", "compare", "order", "certified", "scope"], value: str, language: str) -> Chip:  # fmt: skip
    return Chip(kind=kind, label=text(f"chip.{kind}", language), value=value)


def _order_text(order: OrderBy, limit: int | None, view: View) -> str:
    language = view.language
    if order.metric is not None:
        role = Role.METRIC if order.modifier == "value" else Role(order.modifier)
        place = view.of_role(role, order.metric)
        by = order.metric
        if place is not None:
            by = column_label(view.columns[place], view.result.asked, language, alone=False)
        elif order.metric in view.catalog.metrics:
            by = view.catalog.metrics[order.metric].label.of(language)
    else:
        by = field_label(order.field or "", view.catalog, language)
    code = f"chip.order_{order.dir}" + ("_limit" if limit is not None else "")
    return text(code, language, by=by, limit=limit)


def _is_certified(view: View) -> bool:
    metrics = [view.catalog.metrics.get(name) for name in view.metrics]
    return bool(metrics) and all(m is not None and m.spec.certified is not None for m in metrics)
