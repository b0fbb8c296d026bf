"""Bridges: declared many-to-many ways, over which a row is in every group that it is paired with, once in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from semantic_layer.catalog import BoundField, Dataset
from semantic_layer.children import Child, Reach, child_for, columns_of, joins_of, ways_down
from semantic_layer.errors import AmbiguousPath, NotSupported
from semantic_layer.formulas import sources_of
from semantic_layer.pairs import Pairs
from semantic_layer.query import Filter
from semantic_layer.sql_nodes import column


def bridge_for(
    dataset: Dataset, sources: frozenset[str], datasets: Mapping[str, Dataset], field: str
) -> Child | None:
    """Find the one bridge that leads from a dataset, or a parent of it, to some datasets or roles, or None.

    Raises:
        AmbiguousPath: Several bridges lead there, or a bridge and a child that is none.
    """
    found = [set(dataset.bridged.get(source, ())) for source in sorted(sources)]
    ways = sorted(set.intersection(*found)) if found else []
    if not ways:
        return None
    if len(ways) > 1:
        said = [f"{dataset.name} → {paired} ↔ {bridge}" for bridge, paired in ways]
        raise AmbiguousPath(field, [text.replace(f"{dataset.name} → {dataset.name} ", f"{dataset.name} ") for text in said])  # fmt: skip
    ((bridge, paired),) = ways
    if paired == dataset.name:
        child_for(dataset, sources, datasets, field)
    own = {dataset.name, *dataset.parents}
    down = ways_down(datasets[paired], datasets[bridge])
    return Child(dataset=bridge, ways={name: way for name, way in down.items() if name not in own})


def reads_bridge(tree: exp.Expr, reach: Reach) -> bool:
    """Say whether a fragment is read behind a branch's bridge."""
    return reach.bridge is not None and bool(sources_of(tree) & reach.bridge.ways.keys())


def pairs_of(
    bridge: Child,
    fields: Sequence[BoundField],
    labels: Mapping[str, str],
    wheres: Sequence[tuple[Filter, exp.Expr]],
    metric: str,
) -> Pairs:
    """Return the pairs of a bridge and the groups that they lead to.

    Args:
        bridge: Where the groups are reached.
        fields: What is grouped by, here and elsewhere.
        labels: Field → the column that names its members.
        wheres: The query's filters, each with its SQL.
        metric: What is grouped, for messages.

    Raises:
        NotSupported: A filter or field mixes both sides of the bridge.
    """
    behind = [bound for bound in fields if sources_of(bound.expr) & bridge.ways.keys()]
    tests = [tree for _, tree in wheres if sources_of(tree) & bridge.ways.keys()]
    for tree in (*tests, *(bound.expr for bound in behind)):
        if sources_of(tree) - bridge.ways.keys():
            raise NotSupported("bridge_mixed", metric=metric, field=behind[0].name)
    named = {
        bound.name: column(bound.source, labels[bound.name])
        for bound in behind
        if bound.name in labels
    }
    read = columns_of([*(bound.expr for bound in behind), *named.values(), *tests])
    (step,) = bridge.ways[bridge.dataset]
    read.setdefault(bridge.dataset, set()).update(right for _, right in step.on)
    inner = {alias: way[1:] for alias, way in bridge.ways.items()}
    joins = joins_of(bridge.dataset, inner, read)
    return Pairs(
        step=step,
        joins=joins,
        columns={alias: frozenset(names) for alias, names in read.items()},
        groups={bound.name: bound.expr for bound in behind},
        labels=named,
        where=tuple(tests),
    )
