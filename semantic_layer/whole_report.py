"""Everything that is wrong with a folder of definitions, in one report: files, names, columns, people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semantic_layer.binding import bind
from semantic_layer.dataset_binding import Describe
from semantic_layer.errors import DefinitionError, Problem
from semantic_layer.loading import load_principals, read_definitions


@contextmanager
def told_together(folder: Path, describe: Describe) -> Iterator[None]:
    """Open definitions so that a problem is told together with every other one of the folder.

    Raises:
        DefinitionError: With all of them.
    """
    try:
        yield
    except DefinitionError as error:
        raise DefinitionError(every_problem(folder, describe) or error.problems) from None


def every_problem(folder: Path, describe: Describe | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with a folder, in the order of files and lines.

    What only follows from another problem is left out: a formula is not blamed for a metric that could not be read.
    """
    loaded = read_definitions(folder)
    found = set(loaded.problems)
    if loaded.definitions is not None:
        try:
            bind(loaded.definitions, describe, loaded.lines)
        except DefinitionError as error:
            lost = tuple(f"`{name}`" for name in loaded.dropped)
            found.update(
                item for item in error.problems if not any(name in item.what for name in lost)
            )
    try:
        load_principals(folder)
    except DefinitionError as error:
        found.update(error.problems)
    return tuple(sorted(found))
