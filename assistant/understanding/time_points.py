"""Single periods in a text: a whole phrase, a year, a part of a year, the two together, days cut from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from assistant.understanding import time_en, time_zh
from assistant.understanding.time_nodes import (
    Calendar,
    DaysOf,
    Edge,
    EdgeOf,
    Festival,
    Fixed,
    Half,
    InYear,
    Month,
    MonthDay,
    Node,
    Part,
    Quarter,
    Unusable,
    Week,
    Year,
)
from assistant.understanding.time_rules import (
    Found,
    Need,
    index,
    is_finer,
    match_all,
    spaced,
    whole,
)
from assistant.understanding.time_words import UNITS, festival
from semantic_layer.calendar import Grain


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed stretch of text: where it ends, what it says, what it still needs to count, where its year stands."""

    end: int
    node: Node
    need: Need = "nothing"
    year: tuple[int, int] | None = None


_YEARS: Final = index((*time_zh.YEARS, *time_en.YEARS))
_PARTS: Final = index((*time_zh.PARTS, *time_en.PARTS))
_WHOLES: Final = index((*time_zh.WHOLES, *time_en.WHOLES))

_YEAR_TO_PART: Final = spaced(r"'s (?:the )?|_(?:的|从)_|_-(?=[qhw])|_")
_PART_TO_YEAR: Final = spaced(r",? (?:of|in) (?:the )?|_的_|\._|,_|[-/](?=[0-9])|_")
_NAMED_YEAR: Final = spaced("_(?:全年|整年|一整年|整个年度)|_(?:as a whole|full year)(?!\\w)")
POINT_STARTS: Final = frozenset({*_YEARS, *_PARTS, *_WHOLES})
_DAYS_OF_MONTH: Final = spaced("(?:的)?_(?P<days>上旬|中旬|下旬|上半月|下半月)")
_DAYS: Final = {
    "上旬": (1, 10),
    "中旬": (11, 20),
    "下旬": (21, None),
    "上半月": (1, 15),
    "下半月": (16, None),
}
_EDGE: Final = spaced(
    "(?:的)?_(?P<side>前|后|最后)_(?P<n>[0-9]{1,3}|[一二两三四五六七八九十]{1,3})_(?:个_)?(?P<unit>天|月|季度|周|星期)(?!度)"
)
_EDGE_BEFORE: Final = spaced(
    r"(?:(?P<side>first|last|final) (?:(?P<n>[0-9]{1,3}|[a-z]{3,8}) )?(?P<unit>day|week|month|quarter)s?"
    r"|(?P<half>first|second|1st|2nd|latter|last)[- ]half) (?:of|in) (?:the )?"
)


@lru_cache(maxsize=64)
def parse_point(text: str, position: int) -> Phrase | None:
    """Return the longest single period at a position, with the days or months cut from it.

    Cached because one position is tried as a start, as the end of a range and behind "since".
    """
    found = [Phrase(hit.end, hit.value) for hit in match_all(_WHOLES, text, position)]
    for year in match_all(_YEARS, text, position):
        found.extend(_from_year(text, position, year))
    for part in match_all(_PARTS, text, position):
        found.extend(_from_part(text, part))
    found.extend(_edge_first(text, position))
    best = max(found, key=lambda phrase: phrase.end, default=None)
    return _cut(text, best) if best else None


def _from_year(text: str, position: int, year: Found[Year]) -> list[Phrase]:
    span = (position, year.end)
    named = _NAMED_YEAR.match(text, year.end)
    found = [
        Phrase(named.end() if named else year.end, year.value, "nothing" if named else year.need)
    ]
    joint = _YEAR_TO_PART.match(text, year.end)
    if joint:
        found.extend(
            Phrase(part.end, _in_year(part.value, year.value), year=span)
            for part in match_all(_PARTS, text, joint.end())
        )
    return found


