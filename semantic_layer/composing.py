"""Composed queries answered: leaves planned like any query, one statement around them, one result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import pyarrow as pa
from sqlglot import exp

from semantic_layer.compiler.composed import Composed, compose
from semantic_layer.compiler.select import compile_plan
from semantic_layer.composed_query import ComposedQuery, leaf_name
from semantic_layer.engines.base import RawResult
from semantic_layer.errors import EngineFault, NotSupported
from semantic_layer.labels import Labels
from semantic_layer.outer import Outer
from semantic_layer.outer_relations import OuterColumn, Relation, leaf_relation
from semantic_layer.plan import Plan
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery
from semantic_layer.result import Check, Column, Notice, Result, Role
from semantic_layer.results import readable
from semantic_layer.semantic_sql import composed_to_sql
from semantic_layer.sql_text import parse_text
from semantic_layer.validator import ValidatedSQL, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedPlan:
    """A composed query ready to run.

    Attributes:
        query: What is asked.
        leaves: The plan of each governed query in it.
        relation: The columns of the result.
        composed: The statement.
        notices: What the asker must know: of the leaves, and of what is done with them.
    """

    query: ComposedQuery
    leaves: tuple[Plan, ...]
    relation: Relation
    composed: Composed
    notices: tuple[Notice, ...]


def plan_composed(
    query: ComposedQuery,
    access: Access,
    planned: Callable[[MetricQuery], Plan],
) -> ComposedPlan:
    """Plan and lower a composed query for a principal.

    Args:
        query: What is asked.
        access: What the asker may see.
        planned: Plans a leaf.

    Raises:
        QueryError: What cannot be answered, and why.
    """
    tables = frozenset(grant.source.lower() for grant in access.grants)
    found = [planned(leaf) for leaf in query.leaves]
    relations = {leaf_name(index): _relation(plan, access) for index, plan in enumerate(found)}
    physical = {leaf: leaf if leaf not in tables else f"q_{leaf}" for leaf in relations}
    taken = tables | frozenset(physical.values())
    outer = Outer(leaves=relations, model=access.catalog.model, taken=taken)
    tree, relation = outer.read(parse_text(query.outer))
    for table in tree.find_all(exp.Table):
        if table.name in physical:
            table.set("this", exp.to_identifier(physical[table.name], quoted=True))
    leaves = {
        physical[leaf]: compile_plan(plan, access)
        for leaf, plan in zip(relations, found, strict=True)
    }
    comments = [", ".join(use.metric for use in item.metrics) for item in query.leaves]
    notices = [item for plan in found for item in plan.notices] + outer.notices
    return ComposedPlan(
        query=query,
        leaves=tuple(found),
        relation=relation,
        composed=compose(tree, leaves, access, comments),
        notices=tuple({repr(item): item for item in notices}.values()),
    )


def _relation(plan: Plan, access: Access) -> Relation:
    """Return the table that a planned leaf is; metrics whose groups share rows do not add up."""
    overlapping = (
        str(item.facts.get("metric")) for item in plan.notices if item.code == "overlapping_groups"
    )
    return leaf_relation(plan.query, access.catalog, overlapping)


def run_composed(
    query: ComposedQuery,
    access: Access,
    *,
    planned: Callable[[MetricQuery], Plan],
    run: Callable[[ValidatedSQL], RawResult],
) -> Result:
    """Answer a composed query for a principal.

    Args:
        query: What is asked.
        access: What the asker may see.
        planned: Plans a leaf.
        run: The engine.

    Raises:
        QueryError: What cannot be answered, and why.
        EngineError: The database could not answer.
    """
    marks = [time.perf_counter()]
    plan = plan_composed(query, access, planned)
    written = composed_to_sql(query, access.catalog)
    marks.append(time.perf_counter())
    validated = validate(plan.composed.tree, access.grants, plan.composed.parameters)
    marks.append(time.perf_counter())
    try:
        raw = run(validated)
    except EngineFault as error:
        # Names and functions were checked; what is left are values of another type than a function takes.
        raise NotSupported("composed_not_computed") from error
    marks.append(time.perf_counter())
    steps = zip(("plan", "validate", "execute"), pairwise(marks), strict=True)
    seconds = {stage: end - start for stage, (start, end) in steps}
    return build_composed(plan, raw, semantic_sql=written, seconds=seconds)


def build_composed(
    plan: ComposedPlan, raw: RawResult, *, semantic_sql: str, seconds: Mapping[str, float]
) -> Result:
    """Describe what a composed query gave.

    Args:
        plan: What ran.
        raw: What came back.
        semantic_sql: The question as semantic SQL.
        seconds: By stage.
    """
    periods = {item.period for item in plan.leaves}
    through = [leaf.through for leaf in plan.leaves if leaf.through is not None]
    notices = list(plan.notices)
    if raw.truncated:
        notices.append(Notice(code="truncated", facts={"rows": raw.table.num_rows}))
    result = Result(
        columns=tuple(
            _column(item, raw.table.schema.field(item.name).type) for item in plan.relation.columns
        ),
        table=raw.table,
        row_kinds=("data",) * raw.table.num_rows,
        query=None,
        leaves=plan.query.leaves,
        semantic_sql=semantic_sql,
        sql=readable(plan.composed.tree, plan.composed.parameters),
        parameters=plan.composed.parameters,
        period=periods.pop() if len(periods) == 1 else None,
        base_period=None,
        data_through=min(through, default=None),
        truncated=raw.truncated,
        notices=tuple(notices),
        seconds=dict(seconds),
    )
    return replace(result, checks=tuple(_checks(result, plan)))


def _column(item: OuterColumn, kind: pa.DataType) -> Column:
    """Return an output as a result column: with its role and unit where it is a governed one, else as it stands."""
    if item.column is not None:
        label = item.column.label
        if item.name.lower() != item.column.name.lower() and not item.is_member:
            label = Labels(
                **{key: f"{text} ({item.name})" for key, text in label.model_dump().items() if text}
            )
        return replace(item.column, name=item.name, label=label)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    label = Labels(zh=item.name, en=item.name)
    return Column(name=item.name, role=Role.METRIC if number else Role.DIMENSION, label=label)


def _checks(result: Result, plan: ComposedPlan) -> list[Check]:
    """Return what can be verified of SQL around governed queries: that nothing was cut, and that days are covered."""
    cut = "warning" if result.truncated else "passed"
    checks = [Check(name="complete", status=cut, facts={"rows": result.table.num_rows})]
    ends = [
        (leaf.period.last, leaf.through)
        for leaf in plan.leaves
        if leaf.period is not None and leaf.through is not None
    ]
    if ends:
        covered = all(last <= through for last, through in ends)
        facts = {"through": min(through for _, through in ends).isoformat()}
        status = "passed" if covered else "warning"
        checks.append(Check(name="period_covered", status=status, facts=facts))
    return checks
