"""What is offered to ask next."""

import pytest

from assistant.answer.follow_ups import suggest
from semantic_layer.catalog import Catalog
from semantic_layer.query import MetricQuery

YEAR = {"period": {"start": "2024-01-01", "end": "2025-01-01"}}


def test_follow_ups_of_a_value(catalog: Catalog) -> None:
    query = MetricQuery.model_validate({"metrics": ["revenue"], "period": YEAR["period"]})

    questions = [suggestion.question for suggestion in suggest(query, catalog, "zh")]

    assert questions == [
        "2024年各大区销售额", "2024年销售额按月趋势", "2024年销售额同比", "2024年销售额完成率", "2024年销售额最高的10个渠道",
    ]  # fmt: skip


def test_follow_ups_keep_filters_and_drill_down(catalog: Catalog) -> None:
    where = [{"field": "orders.region", "value": "E"}]
    query = MetricQuery.model_validate({"metrics": ["revenue"], "where": where, **YEAR})

    found = suggest(query, catalog, "en")

    assert found[0].question == "Revenue by City in 2024 for East"
    assert found[0].query.group_by == ("orders.city",)
    assert all(suggestion.query.where == query.where for suggestion in found)
    assert len(found) <= 6


@pytest.mark.parametrize(
    "part",
    [
        {"where": [{"field": "orders.amount", "op": ">", "value": 5}]},
        {"where": [{"not": {"field": "orders.region", "value": "E"}}]},
        {"compare": {"to": {"start": "2022-01-01", "end": "2023-01-01"}}, **YEAR},
        {"metrics": ["gone"]},
    ],
    ids=["number", "negation", "own base", "unknown metric"],
)
def test_what_a_short_question_cannot_repeat_is_not_suggested(
    catalog: Catalog, part: dict[str, object]
) -> None:
    query = MetricQuery.model_validate({"metrics": ["revenue"], **part})

    assert suggest(query, catalog, "zh") == ()


def test_follow_ups_of_a_trend_do_not_repeat_it(catalog: Catalog) -> None:
    query = MetricQuery.model_validate(
        {"metrics": ["margin"], "group_by": [{"time": "month"}], **YEAR}
    )

    questions = [suggestion.question for suggestion in suggest(query, catalog, "en")]

    assert questions == ["Margin by Region in 2024", "Top 10 Channel by Margin in 2024"]


def test_follow_ups_of_a_ranking(catalog: Catalog) -> None:
    query = MetricQuery.model_validate(
        {"metrics": ["revenue"], "group_by": ["orders.region"], **YEAR}
    )

    found = {suggestion.question: suggestion.query for suggestion in suggest(query, catalog, "en")}

    assert list(found) == [
        "Revenue by City in 2024",
        "Revenue trend by month in 2024",
        "Revenue by Region in 2024 compared with the same period last year",
        "Share of Revenue by Region in 2024",
        "Revenue attainment in 2024",
        "Top 10 Channel by Revenue in 2024",
    ]
    share = found["Share of Revenue by Region in 2024"].metrics[1]
    assert (share.modifier, share.of) == ("share", "total")


@pytest.mark.parametrize(
    ("end", "grain"),
    [("2024-01-31", "day"), ("2024-06-01", "month"), ("2024-01-03", None)],
    ids=["weeks", "months", "two days"],
)
def test_a_trend_is_offered_in_steps_that_fit(
    catalog: Catalog, end: str, grain: str | None
) -> None:
    period = {"start": "2024-01-01", "end": end}
    query = MetricQuery.model_validate({"metrics": ["margin"], "period": period})

    grains = [item.query.grain for item in suggest(query, catalog, "zh") if item.query.grain]

    assert grains == ([grain] if grain else [])
