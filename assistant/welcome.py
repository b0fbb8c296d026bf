"""What an empty page offers: questions that were run, and the metrics that can be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from assistant.answer.follow_ups import suggest
from assistant.answer.formula_words import formula_text
from assistant.answer.numbers import format_bucket
from assistant.locale import text
from assistant.pipeline import Assistant
from assistant.question import Language, Question
from assistant.stages import Reader
from semantic_layer.calendar import Grain, floor, shift
from semantic_layer.catalog import BoundMetric
from semantic_layer.governance import offered
from semantic_layer.model import Principal
from semantic_layer.query import MetricQuery, MetricUse, Period

QUESTIONS = 6
FAMILIES = ("contribution", "process", "feedback")
TIERS = ("primary", "process", "auxiliary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What one principal is offered.

    Attributes:
        questions: Questions that read back as meant, were run and gave rows.
        metric_groups: Family label, then label and description of each metric in it.
        data_through: The last day with data, worded.
        model_name: The connected language model; None where the rules read alone.
    """

    questions: tuple[str, ...]
    metric_groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    data_through: str
    model_name: str | None = None


def welcome(assistant: Assistant, principal: Principal, language: Language) -> Welcome:
    """Return what an empty page shows to a principal.

    Raises:
        NotPermitted: The principal may see nothing.
    """
    question = Question(text="", language=language, principal=principal)
    reader = assistant.reader(question)
    metrics = sorted(offered(reader.catalog).values(), key=lambda item: TIERS.index(item.spec.tier))
    return Welcome(
        questions=tuple(_questions(assistant, question, reader, metrics)),
        metric_groups=tuple(_groups(metrics, reader, language)),
        data_through=format_bucket(reader.clock.data_through, Grain.DAY, language),
    )


def _groups(
    metrics: list[BoundMetric], reader: Reader, language: Language
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    for family in FAMILIES:
        members = tuple(
            (
                item.label.of(language),
                item.spec.description.of(language)
                or formula_text(item.spec, reader.catalog, language),
            )
            for item in metrics
            if item.spec.family == family
        )
        if members:
            yield text(f"family.{family}", language), members


def _questions(
    assistant: Assistant, question: Question, reader: Reader, metrics: list[BoundMetric]
) -> Iterator[str]:
    """Yield questions of different kinds about different metrics: one kind of each, metric by metric."""
    running = floor(reader.clock.reference, Grain.QUARTER)
    quarter = Period(start=shift(running, Grain.QUARTER, -1), end=running)
    asked = [item for item in metrics if item.spec.tier == TIERS[0]] or metrics
    ideas = [
        [
            suggestion.question
            for suggestion in suggest(
                MetricQuery(metrics=(MetricUse(metric=item.name),), period=quarter),
                reader.catalog,
                question.language,
            )
        ]
        for item in asked[:QUESTIONS]
    ]
    rotated = [
        found[index % len(found) :] + found[: index % len(found)]
        for index, found in enumerate(ideas)
        if found
    ]
    offered = dict.fromkeys(idea for layer in zip_longest(*rotated) for idea in layer if idea)
    found = 0
    for words in offered:
        if assistant.gives_rows(words, question, reader):
            yield words
            found += 1
        if found == QUESTIONS:
            return
