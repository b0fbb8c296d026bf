"""What a question costs before it reaches the database: CPU time, beside the figures that it has to meet.

`python -m benchmarks.compile [--rounds 300]`

CPU time of the thread, medians of many rounds and the least of them, the garbage collector off while they run: on a busy
machine, where others share the caches and the core, the least is nearer to what the work itself takes. One question is measured stage
by stage; five shapes give questions a second; generated models of growing size show that a question costs the same in each.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from assistant.demo.generator import write_demo
from assistant.opening import DEFINITIONS
from semantic_layer import validator
from semantic_layer.binding import bind
from semantic_layer.compiler.select import compile_plan
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.parse_check import parse_problems
from semantic_layer.layer import SemanticLayer
from semantic_layer.loading import load_definitions
from semantic_layer.model import LOCAL_OWNER
from semantic_layer.planner import plan
from semantic_layer.policy import Access, access_for
from semantic_layer.preparing import Asked, prepare
from semantic_layer.query import MetricQuery, parse_query
from semantic_layer.results import readable
from semantic_layer.sql_text import render

TODAY = date(2026, 8, 19)
YEAR = {"start": "2025-01-01", "end": "2026-01-01"}
ASKED = {
    "metrics": [
        "revenue",
        "gross_margin_rate",
        {"metric": "revenue", "modifier": "base"},
        {"metric": "revenue", "modifier": "change_pct"},
    ],
    "group_by": ["regions.region", {"time": "month"}],
    "period": YEAR,
    "compare": {"to": "previous_year", "show": []},
}
SHAPES = {
    "total": {"metrics": ["revenue"], "period": YEAR},
    "by month": {"metrics": ["revenue"], "group_by": [{"time": "month"}], "period": YEAR},
    "top ten": {
        "metrics": ["revenue"],
        "group_by": ["products.product"],
        "order_by": [{"metric": "revenue"}],
        "limit": 10,
    },
    "filtered ratio": {
        "metrics": ["gross_margin_rate"],
        "group_by": ["products.product_line"],
        "where": [{"field": "orders.channel", "op": "in", "value": ["tmall", "jd"]}],
        "period": YEAR,
    },
    "share and last year": {
        "metrics": ["revenue", {"metric": "revenue", "modifier": "share"}],
        "group_by": ["regions.region"],
        "period": YEAR,
        "compare": {"to": "previous_year", "show": ["base", "change_pct"]},
    },
}
SIZES = ((20, 20), (200, 100), (2000, 1000))
"""Metrics and dimensions of the generated models."""
COLUMNS = {"customer_id": "INTEGER", "day": "DATE", "status": "VARCHAR", "amount": "DECIMAL"}


def main() -> None:
    """Print the table of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    _row("this machine: a sum of ten thousand squares", _median(_squares, rounds))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        write_demo(path, scale=0.1)
        with DuckDBEngine.open(path) as engine:
            layer = SemanticLayer.open(DEFINITIONS, engine, clock=lambda: TODAY)
            _stages(layer, engine, rounds)
            _shapes(layer, rounds)
    _sizes(rounds)


def _squares() -> int:
    """Do some work that every machine knows."""
    return sum(number * number for number in range(10_000))


def _stages(layer: SemanticLayer, engine: DuckDBEngine, rounds: int) -> None:
    query, access = parse_query(ASKED), layer.access()
    asked = Asked(query=query, access=access, through=TODAY)
    planned = plan(query, access, through=TODAY)
    compiled = compile_plan(planned, access)
    text = render(compiled.tree)
    statement = prepare(asked).validated
    tree = partial(compile_plan, planned, access)
    _row("plan", _median(partial(plan, query, access, through=TODAY), rounds))
    _row("tree", _median(tree, rounds))
    _row("text", _median(partial(render, compiled.tree), rounds))
    _row("plan + tree + text", _median(partial(_written, asked), rounds), 1.5)
    _row("with parse-back and rules", _median(partial(_checked, asked), rounds), 4)
    _row("asked again", _median(lambda: layer.prepared(query), rounds), 0.1)
    serialized = (
        engine.run_trusted("SELECT json_serialize_sql('" + statement.text.replace("'", "''") + "')")
        .column(0)[0]
        .as_py()
    )
    check = _median(lambda: list(parse_problems(serialized, statement.tables)), rounds)
    _row("the engine's parse check, once per shape", check)
    _row(
        "for people, pretty",
        _median(lambda: readable(compiled.tree, {**compiled.parameters}), rounds),
    )
    print(
        f"{'size of the statement':44} {len(text):8,} characters, {len(list(compiled.tree.walk())):,} nodes\n"
    )


