"""A raw table becomes a Result: helper columns read and dropped, columns described, the SQL made readable."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from sqlglot import exp

from semantic_layer.compiler.cut import KIND, KINDS, PEERS
from semantic_layer.compiler.literals import with_values
from semantic_layer.compiler.select import Compiled
from semantic_layer.engines.base import RawResult
from semantic_layer.formulas import DIALECT
from semantic_layer.plan import Plan
from semantic_layer.result import Column, Notice, Result, Role
from semantic_layer.validator import Value


def build_result(
    plan: Plan,
    compiled: Compiled,
    raw: RawResult,
    *,
    semantic_sql: str,
    seconds: Mapping[str, float],
) -> Result:
    """Describe what came back.

    Args:
        plan: What was asked.
        compiled: What ran.
        raw: What came back.
        semantic_sql: The question as semantic SQL.
        seconds: By stage.
    """
    table = raw.table
    kinds = (
        tuple(KINDS[kind] for kind in table.column(KIND).to_pylist())
        if KIND in table.column_names
        else ("data",) * table.num_rows
    )
    notices = [*plan.notices, *_ties(plan, table), *_unknown(plan, table)]
    if raw.truncated:
        notices.append(Notice(code="truncated", facts={"rows": table.num_rows}))
    kept = [name for name in table.column_names if name not in {KIND, PEERS}]
    return Result(
        columns=_columns(plan),
        table=table.select(kept),
        row_kinds=kinds,
        query=plan.query,
        semantic_sql=semantic_sql,
        sql=readable(compiled.tree, compiled.parameters),
        parameters=compiled.parameters,
        period=plan.period,
        base_period=plan.base_period,
        data_through=plan.through,
        truncated=raw.truncated,
        notices=tuple(notices),
        seconds=dict(seconds),
    )


def _columns(plan: Plan) -> tuple[Column, ...]:
    found: list[Column] = []
    for item in plan.dimensions:
        found.append(item.column)
        if item.label_name:
            name = f"{item.column.name}_label"
            found.append(
                Column(
                    name=name,
                    role=Role.DIMENSION,
                    label=item.column.label,
                    label_of=item.column.name,
                )
            )
    return (*found, *(output.column for output in plan.outputs if output.column))


def _ties(plan: Plan, table: pa.Table) -> list[Notice]:
    if (
        plan.limit is None
        or PEERS not in table.column_names
        or not any(key.name.startswith(("m", "h_")) for key in plan.order)
    ):
        return []
    peers = max(table.column(PEERS).to_pylist(), default=0)
    return (
        [Notice(code="ties_at_cut", facts={"limit": plan.limit, "tied": peers - plan.limit})]
        if peers > plan.limit
        else []
    )


def _unknown(plan: Plan, table: pa.Table) -> list[Notice]:
    """Say that facts without a known member are in a row of their own."""
    found = []
    for item in plan.dimensions:
        if item.bound is not None:
            values = table.column(item.column.name)
            rows = values.null_count - sum(
                1
                for kind in (table.column(KIND).to_pylist() if KIND in table.column_names else ())
                if kind
            )
            if rows > 0:
                found.append(Notice(code="unknown_member", facts={"field": item.bound.name}))
    return found


def readable(tree: exp.Query, parameters: Mapping[str, Value]) -> str:
    """Return the statement for people: the same tree, pretty, with the values in place; it runs as it stands."""
    return with_values(tree, parameters).sql(DIALECT, pretty=True, identify=True)
