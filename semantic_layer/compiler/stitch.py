"""Branches combined null-safely: UNION ALL, then one row per group (rule 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlglot import exp

from semantic_layer.compiler.branch import IS_LATER, forward, later_start
from semantic_layer.compiler.nulls import Nulls
from semantic_layer.conditions import Parameters
from semantic_layer.model_calendar import Calendar
from semantic_layer.plan import AnyBranch, Branch, Plan
from semantic_layer.slices import View
from semantic_layer.sql_nodes import derived, group_by_first, named, ref, select, table


def is_stitched(plan: Plan) -> bool:
    """Say whether rows of several branches, slices or a grid have to be combined."""
    several = len(plan.branches) > 1 or any(_views(item) for item in plan.branches)
    return several or plan.grid is not None


def empty_measures(plan: Plan, nulls: Nulls) -> dict[str, exp.Expr]:
    """Return every measure with what it is where a part does not have it."""
    missing: dict[str, exp.Expr] = {}
    for item in plan.branches:
        kinds = {measure.name: nulls.measure(measure) for measure in item.measures}
        for view in _views(item) or (None,):
            missing |= {name: kinds[held] for name, held in _columns(item, view).items()}
    return missing


def parts_of(
    plan: Plan,
    names: Sequence[str],
    measures: Mapping[str, exp.Expr],
    calendar: Calendar,
    parameters: Parameters,
) -> list[exp.Query]:
    """Return the rows of every branch and slice under the columns of all of them.

    Args:
        plan: Whose branches are combined.
        names: The CTE of each branch.
        measures: The output of `empty_measures`.
        calendar: Cuts the periods.
        parameters: Takes the values to bind.
    """
    parts: list[exp.Query] = []
    for source, item in zip(names, plan.branches, strict=True):
        for view in _views(item) or (None,):
            held = _columns(item, view)
            # In a view an output may have the name of another column, which some engines would read instead.
            owner = source if view else None
            outputs = [*_keys(plan, owner, view), *(ref(label, owner) for label in plan.labels)]
            for name, missing in measures.items():
                kept = ref(held[name], owner) if name in held else missing.copy()
                outputs.append(kept if held.get(name) == name else named(kept, name))
            tests: Sequence[exp.Expr] = ()
            if view and isinstance(item, Branch):
                tests = _tests(plan, source, view, later_start(item), calendar, parameters)
            parts.append(select(outputs, table(source), tests))
    return parts


def union_of(parts: Sequence[exp.Query]) -> exp.Query:
    """Return the rows of all parts."""
    union = parts[0]
    for part in parts[1:]:
        union = exp.Union(this=union, expression=part, distinct=False)
    return union


def stitch(plan: Plan, parts: Sequence[exp.Query], measures: Mapping[str, exp.Expr]) -> exp.Select:
    """Return one row per group, whichever part has it."""
    outputs: list[exp.Expr] = [ref(item.name) for item in plan.dimensions]
    outputs += [named(exp.Max(this=ref(name, "parts")), name) for name in (*plan.labels, *measures)]
    return group_by_first(select(outputs, derived(union_of(parts), "parts")), len(plan.dimensions))


def _views(item: AnyBranch) -> tuple[View, ...]:
    return item.views if isinstance(item, Branch) else ()


def _columns(item: AnyBranch, view: View | None) -> Mapping[str, str]:
    """Return measure → the column that holds it."""
    return view.columns if view else {measure.name: measure.name for measure in item.measures}


def _keys(plan: Plan, source: str | None, view: View | None) -> Iterator[exp.Expr]:
    """Yield the keys, the period of a view moved to where it is compared."""
    for item in plan.dimensions:
        key: exp.Expr = ref(item.name, source)
        key = forward(key, view.slice) if view and item.grain else key
        yield key if isinstance(key, exp.Column) else named(key, item.name)


def _tests(
    plan: Plan, source: str, view: View, later: date, calendar: Calendar, parameters: Parameters
) -> list[exp.Expr]:
    """Return the tests for the periods that a view takes of the scan that it shares.

    Where no period tells its rows, the later one of two begins on the day `later`.
    """
    time = next((item for item in plan.dimensions if item.grain), None)
    days = view.slice.period
    if time is None or time.grain is None:
        is_later = ref(IS_LATER, source)
        return [is_later if days and days.start == later else exp.Not(this=is_later)]
    if days is None:
        return []
    tests: list[exp.Expr] = []
    if days.start > date.min:
        start = parameters.bind(calendar.floor(days.start, time.grain))
        tests.append(exp.GTE(this=ref(time.name, source), expression=start))
    end = parameters.bind(days.end)
    return [*tests, exp.LT(this=ref(time.name, source), expression=end)]
