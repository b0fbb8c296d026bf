"""Aggregates over entities as SQL: a second GROUP BY over one row per group and entity."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.branch import plain_aggregate
from semantic_layer.compiler.cut import name, ref, table
from semantic_layer.plan import EntityBranch, Plan


def entity_select(item: EntityBranch, plan: Plan, inner: str) -> exp.Select:
    """Return the SELECT of an entity branch; rows without an entity take no part.

    Args:
        item: What is aggregated.
        plan: Whose groups stay.
        inner: The CTE with one row per group and entity.
    """
    columns: list[exp.Expr] = [ref(dimension.name) for dimension in plan.dimensions]
    columns += [
        exp.alias_(exp.Max(this=ref(label, inner)), name(label))
        for label in (dimension.label_name for dimension in plan.dimensions)
        if label
    ]
    for measure, output in zip(item.measures, item.inner.outputs, strict=True):
        value = plain_aggregate(replace(measure.atom, expr=ref(output.name)), None)
        columns.append(exp.alias_(value, name(measure.name)))
    entity = ref(item.inner.dimensions[-1].name)
    select = exp.Select(expressions=columns).from_(table(inner), copy=False)
    select = select.where(exp.Not(this=exp.Is(this=entity, expression=exp.null())), copy=False)
    keys = len(plan.dimensions)
    return (
        select.group_by(*(exp.Literal.number(place) for place in range(1, keys + 1)), copy=False)
        if keys
        else select
    )
