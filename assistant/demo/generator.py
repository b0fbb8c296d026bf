"""Writes the sample company's data, the same rows for the same arguments."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from assistant.demo.clientele import make_clientele
from assistant.demo.demand import demand_for
from assistant.demo.lines import draw_lines, lines_table, returns_table
from assistant.demo.money import invoices_and_payments
from assistant.demo.orders import Orders, draw_orders, orders_table
from assistant.demo.reference import reference_tables
from assistant.demo.schema import TABLES
from assistant.demo.staff import make_staff
from assistant.demo.systems import AHEAD, Systems
from assistant.demo.targets import Takings, targets_table
from assistant.demo.world import Month, World

THROUGH: Final = date(2026, 8, 19)
"""The last day of the data by default: month, quarter and year are unfinished."""
FIRST_MONTH = np.datetime64("2023-01", "M")
_ROWS_AT_ONCE = 50_000
_FACTS = ("orders", "order_lines", "returns", "invoices", "payments")


def write_demo(
    path: Path,
    *,
    scale: float = 1.0,
    through: date = THROUGH,
    seed: int = 20260819,
    progress: Callable[[str], None] | None = None,
) -> Mapping[str, str]:
    """Write the sample company's database.

    The file appears only when it is complete, in place of an older one.

    Args:
        path: The DuckDB file to write.
        scale: 1 is about 60,000 orders and 150,000 order lines until 2026-08-19, and about half a million
            rows in all; days of stores and shops, stock, plans and the market have the same rows at any scale.
        through: Last day of the data; the first is 2023-01-01.
        seed: Seed of all chance.
        progress: Called with a short line for each year written.

    Returns:
        A content hash by table; it depends on the rows, not on their order or the file.

    Raises:
        ValueError: The scale is not positive or the last day is before the first.
    """
    if scale <= 0 or through < date(2023, 1, 1):
        raise ValueError(f"nothing to write at scale {scale} through {through}")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _database(unfinished) as connection:
            for table, rows in _gathered(_tables(scale, through, seed, progress or _say_nothing)):
                connection.register("chunk", rows)
                connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM chunk")  # noqa: S608 - own names
                connection.unregister("chunk")
            hashes = {table: _content_hash(connection, table) for table in TABLES}
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
        unfinished.with_name(f"{unfinished.name}.wal").unlink(missing_ok=True)
    return hashes


@contextmanager
def _database(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a new database with empty tables, and leave it checkpointed and closed."""
    connection = duckdb.connect(str(path), config={"memory_limit": "2GB"})
    try:
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        yield connection
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _gathered(pieces: Iterator[tuple[str, pa.Table]]) -> Iterator[tuple[str, pa.Table]]:
    """Join pieces of a table until they are worth an insert, with bounded memory."""
    waiting: dict[tuple[str, ...], list[pa.Table]] = defaultdict(list)
    counts: Counter[tuple[str, ...]] = Counter()
    for table, rows in pieces:
        key = (table, *rows.column_names)
        waiting[key].append(rows)
        counts[key] += rows.num_rows
        if counts[key] >= _ROWS_AT_ONCE:
            yield table, pa.concat_tables(waiting.pop(key))
            del counts[key]
    for (table, *_), parts in waiting.items():
        yield table, pa.concat_tables(parts)


def _tables(
    scale: float, through: date, seed: int, progress: Callable[[str], None]
) -> Iterator[tuple[str, pa.Table]]:
    """Yield all rows in pieces, each with its table's name."""
    clientele = make_clientele(scale, through, seed)
    staff = make_staff()
    yield from reference_tables(staff)
    for customers in clientele.tables(through):
        yield "customers", customers
    takings = Takings(len(staff.region), through)
    world = World(
        scale=scale,
        last=np.datetime64(through, "D"),
        seed=seed,
        demand=demand_for(scale),
        clientele=clientele,
        staff=staff,
    )
    systems = Systems(world)
    yield from systems.reference()
    yield from _facts(world, systems, takings, progress)
    yield "targets", targets_table(staff, takings, through, seed)
    yield from systems.close()


def _facts(
    world: World, systems: Systems, takings: Takings, progress: Callable[[str], None]
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the facts month by month; a month does not depend on the others or on the last day."""
    through = world.last.astype(date)
    next_ids = dict.fromkeys(_FACTS, 1)
    for number in range(takings.months):
        if number % 12 == 0:
            progress(f"{(FIRST_MONTH + number).astype('datetime64[Y]')}")
        orders, rng = _orders(world, number, next_ids["orders"])
        for table, rows in _month(
            orders.until(through), next_ids, (takings, number), (world, systems), rng
        ):
            if table in next_ids:
                next_ids[table] += rows.num_rows
            yield table, rows
    for number in range(takings.months - 1, takings.months + AHEAD):
        orders, _ = _orders(world, number, next_ids["orders"])
        yield from systems.ahead(orders.after(through), number)


def _orders(world: World, number: int, first_id: int) -> tuple[Orders, np.random.Generator]:
    """Draw one month's orders and return them with the source of what becomes of them."""
    rng = np.random.default_rng([world.seed, 11, number])
    people = (world.demand, world.clientele, world.staff)
    return draw_orders(FIRST_MONTH + number, first_id, people, rng), rng


def _month(
    orders: Orders,
    next_ids: Mapping[str, int],
    books: tuple[Takings, int],
    company: tuple[World, Systems],
    rng: np.random.Generator,
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the facts of one month's orders, and book what each salesperson sold."""
    world, systems = company
    through = world.last.astype(date)
    lines = draw_lines(orders, next_ids["order_lines"], rng)
    totals = np.bincount(lines.order, weights=lines.amount, minlength=len(orders)).astype(np.int64)
    takings, number = books
    is_sold = ~orders.is_cancelled
    takings.add(number, orders.salesperson[is_sold], totals[is_sold])
    first_ids = next_ids["invoices"], next_ids["payments"]
    yield "orders", orders_table(orders, world.last, rng)
    yield "order_lines", lines_table(orders, lines, rng)
    yield "returns", returns_table(orders, lines, next_ids["returns"], through, rng)
    invoices, payments = invoices_and_payments(orders, totals, first_ids, through, rng)
    yield "invoices", invoices
    yield "payments", payments
    days = np.arange(FIRST_MONTH + number, FIRST_MONTH + number + 1, dtype="datetime64[D]")
    month = Month(
        number=number,
        days=days[days <= world.last],
        orders=orders,
        lines=lines,
        totals=totals,
    )
    yield from systems.month(month, invoices)


def _content_hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return a hash of a table's rows that their order does not change."""
    rows = connection.execute(
        f"SELECT md5(concat_ws(':', count(*), bit_xor(hash(t)), sum(hash(t)::HUGEINT))) FROM {table} AS t"  # noqa: S608 - own names
    ).fetchall()
    return str(rows[0][0])


def _say_nothing(_: str) -> None:
    """Take a line of progress and drop it."""