def _from_part(text: str, part: Found[Part | Unusable]) -> list[Phrase]:
    found = [] if part.need == "year" else [Phrase(part.end, _alone(part.value), part.need)]
    joint = _PART_TO_YEAR.match(text, part.end)
    if joint:
        for year in match_all(_YEARS, text, joint.end()):
            if joint[0].startswith(",") and year.value.number is None:
                continue
            if "\u4e00" <= text[joint.end()] <= "\u9fff" and not joint[0].strip():
                continue
            found.append(
                Phrase(year.end, _in_year(part.value, year.value), year=(joint.end(), year.end))
            )
        two_digits = re.compile(r"[0-9]{2}(?![0-9])").match(text, part.end)
        if two_digits and part.need == "year":
            found.append(
                Phrase(two_digits.end(), _in_year(part.value, Year(2000 + int(two_digits[0]))))
            )
    return found


def _alone(part: Part | Unusable) -> Node:
    return part if isinstance(part, Unusable) else InYear(part)


def _in_year(part: Part | Unusable, year: Year) -> Node:
    """Put a part into a year; days, weeks and festivals that the year may not have are unusable."""
    match part:
        case Unusable():
            return part
        case MonthDay(2, 29) if year.fiscal or year.number is None or not _exists(year.number, 29):
            return Unusable()
        case Festival() if year.fiscal:
            return Unusable()
        case Festival(key) if year.number is not None and festival(key, year.number) is None:
            return Unusable()
        case Week(number) if (
            not 1 <= number <= (52 if year.number is None else _weeks(year.number))
        ):
            return Unusable()
        case _:
            return InYear(part, year)


def _exists(year: int, day: int) -> bool:
    return (date(year, 3, 1) - date(year, 2, 1)).days >= day


def _weeks(year: int) -> int:
    return date(year, 12, 28).isocalendar().week


def _edge_first(text: str, position: int) -> list[Phrase]:
    """Parse first 10 days of May, last two months of the previous year, first half of last month."""
    match = (
        _EDGE_BEFORE.match(text, position)
        if text.startswith(("f", "l", "s", "1", "2"), position)
        else None
    )
    if not match:
        return []
    bases = [Phrase(hit.end, hit.value) for hit in match_all(_WHOLES, text, match.end())]
    for year in match_all(_YEARS, text, match.end()):
        bases.extend(_from_year(text, match.end(), year))
    for part in match_all(_PARTS, text, match.end()):
        bases.extend(_from_part(text, part))
    base = max(bases, key=lambda phrase: phrase.end, default=None)
    if base is None:
        return []
    if match["half"]:
        return [Phrase(base.end, _half(base.node, last=match["half"] not in {"first", "1st"}))]
    count = whole(match["n"]) if match["n"] else 1
    return [Phrase(base.end, _edge(base.node, match["unit"], count, last=match["side"] != "first"))]


def _edge(base: Node, unit: str, count: int, *, last: bool) -> Node:
    grain = _grain(base)
    if not count or not is_finer(UNITS[unit], grain):
        return Unusable()
    return EdgeOf(base, Edge(count, UNITS[unit], last))


def _half(base: Node, *, last: bool) -> Node:
    match _grain(base):
        case Grain.YEAR if isinstance(base, Year):
            return InYear(Half(2 if last else 1), base)
        case Grain.MONTH:
            return DaysOf(base, 16, None) if last else DaysOf(base, 1, 15)
        case _:
            return Unusable()


def _cut(text: str, base: Phrase) -> Phrase:
    """Cut days or months from a period: 本月上旬, 5月前10天, 去年后三个月."""
    grain = _grain(base.node)
    days = _DAYS_OF_MONTH.match(text, base.end)
    if days and grain is Grain.MONTH:
        return Phrase(days.end(), DaysOf(base.node, *_DAYS[days["days"]]))
    edge = _EDGE.match(text, base.end)
    if edge and grain is not None:
        return Phrase(
            edge.end(), _edge(base.node, edge["unit"], whole(edge["n"]), last=edge["side"] != "前")
        )
    return base


def _grain(node: Node) -> Grain | None:
    """Return the grain of a node that is one calendar period, else None."""
    match node:
        case Year():
            return Grain.YEAR
        case InYear(part=Quarter()):
            return Grain.QUARTER
        case InYear(part=Month()):
            return Grain.MONTH
        case Calendar(grain) | Fixed(_, grain):
            return grain
        case _:
            return None
