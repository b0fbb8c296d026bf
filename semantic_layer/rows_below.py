"""Rows below the rows: which questions have a total, and which a row of all others."""

from __future__ import annotations

from collections.abc import Mapping

from semantic_layer.catalog import BoundField
from semantic_layer.errors import NeedsPeriod, NotSupported
from semantic_layer.plan import Dimension
from semantic_layer.query import MetricQuery

UNGROUPED: Mapping[str, object] = {
    "group_by": (),
    "having": (),
    "order_by": (),
    "limit": None,
    "per": None,
    "fill": None,
    "totals": False,
    "others": False,
    "include_empty": False,
}
"""What makes a query ask for the whole."""


def has_total(query: MetricQuery) -> bool:
    """Say whether a query asks for a total.

    Raises:
        NeedsPeriod: Nothing says which days the total's base is made of.
        NotSupported: The total would say nothing.
    """
    if not query.totals or not query.group_by:
        return False
    if query.compare and query.period is None:
        raise NeedsPeriod("total_of_comparison")
    if query.time_grain and any(use.modifier == "run_rate" for use in query.metrics):
        raise NotSupported("total_of_run_rate")
    return True


def rest_of(
    query: MetricQuery, dimensions: tuple[Dimension, ...], *, overlapping: bool
) -> BoundField | None:
    """Return the field whose members above the cut are left out of the row of all others, or None without one.

    Args:
        query: What is asked.
        dimensions: Its groups.
        overlapping: Whether its groups overlap, so that shares do not add up.

    Raises:
        NotSupported: There is no such row.
    """
    if not query.others:
        return None
    if len(dimensions) != 1 or dimensions[0].bound is None:
        raise NotSupported("others_beside_groups")
    if query.limit is None or not any(key.metric for key in query.order_by):
        raise NotSupported("others_without_limit")
    if query.having or query.per:
        raise NotSupported("others_and_having")
    if any(use.modifier == "rank" for use in query.metrics):
        raise NotSupported("others_and_rank")
    if overlapping:
        raise NotSupported("others_and_overlapping_shares")
    return dimensions[0].bound
