"""Question cases: a JSONL file, or YAML lists with the same fields, in one file or a folder of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.question import Language
from semantic_layer.errors import Problem
from semantic_layer.yaml_source import KeyPath, read_yaml

Cell = bool | int | Decimal | float | date | datetime | str | None
Row = tuple[Cell, ...]
Status = Literal["answered", "clarification", "refused", "error"]

_YAML: Final = frozenset({".yml", ".yaml"})
_LINES: Final = frozenset({".jsonl", ".ndjson"})


class BadCases(ValueError):
    """A case file that cannot be used; carries every problem with its file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Part(BaseModel):
    """A piece of a case: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, coerce_numbers_to_str=True
    )


class Expectation(Part):
    """What a right answer is.

    Attributes:
        status: How the question must end.
        rows: The right rows, as a multiset unless `ordered`.
        columns: What the columns of `rows` or `sql` hold, for readers of the case.
        sql: Trusted SQL that gives the right rows.
        query: Keys of the MetricQuery that the question must become; the others are free.
    """

    status: Status
    rows: tuple[Row, ...] | None = None
    columns: tuple[str, ...] | None = None
    ordered: bool = False
    sql: str | None = None
    query: Mapping[str, Any] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Expectation:
        if self.rows is not None and self.sql is not None:
            raise ValueError("give `rows` or `sql`, not both")
        if self.status != "answered" and (self.rows, self.sql, self.query) != (None, None, None):
            raise ValueError("only an answered case has `rows`, `sql` or `query`")
        if self.rows and self.columns and {len(row) for row in self.rows} != {len(self.columns)}:
            raise ValueError("every row needs one cell for each of `columns`")
        return self


class Turn(Part):
    """One question of a conversation."""

    question: str
    expect: Expectation


class Case(Part):
    """One question, or one conversation, with what a right answer is.

    Attributes:
        lang: The language asked in; None reads it off the question.
        today: The asker's day; None takes the model's own.
        as_: The principal's name; None is the local owner.
        kind: What the case is about, for the report; the expected status where omitted.
        xfail: Why the case is known to fail: a test holds that it does. Scores ignore it.
    """

    id: str
    question: str | None = None
    turns: tuple[Turn, ...] = ()
    lang: Language | None = None
    today: date | None = None
    as_: str | None = Field(default=None, alias="as")
    kind: str | None = None
    xfail: str | None = None
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Case:
        asked = self.question is not None and self.expect is not None
        if self.turns and (self.question is not None or self.expect is not None):
            raise ValueError("a case has `turns`, or `question` and `expect`, not both")
        if not self.turns and not asked:
            raise ValueError("a case needs `question` and `expect`, or `turns`")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One case as written; `line_of` tells where a key stands."""

    file: str
    data: object
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load_cases(path: Path) -> tuple[Case, ...]:
    """Read the cases of a file, or of every case file below a folder in the order of their names.

    Raises:
        BadCases: With every problem of every file: no such file, broken syntax, unknown keys, doubled ids.
    """
    problems: list[Problem] = []
    cases: dict[str, Case] = {}
    for file in _files(path):
        for entry in _entries(file, problems):
            case = _case(entry, problems)
            if case is None:
                continue
            if case.id in cases:
                problems.append(
                    Problem(
                        entry.file,
                        entry.line(("id",)),
                        f"the id `{case.id}` is given twice",
                        "Give every case an id of its own",
                    )
                )
            cases.setdefault(case.id, case)
    if problems:
        raise BadCases(problems)
    return tuple(cases.values())


def _files(path: Path) -> tuple[Path, ...]:
    if path.is_file():
        return (path,)
    found = tuple(sorted(file for file in path.rglob("*") if file.suffix.lower() in _YAML | _LINES))
    if not found:
        raise BadCases(
            [Problem(path.name, 1, "no case file is there", "Name a .jsonl or .yml file")]
        )
    return found


def _entries(file: Path, problems: list[Problem]) -> Iterator[_Entry]:
    if file.suffix.lower() in _YAML:
        yield from _yaml_entries(file, problems)
    else:
        yield from _json_entries(file, problems)


def _yaml_entries(file: Path, problems: list[Problem]) -> Iterator[_Entry]:
    source = read_yaml(file)
    problems.extend(source.problems)
    if source.data is None:
        return
    if not isinstance(source.data, list):
        problems.append(Problem(file.name, 1, "this is not a list of cases", "Begin with `- id:`"))
        return
    for position, data in enumerate(source.data):
        lines = {key[1:]: line for key, line in source.lines.items() if key[:1] == (position,)}
        yield _Entry(file=file.name, data=data, lines=lines)


def _json_entries(file: Path, problems: list[Problem]) -> Iterator[_Entry]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        problems.append(Problem(file.name, 1, "not readable as UTF-8 text", "Save it as UTF-8"))
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            problems.append(
                Problem(file.name, number, "not valid JSON", "Write one case as JSON on each line")
            )
            continue
        yield _Entry(file=file.name, data=data, lines={(): number})


def _case(entry: _Entry, problems: list[Problem]) -> Case | None:
    try:
        return Case.model_validate(entry.data)
    except ValidationError as error:
        problems.extend(
            _problem(entry, item["type"], item["loc"], item["msg"]) for item in error.errors()
        )
        return None


def _problem(entry: _Entry, kind: str, place: tuple[int | str, ...], message: str) -> Problem:
    # A union's own tag stands in the place; only keys of the file lead to a line.
    key = ".".join(map(str, place)) or "case"
    if kind != "extra_forbidden":
        said = message.removeprefix("Value error, ")
        return Problem(entry.file, entry.line(place), f"{key}: {said}", "See the case format")
    known = sorted(_keys(place[:-1]))
    close = get_close_matches(str(place[-1]), known, n=1)
    fix = f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}"
    return Problem(entry.file, entry.line(place), f"unknown key `{key}`", fix)


def _keys(parent: tuple[int | str, ...]) -> set[str]:
    model: type[Part] = Case
    if parent:
        model = Turn if parent[0] == "turns" and parent[-1] != "expect" else Expectation
    return {spec.alias or name for name, spec in model.model_fields.items()}
