"""What governance costs while the database works: our statements against the best that a person would write.

`python -m benchmarks.execute [--scale 138.5] [--memory 2GB] [--rounds 7] [--data FILE]`

Each question is asked of the layer and written by hand as SQL; both must give the same rows. They run in turn, and the
figure is the median of the ratios of the pairs, so that it holds when the machine's speed drifts. The aim:
at 20 million order lines a median of at most 1.15, and none above 1.5.
"""

from __future__ import annotations

import argparse
import math
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from assistant.demo.generator import write_demo
from assistant.opening import DEFINITIONS
from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query

MEDIAN_AIM = 1.15
WORST_AIM = 1.5
TODAY = date(2026, 8, 19)
LIMITS = Limits(seconds=300)
MORE_METRICS = """
version: 1
metrics:
  trailing_revenue: {type: cumulative, input_metric: revenue, window: 3 months}
  repeat_rate: {type: entity_share, entity: orders.customer_id, having: orders >= 2}
"""
"""Kinds that the sample company's own definitions do not use."""

YEAR = {"start": "2026-01-01", "end": "2026-08-01"}
LINES = "order_lines l JOIN orders o ON o.order_id = l.order_id"
LIVE = "o.status <> 'cancelled'"
THIS_YEAR = "o.order_date >= DATE '2026-01-01' AND o.order_date < DATE '2026-08-01'"
MONTH = "CAST(DATE_TRUNC('month', o.order_date) AS DATE)"


class Question(NamedTuple):
    """A question, and the SQL that a person would write for it."""

    name: str
    query: Mapping[str, Any]
    sql: str


QUESTIONS = (
    Question(
        "total",
        {"metrics": ["revenue"], "period": YEAR},
        f"SELECT SUM(l.amount) FROM {LINES} WHERE {LIVE} AND {THIS_YEAR}",
    ),
    Question(
        "by month",
        {"metrics": ["revenue", "cost"], "group_by": [{"time": "month"}]},
        f"SELECT {MONTH} AS m, SUM(l.amount), SUM(l.cost) FROM {LINES} WHERE {LIVE} GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "ranking with a limit",
        {
            "metrics": ["revenue"],
            "group_by": ["products.product"],
            "order_by": [{"metric": "revenue"}],
            "limit": 10,
        },
        f"SELECT p.product, SUM(l.amount) FROM {LINES} LEFT JOIN products p ON p.product_id = l.product_id "
        f"WHERE {LIVE} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
    ),
    Question(
        "share",
        {
            "metrics": ["revenue", {"metric": "revenue", "modifier": "share"}],
            "group_by": ["orders.channel"],
            "period": YEAR,
        },
        f"SELECT o.channel, SUM(l.amount), SUM(l.amount) / SUM(SUM(l.amount)) OVER () FROM {LINES} "
        f"WHERE {LIVE} AND {THIS_YEAR} GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "ratio by two fields",
        {
            "metrics": ["gross_margin_rate"],
            "group_by": ["products.product_line", "regions.region"],
            "period": YEAR,
        },
        f"SELECT p.product_line, r.region, (SUM(l.amount) - SUM(l.cost)) / SUM(l.amount) FROM {LINES} "
        "LEFT JOIN products p ON p.product_id = l.product_id LEFT JOIN cities c ON c.city_id = o.city_id "
        f"LEFT JOIN regions r ON r.region_id = c.region_id WHERE {LIVE} AND {THIS_YEAR} GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    Question(
        "each month and last year's",
        {
            "metrics": ["revenue"],
            "group_by": [{"time": "month"}],
            "period": YEAR,
            "compare": {"to": "previous_year", "show": ["base"]},
        },
        f"WITH m AS (SELECT {MONTH} AS k, SUM(l.amount) AS v FROM {LINES} WHERE {LIVE} AND (({THIS_YEAR}) OR "
        "(o.order_date >= DATE '2025-01-01' AND o.order_date < DATE '2025-08-01')) GROUP BY 1) "
        "SELECT a.k, a.v, b.v FROM m a LEFT JOIN m b ON b.k = a.k - INTERVAL 1 YEAR WHERE a.k >= DATE '2026-01-01' ORDER BY 1",
    ),
    Question(
        "attainment",
        {
            "metrics": [{"metric": "revenue", "modifier": "attainment"}],
            "group_by": ["regions.region"],
            "period": YEAR,
        },
        f"WITH a AS (SELECT c.region_id, SUM(l.amount) AS v FROM {LINES} LEFT JOIN cities c ON c.city_id = o.city_id "
        f"WHERE {LIVE} AND {THIS_YEAR} GROUP BY 1), t AS (SELECT region_id, SUM(revenue_target) AS v FROM targets "
        "WHERE month >= DATE '2026-01-01' AND month < DATE '2026-08-01' GROUP BY 1) "
        "SELECT r.region, COALESCE(a.v, 0) / t.v FROM a FULL JOIN t ON t.region_id = a.region_id "
        "LEFT JOIN regions r ON r.region_id = COALESCE(a.region_id, t.region_id) ORDER BY 1",
    ),
    Question(
        "distinct customers",
        {"metrics": ["orders", "customers"], "group_by": ["orders.channel"], "period": YEAR},
        f"SELECT o.channel, COUNT(*), COUNT(DISTINCT o.customer_id) FROM orders o WHERE {LIVE} AND {THIS_YEAR} GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "trailing three months",
        {"metrics": ["trailing_revenue"], "group_by": [{"time": "month"}], "period": YEAR},
        f"WITH m AS (SELECT {MONTH} AS k, SUM(l.amount) AS v FROM {LINES} WHERE {LIVE} AND o.order_date >= DATE '2025-11-01' "
        "AND o.order_date < DATE '2026-08-01' GROUP BY 1), w AS (SELECT k, SUM(v) OVER (ORDER BY k ROWS 2 PRECEDING) AS v "
        "FROM m) SELECT k, v FROM w WHERE k >= DATE '2026-01-01' ORDER BY 1",
    ),
    Question(
        "orders with a new product",
        {
            "metrics": ["orders"],
            "group_by": ["orders.channel"],
            "where": [{"field": "order_lines.product_age", "op": "=", "value": "new"}],
            "period": YEAR,
        },
        f"SELECT o.channel, COUNT(*) FROM orders o WHERE {LIVE} AND {THIS_YEAR} AND EXISTS (SELECT 1 FROM order_lines l JOIN products p "
        "ON p.product_id = l.product_id WHERE l.order_id = o.order_id AND o.order_date < p.launch_date + INTERVAL 12 MONTH) GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "repeat rate of customers",
        {"metrics": ["repeat_rate"], "group_by": ["orders.channel"], "period": YEAR},
        "SELECT channel, AVG(CASE WHEN n >= 2 THEN 1.0 ELSE 0.0 END) FROM (SELECT o.channel, o.customer_id, COUNT(*) AS n "
        f"FROM orders o WHERE {LIVE} AND {THIS_YEAR} AND o.customer_id IS NOT NULL GROUP BY 1, 2) GROUP BY 1 ORDER BY 1",
    ),
)


