"""The one JSON object that the command line, the HTTP interface and evaluation share."""

from __future__ import annotations

from typing import Any

from assistant.answer.card import Card
from assistant.answer.labels import column_label, stated
from assistant.by_default import comparison_data
from assistant.pipeline import Assistant
from assistant.proving import checks_in_words, checks_of, explanations
from assistant.stages import Answer
from semantic_layer.labels import Labels
from semantic_layer.result import Column, Result, Role, plain


def answer_json(answer: Answer, assistant: Assistant) -> dict[str, Any]:
    """Return an answer as plain values, whatever its status.

    Numbers are numbers, shares 0–1, dates ISO by a period's first day; rows stand in the order shown.
    """
    language = answer.question.language
    card = assistant.card(answer, language)
    said = "".join(part.text for part in card.headline)
    form: dict[str, Any] = {
        "id": answer.id,
        "question": answer.question.text,
        "status": answer.status,
        "headline": said if answer.status == "answered" else "",
        "columns": [],
        "rows": [],
        "row_kinds": [],
        "query": None,
        "semantic_sql": None,
        "sql": None,
        "parameters": {},
        "period": None,
        "comparison": None,
        "definitions": [],
        "chart": None,
        "truncated": False,
        "warnings": list(card.notes),
        "follow_ups": list(card.follow_ups),
        "today": answer.today.isoformat(),
        "lang": language,
        "as": answer.question.principal.name,
        "reader": answer.reader,
        "timings_ms": _milliseconds(answer),
    }
    if answer.status != "answered":
        form["message"] = said
        form["code"] = _code(answer)
        form["options"] = [
            {"label": item.label, "detail": item.detail, "question": item.question}
            for item in card.options
        ]
    if answer.result is not None:
        form |= _result(answer.result, card, language)
        form["comparison"] = comparison_data(answer.compared)
    return form | _proof(answer, assistant)


def _proof(answer: Answer, assistant: Assistant) -> dict[str, Any]:
    """Return how an answer was calculated, and its checks; of one that failed them the checks alone."""
    found = [item.as_data() for item in explanations(answer, assistant)]
    composed = answer.result is not None and answer.result.query is None
    worded = checks_in_words(answer, assistant, answer.question.language)
    return {
        "explanation": {"leaves": found} if composed else next(iter(found), None),
        "checks": [
            {"name": check.name, "status": check.status, "detail": detail}
            for check, (_, _, detail) in zip(checks_of(answer), worded, strict=True)
        ],
    }


def _code(answer: Answer) -> str:
    if answer.failure is not None:
        return answer.failure.code
    return str(getattr(answer.resolution, "code", "error"))


def _milliseconds(answer: Answer) -> dict[str, float]:
    stages = {**answer.seconds, **(answer.result.seconds if answer.result else {})}
    return {name: round(took * 1000, 3) for name, took in stages.items()}


def _result(result: Result, card: Card, language: str) -> dict[str, Any]:
    named = stated(result).query
    alone = len({column.metric for column in result.columns if column.metric}) == 1
    return {
        "columns": [
            {
                "name": column.name,
                "label": column_label(column, named, language, alone=alone),
                "role": column.role.value,
                "unit": _unit(column.unit, language),
                **_levels(result, column),
            }
            for column in result.columns
        ],
        "rows": result.rows(),
        "row_kinds": list(result.row_kinds),
        "query": None
        if result.query is None
        else result.query.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "semantic_sql": result.semantic_sql,
        "sql": result.sql,
        "parameters": {name: plain(value) for name, value in result.parameters.items()},
        "period": {
            "start": result.period.start.isoformat() if result.period else None,
            "end": result.period.end.isoformat() if result.period else None,
            "data_through": result.data_through.isoformat() if result.data_through else None,
        },
        "definitions": [
            {
                "name": item.name,
                "label": item.label,
                "formula": item.formula,
                "description": item.description,
                "owner": item.owner,
                **item.governance,
                "facts": [{"label": label, "text": words} for label, words in item.facts],
            }
            for item in (card.how.definitions if card.how else ())
        ],
        "chart": card.chart,
        "truncated": result.truncated,
    }


def _levels(result: Result, column: Column) -> dict[str, Any]:
    """Return how far each row reaches its target, by the thresholds of the definition."""
    if column.role is not Role.ATTAINMENT:
        return {}
    cells = result.table.column(column.name).to_pylist()
    statuses = [column.status_of(cell) for cell in cells]
    return {"warn": column.warn, "alert": column.alert, "statuses": statuses}


def _unit(unit: str | Labels | None, language: str) -> str | None:
    return unit.of(language) if isinstance(unit, Labels) else unit
