"""JSON Schemas of definition files and queries: everything we write fits them, nothing unknown does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.opening import DEFINITIONS
from semantic_layer.errors import MalformedQuery
from semantic_layer.loading import load_definitions
from semantic_layer.metric_specs import METRIC_KINDS
from semantic_layer.model import CalendarSpec, Definitions, Settings
from semantic_layer.query import MetricQuery, parse_query
from semantic_layer.schemas import definitions_schema, query_schema
from semantic_layer.yaml_source import read_yaml
from tests.semantic_layer.worlds import SHOP_MODEL, World

jsonschema = pytest.importorskip("jsonschema")

TESTS = Path(__file__).resolve().parents[1]
FOLDERS = [DEFINITIONS, *sorted(path for path in TESTS.rglob("definitions") if path.is_dir())]
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.yml"))]
TRAPS = json.loads((TESTS / "traps" / "queries.json").read_text("utf-8"))

EVERY_KEY = """
version: 1
model: sales
settings: {timezone: Asia/Shanghai, week_start: monday, fiscal_year_start: january, currency: CNY, as_of: max(order_lines.order_date)}
calendar: {source: dates, date: day, grains: {fiscal_year: fy, retail_month: rm}}
datasets:
  orders:
    source: orders
    primary_key: [order_id]
    time: order_date
    label: {zh: 订单, en: Orders}
    fields:
      channel: {label: {zh: 渠道, en: Channel}, synonyms: {zh: [平台], en: [platform]}, values: {tmall: {zh: 天猫, en: Tmall, synonyms: [T-mall]}, jd: JD}}
      ship_date: {datatype: Date}
      region_name: {label: Region, label_column: {en: region_name_en}}
      is_late: {expr: delivered_date > ship_date + INTERVAL '7' DAY, datatype: Boolean}
      email: {pii: true, mask: "'***'"}
      plain:
  targets: {source: targets, primary_key: month, time: {field: month, grain: month}}
relationships:
  - order_lines.order_id -> orders.order_id
  - {from: orders.ship_region_id, to: regions.region_id, as: ship_region}
  - {from: {dataset: 退货, columns: ["订单 ID"]}, to: orders.order_id}
hierarchies: {geography: [regions.region, regions.province, regions.city]}
metrics:
  revenue: {dataset: order_lines, agg: sum, expr: amount}
  orders: {dataset: orders, agg: count}
  slow: {dataset: orders, agg: percentile, expr: days, p: 0.75}
  web_revenue: {of: revenue, filter: "orders.channel = 'web'"}
  shipped: {of: revenue, time: orders.ship_date}
  margin_rate: {type: ratio, numerator: revenue - cost, denominator: revenue}
  net: {type: derived, expr: revenue - refund}
  ytd: {type: cumulative, input_metric: revenue, grain_to_date: year}
  trailing: {type: cumulative, input_metric: revenue, window: 3 months, period_agg: last}
  last_year: {type: offset, input_metric: revenue, offset_window: 1 year}
  on_hand: {dataset: stock, agg: sum, expr: on_hand, non_additive_dimension: {name: snap_date, window_agg: last, group_by: [warehouse, product_id]}}
  average_stock: {of: on_hand, type: average_of_snapshots}
  repeat_rate: {type: entity_share, entity: orders.customer_id, having: orders >= 2}
  avg_per_customer: {type: per_entity, entity: orders.customer_id, input_metric: revenue, agg: avg}
  governed:
    dataset: orders
    agg: count
    label: {zh: 单, en: orders}
    synonyms: [one, two]
    description: A number
    unit: {zh: 单, en: orders}
    good: up
    owner: sales-ops
    certified: 2026-10-01
    tier: primary
    family: contribution
    compare: {to: previous_year, partial: align}
    drivers: {sum: [a, b]}
    deprecated: {zh: 停用, en: gone}
    replaced_by: orders
    fill_nulls_with: 0
    target: {value: 0.95, op: ">=", per: month, where: "orders.channel = 'main'"}
    warn: 0.95
    alert: 0.85
    actions: {below_target: {zh: 看差距, en: See the gap}}
policies:
  - {role: rep, datasets: {order_lines: "orders.salesperson_id = user.salesperson_id", products: all}, hide: [cost], mask: [customers.email]}
