"""Double entry: what can be verified from a result alone is verified with every answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from semantic_layer.catalog import Catalog
from semantic_layer.result import Check, Column, Result, Role

CheckFunction = Callable[[Result, Catalog], Check]


def run_checks(result: Result, catalog: Catalog) -> Result:
    """Return the result with its checks."""
    return replace(result, checks=tuple(check(result, catalog) for check in CHECKS))


def _values(result: Result, column: Column) -> list[float]:
    cells = result.table.column(column.name).to_pylist()
    return [float(cell) for cell in cells if cell is not None]


def _parts_are_whole(result: Result, catalog: Catalog) -> Check:
    """Rows of an additive metric add up to the total that was asked on its own."""
    name = "parts_equal_total"
    uncut = result.asked.limit is None and not result.asked.having and not result.truncated
    overlapping = {
        item.facts.get("metric") for item in result.notices if item.code == "overlapping_groups"
    }
    columns = [
        item
        for item in result.columns
        if item.role is Role.METRIC
        and item.metric
        and item.name == item.metric
        and catalog.metrics[item.metric].additive
        and item.metric not in overlapping
    ]
    if "total" not in result.row_kinds or not uncut or not columns:
        return Check(name=name, status="not_applicable")
    worst = 0.0
    for column in columns:
        cells = result.table.column(column.name).to_pylist()
        parts = math.fsum(
            float(cell)
            for cell, kind in zip(cells, result.row_kinds, strict=True)
            if cell is not None and kind == "data"
        )
        whole = float(
            next(
                cell for cell, kind in zip(cells, result.row_kinds, strict=True) if kind == "total"
            )
            or 0
        )
        worst = max(worst, abs(parts - whole) / max(1.0, abs(whole)))
    return Check(
        name=name, status="passed" if worst <= 1e-9 else "failed", facts={"difference": worst}
    )


def _shares_are_whole(result: Result, catalog: Catalog) -> Check:
    """Shares of the total add up to one where no row was cut."""
    name = "shares_equal_one"
    uses = {
        use.metric
        for use in result.asked.metrics
        if use.modifier == "share" and use.of in {None, "total"}
    } - {item.facts.get("metric") for item in result.notices if item.code == "shares_overlap"}
    columns = [
        item
        for item in result.columns
        if item.metric in uses and item.name == f"{item.metric}_share"
    ]
    if (
        not columns
        or result.asked.limit is not None
        or result.asked.having
        or result.truncated
        or not result.table.num_rows
    ):
        return Check(name=name, status="not_applicable")
    rows = [index for index, kind in enumerate(result.row_kinds) if kind == "data"]
    worst = 0.0
    for column in columns:
        cells = result.table.column(column.name).to_pylist()
        kept = [float(cells[index]) for index in rows if cells[index] is not None]
        worst = max(worst, abs(math.fsum(kept) - 1)) if kept else worst
    return Check(
        name=name, status="passed" if worst <= 1e-9 else "failed", facts={"difference": worst}
    )


def _comparison_adds_up(result: Result, catalog: Catalog) -> Check:
    """Every change is the value less its base."""
    name = "change_equals_difference"
    by_name = {column.name: column for column in result.columns}
    triples = [
        (by_name[item.metric], by_name[f"{item.metric}_base"], item)
        for item in result.columns
        if item.role is Role.CHANGE and item.metric in by_name and f"{item.metric}_base" in by_name
    ]
    if not triples:
        return Check(name=name, status="not_applicable")
    for value, base, change in triples:
        rows = zip(
            *(result.table.column(item.name).to_pylist() for item in (value, base, change)),
            strict=True,
        )
        for now, before, moved in rows:
            if None not in {now, before, moved} and abs(
                float(now) - float(before) - float(moved)
            ) > 1e-9 * max(1.0, abs(float(now))):
                return Check(name=name, status="failed")
    return Check(name=name, status="passed")


def _rows_are_complete(result: Result, catalog: Catalog) -> Check:
    """The engine's row limit cut nothing."""
    return Check(
        name="complete",
        status="warning" if result.truncated else "passed",
        facts={"rows": result.table.num_rows},
    )


def _period_is_covered(result: Result, catalog: Catalog) -> Check:
    """The data reach to the end of the period asked for."""
    name = "period_covered"
    if result.period is None or result.data_through is None:
        return Check(name=name, status="not_applicable")
    covered = result.data_through >= result.period.last
    return Check(
        name=name,
        status="passed" if covered else "warning",
        facts={"through": result.data_through.isoformat()},
    )


CHECKS: tuple[CheckFunction, ...] = (
    _parts_are_whole,
    _shares_are_whole,
    _comparison_adds_up,
    _rows_are_complete,
    _period_is_covered,
)
