"""Two people with rules over the little shop, and a copy of its data cut for each of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from semantic_layer.engines.base import Limits
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from semantic_layer.validator import validate_text
from tests.semantic_layer.worlds import SHOP_MODEL, alike, ask

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
SMB = Principal(name="smb", role="segment", attributes={"segment": "SMB"})
NARROW = Principal(name="narrow", role="narrow", attributes={"segment": "ENT"})
PEOPLE = (ENT, SMB)
MODEL = SHOP_MODEL.replace("phone: {pii: true}", "phone: {pii: true, mask: \"'***'\"}").replace(
    "policies:\n",
    "  phones: {dataset: customers, agg: count_distinct, expr: phone}\n"
    "  phones_per_order: {type: ratio, numerator: phones, denominator: orders}\n"
    "  big_customers: {of: all_customers, filter: phone > '1'}\n"
    "  coded: {of: all_customers, filter: CAST(customer AS INTEGER) > 3}\n"
    "  dear: {of: revenue, filter: amount / qty > 60}\n"
    "policies:\n"
    "  - {role: narrow, datasets: {orders: customers.segment = user.segment}}\n",
)
PRINCIPALS = """
- {name: ent, role: segment, attributes: {segment: ENT}}
- {name: smb, role: segment, attributes: {segment: SMB}}
"""
CUT = """
DELETE FROM lines WHERE order_id NOT IN (SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE segment = '{0}');
DELETE FROM refunds WHERE order_id NOT IN (SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE segment = '{0}');
DELETE FROM orders WHERE customer_id IS NULL OR customer_id NOT IN (SELECT customer_id FROM customers WHERE segment = '{0}');
DELETE FROM customers WHERE segment IS DISTINCT FROM '{0}';
DELETE FROM targets;
UPDATE customers SET phone = '***';
"""


def written(layer: SemanticLayer, sql: str, who: Principal) -> Counter[str]:
    """Run written SQL over what somebody may see."""
    access = layer.access(who)
    safe = validate_text(sql, access.grants, access.parameters)
    return rows_of(layer.engine.run(safe, limits=Limits()).table)


def rows_of(table: Any) -> Counter[str]:
    named = table.rename_columns([name.lower() for name in table.column_names])
    return Counter(str(sorted(row.items())) for row in named.to_pylist())


def there(cut: SemanticLayer, sql: str) -> Counter[str]:
    """Run the same SQL on a cut copy."""
    assert isinstance(cut.engine, DuckDBEngine)
    return rows_of(cut.engine.run_trusted(sql))


def same_written(full: SemanticLayer, cuts: dict[str, SemanticLayer], *statements: str) -> None:
    for sql in statements:
        for who in PEOPLE:
            assert written(full, sql, who) == there(cuts[who.name], sql), sql


def same(full: SemanticLayer, cuts: dict[str, SemanticLayer], *queries: dict[str, Any]) -> None:
    for query in queries:
        for who in PEOPLE:
            assert alike(ask(full, query, who).rows(), ask(cuts[who.name], query).rows()), query
