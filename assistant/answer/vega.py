"""A chart as a Vega-Lite v6 document: data inline, labels ready, no theme (the surface brings one)."""

from __future__ import annotations

from typing import Any, Final

from assistant.answer.charts import ChartSpec
from assistant.answer.marks import Points, points_of
from assistant.answer.numbers import Unit, as_decimal, column_scale
from assistant.answer.view import View
from semantic_layer.metric_specs import Metric

Vega = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
LINE_HEIGHT: Final = 280
BAR_STEP: Final = 34
GROUPED_STEP: Final = 22
REACHED: Final = "#3B6FF5"
CLOSE: Final = "#F5A623"
BEHIND: Final = "#E5484D"
DASH: Final = [5, 4]
_ORDINAL_X: Final[Vega] = {
    "field": "x",
    "type": "ordinal",
    "axis": {"title": None, "labelAngle": 0, "labelOverlap": True, "grid": False},
}


def to_vega(spec: ChartSpec, view: View, title: str) -> Vega:
    """Return a Vega-Lite document.

    Args:
        spec: What to draw.
        view: The result that it is drawn from.
        title: What the chart shows; becomes its description for screen readers.
    """
    drawn = points_of(spec, view)
    match spec.kind:
        case "line" | "multi_line":
            body = _lines(spec, view, drawn)
        case "column" | "grouped_column":
            body = _columns(spec, view, drawn)
        case "bullet":
            body = _bullets(spec, view, drawn)
        case "grouped_bar":
            body = _grouped_bars(spec, view, drawn)
        case "bar" | "share_bar" | "attainment_bar":
            body = _bars(spec, view, drawn)
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(drawn.points)},
        **body,
    }


def _lines(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """Lines that break at nulls; the base and an unfinished last period are dashed."""
    encoding = {
        "x": {**_ORDINAL_X, "sort": list(drawn.xs), "scale": {"type": "point", "padding": 0.4}},
        "y": _value_axis(spec, view, zero=spec.from_zero),
        **_colour(spec, drawn),
    }
    if spec.base is not None:
        dashes = {"domain": list(drawn.series), "range": [DASH, [1, 0]]}
        encoding["strokeDash"] = {
            "field": "series",
            "type": "nominal",
            "scale": dashes,
            "legend": _legend("stroke"),
        }
    unfinished = (
        drawn.xs[-1] if any(p["partial"] and p["x"] == drawn.xs[-1] for p in drawn.points) else None
    )
    line: Vega = {"type": "line", "strokeWidth": 2.5}
    layers: list[Vega] = [{"mark": line, "encoding": encoding}]
    if unfinished is not None:
        tail = {key: value for key, value in encoding.items() if key != "strokeDash"}
        layers = [
            {**layers[0], "transform": [_filter_field("x", [unfinished], inside=False)]},
            {
                "mark": {**line, "strokeDash": [2, 3]},
                "encoding": tail,
                "transform": [_filter_field("x", list(drawn.xs[-2:]), inside=True)],
            },
        ]
    dots = {key: value for key, value in encoding.items() if key != "strokeDash"}
    if "color" in dots:
        # The lines' legend tells the series; a second one for the dots would fill its symbols.
        dots["color"] = {**dots["color"], "legend": None}
    dots["tooltip"] = _tooltip(drawn)
    layers.append(
        {
            "mark": {"type": "point", "filled": True, "size": 46},
            "encoding": dots,
            "transform": [{"filter": "isValid(datum.y)"}],
        }
    )
    return {"height": LINE_HEIGHT, "layer": layers}


def _columns(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """One or two periods: columns from zero, their values above."""
    x: Vega = {**_ORDINAL_X, "sort": list(drawn.xs)}
    encoding = {"x": x, "y": _value_axis(spec, view, zero=True), **_colour(spec, drawn)}
    if drawn.series:
        encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": list(drawn.series)}
    faded = {"condition": {"test": "datum.partial", "value": 0.55}, "value": 1}
    bar = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2, "width": {"band": 0.6}},
        "encoding": {**encoding, "tooltip": _tooltip(drawn), "opacity": faded},
    }
    above = {key: value for key, value in encoding.items() if key != "color"}
    value = {
        "mark": {"type": "text", "baseline": "bottom", "dy": -4},
        "encoding": {**above, "text": {"field": "label"}},
    }
    return {"height": LINE_HEIGHT, "layer": [bar, value]}


def _bullets(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """Periods as columns with a tick at each target."""
    x: Vega = {**_ORDINAL_X, "sort": list(drawn.xs)}
    faded = {"condition": {"test": "datum.partial", "value": 0.55}, "value": 1}
    tooltip = _tooltip(drawn)
    bar = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": x,
            "y": _value_axis(spec, view, zero=True),
            "tooltip": tooltip,
            "opacity": faded,
        },
    }
    tick = {
        "mark": {"type": "tick", "thickness": 3, "color": CLOSE, "width": {"band": 0.9}},
        "encoding": {"x": x, "y": {"field": "target", "type": "quantitative"}, "tooltip": tooltip},
    }
    return {"height": LINE_HEIGHT, "layer": [bar, tick]}


