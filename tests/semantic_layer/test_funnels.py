"""Who enters and who gets there: conversion by cohort and by event, over stages, within a window; retention."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import NoPath
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from tests.semantic_layer.worlds import World, alike, ask, days

DATA = """
CREATE TABLE people (user_id INTEGER, city VARCHAR);
INSERT INTO people VALUES (1,'A'),(2,'A'),(3,'B'),(4,'B'),(5,NULL);
CREATE TABLE events (event_id INTEGER, user_id INTEGER, event VARCHAR, ts TIMESTAMP, channel VARCHAR);
INSERT INTO events VALUES
  (1,1,'visit','2024-01-01 23:30','web'),(2,1,'buy','2024-01-03 10:00','web'),(11,1,'pay','2024-01-02 08:00','web'),
  (3,2,'visit','2024-01-31 23:30','web'),(4,2,'buy','2024-02-20 09:00','web'),
  (5,3,'visit','2024-02-05 08:00','web'),(6,3,'visit','2024-02-06 08:00','app'),(7,3,'buy','2024-02-07 12:00','web'),
  (10,3,'pay','2024-02-08 08:00','web'),(8,4,'visit','2024-02-10 10:00','app'),
  (9,NULL,'visit','2024-02-10 10:00','app'),(14,NULL,'buy','2024-02-10 11:00','app'),
  (12,1,'visit','2024-03-01 00:00','web'),(13,2,'visit','2024-03-05 00:00','web');
CREATE TABLE bills (bill_id INTEGER, user_id INTEGER, day DATE);
INSERT INTO bills VALUES (1,1,'2024-01-01'),(2,3,'2024-02-12'),(3,3,'2024-02-13');
"""
MODEL = """
version: 1
model: site
datasets:
  people: {source: people, primary_key: [user_id], fields: {city: }}
  events: {source: events, primary_key: [event_id], time: ts, fields: {event: , channel: }}
  bills: {source: bills, primary_key: [bill_id], time: day}
relationships: [events.user_id -> people.user_id, bills.user_id -> people.user_id]
metrics:
  visits: {dataset: events, agg: count, filter: "event = 'visit'"}
  buys: {dataset: events, agg: count, filter: "event = 'buy'"}
  pays: {dataset: events, agg: count, filter: "event = 'pay'"}
  bills: {dataset: bills, agg: count}
  in_a_week: {type: conversion, entity: user_id, stages: [visits, buys], window: 7 days}
  ever: {type: conversion, entity: user_id, stages: [visits, buys]}
  by_visit: {type: conversion, entity: user_id, stages: [visits, buys], window: 7 days, basis: event}
  payers: {type: conversion, entity: user_id, stages: [visits, buys, pays], window: 7 days, calculation: count}
  billed: {type: conversion, entity: user_id, stages: [visits, bills], window: 7 days, calculation: count}
  back_next_month: {type: retention, entity: user_id, of: visits}
  back_in_two: {type: retention, entity: user_id, of: visits, grain: month, after: 2}
  back_in_two_count: {type: retention, entity: user_id, of: visits, grain: month, after: 2, calculation: count}
  ever_from_app: {of: ever, filter: "channel = 'app'"}
  ever_a_month_ago: {type: offset, input_metric: ever, offset_window: 1 month}
  points: {type: derived, expr: in_a_week * 100}
policies:
  - {role: city, datasets: {people: city = user.city, events: people.city = user.city, bills: people.city = user.city}}
