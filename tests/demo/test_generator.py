"""The sample company's data: deterministic, and like a real company's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from assistant.demo.generator import write_demo
from assistant.demo.schema import TABLES

SCALE = 0.05
THROUGH = date(2026, 8, 19)
DATES = [
    ("orders", "order_date"),
    ("orders", "ship_date"),
    ("orders", "delivered_date"),
    ("returns", "return_date"),
    ("invoices", "invoice_date"),
    ("payments", "payment_date"),
    ("customers", "created_on"),
]
FOREIGN_KEYS = [
    ("order_lines", "order_id", "orders", 1.0),
    ("order_lines", "product_id", "products", 0.99),
    ("orders", "customer_id", "customers", 0.98),
    ("orders", "salesperson_id", "salespeople", 0.96),
    ("orders", "city_id", "cities", 0.98),
    ("returns", "order_id", "orders", 1.0),
    ("invoices", "order_id", "orders", 1.0),
    ("payments", "invoice_id", "invoices", 1.0),
    ("targets", "salesperson_id", "salespeople", 1.0),
    ("cities", "region_id", "regions", 1.0),
    ("stores", "city_id", "cities", 1.0),
]
MONEY = [
    ("order_lines", "list_price"),
    ("order_lines", "discount_amount"),
    ("order_lines", "amount"),
    ("order_lines", "cost"),
    ("returns", "refund_amount"),
    ("invoices", "invoice_amount"),
    ("payments", "paid_amount"),
    ("targets", "revenue_target"),
    ("products", "list_price"),
]


@pytest.fixture(scope="module")
def hashes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return write_demo(tmp_path_factory.getbasetemp() / "demo.duckdb", scale=SCALE, through=THROUGH)


@pytest.fixture(scope="module")
def demo(
    hashes: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    assert hashes
    with duckdb.connect(
        str(tmp_path_factory.getbasetemp() / "demo.duckdb"), read_only=True
    ) as connection:
        yield connection


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    """Return the only cell of an answer."""
    ((cell,),) = connection.execute(sql).fetchall()
    return cell


def number(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Return the only cell of an answer as a number."""
    return float(str(one(connection, sql)))


def test_same_arguments_give_the_same_rows(hashes: Mapping[str, str], tmp_path: Path) -> None:
    again = write_demo(tmp_path / "again.duckdb", scale=SCALE, through=THROUGH)

    assert again == hashes


def test_another_seed_gives_other_orders_and_the_same_staff(
    hashes: Mapping[str, str], tmp_path: Path
) -> None:
    other = write_demo(tmp_path / "other.duckdb", scale=SCALE, through=THROUGH, seed=7)

    assert other["orders"] != hashes["orders"]
    assert other["salespeople"] == hashes["salespeople"]


