from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.worlds import World, shop


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden SQL anew")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty folder."""
    return World(tmp_path)


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """The little shop."""
    return shop(tmp_path_factory.mktemp("shop")).layer()
