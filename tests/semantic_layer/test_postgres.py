"""Postgres itself, where this machine has it: the text for it gives the rows of the answer."""

from __future__ import annotations

import csv
import io
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER
from semantic_layer.query import parse_query
from semantic_layer.rendering import sql_for
from tests.semantic_layer.test_entities import MODEL
from tests.semantic_layer.test_golden import ENT, SHAPES
from tests.semantic_layer.test_windows import STOCK
from tests.semantic_layer.worlds import SHOP_ROWS, SHOP_TABLES, alike, ask, days, shop

POSTGRES = next(
    (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), None
) or (Path(found).parent if (found := shutil.which("initdb")) else None)
USERS = {item.pw_name for item in pwd.getpwall()}
pytestmark = pytest.mark.skipif(
    POSTGRES is None or (os.geteuid() == 0 and "postgres" not in USERS),
    reason="no Postgres on this machine",
)
EXTRA = """metrics:
  median_freight: {dataset: orders, agg: median, expr: freight}
  high_freight: {dataset: orders, agg: percentile, p: 0.9, expr: freight}
  late: {dataset: orders, agg: sum, expr: "date_diff('day', order_date, placed)"}
  last_day: {dataset: orders, agg: max, expr: order_date}
"""
Y2024 = days("2024-01-01", "2025-01-01")
MONTHS = [{"time": "month"}]
QUERIES: dict[str, dict[str, Any]] = SHAPES | {
    "weeks": {"metrics": ["revenue"], "group_by": [{"time": "week"}], "period": Y2024, "compare": {"to": "previous_year"}},
    "quarters": {"metrics": ["revenue", "refund", "net"], "group_by": [{"time": "quarter"}]},
    "weekdays": {"metrics": ["orders", "freight"], "group_by": ["orders.weekday"], "totals": True},
    "yes_or_no": {"metrics": ["orders", "customers"], "group_by": ["orders.online"], "totals": True},
    "quantiles": {"metrics": ["median_freight", "high_freight", "refund"], "group_by": ["regions.region"]},
    "price": {"metrics": ["price", "top_freight", "refund"], "group_by": ["customers.segment"]},
    "contains": {"metrics": ["orders"], "where": [{"field": "customers.customer", "op": "contains", "value": "a_%\\"}]},
    "starts": {"metrics": ["orders"], "where": [{"field": "regions.region", "op": "starts_with", "value": "华"}]},
    "moments": {"metrics": ["orders"], "where": [{"field": "placed", "op": ">", "value": "2024-01-05T00:00:00"}]},
    "stock": {"metrics": ["stock", "stock_by_key", "opening"], "group_by": MONTHS},
    "year_to_date": {"metrics": ["ytd", "ytd_last_year", "margin_ytd"], "group_by": MONTHS, "period": Y2024},
    "three_months": {"metrics": ["three_months"], "group_by": ["regions.region", *MONTHS], "period": Y2024},
    "mean_of_days": {"metrics": ["ytd_mean"], "group_by": MONTHS, "period": days("2024-01-01", "2024-03-01")},
    "entities": {"metrics": ["per_customer", "typical", "repeat_rate", "average_stock"]},
    "late": {"metrics": ["late"], "group_by": ["orders.channel"]},
    "three_facts": {"metrics": ["goal", "refund", "revenue", "stock"], "group_by": ["regions.region"], "totals": True},
    "last_days": {"metrics": ["last_day", "refund"], "group_by": ["regions.region"]},
    "to_abroad": {"metrics": ["revenue"], "group_by": ["lines.to_abroad"]},
}  # fmt: skip
Run = Callable[[str], list[list[Any]]]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    model = MODEL.replace("metrics:\n", EXTRA, 1)
    return shop(tmp_path_factory.mktemp("postgres"), SHOP_ROWS + STOCK, model).layer()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Run]:
    """A server of its own on a socket in a folder of its own, with the little shop."""
    assert POSTGRES is not None
    folder = Path(tempfile.mkdtemp(prefix="wenshu-pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    bin_ = POSTGRES

    def call(tool: str, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [str(bin_ / tool), *arguments],
            input=text, capture_output=True, text=True, check=False, user=user, cwd=folder, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def psql(text: str) -> str:
        options = ("-h", str(folder), "-U", "wenshu", "-d", "postgres", "--csv", "-q", "-t")
        return call("psql", *options, "-v", "ON_ERROR_STOP=1", "-P", "null=∅", text=text)

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "wenshu", "-A", "trust", "--no-locale", "-E", "UTF8", "-N")
    subprocess.run(
        [str(bin_ / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", f"-c listen_addresses='' -c fsync=off -k {folder}", "start"],
        check=True, user=user, cwd=folder, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        psql(SHOP_TABLES + SHOP_ROWS + STOCK)
        yield lambda text: [list(map(_cell, row)) for row in csv.reader(io.StringIO(psql(text)))]
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _cell(text: str) -> Any:
    if text in {"∅", "t", "f"}:
        return {"∅": None, "t": True, "f": False}[text]
    try:
        return float(text)
    except ValueError:
        return text


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_postgres_gives_the_rows_of_the_answer(
    layer: SemanticLayer, postgres: Run, name: str
) -> None:
    principal = ENT if name == "scan_under_a_rule" else LOCAL_OWNER
    query = QUERIES[name]

    result = ask(layer, query, principal, language="en")
    rows = postgres(sql_for(layer, parse_query(query), "postgres", principal, language="en"))

    assert alike([row[: len(result.columns)] for row in rows], result.rows())
    assert result.rows() != []
