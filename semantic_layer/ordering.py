"""The order of a result, and the group that a limit holds within: names of columns that the plan has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semantic_layer.catalog import Catalog
from semantic_layer.errors import NotSupported
from semantic_layer.outputs import Outputs
from semantic_layer.plan import Dimension, SortKey
from semantic_layer.query import MetricQuery, OrderBy


def sort_keys(
    query: MetricQuery, catalog: Catalog, dimensions: Sequence[Dimension], outputs: Outputs
) -> Iterator[SortKey]:
    """Yield the keys of a query's order; metrics that are not shown are computed for it.

    Raises:
        NotSupported: The result is not grouped by one of them.
    """
    for key in query.order_by:
        name = (
            outputs.ensure(key.metric, key.modifier)
            if key.metric
            else _grouped(key, catalog, dimensions)
        )
        yield SortKey(name=name, descending=key.dir == "desc")


def _grouped(key: OrderBy, catalog: Catalog, dimensions: Sequence[Dimension]) -> str:
    if key.time is not None:
        wanted = key.time
        found = [item for item in dimensions if item.grain == key.time]
    elif key.part is not None:
        wanted = key.part.value
        found = [item for item in dimensions if item.part is key.part]
    else:
        wanted = catalog.field(key.field or "").name
        found = [item for item in dimensions if item.bound and item.bound.name == wanted]
    if not found:
        raise NotSupported("order_by_ungrouped", by=wanted)
    return found[0].name


def per_key(query: MetricQuery, catalog: Catalog, dimensions: Sequence[Dimension]) -> str | None:
    """Return the column of the field that a limit holds within, or None.

    Raises:
        NotSupported: There is no limit or no order by a metric, or the result is not grouped by the field.
    """
    if query.per is None:
        return None
    if query.limit is None or not any(key.metric for key in query.order_by):
        raise NotSupported("top_per_group_without_order")
    bound = catalog.field(query.per)
    for item in dimensions:
        if item.bound and item.bound.name == bound.name:
            return item.name
    raise NotSupported("top_per_ungrouped", field=bound.name)
