"""What an answer keeps: every stage that a question went through, and how long each took."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from assistant.answer.card import Option
from assistant.intent import Intent
from assistant.question import Question
from assistant.resolution import Resolution
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.time_phrases import Clock
from semantic_layer.catalog import Catalog
from semantic_layer.errors import EngineError, QueryError, WenshuError
from semantic_layer.model import Settings
from semantic_layer.result import Check, Result

_LOG = logging.getLogger(__name__)
Status = Literal["answered", "clarification", "refused", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with every stage it went through.

    Attributes:
        id: Unguessable; names this answer on the page.
        status: answered, clarification, refused or error.
        intent: What was read, if reading was reached.
        resolution: What the reading was resolved to.
        result: The governed result, if a query ran.
        compared: A single number beside the base that its metric declares, where nobody asked for a comparison.
        failure: Why there is no result, if something refused or broke.
        follow_ups: Questions that were read back and run before they are offered.
        checks: What the result was verified by, where it did not pass and is not shown.
        options: Choices of a clarification, or near questions of a refusal.
        seconds: By stage, besides those of the result.
        reader: Who read the question; None where a query was given.
    """

    id: str
    question: Question
    status: Status
    today: date
    intent: Intent | None = None
    resolution: Resolution | None = None
    result: Result | None = None
    compared: Result | None = None
    failure: WenshuError | None = None
    checks: tuple[Check, ...] = ()
    follow_ups: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    reader: Literal["rules", "model"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What one principal's questions are read with."""

    catalog: Catalog
    lexicon: Lexicon
    clock: Clock


def new_id() -> str:
    """Return an unguessable name for an answer."""
    return secrets.token_urlsafe(12)


def failed(question: Question, today: date, error: WenshuError) -> Answer:
    """Return the answer that says what went wrong."""
    status: Status = "refused" if isinstance(error, QueryError) else "error"
    if isinstance(error, EngineError) and error.__cause__ is not None:
        _LOG.error("engine failed: %s", error.__cause__)
    return Answer(id=new_id(), question=question, status=status, today=today, failure=error)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Record how long a stage took."""
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = time.perf_counter() - start


def clock_of(settings: Settings, today: date, data: tuple[date | None, date]) -> Clock:
    """Return the day that phrases are resolved on, in the model's calendar; `data`: its first and last day."""
    data_from, data_through = data
    return Clock(
        today=today,
        data_through=data_through,
        data_from=data_from,
        week_start=settings.first_weekday,
        fiscal_year_start=settings.fiscal_year_start,
        fiscal_year_named_by=settings.fiscal_year_named_by,
        default_year=settings.default_year,
    )
