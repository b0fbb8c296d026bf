"""Words: the only place where a sentence comes from. Texts are in `locales/*.toml`, one file per language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter

LANGUAGES = ("zh", "en")


class MissingText(LookupError):
    """A text, or a fact that a text needs, does not exist: our fault, never shown to an asker."""


def text(code: str, language: str, /, **facts: object) -> str:
    """Return a text with its facts put in.

    Args:
        code: Dotted key of the text, e.g. `error.query_timeout`.
        language: `zh` or `en`.
        facts: What the holes of the text are filled with; more than it needs is fine.

    Raises:
        MissingText: No such text or language, or a hole without a fact.
    """
    return "".join(
        literal if hole is None else str(_fact(code, hole, facts))
        for literal, hole in pieces(code, language)
    )


def has(code: str, language: str) -> bool:
    """Say whether a text exists."""
    return code in _texts(language)


@cache
def pieces(code: str, language: str) -> tuple[tuple[str, str | None], ...]:
    """Return a text as runs: `(literal, None)` as written, or `("", hole)` to be filled.

    Raises:
        MissingText: No such text or language.
    """
    template = _texts(language).get(code)
    if template is None:
        raise MissingText(f"no text {code!r} in {language}")
    runs: list[tuple[str, str | None]] = []
    for literal, hole, _, _ in Formatter().parse(template):
        if literal:
            runs.append((literal, None))
        if hole is not None:
            runs.append(("", hole))
    return tuple(runs)


def holes(code: str, language: str) -> frozenset[str]:
    """Return the names of the facts that a text needs."""
    return frozenset(hole for _, hole in pieces(code, language) if hole is not None)


def codes(language: str) -> frozenset[str]:
    """Return the code of every text of a language."""
    return frozenset(_texts(language))


def join(items: Iterable[str], language: str) -> str:
    """Return items as a list in a sentence: 甲、乙 or A, B."""
    return text("list.separator", language).join(items)


def _fact(code: str, hole: str, facts: Mapping[str, object]) -> object:
    try:
        return facts[hole]
    except KeyError:
        raise MissingText(f"text {code!r} needs the fact {hole!r}") from None


@cache
def _texts(language: str) -> Mapping[str, str]:
    if language not in LANGUAGES:
        raise MissingText(f"no language {language!r}")
    source = files("assistant").joinpath("locales", f"{language}.toml")
    return dict(_flat("", tomllib.loads(source.read_text(encoding="utf-8"))))


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", str(value)
