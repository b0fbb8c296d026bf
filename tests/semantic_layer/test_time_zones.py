"""Moments (TIMESTAMP WITH TIME ZONE) are read as wall-clock time of the model's zone; other timestamps are that already."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer.calendar import Period
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import MalformedQuery
from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.worlds import World, ask, days

# 2 is 1 March 00:30 in Shanghai and 29 February in Berlin; 4 and 5 are the two half past
# twos of Berlin's longest Sunday, 27 October 2024, an hour apart; 6 is the last second of 2024 in Shanghai.
ROWS = """
CREATE TABLE events (id INTEGER, happened TIMESTAMPTZ, local TIMESTAMP);
INSERT INTO events VALUES
  (1, '2024-02-29 15:59:59+00', '2024-02-29 23:59:59'),
  (2, '2024-02-29 16:30:00+00', '2024-03-01 00:30:00'),
  (3, '2024-03-31 00:30:00+00', '2024-03-31 00:00:00'),
  (4, '2024-10-27 00:30:00+00', '2024-10-27 02:30:00'),
  (5, '2024-10-27 01:30:00+00', '2024-10-27 02:30:00'),
  (6, '2024-12-31 15:59:59+00', '2024-12-31 23:59:59'),
  (7, NULL, NULL);
"""
MODEL = """
version: 1
model: shop
settings: {timezone: ZONE}
datasets:
  events: {source: events, primary_key: [id], time: happened, fields: {happened: , local: }}
metrics:
  events: {dataset: events, agg: count}
  locals: {of: events, time: local}