def test_an_earlier_last_day_gives_the_same_orders_until_then(
    demo: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "earlier.duckdb"
    amounts = "SELECT sum(amount) FROM order_lines JOIN orders USING (order_id)"

    write_demo(path, scale=SCALE, through=date(2026, 3, 10))

    with duckdb.connect(str(path), read_only=True) as earlier:
        assert one(earlier, "SELECT max(order_date) FROM orders") == date(2026, 3, 10)
        early_months = " WHERE order_date < DATE '2026-03-01'"
        assert one(earlier, amounts + early_months) == one(demo, amounts + early_months)


def test_scale_changes_the_number_of_orders(
    demo: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "half.duckdb"

    write_demo(path, scale=SCALE / 2, through=THROUGH)

    with duckdb.connect(str(path), read_only=True) as half:
        counts = [number(it, "SELECT count(*) FROM orders") for it in (half, demo)]
    assert counts == [pytest.approx(1_500, rel=0.1), pytest.approx(3_000, rel=0.1)]


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_scale_that_is_not_positive_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="nothing to write"):
        write_demo(tmp_path / "demo.duckdb", scale=scale)


def test_a_last_day_before_the_first_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to write"):
        write_demo(tmp_path / "demo.duckdb", through=date(2022, 12, 31))


def test_a_first_day_alone_can_be_written(tmp_path: Path) -> None:
    hashes = write_demo(tmp_path / "day.duckdb", scale=SCALE, through=date(2023, 1, 1))

    assert set(hashes) == set(TABLES)


def test_an_older_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "demo.duckdb"
    path.write_text("not a database")

    write_demo(path, scale=0.01, through=date(2023, 2, 1))

    assert [item.name for item in tmp_path.iterdir()] == ["demo.duckdb"]
    with duckdb.connect(str(path), read_only=True) as connection:
        assert number(connection, "SELECT count(*) FROM orders") > 0


def test_a_failure_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.duckdb"
    path.write_text("older")

    def stop(_: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write_demo(path, scale=0.01, progress=stop)
    assert [(item.name, item.read_text()) for item in tmp_path.iterdir()] == [
        ("demo.duckdb", "older")
    ]


def test_progress_names_each_year(tmp_path: Path) -> None:
    said: list[str] = []

    write_demo(tmp_path / "d.duckdb", scale=0.01, through=date(2024, 1, 5), progress=said.append)

    assert said == ["2023", "2024"]


@pytest.mark.parametrize(("table", "column"), DATES)
def test_no_date_lies_after_the_last_day(
    demo: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    assert number(demo, f"SELECT count(*) FROM {table} WHERE {column} > DATE '{THROUGH}'") == 0


@pytest.mark.parametrize(
    ("earlier", "later"), [("order_date", "ship_date"), ("ship_date", "delivered_date")]
)
def test_dates_of_an_order_follow_each_other(
    demo: duckdb.DuckDBPyConnection, earlier: str, later: str
) -> None:
    assert number(demo, f"SELECT count(*) FROM orders WHERE {later} < {earlier}") == 0


def test_the_last_month_is_unfinished(demo: duckdb.DuckDBPyConnection) -> None:
    assert one(demo, "SELECT max(order_date) FROM orders") == THROUGH
    assert THROUGH.month == (THROUGH + timedelta(days=1)).month


def test_recent_orders_are_not_shipped_yet(demo: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT count(*) FROM orders WHERE ship_date IS NULL AND status = 'processing'"

    assert number(demo, sql) > 0


@pytest.mark.parametrize("status", ["completed", "shipped", "processing", "cancelled", "returned"])
def test_every_status_occurs(demo: duckdb.DuckDBPyConnection, status: str) -> None:
    assert number(demo, f"SELECT count(*) FROM orders WHERE status = '{status}'") > 0


def test_a_returned_order_has_returns(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM orders WHERE status = 'returned'
             AND order_id NOT IN (SELECT order_id FROM returns)"""

    assert number(demo, sql) == 0


@pytest.mark.parametrize(
    ("child", "key", "parent", "least"), FOREIGN_KEYS, ids=[f"{f[0]}.{f[1]}" for f in FOREIGN_KEYS]
)
def test_keys_mostly_resolve(
    demo: duckdb.DuckDBPyConnection, child: str, key: str, parent: str, least: float
) -> None:
    sql = f"SELECT avg(({key} IN (SELECT {key} FROM {parent}))::INT) FROM {child}"

    assert number(demo, sql) >= least


@pytest.mark.parametrize("key", ["customer_id", "salesperson_id", "city_id"])
def test_some_keys_are_null(demo: duckdb.DuckDBPyConnection, key: str) -> None:
    assert number(demo, f"SELECT count(*) FROM orders WHERE {key} IS NULL") > 0


@pytest.mark.parametrize(
    ("child", "key", "parent"),
    [
        ("orders", "customer_id", "customers"),
        ("orders", "salesperson_id", "salespeople"),
        ("orders", "city_id", "cities"),
        ("order_lines", "product_id", "products"),
    ],
)
def test_some_keys_are_orphans(
    demo: duckdb.DuckDBPyConnection, child: str, key: str, parent: str
) -> None:
    sql = f"SELECT count(*) FROM {child} WHERE {key} NOT IN (SELECT {key} FROM {parent})"

    assert number(demo, sql) > 0


@pytest.mark.parametrize(("month", "day"), [(6, 18), (11, 11)], ids=["618", "双十一"])
def test_shopping_festivals_peak_online(
    demo: duckdb.DuckDBPyConnection, month: int, day: int
) -> None:
    online = """SELECT count(*) / count(DISTINCT order_date) FROM orders
                WHERE channel IN ('tmall', 'jd', 'douyin', 'website')"""

    peak = number(demo, f"{online} AND month(order_date) = {month} AND day(order_date) = {day}")

    assert peak > 4 * number(demo, online)


def test_spring_festival_is_quiet(demo: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT count(*) FROM orders WHERE order_date BETWEEN DATE '{}' AND DATE '{}'"

    festival = number(demo, sql.format("2025-01-29", "2025-02-05"))
    usual = number(demo, sql.format("2025-03-05", "2025-03-12"))

    assert festival < 0.6 * usual


def test_business_orders_rest_at_weekends(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT avg((isodow(order_date) > 5)::INT) FROM orders
             WHERE channel IN ('key_account', 'distributor')"""

    assert number(demo, sql) < 0.1


def test_most_orders_are_sold_in_the_salespersons_region(
    demo: duckdb.DuckDBPyConnection,
) -> None:
    sql = """SELECT avg((s.region_id = c.region_id)::INT) FROM orders AS o
             JOIN salespeople AS s USING (salesperson_id) JOIN cities AS c USING (city_id)"""

    assert number(demo, sql) > 0.95


@pytest.mark.parametrize(
    "sql",
    [
        "JOIN customers AS x USING (customer_id) WHERE x.created_on > o.order_date",
        "JOIN salespeople AS x USING (salesperson_id) WHERE x.hired_on > o.order_date",
        "JOIN stores AS x USING (store_id) WHERE x.opened_on > o.order_date",
        "JOIN order_lines USING (order_id) JOIN products AS x USING (product_id) WHERE x.launch_date > o.order_date",
        "JOIN order_lines USING (order_id) JOIN products AS x USING (product_id) WHERE x.discontinued_on < o.order_date",
    ],
    ids=["customer", "salesperson", "store", "product launched", "product discontinued"],
)
def test_nobody_and_nothing_sells_before_or_after_its_time(
    demo: duckdb.DuckDBPyConnection, sql: str
) -> None:
    assert number(demo, f"SELECT count(*) FROM orders AS o {sql}") == 0


def test_only_store_orders_name_a_store(demo: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT count(*) FROM orders WHERE (store_id IS NOT NULL) <> (channel = 'store')"

    assert number(demo, sql) == 0


@pytest.mark.parametrize(("table", "column"), MONEY)
def test_money_is_decimal(demo: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    assert one(demo, f"SELECT typeof({column}) FROM {table} LIMIT 1") == "DECIMAL(12,2)"


def test_a_line_is_quantity_times_price_less_discount(demo: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT count(*) FROM order_lines WHERE amount <> quantity * list_price - discount_amount"

    assert number(demo, sql) == 0


def test_an_invoice_is_the_amount_of_its_order(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM invoices JOIN
             (SELECT order_id, sum(amount) AS total FROM order_lines GROUP BY order_id) USING (order_id)
             WHERE invoice_amount <> total"""

    assert number(demo, sql) == 0


@pytest.mark.parametrize(
    ("case", "condition"),
    [
        ("late", "paid_on > due_date"),
        ("partial", "paid > 0 AND paid < invoice_amount"),
        ("missing", "paid IS NULL AND due_date < DATE '2026-01-01'"),
    ],
)
def test_payments_can_be(demo: duckdb.DuckDBPyConnection, case: str, condition: str) -> None:
    sql = f"""SELECT count(*) FROM invoices LEFT JOIN
              (SELECT invoice_id, sum(paid_amount) AS paid, max(payment_date) AS paid_on
               FROM payments GROUP BY invoice_id) USING (invoice_id) WHERE {condition}"""

    assert number(demo, sql) > 0, case


def test_nothing_is_paid_twice(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM invoices JOIN
             (SELECT invoice_id, sum(paid_amount) AS paid FROM payments GROUP BY invoice_id) USING (invoice_id)
             WHERE paid > invoice_amount"""

    assert number(demo, sql) == 0


def test_targets_run_to_the_end_of_the_last_year(demo: duckdb.DuckDBPyConnection) -> None:
    assert one(demo, "SELECT min(month) FROM targets") == date(2023, 1, 1)
    assert one(demo, "SELECT max(month) FROM targets") == date(2026, 12, 1)


def test_a_target_stands_once_for_a_person_and_month(demo: duckdb.DuckDBPyConnection) -> None:
    assert (
        number(demo, "SELECT count(*) - count(DISTINCT (salesperson_id, month)) FROM targets") == 0
    )


def test_attainment_spreads_about_one(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT sum(revenue) / sum(target) FROM
             (SELECT date_trunc('month', order_date) AS month, sum(amount) AS revenue
              FROM orders JOIN order_lines USING (order_id) WHERE status <> 'cancelled' GROUP BY ALL)
             JOIN (SELECT month, sum(revenue_target) AS target FROM targets GROUP BY ALL) USING (month)
             WHERE month < DATE '2026-08-01'"""

    assert 0.85 < number(demo, sql) < 1.15


def test_names_of_salespeople_are_nobody_elses(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM salespeople
             WHERE salesperson IN (SELECT customer FROM customers UNION ALL SELECT manager FROM salespeople)"""

    assert number(demo, sql) == 0
    assert number(demo, "SELECT count(*) - count(DISTINCT salesperson) FROM salespeople") == 0
