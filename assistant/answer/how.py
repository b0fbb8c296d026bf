"""How an answer was calculated, in words that an analyst can check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from assistant.answer.card import How, MetricNote
from assistant.answer.labels import filters_in_words, metric_label, unit_label
from assistant.answer.notes import facts_in_words
from assistant.answer.numbers import format_bucket, format_period, format_value
from assistant.answer.view import View
from assistant.locale import has, holes, join, text
from semantic_layer.calendar import Grain, Period, whole_grain
from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.metric_specs import (
    AverageOfSnapshotsMetric,
    BalanceMetric,
    ConversionMetric,
    CumulativeMetric,
    DerivedMetric,
    EntityShareMetric,
    FilteredMetric,
    Metric,
    OffsetMetric,
    PerEntityMetric,
    RatioMetric,
    RetentionMetric,
    SimpleMetric,
    Span,
)
from semantic_layer.model import Principal
from semantic_layer.result import Check, Result, Role

_HELD = frozenset({Role.TARGET, Role.ATTAINMENT, Role.GAP})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = {" - ": " − ", " * ": " × ", " / ": " ÷ "}


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
        filters=filters_in_words(result.query, catalog, language),
        permission=permission_text(principal, view),
        semantic_sql=result.semantic_sql,
        sql=result.sql,
        checks=tuple(
            _check(item, catalog, language)
            for item in result.checks
            if item.status != "not_applicable"
        ),
        timings=tuple(
            (_stage(name, language), _ms(took, language)) for name, took in timed.items()
        ),
    )


def period_text(result: Result, language: str) -> str:
    """Return the days that a result covers, as dates, with the base of a comparison."""
    if result.period is None:
        return text("how.all_data", language)
    shown = _dates(result.period, language)
    if result.base_period is None:
        return shown
    return text("how.compared", language, period=shown, base=_dates(result.base_period, language))


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


def formula_text(metric: Metric, catalog: Catalog, language: str) -> str:
    """Return a metric's formula as people write it: SUM(amount), 毛利 ÷ 销售额."""
    match metric:
        case SimpleMetric():
            formula = _of_rows(metric, catalog, language)
        case FilteredMetric():
            formula = metric_label(metric.of, catalog, language)
        case RatioMetric():
            over, under = metric.numerator, metric.denominator
            return f"{_named(over, catalog, language)} ÷ {_named(under, catalog, language)}"
        case DerivedMetric():
            return _in_words(metric.expr, catalog, language)
        case OffsetMetric() | CumulativeMetric() | BalanceMetric():
            return _over_time(metric, catalog, language)
        case PerEntityMetric() | EntityShareMetric() | AverageOfSnapshotsMetric():
            return _over_entities(metric, catalog, language)
        case ConversionMetric() | RetentionMetric():
            return _through_stages(metric, catalog, language)
        case _:
            assert_never(metric)
    if metric.filter:
        formula = text("how.where", language, formula=formula, filter=metric.filter)
    if metric.time:
        formula = text("how.dated", language, formula=formula, time=metric.time)
    return formula


def _of_rows(metric: SimpleMetric, catalog: Catalog, language: str) -> str:
    spec = catalog.definitions.datasets.get(metric.dataset)
    source = (spec.label.of(language) if spec is not None else "") or metric.dataset
    formula = text("how.from_dataset", language, formula=_aggregate(metric), dataset=source)
    if metric.non_additive_dimension is None:
        return formula
    return text(
        f"how.{metric.non_additive_dimension.window_agg}_snapshot", language, formula=formula
    )


def _through_stages(
    metric: ConversionMetric | RetentionMetric, catalog: Catalog, language: str
) -> str:
    if isinstance(metric, RetentionMetric):
        grain = text(f"grain.{metric.grain}", language)
        shown = metric_label(metric.of, catalog, language)
        kind = f"how.retention_{metric.calculation}"
        return text(
            kind, language, entity=metric.entity, metric=shown, after=metric.after, grain=grain
        )
    stages = " → ".join(metric_label(stage, catalog, language) for stage in metric.stages)
    kind = f"how.conversion_{metric.calculation}_by_{metric.basis}"
    formula = text(kind, language, entity=metric.entity, stages=stages)
    if metric.window is None:
        return formula
    return text("how.within", language, formula=formula, window=_span(metric.window, language))


