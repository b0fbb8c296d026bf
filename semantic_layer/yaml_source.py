"""YAML with line numbers: plain data, and where each key stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from semantic_layer.errors import Problem

KeyPath = tuple[str | int, ...]
MAX_NODES = 200_000
MAX_DEPTH = 40
_TOO_MUCH = ("too much in one file", "Write out what the aliases repeat")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The compiled reader where it is installed: large models load many times faster."""


@dataclass
class Source:
    """One parsed file: plain data, and the line that each key stands on."""

    name: str
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest key above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass
class Lines:
    """Where each name was defined, for problems that are found after merging."""

    places: dict[KeyPath, tuple[str, int]] = field(default_factory=dict)

    def problem(self, path: KeyPath, what: str, fix: str) -> Problem:
        """Return a problem at a key's place."""
        probe = path
        while probe and probe not in self.places:
            probe = probe[:-1]
        file, line = self.places.get(probe, ("definitions", 1))
        return Problem(file, line, what, fix)


def read_yaml(path: Path) -> Source:
    """Read one YAML file with line numbers; syntax errors and doubled keys become problems."""
    source = Source(path.name, None)
    try:
        text = path.read_text(encoding="utf-8-sig")
        too_deep = _too_deep(text)
        node = yaml.compose(text, Loader=_LOADER) if too_deep is None else None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(error, "problem", None) or "not UTF-8 text"
        source.problems.append(
            Problem(
                path.name, line, f"not valid YAML: {what}", "Mend the indentation or quotes there"
            )
        )
        return source
    if too_deep is not None:
        source.problems.append(Problem(path.name, too_deep, *_TOO_MUCH))
    if node is not None:
        reader = _Reader(source)
        source.data = reader.read(node, ())
    return source


def _too_deep(text: str) -> int | None:
    """Return the line where a text nests too deep: the compiled reader overruns its stack there."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


@dataclass
class _Reader:
    """Turns YAML nodes into plain data; an alias counts each time, so that a small file stays small in memory."""

    source: Source
    nodes: int = 0
    scalars: SafeConstructor = field(default_factory=SafeConstructor)

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        self.nodes += 1
        line = node.start_mark.line + 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            if self.nodes <= MAX_NODES or self.nodes == MAX_NODES + 1:
                self._problem(line, *_TOO_MUCH)
            return None
        self.source.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _map(self, node: yaml.MappingNode, path: KeyPath) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
                self._problem(line, "a key that is not a plain name", "Write each key out")
                continue
            key = self._scalar(key_node)
            self.source.lines[(*path, key)] = line
            if key in result:
                self._problem(line, f"`{key}` is given twice", "Keep one of the two")
            result[key] = self.read(value_node, (*path, key))
        return result

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            return self.scalars.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError, TypeError):
            line = node.start_mark.line + 1
            self._problem(line, f"`{node.value}` cannot be read as {node.tag}", "Put it in quotes")
            return None

    def _problem(self, line: int, what: str, fix: str) -> None:
        self.source.problems.append(Problem(self.source.name, line, what, fix))
