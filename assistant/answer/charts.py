"""Which chart a result gets. A chart is data; the first fitting rule wins; None means a table says it better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from assistant.answer.numbers import as_decimal
from assistant.answer.shapes import Shape, is_far_from_zero, shape_of
from semantic_layer.catalog import Catalog
from semantic_layer.result import Column, Result, Role

Kind = Literal[
    "line", "column", "multi_line", "bar", "grouped_bar", "grouped_column", "share_bar", "bullet", "attainment_bar",
    "heatmap",
]  # fmt: skip

MAX_LINES: Final = 12
MAX_BARS: Final = 30
TOP_BARS: Final = 15
MAX_GROUPED: Final = 8
MAX_GROUPS: Final = 3
MAX_BULLETS: Final = 24
MAX_CELLS: Final = (30, 12)
_DENSE: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """What is drawn. Columns are named as in the result.

    Attributes:
        kind: Shape of the marks.
        x: The column of categories or periods.
        y: The columns of numbers; several only where they share a unit.
        series: The column that splits the marks, or None.
        base: The column with the base of a comparison, or None.
        target: The column that the numbers are held against, or None.
        reason: Why this kind: the code of a text `chart.reason.*`.
        limit: How many of the largest rows are drawn, or None for all.
        items: How many rows there are.
        from_zero: Whether the axis of numbers starts at zero; bars always do, lines far from it do not.
    """

    kind: Kind
    x: str
    y: tuple[str, ...]
    series: str | None = None
    base: str | None = None
    target: str | None = None
    reason: str
    limit: int | None = None
    items: int
    from_zero: bool = True


Rule = Callable[[Shape], ChartSpec | None]


def choose_chart(result: Result, catalog: Catalog) -> ChartSpec | None:
    """Return the chart that a result asks for, or None where tiles or a table say it better."""
    shape = shape_of(result, catalog)
    if len(shape.rows) < 2 or not shape.values or not any(map(shape.numbers, shape.values)):
        return None
    return next((spec for rule in RULES if (spec := rule(shape)) is not None), None)


def _attainment(shape: Shape) -> ChartSpec | None:
    """Members against their targets: one scale for all, the target at 100 %."""
    attainment = shape.column(Role.ATTAINMENT)
    if attainment is None or shape.time is not None or len(shape.dimensions) != 1:
        return None
    return _bars(shape, "attainment_bar", attainment, "attainment_bar")


def _bullets(shape: Shape) -> ChartSpec | None:
    """Periods against their targets: a column each, a tick at the target."""
    if shape.time is None or shape.dimensions or len(shape.rows) > MAX_BULLETS:
        return None
    value = shape.column(Role.METRIC)
    target = shape.column(Role.TARGET, value.metric) if value is not None else None
    if value is None or target is None or value.unit != target.unit:
        return None
    return ChartSpec(
        kind="bullet",
        x=shape.time.name,
        y=(value.name,),
        target=target.name,
        reason="bullet",
        items=len(shape.rows),
    )


def _time_series(shape: Shape) -> ChartSpec | None:
    """One or several metrics of one unit over time."""
    if shape.time is None or shape.dimensions or shape.time.grain is None:
        return None
    values = shape.values
    if any(left.unit != right.unit for left, right in pairwise(values)) or len(values) > MAX_LINES:
        return None
    few = len(shape.rows) < 3
    base = shape.column(Role.BASE, values[0].metric) if len(values) == 1 else None
    several = len(values) > 1 or base is not None
    names = tuple(value.name for value in values)
    if few:
        kind: Kind = "grouped_column" if several else "column"
    else:
        kind = "multi_line" if len(values) > 1 else "line"
    compared = "line_compare" if base is not None else kind
    return ChartSpec(
        kind=kind,
        x=shape.time.name,
        y=names,
        base=base.name if base is not None and values[0].role is Role.METRIC else None,
        reason="column" if few else compared,
        items=len(shape.rows),
        from_zero=few or not is_far_from_zero(shape, (*values, *((base,) if base else ()))),
    )


def _lines(shape: Shape) -> ChartSpec | None:
    """One metric over time, a line a member."""
    if shape.time is None or len(shape.dimensions) != 1 or shape.time.grain is None:
        return None
    series = shape.dimensions[0]
    periods, members = shape.sizes[shape.time.name], shape.sizes[series.name]
    few = periods < 3
    if members > (MAX_GROUPED if few else MAX_LINES) or len(shape.values) > 1:
        return None
    if few:
        return ChartSpec(
            kind="grouped_bar",
            x=series.name,
            y=(shape.values[0].name,),
            series=shape.time.name,
            reason="grouped_bar",
            items=members,
        )
    return ChartSpec(
        kind="multi_line",
        x=shape.time.name,
        y=(shape.values[0].name,),
        series=series.name,
        reason="multi_line",
        items=len(shape.rows),
        from_zero=not is_far_from_zero(shape, shape.values),
    )


def _shares(shape: Shape) -> ChartSpec | None:
    """Parts of a whole, ranked; only where parts add up to it."""
    share = shape.column(Role.SHARE)
    if share is None or len(shape.dimensions) != 1 or shape.time is not None or not shape.additive:
        return None
    numbers = [as_decimal(value) for value in shape.numbers(share)]
    if not numbers or any(number is not None and number < 0 for number in numbers):
        return None
    return _bars(shape, "share_bar", share, "share_bar")


def _compared_members(shape: Shape) -> ChartSpec | None:
    """Few members, two bars each: now and the base; or metrics of one unit."""
    if shape.time is not None or len(shape.dimensions) != 1 or len(shape.rows) > MAX_GROUPED:
        return None
    values, first = shape.values, shape.values[0]
    base = shape.column(Role.BASE, first.metric) if first.role is Role.METRIC else None
    same_unit = all(value.unit == first.unit for value in values)
    if len(values) == 1 and base is None:
        return None
    if len(values) > 1 and (not same_unit or len(values) > MAX_GROUPS):
        return None
    return ChartSpec(
        kind="grouped_bar",
        x=shape.dimensions[0].name,
        y=tuple(value.name for value in values),
        base=base.name if base is not None and len(values) == 1 else None,
        reason="grouped_compare" if len(values) == 1 else "grouped_bar",
        items=len(shape.rows),
    )


def _ranked(shape: Shape) -> ChartSpec | None:
    """Members by one metric."""
    if shape.time is not None or len(shape.dimensions) != 1:
        return None
    return _bars(shape, "bar", shape.values[0], "bar")


def _crossed(shape: Shape) -> ChartSpec | None:
    """Two fields, one of them with few members, or with one for each member of the other."""
    if shape.time is not None or len(shape.dimensions) != 2 or len(shape.values) != 1:
        return None
    wide, narrow = sorted(shape.dimensions, key=lambda column: -shape.sizes[column.name])
    groups = MAX_GROUPED if shape.sizes[wide.name] == len(shape.rows) else MAX_GROUPS
    if shape.sizes[narrow.name] > groups or shape.sizes[wide.name] > MAX_GROUPED:
        return None
    return ChartSpec(
        kind="grouped_bar",
        x=wide.name,
        y=(shape.values[0].name,),
        series=narrow.name,
        reason="grouped_bar",
        items=len(shape.rows),
    )


def _heatmap(shape: Shape) -> ChartSpec | None:
    """Two fields with many members each, most pairs of which have a number."""
    if shape.time is not None or len(shape.dimensions) != 2 or len(shape.values) != 1:
        return None
    wide, narrow = sorted(shape.dimensions, key=lambda column: -shape.sizes[column.name])
    high, broad = shape.sizes[wide.name], shape.sizes[narrow.name]
    if high > MAX_CELLS[0] or broad > MAX_CELLS[1] or len(shape.rows) < _DENSE * high * broad:
        return None
    return ChartSpec(
        kind="heatmap",
        x=wide.name,
        y=(shape.values[0].name,),
        series=narrow.name,
        reason="heatmap",
        items=len(shape.rows),
    )


def _bars(shape: Shape, kind: Kind, value: Column, reason: str) -> ChartSpec:
    """Return ranked bars; beyond `MAX_BARS` only the largest are drawn, and the answer says so."""
    many = len(shape.rows) > MAX_BARS
    return ChartSpec(
        kind=kind,
        x=shape.dimensions[0].name,
        y=(value.name,),
        reason="bar_top" if many else reason,
        limit=TOP_BARS if many else None,
        items=len(shape.rows),
    )


RULES: tuple[Rule, ...] = (
    _attainment, _bullets, _time_series, _lines, _shares, _compared_members, _ranked, _crossed, _heatmap,
)  # fmt: skip
