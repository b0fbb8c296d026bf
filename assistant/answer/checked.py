"""Checks in words: what was verified, and what came of it."""

from __future__ import annotations

from assistant.answer.labels import metric_label
from assistant.answer.notes import facts_in_words
from assistant.locale import has, holes, join, text
from semantic_layer.catalog import Catalog
from semantic_layer.result import Check


def check_in_words(check: Check, catalog: Catalog, language: str) -> tuple[str, str, str]:
    """Return name, status and detail; the status stays a code, because surfaces draw it."""
    name = f"check.{check.name}"
    label = text(f"{name}.name", language) if has(f"{name}.name", language) else check.name
    return label, check.status, _detail(check, catalog, language)


def _detail(check: Check, catalog: Catalog, language: str) -> str:
    if check.status == "warning" and "reason" in check.facts:
        return text("check_status.not_verified", language)
    facts = facts_in_words(check.facts, catalog, language)
    if "metrics" in check.facts:
        names = str(check.facts["metrics"]).split(", ")
        facts["metrics"] = join((metric_label(name, catalog, language) for name in names), language)
    worded = f"check.{check.name}.{check.status}"
    if has(worded, language) and holes(worded, language) <= set(facts):
        return text(worded, language, **facts)
    if check.status == "not_applicable":
        return text("check_status.not_applicable", language)
    listed = join((f"{key} = {value}" for key, value in facts.items()), language)
    return listed or text(f"check_status.{check.status}", language)
