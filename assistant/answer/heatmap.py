"""Two fields as cells, the darker the larger; numbers stand in the cells where they fit."""

from __future__ import annotations

from typing import Final

from assistant.answer.charts import ChartSpec
from assistant.answer.encodings import Vega, pixels, tooltip, value_axis
from assistant.answer.marks import Points
from assistant.answer.view import View

CELL: Final = 30
_STRONG: Final = 0.7
_PADDING: Final = 10
_UPRIGHT: Final = -90


def heatmap(spec: ChartSpec, view: View, drawn: Points) -> Vega:
    """Return a row a member of one field, a column a member of the other."""
    numbers = [float(str(point["y"])) for point in drawn.points if point["y"] is not None]
    strong = min(numbers) + _STRONG * (max(numbers) - min(numbers))
    column = f"width / {len(drawn.series)}"
    heads = max(map(pixels, drawn.series)) + _PADDING
    fits = max(pixels(str(point["label"])) for point in drawn.points) + _PADDING
    x: Vega = {
        "field": "series",
        "type": "nominal",
        "sort": list(drawn.series),
        "axis": {
            "title": None,
            "orient": "top",
            "domain": False,
            "labelOverlap": False,
            "labelAngle": {"expr": f"{column} < {heads} ? {_UPRIGHT} : 0"},
            "labelAlign": {"expr": f"{column} < {heads} ? 'left' : 'center'"},
        },
    }
    axis = {"title": None, "ticks": False, "domain": False}
    y = {"field": "x", "type": "nominal", "sort": list(drawn.xs), "axis": axis}
    ticks = value_axis(spec, view, zero=True)["axis"]["labelExpr"]
    key = {"title": None, "orient": "bottom", "gradientThickness": 10, "labelExpr": ticks}
    colour: Vega = {"field": "y", "type": "quantitative", "legend": key}
    cells = {
        "mark": {"type": "rect", "cornerRadius": 3},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip(drawn)},
    }
    shown = {"expr": f"{column} < {fits} ? 0 : 1"}
    text = {"x": x, "y": y, "text": {"field": "label"}}
    light = {
        "mark": {"type": "text", "opacity": shown},
        "encoding": text,
        "transform": [{"filter": f"datum.y <= {strong}"}],
    }
    dark = {
        "mark": {"type": "text", "opacity": shown, "style": "on-dark"},
        "encoding": text,
        "transform": [{"filter": f"datum.y > {strong}"}],
    }
    return {"height": len(drawn.xs) * CELL, "layer": [cells, light, dark]}
