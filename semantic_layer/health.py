"""Definitions held against the live data: keys, orphans, missing values, unknown members, silent metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from semantic_layer.catalog import Dataset
from semantic_layer.errors import WenshuError
from semantic_layer.formulas import column
from semantic_layer.metric_specs import DerivedMetric, RatioMetric, SimpleMetric
from semantic_layer.policy import scan
from semantic_layer.query import MetricQuery, MetricUse

if TYPE_CHECKING:
    from semantic_layer.layer import SemanticLayer

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFinding:
    """One thing about the data that the asker of a metric should know; a problem makes numbers wrong."""

    level: Literal["problem", "warning"]
    where: str
    code: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


def findings_of(layer: SemanticLayer) -> Iterator[DataFinding]:
    """Yield what is wrong or odd in the data behind a layer's definitions, as the owner sees them."""
    access = layer.access()

    def fetch(tree: exp.Select) -> list[Row]:
        table = layer.fetch(tree, access, {}).table
        return list(zip(*(item.to_pylist() for item in table.columns), strict=True))

    yield from _keys(layer, fetch)
    yield from _orphans(layer, fetch)
    yield from _members(layer)
    yield from _metrics(layer)
    yield from _unfilled(layer)


def _keys(layer: SemanticLayer, fetch: Callable[[exp.Select], list[Row]]) -> Iterator[DataFinding]:
    """A declared key must be unique: a doubled parent row would double every fact below it."""
    for dataset in layer.catalog.datasets.values():
        if not dataset.primary_key:
            continue
        keys = [column("t", _spelling(dataset, name)) for name in dataset.primary_key]
        inner = exp.Select(expressions=[exp.alias_(exp.Count(this=exp.Star()), "n")]).from_(
            _derived(dataset, dataset.primary_key), copy=False
        )
        inner = inner.group_by(*keys, copy=False).having(
            exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)), copy=False
        )
        outer = exp.Select(expressions=[exp.Count(this=exp.Star())]).from_(
            exp.Subquery(
                this=inner, alias=exp.TableAlias(this=exp.to_identifier("d", quoted=True))
            ),
            copy=False,
        )
        doubled = fetch(outer)[0][0]
        if isinstance(doubled, int) and doubled:
            yield DataFinding(
                level="problem",
                where=dataset.name,
                code="doubled_key",
                facts={"key": ", ".join(dataset.primary_key), "count": doubled},
            )


def _orphans(
    layer: SemanticLayer, fetch: Callable[[exp.Select], list[Row]]
) -> Iterator[DataFinding]:
    """Rows that name a parent which does not exist, and rows that name none, stay under an unknown member."""
    for item in layer.catalog.definitions.relationships:
        child, parent = (
            layer.catalog.datasets[item.from_.dataset],
            layer.catalog.datasets[item.to.dataset],
        )
        left, right = item.from_.columns[0], item.to.columns[0]
        on = exp.and_(
            *(
                exp.EQ(
                    this=column("t", _spelling(child, a)),
                    expression=column("p", _spelling(parent, b)),
                )
                for a, b in zip(item.from_.columns, item.to.columns, strict=True)
            )
        )
        missing = exp.Is(this=column("t", _spelling(child, left)), expression=exp.null())
        unmatched = exp.and_(
            exp.Not(this=missing.copy()),
            exp.Is(this=column("p", _spelling(parent, right)), expression=exp.null()),
        )
        select = (
            exp.Select(expressions=[exp.Count(this=exp.Star()), _count(missing), _count(unmatched)])
            .from_(_derived(child, item.from_.columns), copy=False)
            .join(_derived(parent, item.to.columns, "p"), on=on, join_type="left", copy=False)
        )
        rows, without, orphans = (int(str(value or 0)) for value in fetch(select)[0])
        where = f"{item.from_.dataset} → {item.name}"
        if orphans:
            yield DataFinding(
                level="warning",
                where=where,
                code="orphans",
                facts={"count": orphans, "share": round(orphans / rows, 6)},
            )
        if without:
            yield DataFinding(
                level="warning",
                where=where,
                code="without_parent",
                facts={"count": without, "share": round(without / rows, 6)},
            )


def _count(condition: exp.Expr) -> exp.Expr:
    return exp.Sum(
        this=exp.Case(
            ifs=[exp.If(this=condition, true=exp.Literal.number(1))], default=exp.Literal.number(0)
        )
    )


def _derived(dataset: Dataset, names: tuple[str, ...], alias: str = "t") -> exp.Subquery:
    columns = frozenset(_spelling(dataset, name) for name in names)
    return exp.Subquery(
        this=scan(dataset, columns, None),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )


def _spelling(dataset: Dataset, name: str) -> str:
    return dataset.columns[name.lower()][0]


def _members(layer: SemanticLayer) -> Iterator[DataFinding]:
    """Members that the definitions name should exist, and members that exist should be named."""
    found: dict[str, set[str]] = {}
    for member in layer.members():
        found.setdefault(member.field, set()).add(str(member.value).lower())
    for item in layer.catalog.fields.values():
        if item.role is not None or not item.spec.values or item.name not in found:
            continue
        named = {key.lower() for key in item.spec.values if key != "null"}
        strangers = sorted(found[item.name] - named)
        if strangers:
            yield DataFinding(
                level="warning",
                where=item.name,
                code="unnamed_members",
                facts={"members": ", ".join(strangers[:5]), "count": len(strangers)},
            )


def _metrics(layer: SemanticLayer) -> Iterator[DataFinding]:
    for name in layer.catalog.metrics:
        try:
            cells = layer.run(MetricQuery(metrics=(MetricUse(metric=name),))).rows()[0]
        except WenshuError as error:
            yield DataFinding(
                level="problem", where=name, code="metric_fails", facts={"reason": str(error)}
            )
        else:
            if cells[0] in {None, 0}:
                yield DataFinding(level="warning", where=name, code="silent_metric")


def _unfilled(layer: SemanticLayer) -> Iterator[DataFinding]:
    """A sum over no rows is NULL, and so is every difference and rate made of it: who never returned anything vanishes."""
    metrics = layer.catalog.metrics
    parts = {
        name
        for item in metrics.values()
        if isinstance(item.spec, RatioMetric | DerivedMetric)
        for name in item.uses - {item.name}
    }
    for name in sorted(parts):
        spec = metrics[name].spec
        if isinstance(spec, SimpleMetric) and spec.agg == "sum" and spec.fill_nulls_with is None:
            yield DataFinding(level="warning", where=name, code="sum_without_fill")
