"""Pieces that are periods and amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from assistant.understanding.pieces import Kind, Piece, Span
from assistant.understanding.quantities import find_quantities, parse_number
from assistant.understanding.text import Unit, units
from assistant.understanding.time_phrases import TimeMention, complete_phrases, find_times
from assistant.understanding.words import Mark, grammar

_COMPARING: Final = frozenset({">", ">=", "<", "<=", "=", "between", "top", "bottom"})
_DOTTED: Final = re.compile(r"(?<![\d.])(\d{4})\.(\d{1,2})\.(\d{1,2})(?![\d.])", re.ASCII)
_DASHED: Final = re.compile(r"(?<=\d)\s?[-–—]\s?(?=\d{4}-\d{1,2}-\d{1,2}(?!\d))", re.ASCII)
_GLUED: Final = re.compile(r"(?<![a-z])vs(?=\d)", re.ASCII | re.IGNORECASE)
# The number of the periods of a list, said once more after it (2023、2024、2025三年).
_TAIL: Final = re.compile(
    r"\s{0,2}这?(?P<number>[两二三四五六七八九十]|\d{1,2})个?(?:完整)?(?:年度|年份|季度|月份|[年月周天])",
    re.ASCII,
)


def value_spans(text: str, cut: Sequence[Unit]) -> Iterator[Span]:
    """Yield the periods and the amounts outside them."""
    periods = []
    for time, phrase in _phrases(text):
        for span in _span(text, cut, "time", time.start, time.end):
            periods.append(span)
            yield replace(span, piece=replace(span.piece, phrase=phrase))
    inside = {unit for span in periods for unit in range(span.first, span.last)}
    for quantity in find_quantities(text):
        for span in _span(text, cut, "number", quantity.start, quantity.end):
            if not inside.issuperset(range(span.first, span.last)):
                yield span
    for first, unit in enumerate(cut):
        if first not in inside and unit.key.isdecimal() and unit.key.isascii():
            piece = Piece(
                kind="number", start=unit.start, end=unit.end, words=text[unit.start : unit.end]
            )
            yield Span(first, first + 1, piece)
    yield from _tails(text, cut, periods)


def _phrases(text: str) -> Iterator[tuple[TimeMention, str]]:
    """Yield the periods, each with its phrase; periods set against each other share a year like those of a list."""
    plain = _respelt(text)
    times = find_times(plain)
    listed = plain
    for left, right in pairwise(times):
        between = plain[left.end : right.start]
        if _sets_against(between):
            comma = ",".ljust(len(between))
            listed = f"{listed[: left.end]}{comma}{listed[right.start :]}"
    phrases = complete_phrases(listed)
    if len(phrases) != len(times):
        phrases = complete_phrases(plain)
    yield from zip(times, phrases, strict=True)


def _respelt(text: str) -> str:
    """Return the text with dates and contrasts as the time grammar spells them, every character in its place."""
    plain = _DOTTED.sub(r"\1-\2-\3", text)
    plain = _DASHED.sub(
        lambda match: match.group().translate({45: "~", 8211: "~", 8212: "~"}), plain
    )
    return _GLUED.sub("比 ", plain)


def _sets_against(between: str) -> bool:
    """Say whether the words between two periods end with one that compares (去年7月销售额比6月, July sales versus June)."""
    cut, index = units(between), grammar()
    last = len(cut)
    while last > 0:
        for first in range(max(0, last - 4), last):
            marks = index.get(" ".join(unit.key for unit in cut[first:last]), ())
            if any(mark.role in {"versus", "compare"} for mark in marks):
                return True
        if not any(mark.role == "filler" for mark in index.get(cut[last - 1].key, ())):
            return False
        last -= 1
    return False


def _tails(text: str, cut: Sequence[Unit], periods: Sequence[Span]) -> Iterator[Span]:
    if len(periods) < 2:
        return
    match = _TAIL.match(text, periods[-1].piece.end)
    number = parse_number(match["number"]) if match else None
    if match is None or number != len(periods):
        return
    for span in _span(text, cut, "mark", match.start("number"), match.end()):
        yield replace(span, piece=replace(span.piece, marks=(Mark("filler"),)))


def _span(text: str, cut: Sequence[Unit], kind: Kind, start: int, end: int) -> Iterator[Span]:
    inside = [number for number, unit in enumerate(cut) if start <= unit.start and unit.end <= end]
    if not inside or (kind == "time" and _counts(text, cut, inside[0], text[start:end])):
        return
    piece = Piece(kind=kind, start=start, end=end, words=text[start:end])
    yield Span(inside[0], inside[-1] + 1, piece)


def _counts(text: str, cut: Sequence[Unit], first: int, words: str) -> bool:
    """Say whether a bare number that could be a year is an amount, because a comparison stands before it."""
    if not words.strip().isdecimal():
        return False
    index = grammar()
    before = [
        " ".join(unit.key for unit in cut[max(0, first - size) : first]) for size in (1, 2, 3)
    ]
    if any(mark.role in _COMPARING for key in before for mark in index.get(key, ())):
        return True
    end = cut[first].start
    return text[:end].rstrip().endswith((">", "<", "=", "≥", "≤"))
