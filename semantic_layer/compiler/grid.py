"""Rows that must appear without facts, as SQL: lists of members crossed with a spine of periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from semantic_layer.compiler.rows import from_rows
from semantic_layer.compiler.spine import SPINE, bucket_spine
from semantic_layer.plan import Dimension, Grid, MemberScan, Plan
from semantic_layer.policy import Access
from semantic_layer.sql_nodes import column, derived, group_by_first, name, ref, table


def grid_rows(
    grid: Grid,
    plan: Plan,
    access: Access,
    measures: Mapping[str, exp.Expr],
    facts: str | None,
) -> exp.Select:
    """Return one row for each group that must appear, without values.

    Args:
        grid: Which groups.
        plan: Whose keys, labels and measures the rows have.
        access: Carries the row rule of every list.
        measures: The columns that stay empty, each with what stands there.
        facts: The CTE with the groups that facts have, where their members are meant.
    """
    fields = [item for item in plan.dimensions if item.bound]
    lists = [_list(item, access) for item in grid.members]
    owners = {
        item.name: f"list{place}"
        for place, members in enumerate(grid.members, 1)
        for item in members.dimensions
    }
    if facts is not None and fields:
        lists = [_groups(fields, facts)]
        owners = {item.name: "list1" for item in fields}
    columns: list[exp.Expr] = []
    labels: list[exp.Expr] = []
    for item in plan.dimensions:
        if item.bound is None:
            columns.append(exp.alias_(column(SPINE, "bucket"), name(item.name)))
            continue
        columns.append(ref(item.name, owners[item.name]))
        if item.label_name:
            labels.append(ref(item.label_name, owners[item.name]))
    empty = [exp.alias_(missing.copy(), name(item)) for item, missing in measures.items()]
    sources: list[exp.Expr] = [derived(item, f"list{place}") for place, item in enumerate(lists, 1)]
    if grid.buckets:
        sources.append(bucket_spine(grid.buckets))
    select = exp.Select(expressions=[*columns, *labels, *empty]).from_(sources[0], copy=False)
    for source in sources[1:]:
        select = select.join(source, join_type="cross", copy=False)
    return select


def _groups(fields: Sequence[Dimension], facts: str) -> exp.Select:
    """Return the members that facts have, each once."""
    keys: list[exp.Expr] = [ref(item.name) for item in fields]
    labels = [
        exp.alias_(exp.Max(this=ref(item.label_name)), name(item.label_name))
        for item in fields
        if item.label_name
    ]
    select = exp.Select(expressions=[*keys, *labels]).from_(table(facts), copy=False)
    return group_by_first(select, len(keys))


def _list(item: MemberScan, access: Access) -> exp.Select:
    """Return the members of some fields from the dataset that lists them, each once."""
    keys: list[exp.Expr] = []
    labels: list[exp.Expr] = []
    for dimension in item.dimensions:
        if dimension.bound is None:
            continue
        keys.append(exp.alias_(dimension.bound.expr.copy(), name(dimension.name)))
        if dimension.label and dimension.label_name:
            value = exp.Max(this=column(dimension.bound.source, dimension.label))
            labels.append(exp.alias_(value, name(dimension.label_name)))
    select = from_rows(exp.Select(expressions=[*keys, *labels]), item.rows, access)
    return group_by_first(select, len(keys))
