"""Definition files of a folder merged into one map of sections: order does not matter, nothing is said twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from semantic_layer.errors import Problem
from semantic_layer.key_names import near
from semantic_layer.yaml_source import Lines, Source

_MAPS = ("datasets", "metrics", "hierarchies")
_LISTS = ("relationships", "policies", "tests")
_SINGLE = ("version", "model", "settings")


def merge_files(sources: Sequence[Source], problems: list[Problem]) -> tuple[dict[str, Any], Lines]:
    """Return the sections of all files as one map, with the place of every key; what does not fit is a problem."""
    merged: dict[str, Any] = {}
    lines = Lines()
    for source in sources:
        if source.data is None:
            continue
        if not isinstance(source.data, dict):
            fix = "Start with sections such as `metrics:`"
            problems.append(Problem(source.name, 1, "not a map of sections", fix))
            continue
        offsets = {name: len(merged.get(name, ())) for name in _LISTS}
        for path, line in source.lines.items():
            if len(path) > 1 and path[0] in _LISTS and isinstance(path[1], int):
                path = (path[0], path[1] + offsets[str(path[0])], *path[2:])  # noqa: PLW2901 - the merged list's index
            lines.places.setdefault(path, (source.name, line))
        for section, value in source.data.items():
            _merge_section(merged, section, value, source, problems)
    return merged, lines


def _merge_section(
    merged: dict[str, Any], section: str, value: Any, source: Source, problems: list[Problem]
) -> None:
    line = source.line((section,))
    if value is None and section in (*_MAPS, *_LISTS):
        return
    known = (*_SINGLE, *_MAPS, *_LISTS, "calendar")
    if section not in known:
        problems.append(
            Problem(source.name, line, f"unknown section `{section}`", near(str(section), known))
        )
    elif section in _MAPS:
        if not isinstance(value, dict):
            problems.append(
                Problem(
                    source.name,
                    line,
                    f"`{section}` is not a map",
                    f"Write `{section}:` with names under it",
                )
            )
            return
        target = merged.setdefault(section, {})
        for name, item in value.items():
            if name in target:
                at = source.line((section, name))
                problems.append(
                    Problem(
                        source.name,
                        at,
                        f"{section[:-1]} `{name}` is defined twice",
                        "Rename or drop one",
                    )
                )
            target[str(name)] = item
    elif section in _LISTS:
        if not isinstance(value, list):
            problems.append(
                Problem(
                    source.name, line, f"`{section}` is not a list", "Start each item with `- `"
                )
            )
            return
        merged.setdefault(section, []).extend(value)
    elif section in merged and merged[section] != value:
        problems.append(
            Problem(source.name, line, f"`{section}` is given in two files", "Keep it in one file")
        )
    else:
        merged[section] = value
