"""The systems around the orders: CRM, stock, traffic, marketing, service, cloud service, plans, market."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assistant.demo.generator import write_demo
from assistant.demo.schema import TABLES
from assistant.demo.schema_systems import SYSTEM_TABLES

SCALE = 0.2
THROUGH = date(2026, 8, 19)
# Content hashes of the tables of orders at scale 0.02 through 2024-02-20: no system may move them.
ORDER_TABLES = {
    "regions": "dcedf60d3552eee66c5d3849b8b690af",
    "cities": "44871692cda148e9e3e52b5c0942070c",
    "stores": "9333d1edb6f6e04eeb39e08a7e75fdcc",
    "salespeople": "0795da07023c85dc19f0b2f3c090585b",
    "customers": "9b3e9f7bd67f25358bfbc3309119ddde",
    "products": "6874e4ad653fa3d4cdc84786603d4e81",
    "orders": "f0beb1a3062bc0a92452cf6ed775750a",
    "order_lines": "27878bdadd5741e9aecca2e4795a2d8d",
    "returns": "d013533f9c5111b12bc91f1dacd8c922",
    "invoices": "7b041364ac8513b9cfda9e0f8122e225",
    "payments": "c7461fd4dbd1332e18444e5b4d04f6b0",
    "targets": "403bee799d35ef9edcf058c838117437",
}
# Child, its key, parent; every value that is not NULL is found there.
WHOLE_KEYS = [
    ("leads", "region_id", "regions"),
    ("leads", "city_id", "cities"),
    ("leads", "customer_id", "customers"),
    ("opportunities", "lead_id", "leads"),
    ("opportunities", "customer_id", "customers"),
    ("opportunities", "salesperson_id", "salespeople"),
    ("opportunities", "order_id", "orders"),
    ("opportunities", "competitor_id", "competitors"),
    ("activities", "lead_id", "leads"),
    ("activities", "opportunity_id", "opportunities"),
    ("activities", "order_id", "orders"),
    ("activities", "customer_id", "customers"),
    ("activities", "salesperson_id", "salespeople"),
    ("recommendations", "customer_id", "customers"),
    ("recommendations", "product_id", "products"),
    ("recommendations", "order_id", "orders"),
    ("distributor_agreements", "customer_id", "customers"),
    ("distributor_agreements", "region_id", "regions"),
    ("warehouses", "city_id", "cities"),
    ("inventory_snapshots", "warehouse_id", "warehouses"),
    ("inventory_snapshots", "product_id", "products"),
    ("stockouts", "warehouse_id", "warehouses"),
    ("stockouts", "product_id", "products"),
    ("store_footfall", "store_id", "stores"),
    ("enquiries", "customer_id", "customers"),
    ("enquiries", "order_id", "orders"),
    ("promotion_products", "promotion_id", "promotions"),
    ("promotion_products", "product_id", "products"),
    ("promotion_lines", "promotion_id", "promotions"),
    ("promotion_lines", "line_id", "order_lines"),
    ("ad_days", "campaign_id", "campaigns"),
    ("service_tickets", "order_id", "orders"),
    ("service_tickets", "product_id", "products"),
    ("satisfaction_surveys", "ticket_id", "service_tickets"),
    ("satisfaction_surveys", "order_id", "orders"),
    ("accounts", "customer_id", "customers"),
    ("trial_steps", "account_id", "accounts"),
    ("subscriptions", "account_id", "accounts"),
    ("account_activity", "account_id", "accounts"),
    ("feature_usage", "account_id", "accounts"),
    ("feature_usage", "feature_id", "features"),
    ("bugs", "feature_id", "features"),
    ("region_targets", "region_id", "regions"),
    ("region_targets", "product_line", "products"),
    ("store_targets", "store_id", "stores"),
    ("collection_targets", "region_id", "regions"),
    ("forecasts", "region_id", "regions"),
    ("market_sizes", "region_id", "regions"),
    ("competitor_sales", "competitor_id", "competitors"),
]
# As real systems have them: ids that nobody knows, and ids that are missing.
ORPHANS = [
    ("leads", "salesperson_id", "salespeople"),
    ("service_tickets", "customer_id", "customers"),
    ("enquiries", "product_id", "products"),
]
GAPS = [
    ("leads", "source"),
    ("leads", "salesperson_id"),
    ("opportunities", "lead_id"),
    ("opportunities", "customer_id"),
    ("service_tickets", "order_id"),
    ("store_footfall", "visitors"),
    ("ad_days", "reach"),
    ("accounts", "customer_id"),
]
PRIMARY_KEYS = [
    ("leads", "lead_id"),
    ("opportunities", "opportunity_id"),
    ("activities", "activity_id"),
    ("recommendations", "recommendation_id"),
    ("distributor_agreements", "agreement_id"),
    ("inventory_snapshots", "(snapshot_on, warehouse_id, product_id)"),
    ("stockouts", "stockout_id"),
    ("store_footfall", "(store_id, day)"),
    ("online_traffic", "(channel, day)"),
    ("enquiries", "enquiry_id"),
    ("promotions", "promotion_id"),
    ("promotion_lines", "(promotion_id, line_id)"),
    ("campaigns", "campaign_id"),
    ("ad_days", "(campaign_id, day)"),
    ("service_tickets", "ticket_id"),
    ("satisfaction_surveys", "survey_id"),
    ("accounts", "account_id"),
    ("trial_steps", "(account_id, step_no)"),
    ("subscriptions", "subscription_id"),
    ("account_activity", "(account_id, month)"),
    ("feature_usage", "(account_id, month, feature_id)"),
    ("bugs", "bug_id"),
    ("region_targets", "(month, region_id, product_line)"),
    ("store_targets", "(month, store_id)"),
    ("collection_targets", "(month, region_id)"),
    ("forecasts", "(made_on, month, region_id)"),
    ("market_sizes", "(quarter, region_id)"),
    ("competitor_sales", "(quarter, region_id, competitor_id)"),
]
ORDERED_DATES = [
    ("leads", "created_at", "first_contact_at"),
    ("leads", "first_contact_at::DATE", "first_visit_on"),
    ("leads JOIN opportunities USING (lead_id)", "created_at::DATE", "need_on"),
    ("leads JOIN opportunities USING (lead_id)", "first_contact_at::DATE", "need_on"),
    ("leads JOIN opportunities USING (lead_id)", "first_visit_on", "need_on"),
    ("leads JOIN customers USING (customer_id)", "created_on", "created_at::DATE"),
    ("opportunities", "need_on", "proposal_on"),
    ("opportunities", "proposal_on", "proposal_approved_on"),
    ("opportunities", "proposal_approved_on", "quote_on"),
    ("opportunities", "quote_on", "closed_on"),
    ("opportunities", "signed_on", "contract_start"),
    ("opportunities", "contract_start", "contract_end"),
    ("opportunities JOIN orders USING (order_id)", "signed_on", "order_date"),
    ("opportunities JOIN customers USING (customer_id)", "created_on", "need_on"),
    ("activities JOIN opportunities USING (opportunity_id)", "need_on", "activity_on"),
    ("activities JOIN orders USING (order_id)", "delivered_date", "activity_on"),
    ("activities JOIN salespeople USING (salesperson_id)", "hired_on", "activity_on"),
    ("recommendations JOIN orders USING (order_id)", "recommended_on", "order_date"),
    ("distributor_agreements", "signed_on", "ended_on"),
    ("stockouts", "started_on", "ended_on"),
    ("stores JOIN store_footfall USING (store_id)", "opened_on", "day"),
    ("enquiries", "asked_at", "answered_at"),
    ("enquiries JOIN orders USING (order_id)", "asked_at::DATE", "order_date"),
    ("promotions", "starts_on", "ends_on"),
    ("campaigns JOIN ad_days USING (campaign_id)", "starts_on", "day"),
    ("campaigns JOIN ad_days USING (campaign_id)", "day", "ends_on"),
    ("service_tickets", "opened_at", "answered_at"),
    ("service_tickets", "answered_at", "closed_at"),
    ("service_tickets JOIN orders USING (order_id)", "delivered_date", "opened_at::DATE"),
    (
        "service_tickets JOIN satisfaction_surveys USING (ticket_id)",
        "closed_at::DATE",
        "answered_on",
    ),
    ("accounts", "registered_on", "trial_on"),
    ("accounts", "trial_on", "first_paid_on"),
    ("accounts JOIN trial_steps USING (account_id)", "trial_on", "done_on"),
    ("accounts JOIN subscriptions USING (account_id)", "first_paid_on", "started_on"),
    ("subscriptions", "started_on", "renewal_due_on"),
    ("features JOIN bugs USING (feature_id)", "released_on", "opened_at::DATE"),
    ("bugs", "opened_at", "fixed_at"),
    ("forecasts", "made_on", "month"),
]
KNOWN_DATES = [
    ("leads", "created_at::DATE"),
    ("leads", "first_visit_on"),
    ("opportunities", "need_on"),
    ("opportunities", "closed_on"),
    ("activities", "activity_on"),
    ("recommendations", "recommended_on"),
    ("inventory_snapshots", "snapshot_on"),
    ("stockouts", "ended_on"),
    ("store_footfall", "day"),
    ("online_traffic", "day"),
    ("enquiries", "asked_at::DATE"),
    ("promotions", "starts_on"),
    ("ad_days", "day"),
    ("service_tickets", "closed_at::DATE"),
    ("satisfaction_surveys", "answered_on"),
    ("accounts", "first_paid_on"),
    ("trial_steps", "done_on"),
    ("subscriptions", "started_on"),
    ("account_activity", "month"),
    ("bugs", "fixed_at::DATE"),
    ("forecasts", "made_on"),
    ("market_sizes", "quarter"),
]
# Numbers that a person of the trade would believe at any scale.
RATES = [
    ("win rate", "SELECT avg((outcome = 'won')::INT) FROM opportunities WHERE outcome <> 'open'", 0.2, 0.45),
    ("first visits", "SELECT avg((first_visit_on IS NOT NULL)::INT) FROM leads", 0.6, 0.85),
    ("sales cycle", "SELECT avg(signed_on - need_on) FROM opportunities", 35, 90),
    ("first contact in hours", "SELECT avg(date_diff('minute', created_at, first_contact_at)) / 60 FROM leads", 8, 24),
    ("need fit", "SELECT avg(need_fit) FROM leads", 55, 80),
    ("order rate", "SELECT sum(orders_placed) / sum(visitors) FROM online_traffic", 0.02, 0.05),
    ("paid", "SELECT sum(orders_paid) / sum(orders_placed) FROM online_traffic", 0.9, 0.99),
    ("complaints", "SELECT count(*) FILTER (WHERE kind = 'complaint') / (SELECT count(*) FROM orders) FROM service_tickets", 0.01, 0.05),
    ("satisfaction", "SELECT avg(score) FROM satisfaction_surveys", 3.5, 4.6),
    ("renewals", "SELECT avg((outcome = 'renewed')::INT) FROM subscriptions WHERE outcome <> 'running'", 0.65, 0.92),
    ("trials", "SELECT count(trial_on) / count(*) FROM accounts", 0.5, 0.7),
    ("active days", "SELECT max(active_days) FROM account_activity", 15, 31),
    ("scores", "SELECT min(score) + max(score) FROM satisfaction_surveys", 6, 6),
    ("fit", "SELECT max(need_fit) FROM leads", 80, 100),
    ("attainment", """SELECT (SELECT sum(amount) FROM order_lines JOIN orders USING (order_id)
       WHERE status <> 'cancelled' AND order_date < DATE '2026-08-01')
       / (SELECT sum(revenue_target) FROM region_targets WHERE month < DATE '2026-08-01')""", 0.85, 1.15),
    ("collections", """SELECT (SELECT sum(paid_amount) FROM payments WHERE payment_date < DATE '2026-08-01')
       / (SELECT sum(collection_target) FROM collection_targets WHERE month < DATE '2026-08-01')""", 0.8, 1.1),
]  # fmt: skip


@pytest.fixture(scope="module")
def hashes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    path = tmp_path_factory.getbasetemp() / "systems.duckdb"
    return write_demo(path, scale=SCALE, through=THROUGH)


@pytest.fixture(scope="module")
def demo(
    hashes: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    assert hashes
    path = tmp_path_factory.getbasetemp() / "systems.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def number(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Return the only cell of an answer as a number."""
    ((cell,),) = connection.execute(sql).fetchall()
    return float(str(cell))


