"""What a result looks like to the rules that choose its chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from assistant.answer.numbers import as_decimal
from semantic_layer.catalog import Catalog
from semantic_layer.result import Column, Result, Role

_FAR: Final = Decimal("0.6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the rules look at.

    Attributes:
        time: The time column, or None.
        dimensions: Columns of members.
        values: Columns of the metrics' own numbers; those made of them where no metric is shown itself.
        rows: Data rows as values, in column order.
        sizes: Column name → number of different members or periods.
        additive: Whether parts of the first metric add up to its whole.
    """

    result: Result
    time: Column | None
    dimensions: tuple[Column, ...]
    values: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    sizes: dict[str, int]
    additive: bool

    def column(self, role: Role, metric: str | None = None) -> Column | None:
        """Return the first column of a role (and metric), or None."""
        found = (c for c in self.result.columns if c.role is role and metric in {None, c.metric})
        return next(found, None)

    def numbers(self, column: Column) -> list[object]:
        """Return the numbers of a column without its nulls."""
        place = self.result.columns.index(column)
        return [row[place] for row in self.rows if as_decimal(row[place]) is not None]


def shape_of(result: Result, catalog: Catalog) -> Shape:
    """Return the shape of a result."""
    columns = [column.to_pylist() for column in result.table.columns]
    rows = tuple(
        row
        for row, kind in zip(zip(*columns, strict=True), result.row_kinds, strict=True)
        if kind == "data"
    )
    by_role = {
        role: tuple(c for c in result.columns if c.role is role and c.label_of is None)
        for role in Role
    }
    values = by_role[Role.METRIC] or by_role[Role.ATTAINMENT] or by_role[Role.SHARE]
    values = values or by_role[Role.CHANGE_PCT] or by_role[Role.CHANGE] or by_role[Role.TARGET]
    metric = catalog.metrics.get(values[0].metric or "") if values else None
    grouped = (*by_role[Role.TIME], *by_role[Role.DIMENSION])
    places = {column.name: place for place, column in enumerate(result.columns)}
    return Shape(
        result=result,
        time=next(iter(by_role[Role.TIME]), None),
        dimensions=by_role[Role.DIMENSION],
        values=values,
        rows=rows,
        sizes={c.name: len({row[places[c.name]] for row in rows}) for c in grouped},
        additive=metric is not None and metric.additive,
    )


def is_far_from_zero(shape: Shape, columns: Sequence[Column]) -> bool:
    """Say whether numbers are so close to each other that an axis from zero would hide how they move."""
    numbers = [
        number
        for column in columns
        for value in shape.numbers(column)
        if (number := as_decimal(value)) is not None
    ]
    return bool(numbers) and min(numbers) > _FAR * max(numbers) > 0
