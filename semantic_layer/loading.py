"""Definition files in, `Definitions` out; every problem names its file, line and mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from semantic_layer.errors import DefinitionError, Problem
from semantic_layer.metric_specs import METRIC_KINDS, TargetSpec
from semantic_layer.model import (
    CalendarSpec,
    DatasetSpec,
    Definitions,
    FieldSpec,
    PolicySpec,
    Principal,
    RelationshipSpec,
    Settings,
)
from semantic_layer.yaml_source import KeyPath, Lines, Source, read_yaml

PRINCIPALS_FILE = "principals.yml"
Built = TypeVar("Built", bound=BaseModel)
_MAPS = ("datasets", "metrics", "hierarchies")
_LISTS = ("relationships", "policies", "tests")
_SINGLE = ("version", "model", "settings")


def load_definitions(folder: Path) -> tuple[Definitions, Lines]:
    """Read and merge every definition file of a folder.

    Args:
        folder: Holds `*.yml` / `*.yaml`; `principals.yml` is not a definition file.

    Returns:
        The merged definitions, and the place of every key.

    Raises:
        DefinitionError: With every problem of every file.
    """
    files = sorted(
        path
        for pattern in ("*.yml", "*.yaml")
        for path in folder.glob(pattern)
        if path.name != PRINCIPALS_FILE
    )
    if not files:
        what, fix = "no definition files here", "Name a folder that holds *.yml files"
        raise DefinitionError([Problem(folder.name, 1, what, fix)])
    sources = [read_yaml(path) for path in files]
    problems = [problem for source in sources for problem in source.problems]
    merged, lines = _merge(sources, problems)
    unread = any(source.data is None and source.problems for source in sources)
    built = _build(merged, lines, problems, unread=unread)
    if problems or built is None:
        raise DefinitionError(sorted(set(problems)))
    return built, lines


def _merge(sources: Sequence[Source], problems: list[Problem]) -> tuple[dict[str, Any], Lines]:
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
            Problem(source.name, line, f"unknown section `{section}`", _near(str(section), known))
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


def _near(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {', '.join(known)}"


def _build(
    merged: dict[str, Any], lines: Lines, problems: list[Problem], *, unread: bool
) -> Definitions | None:
    if "model" not in merged and not unread:
        problems.append(
            Problem(
                "definitions", 1, "no `model:` name", "Write `model: sales` in one of the files"
            )
        )
    built = {
        "version": merged.get("version", 1),
        "model": merged.get("model", "model"),
        "settings": _item(Settings, merged.get("settings") or {}, ("settings",), lines, problems),
        "calendar": (
            _item(CalendarSpec, merged["calendar"], ("calendar",), lines, problems)
            if merged.get("calendar")
            else None
        ),
        "datasets": _items(DatasetSpec, merged.get("datasets", {}), "datasets", lines, problems),
        "relationships": _list(RelationshipSpec, merged, "relationships", lines, problems),
        "hierarchies": merged.get("hierarchies", {}),
        "metrics": _metrics(merged.get("metrics", {}), lines, problems),
        "policies": _list(PolicySpec, merged, "policies", lines, problems),
        "tests": merged.get("tests", []),
    }
    if problems:
        return None
    return _item(Definitions, built, (), lines, problems)


def _metrics(raw: dict[str, Any], lines: Lines, problems: list[Problem]) -> dict[str, Any]:
    built = {}
    for name, data in raw.items():
        path: KeyPath = ("metrics", name)
        if not isinstance(data, dict):
            problems.append(
                lines.problem(
                    path,
                    f"metric `{name}` is not a map",
                    "Give it `dataset` and `agg`, or a `type`",
                )
            )
            continue
        kind = data.get("type") or ("filtered" if "of" in data else "simple")
        spec = METRIC_KINDS.get(kind)
        if spec is None:
            problems.append(
                lines.problem(
                    (*path, "type"),
                    f"unknown metric type `{kind}`",
                    _near(str(kind), tuple(METRIC_KINDS)),
                )
            )
            continue
        item = _item(spec, {**data, "type": kind}, path, lines, problems)
        if item is not None:
            built[name] = item
    return built


def _items(
    spec: type[BaseModel], raw: dict[str, Any], section: str, lines: Lines, problems: list[Problem]
) -> dict[str, Any]:
    found = {
        name: _item(spec, data or {}, (section, name), lines, problems)
        for name, data in raw.items()
    }
    return {name: item for name, item in found.items() if item is not None}


def _list(
    spec: type[BaseModel],
    merged: dict[str, Any],
    section: str,
    lines: Lines,
    problems: list[Problem],
) -> list[Any]:
    found = [
        _item(spec, data, (section, index), lines, problems)
        for index, data in enumerate(merged.get(section, ()))
    ]
    return [item for item in found if item is not None]


def _item(
    spec: type[Built], data: Any, path: KeyPath, lines: Lines, problems: list[Problem]
) -> Built | None:
    try:
        return spec.model_validate(data)
    except ValidationError as error:
        problems.extend(_explain(spec, error, path, lines))
        return None


def _explain(
    spec: type[BaseModel], error: ValidationError, path: KeyPath, lines: Lines
) -> Iterator[Problem]:
    for item in error.errors():
        where = (*path, *item["loc"])
        name = ".".join(str(key) for key in where)
        if item["type"] == "extra_forbidden":
            key = str(item["loc"][-1])
            yield lines.problem(
                where,
                f"unknown key `{key}` in {'.'.join(map(str, where[:-1]))}",
                _near(key, _keys(spec, item["loc"])),
            )
        elif item["type"] == "missing":
            yield lines.problem(where, f"{name} is missing", f"Add `{item['loc'][-1]}:`")
        else:
            yield lines.problem(where, f"{name}: {item['msg']}", "Write it as the reference shows")


def _keys(spec: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the keys that are allowed where an unknown one stands."""
    nested: dict[str, type[BaseModel]] = {"fields": FieldSpec, "target": TargetSpec}
    inner = next((nested[str(key)] for key in loc[:-1] if key in nested), spec)
    return tuple(info.alias or name for name, info in inner.model_fields.items())


def load_principals(folder: Path) -> tuple[Principal, ...]:
    """Read `principals.yml` of a definitions folder; no file means no principals.

    Raises:
        DefinitionError: With every problem of the file.
    """
    path = folder / PRINCIPALS_FILE
    if not path.exists():
        return ()
    source = read_yaml(path)
    problems = list(source.problems)
    lines = Lines({key: (source.name, line) for key, line in source.lines.items()})
    raw = source.data if isinstance(source.data, list) else []
    if source.data is not None and not isinstance(source.data, list):
        problems.append(
            Problem(path.name, 1, "not a list of principals", "Start each with `- name:`")
        )
    found = [_item(Principal, data, (index,), lines, problems) for index, data in enumerate(raw)]
    names = [item.name for item in found if item is not None]
    problems += [
        Problem(path.name, 1, f"principal `{name}` is defined twice", "Rename one")
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if problems:
        raise DefinitionError(sorted(set(problems)))
    return tuple(item for item in found if item is not None)
