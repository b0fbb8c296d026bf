"""Explanations: a plan names exactly the definitions, rows, joins, filters and rights that its SQL uses."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlglot import exp, parse_one

from semantic_layer.explain import explain
from semantic_layer.explanation import Explanation, Rule
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import parse_query
from tests.semantic_layer.worlds import World, ask, days, shop

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
Q1 = days("2024-01-01", "2024-04-01")


def explained(
    layer: SemanticLayer,
    query: dict[str, Any],
    principal: Principal = LOCAL_OWNER,
    today: date | None = None,
) -> Explanation:
    planned = layer.plan(parse_query(query), principal, today=today)
    return explain(planned, layer.access(principal))


def test_a_comparison_reads_its_days_and_those_of_the_base(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": ["regions.region"], "period": Q1, "compare": {"to": "previous_year"}}  # fmt: skip

    found = explained(layer, query)

    assert [(item.slice, item.start, item.end) for item in found.rows] == [
        ("current", "2024-01-01", "2024-04-01"),
        ("base", "2023-01-01", "2023-04-01"),
    ]
    assert {(item.dataset, item.date) for item in found.rows} == {("lines", "orders.order_date")}
    assert found.rows[0].paths == ("lines → orders → customers → regions",)
    assert found.rows[0].on == (
        "lines.order_id = orders.order_id",
        "orders.customer_id = customers.customer_id",
        "customers.region_id = regions.region_id",
    )
    assert found.groups == ("regions.region",)


def test_a_running_period_is_cut_to_the_part_that_both_have(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "period": Q1, "compare": {"to": "previous_year"}}

    found = explained(layer, query, today=date(2024, 2, 10))

    assert [(item.start, item.end) for item in found.rows] == [
        ("2024-01-01", "2024-02-11"),
        ("2023-01-01", "2023-02-11"),
    ]
    assert "period_beyond_data" in {item.code for item in found.assumptions}


def test_a_target_brings_its_own_rows_and_definition(layer: SemanticLayer) -> None:
    query = {"metrics": [{"metric": "revenue", "modifier": "attainment"}], "period": Q1}

    found = explained(layer, query)

    assert [(item.dataset, item.date) for item in found.rows] == [
        ("lines", "orders.order_date"),
        ("targets", "targets.month"),
    ]
    assert [(item.metric, item.asked) for item in found.definitions] == [
        ("revenue", True),
        ("goal", True),
    ]


def test_a_ratio_names_what_it_is_made_of(layer: SemanticLayer) -> None:
    found = explained(layer, {"metrics": ["margin"]})

    definitions = {item.metric: item for item in found.definitions}
    assert [item.metric for item in found.definitions] == ["margin", "cost", "revenue"]
    assert definitions["margin"].aggregates == ("SUM(lines.amount)", "SUM(lines.cost)")
    assert "SUM(lines.amount)" in definitions["margin"].formula
    assert "NULLIF" in definitions["margin"].formula


def test_two_facts_are_two_scans_and_never_one_join(layer: SemanticLayer) -> None:
    found = explained(layer, {"metrics": ["net"], "period": Q1})

    assert [(item.dataset, item.date, item.paths) for item in found.rows] == [
        ("lines", "orders.order_date", ("lines → orders",)),
        ("refunds", "refunds.day", ()),
    ]


def test_a_filter_on_a_child_is_no_join(layer: SemanticLayer) -> None:
    where = [{"field": "category", "value": "Promo"}, {"field": "orders.channel", "value": "web"}]

    rows = explained(layer, {"metrics": ["web_orders"], "where": where}).rows[0]

    assert rows.children == ("lines",)
    assert rows.paths == ()
    assert rows.filters == ("orders.channel = 'web'", "products.category = 'Promo'")
    assert rows.metric_filters == ("orders.channel = 'web'",)


def test_a_role_is_named_with_the_rule_of_each_dataset_it_reads(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["customers.customer"]}

    rights = explained(layer, query, ENT).rights

    assert (rights.principal, rights.role) == ("ent", "segment")
    assert rights.rules == (
        Rule(dataset="customers", rule="segment = user.segment"),
        Rule(dataset="orders", rule="customers.segment = user.segment"),
    )
    assert explained(layer, query).rights.rules == ()


def test_a_window_reads_other_days_than_those_shown(layer: SemanticLayer) -> None:
    running = {"metric": "revenue", "modifier": "cumulative", "over": "year"}
    query = {"metrics": [running], "group_by": [{"time": "month"}], "period": days("2024-02-01", "2024-04-01")}  # fmt: skip

    rows = explained(layer, query).rows[0]

    assert (rows.slice, rows.start, rows.end) == ("current window", "2024-01-01", "2024-04-01")
    assert rows.ranges == 2


def test_order_cut_and_rows_below_are_named(layer: SemanticLayer) -> None:
    query = {"metrics": ["orders"], "group_by": ["product"], "order_by": [{"metric": "margin", "dir": "asc"}], "limit": 2, "others": True, "totals": True}  # fmt: skip

    found = explained(layer, {**query, "metrics": ["revenue"]})

    assert [(key.by, key.descending) for key in found.order] == [("margin", False)]
    assert (found.limit, found.ties, found.per, found.below) == (2, "cut", None, ("total", "others"))  # fmt: skip


def test_conditions_on_values_are_named_by_their_columns(layer: SemanticLayer) -> None:
    having = [{"metric": "revenue", "op": ">", "value": 100}]

    found = explained(layer, {"metrics": ["revenue"], "group_by": ["product"], "having": having})

    assert found.having == ("revenue > 100",)


def test_an_explanation_is_plain_data(layer: SemanticLayer) -> None:
    found = explained(layer, {"metrics": ["margin"], "group_by": ["product"], "period": Q1})

    data = json.loads(json.dumps(found.as_data()))

    assert set(data) == {
        "definitions", "groups", "rows", "having", "rights", "assumptions", "order", "limit", "ties", "per", "below",
    }  # fmt: skip
    assert data["rows"][0]["dataset"] == "lines"


GOVERNED = """
  kept: {dataset: orders, agg: count, owner: sales-ops, certified: 2026-01-31}
  heavy: {type: per_entity, agg: avg, entity: orders.customer_id, input_metric: freight}
