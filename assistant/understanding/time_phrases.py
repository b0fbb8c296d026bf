"""Period phrases in a text, and their dates; Chinese and English, in one text too.

`find_times` copies, `resolve_time` dates: a reader keeps the asker's words, the dates come from here.
A phrase that is no period by itself is not returned: 去年同期 (a comparison), until March, 截至3月, end of June
(open or unsaid ends), last May (two readings), 每年5月 (recurring), 按月 (a grain).
"""

from __future__ import annotations

import re
from typing import Final

from assistant.understanding.time_dates import date_node
from assistant.understanding.time_nodes import (
    Clock,
    InYear,
    ResolvedPeriod,
    TimeMention,
    UnknownPeriod,
    Unusable,
    Year,
)
from assistant.understanding.time_parser import parse, starts
from assistant.understanding.time_points import Phrase
from assistant.understanding.time_words import normalise

__all__ = [
    "Clock",
    "ResolvedPeriod",
    "TimeMention",
    "UnknownPeriod",
    "complete_phrases",
    "find_times",
    "find_unplaced",
    "resolve_time",
]

_CANDIDATE: Final = re.compile(f"(?<![0-9a-z_])[{re.escape(''.join(c for c in starts() if c.isascii()))}]"
                               f"|[{''.join(c for c in starts() if not c.isascii())}]", re.ASCII)  # fmt: skip
_NUMERAL: Final = frozenset("零〇一二三四五六七八九十百千万亿两点")
_LONGEST: Final = 120
_LEADING: Final = re.compile(r"(?:(?:in|during|for|over|on|at|within|of|the|在|于)\s*)*", re.ASCII)
_MONTH_AFTER: Final = re.compile(
    r"(?:\b(?:in|of|since|from|for|until|between|during|vs\.?|versus|than|this)\s{1,3})$", re.ASCII
)
_VERB: Final = re.compile(r"\s{1,3}(?:i|we|you|he|she|it|they|the|be|have|not)\b", re.ASCII)
_AMOUNT_AFTER: Final = re.compile(
    r"(?:[<>=≥≤$¥€£#+*]|超过|大于|小于|低于|高于|少于|多于|不足|至少|最多|等于|编号|单号|第|前|[号款满]"
    r"|\b(?:top|over|above|below|under|than|least|most|equals?|no\.?|number|ids?|sku|code|order|limit|first|last"
    r"|between|customer|rep|store|product|exceed(?:s|ing)?|bottom|best|worst|highest|lowest|largest)|\bbetween [0-9.,]{1,9}[km]? and)[ :]{0,2}$",
    re.ASCII,
)
_MONTH_WORD: Final = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_MONTHS_JOINED: Final = re.compile(
    rf"\s{{0,3}}(?:and|or|vs\.?|versus|&|,|to|-)\s{{0,3}}{_MONTH_WORD}\b", re.ASCII
)
_MONTH_JOINS: Final = re.compile(
    rf"\b{_MONTH_WORD}\s{{0,3}}(?:and|or|vs\.?|versus|&|,)\s{{0,3}}$", re.ASCII
)
_CONTRAST: Final = re.compile(
    r"\b(?:vs|versus|than|and|or|compar\w*|against|yoy)\b|[比和与跟、&]", re.ASCII
)
_WHOLE: Final = re.compile(r"全年|整年|\b(?:full|whole|entire|all)\b", re.ASCII)
_LIST: Final = re.compile(
    r"\s*(?:和|与|及|以及|跟|、|,|，|&|/|and|or|,\s*and)\s*(?:in\s|the\s)*", re.ASCII
)


def find_times(text: str) -> tuple[TimeMention, ...]:
    """Return the period phrases of a text: the longest ones, left to right, not overlapping."""
    return tuple(_mention(text, start, phrase) for start, phrase in _scan(text))


def find_unplaced(text: str) -> tuple[tuple[int, int], ...]:
    """Return where phrases stand that speak of time and are no period (截至6月底, as of June 30, 2月30日)."""
    plain = normalise(text)
    found: list[tuple[int, int]] = []
    position = 0
    while candidate := _CANDIDATE.search(plain, position):
        phrase = parse(plain, candidate.start())
        if phrase is not None and isinstance(phrase.node, Unusable):
            found.append((candidate.start(), phrase.end))
        position = max(candidate.start() + 1, phrase.end if phrase is not None else 0)
    return tuple(found)


def resolve_time(phrase: str, clock: Clock) -> ResolvedPeriod:
    """Date a phrase as `find_times` returns it (a preposition before it is allowed).

    Raises:
        UnknownPeriod: The text is no period phrase, or the dates of its festival are not known.
    """
    text = normalise(phrase)
    leading = _LEADING.match(text.lstrip())
    stripped = text.strip()
    for start in (0, leading.end() if leading else 0):
        body = stripped[start:].strip()
        found = parse(body, 0) if 0 < len(body) <= _LONGEST else None
        if found and found.end == len(body) and not isinstance(found.node, Unusable):
            period, grain, to_date = date_node(found.node, clock)
            return ResolvedPeriod(period=period, phrase=phrase, grain=grain, to_date=to_date)
    raise UnknownPeriod(phrase)


