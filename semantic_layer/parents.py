"""Shares of a parent: the level above a grouped field in its hierarchy becomes a group, so that namesakes stay apart."""

from __future__ import annotations

from semantic_layer.catalog import Catalog
from semantic_layer.conditions import fields_of
from semantic_layer.query import MetricQuery, MetricUse

PARENT = "parent"
"""What `of` says for the level above, whatever it is called."""
_OF_A_WHOLE = frozenset({"share", "cumulative_share", "rank"})


def grouped_by_parents(query: MetricQuery, catalog: Catalog) -> MetricQuery:
    """Return a query that is grouped by every parent that a share in it is taken of.

    Raises:
        UnknownName: It is grouped by no such field, or by none that the asker may see.
    """
    named = [use for use in query.metrics if use.modifier in _OF_A_WHOLE and use.of]
    if not named or not query.fields:
        return query
    groups = list(query.group_by)
    uses: list[MetricUse] = []
    for use in query.metrics:
        level = _level(use, query, catalog) if use in named else None
        if level is None:
            uses.append(use)
            continue
        child, parent = level
        if parent not in groups:
            groups.insert(groups.index(child), parent)
        uses.append(use.model_copy(update={"of": parent}))
    return query.model_copy(update={"metrics": tuple(uses), "group_by": tuple(groups)})


def _level(use: MetricUse, query: MetricQuery, catalog: Catalog) -> tuple[str, str] | None:
    """Return the grouped field whose parent a share is taken of, as the query spells it, and that parent."""
    grouped = {catalog.field(name).name: name for name in query.fields}
    wanted = None
    if use.of != PARENT:
        wanted = catalog.field(use.of).name if use.of in _spelled(catalog) else None
        tested = {catalog.field(name).name for name in fields_of(query.where)}
        if wanted is None or wanted in grouped or wanted in tested:
            return None
    for levels in catalog.hierarchies.values():
        for place in range(len(levels) - 1, 0, -1):
            above = levels[:place]
            if levels[place] not in grouped:
                continue
            parent = above[-1] if wanted is None else wanted
            if parent in above:
                return grouped[levels[place]], parent
    return None


def _spelled(catalog: Catalog) -> set[str]:
    """Return the names that fields may be called by."""
    return {name for item in catalog.fields.values() for name in (item.name, item.key)}
