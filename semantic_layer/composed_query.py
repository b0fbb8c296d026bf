"""ComposedQuery: ordinary SQL around governed queries, each of which stands in it as a table of its results."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from semantic_layer.groups import Part
from semantic_layer.query import MetricQuery

MAX_LEAVES: Final = 12
_LEAF: Final = re.compile(r"leaf_\d+(_.*)?")


class ComposedQuery(Part):
    """SQL whose tables are the results of metric queries.

    `outer` is one SELECT over the tables `leaf_1`, `leaf_2`, …: the results of `leaves` in their order, with the
    result's column names. It sees nothing else.
    """

    outer: str
    leaves: tuple[MetricQuery, ...] = Field(min_length=1, max_length=MAX_LEAVES)


def leaf_name(index: int) -> str:
    """Return the table that a leaf is in the SQL around, counted from 0."""
    return f"leaf_{index + 1}"


def is_leaf_name(name: str) -> bool:
    """Say whether a name is kept for leaves."""
    return _LEAF.fullmatch(name.lower()) is not None
