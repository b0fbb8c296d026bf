"""What a role may see of the catalog: hidden, masked and personal names are gone, and all that is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from semantic_layer.catalog import Atom, BoundField, BoundMetric, Catalog, Dataset, Snapshot
from semantic_layer.formulas import sources_of
from semantic_layer.model import PolicySpec

PhysicalColumn = tuple[str, str]
"""Dataset and lower-case column."""


def visible(catalog: Catalog, policy: PolicySpec, datasets: frozenset[str]) -> Catalog:
    """Take out what the role may not see: datasets, paths over them, hidden and masked names, all that needs those.

    Args:
        catalog: The owner's.
        policy: The role's.
        datasets: The datasets that the policy lists.
    """
    kept = {
        name: _reachable(item, datasets)
        for name, item in catalog.datasets.items()
        if name in datasets
    }
    closed = frozenset(policy.hide) | frozenset(policy.mask)
    named = [item for item in catalog.fields.values() if item.spec.pii or _names(item) & closed]
    secret = frozenset(column for item in named for column in _read(item.expr, item, catalog))
    hidden_atoms = {
        key
        for name in policy.hide
        if name in catalog.metrics
        for key in (atom.key for atom in catalog.metrics[name].row_atoms())
    }
    fields = {
        name: replace(item, label_columns=_open_labels(item, secret))
        for name, item in catalog.fields.items()
        if item.dataset in kept
        and item not in named
        and not secret & frozenset(_read(item.expr, item, catalog))
        and sources_of(item.expr) - {item.source} <= set(kept[item.dataset].parents)
    }
    gone = frozenset(
        name
        for name, item in catalog.metrics.items()
        if item.uses & closed
        or {atom.key for atom in item.row_atoms()} & hidden_atoms
        or not all(_computable(atom, kept, secret) for atom in _read_atoms(item))
    )
    metrics = {
        name: item
        if item.held is None
        or all(_computable(atom, kept, secret) for atom in _read_atoms(item.held))
        else replace(item, held=None)
        for name, item in catalog.metrics.items()
    }
    return replace(catalog, datasets=kept, fields=fields, metrics=metrics).without(
        gone, frozenset(catalog.fields) - frozenset(fields)
    )


def _names(item: BoundField) -> frozenset[str]:
    return frozenset({item.name, f"{item.dataset}.{item.key}", item.key})


def _read(tree: exp.Expr, item: BoundField, catalog: Catalog) -> Iterator[PhysicalColumn]:
    """Yield the columns that a field is made of, whatever role they are reached through."""
    parents = catalog.datasets[item.dataset].parents
    for node in tree.find_all(exp.Column):
        owner = item.dataset if node.table == item.source else parents[node.table][-1].dataset
        yield owner, node.name.lower()


def _open_labels(item: BoundField, secret: frozenset[PhysicalColumn]) -> Mapping[str, str]:
    return {
        language: name
        for language, name in item.label_columns.items()
        if (item.dataset, name.lower()) not in secret
    }


def _reachable(dataset: Dataset, datasets: frozenset[str]) -> Dataset:
    return replace(
        dataset,
        parents={
            alias: path
            for alias, path in dataset.parents.items()
            if all(step.dataset in datasets for step in path)
        },
    )


def _computable(
    atom: Atom, datasets: Mapping[str, Dataset], secret: frozenset[PhysicalColumn]
) -> bool:
    dataset = datasets.get(atom.dataset)
    if dataset is None:
        return False
    for source, name in _columns_of(atom):
        if source != dataset.name and source not in dataset.parents:
            return False
        owner = source if source == dataset.name else dataset.parents[source][-1].dataset
        if (owner, name.lower()) in secret:
            return False
    return True


def _read_atoms(item: BoundMetric) -> Iterator[Atom]:
    """Yield what reads rows, the entities' own column among what is read."""
    for atom in item.atoms.values():
        entity = atom.per_entity.entity if atom.per_entity else None
        for inner in atom.inner():
            yield (
                inner
                if entity is None
                else replace(inner, snapshot=Snapshot(agg="last", keys=(entity,)))
            )


def _columns_of(atom: Atom) -> Iterable[tuple[str, str]]:
    for tree in (atom.expr, atom.where):
        if tree is not None:
            yield from ((node.table, node.name) for node in tree.find_all(exp.Column))
    if atom.time:
        yield atom.time.ref.source, atom.time.ref.column
    for ref in atom.snapshot.keys if atom.snapshot else ():
        yield ref.source, ref.column
