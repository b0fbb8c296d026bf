"""`wenshu eval`: question cases scored, as a table or as JSON, with gates for CI."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from assistant.evaluation.cases import BadCases, Case, load_cases
from assistant.evaluation.check_sql import check_sql
from assistant.evaluation.report import Report
from assistant.evaluation.run import evaluate, predictions
from assistant.locale import text
from assistant.pipeline import Assistant
from assistant.question import Language
from assistant.stages import Answer
from assistant.surfaces.door import ERRORS, print_json, usage
from assistant.surfaces.json_form import answer_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Shares of all scored cases, 0–1; None asks nothing."""

    min_right: float | None = None
    max_wrong: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How cases are run and reported."""

    today: date | None
    gates: Gates
    out: Path | None
    jobs: int
    language: Language
    as_json: bool


def run_eval(path: Path, assistant: Assistant, run: Run) -> int:
    """Run the cases of a file and print the report.

    Returns:
        The exit code: 1 where a gate is not met.
    """
    try:
        cases = [_dated(case, run.today) for case in load_cases(path)]
    except (BadCases, OSError) as error:
        reason = str(error) if isinstance(error, BadCases) else path.name
        usage(text("cli.bad_cases", run.language, reason=reason), as_json=run.as_json)
    report = _evaluate(cases, assistant, run)
    if run.out is not None:
        _write(report, assistant, run.out)
    if run.as_json:
        print_json(dict(report.summary()))
    else:
        Console().print(report.markdown(), markup=False, highlight=False, soft_wrap=True)
    passes = report.passes(min_right=run.gates.min_right, max_wrong=run.gates.max_wrong)
    return 0 if passes else 1


def _dated(case: Case, today: date | None) -> Case:
    return case if case.today or today is None else case.model_copy(update={"today": today})


def _evaluate(cases: Sequence[Case], assistant: Assistant, run: Run) -> Report:
    with Progress(console=ERRORS, transient=True) as bar:
        task = bar.add_task("", total=len(cases))
        return evaluate(
            cases,
            assistant,
            check_sql(assistant.layer),
            jobs=run.jobs,
            progress=lambda _: bar.advance(task),
        )


def _write(report: Report, assistant: Assistant, out: Path) -> None:
    def as_json(answer: Answer) -> dict[str, Any]:
        return answer_json(answer, assistant)

    lines = (
        json.dumps(item, ensure_ascii=False, allow_nan=False)
        for item in predictions(report, as_json)
    )
    out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
