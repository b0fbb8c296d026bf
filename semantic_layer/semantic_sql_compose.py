"""Semantic SQL with ordinary SQL around it, in both directions: the SELECTs over the model are its leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import sqlglot
from sqlglot import exp

from semantic_layer.calendar import Period
from semantic_layer.catalog import Catalog
from semantic_layer.composed_query import MAX_LEAVES, ComposedQuery, is_leaf_name, leaf_name
from semantic_layer.dating import Dating
from semantic_layer.errors import NotSupported, UnsafeSQL
from semantic_layer.grouping import dimensions_of
from semantic_layer.outer import Outer
from semantic_layer.outer_relations import Relation, leaf_relation
from semantic_layer.placing import placed, quoting
from semantic_layer.query import MetricQuery
from semantic_layer.result import column_name
from semantic_layer.semantic_sql_gate import parse_written, plain_select
from semantic_layer.semantic_sql_read import from_semantic_sql, read_tree
from semantic_layer.semantic_sql_terms import MetricTerm, Term
from semantic_layer.semantic_sql_write import to_semantic_sql
from semantic_layer.sql_text import DIALECT

PeriodReader = Callable[[str], Period]


def read_semantic_sql(
    text: str, catalog: Catalog, *, resolve_period: PeriodReader | None = None
) -> MetricQuery | ComposedQuery:
    """Read semantic SQL: one SELECT over the model, or ordinary SQL around such SELECTs.

    Args:
        text: What a person or a model wrote.
        catalog: What the asker may name.
        resolve_period: Reads the phrase of `PERIOD('…')`; without it such phrases are refused.

    Raises:
        QueryError: What cannot be read, and why.
    """
    try:
        tree = parse_written(text)
        leaves = [*_leaves(tree, catalog.model)]
        alone = isinstance(tree, exp.Select) and not tree.args.get("with_")
        if not leaves or (alone and leaves == [tree]):
            return from_semantic_sql(text, catalog, resolve_period=resolve_period)
        with quoting(text):
            return _composed(tree, leaves, catalog, resolve_period)
    except RecursionError as error:
        raise UnsafeSQL(["nested too deep"]) from error


def _leaves(tree: exp.Query, model: str) -> Iterator[exp.Select]:
    """Yield the SELECTs over the model in the order in which they are written."""
    for select in tree.find_all(exp.Select, bfs=False):
        source = select.args.get("from_")
        tables = [source.this] if source is not None else []
        tables += [join.this for join in select.args.get("joins") or ()]
        if any(_is_model(table, model) for table in tables):
            yield select


def _is_model(node: exp.Expr, model: str) -> bool:
    return isinstance(node, exp.Table) and node.name.casefold() == model.casefold()


def _composed(
    tree: exp.Query,
    leaves: Sequence[exp.Select],
    catalog: Catalog,
    resolve_period: PeriodReader | None,
) -> ComposedQuery:
    if len(leaves) > MAX_LEAVES:
        raise NotSupported("composed_too_many", limit=MAX_LEAVES)
    _check_names(tree, catalog.model)
    queries: list[MetricQuery] = []
    relations: dict[str, Relation] = {}
    for index, select in enumerate(leaves):
        with placed(select.args["from_"].this):
            query, terms = _leaf(select, catalog, resolve_period)
            relation = leaf_relation(query, catalog)
        names = [_column_name(term, query, catalog) for term in terms]
        leaf = leaf_name(index)
        projected = _projection(select, leaf, names)
        if select is tree:
            projected.set("with_", tree.args.get("with_"))
            tree = projected
        else:
            select.replace(projected)
        queries.append(query)
        relations[leaf] = relation
    Outer(leaves=relations, model=catalog.model).read(tree)
    return ComposedQuery(outer=tree.sql(DIALECT, comments=False), leaves=tuple(queries))


def _leaf(
    select: exp.Select, catalog: Catalog, resolve_period: PeriodReader | None
) -> tuple[MetricQuery, tuple[Term, ...]]:
    if select.args.get("joins"):
        raise NotSupported("composed_leaf_joined", model=catalog.model)
    alone = select.copy()
    alone.set("with_", None)
    return read_tree(plain_select(alone), catalog, resolve_period)


def _check_names(tree: exp.Query, model: str) -> None:
    for cte in tree.find_all(exp.CTE):
        if cte.alias.casefold() == model.casefold():
            with placed(cte.args["alias"]):
                raise NotSupported("composed_reserved_name", name=cte.alias)
    for table in tree.find_all(exp.Table):
        if is_leaf_name(table.name):
            with placed(table):
                raise NotSupported("composed_reserved_name", name=table.name)


def _column_name(term: Term, query: MetricQuery, catalog: Catalog) -> str:
    """Return what the result of a query calls the column that a term stands for."""
    if isinstance(term, MetricTerm):
        return column_name(term.use.metric, term.use.modifier, term.use.time)
    dimensions = dimensions_of(Dating(query=query, catalog=catalog), None)
    for group, item in zip(query.group_by, dimensions, strict=True):
        if term.stands_for(group, catalog):
            return item.column.name
    raise AssertionError("every selected dimension is grouped")


def _projection(select: exp.Select, leaf: str, names: Sequence[str]) -> exp.Select:
    """Return the SELECT of a leaf's result columns under the names that are written."""
    columns = []
    for node, name in zip(select.expressions, names, strict=True):
        alias = exp.to_identifier(_written_name(node) or name, quoted=True)
        alias.meta.update(_meta(node))
        columns.append(
            exp.alias_(exp.column(exp.to_identifier(name, quoted=True)), alias, copy=False)
        )
    source = exp.Table(this=exp.to_identifier(leaf))
    return exp.Select(expressions=columns).from_(source, copy=False)


