"""What the charts share: axes, colours, legends, tooltips, and how many pixels a text takes."""

from __future__ import annotations

from typing import Any, Final
from unicodedata import east_asian_width

from assistant.answer.charts import ChartSpec
from assistant.answer.marks import Points
from assistant.answer.numbers import Unit, as_decimal, column_scale
from assistant.answer.view import View

Vega = dict[str, Any]

ACCENT: Final = "#3B6FF5"
AMBER: Final = "#F5A623"
SLATE: Final = "#7C879B"
RUST: Final = "#B54708"
BASE: Final = "#9AA3B2"
DIM: Final = "#7B8496"
DASH: Final = [5, 4]
FADED: Final[Vega] = {"condition": {"test": "datum.partial", "value": 0.55}, "value": 1}
_WIDE: Final = 12.4
_NARROW: Final = 7.2


def pixels(words: str) -> int:
    """Return about how wide a text is at the charts' 12 pixels; rather too wide than cut."""
    return round(sum(_WIDE if east_asian_width(c) in "WFA" else _NARROW for c in words))


def value_axis(spec: ChartSpec, view: View, *, zero: bool) -> Vega:
    """Return the axis of numbers, its ticks in the unit that the largest number chooses."""
    places = [place for place, column in enumerate(view.columns) if column.name in spec.y]
    unit = view.columns[places[0]].unit
    numbers = [view.rows[row][place] for row in view.data_rows for place in places]
    axis: Vega = {"title": None, "labelExpr": _tick(numbers, unit, view.language), "tickCount": 5}
    drawn: Vega = {"field": "y", "type": "quantitative", "stack": None}
    return {**drawn, "axis": axis, "scale": {"zero": zero}}


def _tick(numbers: list[object], unit: Unit, language: str) -> str:
    if unit in {"percent", "pp"}:
        return "format(datum.value, '.1~%')"
    largest = max(
        (abs(n) for value in numbers if (n := as_decimal(value)) is not None), default=None
    )
    scale = column_scale([largest], unit, language)
    shown = f"format(datum.value / {10**scale.exponent}, ',.2~f') + {quoted(scale.word)}"
    return f"datum.value === 0 ? '0' : {shown}"


def colour(spec: ChartSpec, drawn: Points) -> Vega:
    """Return the colour of the series with its legend; nothing where there is one series."""
    if not drawn.series:
        return {}
    colour: Vega = {"field": "series", "type": "nominal", "sort": list(drawn.series)}
    colour["legend"] = legend("stroke" if spec.kind in {"line", "multi_line"} else "square")
    if spec.base is not None:
        colour["scale"] = {"domain": list(drawn.series), "range": [BASE, ACCENT]}
    return {"color": colour}


def legend(symbol: str) -> Vega:
    """Return a legend above the chart."""
    return {"orient": "top", "title": None, "symbolType": symbol}


def tooltip(drawn: Points) -> list[Vega]:
    """Return the tooltip lines."""
    return [
        {"field": f"tip{i}", "type": "nominal", "title": head} for i, head in enumerate(drawn.tips)
    ]


def quoted(word: str) -> str:
    """Return a text as a literal of the expression language."""
    escaped = word.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ").replace("\r", " ")
    return f"'{escaped}'"
