"""A metric's formula in words: what is added up, over which entities, days and stages."""

from __future__ import annotations

import re
from typing import assert_never

from assistant.answer.labels import metric_label
from assistant.locale import text
from semantic_layer.catalog import Catalog
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

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = {" - ": " − ", " * ": " × ", " / ": " ÷ "}


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
