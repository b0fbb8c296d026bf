"""What every command does before and after its work: open, ask who and when, say, end with a code."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import typer
from rich.console import Console

from assistant.answer.card import Card
from assistant.answer.present import message_card
from assistant.locale import text as worded
from assistant.opening import Sources, open_assistant
from assistant.pipeline import Assistant
from assistant.proving import checks_in_words, explained, verify
from assistant.question import Language, detect_language
from assistant.settings import BadSetting, Settings
from assistant.stages import Answer
from assistant.surfaces.json_form import answer_json
from assistant.surfaces.terminal import print_card, print_checks, print_explanation
from semantic_layer.errors import MalformedQuery, WenshuError
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import MetricQuery, parse_query

EXIT: Final = {"answered": 0, "error": 1, "clarification": 3, "refused": 4}
USAGE: Final = 2
ERRORS: Final = Console(stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What every command needs before it can work."""

    assistant: Assistant
    today: date | None
    principal: Principal


def open_door(
    definitions: Path | None,
    data: str | None,
    today: str | None,
    as_user: str | None,
    language: Language,
    *,
    as_json: bool,
) -> Door:
    """Open definitions and data for a command; a failure is said and ends it."""
    day = read_day(today, language, as_json=as_json)
    try:
        assistant = open_assistant(
            Sources(definitions=definitions, data=data), read_settings(language), say
        )
        principal = _principal(assistant, as_user, language, as_json=as_json)
        return Door(assistant=assistant, today=day, principal=principal)
    except WenshuError as error:
        stop(error, language, as_json=as_json, code=EXIT["error"])


def read_settings(language: Language) -> Settings:
    """Read the environment; a bad value is said and ends the command."""
    try:
        return Settings.from_env(os.environ)
    except BadSetting as error:
        usage(
            worded("cli.bad_setting", language, name=error.name, value=error.value), as_json=False
        )


def _principal(
    assistant: Assistant, name: str | None, language: Language, *, as_json: bool
) -> Principal:
    if name is None:
        return LOCAL_OWNER
    found = next((item for item in assistant.principals if item.name == name), None)
    if found is None:
        usage(worded("cli.unknown_principal", language, name=name), as_json=as_json)
    return found


def choose_language(lang: str | None, text: str) -> Language:
    """Return the language to answer in: as told, else the question's, else the terminal's."""
    if lang in {"zh", "en"}:
        return cast("Language", lang)
    if lang is not None:
        usage(worded("cli.bad_language", "en", lang=lang), as_json=False)
    if text:
        return detect_language(text)
    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"


def read_day(text: str | None, language: Language, *, as_json: bool) -> date | None:
    """Read a day; anything else is said and ends the command."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        usage(worded("cli.bad_date", language, text=text), as_json=as_json)


def read_json(text: str) -> MetricQuery:
    """Read a MetricQuery from JSON text.

    Raises:
        MalformedQuery: It is not JSON, or not a query.
    """
    try:
        return parse_query(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise MalformedQuery("no_json") from error


def say(text: str) -> None:
    """Say something on stderr."""
    ERRORS.print(text, style="dim", highlight=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How much of an answer a command prints.

    Attributes:
        as_json: One JSON object instead of a card.
        explain: How it was calculated, too.
        verify: Every check is made, those too that ask again; where one fails no number is shown.
    """

    as_json: bool
    explain: bool
    verify: bool


def finish(answer: Answer, assistant: Assistant, shown: Shown) -> NoReturn:
    """Print an answer and end the command with its exit code."""
    language = answer.question.language
    answer = verify(answer, assistant) if shown.verify else answer
    if shown.as_json:
        print_json(answer_json(answer, assistant))
    else:
        console = Console()
        print_card(assistant.card(answer, language), console, shows_sql=shown.explain)
        if shown.explain:
            print_explanation(explained(answer, assistant, language), console)
        if shown.verify:
            print_checks(checks_in_words(answer, assistant, language), console)
    raise typer.Exit(EXIT[answer.status])


def stop(
    error: WenshuError, language: Language, *, as_json: bool, code: int | None = None
) -> NoReturn:
    """Say an error in words and end the command."""
    status = "error" if code == EXIT["error"] else "refused"
    card = message_card(
        error.code, language, error.facts, (), "error" if status == "error" else "refused"
    )
    problems = [str(problem) for problem in getattr(error, "problems", ())]
    _say_no(card, error.code, problems, as_json=as_json)
    raise typer.Exit(code if code is not None else EXIT[status])


def _say_no(card: Card, code: str, problems: list[str], *, as_json: bool) -> None:
    said = "".join(part.text for part in card.headline)
    if as_json:
        print_json(
            {
                "status": card.status,
                "code": code,
                "message": said,
                "problems": problems,
                "lang": card.language,
            }
        )
        return
    ERRORS.print(said, highlight=False, markup=False)
    for problem in problems:
        ERRORS.print(f"  {problem}", highlight=False, markup=False)


def usage(said: str, *, as_json: bool) -> NoReturn:
    """Say what is wrong with the call and end the command."""
    if as_json:
        print_json({"status": "error", "code": "usage", "message": said})
    else:
        ERRORS.print(said, highlight=False, markup=False)
    raise typer.Exit(USAGE)


def fail(said: str) -> NoReturn:
    """Say what went wrong and end the command."""
    ERRORS.print(said, highlight=False, markup=False)
    raise typer.Exit(EXIT["error"])


def print_json(form: dict[str, Any]) -> None:
    """Print one JSON object on stdout."""
    typer.echo(json.dumps(form, ensure_ascii=False, allow_nan=False))
