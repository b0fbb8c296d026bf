"""What the rules make of a question: the query that it means, over words that no code can know."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.resolution import Clarification, Refusal, Resolved, resolve
from assistant.understanding.rules import LIMIT, read
from assistant.understanding.words import grammar
from semantic_layer.query import parse_query
from tests.understanding.kingdom import CATALOG, CLOCK, LEXICON

HERE = Path(__file__).parent
Case = dict[str, Any]


def _cases(language: str) -> list[Case]:
    text = (HERE / f"questions_{language}.yml").read_text(encoding="utf-8")
    return [{**case, "lang": language} for case in yaml.safe_load(text)]


CASES = _cases("zh") + _cases("en")
WORDS = sorted(
    {
        *LEXICON.words,
        *grammar(),
        "去年",
        "2025",
        "Q3",
        "last month",
        "10%",
        "100万",
        "的",
        ",",
        "？",
    }
)


@pytest.mark.parametrize("case", CASES, ids=[str(case["ask"]) for case in CASES])
def test_question_means_this_query(case: Case) -> None:
    intent = read(case["ask"], case["lang"], LEXICON)

    found = resolve(intent, CATALOG, LEXICON, CLOCK, case["lang"])

    assert isinstance(found, Resolved), found
    assert found.query == parse_query(case["query"])
    assert [notice.code for notice in found.assumptions] == case.get("assumes", [])


def test_there_are_sixty_questions_a_language() -> None:
    assert min(len(_cases("zh")), len(_cases("en"))) >= 60


@pytest.mark.parametrize("case", CASES[::7], ids=[str(case["ask"]) for case in CASES[::7]])
def test_intent_serialises_and_speaks_in_the_askers_words(case: Case) -> None:
    intent = read(case["ask"], case["lang"], LEXICON)

    assert json.loads(json.dumps(dataclasses.asdict(intent)))["text"] == case["ask"]
    mentions = [item.mention for item in intent.metrics]
    mentions += [item.mention for item in intent.groups] + [item.mention for item in intent.values]
    for mention in mentions:
        assert case["ask"][mention.start : mention.end] == mention.words


def _never_raises(text: str, language: Literal["zh", "en"]) -> None:
    found = resolve(read(text, language, LEXICON), CATALOG, LEXICON, CLOCK, language)

    assert isinstance(found, Resolved | Clarification | Refusal)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=120), language=st.sampled_from(["zh", "en"]))
def test_any_text_is_read_or_refused(text: str, language: Literal["zh", "en"]) -> None:
    _never_raises(text, language)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=9),
    gap=st.sampled_from(["", " ", ", "]),
    language=st.sampled_from(["zh", "en"]),
)
def test_any_heap_of_known_words_is_read_or_refused(
    words: list[str], gap: str, language: Literal["zh", "en"]
) -> None:
    _never_raises(gap.join(words), language)


@settings(max_examples=60, deadline=None)
@given(case=st.sampled_from(CASES), word=st.sampled_from(["zorbitude", "quaxish", "blorptang"]))
def test_a_word_nobody_knows_is_never_ignored(case: Case, word: str) -> None:
    found = resolve(
        read(f"{case['ask']} {word}", case["lang"], LEXICON), CATALOG, LEXICON, CLOCK, case["lang"]
    )

    assert isinstance(found, Refusal)
    assert found.code == "unknown_word"
    assert found.facts["word"] == word


@pytest.mark.parametrize("text", ["弗" * LIMIT, "florins " * 2000, "😀" * 10_000])
def test_a_long_text_is_not_read(text: str) -> None:
    found = resolve(read(text, "zh", LEXICON), CATALOG, LEXICON, CLOCK, "zh")

    assert isinstance(found, Refusal)
    assert found.code == "too_long"
