"""Asks every case and judges the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from assistant.evaluation.cases import Case, Expectation
from assistant.evaluation.report import Outcome, Report, Verdict
from assistant.evaluation.scoring import TOLERANCE, matches, matches_query
from assistant.pipeline import Assistant
from assistant.question import Question, detect_language
from assistant.stages import Answer
from semantic_layer.errors import MalformedQuery, WenshuError
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.result import Result

Rows = Sequence[Sequence[object]]
RunSql = Callable[[str], Rows]

_SHOWN: Final = 3
_UNWANTED: Final[Mapping[str, Verdict]] = {
    "answered": "wrong",
    "clarification": "asked back",
    "refused": "refused",
    "error": "error",
}


def evaluate(
    cases: Sequence[Case],
    assistant: Assistant,
    run_sql: RunSql,
    *,
    jobs: int = 1,
    progress: Callable[[Outcome], None] | None = None,
    tolerance: float = TOLERANCE,
) -> Report:
    """Ask every case and judge the answers.

    Args:
        cases: What to ask.
        assistant: Who answers.
        run_sql: Runs a case's own SQL on the same data; the SQL is trusted.
        jobs: How many questions are asked at once.
        progress: Called with each outcome in the order of the cases.
        tolerance: How far numbers may be apart, as in `matches`.
    """

    def one(case: Case) -> Outcome:
        return judge(case, assistant, run_sql, tolerance=tolerance)

    outcomes = []
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="case") as pool:
        for outcome in pool.map(one, cases):
            outcomes.append(outcome)
            if progress is not None:
                progress(outcome)
    return Report(outcomes=tuple(outcomes))


def judge(
    case: Case, assistant: Assistant, run_sql: RunSql, *, tolerance: float = TOLERANCE
) -> Outcome:
    """Ask one case and judge the answer; whatever goes wrong is an outcome too."""
    if case.question is None or case.expect is None:
        language = case.lang or detect_language(case.turns[0].question)
        return Outcome(
            case=case,
            language=language,
            verdict="skipped",
            detail="conversations (`turns`) are not supported in this version",
        )
    language = case.lang or detect_language(case.question)
    principal = _principal(case.as_, assistant)
    if principal is None:
        detail = f"no principal is called {case.as_!r}"
        return Outcome(case=case, language=language, verdict="error", detail=detail)
    question = Question(
        text=case.question, language=language, today=case.today, principal=principal
    )
    start = time.perf_counter()
    answer = assistant.answer(question)
    seconds = time.perf_counter() - start
    try:
        verdict, detail = _verdict(answer, case.expect, run_sql, tolerance)
    except (WenshuError, MalformedQuery) as error:
        verdict, detail = "error", f"the expectation itself fails: {error}"
    return Outcome(
        case=case,
        language=language,
        verdict=verdict,
        detail=detail,
        seconds=seconds,
        answer=answer,
    )


def predictions(
    report: Report, as_json: Callable[[Answer], Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield one JSON object for each case: the answer's, under the case's id, with the verdict.

    Args:
        report: What ran.
        as_json: Gives the object that the command line prints for an answer.
    """
    for outcome in report.outcomes:
        said = dict(as_json(outcome.answer)) if outcome.answer is not None else {}
        yield {
            **said,
            "id": outcome.case.id,
            "question": outcome.case.question,
            "status": said.get("status", outcome.verdict),
            "verdict": outcome.verdict,
            "detail": outcome.detail,
        }


def data_rows(result: Result) -> list[Sequence[object]]:
    """Return a result's rows without its totals."""
    return [
        row for row, kind in zip(result.rows(), result.row_kinds, strict=True) if kind == "data"
    ]


def _principal(name: str | None, assistant: Assistant) -> Principal | None:
    if name is None:
        return LOCAL_OWNER
    return next((item for item in assistant.principals if item.name == name), None)


def _verdict(
    answer: Answer, expect: Expectation, run_sql: RunSql, tolerance: float
) -> tuple[Verdict, str]:
    if answer.status != expect.status:
        code = _code(answer)
        said = f"{answer.status} ({code})" if code else answer.status
        return _UNWANTED[answer.status], f"expected {expect.status}, got {said}"
    if answer.result is None:
        return "right", ""
    query = answer.result.query
    if expect.query is not None and (query is None or not matches_query(expect.query, query)):
        return "wrong", f"another query: {answer.result.semantic_sql}"
    right = run_sql(expect.sql) if expect.sql is not None else expect.rows
    found = data_rows(answer.result)
    if right is None or matches(right, found, ordered=expect.ordered, tolerance=tolerance):
        return "right", ""
    detail = f"expected {_shown(right)}, got {_shown(found)} from {answer.result.semantic_sql}"
    return "wrong", detail


def _code(answer: Answer) -> str:
    if answer.failure is not None:
        return answer.failure.code
    return str(getattr(answer.resolution, "code", ""))


def _shown(rows: Rows) -> str:
    listed = "; ".join(", ".join(map(str, row)) for row in rows[:_SHOWN])
    return f"{len(rows)} rows [{listed}{'; …' if len(rows) > _SHOWN else ''}]"
