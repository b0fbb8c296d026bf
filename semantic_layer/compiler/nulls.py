"""Missing values with a type: engines that type a UNION pairwise cannot tell what a bare NULL will stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from semantic_layer.atoms import Atom
from semantic_layer.catalog import Catalog
from semantic_layer.plan import Dimension, Measure
from semantic_layer.sql_nodes import cast

NUMBER: Final = exp.DType.SMALLINT
"""The narrowest number: beside any other number a UNION takes the other's type, so it changes no result."""
_TYPES: Final[Mapping[str, exp.DType]] = {
    "String": exp.DType.TEXT,
    "Integer": NUMBER,
    "Decimal": NUMBER,
    "Float": NUMBER,
    "Boolean": exp.DType.BOOLEAN,
    "Date": exp.DType.DATE,
    "DateTime": exp.DType.TIMESTAMP,
}
_NUMBERS: Final = frozenset({"Integer", "Decimal", "Float"})
_CASTS: Final[Mapping[exp.DType, str]] = {
    exp.DType.TEXT: "String",
    exp.DType.VARCHAR: "String",
    exp.DType.DATE: "Date",
    exp.DType.TIMESTAMP: "DateTime",
    exp.DType.BOOLEAN: "Boolean",
    exp.DType.DOUBLE: "Float",
    exp.DType.DECIMAL: "Decimal",
    exp.DType.INT: "Integer",
    exp.DType.BIGINT: "Integer",
}
_COUNTING: Final = (
    exp.DateDiff, exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfWeek, exp.DayOfWeekIso,
    exp.Length, exp.Abs, exp.Floor, exp.Ceil, exp.Round, exp.Ln, exp.Div,
)  # fmt: skip
_TESTS: Final = (exp.Connector, exp.Predicate, exp.Not)


def null_of(datatype: str | None) -> exp.Expr:
    """Return a missing value of a datatype of REFERENCE; without one a bare NULL."""
    kind = _TYPES.get(datatype or "")
    return cast(exp.Null(), kind) if kind else exp.Null()


def null_number() -> exp.Expr:
    """Return a missing number."""
    return cast(exp.Null(), NUMBER)


@dataclass(frozen=True, slots=True)
class Nulls:
    """Knows the types of a catalog's columns.

    A type comes from the data: one that a definition declares may differ, and would turn a column into another.
    """

    catalog: Catalog

    def key(self, item: Dimension) -> exp.Expr:
        """Return a missing value of a grouping key."""
        if item.part is not None:
            return null_number()
        if item.bound is None:
            calendar = self.catalog.calendar
            if item.calendar is None or calendar is None:
                return null_of("Date")
            return null_of(calendar.dataset.columns.get(item.calendar.lower(), ("", None))[1])
        found = self._kind(item.bound.expr, item.bound.dataset, item.bound.source)
        if found is None and item.bound.spec.datatype is None:
            found = item.bound.datatype
        return null_of(found)

    def label(self, item: Dimension) -> exp.Expr:
        """Return a missing value of the column that names a key's members."""
        if item.bound is None or item.label is None:
            return null_of("String")
        columns = self.catalog.datasets[item.bound.dataset].columns
        return null_of(columns.get(item.label.lower(), ("", None))[1])

    def measure(self, measure: Measure) -> exp.Expr:
        """Return a missing value of an aggregate."""
        return null_of(self._aggregate(measure.atom))

    def _aggregate(self, atom: Atom) -> str | None:
        if atom.agg in {"sum", "count", "count_distinct"}:
            return "Integer"
        if atom.per_entity is not None:
            inner = atom.per_entity
            if isinstance(inner.formula, exp.Column):
                return self._aggregate(inner.atoms[inner.formula.name])
            return "Float"
        found = self._kind(atom.expr, atom.dataset, atom.dataset)
        # The mean of dates is a moment in one engine and an error in another.
        return found if atom.agg in {"min", "max"} or found in _NUMBERS else None

    def _kind(self, tree: exp.Expr | None, dataset: str, source: str) -> str | None:
        """Return the datatype of a bound fragment, or None where it cannot be told."""
        found: str | None = None
        match tree:
            case exp.Column():
                found = self._column(tree, dataset, source)
            case exp.Paren() | exp.Neg() | exp.AtTimeZone():
                found = self._kind(tree.this, dataset, source)
            case exp.Cast():
                found = _CASTS.get(tree.to.this)
            case exp.Literal():
                found = "String" if tree.is_string else "Float"
            case exp.Case():
                parts = [item.args["true"] for item in tree.args["ifs"]]
                found = self._same([*parts, tree.args.get("default")], dataset, source)
            case exp.Coalesce():
                found = self._same([tree.this, *tree.expressions], dataset, source)
            case exp.Add() | exp.Sub() | exp.Mul():
                sides = self._same([tree.this, tree.expression], dataset, source)
                found = sides if sides in _NUMBERS else None
            case _ if isinstance(tree, _COUNTING):
                found = "Float"
            case _ if isinstance(tree, _TESTS):
                found = "Boolean"
            case _:
                pass
        return found

    def _same(self, parts: list[exp.Expr | None], dataset: str, source: str) -> str | None:
        found = {self._kind(part, dataset, source) for part in parts if part is not None}
        if found <= _NUMBERS:
            return "Float"
        return found.pop() if len(found) == 1 else None

    def _column(self, node: exp.Column, dataset: str, source: str) -> str | None:
        owner = self.catalog.datasets[dataset]
        if node.table not in {"", dataset, source}:
            path = owner.parents.get(node.table)
            if not path:
                return None
            owner = self.catalog.datasets[path[-1].dataset]
        return owner.columns.get(node.name.lower(), ("", None))[1]
