"""Rules about the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("assistant", "semantic_layer", "prompts")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in MODULES]


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_module_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_functions_have_at_most_50_lines(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 50
    ]

    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_code_is_executed_from_text(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    calls = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"exec", "eval", "compile", "__import__"}
    ]

    assert calls == []


def test_only_the_layer_gives_statements_to_the_engine() -> None:
    callers = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if "engine.run(" in path.read_text(encoding="utf-8")
    ]

    assert sorted(callers) == ["semantic_layer/describing.py", "semantic_layer/layer.py"]


def test_check_sql_has_one_door() -> None:
    callers = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if ".run_trusted(" in path.read_text(encoding="utf-8")
    ]

    assert [
        path
        for path in callers
        if not path.startswith(("assistant/evaluation/", "assistant/surfaces/evaluating"))
    ] == []


def test_environment_is_read_at_the_door_only() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if "os.environ" in path.read_text(encoding="utf-8")
    ]

    assert [path for path in readers if not path.startswith("assistant/surfaces/")] == []


def test_every_package_is_typed_and_shipped() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []
