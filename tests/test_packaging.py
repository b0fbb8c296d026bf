"""What ships: the command, the packages, and the files that they read."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = [
    "semantic_layer/definitions/model.yml",
    "semantic_layer/definitions/principals.yml",
    "assistant/demo/stories.yml",
    "assistant/locales/zh.toml",
    "assistant/locales/en.toml",
    "assistant/surfaces/ui/static/wenshu.js",
    "assistant/surfaces/ui/static/wenshu.css",
    "assistant/surfaces/ui/templates/card.html",
    "prompts/__init__.py",
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    pytest.importorskip("hatchling", reason="the build back end is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl"))).namelist()


@pytest.mark.parametrize("name", SHIPPED)
def test_wheel_holds_what_the_product_reads(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_wheel_holds_no_tests_and_no_data(wheel: list[str]) -> None:
    assert [
        name for name in wheel if name.startswith("tests/") or name.endswith((".duckdb", ".csv"))
    ] == []
