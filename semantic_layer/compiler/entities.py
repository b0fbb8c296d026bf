"""Aggregates over entities as SQL: a second GROUP BY over one row per group and entity."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.branch import plain_aggregate
from semantic_layer.plan import EntityBranch, Plan
from semantic_layer.sql_nodes import group_by_first, named, ref, select, table


def entity_select(item: EntityBranch, plan: Plan, inner: str) -> exp.Select:
    """Return the SELECT of an entity branch; rows without an entity take no part.

    Args:
        item: What is aggregated.
        plan: Whose groups stay.
        inner: The CTE with one row per group and entity.
    """
    columns: list[exp.Expr] = [ref(dimension.name) for dimension in plan.dimensions]
    columns += [named(exp.Max(this=ref(label, inner)), label) for label in plan.labels]
    for measure, output in zip(item.measures, item.inner.outputs, strict=True):
        value = plain_aggregate(replace(measure.atom, expr=ref(output.name)), None)
        columns.append(named(value, measure.name))
    entity = ref(item.inner.dimensions[-1].name)
    known = exp.Not(this=exp.Is(this=entity, expression=exp.null()))
    return group_by_first(select(columns, table(inner), [known]), len(plan.dimensions))
