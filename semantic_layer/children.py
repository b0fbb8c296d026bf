"""Ways down: from a fact to its children, where one row has many.

A filter on a child's attribute asks whether a row has such a child, its negation whether it has none. Grouping by one puts a row into every group that
it has a child in, which only aggregates that duplicates cannot change survive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.atoms import Atom
from semantic_layer.catalog import Dataset, Join
from semantic_layer.errors import AmbiguousPath
from semantic_layer.pairs import SemiJoin
from semantic_layer.plan import Measure
from semantic_layer.query import AnyOf, Condition, Filter, NotOf, PartCondition
from semantic_layer.sql_nodes import column

Ways = Mapping[str, tuple[Join, ...]]
_DUPLICATE_PROOF = frozenset({"count_distinct", "min", "max"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """The nearest child of a fact that leads to some fields.

    Attributes:
        dataset: Its name.
        ways: Alias → the steps from the fact: down to the child, and up again to the child's other parents.
    """

    dataset: str
    ways: Ways


def child_for(
    dataset: Dataset, sources: frozenset[str], datasets: Mapping[str, Dataset], field: str
) -> Child | None:
    """Find the child that leads to some datasets or roles, or None.

    Raises:
        AmbiguousPath: Several children do, and none of them is a parent of the others.
    """
    found = [
        item
        for item in datasets.values()
        if dataset.name in item.parents and sources <= {item.name, *item.parents}
    ]
    if not found:
        return None
    nearest = [
        item
        for item in found
        if all(other is item or item.name in other.parents for other in found)
    ]
    if not nearest:
        raise AmbiguousPath(field, sorted(f"{dataset.name} ← {item.name}" for item in found))
    return Child(dataset=nearest[0].name, ways=ways_down(dataset, nearest[0]))


def ways_down(dataset: Dataset, child: Dataset) -> Ways:
    """Return the steps from a dataset to a child of it, and from there to the child's other parents."""
    down = tuple(
        Join(
            child=step.alias,
            alias=step.child,
            dataset=step.child,
            on=tuple((right, left) for left, right in step.on),
        )
        for step in reversed(child.parents[dataset.name])
    )
    ways = {step.alias: down[:place] for place, step in enumerate(down, 1)}
    own = {dataset.name, *dataset.parents, *ways}
    for alias, path in child.parents.items():
        if alias not in own:
            ways[alias] = down + tuple(step for step in path if step.alias not in own)
    return ways


def duplicate_proof(atom: Atom, dataset: Dataset) -> Atom | None:
    """Return an atom that doubled rows do not change, or None; rows are counted by their key, if that is not masked."""
    if atom.agg in _DUPLICATE_PROOF:
        return atom
    keys = [key for key in dataset.primary_key if key.lower() not in dataset.masks]
    if atom.agg == "count" and atom.expr is None and len(keys) == len(dataset.primary_key) == 1:
        key = column(dataset.name, dataset.spelling(keys[0]))
        return replace(atom, agg="count_distinct", expr=key)
    return None


def may_hold_unknown(filters: Iterable[Filter], foreign: frozenset[str]) -> bool:
    """Say whether filters can hold of a row without children, for which the foreign fields are unknown."""
    return all(_unknown(item, foreign) is not False for item in filters)


def _unknown(item: Filter, foreign: frozenset[str]) -> bool | None:
    """Return what a filter says where the foreign fields are unknown; None: it depends on the others."""
    match item:
        case AnyOf():
            parts = [_unknown(part, foreign) for part in item.any]
            return True if True in parts else None if None in parts else False
        case NotOf():
            inner = _unknown(item.not_, foreign)
            return None if inner is None else not inner
        case PartCondition():
            return None
        case Condition():
            return _accepts_unknown(item) if item.field in foreign else None


def _accepts_unknown(item: Condition) -> bool:
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    match item.op:
        case "is_null":
            return True
        case "=" | "in":
            return None in values
        case "!=" | "not_in":
            return None not in values
        case _:
            return False