tests: [{query: {metrics: [revenue], period: {start: 2024-01-01, end: 2025-01-01}}, expect: [[775]]}]
"""


def as_json(data: Any) -> Any:
    """Turn what YAML gives into what JSON holds: days as texts, keys as texts."""
    if isinstance(data, dict):
        return {str(key): as_json(value) for key, value in data.items()}
    if isinstance(data, list):
        return [as_json(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def faults(data: Any, schema: dict[str, Any]) -> list[str]:
    jsonschema.Draft202012Validator.check_schema(schema)
    found = jsonschema.Draft202012Validator(schema).iter_errors(as_json(data))
    return [f"{list(item.absolute_path)}: {item.message[:200]}" for item in found]


@pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.parent.name}/{p.name}" for p in FILES])
def test_our_own_files_fit_the_schema(path: Path) -> None:
    schema = definitions_schema()
    if path.name == "principals.yml":
        schema = {"$defs": schema["$defs"], "$ref": "#/$defs/Principals"}

    assert faults(read_yaml(path).data, schema) == []


@pytest.mark.parametrize("text", [EVERY_KEY, SHOP_MODEL], ids=["every key", "shop"])
def test_every_spelling_fits_the_schema_and_loads(tmp_path: Path, text: str) -> None:
    world = World(tmp_path).file(text)

    load_definitions(world.folder / "definitions")

    assert (
        faults(read_yaml(tmp_path / "definitions" / "model.yml").data, definitions_schema()) == []
    )


@pytest.mark.parametrize("case", sorted(TRAPS), ids=sorted(TRAPS))
def test_trap_queries_fit_the_schema(case: str) -> None:
    assert faults(TRAPS[case]["query"], query_schema()) == []


@pytest.mark.parametrize("kind", sorted({kind.__name__ for kind in METRIC_KINDS.values()}))
def test_every_metric_kind_is_in_the_schema(kind: str) -> None:
    listed = json.dumps(definitions_schema()["properties"]["metrics"])

    assert f"#/$defs/{kind}" in listed


def test_every_section_is_in_the_schema() -> None:
    assert set(definitions_schema()["properties"]) == set(Definitions.model_fields)


def _mutated(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


UNKNOWN = [
    ("settings: {timezone", "settings: {timezon", "timezone"),
    ("calendar: {source", "calendar: {sauce", "source"),
    ("    primary_key: [order_id]", "    primery_key: [order_id]", "primary_key"),
    ("{label: {zh: 渠道", "{lable: {zh: 渠道", "label"),
    ("tmall: {zh: 天猫, en: Tmall, synonyms", "tmall: {zh: 天猫, en: Tmall, synonims", "synonyms"),
    ("time: {field: month, grain", "time: {field: month, grein", "grain"),
    ("as: ship_region", "ass: ship_region", "as"),
    ("{dataset: 退货, columns", "{dataset: 退货, colums", "columns"),
    ("type: ratio, numerator", "type: ratio, numerater: x, numerator", "numerator"),
    ("window_agg: last, group_by", "window_agg: last, groupby", "group_by"),
    ("good: up\n", "goood: up\n", "good"),
    ("compare: {to: previous_year, partial", "compare: {to: previous_year, partail", "partial"),
    ('op: ">=", per', 'op: ">=", perr', "per"),
    ("drivers: {sum: [a, b]}", "drivers: {sums: [a, b]}", "sum"),
    ("hide: [cost]", "hides: [cost]", "hide"),
    ("expect: [[775]]", "expects: [[775]]", "expect"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "name"), UNKNOWN, ids=[name for *_, name in UNKNOWN])
def test_an_unknown_key_names_the_near_one_on_every_level(
    tmp_path: Path, old: str, new: str, name: str
) -> None:
    text = _mutated(EVERY_KEY, old, new)
    world = World(tmp_path).file(text)

    problems = world.data("CREATE TABLE orders (order_id INTEGER)").problems()

    assert any(
        problem.what.startswith("unknown key") and f"`{name}`" in problem.fix
        for problem in problems
    )
    assert faults(read_yaml(tmp_path / "definitions" / "model.yml").data, definitions_schema())


def test_an_unknown_section_names_the_near_one(tmp_path: Path) -> None:
    problems = (
        World(tmp_path).data("CREATE TABLE a (b INTEGER)").file("model: m\nmetric: {}\n").problems()
    )

    assert "`metrics`" in problems[0].fix
    assert faults({"metric": {}}, definitions_schema())


QUERY: dict[str, Any] = {
    "metrics": ["revenue", {"metric": "revenue", "modifier": "share", "of": "total"}],
    "group_by": ["regions.region", {"time": "month"}],
    "period": {"start": "2025-01-01", "end": "2026-01-01"},
    "where": [
        {"field": "orders.channel", "op": "in", "value": ["tmall", "jd"]},
        {"any": [{"field": "a", "op": "=", "value": 1}, {"not": {"field": "b", "op": "is_null"}}]},
    ],
    "having": [{"metric": "revenue", "op": ">", "value": 1000}],
    "compare": {"to": "previous_year", "show": ["base", "change", "change_pct"], "partial": "align"},
    "order_by": [{"metric": "revenue", "dir": "desc"}],
    "limit": 10,
    "ties": "cut",
    "per": None,
    "others": False,
    "fill": None,
    "totals": False,
}  # fmt: skip


def test_the_query_of_the_reference_fits_the_schema_and_is_read() -> None:
    assert faults(QUERY, query_schema()) == []
    assert parse_query(QUERY).limit == 10


def test_every_key_of_a_query_is_in_the_schema() -> None:
    assert set(query_schema()["properties"]) == set(MetricQuery.model_fields)


def _with(path: tuple[str | int, ...], key: str) -> dict[str, Any]:
    """Return the query with one more key at a place."""
    changed: dict[str, Any] = json.loads(json.dumps(QUERY))
    place: Any = changed
    for step in path:
        place = place[step]
    place[key] = 1
    return changed


PLACES: list[tuple[tuple[str | int, ...], str, str]] = [
    ((), "metrcs", "metrics"),
    (("metrics", 1), "modifyer", "modifier"),
    (("period",), "ends", "end"),
    (("where", 0), "feild", "field"),
    (("where", 1, "any", 0), "feild", "field"),
    (("having", 0), "metrik", "metric"),
    (("compare",), "shows", "show"),
    (("order_by", 0), "dirr", "dir"),
]


@pytest.mark.parametrize(("path", "key", "name"), PLACES, ids=[str(path) for path, *_ in PLACES])
def test_an_unknown_key_of_a_query_names_the_near_one(
    path: tuple[str | int, ...], key: str, name: str
) -> None:
    asked = _with(path, key)

    with pytest.raises(MalformedQuery, match=rf"{key}: unknown key\. Did you mean `{name}`\?"):
        parse_query(asked)

    assert faults(asked, query_schema())


def _words(text: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r"[{,\s]([a-z_]+):", text))


def test_settings_and_calendar_have_no_key_that_the_example_lacks() -> None:
    # The example is what people copy from: a new key belongs into it.
    known = {*Settings.model_fields, *CalendarSpec.model_fields}

    assert known - set(_words(EVERY_KEY)) <= {"fiscal_year_named_by", "default_year"}
