"""An explanation in words: what an analyst reads to follow a number from the definitions to the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assistant.answer.formula_words import formula_text
from assistant.answer.labels import metric_label
from assistant.answer.notes import note_text
from assistant.locale import join, text
from semantic_layer.catalog import Catalog
from semantic_layer.explanation import Definition, Explanation, Rows
from semantic_layer.model import OWNER
from semantic_layer.result import Notice

Section = tuple[str, tuple[str, ...]]


def explanation_in_words(
    explanation: Explanation, catalog: Catalog, language: str, notices: Sequence[Notice]
) -> tuple[Section, ...]:
    """Return an explanation as headings with their lines; a section that has nothing to say is left out.

    Args:
        explanation: What the plan does.
        catalog: The definitions as the asker may see them.
        language: `zh` or `en`.
        notices: What the asker must know: of the plan, of the reading and of the rows.
    """
    assumed = [note_text(item, catalog, language) for item in notices]
    sections = (
        ("definitions", [_definition(item, catalog, language) for item in explanation.definitions]),
        ("rows", [line for item in explanation.rows for line in _rows(item, language)]),
        ("joins", list(dict.fromkeys(_joins(explanation, language)))),
        ("filters", list(dict.fromkeys(_filters(explanation, language)))),
        ("policy", list(_policy(explanation, language))),
        ("assumptions", list(dict.fromkeys(assumed))),
        ("order", list(_order(explanation, language))),
    )
    return tuple(
        (text(f"explain.{name}.heading", language), tuple(lines))
        for name, lines in sections
        if lines
    )


def _definition(item: Definition, catalog: Catalog, language: str) -> str:
    spec = catalog.metrics[item.metric].spec
    said = text(
        "explain.definitions.line",
        language,
        metric=metric_label(item.metric, catalog, language),
        name=item.metric,
        formula=formula_text(spec, catalog, language),
        sql=item.formula,
    )
    if item.owner:
        said += text("explain.definitions.owner", language, owner=item.owner)
    if item.certified:
        said += text("explain.definitions.certified", language, day=item.certified)
    return said


def _rows(item: Rows, language: str) -> Iterator[str]:
    kind = item.slice.removesuffix(" window")
    facts = {
        "branch": item.branch,
        "dataset": item.dataset,
        "slice": text(f"explain.slice.{kind}", language),
        "date": item.date,
        "aggregates": join(item.aggregates, language),
    }
    last = (date.fromisoformat(item.end) - timedelta(days=1)).isoformat() if item.end else ""
    if not item.date or not last:
        said = text("explain.rows.all", language, **facts)
    elif not item.start:
        said = text("explain.rows.until", language, last=last, **facts)
    else:
        said = text("explain.rows.days", language, start=item.start, last=last, **facts)
    if item.ranges:
        said += text("explain.rows.windows", language, count=item.ranges)
    elif item.slice.endswith(" window"):
        said += text("explain.rows.window", language)
    if item.snapshot:
        said += text(f"explain.rows.{item.snapshot}", language)
    if item.overlaps:
        said += text("explain.rows.overlaps", language)
    yield said


def _joins(explanation: Explanation, language: str) -> Iterator[str]:
    for item in explanation.rows:
        yield from item.paths
        for on in item.on:
            yield text("explain.joins.on", language, on=on)
        for child in item.children:
            yield text("explain.joins.child", language, dataset=item.dataset, child=child)


def _filters(explanation: Explanation, language: str) -> Iterator[str]:
    for item in explanation.rows:
        for test in item.filters:
            yield text("explain.filters.query", language, test=test)
        for test in item.metric_filters:
            yield text("explain.filters.metric", language, test=test)
    for test in explanation.having:
        yield text("explain.filters.having", language, test=test)


def _policy(explanation: Explanation, language: str) -> Iterator[str]:
    rights = explanation.rights
    if rights.role == OWNER:
        yield text("explain.policy.owner", language)
        return
    yield text("explain.policy.role", language, name=rights.principal, role=rights.role)
    for item in rights.rules:
        kind = "all" if item.rule == "all" else "rule"
        yield text(f"explain.policy.{kind}", language, dataset=item.dataset, rule=item.rule)


def _order(explanation: Explanation, language: str) -> Iterator[str]:
    for key in explanation.order:
        way = "down" if key.descending else "up"
        yield text(f"explain.order.{way}", language, by=key.by)
    if explanation.limit is not None:
        kind = f"per_{explanation.ties}" if explanation.per else explanation.ties
        yield text(f"explain.order.{kind}", language, limit=explanation.limit, per=explanation.per)
    for kind in explanation.below:
        yield text(f"explain.order.{kind}", language)
