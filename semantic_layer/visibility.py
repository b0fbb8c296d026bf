"""What a role may see of the catalog: hidden, masked and personal names are gone, and all that is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from semantic_layer.atoms import Atom, ColumnRef, Snapshot
from semantic_layer.catalog import BoundField, BoundMetric, Catalog, Dataset, Join
from semantic_layer.formulas import sources_of
from semantic_layer.joins import with_bridges
from semantic_layer.masking import masks_of
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
    masked = [item for item in catalog.fields.values() if _is_masked(item, policy)]
    hidden = [item for item in catalog.fields.values() if _names(item) & frozenset(policy.hide)]
    named = [*masked, *hidden]
    covered = frozenset(column for item in masked for column in _read(item.expr, item, catalog))
    secret = covered | {column for item in hidden for column in _read(item.expr, item, catalog)}
    kept = {
        name: _cut(item, datasets, masked, covered, secret, catalog)
        for name, item in catalog.datasets.items()
        if name in datasets
    }
    fields = {
        name: replace(item, label_columns=_open_labels(item, secret))
        for name, item in catalog.fields.items()
        if item.dataset in kept
        and item not in named
        and not secret & frozenset(_read(item.expr, item, catalog))
        and sources_of(item.expr) - {item.source} <= set(kept[item.dataset].parents)
    }
    metrics = dict(_metrics(catalog, policy, kept, secret))
    gone = frozenset(catalog.metrics) - metrics.keys()
    kept = with_bridges(kept, catalog.definitions.relationships)
    return replace(catalog, datasets=kept, fields=fields, metrics=metrics).without(
        gone, frozenset(catalog.fields) - frozenset(fields)
    )


def _metrics(
    catalog: Catalog,
    policy: PolicySpec,
    kept: Mapping[str, Dataset],
    secret: frozenset[PhysicalColumn],
) -> Iterator[tuple[str, BoundMetric]]:
    """Yield the metrics that are not hidden, nor made of what is hidden, masked or not listed."""
    closed = frozenset(policy.hide) | frozenset(policy.mask)
    atoms = {
        atom.key
        for name in policy.hide
        if name in catalog.metrics
        for atom in catalog.metrics[name].row_atoms()
    }
    for name, item in catalog.metrics.items():
        if item.uses & closed or {atom.key for atom in item.row_atoms()} & atoms:
            continue
        if not all(_computable(atom, kept, secret) for atom in _read_atoms(item)):
            continue
        held = item.held and all(_computable(atom, kept, secret) for atom in _read_atoms(item.held))
        yield name, item if held or item.held is None else replace(item, held=None)


def _is_masked(item: BoundField, policy: PolicySpec) -> bool:
    """Say whether a role sees a field masked: as its policy says, or because it is personal and not shown."""
    names = _names(item)
    return bool(names & frozenset(policy.mask)) or (
        item.spec.pii and not names & frozenset(policy.show)
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


def _cut(
    dataset: Dataset,
    datasets: frozenset[str],
    masked: Iterable[BoundField],
    covered: frozenset[PhysicalColumn],
    secret: frozenset[PhysicalColumn],
    catalog: Catalog,
) -> Dataset:
    """Return a dataset with its masks, without hidden columns and without ways that a mask closes.

    Rows of masked keys would all meet, or none: such a way is no way. A hidden name may still be what rows meet by.
    """
    parents = {
        alias: path
        for alias, path in dataset.parents.items()
        if all(step.dataset in datasets for step in path)
        and not any(_keys(step) & covered for step in path)
    }
    steps = {
        step
        for item in catalog.datasets.values()
        for path in item.parents.values()
        for step in path
    }
    needed = frozenset(key for step in steps for key in _keys(step))
    own = {name for owner, name in covered if owner == dataset.name}
    return replace(
        dataset,
        parents=parents,
        masks=masks_of(dataset, masked, sorted(own), catalog.datasets),
        columns={
            name: known
            for name, known in dataset.columns.items()
            if (dataset.name, name) not in secret - covered - needed
        },
    )


def _keys(step: Join) -> frozenset[PhysicalColumn]:
    """Return the columns that a step meets by; a role is a last step, so it starts from a dataset's own name."""
    return frozenset(
        key
        for left, right in step.on
        for key in ((step.child, left.lower()), (step.dataset, right.lower()))
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
    """Yield what reads rows, the columns that tell entities apart among what is read."""
    for atom in item.atoms.values():
        if atom.funnel is not None:
            for stage in atom.funnel.stages:
                keys = (
                    stage.entity,
                    *(atom.funnel.keys if stage.atom.dataset == atom.dataset else ()),
                )
                yield _reading(stage.atom, keys)
        elif atom.per_entity is not None:
            yield from (_reading(inner, (atom.per_entity.entity,)) for inner in atom.inner())
        else:
            yield atom


def _reading(atom: Atom, keys: tuple[ColumnRef, ...]) -> Atom:
    return replace(
        atom,
        snapshot=Snapshot(agg="last", keys=(*keys, *(atom.snapshot.keys if atom.snapshot else ()))),
    )


def _columns_of(atom: Atom) -> Iterable[tuple[str, str]]:
    for tree in (atom.expr, atom.where):
        if tree is not None:
            yield from ((node.table, node.name) for node in tree.find_all(exp.Column))
    if atom.time:
        yield atom.time.ref.source, atom.time.ref.column
    for ref in atom.snapshot.keys if atom.snapshot else ():
        yield ref.source, ref.column
