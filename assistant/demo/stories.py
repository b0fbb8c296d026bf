"""The effects planted in the sample company, as `stories.yml` states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from assistant.demo.calendar_effects import Days, Flags, Floats

_FOR_GOOD = date(2099, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Something that happened to the company, and the SQL that finds it.

    `where` names members (region, channel, product, …), `effect` the strength of each part; both are
    what the generator applies. `sql` gives one row of named numbers, `expect` the range of each.
    """

    id: str
    what: Mapping[str, str]
    where: Mapping[str, str]
    start: np.datetime64
    end: np.datetime64
    effect: Mapping[str, float]
    question: Mapping[str, str]
    sql: str
    expect: Mapping[str, tuple[float, float]]

    def during(self, days: Days) -> Flags:
        """Tell which days lie in the story."""
        return np.asarray((days >= self.start) & (days <= self.end))

    def factor(self, name: str, applies: Flags) -> Floats:
        """Return the strength of one part where it applies and 1 elsewhere."""
        return np.where(applies, self.effect[name], 1.0)


@cache
def stories() -> Mapping[str, Story]:
    """Return all stories by id, in the order of the file."""
    source = files("assistant.demo").joinpath("stories.yml").read_text(encoding="utf-8")
    return {item["id"]: _story(item) for item in yaml.safe_load(source)["stories"]}


def story(name: str) -> Story:
    """Return one story."""
    return stories()[name]


def _story(item: Mapping[str, Any]) -> Story:
    return Story(
        id=item["id"],
        what=item["what"],
        where=item["where"],
        start=np.datetime64(item["from"], "D"),
        end=np.datetime64(item.get("to", _FOR_GOOD), "D"),
        effect=item["effect"],
        question=item["question"],
        sql=item["sql"],
        expect={name: (low, high) for name, (low, high) in item["expect"].items()},
    )
