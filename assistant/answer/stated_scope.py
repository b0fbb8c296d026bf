"""Which days and conditions a result is about, in words; those of SQL around governed queries from each of these."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answer.labels import filters_in_words, metric_label
from assistant.answer.numbers import format_period
from assistant.locale import join, text
from semantic_layer.calendar import Period, whole_grain
from semantic_layer.catalog import Catalog
from semantic_layer.result import Result


def period_text(result: Result, language: str) -> str:
    """Return the days that a result covers, as dates, with the base of a comparison."""
    if result.period is None:
        days = {leaf.period.days if leaf.period else None for leaf in result.leaves} or {None}
        known = sorted((item for item in days if item), key=lambda item: item.start)
        parts = [_dates(item, language) for item in known]
        return join([*parts, *([text("how.all_data", language)] if None in days else [])], language)
    shown = _dates(result.period, language)
    if result.base_period is None:
        return shown
    return text("how.compared", language, period=shown, base=_dates(result.base_period, language))


def conditions(result: Result, catalog: Catalog, language: str) -> Iterator[str]:
    """Yield every condition; those of governed queries inside SQL with the metrics that they hold for."""
    if result.query is not None:
        yield from filters_in_words(result.query, catalog, language)
    for leaf in result.leaves:
        names = join(
            (metric_label(use.metric, catalog, language) for use in leaf.metrics), language
        )
        for words in filters_in_words(leaf, catalog, language):
            yield text("how.leaf_filter", language, metric=names, filter=words)


def _dates(period: Period, language: str) -> str:
    """Return a period by name with its days: 2024年第三季度（2024-07-01 至 2024-09-30）."""
    days = {"start": period.start.isoformat(), "end": period.last.isoformat()}
    if whole_grain(period) is None:
        return text("how.days", language, **days)
    return text("how.dates", language, name=format_period(period, language), **days)