def complete_phrases(text: str) -> tuple[str, ...]:
    """Return a phrase for each mention of `find_times` that means the same outside its text.

    A part of a year takes the year that its text gives it elsewhere: in a list from its neighbour
    (2024年1月和2月, Jan and Feb 2025), and a single one from a single year apart from it (Q3 sales in 2025: both
    mentions then give "2025 Q3"). Nothing is taken over in a contrast (Q3 vs last year).
    """
    found = list(_scan(text))
    parts = [text[start : phrase.end] for start, phrase in found]
    if _is_split(normalise(text), found):
        year = next(
            part
            for part, (_, phrase) in zip(parts, found, strict=True)
            if isinstance(phrase.node, Year)
        )
        years: list[str | None] = [year if _lacks_year(phrase) else None for _, phrase in found]
        joined = {_with_year(part, year) for part, year in zip(parts, years, strict=True) if year}
        return tuple(joined) * 2 if joined.isdisjoint(parts) else tuple(parts)
    years = _shared_years(text, found)
    whole = [_with_year(part, year) for part, year in zip(parts, years, strict=True)]
    return tuple(_with_parts(text, found, whole))


def _with_parts(text: str, found: list[tuple[int, Phrase]], whole: list[str]) -> list[str]:
    """Give the years of a list the part of a year that stands after the last of them (今年和去年上半年)."""
    plain = normalise(text)
    rest = ""
    for place in range(len(found) - 2, -1, -1):
        (start, phrase), (after, following) = found[place], found[place + 1]
        if following.year and following.year[0] == after and isinstance(following.node, InYear):
            rest = text[following.year[1] : following.end].removeprefix("'s").strip(" 的")
        elif not isinstance(following.node, Year):
            rest = ""
        listed = _LIST.fullmatch(plain[phrase.end : after])
        if not (rest and listed and isinstance(phrase.node, Year)):
            rest = ""
        elif not _WHOLE.search(plain, start, phrase.end):
            whole[place] = _with_year(rest, text[start : phrase.end], otherwise=whole[place])
    return whole


def _with_year(part: str, year: str | None, otherwise: str | None = None) -> str:
    """Put a year before a part where the two make a phrase (YTD H1 does not)."""
    whole = f"{year} {part}"
    phrase = parse(normalise(whole), 0) if year else None
    fits = phrase and phrase.end == len(whole) and not isinstance(phrase.node, Unusable)
    return whole if fits else part if otherwise is None else otherwise


def _is_split(plain: str, found: list[tuple[int, Phrase]]) -> bool:
    """Say whether a text names one year and, apart from it, one part of a year."""
    kinds = sorted(
        "year" if isinstance(phrase.node, Year) else "part" if _lacks_year(phrase) else ""
        for _, phrase in found
    )
    return kinds == ["part", "year"] and not _CONTRAST.search(plain)


def _shared_years(text: str, found: list[tuple[int, Phrase]]) -> list[str | None]:
    """Return the year that each mention takes from a neighbour in a list, or None.

    A year written before its part holds for what follows, one written after it also for what precedes.
    """
    plain = normalise(text)
    years: list[str | None] = [None] * len(found)
    for forward in (True, False):
        given, after = None, False
        for place in range(len(found)) if forward else range(len(found) - 1, -1, -1):
            start, phrase = found[place]
            if phrase.year:
                given, after = text[slice(*phrase.year)], phrase.year[0] > start
                continue
            neighbour = place - 1 if forward else place + 1
            if given is None or not _lacks_year(phrase) or not (forward or after):
                given = None
                continue
            left, right = sorted((place, neighbour))
            between = plain[found[left][1].end : found[right][0]]
            if not _LIST.fullmatch(between) or _same_part(phrase, found[neighbour][1]):
                given = None
                continue
            years[place] = years[place] or given
    return years


def _same_part(one: Phrase, other: Phrase) -> bool:
    return (
        isinstance(one.node, InYear)
        and isinstance(other.node, InYear)
        and one.node.part == other.node.part
    )


def _scan(text: str) -> list[tuple[int, Phrase]]:
    plain = normalise(text)
    found: list[tuple[int, Phrase]] = []
    position = 0
    while candidate := _CANDIDATE.search(plain, position):
        start = candidate.start()
        phrase = (
            None
            if plain[start] in _NUMERAL and plain[start - 1 : start] in _NUMERAL
            else parse(plain, start)
        )
        if phrase is None:
            position = start + 1
            continue
        fits = phrase.end - start <= _LONGEST
        if isinstance(phrase.node, Unusable) or not fits:
            position = phrase.end
        elif _counts(text, plain, start, phrase):
            found.append((start, phrase))
            position = phrase.end
        else:
            position = start + 1
    return found


def _counts(text: str, plain: str, start: int, phrase: Phrase) -> bool:
    """Say whether a word that need not be a period is one here: may, march, 2024, 5 June."""
    if plain[start].isdigit() and re.search(
        r"[0-9][.,/-]$|[$¥€£#]$", plain[max(0, start - 2) : start]
    ):
        return False
    if phrase.need == "number context":
        return not _AMOUNT_AFTER.search(plain, max(0, start - 24), start)
    if phrase.need == "month context":
        near = max(0, start - 16)
        if _MONTH_AFTER.search(plain, near, start) or _MONTH_JOINS.search(plain, near, start):
            return True
        if _MONTHS_JOINED.match(plain, phrase.end):
            return True
        return text[start].isupper() and not _VERB.match(plain, phrase.end)
    return True


def _mention(text: str, start: int, phrase: Phrase) -> TimeMention:
    return TimeMention(start=start, end=phrase.end, text=text[start : phrase.end])


def _lacks_year(phrase: Phrase) -> bool:
    return isinstance(phrase.node, InYear) and phrase.node.year is None
