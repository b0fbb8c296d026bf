"""Filters that a metric's own definition rules out: cancelled orders of a metric that counts no cancelled ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from assistant.intent import Intent
from assistant.understanding.filters import Filtered
from assistant.understanding.linking import Linker
from assistant.understanding.measures import Measures
from assistant.understanding.outcome import Refusal, Unsettled
from assistant.understanding.spans import Span
from semantic_layer.catalog import BoundField, BoundMetric


def refuse_excluded(
    intent: Intent, values: Sequence[Filtered], measures: Measures, linker: Linker
) -> None:
    """Refuse to count what a metric leaves out by its definition: the answer would be a nought that means nothing.

    Raises:
        Unsettled: Naming the member, the metric, and the metrics that are about this member alone.
    """
    for value in values:
        if value.asked.exclude:
            continue
        bound = linker.catalog.field(value.field)
        for name in measures.names:
            metric = linker.catalog.metric(name)
            if not any(_leaves_out(metric, bound, str(item.value)) for item in value.members):
                continue
            about = [
                linker.metric_choice(other)
                for other, item in linker.catalog.metrics.items()
                if all(_keeps_only(item, bound, str(member.value)) for member in value.members)
            ]
            mention = intent.metrics[0].mention if intent.metrics else value.asked.mention
            facts = {
                "word": value.asked.mention.words,
                "metric": metric.label,
                "field": bound.label,
            }
            close = tuple(linker.replaced(mention, choice) for choice in about[:4])
            raise Unsettled(Refusal(code="metric_excludes", facts=facts, close=close))


def refuse_events(values: Sequence[Filtered], span: Span) -> None:
    """Refuse what happened in a period (orders shipped last week), where only the state as of today is known.

    Raises:
        Unsettled: Naming the member.
    """
    for value in values:
        if value.asked.event and (span.period is not None or span.grain is not None):
            facts = {"what": "event_date", "word": value.asked.mention.words}
            raise Unsettled(Refusal(code="not_supported", facts=facts))


def _leaves_out(metric: BoundMetric, field: BoundField, value: str) -> bool:
    return any(
        value in named if without else value not in named
        for named, without in _tests(metric, field)
    )


def _keeps_only(metric: BoundMetric, field: BoundField, value: str) -> bool:
    tests = tuple(_tests(metric, field))
    return len(tests) >= len(metric.atoms) and all(
        named == {value} and not without for named, without in tests
    )


def _tests(metric: BoundMetric, field: BoundField) -> Iterator[tuple[set[str], bool]]:
    """Yield the values that a metric's own conditions name for a field, and whether they are left out."""
    for atom in metric.atoms.values():
        if atom.where is None:
            continue
        conjuncts = atom.where.flatten() if isinstance(atom.where, exp.And) else (atom.where,)
        for part in conjuncts:
            test = part.unnest()
            without = isinstance(test, exp.Not | exp.NEQ)
            inner = test.this.unnest() if isinstance(test, exp.Not) else test
            if not isinstance(inner, exp.EQ | exp.NEQ | exp.In) or not _is(inner.this, field):
                continue
            literals = inner.expressions if isinstance(inner, exp.In) else [inner.expression]
            if literals and all(isinstance(item, exp.Literal) for item in literals):
                yield {str(item.this) for item in literals}, without


def _is(column: exp.Expr, field: BoundField) -> bool:
    bare = field.expr.unnest()
    return (
        isinstance(column, exp.Column)
        and isinstance(bare, exp.Column)
        and column.name.lower() == bare.name.lower()
        and (column.table or field.source) == field.source
    )
