"""What several rooms' tests share: no keys, no network, one sample company a process."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from assistant.demo.generator import write_demo
from assistant.opening import DEFINITIONS
from assistant.pipeline import Assistant
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from tests.days import TODAY

# A busy machine is no failure: how fast things are is measured in `benchmarks/`.
settings.register_profile("wenshu", deadline=None)
settings.load_profile("wenshu")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "WENSHU_MODEL",
        "WENSHU_MEMORY",
        "WENSHU_SECONDS",
        "WENSHU_MAX_ROWS",
        "WENSHU_THREADS",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def demo_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company at scale 1, written once a process."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    write_demo(path)
    return path


@pytest.fixture(scope="session")
def demo_layer(demo_path: Path) -> SemanticLayer:
    """The sales pack over the sample company."""
    return SemanticLayer.open(DEFINITIONS, DuckDBEngine.open(demo_path), clock=lambda: TODAY)


@pytest.fixture(scope="session")
def assistant(demo_layer: SemanticLayer) -> Assistant:
    """An assistant over the sample company."""
    return Assistant(layer=demo_layer)
