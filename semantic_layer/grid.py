"""Rows that must appear without facts: members of the grouped fields (`include_empty`), periods of the time (`fill`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice

from sqlglot import exp

from semantic_layer.children import Ways, columns_of, joins_of
from semantic_layer.errors import NotSupported
from semantic_layer.formulas import sources_of
from semantic_layer.model_calendar import Calendar
from semantic_layer.plan import Dimension, Grid, MemberScan, RowScan
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery
from semantic_layer.sql_nodes import column

MAX_BUCKETS = 4_000


def grid_of(
    query: MetricQuery,
    dimensions: tuple[Dimension, ...],
    access: Access,
    wheres: Iterable[exp.Expr],
) -> Grid | None:
    """Return the rows that must appear, or None where only facts make rows.

    Every member of a field is listed in the dataset that it is reached in; filters on that dataset and on what it
    reaches hold for the list, all others only for the facts. Fields of unrelated datasets are crossed.

    Args:
        query: What is asked.
        dimensions: Its groups.
        access: The asker's rights: the list shows what the asker may see.
        wheres: The query's filters as SQL.

    Raises:
        NotSupported: Nothing says which rows are meant.
    """
    if query.fill is None and not query.include_empty:
        return None
    times = tuple(item for item in dimensions if item.is_time)
    fields = tuple(item for item in dimensions if item.bound)
    if query.include_empty and not fields:
        raise NotSupported("include_empty_without_fields")
    if query.fill is None and times:
        raise NotSupported("include_empty_by_time")
    return Grid(
        members=_members(fields, access, tuple(wheres)) if query.include_empty else (),
        buckets=_buckets(query, times, access.catalog.settings.calendar)
        if query.fill is not None
        else (),
    )


def _buckets(
    query: MetricQuery, times: tuple[Dimension, ...], calendar: Calendar
) -> tuple[date, ...]:
    if len(times) != 1 or times[0].grain is None or times[0].calendar:
        raise NotSupported("fill_without_time")
    if query.period is None:
        raise NotSupported("fill_without_period")
    whole = calendar.periods(query.period.days, times[0].grain)
    found = tuple(item.start for item in islice(whole, MAX_BUCKETS + 1))
    if len(found) > MAX_BUCKETS:
        raise NotSupported("fill_too_many", limit=MAX_BUCKETS)
    return found


def _members(
    fields: tuple[Dimension, ...], access: Access, wheres: tuple[exp.Expr, ...]
) -> tuple[MemberScan, ...]:
    """Part the fields by the dataset that lists them: the finest one that reaches a field lists it."""
    bounds = [item.bound for item in fields if item.bound]
    ways = {bound.source: _ways(bound.source, access) for bound in bounds}
    datasets = {bound.source: bound.dataset for bound in bounds}
    homes: dict[str, list[Dimension]] = {}
    for item, bound in zip(fields, bounds, strict=True):
        needed = sources_of(bound.expr) | {bound.source}
        homes.setdefault(_home(needed, ways), []).append(item)
    return tuple(
        _scan(home, datasets[home], tuple(items), ways[home], wheres)
        for home, items in homes.items()
    )


def _ways(source: str, access: Access) -> Ways:
    """Return what the list of a dataset reaches; behind a role nothing is."""
    dataset = access.catalog.datasets.get(source)
    return dataset.parents if dataset is not None else {}


def _home(needed: set[str], ways: Mapping[str, Ways]) -> str:
    holding = [home for home, reached in ways.items() if needed <= {home, *reached}]
    return min(holding, key=lambda name: (sum(name in reached for reached in ways.values()), name))


def _scan(
    home: str,
    dataset: str,
    items: tuple[Dimension, ...],
    ways: Ways,
    wheres: tuple[exp.Expr, ...],
) -> MemberScan:
    kept = tuple(tree for tree in wheres if sources_of(tree) <= {home, *ways})
    bounds = [(item.bound, item.label) for item in items if item.bound]
    trees = [bound.expr for bound, _ in bounds] + list(kept)
    trees += [column(bound.source, label) for bound, label in bounds if label]
    columns = columns_of(trees)
    joins = joins_of(home, ways, columns)
    rows = RowScan(
        alias=home,
        dataset=dataset,
        joins=joins,
        columns={alias: frozenset(names) for alias, names in columns.items()},
        where=kept,
    )
    return MemberScan(dimensions=items, rows=rows)