def _over_entities(
    metric: PerEntityMetric | EntityShareMetric | AverageOfSnapshotsMetric,
    catalog: Catalog,
    language: str,
) -> str:
    match metric:
        case PerEntityMetric():
            return text(
                "how.per_entity",
                language,
                agg=metric.agg.upper(),
                entity=metric.entity,
                metric=metric_label(metric.input_metric, catalog, language),
            )
        case EntityShareMetric():
            test = _in_words(metric.having, catalog, language)
            return text(f"how.{metric.type}", language, entity=metric.entity, test=test)
        case AverageOfSnapshotsMetric():
            shown = metric_label(metric.of, catalog, language)
            return text("how.average_of_snapshots", language, metric=shown)
        case _:
            assert_never(metric)


def _over_time(
    metric: OffsetMetric | CumulativeMetric | BalanceMetric, catalog: Catalog, language: str
) -> str:
    if isinstance(metric, BalanceMetric):
        came, went = (_named(side, catalog, language) for side in (metric.inflow, metric.outflow))
        return text("how.balance", language, inflow=came, outflow=went)
    shown = metric_label(metric.input_metric, catalog, language)
    if isinstance(metric, OffsetMetric):
        if metric.offset_window is not None:
            window = _span(metric.offset_window, language)
            return text("how.earlier", language, metric=shown, window=window)
        grain = text(f"grain.{metric.offset_to_grain}", language)
        return text("how.first_of", language, metric=shown, grain=grain)
    if metric.window is not None:
        window = _span(metric.window, language)
        return text("how.trailing", language, metric=shown, window=window)
    if metric.grain_to_date is None:
        return text("how.to_date_all", language, metric=shown)
    grain = text(f"grain.{metric.grain_to_date}", language)
    return text("how.to_date", language, metric=shown, grain=grain)


def _span(span: Span, language: str) -> str:
    return f"{span.count} {text(f'grain.{span.grain.value}', language)}"


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
    )


def _aggregate(metric: SimpleMetric) -> str:
    match metric.agg:
        case "count":
            return f"COUNT({metric.expr or '*'})"
        case "count_distinct":
            return f"COUNT(DISTINCT {metric.expr})"
        case "percentile":
            return f"PERCENTILE({metric.expr}, {metric.p})"
        case _:
            return f"{metric.agg.upper()}({metric.expr})"


def _named(expr: str, catalog: Catalog, language: str) -> str:
    shown = _in_words(expr, catalog, language)
    return shown if _NAME.fullmatch(expr.strip()) else f"({shown})"


def _in_words(expr: str, catalog: Catalog, language: str) -> str:
    """Return arithmetic over metrics with their labels; what is no metric stays as written."""
    shown = _NAME.sub(
        lambda found: (
            metric_label(found[0], catalog, language) if found[0] in catalog.metrics else found[0]
        ),
        expr,
    )
    for operator, sign in _OPERATORS.items():
        shown = shown.replace(operator, sign)
    return shown


def _dates(period: Period, language: str) -> str:
    """Return a period by name with its days: 2024年第三季度（2024-07-01 至 2024-09-30）."""
    days = {"start": period.start.isoformat(), "end": period.last.isoformat()}
    if whole_grain(period) is None:
        return text("how.days", language, **days)
    return text("how.dates", language, name=format_period(period, language), **days)


def _rows(count: int, language: str) -> str:
    shown = format_value(count, "count", language, compact=False)
    return text("how.rows_one" if count == 1 else "how.rows", language, rows=shown)


def _check(check: Check, catalog: Catalog, language: str) -> tuple[str, str, str]:
    """Return name, status and detail; the status stays a code, because surfaces draw it."""
    name = f"check.{check.name}"
    facts = facts_in_words(check.facts, catalog, language)
    label = text(f"{name}.name", language) if has(f"{name}.name", language) else check.name
    detail = f"{name}.{check.status}"
    if has(detail, language) and holes(detail, language) <= set(facts):
        return label, check.status, text(detail, language, **facts)
    listed = join((f"{key} = {value}" for key, value in facts.items()), language)
    return label, check.status, listed or text(f"check_status.{check.status}", language)


def _stage(name: str, language: str) -> str:
    return text(f"stage.{name}", language) if has(f"stage.{name}", language) else name


def _ms(seconds: float, language: str) -> str:
    shown = format_value(round(seconds * 1000, 1), None, language, compact=False)
    return text("how.ms", language, ms=shown)
