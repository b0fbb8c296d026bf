"""Funnels of a query: the rows of each stage, and how long the last ones may still come."""

from __future__ import annotations

from datetime import date

from semantic_layer.atoms import Atom, ColumnRef, Funnel, Stage
from semantic_layer.calendar import shift
from semantic_layer.catalog import Catalog
from semantic_layer.children import columns_of, joins_of
from semantic_layer.entities import entity_dimension
from semantic_layer.plan import Dimension, RowScan, StageScan
from semantic_layer.result import Notice
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import column


def funnel_dimensions(funnel: Funnel) -> tuple[Dimension, ...]:
    """Return the groups below the query's own: the entity, and what tells its entries apart."""
    own = [entity_dimension(key, f"entry{place}") for place, key in enumerate(funnel.keys, 1)]
    return (entity_dimension(funnel.stages[0].entity), *own)


def stage_scans(funnel: Funnel, catalog: Catalog) -> tuple[StageScan | None, tuple[StageScan, ...]]:
    """Return all entries, where others than the shown ones matter, and the rows of each later stage."""
    steps = tuple(_scan(stage, catalog) for stage in funnel.stages[1:])
    if not (funnel.first or funnel.keys):
        return None, steps
    return _scan(funnel.stages[0], catalog, funnel.keys), steps


def _scan(stage: Stage, catalog: Catalog, keys: tuple[ColumnRef, ...] = ()) -> StageScan:
    atom = stage.atom
    if atom.expr is None:
        raise AssertionError("a stage has a moment")
    dataset = catalog.datasets[atom.dataset]
    entity = column(stage.entity.source, stage.entity.column)
    own = tuple(column(key.source, key.column) for key in keys)
    where = (atom.where,) if atom.where is not None else ()
    columns = columns_of([entity, atom.expr, *where, *own])
    joins = joins_of(dataset.name, dataset.parents, columns)
    rows = RowScan(
        alias=dataset.name,
        dataset=dataset.name,
        joins=joins,
        columns={alias: frozenset(names) for alias, names in columns.items()},
        where=where,
    )
    return StageScan(rows=rows, entity=entity, at=atom.expr, keys=own)


def still_open(atom: Atom, metric: str, at: Slice, through: date | None) -> tuple[Notice, ...]:
    """Say that those who entered last may still reach the last stage after the data end."""
    funnel = atom.funnel
    if funnel is None or funnel.window is None or through is None or at.name != "current":
        return ()
    count, grain = funnel.window
    last = through if at.period is None else min(at.period.last, through)
    end = shift(last, grain, (funnel.later or 0) + count)
    if end <= through:
        return ()
    facts = {"metric": metric, "through": through.isoformat()}
    return (Notice(code="window_still_open", facts=facts),)
