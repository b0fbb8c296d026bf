"""What the definitions say about a metric besides its formula, in words and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assistant.answer.labels import basis_label, field_label, metric_label
from assistant.answer.numbers import format_value
from assistant.locale import join, text
from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.governance import driver_names, successor_of
from semantic_layer.labels import Labels
from semantic_layer.metric_specs import Metric, SumOf, TargetSpec
from semantic_layer.query import Compare


def governance_facts(
    metric: BoundMetric, catalog: Catalog, language: str
) -> tuple[tuple[str, str], ...]:
    """Return what is declared about a metric as pairs of heading and words; what is not declared is left out."""
    spec = metric.spec
    declared = spec.model_fields_set
    found: list[tuple[str, str]] = [
        (str(key), text(f"governance.{key}_{getattr(spec, key)}", language))
        for key in ("tier", "family", "good")
        if key in declared
    ]
    if spec.target is not None and _is_seen(spec.target, catalog):
        found.append(("target", _target(spec.target, spec, catalog, language)))
    warn, alert = spec.levels
    if warn is not None:
        found.append(("warn", _share(warn, language)))
    if alert is not None:
        found.append(("alert", _share(alert, language)))
    if spec.compare is not None:
        compare = Compare(to=spec.compare.to, partial=spec.compare.partial)
        partial = text(f"governance.{spec.compare.partial}", language)
        base = basis_label(compare, language, "base")
        found.append(("compare", text("governance.compared", language, base=base, part=partial)))
    drivers = _drivers(spec, catalog, language)
    if drivers:
        found.append(("drivers", drivers))
    drill = _drill(metric, catalog, language)
    if drill:
        found.append(("drill", drill))
    found += _deprecated(metric, catalog, language)
    return tuple((text(f"governance.{key}", language), words) for key, words in found)


def governance_data(metric: BoundMetric, catalog: Catalog) -> dict[str, Any]:
    """Return what is declared about a metric as plain data; names are catalog names."""
    spec = metric.spec
    warn, alert = spec.levels
    target = spec.target if spec.target is not None and _is_seen(spec.target, catalog) else None
    return {
        "tier": spec.tier,
        "family": spec.family,
        "good": spec.good,
        "certified": None if spec.certified is None else spec.certified.isoformat(),
        "target": None
        if target is None
        else target.model_dump(mode="json", exclude_none=True, exclude={"warn", "alert"}),
        "warn": warn,
        "alert": alert,
        "compare": None if spec.compare is None else spec.compare.model_dump(mode="json"),
        "drivers": [name for name in driver_names(spec) if name in catalog.metrics],
        "drivers_are": "added" if isinstance(spec.drivers, SumOf) else "multiplied",
        "hierarchies": [list(levels) for levels in _ways(metric, catalog)],
        "deprecated": spec.is_deprecated,
        "replaced_by": successor_of(metric.name, catalog),
    }


def _target(target: TargetSpec, spec: Metric, catalog: Catalog, language: str) -> str:
    sign = "≥" if target.op == ">=" else "≤"
    if target.metric is not None:
        return f"{sign} {metric_label(target.metric, catalog, language)}"
    value = format_value(target.value, spec.unit, language, compact=False)
    if target.per is None:
        return f"{sign} {value}"
    grain = text(f"grain.{target.per}", language)
    return text("governance.per", language, value=f"{sign} {value}", grain=grain)


def _is_seen(target: TargetSpec, catalog: Catalog) -> bool:
    return target.metric is None or target.metric in catalog.metrics


def _share(value: float, language: str) -> str:
    return format_value(value, "percent", language, compact=False)


def _drivers(spec: Metric, catalog: Catalog, language: str) -> str:
    """Return the drivers as arithmetic; nothing where the asker may not see one of them."""
    names = driver_names(spec)
    if not names or not all(name in catalog.metrics for name in names):
        return ""
    sign = " + " if isinstance(spec.drivers, SumOf) else " × "
    return sign.join(metric_label(name, catalog, language) for name in names)


def _drill(metric: BoundMetric, catalog: Catalog, language: str) -> str:
    ways = (
        " → ".join(field_label(level, catalog, language) for level in levels)
        for levels in _ways(metric, catalog)
    )
    return join(ways, language)


def _ways(metric: BoundMetric, catalog: Catalog) -> Iterator[tuple[str, ...]]:
    """Yield the levels of each hierarchy that a metric can be drilled along, the coarsest first."""
    reached = {field.name for field in catalog.fields_of(metric.name)}
    for levels in catalog.hierarchies.values():
        kept = tuple(level for level in levels if level in reached)
        if len(kept) > 1:
            yield kept


def _deprecated(metric: BoundMetric, catalog: Catalog, language: str) -> Iterator[tuple[str, str]]:
    if not metric.spec.is_deprecated:
        return
    reason = metric.spec.deprecated
    said = reason.of(language) if isinstance(reason, Labels) else ""
    yield "deprecated", said or text("governance.deprecated_yes", language)
    successor = successor_of(metric.name, catalog)
    if successor is not None:
        yield "replaced_by", metric_label(successor, catalog, language)
