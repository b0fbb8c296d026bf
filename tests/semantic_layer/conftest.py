from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.people import CUT, MODEL, PEOPLE, PRINCIPALS
from tests.semantic_layer.worlds import SHOP_ROWS, World, shop


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


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The little shop with two people under rules."""
    world = shop(tmp_path_factory.mktemp("whole"), model=MODEL)
    return world.file(PRINCIPALS, "principals.yml")


@pytest.fixture(scope="session")
def full(whole: World) -> SemanticLayer:
    """All its data, to be asked as one of the two."""
    return whole.layer()


@pytest.fixture(scope="session")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SemanticLayer]:
    """Name of a person → a copy with the rows that this one may see, to be asked as the owner."""
    return {
        who.name: shop(
            tmp_path_factory.mktemp(who.name),
            SHOP_ROWS + CUT.format(who.attributes["segment"]),
            MODEL,
        ).layer()
        for who in PEOPLE
    }
