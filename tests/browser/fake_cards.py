"""Cards that the fake assistant shows."""

from __future__ import annotations

from typing import Any

from assistant.answer.card import (
    Card,
    Chip,
    HeadlinePart,
    How,
    Kpi,
    MetricNote,
    Option,
    Table,
    TableColumn,
)
from assistant.question import Language

Row = tuple[str, str, int, float]
REGIONS: tuple[Row, ...] = (
    ("华东", "East", 462_000_000, 0.182),
    ("华南", "South", 318_000_000, 0.124),
    ("华北", "North", 237_000_000, -0.036),
    ("西南", "Southwest", 173_000_000, 0.221),
    ("=1+1", "=1+1", 52_000_000, -0.112),
)
SQL = """WITH revenue AS (
  /* revenue: sum of order_lines.amount */
  SELECT region, SUM(amount) AS revenue
  FROM order_lines
  WHERE order_date >= DATE '2026-01-01' AND status <> '<b>void</b>'
  GROUP BY region
)
SELECT region, revenue FROM revenue ORDER BY revenue DESC NULLS LAST LIMIT 5"""
WORDS: dict[str, tuple[str, str]] = {
    "rank": ("2026 年各大区销售额排名", "Revenue by region in 2026"),
    "trend": ("今年每月销售额趋势", "Monthly revenue this year"),
    "vague": ("业绩怎么样", "How is performance"),
    "weather": ("明天天气如何", "What is the weather tomorrow"),
    "share": ("各渠道销售额占比", "Revenue share by channel"),
    "target": ("各大区目标完成率", "Target attainment by region"),
}


def clarification(language: Language) -> Card:
    zh = language == "zh"
    asked = (
        "“业绩”可以指不同指标，你想看哪一个？"
        if zh
        else "“Performance” has several meanings. Which one?"
    )
    return Card(
        status="clarification",
        language=language,
        headline=(HeadlinePart(text=asked),),
        options=(
            Option(
                label="销售额" if zh else "Revenue",
                detail="sum(amount)",
                question=WORDS["rank"][not zh],
            ),
            Option(
                label="完成率" if zh else "Attainment",
                detail="revenue / target",
                question=WORDS["target"][not zh],
            ),
        ),
    )


def refusal(text: str, language: Language) -> Card:
    zh = language == "zh"
    return Card(
        status="refused",
        language=language,
        headline=(
            HeadlinePart(text="没有可以回答它的数据：" if zh else "There is no data for this: "),
            HeadlinePart(text=text[:300], bold=True),
        ),
        notes=("未匹配到任何已定义指标。" if zh else "No defined metric matches.",),
        options=(Option(label=WORDS["rank"][not zh], detail="", question=WORDS["rank"][not zh]),),
    )


def ranking(rows: tuple[Row, ...], language: Language, who: str, *, trend: bool) -> Card:
    zh = language == "zh"
    data: list[dict[str, Any]] = [
        {
            "region": _label(row, zh),
            "value": row[2],
            "text": _amount(row[2], zh),
            "month": f"{place}月" if zh else f"M{place}",
        }
        for place, row in enumerate(rows, start=1)
    ]
    return Card(
        status="answered",
        language=language,
        headline=_headline(rows[0], zh),
        chips=(
            Chip(
                kind="metric", label="指标" if zh else "Metric", value="销售额" if zh else "Revenue"
            ),
            Chip(kind="period", label="时间" if zh else "Period", value="2026-01-01 – 2026-08-19"),
            Chip(kind="group", label="分组" if zh else "By", value="大区" if zh else "Region"),
            Chip(kind="certified", label="", value="已认证口径" if zh else "Certified metric"),
        ),
        kpis=_kpis(rows, zh),
        chart=_line(data) if trend else _bars(data),
        chart_title="2026 年各大区销售额" if zh else "Revenue by region, 2026",
        chart_reason="排名用横条" if zh else "Bars for a ranking",
        table=_table(rows, zh),
        notes=(
            "8 月未结束：同比按 8 月 1–19 日对齐。"
            if zh
            else "August is unfinished: compared with 1–19 August.",
        ),
        how=_how(who, zh),
        follow_ups=(WORDS["trend"][not zh], WORDS["target"][not zh]),
    )


def _label(row: Row, zh: bool) -> str:
    return row[0] if zh else row[1]


