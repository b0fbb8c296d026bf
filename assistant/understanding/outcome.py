"""What becomes of an Intent: a query, a question back, or a refusal. Data only; `assistant.locale` words it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from semantic_layer.labels import Labels
from semantic_layer.query import MetricQuery
from semantic_layer.result import Notice

ChoiceKind = Literal["metric", "field", "member", "period"]
ReadingKind = Literal["metric", "period", "group", "filter", "compare", "order", "condition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to choose instead.

    Attributes:
        name: The catalog name, or the member's value as text.
        label: What it is called.
        question: The full question that settles it; empty where it cannot be asked as it stands.
        field: The field of a member.
    """

    kind: ChoiceKind
    name: str
    label: Labels
    question: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One piece of what was understood: the asker's words and what they were taken for."""

    kind: ReadingKind
    words: str
    name: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A question that can be answered.

    Attributes:
        period_phrase: The asker's words for the period, or None.
        assumptions: What was taken for granted and must be said.
        readings: What was understood, in the asker's order.
    """

    query: MetricQuery
    period_phrase: str | None = None
    assumptions: tuple[Notice, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """A question back, with what each choice would ask."""

    code: str
    word: str
    options: tuple[Choice, ...]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The reason why there is no answer, and what is near."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    close: tuple[Choice, ...] = ()


Resolution = Resolved | Clarification | Refusal


class Unsettled(Exception):
    """Raised inside the resolution where it ends without a query."""

    def __init__(self, outcome: Clarification | Refusal) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome
