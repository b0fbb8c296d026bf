"""Funnels as SQL: the moment of each entry, then of the first row of each later stage that may follow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.compiler.rows import from_rows
from semantic_layer.dates import start_from
from semantic_layer.model_calendar import DAYS, MONTHS, Calendar
from semantic_layer.plan import FunnelBranch, Plan, StageScan
from semantic_layer.policy import Access
from semantic_layer.sql_nodes import group_by_first, interval, name, ref, table

ENTERED: Final = "m1"
"""The column of the inner plan that holds the moment of an entry."""


def entries_select(item: FunnelBranch, inner: str, access: Access) -> exp.Select:
    """Return the entries that count: their groups, entity, moment, and until when stages may follow.

    Args:
        item: The funnel.
        inner: The CTE with one row per group and entry.
        access: Carries the row rule of every scan.
    """
    keys = [dimension.name for dimension in item.inner.dimensions]
    shown = [ref(key, inner) for key in (*keys, *item.inner.labels)]
    columns: list[exp.Expr] = [*shown, exp.alias_(ref(ENTERED, inner), name(_at(0)))]
    entity = ref(_entity(item), inner)
    known = exp.Not(this=exp.Is(this=entity, expression=exp.null()))
    if item.entries is None:
        return exp.Select(expressions=columns).from_(table(inner), copy=False).where(known)
    every = exp.Subquery(
        this=_first(item.entries, access) if item.funnel.first else _next(item.entries, access),
        alias=exp.TableAlias(this=name("every")),
    )
    if item.funnel.first:
        on: list[exp.Expr] = [
            exp.EQ(this=ref("entity", "every"), expression=entity.copy()),
            exp.EQ(this=ref("at", "every"), expression=ref(ENTERED, inner)),
        ]
    else:
        columns.append(ref("next", "every"))
        own = [dimension.name for dimension in item.inner.dimensions[-len(item.entries.keys) :]]
        on = [
            exp.EQ(this=ref(f"key{place}", "every"), expression=ref(key, inner))
            for place, key in enumerate(own, 1)
        ]
    select = exp.Select(expressions=columns).from_(table(inner), copy=False)
    return select.join(every, on=exp.and_(*on), join_type="inner", copy=False).where(known)


def step_select(item: FunnelBranch, stage: int, source: str, access: Access) -> exp.Select:
    """Return every entry with the moment of its next stage, if it got there.

    Args:
        item: The funnel.
        stage: The stage, counted from 0, the entry.
        source: The CTE of the stage before.
        access: Carries the row rule of every scan.
    """
    step = item.steps[stage - 1]
    rows = from_rows(
        exp.Select(
            expressions=[
                exp.alias_(step.entity.copy(), name("entity")),
                exp.alias_(step.at.copy(), name("at")),
            ]
        ),
        step.rows,
        access,
    )
    keys = [dimension.name for dimension in item.inner.dimensions]
    kept = [*keys, *item.inner.labels, *(_at(place) for place in range(stage))]
    kept += ["next"] if item.funnel.keys else []
    reached = exp.alias_(exp.Min(this=ref("at", "later")), name(_at(stage)))
    select = exp.Select(expressions=[*(ref(key, source) for key in kept), reached])
    later = exp.Subquery(this=rows, alias=exp.TableAlias(this=name("later")))
    on: list[exp.Expr] = [
        exp.EQ(this=ref("entity", "later"), expression=ref(_entity(item), source))
    ]
    on += _follows(item, stage, source, access.catalog.settings.calendar)
    select = select.from_(table(source), copy=False)
    select = select.join(later, on=exp.and_(*on), join_type="left", copy=False)
    return group_by_first(select, len(kept))


def counts_select(item: FunnelBranch, plan: Plan, source: str) -> exp.Select:
    """Return how many entries of each group reached each stage."""
    columns: list[exp.Expr] = [ref(dimension.name) for dimension in plan.dimensions]
    columns += [exp.alias_(exp.Max(this=ref(label)), name(label)) for label in plan.labels]
    columns += [
        exp.alias_(exp.Count(this=ref(_at(measure.atom.reached))), name(measure.name))
        for measure in item.measures
    ]
    select = exp.Select(expressions=columns).from_(table(source), copy=False)
    return group_by_first(select, len(plan.dimensions))


def _at(stage: int) -> str:
    return f"at{stage}"


def _entity(item: FunnelBranch) -> str:
    """Return the inner dimension that tells entities apart: the one before the keys of the entries."""
    return item.inner.dimensions[-1 - len(item.funnel.keys)].name


def _follows(item: FunnelBranch, stage: int, source: str, calendar: Calendar) -> list[exp.Expr]:
    """Return when a row may be the next stage of an entry; ranges are half-open (rule 9)."""
    at, funnel = ref("at", "later"), item.funnel
    entered = ref(_at(0), source)
    if funnel.later is not None and funnel.window is not None:
        grain = funnel.window[1]
        whole = start_from(entered, grain, calendar)
        return [
            exp.GTE(this=at, expression=_after(whole, funnel.later, grain)),
            exp.LT(this=at.copy(), expression=_after(whole.copy(), funnel.later + 1, grain)),
        ]
    tests: list[exp.Expr] = [exp.GTE(this=at, expression=ref(_at(stage - 1), source))]
    if funnel.window is not None:
        tests.append(exp.LT(this=at.copy(), expression=_after(entered, *funnel.window)))
    if funnel.keys:
        following = ref("next", source)
        last = exp.Is(this=following, expression=exp.null())
        before = exp.LT(this=at.copy(), expression=following.copy())
        tests.append(exp.paren(exp.or_(last, before), copy=False))
    return tests


def _after(moment: exp.Expr, count: int, grain: Grain) -> exp.Expr:
    size, unit = (MONTHS[grain], "MONTH") if grain in MONTHS else (DAYS[grain], "DAY")
    return exp.Add(this=moment, expression=interval(count * size, unit))


def _first(entries: StageScan, access: Access) -> exp.Select:
    """Return each entity's first entry ever."""
    columns = [
        exp.alias_(entries.entity.copy(), name("entity")),
        exp.alias_(exp.Min(this=entries.at.copy()), name("at")),
    ]
    select = from_rows(exp.Select(expressions=columns), entries.rows, access)
    return group_by_first(select, 1)


def _next(entries: StageScan, access: Access) -> exp.Select:
    """Return each entry with the moment of the same entity's next one, to which all that follows belongs."""
    order: Sequence[exp.Expr] = (entries.at, *entries.keys)
    lead = exp.Window(
        this=exp.Lead(this=entries.at.copy()),
        partition_by=[entries.entity.copy()],
        order=exp.Order(
            expressions=[exp.Ordered(this=key.copy(), nulls_first=False) for key in order]
        ),
    )
    columns = [
        exp.alias_(key.copy(), name(f"key{place}")) for place, key in enumerate(entries.keys, 1)
    ]
    columns.append(exp.alias_(lead, name("next")))
    return from_rows(exp.Select(expressions=columns), entries.rows, access)
