"""Conversations on the server: who looks, what was asked, which answers belong to them.

The browser only ever holds keys. A key opens an answer for the session that asked it, while that
session looks through the same principal's eyes.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer.card import Card
    from assistant.question import Language
    from assistant.surfaces.ui.contract import AnswerLike
    from semantic_layer.model import Principal

MOST_SESSIONS = 200
MOST_ANSWERS = 200
MOST_TURNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """One answer kept for its asker.

    Attributes:
        key: Unguessable; all that the browser knows of the answer.
        viewer: Name of the principal it was computed for.
        answer: None where computing it failed.
        cards: The answer worded so far, by language.
    """

    key: str
    viewer: str
    answer: AnswerLike | None
    cards: dict[Language, Card] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question of a conversation and the key of its answer."""

    question: str
    key: str
    language: Language


class Session:
    """One browser's conversation."""

    def __init__(self, *, viewer: Principal, language: Language) -> None:
        self.name = secrets.token_urlsafe(12)
        self._viewer = viewer
        self._language = language
        self._turns: list[Turn] = []
        self._answers: OrderedDict[str, StoredAnswer] = OrderedDict()
        self._lock = RLock()

    @property
    def viewer(self) -> Principal:
        """Whose eyes the session looks through."""
        return self._viewer

    @property
    def language(self) -> Language:
        """The language of the page."""
        return self._language

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation so far, oldest first."""
        with self._lock:
            return tuple(self._turns)

    def keep(self, answer: AnswerLike | None, viewer: Principal) -> StoredAnswer:
        """Store an answer under a new key; the oldest ones are let go."""
        stored = StoredAnswer(key=secrets.token_urlsafe(18), viewer=viewer.name, answer=answer)
        with self._lock:
            self._answers[stored.key] = stored
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
        return stored

    def add_turn(self, turn: Turn) -> None:
        """Append a turn, unless the viewer changed while it was computed."""
        with self._lock:
            if self.find(turn.key) is not None:
                self._turns = [*self._turns, turn][-MOST_TURNS:]

    def find(self, key: str) -> StoredAnswer | None:
        """Return the answer behind a key, if it was computed for the present viewer."""
        with self._lock:
            stored = self._answers.get(key)
            return stored if stored is not None and stored.viewer == self._viewer.name else None

    def clear(self) -> None:
        """Forget the conversation and its answers."""
        with self._lock:
            self._turns = []
            self._answers.clear()

    def look_as(self, viewer: Principal) -> None:
        """Look through another principal's eyes; what was seen before is forgotten."""
        with self._lock:
            self._viewer = viewer
            self.clear()

    def speak(self, language: Language) -> None:
        """Show the page, and every turn so far, in a language."""
        with self._lock:
            self._language = language
            self._turns = [
                Turn(question=turn.question, key=turn.key, language=language)
                for turn in self._turns
            ]


class Sessions:
    """Every session by its secret token; the longest unused are let go."""

    def __init__(self, first_viewer: Principal) -> None:
        self._first_viewer = first_viewer
        self._by_token: OrderedDict[str, Session] = OrderedDict()
        self._by_name: dict[str, Session] = {}
        self._lock = RLock()

    def open(self, language: Language) -> tuple[str, Session]:
        """Start a session and return the token that finds it again."""
        token = secrets.token_urlsafe(32)
        session = Session(viewer=self._first_viewer, language=language)
        with self._lock:
            self._by_token[token] = session
            self._by_name[session.name] = session
            while len(self._by_token) > MOST_SESSIONS:
                _, oldest = self._by_token.popitem(last=False)
                del self._by_name[oldest.name]
        return token, session

    def find(self, token: str | None) -> Session | None:
        """Return the session of a token; tokens that were not issued here find nothing."""
        with self._lock:
            session = self._by_token.get(token or "")
            if session is not None:
                self._by_token.move_to_end(token or "")
            return session

    def named(self, name: str) -> Session:
        """Return the session by the name that Gradio knows it by."""
        with self._lock:
            return self._by_name[name]
