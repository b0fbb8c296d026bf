"""Words to what they name: exact, inflected, misspelt, partial, and quickly among many members."""

from __future__ import annotations

import time

import pytest

from assistant.understanding.lexicon import Lexicon
from assistant.understanding.text import key_of, normalise, stem
from assistant.understanding.words import grammar
from assistant.understanding.words_en import WORDS as ENGLISH
from assistant.understanding.words_zh import WORDS as CHINESE
from semantic_layer.members import Member
from tests.understanding.kingdom import CATALOG, LEXICON


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("guilds", "guild"),
        ("cities", "city"),
        ("boxes", "box"),
        ("classes", "class"),
        ("status", "status"),
        ("region's", "region"),
        ("bus", "bus"),
        ("sales", "sale"),
        ("弗罗林", "弗罗林"),
    ],
)
def test_stem_drops_the_plural_only(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


@pytest.mark.parametrize(
    "text",
    [
        "ＦＬＯＲＩＮＳ　ｂｙ",
        "Café Œuvre",
        "İstanbul ß",
        "銷售額區",
        "①②㎡",
        "한국어 ทดสอบ",
        "😀\u200d",
    ],
)
def test_normalising_keeps_every_position(text: str) -> None:
    assert len(normalise(text)) == len(text)


@pytest.mark.parametrize("text", ["Dues rate", "dues-rates", "ＤＵＥＳ  RATE", "dues_rate"])
def test_spellings_of_one_name_are_one_key(text: str) -> None:
    assert LEXICON.find(text).metrics == ("dues_rate",)


@pytest.mark.parametrize("text", ["florinz", "flroins", "Florinns"])
def test_a_clear_misspelling_is_the_name(text: str) -> None:
    assert LEXICON.guess(text).metrics == ("florins",)


@pytest.mark.parametrize("text", ["贡赋额", "弗罗", "du", "grad", "karst", "弗罗木", "rate"])
def test_a_word_that_may_be_another_word_is_not_guessed(text: str) -> None:
    assert not LEXICON.guess(text).metrics


def test_the_only_name_with_a_part_is_guessed_where_it_is_a_proper_name() -> None:
    assert [item.value for item in LEXICON.guess("Chandlers").members] == [
        "Chandlers of the Lower Quay"
    ]
    assert not LEXICON.guess("chandlers")
    assert [item.value for item in LEXICON.part_of("chandlers")] == ["Chandlers of the Lower Quay"]


def test_near_words_are_offered_by_their_names() -> None:
    assert LEXICON.nearest("贡赋率率")[0].metrics == ("dues_rate",)
    assert LEXICON.nearest("xyzzy") == ()


def test_what_is_not_in_the_members_is_not_known() -> None:
    bare = Lexicon.build(CATALOG, ())

    assert not bare.find("Velmora")
    assert bare.find("Realm").fields == ("ports.realm",)


def test_numbers_are_no_names() -> None:
    lexicon = Lexicon.build(
        CATALOG, [Member(field="ports.port", value="2025"), Member(field="ports.port", value=7)]
    )

    assert not lexicon.find("2025")
    assert not lexicon.find("7")


@pytest.mark.parametrize("role", sorted({*ENGLISH, *CHINESE}))
def test_every_grammar_word_keeps_its_letters_as_a_key(role: str) -> None:
    words = [*ENGLISH.get(role, "").split(","), *CHINESE.get(role, "").split()]

    for word in filter(None, map(str.strip, words)):
        assert "%" not in word, "a key has no signs, so this would stand for what is left of it"
        assert key_of(word) in grammar() or not any(char.isalnum() for char in word)


def test_a_hundred_thousand_members_are_looked_up_in_no_time() -> None:
    members = [
        Member(field="mariners.mariner", value=f"Mariner {n:x} of {n % 997:x}")
        for n in range(100_000)
    ]
    lexicon = Lexicon.build(CATALOG, members)
    started = time.process_time()

    for _ in range(100):
        lexicon.find("Mariner 1869f of 12c")
        lexicon.guess("Zorbitude")

    assert (time.process_time() - started) / 100 < 0.02
