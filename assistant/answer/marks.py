"""The points of a chart: what Vega-Lite draws, every label and tooltip already worded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assistant.answer.charts import ChartSpec
from assistant.answer.labels import column_label
from assistant.answer.numbers import NULL, as_decimal, short_bucket
from assistant.answer.view import View, as_day, is_partial
from assistant.locale import text
from semantic_layer.calendar import Period, periods, shift
from semantic_layer.result import Column, Role

Point = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """What is drawn.

    Attributes:
        points: One for each mark: `x` and `series` labels, `y` number or None, `label`, `tip0`, `tip1`, …
        tips: Heads of the tooltip lines.
        series: Names of the series in order; empty where there is one.
        xs: Labels of the axis in order.
        beside: Heading of what stands beside the marks; empty where nothing does.
        statuses: How far a target is reached → its words, in order; empty where none is shown.
    """

    points: tuple[Point, ...]
    tips: tuple[str, ...]
    series: tuple[str, ...]
    xs: tuple[str, ...]
    beside: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)


def points_of(spec: ChartSpec, view: View) -> Points:
    """Return the points of a chart."""
    places = {column.name: place for place, column in enumerate(view.columns)}
    tipped = [p for p, column in enumerate(view.columns) if column.label_of is None]
    tips = tuple(_heading(view, view.columns[place]) for place in tipped)
    drawn = _drawn_rows(spec, view, places)
    labels = _x_labels(view, places[spec.x], drawn)
    beside = _beside_place(spec, view, places)
    column, statuses = _statuses(spec, view)
    points: list[Point] = []
    for row in drawn:
        shared: Point = {f"tip{i}": view.texts[row][place] for i, place in enumerate(tipped)}
        if spec.target is not None:
            shared["target"] = _number(view.rows[row][places[spec.target]])
        for name, place in _measures(spec, view, places):
            number = _number(view.rows[row][place])
            if statuses:
                told = statuses.get(column.status_of(number) or "", NULL)
                shared |= {"status": told, f"tip{len(tipped)}": told}
            if beside is not None and place == places[spec.y[0]]:
                shared["beside"] = view.texts[row][beside]
            points.append(
                {
                    "x": labels[row],
                    "y": number,
                    "label": view.texts[row][place],
                    "series": name if spec.series is None else view.texts[row][places[spec.series]],
                    "partial": view.is_partial(row),
                    **shared,
                }
            )
    xs = tuple(dict.fromkeys(labels[row] for row in drawn))
    if spec.kind in {"line", "multi_line"}:
        points, xs = _with_gaps(points, view, places[spec.x])
    return Points(
        points=tuple(points),
        tips=(*tips, text("chart.status", view.language)) if statuses else tips,
        series=_series(spec, points),
        xs=xs,
        beside="" if beside is None else _heading(view, view.columns[beside]),
        statuses=statuses,
    )


def _measures(spec: ChartSpec, view: View, places: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield name and column of each number that a row draws; the base comes first, so that it lies below."""
    names = (*((spec.base,) if spec.base else ()), *spec.y)
    for name in names:
        place = places[name]
        column = view.columns[place]
        yield _series_name(spec, view, column), place


def _series_name(spec: ChartSpec, view: View, column: Column) -> str:
    if column.role is Role.BASE or not spec.base:
        return column_label(column, view.result.asked, view.language)
    return text("chart.current", view.language)


def _heading(view: View, column: Column) -> str:
    alone = len(view.metrics) == 1
    return column_label(column, view.result.asked, view.language, alone=alone)


def _beside_place(spec: ChartSpec, view: View, places: Mapping[str, int]) -> int | None:
    """Return the column that stands beside the marks: the change, or the metric behind a share.

    A rate changes by percentage points; a percent of a percent would be read as points.
    """
    column = view.columns[places[spec.y[0]]]
    change = Role.CHANGE if column.unit in {"percent", "pp"} else Role.CHANGE_PCT
    other = {"bar": change, "share_bar": Role.METRIC}
    if spec.base is not None:
        other["grouped_bar"] = change
    role = other.get(spec.kind)
    place = view.of_role(role, column.metric) if role is not None else None
    return None if place == places[spec.y[0]] else place


