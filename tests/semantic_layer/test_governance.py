"""Governance of metrics: what a definition promises is held, and shows in results and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import UnknownName
from semantic_layer.governance import deprecations, successor_of
from semantic_layer.labels import Labels
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import parse_query
from semantic_layer.result import Column, Role
from tests.semantic_layer.worlds import SHOP_MODEL, World, ask, days, shop

GOVERNED = SHOP_MODEL.replace(
    "  top_freight:",
    """  turnover: {of: revenue, deprecated: {zh: 口径不清, en: vague}, replaced_by: sales_value}
  sales_value: {of: revenue, replaced_by: revenue}
  old_count: {of: orders, deprecated: true}
  revenew: {of: revenue, replaced_by: revenue}
  top_freight:""",
).replace("unit: CNY, target: {metric: goal}", "unit: CNY, target: {metric: goal, warn: 0.9}, warn: 0.95, alert: 0.5")  # fmt: skip
FIRST_QUARTER = days("2024-01-01", "2024-04-01")


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return shop(tmp_path_factory.mktemp("governed"), model=GOVERNED).layer()


def test_a_deprecated_metric_answers_and_names_the_last_successor(layer: SemanticLayer) -> None:
    result = ask(layer, {"metrics": ["turnover"]})

    notices = {item.code: item.facts for item in result.notices}
    assert result.rows() == ask(layer, {"metrics": ["revenue"]}).rows()
    assert notices["metric_replaced"] == {"metric": "turnover", "successor": "revenue"}
    assert notices["deprecated_because"]["reason"] == Labels(zh="口径不清", en="vague")


def test_a_deprecated_metric_without_successor_says_that_alone(layer: SemanticLayer) -> None:
    codes = [item.code for item in ask(layer, {"metrics": ["old_count"]}).notices]

    assert codes == ["metric_deprecated"]


def test_a_deprecated_metric_in_a_condition_is_named_too(layer: SemanticLayer) -> None:
    query = parse_query(
        {"metrics": ["orders"], "having": [{"metric": "old_count", "op": ">", "value": 0}]}
    )

    assert [item.code for item in deprecations(query, layer.catalog)] == ["metric_deprecated"]


def test_current_metrics_give_no_such_notice(layer: SemanticLayer) -> None:
    assert not list(deprecations(parse_query({"metrics": ["revenue", "orders"]}), layer.catalog))


def test_successors_are_followed_to_the_end(layer: SemanticLayer) -> None:
    assert successor_of("turnover", layer.catalog) == "revenue"
    assert successor_of("revenue", layer.catalog) is None
    assert successor_of("turnover", layer.catalog) is not None
    assert successor_of("old_count", layer.catalog) is None


def test_near_names_are_current_ones(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownName) as caught:
        ask(layer, {"metrics": ["revenu"]})

    assert "revenue" in caught.value.facts["close"]  # type: ignore[operator]
    assert "revenew" not in caught.value.facts["close"]  # type: ignore[operator]


def test_a_successor_that_is_hidden_is_not_named(layer: SemanticLayer) -> None:
    seen = layer.catalog.without(frozenset({"revenue", "sales_value"}), frozenset())
    query = parse_query({"metrics": ["turnover"]})

    codes = [item.code for item in deprecations(query, seen)]

    assert codes == ["metric_deprecated", "deprecated_because"]


@pytest.mark.parametrize(
    ("value", "status"),
    [(1.0, "reached"), (0.99, "close"), (0.9, "close"), (0.89, "behind"), (0.5, "behind"), (0.49, "alert"), (None, None)],
    ids=["whole", "nearly", "warn", "below warn", "alert", "below alert", "empty"],
)  # fmt: skip
def test_thresholds_give_each_attainment_a_status(value: float | None, status: str | None) -> None:
    column = Column(name="a", role=Role.ATTAINMENT, warn=0.9, alert=0.5)

    assert column.status_of(value) == status


def test_without_thresholds_a_target_is_reached_or_not() -> None:
    column = Column(name="a", role=Role.ATTAINMENT)

    assert [column.status_of(value) for value in (1.2, 0.99, 0.01)] == [
        "reached",
        "behind",
        "behind",
    ]
    assert Column(name="m", role=Role.METRIC, warn=0.9).status_of(0.1) is None


def test_the_targets_own_thresholds_go_before_the_metrics(layer: SemanticLayer) -> None:
    result = ask(
        layer,
        {
            "metrics": ["revenue", {"metric": "revenue", "modifier": "attainment"}],
            "period": FIRST_QUARTER,
        },
    )

    value, attainment = result.columns
    assert (attainment.warn, attainment.alert) == (0.9, 0.5)
    assert (value.warn, value.alert) == (None, None)


def test_attainment_of_an_upper_bound_is_target_over_actual(layer: SemanticLayer) -> None:
    # January to March 2024: freight 20 + 20 + 5 + 15 + 8 + 2 = 70, at most 20 a month = 60.
    result = ask(
        layer,
        {"metrics": [{"metric": "freight", "modifier": "attainment"}], "period": FIRST_QUARTER},
    )

    assert result.rows() == [[pytest.approx(60 / 70)]]


HEAD = "version: 1\nmodel: m\ndatasets: {d: {source: d, fields: {a: , b: }}}\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("metrics:\n  n: {dataset: d, agg: count, replaced_by: gone}\n", "replaced_by names `gone`, which is no metric"),
        ("metrics:\n  n: {dataset: d, agg: count, replaced_by: n}\n", "replaced_by names the metric itself"),
        ("metrics:\n  n: {dataset: d, agg: count, replaced_by: o}\n  o: {dataset: d, agg: count, replaced_by: n}\n", "leads back to it: n → o → n"),
        ("metrics:\n  n: {dataset: d, agg: count, drivers: [n]}\n", "drivers names the metric itself"),
        ("metrics:\n  n: {dataset: d, agg: count, drivers: {sum: [gone]}}\n", "drivers names `gone`"),
        ("metrics:\n  n: {dataset: d, agg: count, warn: 0.8, alert: 0.9}\n", "`alert` is a lower share"),
        ("metrics:\n  n: {dataset: d, agg: count, certified: soon}\n", "certified"),
        ("metrics:\n  n: {dataset: d, agg: count, tier: first}\n", "tier"),
        ("metrics:\n  n: {dataset: d, agg: count, family: other}\n", "family"),
        ("metrics:\n  n: {dataset: d, agg: count, good: high}\n", "good"),
        ("metrics:\n  n: {dataset: d, agg: count, compare: {to: last_week}}\n", "compare"),
        ("hierarchies: {h: [d.a, d.c]}\n", "names d.c"),
        ("hierarchies: {h: [d.a, d.a]}\n", "names a level twice"),
        ("hierarchies: {h: [d.a]}\n", "nothing to drill down to"),
    ],
    ids=["no successor", "itself", "ring", "drives itself", "no driver", "levels", "certified", "tier", "family", "good", "compare", "no level", "level twice", "one level"],
)  # fmt: skip
def test_what_a_governance_key_cannot_mean_is_refused_at_load(
    tmp_path: Path, text: str, what: str
) -> None:
    world = World(tmp_path).data("CREATE TABLE d (a VARCHAR, b VARCHAR)").file(HEAD + text)

    assert any(what in problem.what for problem in world.problems())