def with_unknown(tree: exp.Expr, aliases: Iterable[str]) -> exp.Expr:
    """Return a condition as it is for a row whose children are missing: their columns are NULL."""
    missing = frozenset(aliases)

    def emptied(node: exp.Expr) -> exp.Expr:
        return exp.null() if isinstance(node, exp.Column) and node.table in missing else node

    return tree.copy().transform(emptied)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a branch joins to read its groups.

    Attributes:
        ways: Alias → the steps that lead there.
        measures: The aggregates, proof against doubled rows where a child is joined.
        child: Whether a child is joined.
        bridge: The bridge that is grouped over, or None; its ways are no ways of the branch.
    """

    ways: Ways
    measures: tuple[Measure, ...]
    child: bool = False
    bridge: Child | None = None


@dataclass(kw_only=True)
class ChildTests:
    """Filters on children: those of one child must hold of the same row of it; what is negated must hold of none."""

    found: dict[str, tuple[Child, list[tuple[Filter, exp.Expr]], set[str]]] = field(
        default_factory=dict
    )

    def add(
        self, child: Child, item: Filter, tree: exp.Expr, fields: Iterable[str], *, grouped: bool
    ) -> None:
        """Take a filter and its SQL; where its groups are shown too, `not` is a test of each group."""
        negated = False
        while isinstance(item, NotOf) and not (grouped or _says_and(item)):
            item, tree, negated = item.not_, tree.this.this, not negated
        key = f"not {len(self.found)}" if negated else child.dataset
        _, tests, named = self.found.setdefault(key, (child, [], set()))
        tests.append((item, tree))
        named.update(fields)

    def semi_joins(self) -> list[SemiJoin]:
        """Return one condition for each child, and one for each negation."""
        return [
            replace(semi_join(child, tests, frozenset(named)), negated=key != child.dataset)
            for key, (child, tests, named) in self.found.items()
        ]


def _says_and(item: NotOf) -> bool:
    """Say whether a negation is AND spelled with OR: not (not a, or not b)."""
    inner = item.not_
    return isinstance(inner, AnyOf) and all(isinstance(part, NotOf) for part in inner.any)


def semi_join(
    child: Child, found: Sequence[tuple[Filter, exp.Expr]], fields: frozenset[str]
) -> SemiJoin:
    """Return filters as one condition on a child: they must hold of the same child row.

    Args:
        child: Where the fields are reached.
        found: The filters, each with its SQL.
        fields: The fields of the child that they name, as spelled there.
    """
    where = exp.and_(*(exp.paren(tree.copy(), copy=False) for _, tree in found), copy=False)
    read = {alias: names for alias, names in columns_of([where]).items() if alias in child.ways}
    read.setdefault(child.dataset, set())
    joins = joins_of(child.ways[child.dataset][0].child, child.ways, read)
    inner = {step.alias for step in joins}
    unknown = may_hold_unknown([item for item, _ in found], fields)
    return SemiJoin(
        joins=joins,
        columns={alias: frozenset(names) for alias, names in read.items() if alias in inner},
        where=where,
        without=with_unknown(where, inner) if unknown else None,
    )


def joins_of(dataset: str, ways: Ways, columns: dict[str, set[str]]) -> tuple[Join, ...]:
    """Return the steps to every alias that is read, and add the keys of those steps to what is read."""
    steps: dict[str, Join] = {}
    for alias in sorted(columns):
        if alias != dataset:
            steps |= {step.alias: step for step in ways[alias]}
    for step in steps.values():
        columns.setdefault(step.child, set()).update(left for left, _ in step.on)
        columns.setdefault(step.alias, set()).update(right for _, right in step.on)
    columns.setdefault(dataset, set())
    return tuple(steps.values())


def columns_of(trees: Iterable[exp.Expr]) -> dict[str, set[str]]:
    """Return alias → the columns that fragments read there."""
    found: dict[str, set[str]] = {}
    for tree in trees:
        for node in tree.find_all(exp.Column):
            found.setdefault(node.table, set()).add(node.name)
    return found
