"""How long an answer takes, stage by stage, and what governance costs over hand-written SQL.

`python -m benchmarks.answer [--scale 1] [--scale 135] [--memory 2GB] [--rounds 20]`
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from assistant.demo.generator import write_demo
from assistant.opening import DEFINITIONS
from assistant.pipeline import Assistant
from assistant.question import Question, detect_language
from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query

QUESTIONS = (
    "今年各大区销售额",
    "2026年每月销售额走势，同比",
    "上个月毛利率",
    "今年销售额最高的10个产品",
    "各渠道销售额占比",
    "Revenue by region this year",
    "monthly revenue in 2025",
    "Top 5 customers by revenue in Q2 2026",
    "gross margin rate by product line last quarter",
    "return rate by category in 2025",
)
YEAR = {"start": "2026-01-01", "end": "2026-08-20"}
LIVE = "o.status <> 'cancelled'"
PAIRS = (
    (
        "revenue by region",
        {"metrics": ["revenue"], "group_by": ["regions.region"], "period": YEAR},
        f"SELECT r.region, SUM(l.amount) FROM order_lines l JOIN orders o USING (order_id) LEFT JOIN cities c ON o.city_id = c.city_id "
        f"LEFT JOIN regions r ON c.region_id = r.region_id WHERE {LIVE} AND o.order_date >= DATE '2026-01-01' AND o.order_date < DATE '2026-08-20' GROUP BY 1 ORDER BY 1",
    ),
    (
        "revenue by month with last year",
        {
            "metrics": ["revenue"],
            "group_by": [{"time": "month"}],
            "period": YEAR,
            "compare": {"to": "previous_year", "show": ["base"]},
        },
        f"WITH m AS (SELECT CAST(DATE_TRUNC('month', o.order_date) AS DATE) AS k, SUM(l.amount) AS v FROM order_lines l JOIN orders o USING (order_id) WHERE {LIVE} AND "
        "((o.order_date >= DATE '2026-01-01' AND o.order_date < DATE '2026-08-20') OR (o.order_date >= DATE '2025-01-01' AND o.order_date < DATE '2025-08-20')) GROUP BY 1) "
        "SELECT a.k, a.v, b.v FROM m a LEFT JOIN m b ON b.k = a.k - INTERVAL 1 YEAR WHERE a.k >= DATE '2026-01-01' ORDER BY 1",
    ),
    (
        "gross margin rate by product line",
        {"metrics": ["gross_margin_rate"], "group_by": ["products.product_line"], "period": YEAR},
        f"SELECT p.product_line, (SUM(l.amount) - SUM(l.cost)) / NULLIF(SUM(l.amount), 0) FROM order_lines l JOIN orders o USING (order_id) LEFT JOIN products p ON l.product_id = p.product_id "
        f"WHERE {LIVE} AND o.order_date >= DATE '2026-01-01' AND o.order_date < DATE '2026-08-20' GROUP BY 1 ORDER BY 1",
    ),
    (
        "top ten products",
        {
            "metrics": ["revenue"],
            "group_by": ["products.product"],
            "order_by": [{"metric": "revenue"}],
            "limit": 10,
        },
        f"SELECT p.product, SUM(l.amount) FROM order_lines l JOIN orders o USING (order_id) LEFT JOIN products p ON l.product_id = p.product_id WHERE {LIVE} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
    ),
    (
        "orders and buyers by channel",
        {"metrics": ["orders", "customers"], "group_by": ["orders.channel"], "period": YEAR},
        f"SELECT o.channel, COUNT(*), COUNT(DISTINCT o.customer_id) FROM orders o WHERE {LIVE} AND o.order_date >= DATE '2026-01-01' AND o.order_date < DATE '2026-08-20' GROUP BY 1 ORDER BY 1",
    ),
)


def main() -> None:
    """Run the measurements that the arguments ask for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, action="append")
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    for scale in arguments.scale or [1.0]:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), scale, arguments.memory, arguments.rounds)


def measure(folder: Path, scale: float, memory: str, rounds: int) -> None:
    """Measure one scale of the sample company."""
    path = folder / "demo.duckdb"
    start = time.perf_counter()
    write_demo(path, scale=scale)
    written = time.perf_counter() - start
    engine = DuckDBEngine.open(path, memory=memory)
    lines = engine.run_trusted("SELECT COUNT(*) FROM order_lines").column(0)[0].as_py()
    print(
        f"scale {scale:g}: {lines:,} order lines, written in {written:.1f} s, memory limit {memory}"
    )
    limits = Limits(seconds=120)
    layer = SemanticLayer.open(DEFINITIONS, engine, clock=lambda: date(2026, 8, 19), limits=limits)
    start = time.perf_counter()
    assistant = Assistant(layer=layer)
    assistant.answer(Question(text=QUESTIONS[0], language="zh"))
    print(f"  first answer, words of the data read: {time.perf_counter() - start:.2f} s")
    stages(assistant, max(1, rounds // 4) if scale > 10 else rounds)
    ratios(layer, engine, 5 if scale > 10 else rounds)
    engine.close()


def stages(assistant: Assistant, rounds: int) -> None:
    """Print p50 and p95 of each stage over the questions."""
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for text in QUESTIONS:
            language = detect_language(text)
            start = time.perf_counter()
            answer = assistant.answer(Question(text=text, language=language))
            assistant.card(answer, language)
            taken["answer with card and follow-ups"].append(time.perf_counter() - start)
            if answer.result is None:
                print(f"  not answered: {text}")
                continue
            for stage, seconds in {**answer.seconds, **answer.result.seconds}.items():
                taken[stage].append(seconds)
    for stage, seconds in taken.items():
        print(
            f"  {stage:32} p50 {1000 * statistics.median(seconds):9.2f} ms   p95 {1000 * _p95(seconds):9.2f} ms"
        )


def ratios(layer: SemanticLayer, engine: DuckDBEngine, rounds: int) -> None:
    """Print execute time as a ratio to hand-written SQL, run in turn."""
    for name, query, sql in PAIRS:
        ours: list[float] = []
        hand: list[float] = []
        for _ in range(rounds + 1):
            ours.append(layer.run(parse_query(query)).seconds["execute"])
            start = time.perf_counter()
            engine.run_trusted(sql, limits=Limits(seconds=120))
            hand.append(time.perf_counter() - start)
        ratio = statistics.median(a / b for a, b in zip(ours[1:], hand[1:], strict=True))
        print(
            f"  {name:32} ours {1000 * statistics.median(ours[1:]):9.2f} ms   by hand {1000 * statistics.median(hand[1:]):9.2f} ms   ratio {ratio:.2f}"
        )


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


if __name__ == "__main__":
    main()
