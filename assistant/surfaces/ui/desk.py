"""The desk between the page and the assistant: takes a question, keeps the answer, words its card."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.answer.card import Card, HeadlinePart
from assistant.question import Question, detect_language
from assistant.surfaces.ui.sessions import Session, Sessions, StoredAnswer, Turn
from assistant.surfaces.ui.strings import page_text

if TYPE_CHECKING:
    from assistant.question import Language
    from assistant.surfaces.ui.contract import AssistantLike, WelcomeLike

_LOG = logging.getLogger(__name__)
_LETTERS = re.compile(r"[\u3400-\u9fff]|[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The assistant and the sessions that ask it."""

    assistant: AssistantLike
    sessions: Sessions

    def ask(
        self, session: Session, text: str, language: Language | None = None
    ) -> tuple[StoredAnswer, Language]:
        """Answer a question for the session's viewer and keep the answer.

        Args:
            session: Who asks.
            text: The words; they never change who asks.
            language: Of the answer; None takes the language of the words.
        """
        spoken = language or _language_of(text, session.language)
        viewer = session.viewer
        try:
            answer = self.assistant.answer(
                Question(text=text, language=spoken, principal=viewer),
            )
        # The asker must get a sentence whatever breaks below; the cause goes to the log.
        except Exception:
            _LOG.exception("answering failed")
            return session.keep(None, viewer), spoken
        return session.keep(answer, viewer), spoken

    def take_turn(self, session: Session, text: str) -> None:
        """Answer a question as the next turn of the conversation."""
        stored, language = self.ask(session, text)
        session.add_turn(Turn(question=text, key=stored.key, language=language))

    def card(self, stored: StoredAnswer, language: Language) -> Card:
        """Word a kept answer; wording it twice in one language is saved."""
        if language not in stored.cards:
            stored.cards[language] = self._worded(stored, language)
        return stored.cards[language]

    def welcome(self, session: Session, language: Language) -> WelcomeLike:
        """Say what the session's viewer can ask."""
        return self.assistant.welcome(session.viewer, language)

    def _worded(self, stored: StoredAnswer, language: Language) -> Card:
        if stored.answer is None:
            return _error_card(language)
        try:
            return self.assistant.card(stored.answer, language)
        except Exception:
            _LOG.exception("wording an answer failed")
            return _error_card(language)


def _error_card(language: Language) -> Card:
    sentence = HeadlinePart(text=page_text("ui_error", language))
    return Card(status="error", language=language, headline=(sentence,))


def _language_of(text: str, otherwise: Language) -> Language:
    return detect_language(text) if _LETTERS.search(text) else otherwise
