"""Bridges: a row is in every group that it is paired with, once in each; groups overlap, totals do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import AmbiguousPath, NoPath, NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import SHOP_MODEL, SHOP_ROWS, World, alike, ask, days, shop

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
TABLES = """
CREATE TABLE tags (tag_id INTEGER, tag VARCHAR, tag_en VARCHAR, kind VARCHAR);
CREATE TABLE order_tags (order_id INTEGER, tag_id INTEGER, since DATE);
"""
TAGGED = """
INSERT INTO tags VALUES (1,'礼品','gift','season'),(2,'贵宾','vip','people'),(3,'特价','sale','season'),(4,'无','none','none');
INSERT INTO order_tags VALUES (1,1,'2024-01-01'),(1,1,'2024-02-01'),(1,2,'2024-01-01'),(3,1,'2024-01-01'),(3,3,'2024-01-01'),
  (4,2,'2024-01-01'),(5,3,'2024-01-01'),(5,NULL,'2024-01-01'),(6,9,'2024-01-01'),(99,1,'2024-01-01');
"""
MODEL = (
    SHOP_MODEL.replace(
        "relationships:\n",
        "  tags: {source: tags, primary_key: tag_id, fields: {tag: {label_column: {en: tag_en}}, kind: }}\n"
        "  order_tags: {source: order_tags, fields: {since: }}\n"
        "relationships:\n"
        "  - {bridge: order_tags, from: order_tags.order_id, to: orders.order_id}\n"
        "  - order_tags.tag_id -> tags.tag_id\n",
    )
    .replace(
        "policies:\n",
        "  mean_freight: {dataset: orders, agg: avg, expr: freight}\n"
        "  taggings: {dataset: order_tags, agg: count}\n"
        "  per_customer: {type: per_entity, entity: orders.customer_id, input_metric: freight, agg: sum}\n"
        "policies:\n",
    )
    .replace(
        "      products: all\n      regions: all\n",
        "      products: all\n      regions: all\n      tags: all\n      order_tags: customers.segment = user.segment\n",
    )
)


def tagged(folder: Path, rows: str = TAGGED, model: str = MODEL) -> World:
    return shop(folder, SHOP_ROWS + TABLES + rows, model)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return tagged(tmp_path_factory.mktemp("tags")).layer()


def where(field: str, op: str, value: object) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


BY_TAG: dict[str, list[list[Any]]] = {
    "freight": [["礼品", 30], ["贵宾", 30], ["特价", 25], [None, 50]],
    "orders": [["礼品", 2], ["贵宾", 2], ["特价", 2], [None, 6]],
    "web_orders": [["礼品", 2], ["贵宾", 2], ["特价", 1], [None, 2]],
    "revenue": [["礼品", 350], ["贵宾", 250], ["特价", 200], [None, 602]],
    "mean_freight": [["礼品", 15], ["贵宾", 15], ["特价", 12.5], [None, 50 / 6]],
    "top_freight": [["礼品", 20], ["贵宾", 20], ["特价", 20], [None, 15]],
    "customers": [["礼品", 2], ["贵宾", 2], ["特价", 2], [None, 5]],
    "refund": [["礼品", 70], ["贵宾", 150], ["特价", 20]],
    "taggings": [["礼品", 4], ["贵宾", 2], ["特价", 2], [None, 2]],
    "per_customer": [["礼品", 30], ["贵宾", 30], ["特价", 25], [None, 42]],
}


@pytest.mark.parametrize("metric", BY_TAG)
def test_a_row_counts_once_in_each_of_its_groups(layer: SemanticLayer, metric: str) -> None:
    rows = ask(layer, {"metrics": [metric], "group_by": ["tags.tag"]}).rows()

    assert alike(rows, BY_TAG[metric])


def test_two_pairs_that_lead_to_one_group_count_once(layer: SemanticLayer) -> None:
    """Order 3 has two tags of one kind, order 1 has one tag twice."""
    rows = ask(layer, {"metrics": ["freight", "revenue"], "group_by": ["tags.kind"]}).rows()

    assert alike(rows, [["season", 35, 350], ["people", 30, 250], [None, 50, 602]])


def test_groups_over_a_bridge_stand_beside_others(layer: SemanticLayer) -> None:
    query = {"metrics": ["freight"], "group_by": ["tags.kind", "orders.channel", {"time": "year"}]}

    rows = ask(layer, {**query, "period": days("2023-01-01", "2024-02-01")}).rows()

    assert alike(
        rows,
        [
            ["people", "web", "2023-01-01", 10],
            ["season", "web", "2023-01-01", 10],
            ["people", "web", "2024-01-01", 20],
            ["season", "web", "2024-01-01", 20],
            [None, "store", "2023-01-01", 10],
        ],
    )


def test_fields_of_the_bridge_itself_group(layer: SemanticLayer) -> None:
    rows = ask(layer, {"metrics": ["freight"], "group_by": ["order_tags.since"]}).rows()

    assert alike(rows, [["2024-01-01", 70], ["2024-02-01", 10], [None, 30]])


@pytest.mark.parametrize(
    ("filters", "freight", "revenue"),
    [
        ([where("tags.tag", "=", "礼品")], 30, 350),
        ([where("tags.tag", "in", ["礼品", "贵宾"])], 50, 450),
        ([where("tags.kind", "=", "season")], 35, 350),
        ([where("tags.tag", "!=", "礼品")], 100, 1052),
        ([where("tags.tag", "=", "礼品"), where("orders.channel", "=", "web")], 30, 350),
        ([where("tags.tag", "=", "无")], None, None),
    ],
)
def test_a_filter_over_a_bridge_doubles_nothing(
    layer: SemanticLayer, filters: list[dict[str, Any]], freight: object, revenue: object
) -> None:
    rows = ask(layer, {"metrics": ["freight", "revenue"], "where": filters}).rows()

    assert rows == [[freight, revenue]]


@pytest.mark.parametrize(
    ("group", "filters", "rows"),
    [
        ("tags.tag", [where("tags.kind", "=", "season")], [["礼品", 30], ["特价", 25]]),
        ("tags.kind", [where("tags.tag", "=", "贵宾")], [["people", 30]]),
        ("tags.kind", [where("order_tags.since", ">=", "2024-02-01")], [["season", 10]]),
        ("tags.tag", [where("tags.tag", "!=", "礼品")], [["贵宾", 30], ["特价", 25], [None, 50]]),
        ("tags.tag", [where("orders.channel", "=", "store")], [["特价", 5], [None, 15]]),
        ("tags.tag", [where("category", "=", "Promo")], [["礼品", 20], ["特价", 25], [None, 5]]),
    ],
)
def test_a_filter_cuts_the_pairs_that_make_the_groups(
    layer: SemanticLayer, group: str, filters: list[dict[str, Any]], rows: list[list[Any]]
) -> None:
    query = {"metrics": ["freight"], "group_by": [group], "where": filters}

    assert alike(ask(layer, query).rows(), rows)


def test_totals_are_asked_alone_and_the_overlap_is_told(layer: SemanticLayer) -> None:
    result = ask(
        layer, {"metrics": ["freight", "revenue"], "group_by": ["tags.tag"], "totals": True}
    )

    (total,) = [
        row for row, kind in zip(result.rows(), result.row_kinds, strict=True) if kind == "total"
    ]
    assert total == [None, 100, 1052]
    told = {
        item.facts.get("metric") for item in result.notices if item.code == "overlapping_groups"
    }
    assert told == {"freight", "revenue"}
    assert {check.status for check in result.checks} <= {"passed", "not_applicable", "warning"}


def test_members_bring_their_names_and_top_groups_are_ranked(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": ["tags.tag"], "where": [where("tags.tag", "in", ["礼品", "贵宾", "特价"])], "order_by": [{"metric": "revenue"}], "limit": 2}  # fmt: skip

    assert ask(layer, query, language="en").rows() == [["礼品", "gift", 350], ["贵宾", "vip", 250]]


def test_a_comparison_over_a_bridge_is_that_of_each_group(layer: SemanticLayer) -> None:
    query = {"metrics": ["freight"], "group_by": ["tags.tag"], "period": days("2024-01-01", "2025-01-01"), "compare": {"to": "previous_year", "show": ["base"], "partial": "full"}}  # fmt: skip

    rows = ask(layer, query).rows()

    assert alike(rows, [["礼品", 20, 10], ["贵宾", 20, 10], ["特价", 25, None], [None, 30, 10]])


def test_rows_without_a_date_are_counted_once(layer: SemanticLayer) -> None:
    query = {"metrics": ["freight"], "group_by": ["tags.tag"], "period": days("2024-01-01", "2025-01-01")}  # fmt: skip

    told = {notice.code: notice.facts for notice in ask(layer, query).notices}

    assert told["rows_without_date"]["rows"] == 1


def test_row_rules_hold_on_both_sides_of_a_bridge(layer: SemanticLayer) -> None:
    rows = ask(layer, {"metrics": ["freight"], "group_by": ["tags.tag"]}, ENT).rows()

    assert alike(rows, [["礼品", 20], ["贵宾", 20], ["特价", 20], [None, 15]])


@pytest.mark.parametrize("change", ["", "mask"])
def test_a_bridge_that_one_does_not_see_leads_nowhere(tmp_path: Path, change: str) -> None:
    model = MODEL.replace("      order_tags: customers.segment = user.segment\n", "")
    if change:
        model = MODEL.replace("{since: }", "{since: , order_id: {pii: true}}")
    world = tagged(tmp_path, model=model).layer()

    with pytest.raises(NoPath) as caught:
        ask(world, {"metrics": ["freight"], "group_by": ["tags.tag"]}, ENT)

    assert "tags.tag" not in caught.value.facts["possible"]  # type: ignore[operator]
    assert world.catalog.reaches("freight", "tags.tag")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ({"metrics": [{"metric": "freight", "modifier": "cumulative_share"}]}, "share_of_non_additive"),
        ({"metrics": ["freight"], "order_by": [{"metric": "freight"}], "limit": 1, "others": True}, "others_over_bridge"),
        ({"metrics": ["freight"], "where": [{"any": [where("tags.kind", "=", "season"), where("orders.channel", "=", "app")]}]}, "bridge_mixed"),
    ],
)  # fmt: skip
def test_what_overlapping_groups_cannot_say_is_refused(
    layer: SemanticLayer, query: dict[str, Any], what: str
) -> None:
    with pytest.raises(NotSupported) as caught:
        ask(layer, {**query, "group_by": ["tags.tag"]})

    assert caught.value.facts["what"] == what


def test_a_share_of_overlapping_groups_is_of_the_whole_asked_alone(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["freight", {"metric": "freight", "modifier": "share"}],
        "group_by": ["tags.tag"],
    }
    whole = 100  # of nine orders, each once
    for _, freight, share in ask(layer, query).rows():
        assert share == pytest.approx(float(str(freight)) / whole)


def test_groups_of_a_bridge_and_of_a_child_are_refused_with_what_is_possible(
    layer: SemanticLayer,
) -> None:
    with pytest.raises(NoPath) as caught:
        ask(layer, {"metrics": ["freight"], "group_by": ["tags.tag", "category"]})

    assert {"tags.tag", "orders.channel", "regions.region"} <= set(caught.value.facts["possible"])  # type: ignore[call-overload]


def test_two_bridges_to_one_dataset_are_ambiguous_and_named(tmp_path: Path) -> None:
    model = MODEL.replace(
        "relationships:\n",
        "  wishes: {source: order_tags}\nrelationships:\n"
        "  - {bridge: wishes, from: wishes.order_id, to: orders.order_id}\n"
        "  - wishes.tag_id -> tags.tag_id\n",
    )
    layer = tagged(tmp_path, model=model).layer()

    for metric in ("revenue", "freight"):
        with pytest.raises(AmbiguousPath) as caught:
            ask(layer, {"metrics": [metric], "group_by": ["tags.tag"]})
        paths = caught.value.facts["paths"]
        assert [name for name in ("order_tags", "wishes") if name in str(paths)] == ["order_tags", "wishes"]  # fmt: skip
    assert not layer.catalog.reaches("revenue", "tags.tag")


def test_without_the_mark_sums_are_refused(tmp_path: Path) -> None:
    model = MODEL.replace("{bridge: order_tags, ", "{")
    layer = tagged(tmp_path, model=model).layer()

    with pytest.raises(NoPath):
        ask(layer, {"metrics": ["freight"], "group_by": ["tags.tag"]})


@pytest.mark.parametrize(
    "wrong", ["{bridge: tags, ", "{bridge: order_tags, as: tagged, "], ids=["elsewhere", "role"]
)
def test_a_bridge_that_is_none_is_a_problem(tmp_path: Path, wrong: str) -> None:
    problems = tagged(tmp_path, model=MODEL.replace("{bridge: order_tags, ", wrong)).problems()

    assert [item for item in problems if "is not where its relationship starts" in item.what]
