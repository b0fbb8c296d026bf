"""Paths of many-to-one joins: from a fact to every dataset or role that it reaches on exactly one way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from semantic_layer.catalog import Dataset, Join
from semantic_layer.model import RelationshipSpec

Path = tuple[Join, ...]


def edges(
    relationships: Iterable[RelationshipSpec], spelled: Callable[[str, str], str]
) -> Mapping[str, tuple[Join, ...]]:
    """Return the steps that start from each dataset.

    Args:
        relationships: Each with as many columns on one side as on the other.
        spelled: Dataset and column name → the column as the source spells it.
    """
    found: dict[str, list[Join]] = defaultdict(list)
    for item in relationships:
        step = Join(
            child=item.from_.dataset,
            alias=item.name,
            dataset=item.to.dataset,
            on=tuple(
                (spelled(item.from_.dataset, left), spelled(item.to.dataset, right))
                for left, right in zip(item.from_.columns, item.to.columns, strict=True)
            ),
        )
        found[item.from_.dataset].append(step)
    return {child: tuple(steps) for child, steps in found.items()}


def paths_from(
    dataset: str, steps: Mapping[str, tuple[Join, ...]]
) -> tuple[dict[str, Path], dict[str, tuple[str, ...]]]:
    """Find where a dataset's rows lead, many-to-one.

    Default (unnamed) steps chain. A role is a last step: its fields are asked for by the role's name, and nothing
    beyond it is. Two ways to one alias make it ambiguous, for then the numbers depend on the way taken.

    Args:
        dataset: The start.
        steps: The output of `edges`.

    Returns:
        Alias → its only path; and alias → the ways in words, where there are several.
    """
    default: dict[str, list[Path]] = defaultdict(list)
    _walk(dataset, (), steps, default)
    reached: dict[str, list[Path]] = {alias: list(found) for alias, found in default.items()}
    starts: list[tuple[str, list[Path]]] = [(dataset, [()]), *default.items()]
    for start, ways in starts:
        for step in steps.get(start, ()):
            if step.alias != step.dataset:
                reached.setdefault(step.alias, []).extend((*way, step) for way in ways)
    unique = {alias: found[0] for alias, found in reached.items() if len(found) == 1}
    several = {
        alias: tuple(describe(dataset, path) for path in found)
        for alias, found in reached.items()
        if len(found) > 1
    }
    return unique, several


def _walk(
    at: str, path: Path, steps: Mapping[str, tuple[Join, ...]], found: dict[str, list[Path]]
) -> None:
    seen = {step.alias for step in path}
    for step in steps.get(at, ()):
        if (
            step.alias == step.dataset
            and step.alias not in seen
            and step.alias != (path[0].child if path else at)
        ):
            longer = (*path, step)
            found[step.alias].append(longer)
            _walk(step.alias, longer, steps, found)


def with_bridges(
    datasets: Mapping[str, Dataset], relationships: Iterable[RelationshipSpec]
) -> dict[str, Dataset]:
    """Return the datasets with what they and their parents reach over bridges.

    A bridge leads from the rows that it pairs to its own fields and to those of its other parents.
    """
    found: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {name: {} for name in datasets}
    for item in relationships:
        bridge, paired = datasets.get(item.bridge or ""), datasets.get(item.to.dataset)
        if bridge is None or paired is None or len(bridge.parents.get(paired.name, ())) != 1:
            continue
        for name, dataset in datasets.items():
            own = {name, *dataset.parents}
            if name == bridge.name or paired.name not in own:
                continue
            for source in sorted({bridge.name, *bridge.parents} - own - {paired.name}):
                known = found[name].get(source, ())
                found[name][source] = (*known, (bridge.name, paired.name))
    return {name: replace(item, bridged=found[name]) for name, item in datasets.items()}


def describe(dataset: str, path: Path) -> str:
    """Spell a path: `order_lines → orders → customers`."""
    return " → ".join((dataset, *(step.alias for step in path)))
