"""Texts: both languages have the same ones, with the same holes; a gap is an error."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import assistant
import semantic_layer
from assistant.answer.failures import explain
from assistant.locale import MissingText, codes, has, holes, join, pieces, text
from semantic_layer import errors
from semantic_layer.errors import GrainTooFine, NeedsPeriod, NotSupported, UnsafeSQL, WenshuError

PACKAGE = Path(assistant.__file__).parent
LAYER = sorted(Path(semantic_layer.__file__).parent.rglob("*.py"))
READER = sorted([*(PACKAGE / "understanding").glob("*.py"), PACKAGE / "resolution.py"])
SURFACES = [
    PACKAGE / "pipeline.py",
    PACKAGE / "surfaces" / "door.py",
    PACKAGE / "surfaces" / "writing.py",
]
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


def _calls(paths: list[Path], *names: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of a plain name, with where it stands."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield f"{path.name}:{node.lineno}", node


def _constant(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _reasons_of_the_layer() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield where a reason is given, its wording, and the facts given with it."""
    sections = {
        "NotSupported": "not_supported",
        "NeedsPeriod": "needs_period",
        "MalformedQuery": "malformed_query",
    }
    for place, call in _calls([*LAYER, *SURFACES], *sections):
        section = sections[str(getattr(call.func, "id", ""))]
        given = frozenset(str(item.arg) for item in call.keywords)
        match call.args:
            # Which comparison needs the period: a variable that holds one of two words of the query.
            case [ast.Name(id="to")] if section == "needs_period":
                yield place, "needs_period.previous_year", given
                yield place, "needs_period.previous_period", given
            case _:
                yield place, f"{section}.{_constant(call.args[0])}", given


def _reasons_of_the_reader() -> Iterator[tuple[str, str, frozenset[str]]]:
    for path in READER:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                keys = [_constant(key) for key in node.keys]
                if "what" in keys:
                    reason = _constant(node.values[keys.index("what")])
                    place = f"{path.name}:{node.lineno}"
                    yield place, f"not_supported.{reason}", frozenset(keys)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_is_worded_with_facts_that_are_given(language: str) -> None:
    wrong = [
        (place, code)
        for place, code, given in (*_reasons_of_the_layer(), *_reasons_of_the_reader())
        if not has(code, language)
        or any(
            not holes(wording, language) <= given
            for wording in codes(language)
            if wording == code or wording.startswith(f"{code}_with_")
        )
    ]

    assert wrong == []


def test_no_reason_is_worded_that_nobody_gives() -> None:
    given = {code for _, code, _ in (*_reasons_of_the_layer(), *_reasons_of_the_reader())}
    worded = {
        c
        for c in codes("zh")
        if c.startswith(("not_supported.", "needs_period.", "malformed_query."))
    }

    assert {code.partition("_with_")[0] for code in worded} - given == set()


@pytest.mark.parametrize("section", ["not_supported", "needs_period", "malformed_query"])
def test_reasons_are_whole_sentences_with_the_same_facts_in_both_languages(section: str) -> None:
    worded = sorted(code for code in codes("zh") if code.startswith(f"{section}."))

    assert [c for c in worded if holes(c, "zh") != holes(c, "en")] == []
    assert [c for c in worded if pieces(c, "zh")[-1][0][-1:] != "。"] == []
    assert [c for c in worded if pieces(c, "en")[-1][0][-1:] != "."] == []


def test_every_notice_is_worded_in_both_languages() -> None:
    calls = [*_calls([*LAYER, *READER, *(PACKAGE / "answer").glob("*.py")], "Notice")]
    named = [
        (place, _constant(next((k.value for k in call.keywords if k.arg == "code"), None)))
        for place, call in calls
    ]

    assert len(named) > 10
    assert [
        (place, code)
        for place, code in named
        if not (has(f"notice.{code}", "zh") and has(f"notice.{code}", "en"))
    ] == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotSupported("select_star"), "SELECT * 没有确定的含义"),
        (NotSupported("target_missing", metric="m", known=("a", "b")), "m没有可用的目标，算不出完成率或差距。有目标的指标：a、b。"),
        (NotSupported("target_missing", metric="m", known=()), "m没有可用的目标，算不出完成率或差距。请直接看m。"),
        (NotSupported("order_by_ungrouped", by="month"), "不能按月排序"),
        (NotSupported("never_heard_of"), "这样的组合没有确定的含义"),
        (NeedsPeriod("previous_year"), "同比需要先说明看哪段时间"),
        (NeedsPeriod("target", metric="m"), "m的目标按期设定"),
        (NeedsPeriod("never_heard_of"), "这样计算需要先说明时间"),
        (GrainTooFine("m", "day", "month", target=True), "m的目标按月设定，不能按日看。"),
        (UnsafeSQL(["function not allowed: SUM"], function="SUM"), "语义 SQL 里没有函数 SUM"),
        (UnsafeSQL(["nested too deep"]), "这段 SQL 没有通过安全检查，所以没有执行。只能"),
    ],
    ids=[
        "sql", "others have a target", "no target at all", "grain becomes a word", "unknown reason", "previous year",
        "target per month", "unknown need", "target grain", "function", "other problem",
    ],
)  # fmt: skip
def test_refusals_of_the_layer_are_said_without_their_code(error: WenshuError, said: str) -> None:
    assert explain(error.code, error.facts, "zh").startswith(said)


def _checks() -> set[str]:
    """Return the name of every check that the layer makes."""
    found = set()
    for path in LAYER:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and getattr(node.returns, "id", "") == "Check":
                found |= {
                    _constant(part.value)
                    for part in node.body
                    if isinstance(part, ast.Assign) and getattr(part.targets[0], "id", "") == "name"
                }
    return found


def test_every_check_is_worded_in_both_languages() -> None:
    checks = _checks()

    assert len(checks) > 10
    for language in ("zh", "en"):
        assert [name for name in sorted(checks) if not has(f"check.{name}.name", language)] == []
        for name in checks - {"complete", "period_covered", "periods_whole", "rows_add_up"}:
            assert has(f"check.{name}.failed", language), name


def test_checks_need_the_same_facts_in_both_languages() -> None:
    worded = [code for code in codes("zh") if code.startswith("check.")]

    assert [code for code in worded if holes(code, "zh") != holes(code, "en")] == []
