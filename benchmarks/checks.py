"""What double entry costs: the checks of every answer against the query's own time, and verifying on demand.

`python -m benchmarks.checks [--data demo.duckdb] [--rounds 9]`
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from assistant.demo.generator import write_demo
from assistant.opening import DEFINITIONS
from semantic_layer.checks import run_checks
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query

YEAR = {"start": "2026-01-01", "end": "2026-08-20"}
ALL = {"start": "2024-01-01", "end": "2026-08-20"}
GROUPS: tuple[list[Any], ...] = (
    [],
    ["regions.region"],
    ["products.category"],
    [{"time": "month"}],
    ["regions.region", {"time": "month"}],
    ["products.product", {"time": "month"}],
)
SHAPES: tuple[dict[str, Any], ...] = (
    {"metrics": ["revenue"], "period": YEAR},
    {"metrics": ["revenue", "gross_margin_rate", "gross_profit"], "period": ALL},
    {"metrics": ["revenue"], "period": YEAR, "compare": {"to": "previous_year"}},
    {"metrics": ["revenue", {"metric": "revenue", "modifier": "share"}], "period": YEAR, "totals": True},
)  # fmt: skip
BUDGET = 0.30


def main() -> None:
    """Print each query's time, the time of its checks and their ratio, then the medians."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, help="The sample company; made anew without it.")
    arguments.add_argument("--rounds", type=int, default=9)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.data or Path(folder) / "demo.duckdb"
        if given.data is None:
            write_demo(path)
        with DuckDBEngine.open(path) as engine:
            layer = SemanticLayer.open(DEFINITIONS, engine, clock=lambda: date(2026, 8, 20))
            measure(layer, given.rounds)


def measure(layer: SemanticLayer, rounds: int) -> None:
    """Run every shape under every grouping; medians over the rounds."""
    ratios = []
    verified = []
    print(f"{'query':58} {'rows':>6} {'query ms':>9} {'checks ms':>9} {'ratio':>6} {'verify':>7}")
    for shape in SHAPES:
        for groups in GROUPS:
            query = parse_query({**shape, "group_by": groups})
            own, checks = [], []
            for _ in range(rounds):
                result = layer.run(query)
                own.append(sum(result.seconds.values()))
                start = time.perf_counter()
                run_checks(result, layer.catalog)
                checks.append(time.perf_counter() - start)
            start = time.perf_counter()
            layer.verify(result)
            again = time.perf_counter() - start
            query_time, check_time = statistics.median(own), statistics.median(checks)
            ratios.append(check_time / query_time)
            verified.append(again / query_time)
            names = ", ".join(str(item) for item in groups) or "whole"
            shown = f"{shape['metrics'][-1] if len(shape) < 3 else list(shape)[-1]} by {names}"
            print(
                f"{shown[:58]:58} {result.table.num_rows:6} {query_time * 1e3:9.2f} "
                f"{check_time * 1e3:9.3f} {ratios[-1]:6.1%} {verified[-1]:6.1f}x"
            )
    print(f"{len(ratios)} queries: checks / query, median {statistics.median(ratios):.1%}, "
          f"worst {max(ratios):.1%} (budget {BUDGET:.0%}); verify, median "
          f"{statistics.median(verified):.1f} times the query")  # fmt: skip


if __name__ == "__main__":
    main()
