"""A chart as a Vega-Lite v6 document: data inline, labels ready, no theme (the surface brings one)."""

from __future__ import annotations

from typing import Final

from assistant.answer.bars import bars, grouped_bars
from assistant.answer.charts import ChartSpec
from assistant.answer.encodings import (
    ACCENT,
    AMBER,
    DASH,
    FADED,
    Vega,
    colour,
    legend,
    tooltip,
    value_axis,
)
from assistant.answer.heatmap import heatmap
from assistant.answer.labels import column_label
from assistant.answer.marks import Points, points_of
from assistant.answer.view import View

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
LINE_HEIGHT: Final = 280
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
            body = grouped_bars(spec, view, drawn)
        case "bar" | "share_bar" | "attainment_bar":
            body = bars(spec, view, drawn)
        case "heatmap":
            body = heatmap(spec, view, drawn)
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
        "y": value_axis(spec, view, zero=spec.from_zero),
        **colour(spec, drawn),
    }
    if spec.base is not None:
        dashes = {"domain": list(drawn.series), "range": [DASH, [1, 0]]}
        encoding["strokeDash"] = {
            "field": "series",
            "type": "nominal",
            "scale": dashes,
            "legend": legend("stroke"),
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
    dots["tooltip"] = tooltip(drawn)
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
    encoding = {"x": x, "y": value_axis(spec, view, zero=True), **colour(spec, drawn)}
    if drawn.series:
        encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": list(drawn.series)}
    bar = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2, "width": {"band": 0.6}},
        "encoding": {**encoding, "tooltip": tooltip(drawn), "opacity": FADED},
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
    query, language = view.result.asked, view.language
    heads = [
        column_label(column, query, language)
        for name in (spec.y[0], spec.target)
        for column in view.columns
        if column.name == name
    ]
    scale = {"domain": heads, "range": [ACCENT, AMBER]}
    drawn_in = [{"datum": head, "scale": scale, "legend": legend("square")} for head in heads]
    marked = tooltip(drawn)
    axis = value_axis(spec, view, zero=True)
    axis["scale"] = {"zero": True, "domainMax": _highest(drawn) * 1.06, "nice": False}
    bar = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {"x": x, "y": axis, "color": drawn_in[0], "tooltip": marked, "opacity": FADED},
    }
    target = {"field": "target", "type": "quantitative"}
    tick = {
        "mark": {"type": "tick", "thickness": 3, "width": {"band": 0.9}},
        "encoding": {"x": x, "y": target, "color": drawn_in[1], "tooltip": marked},
    }
    return {"height": LINE_HEIGHT, "layer": [bar, tick]}


def _highest(drawn: Points) -> float:
    """Return the largest number or target, so that no tick stands at the edge."""
    found = (point.get(name) for point in drawn.points for name in ("y", "target"))
    return max((float(str(number)) for number in found if number is not None), default=1.0) or 1.0


def _filter_field(field: str, values: list[str], *, inside: bool) -> Vega:
    test = {"field": field, "oneOf": values}
    return {"filter": test if inside else {"not": test}}
