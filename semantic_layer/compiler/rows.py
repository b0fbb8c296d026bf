"""Rows of one dataset as SQL: its scan, the scans of its parents, what holds for the rows."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.catalog import Join
from semantic_layer.plan import RowScan
from semantic_layer.policy import Access, scan
from semantic_layer.sql_nodes import all_of, column, join, name


def from_rows(select: exp.Select, item: RowScan, access: Access) -> exp.Select:
    """Return a SELECT that reads some rows; those without a parent stay (rule 4)."""
    select = select.from_(_derived(item, item.alias, item.dataset, access), copy=False)
    for step in item.joins:
        parent = _derived(item, step.alias, step.dataset, access)
        join(select, parent, joined_on(step), side="LEFT")
    return select.where(*(tree.copy() for tree in item.where), copy=False) if item.where else select


def joined_on(step: Join) -> exp.Expr:
    """Return the keys that a step joins on."""
    return all_of(
        [
            exp.EQ(this=column(step.child, left), expression=column(step.alias, right))
            for left, right in step.on
        ]
    )


def _derived(item: RowScan, alias: str, dataset: str, access: Access) -> exp.Subquery:
    source = access.catalog.datasets[dataset]
    select = scan(source, item.columns.get(alias, frozenset()), access.rules[dataset])
    return exp.Subquery(this=select, alias=exp.TableAlias(this=name(alias)))
