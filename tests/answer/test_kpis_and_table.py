"""Tiles and table: the same numbers, formatted once."""

from collections.abc import Callable
from datetime import date

import pytest

from assistant.answer.kpis import tiles
from assistant.answer.table import table_of
from assistant.answer.view import View

BuildView = Callable[..., View]
YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}
COMPARED = {**YEAR, "compare": {"to": "previous_year"}}


def test_a_single_value_has_its_tile(view: BuildView) -> None:
    (tile, base) = tiles(
        view("revenue revenue.base revenue.change_pct", [[5e6, 4e6, 0.25]], query=COMPARED)
    )

    assert (tile.label, tile.value, tile.delta, tile.direction, tile.tone, tile.basis) == (
        "销售额", "500万元", "+25.0%", "up", "good", "同比",
    )  # fmt: skip
    assert (base.label, base.value) == ("上年同期", "400万元")


def test_a_fall_of_what_should_fall_is_good(view: BuildView) -> None:
    (tile,) = tiles(view("returns returns.change_pct", [[5, -0.2]], query=COMPARED))

    assert (tile.direction, tile.tone) == ("down", "good")


def test_attainment_has_progress_and_target(view: BuildView) -> None:
    names = "revenue revenue.target revenue.attainment"

    shown = {tile.label: tile for tile in tiles(view(names, [[9e6, 10e6, 0.9]]))}

    assert shown["完成率"].progress == pytest.approx(0.9)
    assert shown["完成率"].basis == "目标 1,000万元"


def test_a_ranking_has_total_first_and_last(view: BuildView) -> None:
    rows = [["E", 6e6], ["S", 4e6], [None, 1e6], [None, 11e6]]

    shown = tiles(view("region revenue", rows, "en", total=1))

    assert [(tile.label, tile.value) for tile in shown] == [
        ("Revenue, total", "¥11M"), ("Highest: East", "¥6M"), ("Lowest: South", "¥4M"),
    ]  # fmt: skip


def test_a_trend_has_latest_highest_and_lowest(
    view: BuildView, trend_rows: list[list[object]]
) -> None:
    shown = tiles(view("month revenue", [row[:2] for row in trend_rows]))

    assert [tile.label for tile in shown] == [
        "最新：2024年12月",
        "最高：2024年12月",
        "最低：2024年2月",
    ]


@pytest.mark.parametrize("rows", [[], [["E", None], ["S", None]]], ids=["no rows", "nulls"])
def test_without_numbers_there_are_no_tiles(view: BuildView, rows: list[list[object]]) -> None:
    assert tiles(view("region revenue", rows)) == ()


def test_the_table_has_one_unit_a_column_and_raw_values(view: BuildView) -> None:
    rows = [[date(2024, 1, 1), 462e6, 400e6, 62e6, 0.155], [date(2024, 2, 1), 318e6, None, None, None], [None, 780e6, 400e6, 380e6, 0.95]]  # fmt: skip

    table = table_of(
        view(
            "month revenue revenue.base revenue.change revenue.change_pct",
            rows,
            query=COMPARED,
            total=1,
        )
    )

    assert [column.label for column in table.columns] == [
        "月份",
        "销售额（亿元）",
        "上年同期（亿元）",
        "同比变化（亿元）",
        "同比",
    ]
    assert table.rows[0] == ("2024年1月", "4.62", "4.00", "+0.62", "+15.5%")
    assert table.rows[1] == ("2024年2月", "3.18", "—", "—", "—")
    assert table.rows[2][0] == "合计"
    assert table.raw[0] == ("2024-01-01", 462e6, 400e6, 62e6, 0.155)
    assert [column.numeric for column in table.columns] == [False, True, True, True, True]
    assert table.row_kinds == ("data", "data", "total")


def test_columns_that_only_name_members_are_merged(view: BuildView) -> None:
    table = table_of(view("city city.label revenue revenue.rank", [[7, "北京", 5, 1]]))

    assert [column.name for column in table.columns] == ["city", "revenue", "revenue_rank"]
    assert table.rows == (("北京", "5", "1"),)


def test_no_change_is_flat(view: BuildView) -> None:
    (tile,) = tiles(view("revenue revenue.change_pct", [[5, 0.0]], query=COMPARED))

    assert (tile.direction, tile.tone, tile.delta) == ("flat", "neutral", "0.0%")