def _written_name(node: exp.Expr) -> str:
    return str(node.alias_or_name) if isinstance(node, exp.Alias | exp.Column) else ""


def _meta(node: exp.Expr) -> Mapping[str, object]:
    return next((item.meta for item in node.walk() if "line" in item.meta), {})


def composed_to_sql(query: ComposedQuery, catalog: Catalog) -> str:
    """Write a composed query as semantic SQL that reads back as the same query.

    Args:
        query: What is asked.
        catalog: What the asker may name: gives the leaves' columns their names.
    """
    tree = sqlglot.parse_one(query.outer, read=DIALECT)
    leaves = {leaf_name(index): leaf for index, leaf in enumerate(query.leaves)}
    for table in list(tree.find_all(exp.Table)):
        leaf = leaves.get(table.name)
        if leaf is None:
            continue
        names = [item.name for item in leaf_relation(leaf, catalog).columns]
        written = sqlglot.parse_one(to_semantic_sql(leaf, catalog.model), read=DIALECT)
        calls = dict(zip(names, written.expressions, strict=True))
        holder = table.parent_select
        if isinstance(holder, exp.Select) and _is_projection(holder):
            written.set("expressions", [_aliased(item, calls) for item in holder.expressions])
            if holder is tree:
                written.set("with_", tree.args.get("with_"))
                tree = written
            else:
                holder.replace(written)
        else:
            columns = [exp.alias_(call, name, quoted=True) for name, call in calls.items()]
            written.set("expressions", columns)
            alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name))
            table.replace(exp.Subquery(this=written, alias=alias))
    return str(tree.sql(DIALECT, pretty=True, comments=False))


def _is_projection(select: exp.Select) -> bool:
    """Say whether a SELECT does nothing but name a leaf's columns."""
    clauses = {name for name, value in select.args.items() if value} - {"with_"}
    return clauses <= {"expressions", "from_"} and all(
        isinstance(item, exp.Alias) and isinstance(item.this, exp.Column)
        for item in select.expressions
    )


def _aliased(item: exp.Expr, calls: Mapping[str, exp.Expr]) -> exp.Expr:
    call = calls[item.this.name].copy()
    return exp.alias_(call, exp.to_identifier(item.alias, quoted=True))
