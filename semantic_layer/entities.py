"""Entities of a query: one more group below the ones that are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from semantic_layer.atoms import Atom, ColumnRef
from semantic_layer.catalog import BoundField
from semantic_layer.model import FieldSpec
from semantic_layer.plan import Dimension
from semantic_layer.result import Column, Role
from semantic_layer.sql_nodes import column

ENTITY = "entity"


def entity_dimension(entity: ColumnRef, called: str = ENTITY) -> Dimension:
    """Return the group that tells entities, or what one has many of, apart."""
    name = f"{entity.source}.{entity.column}"
    bound = BoundField(
        name=name,
        key=entity.column,
        source=entity.source,
        dataset=entity.source,
        expr=column(entity.source, entity.column),
        datatype="String",
        spec=FieldSpec(),
    )
    return Dimension(name=called, column=Column(name=name, role=Role.DIMENSION), bound=bound)


def entity_value(atom: Atom, measure: Callable[[Atom], str]) -> exp.Expr:
    """Return the value of each entity over the columns of its measures.

    Args:
        atom: An aggregate over entities.
        measure: Returns the column that holds an atom of an entity.
    """
    nested = atom.per_entity
    if nested is None:
        raise AssertionError("only aggregates over entities have a value of each")

    def placed(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        inner = nested.atoms[node.name]
        framed = replace(inner, frames=(*atom.frames, *inner.frames))
        return exp.column(exp.to_identifier(measure(framed), quoted=True))

    for inner in nested.atoms.values():
        # Every atom is read, whatever the formula: they say together which entities there are.
        measure(replace(inner, frames=(*atom.frames, *inner.frames)))
    return nested.formula.copy().transform(placed)
