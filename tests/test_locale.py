"""Texts: both languages have the same ones, with the same holes; a gap is an error."""

import ast
import re
from pathlib import Path

import pytest

import assistant
from assistant.answer.failures import explain
from assistant.locale import MissingText, codes, has, holes, join, pieces, text
from semantic_layer import errors
from semantic_layer.errors import WenshuError

PACKAGE = Path(assistant.__file__).parent
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_both_languages_have_the_same_texts() -> None:
    assert codes("zh") == codes("en")


def test_error_texts_need_the_same_facts_in_both_languages() -> None:
    differing = [
        c
        for c in codes("zh")
        if c.startswith(("error.", "notice.")) and holes(c, "zh") != holes(c, "en")
    ]

    assert differing == []


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(MissingText, match=r"no\.such"):
        text("no.such", "zh")


def test_a_missing_fact_is_an_error() -> None:
    with pytest.raises(MissingText, match="seconds"):
        text("error.query_timeout", "en")


def test_a_missing_language_is_an_error() -> None:
    with pytest.raises(MissingText, match="fr"):
        text("list.separator", "fr")


def test_more_facts_than_needed_are_fine() -> None:
    assert text("time.month", "en", other=1) == "Month"


def test_pieces_part_words_from_holes() -> None:
    assert pieces("kpi.target", "zh") == (("目标 ", None), ("", "target"))


def test_has_tells_known_from_unknown() -> None:
    assert has("time.month", "zh")
    assert not has("time.century", "zh")


@pytest.mark.parametrize(("language", "shown"), [("zh", "甲、乙"), ("en", "甲, 乙")])
def test_lists_are_joined_as_the_language_does(language: str, shown: str) -> None:
    assert join(["甲", "乙"], language) == shown


def _leaves(kind: type[WenshuError]) -> list[str]:
    return [kind.code, *(code for child in kind.__subclasses__() for code in _leaves(child))]


@pytest.mark.parametrize("code", sorted(set(_leaves(errors.WenshuError))))
def test_every_error_of_the_semantic_layer_is_worded(code: str) -> None:
    assert has(f"error.{code}", "zh")
    assert has(f"error.{code}", "en")


def test_no_chinese_text_stands_in_the_code_of_answers() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in [
            *(PACKAGE / "answer").glob("*.py"),
            PACKAGE / "answer" / "failures.py",
            PACKAGE / "locale.py",
        ]
        for node in _texts_outside_docstrings(path)
        if HAN.search(str(node.value)) and path.name != "proof.py"
    ]

    assert found == []


def _texts_outside_docstrings(path: Path) -> list[ast.Constant]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in statements
    ]


@pytest.mark.parametrize(
    ("code", "facts", "said"),
    [
        ("query_timeout", {"seconds": 30.0}, "The query ran longer than 30 s and was stopped."),
        ("data_missing", {"name": "/home/me/secret/sales.duckdb"}, "The data “sales.duckdb” cannot be found"),
        ("engine_fault", {"reason": "Binder Error: column x"}, "An internal fault"),
        ("unknown_name", {"kind": "metric", "name": "revenu", "close": ("revenue",)}, "There is no metric called “revenu”. Close ones: revenue."),
        ("unknown_name", {"kind": "field", "name": "xyz", "close": ()}, "There is no dimension called “xyz”. The catalogue"),
        ("never_heard_of", {}, "Something went wrong"),
        ("query_timeout", {}, "Something went wrong"),
    ],
    ids=["seconds", "no path", "no engine text", "close names", "nothing close", "unknown code", "missing fact"],
)  # fmt: skip
def test_failures_are_said_for_people(code: str, facts: dict[str, object], said: str) -> None:
    assert explain(code, facts, "en").startswith(said)


def test_long_lists_are_cut() -> None:
    facts = {"metric": "m", "field": "f", "possible": tuple(f"p{i}" for i in range(12))}

    assert explain("no_path", facts, "zh").endswith("p6、p7等。")


@pytest.mark.parametrize(("language", "count"), [("zh", "2 处"), ("en", "2 problems")])
def test_definition_errors_tell_how_many(language: str, count: str) -> None:
    assert count in explain("definition_error", {"problems": ("a", "b")}, language)
