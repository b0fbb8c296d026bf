"""A question as it was asked: words, language, day, asker. Identity never comes from the words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from semantic_layer.model import LOCAL_OWNER, Principal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        text: The words as typed.
        language: What the answer is written in.
        today: The asker's day; None takes the model's own (`settings.as_of`, else the clock given to the assistant).
        principal: Who asks.
    """

    text: str
    language: Language
    today: date | None = None
    principal: Principal = LOCAL_OWNER


def detect_language(text: str) -> Language:
    """Guess the language a question is written in; Chinese wins where both occur, as member names are often Latin."""
    if _HAN.search(text):
        return "zh"
    return "en" if _LATIN_WORD.search(text) else "zh"
