"""Definitions and data in, an assistant out: what every door does first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import semantic_layer
from assistant.demo.generator import write_demo
from assistant.pipeline import Assistant
from assistant.settings import Settings
from semantic_layer.engines.base import Limits
from semantic_layer.engines.files import open_data
from semantic_layer.errors import DataMissing, DefinitionError, EngineError
from semantic_layer.layer import SemanticLayer
from semantic_layer.loading import read_definitions
from semantic_layer.whole_report import every_problem

DEFINITIONS = Path(semantic_layer.__file__).parent / "definitions"
DEMO_FILE = "demo-2.duckdb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is asked about: definitions and data; None takes the sample company's."""

    definitions: Path | None = None
    data: str | None = None


def open_layer(
    sources: Sources, settings: Settings, progress: Callable[[str], None]
) -> SemanticLayer:
    """Open definitions over data; the sample company is written where it is wanted and absent.

    Raises:
        DefinitionError: The definitions do not hold together.
        EngineError: The data cannot be opened.
    """
    folder = sources.definitions or DEFINITIONS
    if not folder.is_dir():
        raise DataMissing(folder.name)
    loaded = read_definitions(folder)
    zone = loaded.definitions.settings.timezone if loaded.definitions is not None else "UTC"
    try:
        engine = open_data(
            sources.data or str(demo_data(settings, progress)),
            home=settings.home,
            memory=settings.memory,
            threads=settings.threads,
            timezone=zone,
        )
    except EngineError:
        if loaded.problems:
            raise DefinitionError(every_problem(folder)) from None
        raise
    return SemanticLayer.open(
        folder,
        engine,
        clock=lambda: today(zone),
        limits=Limits(max_rows=settings.max_rows, seconds=settings.seconds),
        loaded=loaded,
    )


def open_assistant(
    sources: Sources, settings: Settings, progress: Callable[[str], None]
) -> Assistant:
    """Open an assistant over definitions and data; errors as in `open_layer`."""
    return Assistant(layer=open_layer(sources, settings, progress))


def demo_data(settings: Settings, progress: Callable[[str], None]) -> Path:
    """Return the sample company's data file, written first if absent."""
    path = settings.home / "demo" / DEMO_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_demo(path, progress=progress)
    return path


def today(zone: str) -> date:
    """Return the clock's day in a time zone: the one place that looks at it."""
    return datetime.now(ZoneInfo(zone)).date()  # noqa: TID251 - the door to the clock; everything behind it takes `today`
