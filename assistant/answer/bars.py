"""Horizontal bars: room for their labels is counted from the labels, in pixels, so that none is cut."""

from __future__ import annotations

from typing import Final

from assistant.answer.charts import ChartSpec
from assistant.answer.encodings import (
    ACCENT,
    AMBER,
    DASH,
    DIM,
    RUST,
    SLATE,
    Vega,
    colour,
    legend,
    pixels,
    quoted,
    tooltip,
    value_axis,
)
from assistant.answer.marks import Points
from assistant.answer.view import View
from assistant.locale import text

BAR_STEP: Final = 34
GROUPED_STEP: Final = 22
NARROW: Final = 360
"""Plots narrower than this many pixels leave out the second column of numbers."""
_GAP: Final = 12
_TONES: Final = {"reached": ACCENT, "close": AMBER, "behind": SLATE, "alert": RUST}


def bars(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """Ranked bars from zero with their values, and what stands beside them at the right edge."""
    y = _members(drawn)
    held = spec.kind == "attainment_bar"
    x = value_axis(spec, view, zero=True) | {"axis": None}
    x["scale"] = _room(drawn, least=1.0) if held else _room(drawn)
    encoding: Vega = {"y": y, "x": x, "tooltip": tooltip(drawn)}
    bar: Vega = {"type": "bar", "cornerRadiusEnd": 3, "height": {"band": 0.62}}
    layers: list[Vega] = [{"mark": bar, "encoding": encoding}]
    if held:
        encoding["color"] = _status(drawn)
        layers += [*_goal(view), _edge(y, "label")]
    else:
        first = f"datum.x === {quoted(drawn.xs[0])}"
        encoding["opacity"] = {"condition": {"test": first, "value": 1}, "value": 0.6}
        layers += [_labels(y), *_second_column(y, drawn)]
    return {"height": max(2, len(drawn.xs)) * BAR_STEP, "layer": layers}


def grouped_bars(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """A band a member, a bar a series; where each member has one bar, colour alone tells the series."""
    y = _members(drawn)
    alone = len(drawn.points) == len(drawn.xs)
    shared: Vega = {
        "y": y,
        "x": value_axis(spec, view, zero=True) | {"axis": None, "scale": _room(drawn)},
    }
    offset: Vega = {"field": "series", "type": "nominal", "sort": list(drawn.series)}
    apart = {} if alone else {"yOffset": offset}
    bar: Vega = {"type": "bar", "cornerRadiusEnd": 2}
    layers: list[Vega] = [
        {
            "mark": {**bar, "height": {"band": 0.62}} if alone else bar,
            "encoding": {**shared, **apart, **colour(spec, drawn), "tooltip": tooltip(drawn)},
        }
    ]
    labels = _labels(y)
    labels["encoding"] |= apart
    layers += [labels, *_second_column(y, drawn)]
    step = BAR_STEP if alone else len(drawn.series) * GROUPED_STEP + 14
    return {"height": max(2 * BAR_STEP, len(drawn.xs) * step), "layer": layers}


def _members(drawn: Points) -> Vega:
    axis = {"title": None, "ticks": False, "domain": False}
    return {"field": "x", "type": "nominal", "sort": list(drawn.xs), "axis": axis}


def _room(drawn: Points, least: float = 0.0) -> Vega:
    """Return a scale that starts at zero and ends where the labels begin."""
    numbers = [float(str(point["y"])) for point in drawn.points if point["y"] is not None]
    low, high = min((0.0, *numbers)), max((least, *numbers))
    first = _widest(drawn, "label") + _GAP
    second = _widest(drawn, "beside")
    room = f"{first}"
    if second:
        second = max(second, pixels(drawn.beside))
        room = f"(width < {NARROW} ? {first} : {first + second + _GAP})"
    return {
        "domain": [low * 1.05, high or 1.0],
        "nice": False,
        "rangeMax": {"expr": f"max(width - {room}, 40)"},
    }


def _widest(drawn: Points, name: str) -> int:
    return max((pixels(str(point[name])) for point in drawn.points if name in point), default=0)


def _labels(y: Vega) -> Vega:
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


def _edge(y: Vega, name: str) -> Vega:
    """Return a column of texts along the right edge."""
    return {
        "mark": {"type": "text", "align": "right"},
        "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": name}},
    }


def _second_column(y: Vega, drawn: Points) -> list[Vega]:
    """Return what stands beside the bars under its heading; a narrow plot leaves it out."""
    if not _widest(drawn, "beside"):
        return []
    wide = {"expr": f"width < {NARROW} ? 0 : 1"}
    column = _edge(y, "beside")
    column["mark"]["opacity"] = wide
    column["transform"] = [{"filter": "isValid(datum.beside)"}]
    heading: Vega = {
        "mark": {"type": "text", "align": "right", "color": DIM, "opacity": wide},
        "data": {"values": [{}]},
        "encoding": {"x": {"value": "width"}, "y": {"value": -8}, "text": {"value": drawn.beside}},
    }
    return [column, heading]


def _goal(view: View) -> list[Vega]:
    """Return the line of the whole target and its name."""
    once: Vega = {"values": [{}]}  # with the rows of the chart it would be drawn once a bar
    named = {"value": text("chart.goal", view.language)}
    return [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": DASH},
            "data": once,
            "encoding": {"x": {"datum": 1}},
        },
        {
            "mark": {"type": "text", "color": DIM},
            "data": once,
            "encoding": {"x": {"datum": 1}, "y": {"value": -8}, "text": named},
        },
    ]


def _status(drawn: Points) -> Vega:
    """Return the colours of attainment with their legend."""
    names = list(drawn.statuses.values())
    scale = {"domain": names, "range": [_TONES[status] for status in drawn.statuses]}
    key = {**legend("square"), "offset": 24}
    return {"field": "status", "type": "nominal", "scale": scale, "legend": key}
