"""What an empty page offers."""

from __future__ import annotations

import pytest

from assistant.pipeline import Assistant
from assistant.question import Language, Question
from assistant.welcome import welcome

PEOPLE = ["local", "boss", "manager_east", "rep"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PEOPLE)
def test_every_offered_question_is_answered(
    assistant: Assistant, name: str, language: Language
) -> None:
    principal = next(item for item in assistant.principals if item.name == name)

    offered = welcome(assistant, principal, language).questions

    asked = [
        assistant.answer(Question(text=text, language=language, principal=principal))
        for text in offered
    ]
    assert len(offered) == 6
    assert [answer.status for answer in asked] == ["answered"] * 6


def test_hidden_metrics_are_not_in_the_catalogue(assistant: Assistant) -> None:
    rep = next(item for item in assistant.principals if item.name == "rep")

    labels = {
        label for _, members in welcome(assistant, rep, "zh").metric_groups for label, _ in members
    }

    assert "毛利率" not in labels
    assert "销售额" in labels
