"""Windows made of periods that are added up first, so that a row is read once however many windows it lies in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.compiler.spine import SPINE, range_spine
from semantic_layer.formulas import divide
from semantic_layer.model_calendar import Calendar
from semantic_layer.plan import Branch, Dimension, Measure, Plan
from semantic_layer.result import Column, Role
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import column, derived, group_by_first, join, named, ref, select

READ: Final = "read"
"""The periods that are added up."""
PERIOD: Final = "period"
"""Their first day."""
_AGAIN: Final[dict[str, type[exp.AggFunc]]] = {
    "sum": exp.Sum,
    "count": exp.Sum,
    "min": exp.Min,
    "max": exp.Max,
}
"""How the aggregates of periods make up the one of a range of them."""


def is_made_of_periods(branch: Branch) -> bool:
    """Say whether the windows of a branch are made of the aggregates of shorter periods."""
    at, atoms = branch.slice, [measure.atom for measure in branch.measures]
    if not at.ranges or at.weighted or branch.calendar or branch.rest_of or branch.pairs:
        return False
    return all(atom.agg in _AGAIN and atom.snapshot is None for atom in atoms)


def periods_read(branch: Branch, plan: Plan, calendar: Calendar) -> tuple[Branch, Plan]:
    """Return what reads the periods: whole months where no window cuts one, else days."""
    at = branch.slice
    edges = [day for item in at.ranges for day in (item.start, item.end)]
    whole = all(calendar.floor(day, Grain.MONTH) == day for day in edges)
    grain = Grain.MONTH if whole else Grain.DAY
    period = Dimension(name=PERIOD, column=Column(name=PERIOD, role=Role.TIME), grain=grain)
    kept = (item for item in plan.dimensions if not item.grain)
    inner = replace(branch, slice=Slice(name=at.name, period=at.period, without=at.without))
    return inner, replace(plan, dimensions=(*kept, period))


def windows_over(inner: exp.Select, branch: Branch, plan: Plan) -> exp.Select:
    """Return the windows, made of the periods that a query has read."""
    keys = [
        named(column(SPINE, "bucket"), item.name) if item.grain else ref(item.name, READ)
        for item in plan.dimensions
    ]
    outputs = [*keys, *(named(exp.Max(this=ref(label, READ)), label) for label in plan.labels)]
    outputs += [named(_again(measure, branch.slice), measure.name) for measure in branch.measures]
    query = select(outputs, derived(inner, READ))
    on = exp.And(
        this=exp.GTE(this=ref(PERIOD, READ), expression=column(SPINE, "first_day")),
        expression=exp.LT(this=ref(PERIOD, READ), expression=column(SPINE, "day_after")),
    )
    join(query, range_spine(branch.slice.ranges), on)
    return group_by_first(query, len(keys))


def _again(measure: Measure, at: Slice) -> exp.Expr:
    value = _AGAIN[measure.atom.agg](this=ref(measure.name, READ))
    return divide(value, exp.Max(this=column(SPINE, "parts"))) if at.each else value
