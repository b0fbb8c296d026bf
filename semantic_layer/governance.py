"""Governance of metrics: references that must hold, and what becomes of a deprecated one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from semantic_layer.catalog import BoundMetric, Catalog
from semantic_layer.labels import Labels
from semantic_layer.metric_specs import Metric, SumOf
from semantic_layer.model import Definitions
from semantic_layer.policy_binding import declared_fields
from semantic_layer.query import MetricQuery
from semantic_layer.result import Cell, Notice
from semantic_layer.yaml_source import KeyPath

Report = Callable[[KeyPath, str, str], None]


def check_governance(definitions: Definitions, report: Report) -> None:
    """Report metrics and hierarchies that name what is not there, and successors that lead nowhere."""
    for name, spec in definitions.metrics.items():
        _check_references(name, spec, definitions, report)
        _check_successor(name, definitions, report)
    _check_hierarchies(definitions, report)


def driver_names(spec: Metric) -> tuple[str, ...]:
    """Return the metrics that drive a metric, whether they multiply or add up."""
    return spec.drivers.sum if isinstance(spec.drivers, SumOf) else spec.drivers


def _check_references(name: str, spec: Metric, definitions: Definitions, report: Report) -> None:
    named = [("drivers", item) for item in driver_names(spec)]
    named += [("target", spec.target.metric)] if spec.target and spec.target.metric else []
    named += [("replaced_by", spec.replaced_by)] if spec.replaced_by else []
    for key, item in named:
        path = ("metrics", name, key)
        if item not in definitions.metrics:
            close = get_close_matches(item, definitions.metrics, n=1)
            fix = f"Did you mean `{close[0]}`?" if close else "Define it, or name another"
            report(path, f"metric `{name}`: {key} names `{item}`, which is no metric", fix)
        elif item == name:
            what = f"metric `{name}`: {key} names the metric itself"
            report(path, what, "Name another metric")


def _check_successor(name: str, definitions: Definitions, report: Report) -> None:
    """Report successors that lead back in a ring: nobody would know what to ask for."""
    way = [name]
    while (after := definitions.metrics[way[-1]].replaced_by) in definitions.metrics:
        if after in way:
            if after == name and len(way) > 1:
                ring = " → ".join([*way, name])
                what = f"metric `{name}`: replaced_by leads back to it: {ring}"
                report(("metrics", name, "replaced_by"), what, "Name a metric that is current")
            return
        way.append(str(after))


def _check_hierarchies(definitions: Definitions, report: Report) -> None:
    declared = declared_fields(definitions)
    for name, levels in definitions.hierarchies.items():
        path = ("hierarchies", name)
        unknown = [level for level in levels if level not in declared]
        if unknown:
            what = f"hierarchy `{name}` names {', '.join(unknown)}"
            report(path, what, "Name fields as dataset.field")
        if len(set(levels)) < len(levels):
            report(path, f"hierarchy `{name}` names a level twice", "Name each level once")
        if len(levels) < 2:
            what = f"hierarchy `{name}` has nothing to drill down to"
            report(path, what, "Name at least two levels, the coarsest first")


def successor_of(name: str, catalog: Catalog) -> str | None:
    """Return the metric to ask for instead of a deprecated one: the last of the successors that the asker may see."""
    last = None
    seen = {name}
    following = catalog.metrics[name].spec.replaced_by
    while following is not None and following in catalog.metrics and following not in seen:
        seen.add(following)
        last = following
        following = catalog.metrics[following].spec.replaced_by
    return last


def offered(catalog: Catalog) -> Mapping[str, BoundMetric]:
    """Return the metrics to suggest: the ones that are not deprecated, or all where every one is."""
    kept = {name: item for name, item in catalog.metrics.items() if not item.spec.is_deprecated}
    return kept or catalog.metrics


def current(name: str, catalog: Catalog) -> str:
    """Return the metric to offer for a name: the successor of a deprecated one, else itself."""
    return successor_of(name, catalog) or name


def deprecations(query: MetricQuery, catalog: Catalog) -> Iterator[Notice]:
    """Yield that a metric of a query is deprecated, what replaces it, and why."""
    named = [use.metric for use in query.metrics]
    named += [item.metric for item in query.having]
    named += [item.metric for item in query.order_by if item.metric]
    for name in dict.fromkeys(named):
        spec = catalog.metric(name).spec
        if not spec.is_deprecated:
            continue
        facts: dict[str, Cell | Labels] = {"metric": name}
        successor = successor_of(name, catalog)
        if successor is None:
            yield Notice(code="metric_deprecated", facts=facts)
        else:
            yield Notice(code="metric_replaced", facts={**facts, "successor": successor})
        if isinstance(spec.deprecated, Labels) and spec.deprecated.texts():
            yield Notice(code="deprecated_because", facts={**facts, "reason": spec.deprecated})