def _bars(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """Ranked bars from zero with their values, and what stands beside them at the right edge."""
    y: Vega = {
        "field": "x",
        "type": "nominal",
        "sort": list(drawn.xs),
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 160},
    }
    room = 1.42 if any("beside" in point for point in drawn.points) else 1.16
    x = _value_axis(spec, view, zero=True) | {"axis": None, "scale": _room(drawn, room)}
    encoding: Vega = {"y": y, "x": x, "tooltip": _tooltip(drawn)}
    bar: Vega = {"type": "bar", "cornerRadiusEnd": 3, "height": {"band": 0.62}}
    if spec.kind == "attainment_bar":
        encoding["color"] = _status(spec, view)
    else:
        first = f"datum.x === {_quoted(drawn.xs[0])}"
        encoding["opacity"] = {"condition": {"test": first, "value": 1}, "value": 0.6}
    layers: list[Vega] = [{"mark": bar, "encoding": encoding}]
    if spec.kind != "attainment_bar":
        layers.append(_bar_labels(y))
    else:
        goal = {
            "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": DASH},
            "data": {"values": [{}]},  # with the rows of the chart it would be drawn once a bar
            "encoding": {"x": {"datum": 1}},
        }
        layers.append(goal)
    if room > 1.2:
        edge: Vega = {
            "mark": {"type": "text", "align": "right"},
            "encoding": {"y": y, "x": {"value": "width"}},
        }
        edge["encoding"]["text"] = {"field": "beside"}
        layers.append(edge)
    return {"height": max(2, len(drawn.xs)) * BAR_STEP, "layer": layers}


def _grouped_bars(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """A band a member, a bar a series."""
    y: Vega = {
        "field": "x",
        "type": "nominal",
        "sort": list(drawn.xs),
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 160},
    }
    shared: Vega = {
        "y": y,
        "yOffset": {"field": "series", "type": "nominal", "sort": list(drawn.series)},
        "x": _value_axis(spec, view, zero=True) | {"axis": None, "scale": _room(drawn, 1.16)},
    }
    bars = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {**shared, **_colour(spec, drawn), "tooltip": _tooltip(drawn)},
    }
    names = {**_bar_labels(y)["encoding"], "yOffset": shared["yOffset"]}
    labels = {**_bar_labels(y), "encoding": names}
    height = len(drawn.xs) * (len(drawn.series) * GROUPED_STEP + 14)
    return {"height": max(2 * BAR_STEP, height), "layer": [bars, labels]}


def _bar_labels(y: Vega) -> Vega:
    """Return the values at the ends of bars; those of negative bars stand at zero."""
    return {
        "mark": {"type": "text", "align": "left", "dx": 5},
        "encoding": {
            "y": y,
            "x": {"field": "at", "type": "quantitative"},
            "text": {"field": "label"},
        },
        "transform": [{"calculate": "max(datum.y, 0)", "as": "at"}],
    }


def _room(drawn: Points, factor: float) -> Vega:
    """Return a scale that starts at zero and leaves room for the labels."""
    numbers = [float(str(point["y"])) for point in drawn.points if point["y"] is not None]
    low, high = min((0.0, *numbers)), max((0.0, *numbers))
    return {"domain": [low * 1.05, (high or 1.0) * factor], "nice": False}


def _value_axis(spec: ChartSpec, view: View, *, zero: bool) -> Vega:
    """Return the axis of numbers, its ticks in the unit that the largest number chooses."""
    places = [place for place, column in enumerate(view.columns) if column.name in spec.y]
    unit = view.columns[places[0]].unit
    numbers = [view.rows[row][place] for row in view.data_rows for place in places]
    axis = {"title": None, "labelExpr": _tick(numbers, unit, view.language), "tickCount": 5}
    return {"field": "y", "type": "quantitative", "axis": axis, "scale": {"zero": zero}}


def _tick(numbers: list[object], unit: Unit, language: str) -> str:
    if unit in {"percent", "pp"}:
        return "format(datum.value, '.1~%')"
    largest = max(
        (abs(n) for value in numbers if (n := as_decimal(value)) is not None), default=None
    )
    scale = column_scale([largest], unit, language)
    shown = f"format(datum.value / {10**scale.exponent}, ',.2~f') + {_quoted(scale.word)}"
    return f"datum.value === 0 ? '0' : {shown}"


def _colour(spec: ChartSpec, drawn: Points) -> Vega:
    if not drawn.series:
        return {}
    colour: Vega = {"field": "series", "type": "nominal", "sort": list(drawn.series)}
    colour["legend"] = _legend("stroke" if spec.kind in {"line", "multi_line"} else "square")
    if spec.base is not None:
        colour["scale"] = {"domain": list(drawn.series), "range": ["#9AA3B2", REACHED]}
    return {"color": colour}


def _legend(symbol: str) -> Vega:
    return {"orient": "top", "title": None, "symbolType": symbol}


def _status(spec: ChartSpec, view: View) -> Vega:
    """Return the colours of attainment: reached, close (the metric's own warning level), behind."""
    column = next(c for c in view.columns if c.name == spec.y[0])
    metric = view.catalog.metrics.get(column.metric or "")
    warn = _warning_level(metric.spec) if metric is not None else 1.0
    close = [{"test": f"datum.y >= {warn}", "value": CLOSE}] if warn < 1 else []
    return {"condition": [{"test": "datum.y >= 1", "value": REACHED}, *close], "value": BEHIND}


def _warning_level(spec: Metric) -> float:
    """Return the share of the target from which on a metric is close to it."""
    levels = (spec.target.warn if spec.target is not None else None, spec.warn, 1.0)
    return next(level for level in levels if level is not None)


def _tooltip(drawn: Points) -> list[Vega]:
    return [
        {"field": f"tip{i}", "type": "nominal", "title": head} for i, head in enumerate(drawn.tips)
    ]


def _filter_field(field: str, values: list[str], *, inside: bool) -> Vega:
    test = {"field": field, "oneOf": values}
    return {"filter": test if inside else {"not": test}}


def _quoted(word: str) -> str:
    """Return a text as a literal of the expression language."""
    escaped = word.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ").replace("\r", " ")
    return f"'{escaped}'"
