"""Branches that aggregate again: over entities, and over the entries of a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from sqlglot import exp

from semantic_layer.atoms import Atom
from semantic_layer.branching import Branching
from semantic_layer.entities import entity_dimension, entity_value
from semantic_layer.funnels import funnel_dimensions, stage_scans
from semantic_layer.plan import (
    AnyBranch,
    Dimension,
    EntityBranch,
    FunnelBranch,
    Measure,
    Output,
    Plan,
)
from semantic_layer.slices import Slice


class Scope(Protocol):
    """Collects the atoms of a nested plan."""

    def measure(self, atom: Atom, at: Slice) -> str:
        """Return the column that holds an atom over a slice."""
        ...

    def built(self, branching: Branching) -> tuple[AnyBranch, ...]:
        """Return the branches of everything that was measured."""
        ...


def nest_of(atom: Atom) -> str:
    """Return what atoms must share to be aggregated together, besides the rows that they read."""
    if atom.per_entity is not None:
        return f"{atom.per_entity.entity.source}.{atom.per_entity.entity.column}"
    if atom.funnel is None:
        raise AssertionError("only what aggregates again is nested")
    entities = [stage.entity for stage in atom.funnel.stages]
    return f"{entities} {replace(atom.funnel, stages=())}"


def entity_branch(
    name: str, measures: Sequence[Measure], at: Slice, branching: Branching, below: Scope
) -> EntityBranch:
    """Plan the values of each entity under the same groups, filters and days."""
    first = measures[0].atom.per_entity
    if first is None:
        raise AssertionError("only aggregates over entities come here")
    values = [
        entity_value(measure.atom, lambda atom: below.measure(atom, at)) for measure in measures
    ]
    entity = f"{first.entity.source}.{first.entity.column}"
    return EntityBranch(
        name=name,
        comment=f"{_named(measures, branching)}: over each {entity}",
        inner=_inner(branching, (entity_dimension(first.entity),), values, below),
        measures=tuple(measures),
    )


def funnel_branch(
    name: str, measures: Sequence[Measure], at: Slice, branching: Branching, below: Scope
) -> FunnelBranch:
    """Plan the entries of a funnel under the same groups, filters and days, and the stages that follow."""
    atom = measures[0].atom
    if atom.funnel is None:
        raise AssertionError("only funnels come here")
    entry = atom.funnel.stages[0].atom
    entered = below.measure(replace(entry, frames=(*atom.frames, *entry.frames)), at)
    entries, steps = stage_scans(atom.funnel, branching.access.catalog)
    value = exp.column(exp.to_identifier(entered, quoted=True))
    return FunnelBranch(
        name=name,
        comment=f"{_named(measures, branching)}: entries and what followed them",
        funnel=atom.funnel,
        inner=_inner(branching, funnel_dimensions(atom.funnel), [value], below),
        entries=entries,
        steps=steps,
        measures=tuple(measures),
    )


def _inner(
    branching: Branching,
    dimensions: tuple[Dimension, ...],
    values: Sequence[exp.Expr],
    below: Scope,
) -> Plan:
    """Return the plan of some values by the query's groups and others below them."""
    inner = replace(
        branching,
        dimensions=(*branching.dimensions, *dimensions),
        notices=[],
        overlapping=set(),
    )
    built = below.built(inner)
    branching.notices += [item for item in inner.notices if item not in branching.notices]
    branching.overlapping |= inner.overlapping
    outputs = tuple(
        Output(name=f"m{place}", column=None, value=value) for place, value in enumerate(values, 1)
    )
    return Plan(query=branching.query, dimensions=inner.dimensions, branches=built, outputs=outputs)


def _named(measures: Sequence[Measure], branching: Branching) -> str:
    return ", ".join(dict.fromkeys(branching.named_by(item.atom) for item in measures))