def main() -> None:
    """Run the questions and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=138.5)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = arguments.data or folder / "demo.duckdb"
        if arguments.data is None:
            write_demo(data, scale=arguments.scale)
        definitions = folder / "definitions"
        shutil.copytree(DEFINITIONS, definitions)
        (definitions / "more.yml").write_text(MORE_METRICS, "utf-8")
        engine = stack.enter_context(DuckDBEngine.open(data, memory=arguments.memory))
        layer = SemanticLayer.open(definitions, engine, clock=lambda: TODAY, limits=LIMITS)
        measure(layer, engine, arguments.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process {peak:,.0f} MiB, limit of the engine {arguments.memory}")


def measure(layer: SemanticLayer, engine: DuckDBEngine, rounds: int) -> None:
    """Print each question's times and ratio, and the figures to meet."""
    lines = engine.run_trusted("SELECT COUNT(*) FROM order_lines").column(0)[0].as_py()
    print(f"{lines:,} order lines\n{'':30} {'ours':>10} {'by hand':>10} {'ratio':>7}")
    ratios: list[float] = []
    for question in QUESTIONS:
        query = parse_query(question.query)
        ours: list[float] = []
        hand: list[float] = []
        for _ in range(rounds + 1):
            result = layer.run(query, limits=LIMITS)
            ours.append(result.seconds["execute"])
            start = time.perf_counter()
            table = engine.run_trusted(question.sql, limits=LIMITS)
            hand.append(time.perf_counter() - start)
        same = _same(result.table, table)
        ratios.append(statistics.median(a / b for a, b in zip(ours[1:], hand[1:], strict=True)))
        print(
            f"{question.name:30} {1000 * statistics.median(ours[1:]):7.0f} ms {1000 * statistics.median(hand[1:]):7.0f} ms "
            f"{ratios[-1]:7.2f}{'' if same else '   OTHER ROWS'}"
        )
    middle, worst = statistics.median(ratios), max(ratios)
    print(f"median {middle:.2f}, aim {MEDIAN_AIM}: {'met' if middle <= MEDIAN_AIM else 'MISSED'}")
    print(f"worst {worst:.2f}, aim {WORST_AIM}: {'met' if worst <= WORST_AIM else 'MISSED'}")


def _same(ours: pa.Table, hand: pa.Table) -> bool:
    """Say whether two tables hold the same rows in the same order, numbers to six digits."""
    cells = [[column.to_pylist() for column in table.columns] for table in (ours, hand)]
    return ours.shape == hand.shape and all(
        _alike(a, b)
        for one, other in zip(*cells, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def _alike(one: object, other: object) -> bool:
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return math.isclose(one, other, rel_tol=1e-6)
    return one == other


if __name__ == "__main__":
    main()
