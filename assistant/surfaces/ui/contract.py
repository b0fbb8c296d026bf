"""What the page needs of an assistant, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from assistant.answer.card import Card
    from assistant.question import Language, Question
    from semantic_layer.model import Principal


class AnswerLike(Protocol):
    """One answer with every stage it went through."""

    @property
    def question(self) -> Question:
        """The question as asked."""

    def to_json(self) -> dict[str, Any]:
        """Return the result object of the interfaces: plain values only."""


class WelcomeLike(Protocol):
    """What an empty page shows to one principal."""

    @property
    def questions(self) -> tuple[str, ...]:
        """Example questions that were run for this principal before they are offered."""

    @property
    def metric_groups(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Family label, then label and description of each metric in it."""

    @property
    def data_through(self) -> str:
        """The last day of the data, worded."""

    @property
    def model_name(self) -> str | None:
        """The connected language model; None where the rules read alone."""


class AssistantLike(Protocol):
    """Answers questions and words the answers."""

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Who one may look as; the first is the local owner, who sees all."""

    def answer(self, question: Question) -> AnswerLike:
        """Answer one question; bad input gives an answer that says so."""

    def card(self, answer: Any, language: Language) -> Card:
        """Word what `answer` gave in a language."""

    def welcome(self, principal: Principal, language: Language) -> WelcomeLike:
        """Say what can be asked."""
