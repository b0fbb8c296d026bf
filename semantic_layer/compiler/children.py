"""Filters on children as SQL: EXISTS over the child's scan, never a join that doubles the fact's rows."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.catalog import Join
from semantic_layer.pairs import SemiJoin
from semantic_layer.policy import Access, scan
from semantic_layer.sql_nodes import column


def semi_join_test(item: SemiJoin, access: Access) -> exp.Expr:
    """Return the test that a row has such a child, or has none where that may stay; negated, that neither is so.

    Names inside are the child's own: a dataset may be a parent of the fact and of the child.
    """
    inner = {step.alias for step in item.joins}

    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.table in inner:
            return column(_inside(node.table), node.name)
        return node

    some = exp.Exists(
        this=_children(item, item.joins, access, item.where.copy().transform(renamed))
    )
    if item.without is None:
        return exp.Not(this=some) if item.negated else some
    none = exp.Not(this=exp.Exists(this=_children(item, item.joins[:1], access, None)))
    childless = exp.and_(none, exp.paren(item.without.copy(), copy=False), copy=False)
    either = exp.paren(exp.or_(some, exp.paren(childless, copy=False), copy=False), copy=False)
    return (
        exp.Not(this=exp.Coalesce(this=either, expressions=[exp.false()]))
        if item.negated
        else either
    )


def _inside(alias: str) -> str:
    return f"any_{alias}"


def _children(
    item: SemiJoin, joins: tuple[Join, ...], access: Access, test: exp.Expr | None
) -> exp.Select:
    first, *others = joins
    select = exp.Select(expressions=[exp.Literal.number(1)])
    select = select.from_(_derived(item, first, access), copy=False)
    for step in others:
        on = exp.and_(
            *(
                exp.EQ(
                    this=column(_inside(step.child), left),
                    expression=column(_inside(step.alias), right),
                )
                for left, right in step.on
            )
        )
        select = select.join(_derived(item, step, access), on=on, join_type="left", copy=False)
    correlation = [
        exp.EQ(this=column(_inside(first.alias), right), expression=column(first.child, left))
        for left, right in first.on
    ]
    return select.where(*correlation, *([test] if test is not None else []), copy=False)


def _derived(item: SemiJoin, step: Join, access: Access) -> exp.Subquery:
    dataset = access.catalog.datasets[step.dataset]
    columns = item.columns.get(step.alias, frozenset())
    return exp.Subquery(
        this=scan(dataset, columns, access.rules[dataset.name]),
        alias=exp.TableAlias(this=exp.to_identifier(_inside(step.alias), quoted=True)),
    )
