"""How a phrase is recognised: a pattern with what it builds, filed by the characters it can start with."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from assistant.understanding.quantities import parse_number
from assistant.understanding.time_nodes import Month, MonthDay, Node, Part, Unusable, Year
from semantic_layer.calendar import Grain, month_length

Built = TypeVar("Built", Year, Part | Unusable, Node)

Need = Literal["nothing", "year", "month context", "number context"]
"""What a bare match needs to count: a year beside it, or surroundings that show it is no verb and no amount."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Built]):
    """A pattern, the characters it can start with, and what a match says (None: nothing after all)."""

    starts: str
    pattern: re.Pattern[str]
    build: Callable[[re.Match[str]], Built | None]
    need: Need = "nothing"


@dataclass(frozen=True, slots=True)
class Found(Generic[Built]):
    """What a rule built, and where its text ends."""

    end: int
    value: Built
    need: Need


Index = Mapping[str, tuple[Rule[Built], ...]]


def spaced(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which, outside `[…]`, `_` stands for optional and a blank for required space."""
    repeats = {" ": " {1,3}", "_": " {0,3}"}
    return re.compile(
        re.sub(r"\[[^]]*]|[ _]", lambda found: repeats.get(found[0], found[0]), pattern), re.ASCII
    )


def index(rules: Iterable[Rule[Built]]) -> dict[str, tuple[Rule[Built], ...]]:
    """File rules by first character."""
    filed: dict[str, list[Rule[Built]]] = defaultdict(list)
    for rule in rules:
        for char in dict.fromkeys(rule.starts):
            filed[char].append(rule)
    return {char: tuple(found) for char, found in filed.items()}


def match_all(rules: Index[Built], text: str, position: int) -> Iterator[Found[Built]]:
    """Yield what each rule finds at a position of a normalised text."""
    for rule in rules.get(text[position : position + 1], ()):
        match = rule.pattern.match(text, position)
        if match and (value := rule.build(match)) is not None:
            yield Found(match.end(), value, rule.need)


def whole(text: str) -> int:
    """Read a whole number in either language; 0 where it is none."""
    value = parse_number(text)
    return int(value) if value is not None and value == int(value) and value < 10**6 else 0


def full_year(text: str) -> int | None:
    """Complete a year written with two digits; those that more likely count years are left alone."""
    number = whole(text)
    if len(text) > 2:
        return number if 1990 <= number <= 2100 else None
    return 2000 + number if number < 50 else 1900 + number if number >= 90 else None


def month_part(month: str) -> Month | None:
    """Build a month from its numeral."""
    number = whole(month)
    return Month(number) if 1 <= number <= 12 else None


def day_part(month: int, day: int) -> MonthDay | Unusable | None:
    """Build a day of a year; one that no year has must not be read as its month."""
    if not 1 <= month <= 12:
        return None
    return MonthDay(month, day) if 1 <= day <= month_length(2024, month) else Unusable()


def is_finer(edge: Grain, base: Grain | None) -> bool:
    """Say whether units of one grain can be counted inside a period of another."""
    return base is not None and edge.rank < base.rank and edge is not Grain.WEEK
