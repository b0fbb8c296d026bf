"""Words that are near to a word nobody knows: misspelt, part of a name, or worth offering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from assistant.understanding.text import is_han

_CANDIDATES: Final = 400
_POSTINGS: Final = 20_000
_OFFERED_FROM: Final = {True: 60.0, False: 70.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseWords:
    """An index from pairs of characters to the keys that hold them; built once, never changed."""

    keys: Sequence[str]
    postings: dict[str, list[int]]

    @classmethod
    def build(cls, keys: Iterable[str]) -> CloseWords:
        """Index keys as `text.key_of` makes them."""
        ordered = tuple(keys)
        postings: dict[str, list[int]] = {}
        for number, key in enumerate(ordered):
            for gram in _grams(key):
                postings.setdefault(gram, []).append(number)
        return cls(keys=ordered, postings=postings)

    def misspelt(self, key: str) -> str | None:
        """Return the one key that a word is a clear misspelling of.

        Latin words only differ by a letter (two from ten letters on) or by two letters swapped, and start alike.
        In Chinese another character is another word (毛利率, 净利率), so only a changed order of three or more counts.
        """
        length = len(key)
        if any(char.isdigit() for char in key) or length < (5 if is_han(key) else 4):
            return None
        near = [other for other in self._candidates(key) if _is_misspelt(key, other)]
        return near[0] if len(near) == 1 else None

    def containing(self, key: str, limit: int = 6) -> tuple[str, ...]:
        """Return keys of which a word of at least two Han characters or four letters is a part, at most `limit`."""
        if len(key) < (3 if is_han(key) else 4):
            return ()
        needle = key if is_han(key) else f" {key} "
        found: list[str] = []
        for number in self._rarest(key):
            other = self.keys[number]
            if needle in (other if is_han(key) else f" {other} ") and other != key:
                found.append(other)
                if len(found) == limit:
                    break
        return tuple(found)

    def nearest(self, key: str, limit: int = 3) -> tuple[str, ...]:
        """Return the keys most like a word, best first, none where nothing is alike."""
        scored = sorted(
            ((_likeness(key, other), other) for other in self._candidates(key)),
            key=lambda pair: (-pair[0], len(pair[1]), pair[1]),
        )
        # Of two characters, one is enough to be near.
        least = 50.0 if is_han(key) and len(key) == 3 else _OFFERED_FROM[is_han(key)]
        return tuple(other for score, other in scored[:limit] if score >= least)

    def _rarest(self, key: str) -> Sequence[int]:
        lists = [self.postings.get(gram, []) for gram in _grams(key)]
        return min(lists, key=len, default=[])

    def _candidates(self, key: str) -> tuple[str, ...]:
        lists = sorted((self.postings.get(gram, []) for gram in _grams(key)), key=len)
        counts: Counter[int] = Counter()
        seen = 0
        for numbers in lists:
            counts.update(numbers[:_POSTINGS])
            seen += len(numbers)
            if seen > _POSTINGS:
                break
        return tuple(self.keys[number] for number, _ in counts.most_common(_CANDIDATES))


def _likeness(key: str, other: str) -> float:
    """Return 0–100; a name that holds the word counts almost like the word."""
    if is_han(key):
        key, other = key.replace(" ", ""), other.replace(" ", "")
        held = 90.0 if len(key) > 1 and key in other else 0.0
        return max(held, fuzz.ratio(key, other))
    return max(fuzz.ratio(key, other), 0.9 * fuzz.token_set_ratio(key, other))


def _grams(key: str) -> set[str]:
    compact = key.replace(" ", "")
    grams = {compact[at : at + 2] for at in range(len(compact) - 1)}
    return grams if compact.isascii() else grams | {char for char in compact if is_han(char)}


def _is_misspelt(key: str, other: str) -> bool:
    if is_han(key) or is_han(other):
        return key != other and len(key) == len(other) and sorted(key) == sorted(other)
    if key[0] != other[0]:
        return False
    distance = OSA.distance(key, other, score_cutoff=2)
    if distance == 1 and len(key) == len(other) and sorted(key) == sorted(other):
        return True
    if min(len(key), len(other)) < 6:
        return False
    return distance <= (2 if min(len(key), len(other)) >= 10 else 1)
