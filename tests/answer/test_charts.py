"""Which chart a result gets, and the Vega-Lite document that draws it."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import vl_convert

from assistant.answer.charts import choose_chart
from assistant.answer.vega import to_vega
from assistant.answer.view import View
from semantic_layer.catalog import Catalog
from semantic_layer.result import Result

BuildResult = Callable[..., Result]
BuildView = Callable[..., View]
MONTHS = [date(2024, month, 1) for month in range(1, 13)]
YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}
COMPARED = {**YEAR, "compare": {"to": "previous_year"}}
CITIES = [[f"城市{number}", 1000 - number] for number in range(40)]
SHAPES: list[tuple[str, str, list[list[object]], str | None]] = [
    ("one value", "revenue", [[1]], None),
    ("nothing", "region revenue", [], None),
    ("only nulls", "region margin", [["E", None], ["S", None]], None),
    ("trend", "month revenue", [[day, 5] for day in MONTHS], "line"),
    ("trend with base", "month revenue revenue.base", [[day, 5, 4] for day in MONTHS], "line"),
    ("two periods", "month revenue", [[day, 5] for day in MONTHS[:2]], "column"),
    ("two periods with base", "month revenue revenue.base", [[d, 5, 4] for d in MONTHS[:2]], "grouped_column"),
    ("metrics of one unit over time", "month revenue cost", [[day, 5, 3] for day in MONTHS], "multi_line"),
    ("metrics of two units over time", "month revenue margin", [[day, 5, 0.3] for day in MONTHS], None),
    ("few members over time", "month region revenue", [[d, r, 5] for d in MONTHS[:4] for r in "ES"], "multi_line"),
    ("members at two periods", "month region revenue", [[d, r, 5] for d in MONTHS[:2] for r in "ES"], "grouped_bar"),
    ("many members over time", "month city revenue", [[d, c, 5] for d in MONTHS[:4] for c, _ in CITIES], None),
    ("ranking", "city revenue", CITIES[:12], "bar"),
    ("long ranking", "city revenue", CITIES, "bar"),
    ("few members with base", "region revenue revenue.base", [["E", 5, 4], ["S", 3, 2]], "grouped_bar"),
    ("many members with base", "city revenue revenue.base", [[*row, 9] for row in CITIES[:20]], "bar"),
    ("shares", "region revenue revenue.share", [["E", 6, 0.6], ["S", 4, 0.4]], "share_bar"),
    ("shares of a rate", "region margin margin.share", [["E", 0.6, 0.6], ["S", 0.4, 0.4]], "bar"),
    ("negative shares", "region revenue revenue.share", [["E", 12, 1.2], ["S", -2, -0.2]], "bar"),
    ("attainment", "region revenue revenue.target revenue.attainment", [["E", 9, 10, 0.9], ["S", 5, 4, 1.25]], "attainment_bar"),
    ("attainment over time", "month revenue revenue.target", [[day, 5, 6] for day in MONTHS], "bullet"),
    ("two fields", "region channel revenue", [[r, c, 5] for r in "ES" for c in "abcd"], "grouped_bar"),
    ("two fields of many members", "city channel revenue", [[r, c, 5] for r, _ in CITIES[:9] for c in "abcd"], "heatmap"),
    ("two fields of few pairs", "city channel revenue", [[CITIES[i][0], "abcd"[i % 4], 5] for i in range(9)], None),
    ("two wide fields", "city channel revenue", [[r, c, 5] for r, _ in CITIES for c in "abcd"], None),
    ("three fields", "region city channel revenue", [["E", "a", "x", 5], ["S", "b", "y", 4]], None),
    ("metrics of one unit by member", "region revenue cost", [["E", 5, 3], ["S", 4, 2]], "grouped_bar"),
    ("metrics of two units by member", "region revenue margin", [["E", 5, 0.3], ["S", 4, 0.2]], "bar"),
]  # fmt: skip
DRAWN = [(name, columns, rows) for name, columns, rows, kind in SHAPES if kind]


@pytest.mark.parametrize(
    ("columns", "rows", "kind"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES]
)
def test_a_shape_gets_its_chart(
    result: BuildResult, catalog: Catalog, columns: str, rows: list[list[object]], kind: str | None
) -> None:
    spec = choose_chart(result(columns, rows, query=COMPARED), catalog)

    assert (spec.kind if spec else None) == kind


def _drawn(view: View, catalog: Catalog) -> dict[str, Any]:
    spec = choose_chart(view.result, catalog)
    assert spec is not None
    return to_vega(spec, view, "标题")


def _marks(vega: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in vega["layer"]]


def _y(vega: dict[str, Any]) -> list[object]:
    return [point["y"] for point in vega["data"]["values"]]


@pytest.mark.parametrize(("columns", "rows"), [s[1:] for s in DRAWN], ids=[s[0] for s in DRAWN])
def test_every_chart_is_rendered_without_a_warning(
    view: BuildView, catalog: Catalog, columns: str, rows: list[list[object]]
) -> None:
    vega = _drawn(view(columns, rows, query=COMPARED), catalog)

    svg = vl_convert.vegalite_to_svg({**vega, "width": 600}, vl_version="6.4", allowed_base_urls=[])
    json.dumps(vega, allow_nan=False)
    assert svg.startswith("<svg")
    assert vega["description"] == "标题"
    assert (vega["width"], type(vega["height"])) == ("container", int)
    assert "config" not in vega


@pytest.mark.parametrize(("columns", "rows"), [s[1:] for s in DRAWN], ids=[s[0] for s in DRAWN])
def test_bars_start_at_zero_and_nothing_is_stacked(
    view: BuildView, catalog: Catalog, columns: str, rows: list[list[object]]
) -> None:
    vega = _drawn(view(columns, rows, query=COMPARED), catalog)

    for layer in vega["layer"]:
        if layer["mark"]["type"] == "bar":
            numbers = next(
                e
                for e in layer["encoding"].values()
                if isinstance(e, dict) and e.get("field") == "y"
            )
            domain = numbers["scale"].get("domain", [0])
            assert numbers["scale"].get("zero", True)
            assert domain[0] <= 0
            assert numbers["stack"] is None


def test_the_base_of_a_trend_is_dashed(view: BuildView, catalog: Catalog) -> None:
    rows = [[day, 5, 4] for day in MONTHS]

    vega = _drawn(view("month revenue revenue.base", rows, query=COMPARED), catalog)

    dash = vega["layer"][0]["encoding"]["strokeDash"]["scale"]
    assert dash == {"domain": ["上年同期", "本期"], "range": [[5, 4], [1, 0]]}


def test_an_unfinished_last_period_is_dashed(view: BuildView, catalog: Catalog) -> None:
    rows = [[day, 5] for day in MONTHS[:9]]

    vega = _drawn(view("month revenue", rows, query=YEAR, through=date(2024, 9, 12)), catalog)

    whole, tail, _ = vega["layer"]
    assert whole["transform"] == [{"filter": {"not": {"field": "x", "oneOf": ["9月"]}}}]
    assert tail["transform"] == [{"filter": {"field": "x", "oneOf": ["8月", "9月"]}}]
    assert tail["mark"]["strokeDash"]


def test_a_missing_period_and_a_null_are_gaps(view: BuildView, catalog: Catalog) -> None:
    rows = [[MONTHS[0], 5], [MONTHS[1], None], [MONTHS[3], 7]]

    vega = _drawn(view("month revenue", rows, query=YEAR), catalog)

    assert _y(vega) == [5.0, None, None, 7.0]
    assert [point["x"] for point in vega["data"]["values"]] == ["1月", "2月", "3月", "4月"]


def test_a_missing_member_of_a_period_is_a_gap_in_its_line(
    view: BuildView, catalog: Catalog
) -> None:
    rows = [
        [MONTHS[0], "E", 5],
        [MONTHS[0], "S", 4],
        [MONTHS[1], "E", 6],
        [MONTHS[2], "E", 6],
        [MONTHS[2], "S", 3],
    ]

    vega = _drawn(view("month region revenue", rows, query=YEAR), catalog)

    assert [p["y"] for p in vega["data"]["values"] if p["series"] == "华南"] == [4.0, None, 3.0]


def test_of_many_members_the_largest_are_drawn(view: BuildView, catalog: Catalog) -> None:
    built = view(
        "city revenue", list(reversed(CITIES)), query={"order_by": [{"field": "orders.city"}]}
    )

    vega = _drawn(built, catalog)

    assert len(_y(vega)) == 15
    assert _y(vega)[0] == 1000.0


def test_members_nobody_ordered_are_ranked_with_nulls_last(
    view: BuildView, catalog: Catalog
) -> None:
    vega = _drawn(view("city revenue", [["a", 1], ["b", None], ["c", 3]]), catalog)

    assert [point["x"] for point in vega["data"]["values"]] == ["c", "a", "b"]


def test_labels_and_tooltips_are_ready(view: BuildView, catalog: Catalog) -> None:
    vega = _drawn(view("region revenue revenue.share", [["E", 6e8, 0.6], ["S", 4e8, 0.4]]), catalog)

    point = vega["data"]["values"][0]
    assert (point["label"], point["beside"]) == ("60.0%", "6亿元")
    assert [point["tip0"], point["tip1"], point["tip2"]] == ["华东", "6亿元", "60.0%"]
    assert [t["title"] for t in vega["layer"][0]["encoding"]["tooltip"]] == [
        "大区",
        "销售额",
        "占比",
    ]


def test_totals_are_not_drawn(view: BuildView, catalog: Catalog) -> None:
    vega = _drawn(view("city revenue", [["a", 3], ["b", 2], [None, 5]], total=1), catalog)

    assert _y(vega) == [3.0, 2.0]


def test_ticks_use_the_unit_of_the_largest_number(view: BuildView, catalog: Catalog) -> None:
    vega = _drawn(view("month revenue", [[day, 3e8] for day in MONTHS], query=YEAR), catalog)

    assert vega["layer"][0]["encoding"]["y"]["axis"]["labelExpr"].endswith("+ '亿'")


@pytest.mark.parametrize(("low", "zero"), [(0.95, False), (0.1, True)], ids=["close", "wide"])
def test_only_a_line_far_from_zero_leaves_zero_out(
    view: BuildView, catalog: Catalog, low: float, zero: bool
) -> None:
    rows = [[day, 0.99 if day.month > 1 else low] for day in MONTHS]

    vega = _drawn(view("month margin", rows, query=YEAR), catalog)

    assert vega["layer"][0]["encoding"]["y"]["scale"]["zero"] is zero


def test_attainment_has_its_goal_and_its_colours(view: BuildView, catalog: Catalog) -> None:
    rows = [["E", 11, 10, 1.1], ["S", 9, 10, 0.9]]

    vega = _drawn(view("region revenue revenue.target revenue.attainment", rows), catalog)

    assert _marks(vega) == ["bar", "rule", "text", "text"]
    assert vega["layer"][2]["encoding"]["text"] == {"value": "目标 100%"}
    colour = vega["layer"][0]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["达到目标（≥ 100%）", "接近（≥ 90%）", "落后（< 90%）"]
    assert colour["legend"]["orient"] == "top"


def test_the_status_of_a_target_is_told_in_words(view: BuildView, catalog: Catalog) -> None:
    rows = [["E", 11, 10, 1.1], ["S", 9, 10, 0.9], ["N", 5, 10, 0.5], ["W", 5, None, None]]

    vega = _drawn(view("region revenue revenue.target revenue.attainment", rows), catalog)

    points = vega["data"]["values"]
    told = [point["status"] for point in points]
    assert told == ["达到目标（≥ 100%）", "接近（≥ 90%）", "落后（< 90%）", "—"]
    assert [point["tip4"] for point in points] == told
    assert vega["layer"][0]["encoding"]["tooltip"][4]["title"] == "状态"


def test_a_rate_changes_by_points_and_an_amount_by_percent(
    view: BuildView, catalog: Catalog
) -> None:
    columns = "city {0} {0}.base {0}.change {0}.change_pct"
    rates = [[f"城市{i}", 0.5, 0.4, 0.1, 0.25] for i in range(12)]
    amounts = [[f"城市{i}", 500, 400, 100, 0.25] for i in range(12)]

    rate = _drawn(view(columns.format("margin"), rates, query=COMPARED), catalog)
    amount = _drawn(view(columns.format("revenue"), amounts, query=COMPARED), catalog)

    assert rate["data"]["values"][0]["beside"] == "+10.0 个百分点"
    assert amount["data"]["values"][0]["beside"] == "+25.0%"
    assert rate["layer"][-1]["encoding"]["text"]["value"]


def test_labels_have_their_room_and_a_narrow_plot_drops_the_second_column(
    view: BuildView, catalog: Catalog
) -> None:
    vega = _drawn(view("region revenue revenue.share", [["E", 6e8, 0.6], ["S", 4e8, 0.4]]), catalog)

    room = vega["layer"][0]["encoding"]["x"]["scale"]["rangeMax"]["expr"]
    assert re.fullmatch(r"max\(width - \(width < 360 \? \d+ : \d+\), 40\)", room)
    assert vega["layer"][2]["mark"]["opacity"] == {"expr": "width < 360 ? 0 : 1"}


def test_targets_of_periods_have_a_legend_and_room_above(view: BuildView, catalog: Catalog) -> None:
    rows = [[day, 5, 8] for day in MONTHS]

    bar, tick = _drawn(view("month revenue revenue.target", rows), catalog)["layer"]

    assert [bar["encoding"]["color"]["datum"], tick["encoding"]["color"]["datum"]] == [
        "销售额",
        "目标",
    ]
    assert bar["encoding"]["y"]["scale"]["domainMax"] > 8


def test_one_bar_a_member_is_not_set_off_its_label(view: BuildView, catalog: Catalog) -> None:
    rows = [["E", "a", 5], ["S", "b", 4], ["N", "a", 3]]

    vega = _drawn(view("region channel revenue", rows), catalog)

    assert all("yOffset" not in layer["encoding"] for layer in vega["layer"])
    assert vega["layer"][0]["encoding"]["color"]["field"] == "series"


def test_a_member_with_quotes_does_no_harm(view: BuildView, catalog: Catalog) -> None:
    vega = _drawn(view("city revenue", [["a'\\\n</script>", 3], ["b", 2]]), catalog)

    assert vl_convert.vegalite_to_svg(
        {**vega, "width": 300}, vl_version="6.4", allowed_base_urls=[]
    )
