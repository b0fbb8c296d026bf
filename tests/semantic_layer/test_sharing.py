from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.compiler.select import compile_plan
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query
from tests.semantic_layer.worlds import SHOP_ROWS, ask, days, shop

LATE_IN_MARCH = "INSERT INTO orders VALUES (20,1,1,'2023-03-25','2023-03-25 09:00','web',10);"
RUNNING = date(2024, 3, 20)
MONTHS: list[Any] = [{"time": "month"}]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """The little shop, with an order that lies between a running period and its base."""
    folder: Path = tmp_path_factory.mktemp("shared")
    return shop(folder, SHOP_ROWS + LATE_IN_MARCH).layer()


def compared(to: str, group_by: list[Any], period: dict[str, str] | None) -> dict[str, Any]:
    return {
        "metrics": ["orders"],
        "group_by": group_by,
        "period": period,
        "compare": {"to": to, "show": ["base"]},
    }


@pytest.mark.parametrize(
    ("to", "group_by", "period", "scans", "rows"),
    [
        ("previous_year", ["orders.channel"], days("2024-01-01", "2025-01-01"), 1,
         [["app", 1, 0], ["store", 1, 1], ["web", 3, 2], [None, 1, 0]]),
        ("previous_year", [], days("2023-01-01", "2025-01-01"), 2, [[9, 3]]),
        ("previous_year", [], days("2024-01-01", "2024-03-21"), 1, [[5, 2]]),
        ("previous_year", MONTHS, days("2024-01-01", "2024-03-21"), 1,
         [["2024-01-01", 2, 1], ["2024-02-01", 1, 1], ["2024-03-01", 2, 0]]),
        ("previous_year", MONTHS, days("2023-02-01", "2024-03-01"), 1,
         [["2023-02-01", 1, 0], ["2023-03-01", 1, 0], ["2024-01-01", 2, 1], ["2024-02-01", 1, 1]]),
        ("previous_year", MONTHS, None, 1,
         [["2023-01-01", 1, 0], ["2023-02-01", 1, 0], ["2023-03-01", 1, 0], ["2024-01-01", 2, 1],
          ["2024-02-01", 1, 1], ["2024-03-01", 3, 1], [None, 1, 0]]),
        ("previous_period", MONTHS, days("2024-01-01", "2024-04-01"), 1,
         [["2024-01-01", 2, 0], ["2024-02-01", 1, 2], ["2024-03-01", 3, 1]]),
        ("previous_period", MONTHS, days("2024-01-01", "2024-03-21"), 2,
         [["2024-01-01", 2, 0], ["2024-02-01", 1, 2], ["2024-03-01", 2, 0]]),
        ("previous_period", [{"time": "day"}], days("2024-03-15", "2024-03-17"), 1,
         [["2024-03-15", 1, 0], ["2024-03-16", 0, 1]]),
    ],
    ids=["by a field", "overlapping totals", "running year", "running months", "months that overlap", "all months",
         "each month and the one before", "a cut month and the one before", "each day and the one before"],
)  # fmt: skip
def test_values_and_their_base_share_a_scan_where_no_period_is_cut_differently(
    shared: SemanticLayer,
    to: str,
    group_by: list[Any],
    period: dict[str, str] | None,
    scans: int,
    rows: list[list[Any]],
) -> None:
    today = RUNNING if period and period["end"] == "2024-03-21" else None
    query = compared(to, group_by, period)

    plan = shared.plan(parse_query(query), today=today)

    assert len(plan.branches) == scans
    assert ask(shared, query, today=today).rows() == rows


def test_each_fact_shares_its_own_scan(shared: SemanticLayer) -> None:
    query = compared("previous_period", ["orders.channel"], days("2024-03-01", "2024-04-01"))
    query["metrics"] = ["revenue", "refund"]

    plan = shared.plan(parse_query(query))

    assert [(branch.dataset, len(branch.views)) for _, branch in plan.scans()] == [
        ("lines", 2),
        ("refunds", 2),
    ]


def test_a_shared_scan_binds_its_days_so_that_other_days_give_the_same_text(
    shared: SemanticLayer,
) -> None:
    one = compared("previous_year", MONTHS, days("2024-01-01", "2024-04-01"))
    other = compared("previous_year", MONTHS, days("2023-01-01", "2023-04-01"))

    texts = {_text(shared, query) for query in (one, other)}

    assert len(texts) == 1


def _text(layer: SemanticLayer, query: dict[str, Any]) -> str:
    return compile_plan(layer.plan(parse_query(query)), layer.access()).tree.sql("duckdb")