def _statuses(spec: ChartSpec, view: View) -> tuple[Column, dict[str, str]]:
    """Return the column that is drawn, and the words of each status of an attainment in order."""
    column = next(c for c in view.columns if c.name == spec.y[0])
    if spec.kind != "attainment_bar":
        return column, {}
    warn, alert = column.warn, column.alert
    names = ["reached"]
    names += ["close"] if warn is not None and warn < 1 else []
    names += ["behind"] if alert is None or alert < (1.0 if warn is None else warn) else []
    names += ["alert"] if alert is not None else []
    levels = {"close": warn, "behind": 1.0 if warn is None else min(warn, 1.0), "alert": alert}
    return column, {
        name: text(f"chart.{name}", view.language, level=f"{(levels.get(name) or 1.0) * 100:.4g}%")
        for name in names
    }


def _drawn_rows(spec: ChartSpec, view: View, places: Mapping[str, int]) -> tuple[int, ...]:
    """Return the rows in the order drawn: as asked, or by value where nobody asked for an order."""
    rows, place = view.data_rows, places[spec.y[0]]
    if spec.x not in {view.columns[p].name for p in view.dimensions} or spec.series is not None:
        return rows
    if spec.limit is None and view.result.asked.order_by:
        return rows
    numbers = {row: as_decimal(view.rows[row][place]) for row in rows}
    known = sorted((n, -row) for row, n in numbers.items() if n is not None)
    ranked = [-row for _, row in reversed(known)]
    ranked += [row for row, number in numbers.items() if number is None]
    return tuple(ranked if spec.limit is None else ranked[: spec.limit])


def _x_labels(view: View, place: int, rows: tuple[int, ...]) -> dict[int, str]:
    grain = view.columns[place].grain
    days = {row: as_day(view.rows[row][place]) for row in rows}
    if view.columns[place].role is not Role.TIME or grain is None:
        return {row: view.texts[row][place] for row in rows}
    one_year = len({day.year for day in days.values() if day is not None}) == 1
    return {
        row: view.texts[row][place]
        if day is None
        else short_bucket(day, grain, view.language, one_year=one_year)
        for row, day in days.items()
    }


def _with_gaps(points: list[Point], view: View, place: int) -> tuple[list[Point], tuple[str, ...]]:
    """Add a point without a number for each missing period of each series: a line breaks there, it never bridges."""
    grain, language = view.columns[place].grain, view.language
    days = [day for row in view.data_rows if (day := as_day(view.rows[row][place])) is not None]
    if grain is None or not days:
        return points, tuple(dict.fromkeys(str(point["x"]) for point in points))
    buckets = list(periods(Period(min(days), shift(max(days), grain, 1)), grain))
    one_year = len({bucket.start.year for bucket in buckets}) == 1
    labels = [short_bucket(b.start, grain, language, one_year=one_year) for b in buckets]
    cut = {label: is_partial(b, view.result) for label, b in zip(labels, buckets, strict=True)}
    known = {(point["series"], point["x"]): point for point in points}
    names = dict.fromkeys(point["series"] for point in points)
    gap: Point = {"y": None, "label": NULL}
    full = [
        known.get((name, label), {**gap, "x": label, "series": name, "partial": cut[label]})
        for name in names
        for label in labels
    ]
    return full, tuple(labels)


def _series(spec: ChartSpec, points: list[Point]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(str(point["series"]) for point in points))
    return names if len(names) > 1 or spec.series is not None else ()


def _number(value: object) -> float | None:
    number = as_decimal(value)
    return None if number is None else float(number)
