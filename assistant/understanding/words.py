"""The grammar of both languages as one index: words → what they do in a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from assistant.understanding import words_en, words_zh
from assistant.understanding.text import is_han, key_of, normalise

# Grammar words made of signs are matched in the text as they stand: units hold letters and digits only.
SIGNS: Final = (">=", "<=", ">", "<", "=", "≥", "≤", "&", "＆", "%", "％")
SIGN_ROLES: Final = {"≥": ">=", "≤": "<=", "&": "and", "＆": "and", "%": "percent", "％": "percent"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A grammar word: `role` is a key of the language tables without what follows the colon, `value` is that."""

    role: str
    value: str = ""


@cache
def grammar() -> dict[str, tuple[Mark, ...]]:
    """Return every grammar word by its key, with all that it may do, in the order of the tables."""
    index: dict[str, tuple[Mark, ...]] = {}
    for name, word in _entries():
        key = key_of(word)
        if key:
            mark = Mark(*_split(name))
            if mark not in index.get(key, ()):
                index[key] = (*index.get(key, ()), mark)
    return index


@cache
def phrases() -> frozenset[str]:
    """Return the grammar words of several units as they are spelled: they do not inflect (orders by is not order by)."""
    return frozenset(" ".join(normalise(word).split()) for _, word in _entries() if " " in word)


def _entries() -> Iterator[tuple[str, str]]:
    for name, words in words_zh.WORDS.items():
        for word in words.split():
            yield name, word
    for name, words in words_en.WORDS.items():
        for word in words.split(","):
            yield name, word.strip()


def _split(name: str) -> tuple[str, str]:
    role, _, value = name.partition(":")
    return role, value


@cache
def longest_by_start() -> dict[str, int]:
    """Return, by first unit, how many units the longest grammar word with it has."""
    longest: dict[str, int] = {}
    for key in grammar():
        parts = key.split(" ")
        longest[parts[0]] = max(longest.get(parts[0], 0), len(parts))
    return longest


def count_forms(word: str) -> tuple[str, ...]:
    """Return what the number of something may be called: 客户 → 客户数, customer → number of customer."""
    forms = words_zh.COUNT_FORMS if is_han(word) else words_en.COUNT_FORMS
    return tuple(form.format(word) for form in forms)


def role_forms(owner: str, field: str) -> tuple[str, ...]:
    """Return how a field of an owner is named: 客户所在城市, customer's city."""
    if is_han(owner) != is_han(field):
        return ()
    forms = words_zh.ROLE_FORMS if is_han(owner) else words_en.ROLE_FORMS
    return tuple(form.format(owner=owner, field=field) for form in forms)


def nouns(kind: str) -> tuple[str, ...]:
    """Return the words that, within a field's name, make it one of persons or of places."""
    if kind == "person":
        return (*words_zh.PERSON_NOUNS, *words_en.PERSON_NOUNS)
    return (*words_zh.PLACE_NOUNS, *words_en.PLACE_NOUNS)


def complete(form: str, language: str, *, name: str, text: str = "") -> str:
    """Return a question, or a part of one, completed by a name: `which`, `by` or `metric`."""
    forms = words_zh.FORMS if language == "zh" else words_en.FORMS
    return forms[form].format(name=name, text=text.rstrip(" ?？。.!！"))
