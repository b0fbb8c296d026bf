"""The proof of an answer on demand: every check, also those that ask again, and their words."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer.checked import check_in_words
from assistant.answer.explaining import explanation_in_words
from assistant.pipeline import Assistant
from assistant.question import Language
from assistant.resolution import Resolved
from assistant.stages import Answer, timed
from semantic_layer.errors import NotVerified, WenshuError
from semantic_layer.explain import explain
from semantic_layer.explanation import Explanation
from semantic_layer.result import Check, Notice, Result
from semantic_layer.verification import worst_of


def verify(answer: Answer, assistant: Assistant) -> Answer:
    """Return an answer with every check made; one that fails any is an error, and its numbers are gone.

    A comparison that was laid beside it unasked is verified like the answer itself.
    """
    if answer.result is None:
        return answer
    seconds = dict(answer.seconds)
    try:
        with timed(seconds, "check"):
            result = _verified(answer.result, answer, assistant)
            compared = _verified(answer.compared, answer, assistant) if answer.compared else None
    except WenshuError as error:
        return replace(
            answer, status="error", result=None, compared=None, failure=error, follow_ups=()
        )
    checks = worst_of(result.checks, compared.checks if compared else ())
    failed = [check.name for check in checks if check.status == "failed"]
    if not failed:
        shown = replace(result, checks=checks)
        return replace(answer, result=shown, compared=compared, seconds=seconds)
    return replace(
        answer,
        status="error",
        result=None,
        compared=None,
        failure=NotVerified(failed),
        checks=checks,
        follow_ups=(),
        seconds=seconds,
    )


def _verified(result: Result, answer: Answer, assistant: Assistant) -> Result:
    return assistant.layer.verify(result, answer.question.principal, today=answer.today)


def explanations(answer: Answer, assistant: Assistant) -> tuple[Explanation, ...]:
    """Return how an answer was calculated, planned again for the same person and day.

    One explanation of a query, one for each governed query of a composed one, none where nothing ran.
    """
    result, principal = answer.result, answer.question.principal
    if result is None:
        return ()
    access = assistant.layer.access(principal)
    queries = (result.query,) if result.query is not None else result.leaves
    # What only the rows tell, such as ties at a cut, is known to the result alone.
    return tuple(
        explain(
            replace(
                assistant.layer.plan(query, principal, today=answer.today),
                notices=_notices(answer),
            ),
            access,
        )
        for query in queries
    )


def explained(
    answer: Answer, assistant: Assistant, language: Language
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return how an answer was calculated, as headings with their lines."""
    catalog = assistant.layer.access(answer.question.principal).catalog
    return tuple(
        section
        for item in explanations(answer, assistant)
        for section in explanation_in_words(item, catalog, language, _notices(answer))
    )


def _notices(answer: Answer) -> tuple[Notice, ...]:
    assumed = answer.resolution.assumptions if isinstance(answer.resolution, Resolved) else ()
    return (*assumed, *(answer.result.notices if answer.result is not None else ()))


def checks_of(answer: Answer) -> tuple[Check, ...]:
    """Return the checks of an answer, those too that kept its numbers back."""
    return answer.result.checks if answer.result is not None else answer.checks


def checks_in_words(
    answer: Answer, assistant: Assistant, language: Language
) -> tuple[tuple[str, str, str], ...]:
    """Return name, status and detail of each check of an answer."""
    checks = checks_of(answer)
    if not checks:
        return ()
    catalog = assistant.layer.access(answer.question.principal).catalog
    return tuple(check_in_words(item, catalog, language) for item in checks)