def _amount(value: float, zh: bool) -> str:
    return f"{value / 1e8:.2f}亿元" if zh else f"¥{value / 1e6:.0f}M"


def _change(value: float) -> str:
    return f"{value:+.1%}".replace("-", "−")


def _headline(first: Row, zh: bool) -> tuple[HeadlinePart, ...]:
    return (
        HeadlinePart(text=_label(first, zh), bold=True),
        HeadlinePart(text="以 " if zh else " leads with "),
        HeadlinePart(text=_amount(first[2], zh), bold=True),
        HeadlinePart(text=" 居首，同比 " if zh else ", year on year "),
        HeadlinePart(text=_change(first[3]), bold=True, tone="good"),
        HeadlinePart(text="；华北下滑（" if zh else "; North fell ("),
        HeadlinePart(text="−3.6%", bold=True, tone="bad"),
        HeadlinePart(text="）。" if zh else ")."),
    )


def _kpis(rows: tuple[Row, ...], zh: bool) -> tuple[Kpi, ...]:
    basis = "同比" if zh else "YoY"
    total = _amount(sum(row[2] for row in rows), zh)
    return (
        Kpi(
            label="全国销售额" if zh else "Total revenue",
            value=total,
            delta="+11.3%",
            direction="up",
            tone="good",
            basis=basis,
        ),
        Kpi(
            label="增速最快" if zh else "Fastest",
            value="西南" if zh else "Southwest",
            delta="+22.1%",
            direction="up",
            tone="good",
            basis=basis,
        ),
        Kpi(
            label="下滑最大" if zh else "Largest fall",
            value="华北" if zh else "North",
            delta="−3.6%",
            direction="down",
            tone="bad",
            basis=basis,
        ),
        Kpi(
            label="目标完成率" if zh else "Attainment",
            value="96.5%",
            progress=0.965,
            basis="目标 14.45亿元" if zh else "Target ¥1.45B",
        ),
    )


def _table(rows: tuple[Row, ...], zh: bool) -> Table:
    total = sum(row[2] for row in rows)
    last = "合计" if zh else "Total"
    return Table(
        columns=(
            TableColumn(name="region", label="大区" if zh else "Region", numeric=False),
            TableColumn(name="revenue", label="销售额" if zh else "Revenue", numeric=True),
            TableColumn(name="change", label="同比" if zh else "YoY", numeric=True),
        ),
        rows=(
            *((_label(row, zh), _amount(row[2], zh), _change(row[3])) for row in rows),
            (last, _amount(total, zh), "—"),
        ),
        raw=(*((_label(row, zh), row[2], row[3]) for row in rows), (last, total, None)),
        row_kinds=("data",) * len(rows) + ("total",),
    )


def _how(who: str, zh: bool) -> How:
    return How(
        summary="共 5 行 · 38 毫秒 · 数据更新至 2026-08-19"
        if zh
        else "5 rows · 38 ms · data through 2026-08-19",
        definitions=(
            MetricNote(
                name="revenue",
                label="销售额" if zh else "Revenue",
                formula="sum(order_lines.amount)",
                description="已完成订单的含税金额" if zh else "Amount of completed orders",
                unit="元" if zh else "CNY",
                owner="sales-ops",
                certified="2026-10-01",
            ),
        ),
        period="2026-01-01 – 2026-08-19",
        data_through="2026-08-19",
        filters=("订单状态 = 已完成" if zh else "Status = completed",),
        permission=who,
        semantic_sql="SELECT region, MEASURE(revenue) FROM sales GROUP BY region ORDER BY 2 DESC LIMIT 5",
        sql=SQL,
        checks=(
            ("parts = whole", "passed", "1,242,000,000"),
            ("freshness", "warning", "2026-08-19"),
        ),
        timings=(("read", "2 ms"), ("execute", "38 ms")),
    )


def _bars(data: list[dict[str, Any]]) -> dict[str, Any]:
    y = {
        "field": "region",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "domain": False},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": data},
        "height": {"step": 42},
        "encoding": {"y": y, "x": {"field": "value", "type": "quantitative", "axis": None}},
        "layer": [
            {"mark": {"type": "bar", "height": 22}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def _line(data: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": data},
        "height": 260,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {
                "field": "month",
                "type": "ordinal",
                "sort": None,
                "axis": {"title": None, "labelAngle": 0},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "axis": {"title": None, "format": "~s"},
            },
        },
    }
