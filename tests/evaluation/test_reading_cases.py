from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.evaluation.cases import BadCases, load_cases

GOOD_LINE = '{"id": "a", "question": "revenue", "expect": {"status": "answered", "rows": [[1]]}}'


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(BadCases) as caught:
        load_cases(path)
    return [str(problem) for problem in caught.value.problems]


def test_json_lines_are_read_and_empty_lines_skipped(tmp_path: Path) -> None:
    other = GOOD_LINE.replace('"a"', '"b"').replace("}}", '}, "today": "2025-03-01", "as": "rep"}')

    cases = load_cases(written(tmp_path, "cases.jsonl", f"{GOOD_LINE}\n\n{other}\n"))

    assert [case.id for case in cases] == ["a", "b"]
    assert cases[1].today == date(2025, 3, 1)
    assert cases[1].as_ == "rep"
    assert cases[0].expect is not None
    assert cases[0].expect.rows == ((1,),)


def test_yaml_lists_of_a_folder_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    written(tmp_path, "zh/b.yml", "- {id: 2, question: 销售额, expect: {status: refused}}")
    written(tmp_path, "en/a.yml", "- {id: 1, question: revenue, expect: {status: refused}}")
    written(tmp_path, "en/empty.yml", "# nothing yet")

    assert [case.id for case in load_cases(tmp_path)] == ["1", "2"]


def test_a_conversation_is_read(tmp_path: Path) -> None:
    text = "- {id: talk, turns: [{question: revenue, expect: {status: answered}}]}"

    (case,) = load_cases(written(tmp_path, "c.yml", text))

    assert [turn.question for turn in case.turns] == ["revenue"]


def test_an_unknown_key_is_named_with_its_line_and_the_near_name(tmp_path: Path) -> None:
    text = "- id: a\n  question: x\n  expect:\n    statsu: answered\n    status: answered\n"

    assert problems(written(tmp_path, "c.yml", text)) == [
        "c.yml:4: unknown key `expect.statsu`. Did you mean `status`?"
    ]


def test_an_unknown_key_of_a_json_line_is_named_with_its_line(tmp_path: Path) -> None:
    text = GOOD_LINE + "\n" + GOOD_LINE.replace('"a"', '"b", "langg": "en"')

    assert problems(written(tmp_path, "c.jsonl", text)) == [
        "c.jsonl:2: unknown key `langg`. Did you mean `lang`?"
    ]


def test_an_unknown_key_with_no_near_name_lists_the_known_ones(tmp_path: Path) -> None:
    text = "- {id: a, turns: [{question: x, zzz: 1, expect: {status: answered}}]}"

    assert problems(written(tmp_path, "c.yml", text)) == [
        "c.yml:1: unknown key `turns.0.zzz`. Known keys: expect, question"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {id: a, question: x}", "`question` and `expect`"),
        (
            "- {id: a, question: x, turns: [{question: y, expect: {status: refused}}], expect: {status: refused}}",
            "not both",
        ),
        ("- {id: a, question: x, expect: {status: maybe}}", "expect.status"),
        (
            "- {id: a, question: x, expect: {status: refused, sql: SELECT 1}}",
            "only an answered case",
        ),
        (
            "- {id: a, question: x, expect: {status: answered, sql: SELECT 1, rows: [[1]]}}",
            "not both",
        ),
        (
            "- {id: a, question: x, expect: {status: answered, rows: [[1]], columns: [a, b]}}",
            "one cell for each",
        ),
        ("- just a text", "case"),
        ("id: a", "not a list of cases"),
        ("- {id: a, id: b}", "given twice"),
        ("- {id: a]}", "not valid YAML"),
    ],
    ids=[
        "no expectation",
        "question and turns",
        "unknown status",
        "refused with rows",
        "rows and sql",
        "row too short",
        "no mapping",
        "no list",
        "doubled key",
        "broken",
    ],
)
def test_a_bad_case_is_refused_with_its_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    found = problems(written(tmp_path, "c.yml", text))

    assert found[0].startswith("c.yml:1: ")
    assert said in found[0]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = f"{{broken\n{GOOD_LINE}\n{GOOD_LINE}\n[1]\n"

    found = problems(written(tmp_path, "c.jsonl", text))

    assert [line.split(": ", 1)[0] for line in found] == ["c.jsonl:1", "c.jsonl:3", "c.jsonl:4"]
    assert "`a` is given twice" in found[1]


def test_a_missing_file_and_an_empty_folder_are_problems(tmp_path: Path) -> None:
    assert "no case file" in problems(tmp_path)[0]
    assert "no case file" in problems(tmp_path / "nowhere.jsonl")[0]


def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b"\xff\xfe\x00{")

    assert "not readable as UTF-8" in problems(path)[0]
