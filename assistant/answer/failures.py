"""What went wrong, for the asker: what happened, why, what to do next. No engine text, no path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Final

from assistant.answer.labels import field_label, metric_label
from assistant.answer.numbers import format_bucket, format_period
from assistant.locale import has, holes, join, text
from semantic_layer.calendar import Grain, Period
from semantic_layer.catalog import Catalog
from semantic_layer.errors import UnknownName
from semantic_layer.labels import Labels

_UNSAID: Final = {"engine_fault": "reason", "engine_error": "reason", "error": "reason"}
_FILES: Final = frozenset({"data_missing", "data_corrupt", "data_locked"})
_CODES: Final = {
    "kind": "kind", "grain": "grain", "finest": "grain", "by": "grain", "whole": "grain",
    "part": "part",
}  # fmt: skip
_NAMES: Final = frozenset({
    "metric", "field", "possible", "name", "close", "known", "by", "whole", "date", "dates",
})  # fmt: skip
_MOST: Final = 8


def explain(
    code: str, facts: Mapping[str, object], language: str, catalog: Catalog | None = None
) -> str:
    """Return the sentences for an error code.

    Args:
        code: Code of a `WenshuError`, or of a clarification or refusal of the reader.
        facts: What the error carries; catalog names become labels where a catalog is given.
        language: `zh` or `en`.
        catalog: What names mean to this principal.
    """
    shown = {
        key: _shown(code, key, value, language, catalog)
        for key, value in facts.items()
        if _UNSAID.get(code) != key
    }
    start, end = facts.get("start"), facts.get("end")
    if isinstance(start, date) and isinstance(end, date) and start < end:
        shown["period"] = format_period(Period(start, end), language)
    said = text(_fitting(code, shown, language), language, **shown)
    if not facts.get("at_line") or not facts.get("at_text"):
        return said
    return said + text("error.at", language, **shown)


def _fitting(code: str, facts: Mapping[str, str], language: str) -> str:
    """Return the fullest wording that the facts can fill.

    An error that names its reason in `what` has a wording for each, `code.WHAT`; `_with_FACT` behind a wording is
    said instead where that fact says something.
    """
    for base in (f"{code}.{facts.get('what', '')}", f"error.{code}"):
        fuller = (f"{base}_with_{key}" for key, value in facts.items() if value)
        for wording in (*fuller, base):
            if has(wording, language) and holes(wording, language) <= set(facts):
                return wording
    return "error.error"


def _shown(code: str, key: str, value: object, language: str, catalog: Catalog | None) -> str:
    if code == "definition_error" and key == "problems":
        return str(len(value)) if isinstance(value, tuple | list) else "1"
    if isinstance(value, tuple | list | set | frozenset):
        listed = [_shown(code, key, item, language, catalog) for item in value]
        more = text("list.more", language) if len(listed) > _MOST else ""
        return join(listed[:_MOST], language) + more
    if isinstance(value, Labels):
        return value.of(language)
    if isinstance(value, date):
        return format_bucket(value, Grain.DAY, language)
    if isinstance(value, float):
        return f"{value:g}"
    shown = "" if value is None else str(value)
    return PurePath(shown).name if code in _FILES else _named(key, shown, language, catalog)


def _named(key: str, name: str, language: str, catalog: Catalog | None) -> str:
    """Return a name as the asker knows it: the words of a code, or the label of a metric or field."""
    words = f"check.{name}.name" if key == "checks" else f"{_CODES.get(key, key)}.{name}"
    if (key in _CODES or key == "checks") and has(words, language):
        return text(words, language)
    if key in _CODES and has(f"part.{name}", language):
        return text(f"part.{name}", language)
    if catalog is None or key not in _NAMES:
        return name
    if name in catalog.metrics:
        return metric_label(name, catalog, language)
    try:
        return field_label(catalog.field(name).name, catalog, language)
    except UnknownName:
        return name
