"""A piece of a question: a run of it, with what it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.intent import Mention
from assistant.understanding.lexicon import NOBODY, Holders
from assistant.understanding.words import Mark

Kind = Literal["term", "mark", "time", "number", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of the question.

    Attributes:
        holders: What a term names.
        marks: What a grammar word may do.
        guessed: Whether the term is a near word, not the word itself.
        phrase: A period in words that mean the same outside the question.
    """

    kind: Kind
    start: int
    end: int
    words: str
    holders: Holders = NOBODY
    marks: tuple[Mark, ...] = ()
    guessed: bool = False
    phrase: str = ""

    @property
    def mention(self) -> Mention:
        """The piece as words of the question."""
        return Mention(words=self.words, start=self.start, end=self.end)

    def mark(self, role: str) -> Mark | None:
        """Return what the piece does in a role, or None."""
        return next((mark for mark in self.marks if mark.role == role), None)

    def value(self, role: str) -> str | None:
        """Return what the tables say more about a role of the piece, or None where it has not the role."""
        mark = self.mark(role)
        return None if mark is None else mark.value

    def has(self, *roles: str) -> bool:
        """Say whether the piece may play one of the roles."""
        return any(mark.role in roles for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate over the units `first` to `last` (exclusive)."""

    first: int
    last: int
    piece: Piece
