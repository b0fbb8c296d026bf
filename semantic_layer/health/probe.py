"""What every check of the data works with: a finding, and the rows of small statements run as the owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from semantic_layer.catalog import Catalog, Dataset
from semantic_layer.errors import WenshuError
from semantic_layer.policy import scan
from semantic_layer.result import Cell, plain
from semantic_layer.sql_nodes import column

if TYPE_CHECKING:
    from semantic_layer.layer import SemanticLayer

Row = tuple[object, ...]
Fact = Cell | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFinding:
    """One thing about definitions and data that the asker of a metric should know; a problem makes numbers wrong.

    Attributes:
        where: The dataset, field, metric or relationship.
        code: What it is; words are made at the edge.
        facts: What the words need: `count`, `share` (0–1), `example` where it is no personal data, and more.
        error: Why something could not be computed.
    """

    level: Literal["problem", "warning"]
    where: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    error: WenshuError | None = None


@dataclass(kw_only=True, eq=False)
class Probe:
    """Reads the data behind a layer's definitions as the owner sees them."""

    layer: SemanticLayer

    @property
    def catalog(self) -> Catalog:
        """What is defined."""
        return self.layer.catalog

    @cached_property
    def today(self) -> date:
        """The day that the data are asked on."""
        return self.layer.today()

    def rows(self, tree: exp.Select) -> list[Row]:
        """Run a statement."""
        table = self.layer.fetch(tree, self.layer.access(), {}).table
        return list(zip(*(item.to_pylist() for item in table.columns), strict=True))

    def row(self, source: exp.Subquery, values: Sequence[exp.Expr]) -> Row:
        """Return one row of aggregates over a source."""
        named = [exp.alias_(value, f"v{index}") for index, value in enumerate(values)]
        return self.rows(exp.Select(expressions=named).from_(source, copy=False))[0]

    def is_personal(self, expr: exp.Expr) -> bool:
        """Say whether an expression reads personal data, whose values are never shown."""
        return any(
            (owner_of(self.catalog, node.table), node.name.lower()) in self._personal
            for node in expr.find_all(exp.Column)
        )

    @cached_property
    def _personal(self) -> frozenset[tuple[str, str]]:
        """The columns of personal data: those of such fields, and the keys that lead to them."""
        found = {
            (owner_of(self.catalog, node.table), node.name.lower())
            for item in self.catalog.fields.values()
            if item.spec.pii
            for node in item.expr.find_all(exp.Column)
        }
        for item in self.catalog.definitions.relationships:
            pairs = zip(item.from_.columns, item.to.columns, strict=True)
            for left, right in pairs:
                ends = {
                    (item.from_.dataset, left.lower()),
                    (item.to.dataset, right.lower()),
                }
                if ends & found:
                    found |= ends
        return frozenset(found)


def owner_of(catalog: Catalog, source: str) -> str:
    """Return the dataset behind a name in formulas: itself, or what a role leads to."""
    if source in catalog.datasets:
        return source
    relationships = catalog.definitions.relationships
    return next(item.to.dataset for item in relationships if item.role == source)


def derived(dataset: Dataset, names: Sequence[str], alias: str = "t") -> exp.Subquery:
    """Return some columns of a dataset as a source named `alias`."""
    columns = frozenset(dataset.spelling(name) for name in names)
    return aliased(scan(dataset, columns, None), alias)


def aliased(select: exp.Query, alias: str) -> exp.Subquery:
    """Return a query as a source with a name."""
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    return exp.Subquery(this=select, alias=named)


def of(dataset: Dataset, name: str, alias: str = "t") -> exp.Column:
    """Return a column of a dataset's source."""
    return column(alias, dataset.spelling(name))


def rows_counted() -> exp.Expr:
    """Return the number of rows."""
    return exp.Count(this=exp.Star())


def counted(condition: exp.Expr) -> exp.Expr:
    """Return the number of rows that a condition holds for."""
    one, zero = exp.Literal.number(1), exp.Literal.number(0)
    return exp.Sum(this=exp.Case(ifs=[exp.If(this=condition, true=one)], default=zero))


def first_where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return the least value of the rows that a condition holds for: an example that stays the same."""
    return exp.Min(this=exp.Case(ifs=[exp.If(this=condition, true=value)]))


def missing(value: exp.Expr) -> exp.Expr:
    """Say that a value is missing."""
    return exp.Is(this=value, expression=exp.null())


def number(value: object) -> int:
    """Return a count; no rows count 0."""
    return int(str(value or 0))


def share(part: int, whole: int) -> float:
    """Return a part of the whole, 0–1."""
    return round(part / whole, 6) if whole else 0.0


def shown(value: object) -> Cell:
    """Return an example as plain data; moments as their day."""
    return value.date().isoformat() if isinstance(value, datetime) else plain(value)