def _written(asked: Asked) -> str:
    """Plan, compile and write a query."""
    planned = plan(asked.query, asked.access, through=asked.through)
    return render(compile_plan(planned, asked.access).tree)


def _checked(asked: Asked) -> None:
    """Prepare a query as if its text had never been seen."""
    validator._verdict.cache_clear()
    prepare(asked)


def _shapes(layer: SemanticLayer, rounds: int) -> None:
    total = 0.0
    for name, data in SHAPES.items():
        asked = Asked(query=parse_query(data), access=layer.access(), through=TODAY)
        taken = _median(partial(_checked, asked), rounds)
        total += taken.median
        _row(f"{name}, checked", taken)
    print(f"{'five shapes in turn, checked':44} {len(SHAPES) / total:8,.0f} questions a second\n")


def _sizes(rounds: int) -> None:
    first = 0.0
    for metrics, dimensions in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "model.yml").write_text(_model(metrics, dimensions), "utf-8")
            start = time.process_time()
            catalog = bind(load_definitions(Path(folder))[0], partial(_columns, dimensions))
            loaded = time.process_time() - start
        access: Access = access_for(catalog, LOCAL_OWNER)
        asked = Asked(query=_question(metrics, dimensions), access=access, through=TODAY)
        taken = _median(partial(_checked, asked), rounds)
        first = first or taken.median
        name = f"{metrics:,} metrics, {dimensions:,} dimensions"
        _row(f"{name}: a question", taken, 1000 * first * 1.5)
        _row(f"{name}: load", Taken(loaded, loaded), 2000)


def _columns(dimensions: int, _source: object) -> dict[str, str]:
    """Return the columns of every generated table."""
    return COLUMNS | {f"field_{index}": "VARCHAR" for index in range(dimensions)}


def _model(metrics: int, dimensions: int) -> str:
    """Return definitions: ten facts over one parent, a third of the metrics ratios of two others."""
    lines = ["version: 1", "model: generated", "datasets:"]
    lines += [
        "  customers:",
        "    source: customers",
        "    primary_key: customer_id",
        "    fields:",
    ]
    lines += [
        f"      field_{index}: {{label: {{zh: 字段{index}, en: Field {index}}}}}"
        for index in range(dimensions)
    ]
    for fact in range(10):
        lines += [f"  fact_{fact}:", f"    source: fact_{fact}", "    time: day"]
    lines += ["relationships:"]
    lines += [f"  - fact_{fact}.customer_id -> customers.customer_id" for fact in range(10)]
    return "\n".join([*lines, "metrics:", *_metrics(metrics)])


def _metrics(count: int) -> Iterator[str]:
    for index in range(count):
        label = f"label: {{zh: 指标{index}, en: Metric {index}}}, unit: CNY"
        if index % 3 == 2:
            yield f"  m_{index}: {{type: ratio, numerator: m_{index - 2} - m_{index - 1}, denominator: m_{index - 2}, {label}}}"
        else:
            fact = index // 3 % 10
            yield f"  m_{index}: {{dataset: fact_{fact}, agg: sum, expr: amount * {index + 1}, filter: \"status <> 'void'\", {label}}}"


def _question(metrics: int, dimensions: int) -> MetricQuery:
    """Return a question in the middle of a generated model."""
    ratio = metrics // 2 // 3 * 3 + 2
    return parse_query(
        {
            "metrics": [f"m_{ratio - 2}", f"m_{ratio}"],
            "group_by": [f"customers.field_{dimensions // 2}", {"time": "month"}],
            "period": YEAR,
            "compare": {"to": "previous_year", "show": ["base", "change_pct"]},
        }
    )


class Taken(NamedTuple):
    """CPU seconds: the median of many rounds, and the least."""

    median: float
    least: float


def _median(work: Callable[[], object], rounds: int) -> Taken:
    """Return the CPU time of some work."""
    for _ in range(3):
        work()
    taken: list[float] = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            start = time.thread_time()
            work()
            taken.append(time.thread_time() - start)
    finally:
        gc.enable()
    return Taken(statistics.median(taken), min(taken))


def _row(name: str, taken: Taken, aim: float | None = None) -> None:
    """Print a figure in milliseconds, and whether its median meets its aim."""
    found = f"{name:44} {1000 * taken.median:8.2f} ms   least {1000 * taken.least:8.2f} ms"
    if aim is not None:
        found += f"   aim {aim:8.2f} ms   {'met' if 1000 * taken.median <= aim else 'MISSED'}"
    print(found)


if __name__ == "__main__":
    main()
