"""How an answer was calculated, in words that an analyst can check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assistant.answer.card import How, MetricNote
from assistant.answer.checked import check_in_words
from assistant.answer.formula_words import formula_text
from assistant.answer.governance import governance_data, governance_facts
from assistant.answer.labels import unit_label
from assistant.answer.numbers import format_bucket, format_value
from assistant.answer.stated_scope import conditions, period_text
from assistant.answer.view import View
from assistant.locale import has, text
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.model import Principal
from semantic_layer.result import Role

_HELD = frozenset({Role.TARGET, Role.ATTAINMENT, Role.GAP})


def how_of(view: View, principal: Principal, seconds: Mapping[str, float]) -> How:
    """Return how a result was calculated.

    Args:
        view: The result.
        principal: Whose rights were applied.
        seconds: Further stages and how long they took; those of the result are added.
    """
    result, catalog, language = view.result, view.catalog, view.language
    timed = {**result.seconds, **seconds}
    return How(
        summary=_summary(view, timed),
        definitions=tuple(_notes((*view.metrics, *_targets(view)), catalog, language)),
        period=period_text(result, language),
        data_through=""
        if result.data_through is None
        else format_bucket(result.data_through, Grain.DAY, language),
        filters=tuple(conditions(result, catalog, language)),
        permission=permission_text(principal, view),
        semantic_sql=result.semantic_sql,
        sql=result.sql,
        checks=tuple(
            check_in_words(item, catalog, language)
            for item in result.checks
            if item.status != "not_applicable"
        ),
        timings=tuple(
            (_stage(name, language), _ms(took, language)) for name, took in timed.items()
        ),
    )


def permission_text(principal: Principal, view: View) -> str:
    """Return whose rights were applied, and what they leave; the rules themselves stand in the SQL."""
    language = view.language
    name = principal.label.of(language) or principal.name
    if principal.role == "owner":
        return text("how.sees_all", language, name=name)
    rules = {
        dataset: rule
        for policy in view.catalog.definitions.policies
        if policy.role == principal.role
        for dataset, rule in policy.datasets.items()
    }
    used = {
        dataset
        for metric in view.metrics
        if metric in view.catalog.metrics
        for dataset in view.catalog.metrics[metric].datasets
    }
    allowed = [rules[dataset] for dataset in used if dataset in rules]
    if not allowed:
        return text("how.sees_nothing", language, name=name)
    whole = all(rule == "all" for rule in allowed)
    return text("how.sees_all" if whole else "how.sees_rows", language, name=name)


def _summary(view: View, seconds: Mapping[str, float]) -> str:
    result, language = view.result, view.language
    facts = {
        "rows": _rows(len(view.data_rows), language),
        "ms": _ms(sum(seconds.values()), language),
    }
    if result.data_through is None:
        return text("how.summary", language, **facts)
    day = format_bucket(result.data_through, Grain.DAY, language)
    return text("how.summary_through", language, day=day, **facts)


def _targets(view: View) -> Iterator[str]:
    """Yield the metrics that others of the result are held against."""
    for column in view.columns:
        metric = view.catalog.metrics.get(column.metric or "")
        target = metric.spec.target if metric is not None else None
        if column.role in _HELD and target is not None and target.metric is not None:
            yield target.metric


def _notes(names: Iterable[str], catalog: Catalog, language: str) -> Iterator[MetricNote]:
    """Yield the definition of each metric asked for, then of the metrics that they are made of."""
    asked = [name for name in names if name in catalog.metrics]
    parts = sorted({part for name in asked for part in catalog.metrics[name].uses})
    for name in dict.fromkeys((*asked, *parts)):
        if name in catalog.metrics:
            yield _note(catalog.metrics[name], catalog, language)


def _note(metric: BoundMetric, catalog: Catalog, language: str) -> MetricNote:
    spec = metric.spec
    return MetricNote(
        name=metric.name,
        label=metric.label.of(language),
        formula=formula_text(spec, catalog, language),
        description=spec.description.of(language),
        unit=unit_label(spec.unit, language),
        owner=spec.owner or "",
        certified="" if spec.certified is None else str(spec.certified),
        facts=governance_facts(metric, catalog, language),
        governance=governance_data(metric, catalog),
    )


def _rows(count: int, language: str) -> str:
    shown = format_value(count, "count", language, compact=False)
    return text("how.rows_one" if count == 1 else "how.rows", language, rows=shown)


def _stage(name: str, language: str) -> str:
    return text(f"stage.{name}", language) if has(f"stage.{name}", language) else name


def _ms(seconds: float, language: str) -> str:
    shown = format_value(round(seconds * 1000, 1), None, language, compact=False)
    return text("how.ms", language, ms=shown)
