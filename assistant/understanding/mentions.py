"""A question cut into pieces, each with what it may be; the cut that explains most with the fewest pieces wins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from assistant.understanding.amounts_and_periods import value_spans
from assistant.understanding.lexicon import Holders, Lexicon
from assistant.understanding.pieces import Kind, Piece, Span
from assistant.understanding.text import Unit, breaks, is_han, normalise, units
from assistant.understanding.words import (
    SIGN_ROLES,
    SIGNS,
    Mark,
    grammar,
    longest_by_start,
    phrases,
)

_PREFERENCE: Final[dict[Kind, int]] = {"time": 4, "term": 3, "number": 2, "mark": 1, "unknown": 0}
# Longer runs are prose, not a misspelt name.
_HAN_UNITS: Final = 30
_LATIN_UNITS: Final = 6
_NO_LETTERS: Final = re.compile(r"[^\w'’/]+")


def find_pieces(text: str, lexicon: Lexicon) -> tuple[Piece, ...]:
    """Cut a question into pieces, in order; only spaces and punctuation are left out."""
    normal = normalise(text)
    cut = units(normal)
    candidates = _candidates(text, normal, cut, lexicon)
    pieces = _merged(text, normal, _tiled(text, cut, candidates))
    known = [part for piece in pieces for part in _guessed(text, piece, lexicon)]
    return tuple(sorted((*known, *_signs(normal, known)), key=lambda piece: piece.start))


def _candidates(
    text: str, normal: str, cut: Sequence[Unit], lexicon: Lexicon
) -> dict[int, dict[int, Piece]]:
    """Return, by first unit and end unit, the preferred piece."""
    found: dict[int, dict[int, Piece]] = {}
    spans = (
        *_term_spans(text, normal, cut, lexicon),
        *_mark_spans(text, cut),
        *value_spans(text, cut),
    )
    numbered = {span.last for span in spans if span.piece.kind == "number"}
    askers = {span.last for span in spans if span.piece.has("which", "each", "top", "bottom")}
    named = {span.first: span for span in spans if span.piece.holders.fields}
    excepted = {span.last for span in spans if span.piece.has("except")}
    members = {span.first for span in spans if span.piece.holders.members}
    for span in spans:
        field = named.get(span.first)
        if field is not None and span.first in askers and _sells(span, field, cut):
            continue
        if span.first in excepted & members and _only_metric(span.piece):
            # Excluding cancelled orders: what is left out is a member, never a metric.
            continue
        if span.piece.kind == "term" and span.first in numbered and _heads(cut[span.first]):
            # 十大客户 are the ten biggest, even where 大客户 has a meaning of its own.
            continue
        ends = found.setdefault(span.first, {})
        other = ends.get(span.last)
        if other is None or _PREFERENCE[span.piece.kind] > _PREFERENCE[other.kind]:
            ends[span.last] = span.piece
    return found


def _only_metric(piece: Piece) -> bool:
    return bool(piece.holders.metrics) and not piece.holders.members


def _sells(span: Span, field: Span, cut: Sequence[Unit]) -> bool:
    """Say whether a metric's name is a field's word and a verb, where a field is asked for (which products sold …)."""
    if span.piece.holders.fields or not span.piece.holders.metrics or span.last != field.last + 1:
        return False
    return any(mark.role == "verb" for mark in grammar().get(cut[field.last].key, ()))


def _heads(unit: Unit) -> bool:
    return any(mark.value == "top" for mark in grammar().get(unit.key, ()))


def _term_spans(text: str, normal: str, cut: Sequence[Unit], lexicon: Lexicon) -> Iterator[Span]:
    for first, unit in enumerate(cut):
        for length in lexicon.longest.get(unit.key, ()):
            last = first + length
            if last > len(cut):
                continue
            key = " ".join(part.key for part in cut[first:last])
            holders = lexicon.words.get(key)
            start, end = unit.start, cut[last - 1].end
            if holders is None or breaks(normal, start, end):
                continue
            words = text[start:end]
            if key in lexicon.cased and (words not in lexicon.cased[key] or text.isupper()):
                holders = Holders(holders.metrics, holders.fields)
            if holders:
                piece = Piece(kind="term", start=start, end=end, words=words, holders=holders)
                yield Span(first, last, piece)


def _mark_spans(text: str, cut: Sequence[Unit]) -> Iterator[Span]:
    index, longest = grammar(), longest_by_start()
    for first, unit in enumerate(cut):
        for length in range(1, longest.get(unit.key, 0) + 1):
            last = first + length
            if last > len(cut):
                break
            marks = index.get(" ".join(part.key for part in cut[first:last]))
            start, end = unit.start, cut[last - 1].end
            if marks and (length == 1 or is_han(text[start:end]) or _is_spelled(text[start:end])):
                piece = Piece(kind="mark", start=start, end=end, words=text[start:end], marks=marks)
                yield Span(first, last, piece)


def _is_spelled(words: str) -> bool:
    spelled = _NO_LETTERS.sub(" ", normalise(words))
    return " ".join(spelled.split()) in phrases()


def _tiled(
    text: str, cut: Sequence[Unit], candidates: dict[int, dict[int, Piece]]
) -> tuple[Piece, ...]:
    """Choose pieces: most characters explained, then fewest pieces, then the longest first piece."""
    best: list[tuple[int, int]] = [(0, 0)] * (len(cut) + 1)
    chosen: list[tuple[int, Piece] | None] = [None] * len(cut)
    for first in range(len(cut) - 1, -1, -1):
        covered, pieces = best[first + 1]
        best[first] = (covered, pieces - 1)
        for last, piece in sorted(candidates.get(first, {}).items(), reverse=True):
            after, count = best[last]
            size = sum(unit.end - unit.start for unit in cut[first:last])
            score = (after + size, count - 1)
            if score > best[first]:
                best[first], chosen[first] = score, (last, piece)
    result: list[Piece] = []
    at = 0
    while at < len(cut):
        choice = chosen[at]
        if choice is None:
            start, end = cut[at].start, cut[at].end
            result.append(Piece(kind="unknown", start=start, end=end, words=text[start:end]))
            at += 1
        else:
            at, piece = choice
            result.append(piece)
    return tuple(result)


def _merged(text: str, normal: str, pieces: Sequence[Piece]) -> list[Piece]:
    """Join neighbours that nothing explains into one word or name."""
    result: list[Piece] = []
    for at, found in enumerate(pieces):
        # 智能门锁: a character of a name, not the word that it is alone.
        inside = 0 < at < len(pieces) - 1 and _is_inside(found, pieces[at - 1], pieces[at + 1])
        piece = replace(found, kind="unknown", marks=()) if inside else found
        last = result[-1] if result else None
        if (
            last is not None
            and last.kind == piece.kind == "unknown"
            and not breaks(normal, last.end, piece.start)
            and (last.end == piece.start or not is_han(last.words + piece.words))
        ):
            result[-1] = replace(last, end=piece.end, words=text[last.start : piece.end])
        else:
            result.append(piece)
    return result


def _is_inside(piece: Piece, before: Piece, after: Piece) -> bool:
    return (
        piece.kind == "mark"
        and len(piece.words) == 1
        and is_han(piece.words)
        and not piece.has("of", "and", "or")
        and piece.has("filler")
        and before.kind == after.kind == "unknown"
        and before.end == piece.start
        and piece.end == after.start
    )


def _guessed(text: str, piece: Piece, lexicon: Lexicon) -> Iterator[Piece]:
    """Yield an unknown piece as the near words that it holds, if any, and what is left of it."""
    cut = units(normalise(piece.words)) if piece.kind == "unknown" else ()
    han = is_han(piece.words)
    if piece.kind != "unknown" or len(cut) > (_HAN_UNITS if han else _LATIN_UNITS):
        yield piece
        return
    for length in range(len(cut), len(cut) - 1 if han else 0, -1):
        for first in range(len(cut) - length + 1):
            start = piece.start + cut[first].start
            end = piece.start + cut[first + length - 1].end
            holders = lexicon.guess(text[start:end])
            if not holders:
                continue
            if start > piece.start:
                left = text[piece.start : start].rstrip()
                before = replace(piece, end=piece.start + len(left), words=left)
                yield from _guessed(text, before, lexicon)
            yield Piece(
                kind="term",
                start=start,
                end=end,
                words=text[start:end],
                holders=holders,
                guessed=True,
            )
            if end < piece.end:
                rest = text[end : piece.end]
                skipped = len(rest) - len(rest.lstrip())
                after = replace(piece, start=end + skipped, words=rest.lstrip())
                yield from _guessed(text, after, lexicon)
            return
    yield piece


def _signs(normal: str, pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the comparison signs and ampersands between the pieces."""
    inside = {at for piece in pieces for at in range(piece.start, piece.end)}
    at = 0
    while at < len(normal):
        sign = next((sign for sign in SIGNS if normal.startswith(sign, at)), None)
        if sign is None or at in inside:
            at += 1
            continue
        mark = Mark(SIGN_ROLES.get(sign, sign))
        yield Piece(kind="mark", start=at, end=at + len(sign), words=sign, marks=(mark,))
        at += len(sign)
