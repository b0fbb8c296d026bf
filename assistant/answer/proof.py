"""Proof of a sentence: every number and every member name in it is bound to a cell whose text it repeats."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from assistant.answer.labels import basis_label, column_label, scope_members
from assistant.answer.numbers import format_day, format_period
from assistant.answer.view import View
from assistant.locale import join, pieces

_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两]")


@dataclass(frozen=True, slots=True)
class Plain:
    """Words of a template: may hold no number and no member name."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a metric, a period, a condition or a comparison: must be one that the query has."""

    text: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The text of one cell."""

    row: int
    column: int
    text: str


Run = Plain | Name | Bound
Sentence = tuple[Run, ...]


def bound(view: View, row: int, column: int) -> Bound:
    """Return a cell's text, bound to it."""
    return Bound(row, column, view.texts[row][column])


def sentence(code: str, language: str, /, **runs: Run | Sentence) -> Sentence:
    """Return a template's sentence: its holes are filled with names and bound cells.

    Raises:
        KeyError: A hole of the template got no run.
    """
    filled: list[Run] = []
    for literal, hole in pieces(code, language):
        if hole is None:
            filled.append(Plain(literal))
            continue
        run = runs[hole]
        filled.extend(run if isinstance(run, tuple) else (run,))
    return tuple(filled)


def check(sentences: Iterable[Sentence], view: View) -> tuple[Sentence, ...]:
    """Return the sentences that hold; one with an unbound number or a text that is not its cell's is dropped."""
    names, members = allowed_names(view), _members(view)
    return tuple(
        said
        for said in sentences
        if said and all(_holds(run, view, names, members) for run in said)
    )


def allowed_names(view: View) -> frozenset[str]:
    """Return every name that the query itself brings: metrics, fields, periods, conditions, comparisons."""
    result, language = view.result, view.language
    names = {
        column_label(column, result.asked, language, alone=alone)
        for column in view.columns
        for alone in (True, False)
    }
    names |= {column.label.of(language) for column in view.columns}
    names |= {basis_label(result.asked.compare, language, what) for what in ("basis", "base")}
    for period in (result.period, result.base_period):
        if period is not None:
            names.add(format_period(period, language))
    if result.data_through is not None:
        names.add(format_day(result.data_through, language))
    for values in (True, False):
        scope = scope_members(result.asked, view.catalog, language, values=values)
        names |= {*scope, join(scope, language)}
    return frozenset(names)


def _members(view: View) -> frozenset[str]:
    """Return the member names that are long enough not to be part of another word."""
    return frozenset(
        texts[place]
        for texts in view.texts
        for place in view.dimensions
        if len(texts[place]) > (1 if view.language == "zh" else 2)
    )


def _holds(run: Run, view: View, names: frozenset[str], members: frozenset[str]) -> bool:
    match run:
        case Bound():
            inside = 0 <= run.row < len(view.rows) and 0 <= run.column < len(view.columns)
            return inside and bool(run.text) and view.texts[run.row][run.column] == run.text
        case Name():
            return run.text in names
        case Plain():
            return not _NUMBER.search(run.text) and not _names_a_member(run.text, members)


def _names_a_member(words: str, members: frozenset[str]) -> bool:
    return any(_as_word(member).search(words) for member in members)


@lru_cache(maxsize=4096)
def _as_word(member: str) -> re.Pattern[str]:
    """Return a pattern that finds a name: anywhere in Chinese text, between word ends in Latin text."""
    escaped = re.escape(member)
    latin = member.isascii()
    return re.compile(rf"(?<![A-Za-z0-9]){escaped}(?![A-Za-z0-9])" if latin else escaped)
