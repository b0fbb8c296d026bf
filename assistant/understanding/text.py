"""Text as the reader sees it: one normalised character for each typed one, cut into units."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistant.understanding.words_zh import TRADITIONAL

_UNIT: Final = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff]|(?:top|bottom|vs)(?=\d)|[^\W_\u3400-\u9fff\uf900-\ufaff]+(?:['’](?:s|t|re|ve)\b)?"
)
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# Between the units of one name there may stand a hyphen or a space, but no end of a clause.
_BREAK: Final = re.compile(r"[,;:?!。、()\[\]\n]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A Han character, or a run of other letters and digits; `key` is its uninflected form."""

    start: int
    end: int
    key: str


def normalise(text: str) -> str:
    """Return the text in half-width, lower case, without accents, in simplified grammar characters.

    Every character stays one character, so that spans in the result are spans in the text.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_normal_character, text))


@lru_cache(maxsize=8192)
def _normal_character(char: str) -> str:
    if char in TRADITIONAL:
        return TRADITIONAL[char]
    folded = unicodedata.normalize("NFKD", char)
    base = folded[0] if folded and (len(folded) == 1 or unicodedata.combining(folded[1])) else char
    lower = base.lower()
    return lower if len(lower) == 1 else base


def units(normal: str) -> tuple[Unit, ...]:
    """Cut a normalised text into units; punctuation and spaces stand between them."""
    return tuple(
        Unit(match.start(), match.end(), stem(match.group())) for match in _UNIT.finditer(normal)
    )


def key_of(text: str) -> str:
    """Return what equal words have in common: `Net  Sales`, `net-sale` and `ＮＥＴ sales` are one key."""
    return " ".join(map(stem, _UNIT.findall(normalise(text))))


def is_han(text: str) -> bool:
    """Say whether a text has a Han character."""
    return _HAN.search(text) is not None


def breaks(normal: str, start: int, end: int) -> bool:
    """Say whether a clause ends between two positions."""
    return _BREAK.search(normal, start, end) is not None


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return an English word without its plural or possessive ending; other words as they are."""
    word = word.replace("’", "'").removesuffix("'s")
    if len(word) < 4 or not word.isascii() or not word.endswith("s"):
        return word
    if word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zzes")):
        return word[:-2]
    return word[:-1]