"""
SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"


def world(folder: Path, zone: str) -> World:
    folder.mkdir(parents=True, exist_ok=True)
    return World(folder).data(ROWS).file(MODEL.replace("ZONE", zone))


@pytest.fixture(scope="module")
def shanghai(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return world(tmp_path_factory.mktemp("shanghai"), SHANGHAI).layer()


@pytest.fixture(scope="module")
def berlin(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    return world(tmp_path_factory.mktemp("berlin"), BERLIN).layer()


def test_rows_near_midnight_lie_in_the_day_of_the_zone(
    shanghai: SemanticLayer, berlin: SemanticLayer
) -> None:
    query = {
        "metrics": ["events"],
        "group_by": [{"time": "day"}],
        "period": days("2024-02-29", "2024-03-02"),
    }

    assert ask(shanghai, query).rows() == [["2024-02-29", 1], ["2024-03-01", 1]]
    assert ask(berlin, query).rows() == [["2024-02-29", 2]]


def test_periods_are_half_open_in_the_zone(shanghai: SemanticLayer) -> None:
    year = {"metrics": ["events"], "period": days("2024-01-01", "2025-01-01")}
    march = {"metrics": ["events"], "period": days("2024-03-01", "2024-04-01")}

    assert ask(shanghai, year).rows() == [[6]]
    assert ask(shanghai, march).rows() == [[2]]


def test_the_hour_that_comes_twice_is_one_hour_of_the_day(berlin: SemanticLayer) -> None:
    query = {"metrics": ["events"], "group_by": [{"part": "hour_of_day"}]}

    # 16:59:59 and 17:30 in winter; 01:30 half an hour before summer time begins; 02:30 twice; 16:59:59 at the end.
    assert ask(berlin, query).rows() == [[1, 1], [2, 2], [16, 2], [17, 1], [None, 1]]


def test_wall_clock_timestamps_stay_as_they_are(berlin: SemanticLayer) -> None:
    query = {"metrics": ["locals"], "group_by": [{"time": "month"}], "period": days("2024-02-01", "2024-04-01")}  # fmt: skip

    assert ask(berlin, query).rows() == [["2024-02-01", 1], ["2024-03-01", 2]]


def test_comparisons_and_fiscal_grains_read_the_same_days(shanghai: SemanticLayer) -> None:
    query = {
        "metrics": ["events"],
        "group_by": [{"time": "month"}],
        "period": days("2024-03-01", "2024-04-01"),
        "compare": {"to": "previous_period", "show": ["base"]},
    }

    assert ask(shanghai, query).rows() == [["2024-03-01", 2, 1]]


def test_data_reach_to_the_last_day_of_the_zone(
    shanghai: SemanticLayer, berlin: SemanticLayer
) -> None:
    assert ask(shanghai, {"metrics": ["events"]}).data_through == date(2024, 12, 31)
    found = ask(berlin, {"metrics": ["events"], "group_by": [{"time": "year"}]})
    assert found.data_through == date(2024, 12, 31)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"field": "happened", "op": "=", "value": "2024-03-01"}, 1),
        ({"field": "happened", "op": "<=", "value": "2024-02-29"}, 1),
        ({"field": "happened", "op": ">=", "value": "2024-12-31 23:59:59"}, 1),
        ({"field": "happened", "op": "is_null"}, 1),
    ],
)
def test_filters_on_moments_speak_of_the_zone(
    shanghai: SemanticLayer, where: dict[str, Any], count: int
) -> None:
    assert ask(shanghai, {"metrics": ["events"], "where": [where]}).rows() == [[count]]


def test_groups_of_moments_show_the_time_of_the_zone(shanghai: SemanticLayer) -> None:
    query = {"metrics": ["events"], "group_by": ["events.happened"], "limit": 2}

    rows = ask(shanghai, query).rows()

    assert [row[0] for row in rows] == ["2024-02-29T23:59:59", "2024-03-01T00:30:00"]


def test_a_moment_of_another_zone_is_no_time_of_the_model(shanghai: SemanticLayer) -> None:
    where = [{"field": "happened", "op": ">=", "value": "2024-03-01T00:00:00+01:00"}]

    with pytest.raises(MalformedQuery):
        ask(shanghai, {"metrics": ["events"], "where": where})


@pytest.mark.parametrize("session", ["UTC", "America/Los_Angeles", "Asia/Tokyo"])
def test_the_sql_gives_the_same_rows_in_every_session(
    shanghai: SemanticLayer, session: str
) -> None:
    engine = shanghai.engine
    assert isinstance(engine, DuckDBEngine)
    result = ask(shanghai, {"metrics": ["events"], "group_by": [{"time": "month"}], "period": days("2024-01-01", "2025-01-01")})  # fmt: skip

    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{session}'")
        connection.execute(ROWS)
        rows = connection.execute(result.sql).fetchall()

    assert [[row[0].isoformat(), row[1]] for row in rows] == result.rows()
    assert result.period == Period(date(2024, 1, 1), date(2025, 1, 1))


def test_the_last_day_may_be_declared_by_a_moment(tmp_path: Path) -> None:
    model = MODEL.replace(
        "{timezone: ZONE}", f"{{timezone: {SHANGHAI}, as_of: max(events.happened)}}"
    )
    folder = tmp_path / "as_of"
    folder.mkdir()
    extra = "INSERT INTO events VALUES (8, '2024-12-31 16:30:00+00', NULL);"

    layer = World(folder).data(ROWS + extra).file(model).layer()

    assert layer.today() == date(2025, 1, 1)


def test_a_zone_that_does_not_exist_is_a_problem_of_the_definitions(tmp_path: Path) -> None:
    found = world(tmp_path / "odd", "Asia/Shanghay").problems()

    assert ["Asia/Shanghai" in problem.what for problem in found] == [True]


@pytest.mark.parametrize(("zone", "rows"), [(SHANGHAI, [[1, 1]]), (BERLIN, [[2, 0]])])
def test_what_a_definition_makes_of_a_moment_is_in_the_zone_too(
    tmp_path: Path, zone: str, rows: list[list[int]]
) -> None:
    model = MODEL.replace("ZONE", zone).replace(
        "  locals:",
        "  february: {dataset: events, agg: count, filter: \"CAST(happened AS DATE) BETWEEN DATE '2024-02-29' AND DATE '2024-02-29'\"}\n"
        "  first_of_march: {dataset: events, agg: count_distinct, expr: \"CASE WHEN CAST(happened AS DATE) = DATE '2024-03-01' THEN id END\"}\n"
        "  locals:",
    )
    layer = World(tmp_path).data(ROWS).file(model).layer()
    assert ask(layer, {"metrics": ["february", "first_of_march"]}).rows() == rows
