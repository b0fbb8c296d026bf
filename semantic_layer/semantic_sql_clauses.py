"""Pieces of a read SELECT as pieces of a metric query: comparison columns, filling, groups, and limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sqlglot import exp

from semantic_layer.errors import NotSupported
from semantic_layer.query import CompareColumn, MetricUse
from semantic_layer.semantic_sql_terms import FieldTerm, GroupTerm, MetricTerm, PartTerm, TimeTerm
from semantic_layer.semantic_sql_values import scalar


def folded(
    uses: Sequence[MetricUse],
) -> tuple[tuple[MetricUse, ...], tuple[CompareColumn, ...]]:
    """Take comparison columns that follow every value alike out of the list: the comparison shows them."""
    kept: list[MetricUse] = []
    shows: list[list[CompareColumn]] = []
    for use in uses:
        shown = next((column for column in get_args(CompareColumn) if column == use.modifier), None)
        if shown is not None:
            if not kept or kept[-1] != MetricUse(metric=use.metric, time=use.time):
                return tuple(uses), ()
            shows[-1].append(shown)
            continue
        kept.append(use)
        if use.modifier == "value":
            shows.append([])
    if not shows or any(show != shows[0] for show in shows):
        return tuple(uses), ()
    return tuple(kept), tuple(shows[0])


def fill_of(metrics: Sequence[MetricTerm]) -> str | None:
    """Return what missing values are filled with: zero where every value is written so."""
    filled = [item for item in metrics if item.filled]
    values = [item for item in metrics if item.use.modifier == "value"] or metrics
    if filled and filled != list(values):
        raise NotSupported("coalesce_some")
    return "zero" if filled else None


def group_key(term: GroupTerm) -> object:
    """Return a group as a query has it."""
    match term:
        case FieldTerm():
            return term.name
        case TimeTerm():
            return {"time": str(term.grain), "role": term.role}
        case PartTerm():
            return {"part": term.part, "role": term.role}


def rank_test(node: exp.Expr) -> tuple[exp.Window, int]:
    """Return the window and the number of a test on the place in a ranking.

    Raises:
        NotSupported: Another test.
    """
    window = node.this.unnest() if isinstance(node, exp.LTE | exp.LT | exp.EQ) else None
    if not isinstance(window, exp.Window) or not isinstance(window.this, exp.Rank | exp.RowNumber):
        raise NotSupported("qualify_form")
    count = count_of(node.expression) - isinstance(node, exp.LT)
    if isinstance(node, exp.EQ) and count != 1:
        raise NotSupported("one_rank_place")
    return window, count


def count_of(node: exp.Expr) -> int:
    """Return a whole number.

    Raises:
        NotSupported: Another value.
    """
    value = scalar(node)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotSupported("limit_not_number")
    return value