"""
MONTHS: list[dict[str, str]] = [{"time": "month"}]
Q1 = days("2024-01-01", "2024-04-01")


def site(folder: Path, model: str = MODEL, data: str = DATA) -> World:
    folder.mkdir(parents=True, exist_ok=True)
    return World(folder).data(data).file(model)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return site(tmp_path_factory.mktemp("site")).layer()


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("in_a_week", 2 / 4),  # 1 and 3; 2 bought after twenty days, 4 never
        ("ever", 3 / 4),
        ("by_visit", 2 / 7),  # the purchase of 3 belongs to the second visit
        ("payers", 1),  # 1 paid before the purchase
        (
            "billed",
            1,
        ),  # a bill on the day of the visit counts, the hours of days do not; the seventh day is over
        ("back_next_month", 0.0),
        ("back_in_two", 2 / 4),
        ("back_in_two_count", 2),
        ("ever_from_app", 1 / 2),  # 3 came by the app first in February, bought on the web
        ("points", 50.0),
    ],
)
def test_all_time(layer: SemanticLayer, metric: str, value: float) -> None:
    assert ask(layer, {"metrics": [metric]}).rows() == [[pytest.approx(value)]]


def test_a_cohort_is_those_who_entered_in_the_period_wherever_the_rest_happened(
    layer: SemanticLayer,
) -> None:
    query = {"metrics": ["in_a_week", "ever", "by_visit", "back_in_two"], "group_by": MONTHS, "period": Q1}  # fmt: skip
    assert ask(layer, query).rows() == [
        ["2024-01-01", 0.5, 1.0, 0.5, 1.0],
        ["2024-02-01", 0.5, 0.5, pytest.approx(1 / 3), 0.0],
        ["2024-03-01", 0.0, 0.0, 0.0, None],  # nobody came for the first time
    ]


def test_groups_and_filters_are_those_of_the_entry(layer: SemanticLayer) -> None:
    query = {"metrics": ["in_a_week", "by_visit"], "group_by": ["channel"], "totals": True}
    assert ask(layer, query).rows() == [
        ["app", 0.5, 0.5],
        ["web", pytest.approx(2 / 3), 0.2],
        [None, 0.5, pytest.approx(2 / 7)],
    ]
    only_web = {"metrics": ["by_visit"], "where": [{"field": "channel", "value": "web"}]}
    # The visit by the app in between still takes the purchase.
    assert ask(layer, only_web).rows() == [[0.2]]


def test_a_base_period_is_a_cohort_of_its_own(layer: SemanticLayer) -> None:
    query = {
        "metrics": ["ever"],
        "group_by": ["city"],
        "period": days("2024-02-01", "2024-03-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
    }
    assert ask(layer, query).rows() == [["A", None, 1.0], ["B", 0.5, None]]
    earlier = {"metrics": ["ever_a_month_ago"], "period": days("2024-02-01", "2024-03-01")}
    assert ask(layer, earlier).rows() == [[1.0]]


def test_a_window_that_is_still_open_is_said(layer: SemanticLayer) -> None:
    closed = {"metrics": ["in_a_week"], "period": days("2024-01-01", "2024-02-01")}
    running = {"metrics": ["in_a_week"], "period": days("2024-03-01", "2024-04-01")}
    codes = [[item.code for item in ask(layer, query).notices] for query in (closed, running)]
    assert "window_still_open" not in codes[0]
    assert "window_still_open" in codes[1]


def test_rows_under_a_policy_are_those_of_a_cut_copy(tmp_path: Path, layer: SemanticLayer) -> None:
    cut = "DELETE FROM events WHERE user_id IS NULL OR user_id NOT IN (3, 4); DELETE FROM bills WHERE user_id <> 3;"
    copy = site(tmp_path, data=DATA + cut).layer()
    person = Principal(name="b", role="city", attributes={"city": "B"})
    query: dict[str, Any] = {"metrics": ["in_a_week", "by_visit", "back_in_two", "billed"], "group_by": ["channel", *MONTHS]}  # fmt: skip
    mine = ask(layer, query, person).rows()
    assert alike(mine, ask(copy, query).rows())
    assert mine


def test_a_field_that_only_a_later_stage_has_is_refused(tmp_path: Path) -> None:
    model = MODEL.replace("time: day}", "time: day, fields: {bill_id: }}")
    layer = site(tmp_path, model).layer()
    with pytest.raises(NoPath):
        ask(layer, {"metrics": ["billed"], "group_by": ["bill_id"]})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("bad: {type: conversion, entity: user_id, stages: [visits]}", "at least 2"),
        ("bad: {type: conversion, entity: user_id, stages: [visits, ever]}", "does not count rows"),
        ("bad: {type: conversion, entity: nobody, stages: [visits, buys]}", "nobody"),
        ("bad: {type: conversion, entity: user_id, stages: [visits, bought]}", "is no metric"),
        ("bad: {type: retention, entity: user_id + 1, of: visits}", "is not a column"),
        ("bad: {type: retention, entity: user_id, of: people_count}", "have no day"),
        ("bad: {type: conversion, entity: user_id, stages: [loose, buys], basis: event}", "has no key"),
    ],
)  # fmt: skip
def test_what_is_no_funnel_is_said(tmp_path: Path, line: str, said: str) -> None:
    model = MODEL.replace(
        "metrics:\n",
        f"metrics:\n  {line}\n  people_count: {{dataset: people, agg: count}}\n"
        "  loose: {dataset: keyless, agg: count}\n",
    ).replace("relationships:", "  keyless: {source: bills, time: day}\nrelationships:")
    problems = site(tmp_path, model).problems()
    assert any(said in f"{item.what} {item.fix}" for item in problems), problems
