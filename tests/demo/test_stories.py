"""The planted effects: each is in the data with the stated strength, and not where it did not happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from assistant.demo.generator import write_demo
from assistant.demo.stories import stories, story

STORIES = list(stories())
# What analyses are tried on at the least.
DEMANDED = {
    "sales-grow-collections-lengthen",
    "team-skips-visits",
    "page-change-order-rate",
    "product-returns-spike",
    "distributors-leave",
    "low-margin-stock",
    "promotion-pulls-forward",
    "trial-step-loses-users",
    "two-stores-offset",
    "plan-mix-shifts-margin",
}

# Strengths that are added, or are a share of their own; the others multiply.
NEUTRAL = {
    "late_days": 0.0,
    "unpaid": 0.025,
    "leave": 0.0,
    "moved": 0.0,
    "to_starter": 0.0,
    "discount": 0.0,
    "wait_days": 0.0,
    "days_of_waiting": 0.0,
    "lost_deals": 0.0,
    "need_fit_points": 0.0,
}


@pytest.fixture(scope="module")
def demo(demo_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def uneventful(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample company to which nothing happened: every effect in the file is neutral."""
    path = tmp_path_factory.mktemp("uneventful") / "demo.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        for tale in stories().values():
            effect: Any = tale.effect
            for part in effect:
                patch.setitem(effect, part, NEUTRAL.get(part, 1.0))
        write_demo(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def measured(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, float]:
    """Return the numbers that a story's SQL finds."""
    answer = connection.execute(story(name).sql)
    names = [str(column[0]) for column in answer.description or ()]
    (row,) = answer.fetchall()
    return dict(zip(names, map(float, row), strict=True))


@pytest.mark.parametrize("name", STORIES)
def test_sql_finds_the_story_with_its_strength(demo: duckdb.DuckDBPyConnection, name: str) -> None:
    found, bounds = measured(demo, name), story(name).expect

    assert set(found) == set(bounds)
    assert {key: value for key, value in found.items() if not _within(value, bounds[key])} == {}


@pytest.mark.parametrize("name", STORIES)
def test_no_range_of_a_story_admits_that_nothing_happened(name: str) -> None:
    """A ratio of the effect may not be 1 and a difference not 0, while a control's may."""
    tale = story(name)
    shown = {key for key in tale.expect if not key.startswith("control")}
    levels = {key for key, (low, high) in tale.expect.items() if key in shown and low <= 0 <= high}
    ratios = {key for key, (low, high) in tale.expect.items() if key in shown and low <= 1 <= high}

    assert shown
    assert shown < set(tale.expect)
    assert levels | ratios == set()


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_told_in_both_languages(name: str) -> None:
    tale = story(name)

    assert set(tale.what) == set(tale.question) == {"zh", "en"}
    assert all([*tale.what.values(), *tale.question.values(), tale.effect, tale.where])


def test_the_demanded_stories_are_told() -> None:
    assert set(STORIES) >= DEMANDED
    assert len(STORIES) >= 12


def test_a_story_takes_place_within_the_data() -> None:
    first, last = np.datetime64("2023-01-01"), np.datetime64("2026-08-19")

    outside = [
        name for name, tale in stories().items() if not first < tale.start <= min(tale.end, last)
    ]

    assert outside == []


def test_a_story_without_an_end_lasts() -> None:
    days = np.array(["2026-01-31", "2026-02-01", "2040-01-01"], dtype="datetime64[D]")

    assert story("team-skips-visits").during(days).tolist() == [False, True, True]


@pytest.mark.parametrize("name", STORIES)
def test_without_its_strength_in_the_file_a_story_is_not_found(
    uneventful: duckdb.DuckDBPyConnection, name: str
) -> None:
    found, bounds = measured(uneventful, name), story(name).expect

    assert {key for key in found if not _within(found[key], bounds[key])} != set()


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
