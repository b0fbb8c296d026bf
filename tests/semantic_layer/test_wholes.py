"""What a value is part of, and what it is held against: wholes that are asked again, rows that a target is for, balances."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import NotSupported
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import SHOP_MODEL, ask, days, shop


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("wholes")).layer()


def test_a_share_of_a_filter_is_taken_of_what_there_is_without_it(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", {"metric": "revenue", "modifier": "share", "of": "channel"}],
        "group_by": ["region"],
        "where": [{"field": "orders.channel", "value": "web"}, {"field": "category", "value": "Hardware"}],
    }  # fmt: skip
    assert ask(layer, query).rows() == [
        ["Bavaria", 50, 1.0],
        ["华东", 450, pytest.approx(450 / 550)],
        [None, 300, pytest.approx(300 / 452)],
    ]


def test_a_share_of_a_filter_that_is_mixed_with_another_is_refused(layer: SemanticLayer) -> None:
    mixed = {"any": [{"field": "channel", "value": "web"}, {"field": "category", "value": "Promo"}]}
    query = {
        "metrics": [{"metric": "revenue", "modifier": "share", "of": "channel"}],
        "where": [mixed],
    }
    with pytest.raises(NotSupported, match="share_of_mixed_filter"):
        ask(layer, query)


def test_a_share_of_a_distinct_count_is_of_the_whole_asked_again(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["customers", {"metric": "customers", "modifier": "share"}],
        "group_by": ["channel"],
        "totals": True,
    }
    result = ask(layer, query)
    # Ada bought on the web and in the store: five customers with a number, six that orders name.
    assert result.rows() == [
        ["app", 0, 0.0],
        ["store", 2, pytest.approx(2 / 6)],
        ["web", 4, pytest.approx(4 / 6)],
        [None, 1, pytest.approx(1 / 6)],
        [None, 6, 1.0],
    ]
    assert [item.facts for item in result.notices if item.code == "shares_overlap"] == [
        {"metric": "customers"}
    ]
    assert {item.name: item.status for item in result.checks}[
        "shares_equal_one"
    ] == "not_applicable"


def test_a_share_of_a_distinct_count_within_a_group_knows_unknown_members(
    layer: SemanticLayer,
) -> None:
    query = {
        "metrics": [{"metric": "customers", "modifier": "share", "of": "segment"}],
        "group_by": ["segment", "channel"],
    }
    shares = {(row[0], row[1]): row[2] for row in ask(layer, query).rows()}
    assert shares["SMB", "web"] == 0.5  # Ada of Ada and Cy
    assert shares["SMB", "store"] == 1.0
    assert shares["ENT", "web"] == 1.0
    assert shares[None, "web"] == 0.5  # Eve of Eve and the customer that does not exist


def test_a_rank_may_begin_anew_in_each_group(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["revenue", {"metric": "revenue", "modifier": "rank", "of": "region"}],
        "group_by": ["region", "channel"],
    }
    assert [row[3] for row in ask(layer, query).rows() if row[0] == "华东"] == [2, 1]


def test_a_stated_target_holds_for_the_rows_that_it_is_stated_for(tmp_path: Path) -> None:
    stated = SHOP_MODEL.replace(
        "target: {value: 2, per: month}",
        """target: {value: 2, per: month, where: "channel = 'web'"}""",
    )
    layer = shop(tmp_path, model=stated).layer()
    asked = [
        "orders",
        {"metric": "orders", "modifier": "target"},
        {"metric": "orders", "modifier": "attainment"},
    ]
    query = {
        "metrics": asked,
        "group_by": [{"time": "month"}],
        "period": days("2024-01-01", "2024-04-01"),
    }
    result = ask(layer, query)
    # All orders are shown, the web's are held against the target.
    assert result.rows() == [
        ["2024-01-01", 2, 2, 1.0],
        ["2024-02-01", 1, 2, 0.0],
        ["2024-03-01", 3, 2, 0.5],
    ]
    assert [item.facts for item in result.notices if item.code == "target_of_some_rows"] == [
        {"metric": "orders", "where": "channel = 'web'"}
    ]


def test_a_target_stated_for_rows_that_the_asker_may_not_tell_apart_is_none(tmp_path: Path) -> None:
    stated = SHOP_MODEL.replace(
        "target: {value: 2, per: month}",
        """target: {value: 2, per: month, where: "customers.customer = 'Ada'"}""",
    )
    layer = shop(tmp_path, model=stated).layer()
    web = Principal(name="web", role="channel", attributes={"channel": "web", "channels": ("web",)})
    query = {
        "metrics": [{"metric": "orders", "modifier": "target"}],
        "period": days("2024-01-01", "2024-02-01"),
    }
    with pytest.raises(NotSupported, match="target_missing"):
        ask(layer, query, web)
    assert ask(layer, query).rows() == [[2]]


def test_what_came_in_and_has_not_gone_out_is_a_balance(tmp_path: Path) -> None:
    owed = SHOP_MODEL.replace(
        "metrics:\n", "metrics:\n  owed: {type: balance, inflow: revenue, outflow: refund}\n"
    )
    layer = shop(tmp_path, model=owed).layer()
    query = {
        "metrics": ["owed"],
        "group_by": [{"time": "month"}],
        "period": days("2024-01-01", "2024-05-01"),
    }
    # 250 of 2023 and 300; less 100 and 20; plus 445; less 50. February and April have no revenue that is paid for.
    assert ask(layer, query).rows() == [
        ["2024-01-01", 550],
        ["2024-02-01", 430],
        ["2024-03-01", 875],
        ["2024-04-01", 825],
    ]
    by_region = {
        "metrics": ["owed"],
        "group_by": ["region"],
        "period": days("2024-02-01", "2024-03-01"),
        "totals": True,
    }
    assert ask(layer, by_region).rows() == [["华东", 430], ["华北", 0], [None, 430]]


@pytest.mark.parametrize("of", ["regions.country", "country", "parent"])
def test_a_share_of_the_parent_shows_the_parent_too(tmp_path: Path, of: str) -> None:
    model = SHOP_MODEL + "hierarchies: {geography: [regions.country, regions.region]}\n"
    layer = shop(tmp_path, model=model).layer()
    query = {
        "metrics": [{"metric": "revenue", "modifier": "share", "of": of}],
        "group_by": ["region"],
    }
    result = ask(layer, query)
    assert [column.name for column in result.columns] == ["country", "region", "revenue_share"]
    # 华东 sold for 550 and 华北 for nothing in CN.
    assert result.rows() == [
        ["CN", "华东", 1.0],
        ["CN", "华北", 0.0],
        ["DE", "Bavaria", 1.0],
        [None, None, 1.0],
    ]


def test_a_share_of_what_is_no_parent_is_refused(layer: SemanticLayer) -> None:
    for of in ("country", "parent", "nowhere"):
        query = {
            "metrics": [{"metric": "revenue", "modifier": "share", "of": of}],
            "group_by": ["region"],
        }
        with pytest.raises(NotSupported, match="share_of_ungrouped"):
            ask(layer, query)
