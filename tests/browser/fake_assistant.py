"""An assistant that answers from a small table, for tests of the page alone."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

from assistant.answer.card import Card
from assistant.question import Language, Question
from semantic_layer.labels import Labels
from semantic_layer.model import LOCAL_OWNER, Principal
from tests.browser.fake_cards import REGIONS, WORDS, clarification, ranking, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeAnswer:
    question: Question

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.question.text,
            "status": "answered",
            "principal": self.question.principal.name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeWelcome:
    questions: tuple[str, ...]
    metric_groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    data_through: str = "2026-08-19"
    model_name: str | None = None


class FakeAssistant:
    """Answers a handful of questions; anything else is refused and echoed."""

    principals: tuple[Principal, ...] = (
        LOCAL_OWNER,
        Principal(name="boss", role="boss", label=Labels(zh="老板", en="Boss")),
        Principal(
            name="manager", role="manager", label=Labels(zh="区域经理 华东", en="East manager")
        ),
        Principal(name="rep", role="rep", label=Labels(zh="销售 17", en="Rep 17")),
    )

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay

    def answer(self, question: Question) -> FakeAnswer:
        time.sleep(self._delay)
        if question.text == "break":
            raise RuntimeError("secret detail")
        return FakeAnswer(question=question)

    def welcome(self, principal: Principal, language: Language) -> FakeWelcome:
        spoken = 0 if language == "zh" else 1
        families = (
            (
                ("业绩贡献", "Contribution"),
                (
                    ("销售额", "Revenue", "sum(amount)"),
                    ("毛利率", "Margin", "(revenue - cost) / revenue"),
                ),
            ),
            (("过程管控", "Process"), (("订单数", "Orders", "count(orders)"),)),
        )
        return FakeWelcome(
            questions=tuple(words[spoken] for words in WORDS.values()),
            metric_groups=tuple(
                (family[spoken], tuple((metric[spoken], metric[2]) for metric in metrics))
                for family, metrics in families
            ),
        )

    def card(self, answer: FakeAnswer, language: Language) -> Card:
        kind = next(
            (name for name, words in WORDS.items() if answer.question.text in words), "echo"
        )
        if kind == "vague":
            return clarification(language)
        if kind in {"weather", "echo"}:
            return refusal(answer.question.text, language)
        rows = REGIONS if answer.question.principal.role == "owner" else REGIONS[:1]
        who = answer.question.principal.label.of(language)
        return ranking(rows, language, who, trend=kind == "trend")


def say(address: str) -> None:
    """Tell the test's process where the page is."""
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    from assistant.surfaces.ui.app import serve

    serve(FakeAssistant(), "127.0.0.1", int(sys.argv[1]), ready=say)
