"""Definition files in, `Definitions` out; every problem names its file, line and mend."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from semantic_layer.errors import DefinitionError, Problem
from semantic_layer.key_names import keys_at, near
from semantic_layer.merging import merge_files
from semantic_layer.metric_specs import METRIC_KINDS
from semantic_layer.model import (
    CalendarSpec,
    DatasetSpec,
    Definitions,
    PolicySpec,
    Principal,
    RelationshipSpec,
    Settings,
)
from semantic_layer.yaml_source import KeyPath, Lines, read_yaml

PRINCIPALS_FILE = "principals.yml"
Built = TypeVar("Built", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a folder holds, sound or not.

    Attributes:
        definitions: Everything that could be read; pieces with a problem are mended by leaving unknown keys out, or
            are left out themselves. None where that would make sound pieces look wrong.
        problems: What is wrong with the files.
        dropped: The metrics that are left out.
    """

    definitions: Definitions | None
    lines: Lines
    problems: tuple[Problem, ...]
    dropped: frozenset[str]

    def sound(self) -> tuple[Definitions, Lines]:
        """Return the definitions and the place of every key.

        Raises:
            DefinitionError: With every problem of every file.
        """
        if self.problems or self.definitions is None:
            raise DefinitionError(self.problems)
        return self.definitions, self.lines


def load_definitions(folder: Path) -> tuple[Definitions, Lines]:
    """Read and merge every definition file of a folder.

    Args:
        folder: Holds `*.yml` / `*.yaml`; `principals.yml` is not a definition file.

    Returns:
        The merged definitions, and the place of every key.

    Raises:
        DefinitionError: With every problem of every file.
    """
    return read_definitions(folder).sound()


def read_definitions(folder: Path) -> Loaded:
    """Read and merge every definition file of a folder as far as they can be read."""
    files = sorted(
        path
        for pattern in ("*.yml", "*.yaml")
        for path in folder.glob(pattern)
        if path.name != PRINCIPALS_FILE
    )
    if not files:
        what, fix = "no definition files here", "Name a folder that holds *.yml files"
        nothing = Problem(folder.name, 1, what, fix)
        return Loaded(definitions=None, lines=Lines(), problems=(nothing,), dropped=frozenset())
    sources = [read_yaml(path) for path in files]
    problems = [problem for source in sources for problem in source.problems]
    merged, lines = merge_files(sources, problems)
    unread = any(source.problems and not isinstance(source.data, dict) for source in sources)
    built, dropped = _build(merged, lines, problems, unread=unread)
    return Loaded(
        definitions=built,
        lines=lines,
        problems=tuple(sorted(set(problems))),
        dropped=dropped,
    )


def _build(
    merged: dict[str, Any], lines: Lines, problems: list[Problem], *, unread: bool
) -> tuple[Definitions | None, frozenset[str]]:
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
    dropped = frozenset(map(str, merged.get("metrics", {}).keys() - built["metrics"].keys()))
    # A lost dataset or relationship would make every metric over it look wrong.
    lost = (
        unread
        or built["settings"] is None
        or any(
            len(built[section]) < len(merged.get(section, ()))
            for section in ("datasets", "relationships", "policies")
        )
    )
    whole = None if lost else _item(Definitions, built, (), lines, problems)
    return whole, dropped


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
                    near(str(kind), tuple(METRIC_KINDS)),
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
        return _mended(spec, data, error)


def _mended(spec: type[Built], data: Any, error: ValidationError) -> Built | None:
    """Return an item without its unknown keys, so that the rest of it can be checked; None where that is not all."""
    places = [item["loc"] for item in error.errors() if item["type"] == "extra_forbidden"]
    kept = deepcopy(data)
    for place in places:
        held = kept
        for step in place[:-1]:
            # Names of variants are steps for pydantic, not keys of the file.
            held = held[step] if isinstance(held, dict) and step in held else held
        if isinstance(held, dict):
            held.pop(place[-1], None)
    try:
        return spec.model_validate(kept) if places else None
    except ValidationError:
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
                near(key, keys_at(spec, item["loc"])),
            )
        elif item["type"] == "missing":
            yield lines.problem(where, f"{name} is missing", f"Add `{item['loc'][-1]}:`")
        else:
            yield lines.problem(where, f"{name}: {item['msg']}", "Write it as the reference shows")


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
