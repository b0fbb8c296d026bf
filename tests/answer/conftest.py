"""A small company's catalog and results by hand: nothing here runs SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pyarrow as pa
import pytest
from sqlglot import exp

from assistant.answer.view import View, view_of
from semantic_layer.atoms import Atom
from semantic_layer.calendar import Grain, Period
from semantic_layer.catalog import BoundField, BoundMetric, Catalog, Dataset
from semantic_layer.labels import Labels
from semantic_layer.model import Definitions
from semantic_layer.query import MetricQuery
from semantic_layer.result import Column, Notice, Result, Role

Rows = Sequence[Sequence[object]]
BuildResult = Callable[..., Result]
BuildView = Callable[..., View]

DEFINITIONS = Definitions.model_validate(
    {
        "model": "sales",
        "datasets": {
            "orders": {
                "source": "orders",
                "label": {"zh": "订单", "en": "Orders"},
                "fields": {
                    "region": {
                        "label": {"zh": "大区", "en": "Region"},
                        "values": {"E": {"zh": "华东", "en": "East"}, "S": {"zh": "华南", "en": "South"}},
                    },
                    "city": {"label": {"zh": "城市", "en": "City"}},
                    "channel": {"label": {"zh": "渠道", "en": "Channel"}},
                    "amount": {"label": {"zh": "金额", "en": "Amount"}},
                },
            }
        },
        "metrics": {
            "revenue": {
                "dataset": "orders", "agg": "sum", "expr": "amount", "filter": "status <> 'cancelled'",
                "label": {"zh": "销售额", "en": "Revenue"}, "unit": "CNY", "good": "up",
                "owner": "sales-ops", "certified": "2026-07-01",
                "target": {"metric": "plan", "warn": 0.9},
            },
            "plan": {"dataset": "orders", "agg": "sum", "expr": "plan", "label": {"zh": "销售目标", "en": "Plan"}, "unit": "CNY"},
            "cost": {"dataset": "orders", "agg": "sum", "expr": "cost", "label": {"zh": "成本", "en": "Cost"}, "unit": "CNY"},
            "margin": {
                "type": "ratio", "numerator": "revenue - cost", "denominator": "revenue",
                "label": {"zh": "毛利率", "en": "Margin"}, "unit": "percent", "good": "up",
            },
            "returns": {
                "of": "orders", "filter": "returned", "time": "orders.return_date", "good": "down",
                "label": {"zh": "退货数", "en": "Returns"}, "unit": {"zh": "单", "en": "orders"},
            },
            "orders": {"dataset": "orders", "agg": "count", "label": {"zh": "订单数", "en": "Orders"}, "unit": "count", "good": "up"},
            "profit": {"type": "derived", "expr": "revenue - cost", "label": {"zh": "利润", "en": "Profit"}, "unit": "CNY"},
            "buyers": {"dataset": "orders", "agg": "count_distinct", "expr": "customer_id", "label": {"zh": "客户数", "en": "Customers"}},
            "slow": {"dataset": "orders", "agg": "percentile", "expr": "days", "p": 0.75, "label": {"zh": "慢单天数", "en": "Slow days"}, "unit": "days", "good": "down"},
        },
        "hierarchies": {"geography": ["orders.region", "orders.city"]},
        "policies": [{"role": "rep", "datasets": {"orders": "region = user.region"}}],
    }
)  # fmt: skip
ROLE_UNITS = {Role.CHANGE_PCT: "percent", Role.SHARE: "percent", Role.ATTAINMENT: "percent", Role.RANK: "count"}  # fmt: skip
USES = {"margin": ("revenue", "cost"), "profit": ("revenue", "cost"), "returns": ("orders",)}


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The definitions above, bound by hand."""
    spec = DEFINITIONS.datasets["orders"]
    dataset = Dataset(
        name="orders", spec=spec, source=exp.to_table("orders"), columns={}, primary_key=("id",), time=None, parents={}
    )  # fmt: skip
    fields = {
        f"orders.{key}": BoundField(
            name=f"orders.{key}", key=key, source="orders", dataset="orders", expr=exp.column(key),
            datatype="Integer" if key == "amount" else "String", spec=field,
        )
        for key, field in spec.fields.items()
    }  # fmt: skip
    metrics = {
        name: BoundMetric(
            name=name, spec=metric, formula=exp.column("a"),
            atoms={"a": Atom(key="a", dataset="orders", agg="sum", expr=None, where=None, time=None)},
            additive=name not in {"margin", "buyers", "slow"}, uses=frozenset({name, *USES.get(name, ())}),
        )
        for name, metric in DEFINITIONS.metrics.items()
    }  # fmt: skip
    return Catalog(
        definitions=DEFINITIONS, datasets={"orders": dataset}, fields=fields, metrics=metrics,
        hierarchies={"geography": ("orders.region", "orders.city")},
    )  # fmt: skip