"""


def test_who_answers_for_a_definition_is_named(world: World) -> None:
    text = shop(world.folder).folder / "definitions" / "model.yml"
    model = text.read_text("utf-8").replace("\npolicies:", f"{GOVERNED}policies:")
    layer = world.file(model).layer()

    kept = explained(layer, {"metrics": ["kept"]}).definitions[0]
    heavy = explained(layer, {"metrics": ["heavy"]})

    assert (kept.owner, kept.certified) == ("sales-ops", "2026-01-31")
    assert "AVG_OVER_EACH(orders.customer_id)" in heavy.definitions[0].formula
    assert [item.dataset for item in heavy.rows] == ["orders"]


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["margin"], "group_by": ["product"], "order_by": [{"metric": "revenue"}], "limit": 1, "others": True, "totals": True},
        {"metrics": ["revenue"], "group_by": [{"time": "month"}], "period": Q1, "compare": {"to": "previous_year"}, "totals": True},
        {"metrics": [{"metric": "revenue", "modifier": "attainment"}, "net"], "period": Q1},
    ],
    ids=["others and total", "comparison", "target and two facts"],
)  # fmt: skip
def test_every_part_of_the_sql_that_reads_rows_names_its_metric(
    layer: SemanticLayer, query: dict[str, Any]
) -> None:
    tree = parse_one(ask(layer, query).sql, dialect="duckdb")

    ctes = list(tree.find_all(exp.CTE))
    said = {cte.alias: " ".join(cte.comments or cte.args["alias"].comments or ()) for cte in ctes}
    assert all(said.values()), said
    reading = [cte.alias for cte in ctes if cte.alias.split("_")[-1].startswith("b")]
    assert len(reading) > 1
    for alias in reading:
        assert any(name in said[alias] for name in ("revenue", "margin", "net", "goal")), alias
