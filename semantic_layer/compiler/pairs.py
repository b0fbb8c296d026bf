"""Groups over a bridge as SQL: distinct pairs of a key and a group, joined to the rows that have the key."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler.rows import joined_on
from semantic_layer.pairs import Pairs
from semantic_layer.plan import Branch, Dimension
from semantic_layer.policy import Access, scan
from semantic_layer.sql_nodes import column, group_by_first

PAIRS = "bridge_pairs"


def paired_key(branch: Branch, item: Dimension) -> exp.Expr | None:
    """Return a group that lies behind the branch's bridge, or None for any other."""
    if branch.pairs is None or item.bound is None or item.bound.name not in branch.pairs.groups:
        return None
    return column(PAIRS, f"g{list(branch.pairs.groups).index(item.bound.name) + 1}")


def paired_label(branch: Branch, item: Dimension) -> exp.Expr | None:
    """Return the name of a group behind the branch's bridge, or None for any other."""
    if branch.pairs is None or item.bound is None or item.bound.name not in branch.pairs.labels:
        return None
    return column(PAIRS, f"n{list(branch.pairs.labels).index(item.bound.name) + 1}")


def with_pairs(select: exp.Select, pairs: Pairs, access: Access) -> exp.Select:
    """Join the distinct pairs of a bridge; rows without any stay, under the unknown member (rule 4)."""
    keys = [
        exp.alias_(column(pairs.step.alias, right), f"at{place}", quoted=True)
        for place, (_, right) in enumerate(pairs.step.on, 1)
    ]
    groups = [
        exp.alias_(tree.copy(), f"g{place}", quoted=True)
        for place, tree in enumerate(pairs.groups.values(), 1)
    ]
    labels = [
        exp.alias_(exp.Max(this=tree.copy()), f"n{place}", quoted=True)
        for place, tree in enumerate(pairs.labels.values(), 1)
    ]
    inner = exp.Select(expressions=[*keys, *groups, *labels])
    inner = inner.from_(_derived(pairs, pairs.step.dataset, pairs.step.alias, access), copy=False)
    for step in pairs.joins:
        derived = _derived(pairs, step.dataset, step.alias, access)
        inner = inner.join(derived, on=joined_on(step), join_type="left", copy=False)
    if pairs.where:
        inner = inner.where(*(exp.paren(tree.copy()) for tree in pairs.where), copy=False)
    inner = group_by_first(inner, len(keys) + len(groups))
    met = exp.and_(
        *(
            exp.EQ(this=column(pairs.step.child, left), expression=column(PAIRS, f"at{place}"))
            for place, (left, _) in enumerate(pairs.step.on, 1)
        )
    )
    named = exp.TableAlias(this=exp.to_identifier(PAIRS, quoted=True))
    return select.join(exp.Subquery(this=inner, alias=named), on=met, join_type="left", copy=False)


def _derived(pairs: Pairs, dataset: str, alias: str, access: Access) -> exp.Subquery:
    columns = pairs.columns.get(alias, frozenset())
    return exp.Subquery(
        this=scan(access.catalog.datasets[dataset], columns, access.rules[dataset]),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )
