"""Warnings and assumptions in words: what the asker must know about a result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from assistant.answer.labels import basis_label, field_label, metric_label
from assistant.answer.numbers import format_bucket, format_period, format_value
from assistant.locale import has, holes, text
from semantic_layer.calendar import Grain, Period
from semantic_layer.catalog import Catalog
from semantic_layer.labels import Labels
from semantic_layer.query import Compare
from semantic_layer.result import Notice

_SHARES = frozenset({"pace", "share"})


def note_text(notice: Notice, catalog: Catalog, language: str) -> str:
    """Return a notice in words; one that has no words yet is named, never swallowed."""
    code = f"notice.{notice.code}"
    facts = facts_in_words(notice.facts, catalog, language)
    if not has(code, language) or not holes(code, language) <= set(facts):
        return text("notice.other", language, code=notice.code)
    return text(code, language, **facts)


def facts_in_words(facts: Mapping[str, object], catalog: Catalog, language: str) -> dict[str, str]:
    """Return facts as people read them: dates, labels, numbers; `period` and `bucket` where they can be named."""
    shown = {key: _shown(key, value, catalog, language) for key, value in facts.items()}
    start, end = _day(facts.get("start")), _day(facts.get("end"))
    last = _day(facts.get("last"))
    if start is not None and end is None and last is not None:
        end = last + timedelta(days=1)
    if start is not None and end is not None and start < end:
        shown["period"] = format_period(Period(start, end), language)
    bucket, grain = _day(facts.get("bucket")), facts.get("grain")
    if bucket is not None and isinstance(grain, str) and grain in set(Grain):
        shown["bucket"] = format_bucket(bucket, Grain(grain), language)
    return shown


def _shown(key: str, value: object, catalog: Catalog, language: str) -> str:
    day = _day(value)
    if day is not None:
        return format_bucket(day, Grain.DAY, language)
    if isinstance(value, Labels):
        return value.of(language)
    if key == "base" and value in {"previous_year", "previous_period"}:
        return basis_label(Compare.model_validate({"to": value}), language, "base")
    if isinstance(value, int | float) and not isinstance(value, bool):
        unit = "percent" if key in _SHARES else None
        return format_value(value, unit, language, compact=False)
    return _named(key, "" if value is None else str(value), catalog, language)


def _named(key: str, name: str, catalog: Catalog, language: str) -> str:
    match key:
        case "spread" if has(f"spread.{name}", language):
            return text(f"spread.{name}", language)
        case "grain" | "given" if has(f"grain.{name}", language):
            return text(f"grain.{name}", language)
        case "metric" | "successor":
            return metric_label(name, catalog, language)
        case "field":
            return field_label(name, catalog, language)
        case _:
            return name


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
