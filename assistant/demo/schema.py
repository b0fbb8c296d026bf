"""The tables of the sample company's database."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from assistant.demo.schema_systems import SYSTEM_TABLES

TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "regions": ("region_id INTEGER NOT NULL", "region VARCHAR", "region_en VARCHAR"),
        "cities": (
            "city_id INTEGER NOT NULL",
            "region_id INTEGER",
            "province VARCHAR",
            "province_en VARCHAR",
            "city VARCHAR",
            "city_en VARCHAR",
        ),
        "stores": (
            "store_id INTEGER NOT NULL",
            "store VARCHAR",
            "store_en VARCHAR",
            "city_id INTEGER",
            "opened_on DATE",
        ),
        "salespeople": (
            "salesperson_id INTEGER NOT NULL",
            "salesperson VARCHAR",
            "salesperson_en VARCHAR",
            "team VARCHAR",
            "team_en VARCHAR",
            "manager VARCHAR",
            "manager_en VARCHAR",
            "region_id INTEGER",
            "hired_on DATE",
        ),
        "customers": (
            "customer_id BIGINT NOT NULL",
            "customer VARCHAR",
            "customer_en VARCHAR",
            "customer_type VARCHAR",
            "customer_type_en VARCHAR",
            "industry VARCHAR",
            "industry_en VARCHAR",
            "tier VARCHAR",
            "tier_en VARCHAR",
            "city_id INTEGER",
            "created_on DATE",
            "phone VARCHAR",
        ),
        "products": (
            "product_id INTEGER NOT NULL",
            "product VARCHAR",
            "product_en VARCHAR",
            "category VARCHAR",
            "category_en VARCHAR",
            "product_line VARCHAR",
            "product_line_en VARCHAR",
            "launch_date DATE",
            "discontinued_on DATE",
            "list_price DECIMAL(12, 2)",
            "unit_cost DECIMAL(12, 2)",
        ),
        "orders": (
            "order_id BIGINT NOT NULL",
            "customer_id BIGINT",
            "salesperson_id INTEGER",
            "store_id INTEGER",
            "city_id INTEGER",
            "channel VARCHAR",
            "order_date DATE",
            "ship_date DATE",
            "delivered_date DATE",
            "status VARCHAR",
        ),
        "order_lines": (
            "line_id BIGINT NOT NULL",
            "order_id BIGINT",
            "product_id INTEGER",
            "quantity INTEGER",
            "list_price DECIMAL(12, 2)",
            "discount_amount DECIMAL(12, 2)",
            "amount DECIMAL(12, 2)",
            "cost DECIMAL(12, 2)",
        ),
        "returns": (
            "return_id BIGINT NOT NULL",
            "order_id BIGINT",
            "line_id BIGINT",
            "product_id INTEGER",
            "return_date DATE",
            "quantity INTEGER",
            "refund_amount DECIMAL(12, 2)",
            "reason VARCHAR",
            "reason_en VARCHAR",
        ),
        "invoices": (
            "invoice_id BIGINT NOT NULL",
            "order_id BIGINT",
            "customer_id BIGINT",
            "invoice_date DATE",
            "due_date DATE",
            "invoice_amount DECIMAL(12, 2)",
        ),
        "payments": (
            "payment_id BIGINT NOT NULL",
            "invoice_id BIGINT",
            "payment_date DATE",
            "paid_amount DECIMAL(12, 2)",
        ),
        "targets": (
            "salesperson_id INTEGER NOT NULL",
            "region_id INTEGER",
            "month DATE NOT NULL",
            "revenue_target DECIMAL(12, 2)",
        ),
        **SYSTEM_TABLES,
    }
)
