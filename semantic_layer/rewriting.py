"""Written SQL over governed tables: each table becomes a scan with the granted columns, the masks and the row rule."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.errors import UnsafeSQL
from semantic_layer.scans import SCAN_ALIAS, Grant, Grants


def drop_schema(query: exp.Query) -> None:
    """Drop the schema `main`, which is where governed tables are."""
    for table in query.find_all(exp.Table):
        if table.db.lower() == "main" and not table.catalog:
            table.set("db", None)


def replace_tables(query: exp.Query, grants: Grants) -> None:
    """Put a scan in the place of every governed table.

    Raises:
        UnsafeSQL: One of them has its columns renamed.
    """
    for table in list(query.find_all(exp.Table)):
        if granted := grants.get(table.name.lower()):
            _replace_by_scan(table, granted[0])


def _replace_by_scan(table: exp.Table, grant: Grant) -> None:
    if table.args.get("alias") and table.args["alias"].columns:
        raise UnsafeSQL(["a governed table with renamed columns"])
    masks = dict(grant.masks)
    source = exp.Table(
        this=exp.to_identifier(grant.source, quoted=True),
        alias=exp.TableAlias(this=exp.to_identifier(SCAN_ALIAS)),
    )
    scan = exp.Select(
        expressions=[
            exp.alias_(_own(masks[name]), name, quoted=True)
            if name in masks
            else exp.column(name, quoted=True)
            for name in sorted(grant.columns)
        ]
    ).from_(source)
    if grant.predicate is not None:
        scan = scan.where(_own(grant.predicate), copy=False)
    alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name, quoted=True))
    table.replace(exp.Subquery(this=scan, alias=alias))


def _own(tree: exp.Expr) -> exp.Expr:
    """Return a condition or mask for a scan: bare names are its source's, except where a sub-query has its own."""
    tree = tree.copy()
    if tree.find(exp.Query) is None:
        for column in tree.find_all(exp.Column):
            column.set("table", None)
    return tree
