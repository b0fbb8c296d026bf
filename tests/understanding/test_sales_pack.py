"""Questions over the shipped sales definitions: metric, groups, filters, order. Members are the few named here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.question import detect_language
from assistant.resolution import Clarification, Resolution, Resolved, resolve
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.rules import read
from assistant.understanding.time_phrases import Clock
from semantic_layer.binding import bind
from semantic_layer.loading import load_definitions
from semantic_layer.members import Member
from semantic_layer.query import parse_query

PACK = Path(__file__).resolve().parents[2] / "semantic_layer" / "definitions"
CATALOG = bind(load_definitions(PACK)[0])
CHANNELS = {"tmall": ("天猫", "Tmall"), "jd": ("京东", "JD")}
MEMBERS = [
    *(
        Member(field="regions.region", value=zh, labels={"en": en})
        for zh, en in (("华东", "East China"), ("华北", "North China"))
    ),
    *(
        Member(field="orders.channel", value=value, labels={"zh": zh, "en": en})
        for value, (zh, en) in CHANNELS.items()
    ),
]
LEXICON = Lexicon.build(CATALOG, MEMBERS)
CLOCK = Clock(today=date(2026, 8, 20), data_through=date(2026, 8, 19))
YEAR = {"start": "2026-01-01", "end": "2026-08-20"}
BY_REVENUE = [{"metric": "revenue"}]
MONTHS = {"group_by": [{"time": "month"}], "order_by": [{"time": "month", "dir": "asc"}]}
TARGETS = [
    "revenue",
    *({"metric": "revenue", "modifier": name} for name in ("target", "attainment")),
]


def known(field: str) -> list[dict[str, object]]:
    """Return the condition that keeps the unknown member out of a ranking."""
    return [{"field": field, "op": "not_null"}]


CASES: list[tuple[str, dict[str, object]]] = [
    ("今年销售额是多少", {"metrics": ["revenue"], "period": YEAR}),
    ("What was revenue this year?", {"metrics": ["revenue"], "period": YEAR}),
    (
        "今年各大区销售额",
        {
            "metrics": ["revenue"],
            "group_by": ["regions.region"],
            "period": YEAR,
            "order_by": BY_REVENUE,
        },
    ),
    (
        "revenue by region this year",
        {
            "metrics": ["revenue"],
            "group_by": ["regions.region"],
            "period": YEAR,
            "order_by": BY_REVENUE,
        },
    ),
    (
        "华东大区今年毛利率",
        {
            "metrics": ["gross_margin_rate"],
            "period": YEAR,
            "where": [{"field": "regions.region", "value": "华东"}],
        },
    ),
    (
        "gross margin in East China this year",
        {
            "metrics": ["gross_margin_rate"],
            "period": YEAR,
            "where": [{"field": "regions.region", "value": "华东"}],
        },
    ),
    (
        "销售额前十大客户",
        {
            "metrics": ["revenue"],
            "group_by": ["customers.customer"],
            "where": known("customers.customer"),
            "order_by": BY_REVENUE,
            "limit": 10,
        },
    ),
    (
        "top 5 customers by revenue",
        {
            "metrics": ["revenue"],
            "group_by": ["customers.customer"],
            "where": known("customers.customer"),
            "order_by": BY_REVENUE,
            "limit": 5,
        },
    ),
    (
        "2025年有多少客户",
        {"metrics": ["customers"], "period": {"start": "2025-01-01", "end": "2026-01-01"}},
    ),
    ("how many customers", {"metrics": ["customers"]}),
    ("每月订单量", {"metrics": ["orders"], **MONTHS}),
    (
        "revenue, orders and gross margin by month",
        {"metrics": ["revenue", "orders", "gross_margin_rate"], **MONTHS},
    ),
    (
        "天猫和京东销售额对比",
        {
            "metrics": ["revenue"],
            "group_by": ["orders.channel"],
            "where": [{"field": "orders.channel", "op": "in", "value": ["tmall", "jd"]}],
            "order_by": BY_REVENUE,
        },
    ),
    (
        "退货率最差的产品线",
        {
            "metrics": ["return_rate"],
            "group_by": ["products.product_line"],
            "where": known("products.product_line"),
            "order_by": [{"metric": "return_rate"}],
            "limit": 1,
        },
    ),
    (
        "Which reps are behind target this year",
        {
            "metrics": TARGETS,
            "group_by": ["salespeople.salesperson"],
            "period": YEAR,
            "having": [{"metric": "revenue", "op": "<", "value": 1, "modifier": "attainment"}],
            "order_by": [{"metric": "revenue", "modifier": "attainment", "dir": "asc"}],
        },
    ),
    (
        "各团队完成率",
        {
            "metrics": TARGETS,
            "group_by": ["salespeople.team"],
            "order_by": [{"metric": "revenue", "modifier": "attainment"}],
        },
    ),
    (
        "按客户所在城市看销售额",
        {"metrics": ["revenue"], "group_by": ["customer_city.city"], "order_by": BY_REVENUE},
    ),
]


def ask(text: str) -> Resolution:
    language = detect_language(text)
    return resolve(read(text, language, LEXICON), CATALOG, LEXICON, CLOCK, language)


@pytest.mark.parametrize(("text", "query"), CASES, ids=[text for text, _ in CASES])
def test_question_over_the_sales_pack(text: str, query: dict[str, object]) -> None:
    found = ask(text)

    assert isinstance(found, Resolved), found
    assert found.query == parse_query(query)


def test_a_word_with_two_senses_is_asked_back() -> None:
    found = ask("客单价是多少")

    assert isinstance(found, Clarification)
    assert {choice.name for choice in found.options} == {
        "average_order_value",
        "revenue_per_customer",
    }
    assert all(isinstance(ask(choice.question), Resolved) for choice in found.options)


def test_declared_members_are_known_where_none_are_read() -> None:
    found = ask("新品的销售额")

    assert isinstance(found, Resolved), found
    assert found.query.where[0].model_dump()["value"] == "new"
