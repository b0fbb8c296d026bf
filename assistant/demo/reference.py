"""The small tables that do not depend on scale, last day or seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assistant.demo.catalogue import CATEGORIES, PRODUCTS
from assistant.demo.columns import money
from assistant.demo.places import CITIES, REGIONS, STORES
from assistant.demo.staff import Staff


def reference_tables(staff: Staff) -> Iterator[tuple[str, pa.Table]]:
    """Yield the places, the products and the sales force, each with its table's name."""
    yield "regions", _regions()
    yield "cities", _cities()
    yield "stores", _stores()
    yield "products", _products()
    yield "salespeople", staff.table()


def _regions() -> pa.Table:
    return pa.table(
        {
            "region_id": _ids(len(REGIONS)),
            "region": [region.name for region in REGIONS],
            "region_en": [region.name_en for region in REGIONS],
        }
    )


def _cities() -> pa.Table:
    return pa.table(
        {
            "city_id": _ids(len(CITIES)),
            "region_id": [city.region + 1 for city in CITIES],
            "province": [city.province for city in CITIES],
            "province_en": [city.province_en for city in CITIES],
            "city": [city.name for city in CITIES],
            "city_en": [city.name_en for city in CITIES],
        }
    )


def _stores() -> pa.Table:
    city_ids = {city.name: position + 1 for position, city in enumerate(CITIES)}
    return pa.table(
        {
            "store_id": _ids(len(STORES)),
            "store": [store.name for store in STORES],
            "store_en": [store.name_en for store in STORES],
            "city_id": [city_ids[store.city] for store in STORES],
            "opened_on": np.array([store.opened_on for store in STORES], dtype="datetime64[D]"),
        }
    )


def _products() -> pa.Table:
    categories = [CATEGORIES[product.category] for product in PRODUCTS]
    return pa.table(
        {
            "product_id": _ids(len(PRODUCTS)),
            "product": [product.name for product in PRODUCTS],
            "product_en": [product.name_en for product in PRODUCTS],
            "category": [category.name for category in categories],
            "category_en": [category.name_en for category in categories],
            "product_line": [category.line for category in categories],
            "product_line_en": [category.line_en for category in categories],
            "launch_date": np.array([p.launched_on for p in PRODUCTS], dtype="datetime64[D]"),
            "discontinued_on": np.array(
                [p.discontinued_on or "NaT" for p in PRODUCTS], dtype="datetime64[D]"
            ),
            "list_price": money(np.array([product.price * 100 for product in PRODUCTS])),
            "unit_cost": money(np.array([round(p.price * 100 * p.cost_share) for p in PRODUCTS])),
        }
    )


def _ids(count: int) -> pa.Array:
    """Return the ids 1 … count."""
    return pa.array(range(1, count + 1))
