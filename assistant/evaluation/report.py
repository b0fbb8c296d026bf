"""What a run of cases came to: counts by language and kind, latency, and whether it passes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from assistant.evaluation.cases import Case
from assistant.question import Language
from assistant.stages import Answer

Verdict = Literal["right", "wrong", "asked back", "refused", "error", "skipped"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "right",
    "wrong",
    "asked back",
    "refused",
    "error",
    "skipped",
)
_UNSCORED: Final = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one case ended.

    Attributes:
        language: The language it was asked in.
        verdict: right; wrong (answered, and not with the right rows: wrong and confident); asked back or refused
            where that was not wanted; error; skipped (not supported in this version).
        detail: Why it is not right, for whoever reads the report.
        seconds: From question to answer, by the clock on the wall.
        answer: None where nothing was asked.
    """

    case: Case
    language: Language
    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0
    answer: Answer | None = None

    @property
    def kind(self) -> str:
        """What the case is about: its own word, else how it should end."""
        if self.case.kind:
            return self.case.kind
        return self.case.expect.status if self.case.expect else "turns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcomes of a run, in the order of the cases."""

    outcomes: tuple[Outcome, ...]

    @property
    def scored(self) -> tuple[Outcome, ...]:
        """The outcomes that count: all but the skipped ones."""
        return tuple(item for item in self.outcomes if item.verdict != _UNSCORED)

    def counts(self) -> Mapping[tuple[str, str], Counter[str]]:
        """Return the verdicts by (language, kind), in order of appearance."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for item in self.outcomes:
            found.setdefault((item.language, item.kind), Counter())[item.verdict] += 1
        return dict(sorted(found.items()))

    def share(self, verdict: Verdict) -> float:
        """Return the share of a verdict among the scored cases, 0–1; 0 where nothing was scored."""
        scored = self.scored
        return sum(item.verdict == verdict for item in scored) / len(scored) if scored else 0.0

    def latency(self, quantile: float) -> float:
        """Return a quantile (0–1) of the seconds that answers took, by nearest rank."""
        seconds = sorted(item.seconds for item in self.outcomes if item.answer is not None)
        if not seconds:
            return 0.0
        return seconds[max(0, math.ceil(quantile * len(seconds)) - 1)]

    def passes(self, *, min_right: float | None = None, max_wrong: float | None = None) -> bool:
        """Tell whether the run is good enough; with nothing scored it is good enough only without a bound.

        Args:
            min_right: Least share of right answers, 0–1.
            max_wrong: Greatest share of wrong and confident answers, 0–1.
        """
        if not self.scored:
            return min_right is None and max_wrong is None
        right = min_right is None or self.share("right") >= min_right
        wrong = max_wrong is None or self.share("wrong") <= max_wrong
        return right and wrong

    def summary(self) -> dict[str, object]:
        """Return the figures as plain values that JSON can hold."""
        total = Counter(item.verdict for item in self.outcomes)
        return {
            "cases": len(self.outcomes),
            "scored": len(self.scored),
            **{verdict.replace(" ", "_"): total[verdict] for verdict in VERDICTS},
            "right_share": self.share("right"),
            "wrong_share": self.share("wrong"),
            "p50_ms": round(self.latency(0.5) * 1000, 1),
            "p95_ms": round(self.latency(0.95) * 1000, 1),
            "groups": [
                {
                    "lang": lang,
                    "kind": kind,
                    **{name.replace(" ", "_"): found[name] for name in VERDICTS},
                }
                for (lang, kind), found in self.counts().items()
            ],
        }

    def markdown(self) -> str:
        """Return the report as Markdown: figures, a table by language and kind, and every case not right."""
        figures = (
            f"{len(self.scored)} cases scored: {self.share('right'):.1%} right, "
            f"{self.share('wrong'):.1%} wrong and confident. "
            f"Latency p50 {self.latency(0.5) * 1000:.0f} ms, p95 {self.latency(0.95) * 1000:.0f} ms."
        )
        parts = [figures, "", *_table(self.counts())]
        missed = [item for item in self.outcomes if item.verdict != "right"]
        if missed:
            parts += ["", "| case | verdict | question | detail |", "| --- | --- | --- | --- |"]
            parts += [_line(item) for item in sorted(missed, key=_severity)]
        return "\n".join(parts) + "\n"


def _table(counts: Mapping[tuple[str, str], Counter[str]]) -> Iterable[str]:
    yield f"| language | kind | cases | {' | '.join(VERDICTS)} |"
    yield "| --- | --- |" + " ---: |" * (len(VERDICTS) + 1)
    total: Counter[str] = Counter()
    for (language, kind), found in counts.items():
        total += found
        yield _row((language, _safe(kind)), found)
    yield _row(("all", ""), total)


def _row(names: Sequence[str], found: Counter[str]) -> str:
    cells = (*names, str(found.total()), *(str(found[verdict]) for verdict in VERDICTS))
    return f"| {' | '.join(cells)} |"


def _severity(item: Outcome) -> int:
    """Wrong and confident first, then what broke."""
    return ("wrong", "error", "refused", "asked back", "skipped", "right").index(item.verdict)


def _line(item: Outcome) -> str:
    question = item.case.question or " / ".join(turn.question for turn in item.case.turns)
    cells = (item.case.id, item.verdict, question, item.detail)
    return f"| {' | '.join(map(_safe, cells))} |"


def _safe(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