def test_the_systems_leave_the_orders_as_they_are(tmp_path: Path) -> None:
    hashes = write_demo(tmp_path / "small.duckdb", scale=0.02, through=date(2024, 2, 20))

    assert {table: hashes[table] for table in ORDER_TABLES} == ORDER_TABLES


def test_every_table_has_rows(demo: duckdb.DuckDBPyConnection) -> None:
    counts = {table: number(demo, f"SELECT count(*) FROM {table}") for table in TABLES}

    assert {table for table, count in counts.items() if not count} == set()


def test_an_earlier_last_day_gives_the_same_rows_until_then(
    demo: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "earlier.duckdb"
    facts = {
        "inventory_snapshots": "sum(on_hand_units) FROM inventory_snapshots WHERE snapshot_on",
        "online_traffic": "sum(visitors) FROM online_traffic WHERE day",
        "store_footfall": "sum(visitors) FROM store_footfall WHERE day",
        "subscriptions": "sum(fee) FROM subscriptions WHERE started_on",
        "opportunities": "sum(amount) FROM opportunities WHERE outcome = 'won' AND signed_on",
        "service_tickets": "count(*) FROM service_tickets WHERE opened_at::DATE",
    }

    write_demo(path, scale=SCALE, through=date(2026, 3, 10))

    with duckdb.connect(str(path), read_only=True) as earlier:
        both = {
            table: [number(it, f"SELECT {sql} < DATE '2025-12-01'") for it in (earlier, demo)]
            for table, sql in facts.items()
        }
    assert {table for table, (early, late) in both.items() if early != late} == set()


@pytest.mark.parametrize("table", ["leads", "service_tickets", "accounts", "enquiries"])
def test_scale_changes_the_rows_of(
    demo: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory, table: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "half.duckdb"
    if not path.exists():
        write_demo(path, scale=SCALE / 2, through=THROUGH)

    with duckdb.connect(str(path), read_only=True) as half:
        counts = [number(it, f"SELECT count(*) FROM {table}") for it in (half, demo)]
    assert counts[0] == pytest.approx(counts[1] / 2, rel=0.15)


@pytest.mark.parametrize(
    ("child", "key", "parent"), WHOLE_KEYS, ids=[f"{item[0]}.{item[1]}" for item in WHOLE_KEYS]
)
def test_keys_resolve(demo: duckdb.DuckDBPyConnection, child: str, key: str, parent: str) -> None:
    sql = f"SELECT count(*) FROM {child} WHERE {key} NOT IN (SELECT {key} FROM {parent})"

    assert number(demo, sql) == 0
    assert number(demo, f"SELECT count({key}) FROM {child}") > 0


@pytest.mark.parametrize(("child", "key", "parent"), ORPHANS)
def test_a_few_keys_are_orphans(
    demo: duckdb.DuckDBPyConnection, child: str, key: str, parent: str
) -> None:
    sql = f"SELECT avg(({key} NOT IN (SELECT {key} FROM {parent}))::INT) FROM {child}"

    assert 0 < number(demo, sql) < 0.02


@pytest.mark.parametrize(("table", "column"), GAPS)
def test_some_values_are_missing(demo: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    assert number(demo, f"SELECT count(*) - count({column}) FROM {table}") > 0


@pytest.mark.parametrize(("table", "key"), PRIMARY_KEYS)
def test_a_row_stands_once(demo: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    assert number(demo, f"SELECT count(*) - count(DISTINCT {key}) FROM {table}") == 0


@pytest.mark.parametrize(
    ("table", "earlier", "later"),
    ORDERED_DATES,
    ids=[f"{item[0].split()[0]}: {item[1]} then {item[2]}" for item in ORDERED_DATES],
)
def test_dates_follow_each_other(
    demo: duckdb.DuckDBPyConnection, table: str, earlier: str, later: str
) -> None:
    assert number(demo, f"SELECT count(*) FROM {table} WHERE {later} < {earlier}") == 0
    assert number(demo, f"SELECT count(*) FROM {table} WHERE {later} >= {earlier}") > 0


@pytest.mark.parametrize(("table", "column"), KNOWN_DATES)
def test_nothing_is_known_of_the_days_after_the_last(
    demo: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    assert number(demo, f"SELECT count(*) FROM {table} WHERE {column} > DATE '{THROUGH}'") == 0


@pytest.mark.parametrize(("name", "sql", "low", "high"), RATES, ids=[item[0] for item in RATES])
def test_rates_are_like_a_real_companys(
    demo: duckdb.DuckDBPyConnection, name: str, sql: str, low: float, high: float
) -> None:
    assert low <= number(demo, sql) <= high, name


def test_a_signed_opportunity_is_worth_its_order(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM opportunities AS p JOIN orders AS o USING (order_id)
             JOIN (SELECT order_id, sum(amount) AS total FROM order_lines GROUP BY ALL) USING (order_id)
             WHERE p.customer_id <> o.customer_id OR p.amount <> greatest(total, 100)"""

    # Three in a thousand orders name an orphan customer.
    assert number(demo, sql) <= 0.02 * number(demo, "SELECT count(order_id) FROM opportunities")


def test_an_outcome_has_its_dates(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM opportunities WHERE (outcome = 'open') <> (closed_on IS NULL)
             OR (outcome = 'won') <> (signed_on IS NOT NULL) OR (outcome = 'lost') <> (lost_reason IS NOT NULL)
             OR (outcome = 'won' AND (quote_on IS NULL OR proposal_approved_on IS NULL))"""

    assert number(demo, sql) == 0


def test_online_traffic_counts_the_orders_of_the_channel(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM online_traffic AS t JOIN
             (SELECT channel, order_date AS day, count(*) AS n FROM orders GROUP BY ALL) USING (channel, day)
             WHERE orders_placed <> n OR orders_paid > n OR carts < n OR visitors < carts OR page_views < visitors"""

    assert number(demo, sql) == 0


def test_what_a_promotion_sold_is_in_it(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM promotion_lines AS p JOIN promotions USING (promotion_id)
             JOIN order_lines AS l USING (line_id) JOIN orders AS o ON o.order_id = l.order_id
             WHERE p.order_id <> l.order_id OR order_date NOT BETWEEN starts_on AND ends_on
             OR (place = 'store') <> (channel = 'store')"""

    assert number(demo, sql) == 0


@pytest.mark.parametrize("column", ["on_hand_units", "on_hand_value", "in_transit_units"])
def test_stock_is_never_negative(demo: duckdb.DuckDBPyConnection, column: str) -> None:
    assert number(demo, f"SELECT min({column}) FROM inventory_snapshots") >= 0


def test_snapshots_are_of_sundays_and_month_ends(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM inventory_snapshots WHERE is_week_end <> (isodow(snapshot_on) = 7)
             OR is_month_end <> (snapshot_on = last_day(snapshot_on)) OR NOT (is_week_end OR is_month_end)"""

    assert number(demo, sql) == 0


def test_stores_are_fuller_at_weekends(demo: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT avg(visitors) FROM store_footfall WHERE isodow(day) {} 5"

    assert number(demo, sql.format(">")) > 1.3 * number(demo, sql.format("<="))


def test_a_term_follows_the_one_it_renews(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM subscriptions AS a JOIN subscriptions AS b
             ON a.account_id = b.account_id AND b.term_no = a.term_no + 1
             WHERE a.outcome <> 'renewed' OR a.renewal_due_on <> b.started_on"""
    unfollowed = """SELECT count(*) FROM subscriptions AS a ANTI JOIN subscriptions AS b
                    ON a.account_id = b.account_id AND b.term_no = a.term_no + 1
                    WHERE a.outcome = 'renewed'"""

    assert number(demo, sql) == 0
    assert number(demo, unfollowed) == 0


def test_competitors_and_the_company_fit_into_the_market(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT count(*) FROM market_sizes JOIN
             (SELECT quarter, region_id, sum(sales_amount) AS sold FROM competitor_sales GROUP BY ALL)
             USING (quarter, region_id) WHERE sold >= market_amount"""

    assert number(demo, sql) == 0


def test_ads_are_credited_with_no_more_than_was_sold(demo: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT (SELECT sum(credited_orders) FROM ad_days)
             / (SELECT count(*) FROM orders WHERE channel NOT IN ('key_account', 'distributor'))"""

    assert 0.05 < number(demo, sql) < 0.35


def test_every_table_of_the_systems_is_declared_once() -> None:
    assert set(SYSTEM_TABLES) | set(ORDER_TABLES) == set(TABLES)
    assert set(SYSTEM_TABLES).isdisjoint(ORDER_TABLES)
