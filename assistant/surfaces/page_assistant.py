"""The assistant as the page needs it: answers that know their JSON, and a welcome kept per asker and language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.answer.card import Card
from assistant.pipeline import Assistant
from assistant.question import Language, Question
from assistant.stages import Answer
from assistant.surfaces.json_form import answer_json
from assistant.welcome import Welcome, welcome
from semantic_layer.model import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAnswer:
    """An answer with the assistant that gave it."""

    answer: Answer
    assistant: Assistant

    @property
    def question(self) -> Question:
        """The question as asked."""
        return self.answer.question

    def to_json(self) -> dict[str, Any]:
        """Return the result object of the interfaces."""
        return answer_json(self.answer, self.assistant)


@dataclass(kw_only=True, eq=False)
class PageAssistant:
    """Answers the page's questions."""

    assistant: Assistant
    _welcomes: dict[tuple[str, Language], Welcome] = field(default_factory=dict, repr=False)

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Who one may look as; the first is the local owner, who sees all."""
        return self.assistant.principals

    def answer(self, question: Question) -> PageAnswer:
        """Answer one question; bad input gives an answer that says so."""
        return PageAnswer(answer=self.assistant.answer(question), assistant=self.assistant)

    def card(self, answer: PageAnswer, language: Language) -> Card:
        """Word an answer in a language."""
        return self.assistant.card(answer.answer, language)

    def welcome(self, principal: Principal, language: Language) -> Welcome:
        """Say what can be asked; worked out once for each principal and language."""
        key = (principal.name, language)
        if key not in self._welcomes:
            self._welcomes[key] = welcome(self.assistant, principal, language)
        return self._welcomes[key]
