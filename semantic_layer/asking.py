"""Asking again: the same question of the same person and day in another form, and how two answers are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from semantic_layer.checks import EXACT, key_columns
from semantic_layer.plan import Branch, EntityBranch, Plan
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery
from semantic_layer.query import Period as Days
from semantic_layer.result import Cell, Check, Column, Result, Role, plain
from semantic_layer.slices import current_slice

_BARE: Mapping[str, object] = {
    "having": (),
    "compare": None,
    "order_by": (),
    "limit": None,
    "ties": "cut",
    "per": None,
    "others": False,
    "fill": None,
    "totals": False,
    "include_empty": False,
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A result, and the means to ask again as the same person on the same day.

    Attributes:
        result: What is verified.
        plan: How it was made.
        access: Whose rights hold.
        ask: Answers a query as the asker would get it.
    """

    result: Result
    plan: Plan
    access: Access
    ask: Callable[[MetricQuery], Result]

    @property
    def query(self) -> MetricQuery:
        """What was asked."""
        return self.result.asked

    def bare(self, **changes: object) -> MetricQuery:
        """Return the same question of the same days without comparison, order and cut.

        A comparison may end the days with the last that have data; so do they here.
        """
        days = current_slice(self.query, self.result.data_through).period
        period = Days(start=days.start, end=days.end) if days else None
        return self.query.model_copy(update={**_BARE, "period": period, **changes})

    def is_known(self) -> bool:
        """Say whether every branch is of a kind that reads the same rows when a member is asked alone."""
        return all(type(item) in {Branch, EntityBranch} for item in self.plan.branches)

    def is_framed(self, metrics: Sequence[str]) -> bool:
        """Say whether any of the metrics reads other days than the ones shown."""
        return any(
            atom.frames
            for name in metrics
            for top in self.access.catalog.metric(name).atoms.values()
            for atom in (top, *top.inner())
        )


def same(one: object, other: object) -> bool:
    """Say whether two cells hold the same value; sums of binary fractions may differ in the last digits."""
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return math.isclose(float(one), float(other), rel_tol=EXACT, abs_tol=EXACT)
    return one == other


def note_differences(
    wrong: dict[str, tuple[object, object]],
    asked: Asked,
    pair: tuple[int, Result, int | None],
    columns: Sequence[Column],
) -> None:
    """Note the cells of a row that are not those of the row of another result, which may have none.

    Where nothing was found a sum has no value and a count is 0.
    """
    place, alone, other = pair
    for column in columns:
        shown = asked.result.table.column(column.name)[place].as_py()
        theirs = column.name.removesuffix("_base") if column.role is Role.BASE else column.name
        if other is None:
            if shown is not None and not same(shown, 0):
                wrong[column.name] = (shown, None)
            continue
        value = alone.table.column(theirs)[other].as_py()
        if not same(shown, value) and {shown, value} != {None, 0}:
            wrong[column.name] = (shown, value)


def verdict(name: str, wrong: Mapping[str, tuple[object, object]], held: int) -> Check:
    """Return what came of a comparison: the first column that differs with both values, or how many rows agree."""
    if not wrong:
        return Check(name=name, status="passed", facts={"count": held})
    column, (shown, alone) = next(iter(wrong.items()))
    facts: dict[str, Cell] = {"column": column, "shown": plain(shown), "alone": plain(alone)}
    return Check(name=name, status="failed", facts=facts)


def keys_of(result: Result) -> list[tuple[object, ...]]:
    """Return what tells each row apart."""
    columns = [result.table.column(item).to_pylist() for item in key_columns(result)]
    return list(zip(*columns, strict=True)) if columns else [()] * result.table.num_rows


def by_key(result: Result) -> dict[tuple[object, ...], int]:
    """Return the place of each group's row."""
    return {key: place for place, key in enumerate(keys_of(result))}


def dated_places(result: Result) -> Iterator[int]:
    """Yield the places of the keys that are no field's members: periods and parts of dates."""
    fields = {item.name: item.grouped_by for item in result.columns}
    for place, name in enumerate(key_columns(result)):
        if fields[name] is None:
            yield place