def column_of(catalog: Catalog, name: str) -> Column:
    """Read a column from its short name: `region`, `month`, `revenue`, `revenue.change_pct`, `city.label`."""
    if name in set(Grain):
        return Column(
            name=name, role=Role.TIME, grain=Grain(name), label=Labels(zh="时间", en="Time")
        )
    if name.endswith(".label"):
        return Column(
            name=name.replace(".", "_"),
            role=Role.DIMENSION,
            label_of=name.split(".", maxsplit=1)[0],
        )
    if f"orders.{name}" in catalog.fields:
        field = catalog.fields[f"orders.{name}"]
        return Column(name=name, role=Role.DIMENSION, grouped_by=field.name, label=field.label)
    metric, _, made = name.partition(".")
    role = Role(made or "metric")
    spec = catalog.metrics[metric].spec
    points = role in {Role.CHANGE, Role.GAP} and spec.unit == "percent"
    unit = "pp" if points else ROLE_UNITS.get(role, spec.unit)
    warn, alert = spec.levels if role is Role.ATTAINMENT else (None, None)
    return Column(
        name=name.replace(".", "_"), role=role, metric=metric, label=catalog.metrics[metric].label, unit=unit, good=spec.good,
        warn=warn, alert=alert,
    )  # fmt: skip


@pytest.fixture
def result(catalog: Catalog) -> BuildResult:
    """Build a result from short column names and rows; the last `total` rows are totals."""

    def build(
        names: str,
        rows: Rows,
        *,
        query: dict[str, object] | None = None,
        total: int = 0,
        through: date | None = date(2024, 12, 31),
        notices: tuple[Notice, ...] = (),
        truncated: bool = False,
    ) -> Result:
        columns = tuple(column_of(catalog, name) for name in names.split())
        metric = next(column.metric for column in columns if column.metric)
        asked = MetricQuery.model_validate({"metrics": [metric], **(query or {})})
        arrays = [pa.array(list(values)) for values in zip(*rows, strict=True)] or [
            pa.array([])
        ] * len(columns)
        table = pa.table(arrays, names=[column.name for column in columns])
        data = len(rows) - total
        return Result(
            columns=columns, table=table, row_kinds=("data",) * data + ("total",) * total, query=asked,
            semantic_sql="SELECT MEASURE(revenue) FROM sales", sql="SELECT 1", parameters={},
            period=asked.period.days if asked.period else None,
            base_period=Period(date(2023, 1, 1), date(2024, 1, 1)) if asked.compare else None,
            data_through=through, truncated=truncated, notices=notices, seconds={"execute": 0.0384},
        )  # fmt: skip

    return build


@pytest.fixture
def view(catalog: Catalog, result: BuildResult) -> BuildView:
    """Build a view of a hand-made result."""

    def build(names: str, rows: Rows, language: str = "zh", **facts: object) -> View:
        return view_of(result(names, rows, **facts), catalog, language)

    return build


YEAR_2024: dict[str, object] = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}


@pytest.fixture
def trend_rows() -> list[list[object]]:
    """Twelve months of 2024: month, revenue, last year's, growth."""
    values = [83, 72, 93, 99, 104, 121, 118, 112, 134, 140, 152, 168]
    base = [76, 68, 84, 88, 96, 106, 121, 105, 116, 123, 130, 142]
    return [
        [date(2024, month, 1), now * 1_000_000, then * 1_000_000, now / then - 1]
        for month, (now, then) in enumerate(zip(values, base, strict=True), 1)
    ]
