"""Double entry: what can be verified from a result alone is verified with every answer, without a further statement."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

import pyarrow as pa

from semantic_layer.calendar import Grain
from semantic_layer.catalog import Catalog
from semantic_layer.query import MetricUse
from semantic_layer.result import Cell, Check, Column, Result, Role, column_name

CheckFunction = Callable[[Result, Catalog], Check]
EXACT = 1e-9
"""How far sums of the same numbers may lie apart, of the sum of their sizes: binary fractions are rounded."""


def run_checks(result: Result, catalog: Catalog) -> Result:
    """Return the result with the checks that need nothing but itself."""
    return replace(result, checks=tuple(check(result, catalog) for check in CHECKS))


def not_applicable(name: str, **facts: Cell) -> Check:
    """Return a check that has nothing to verify here."""
    return Check(name=name, status="not_applicable", facts=facts)


def adding_metrics(result: Result, catalog: Catalog) -> Iterator[Column]:
    """Yield the value columns whose rows add up to the whole: no ratios, distinct counts, balances over time, overlaps."""
    overlapping = {
        item.facts.get("metric") for item in result.notices if item.code == "overlapping_groups"
    }
    own = own_values(result)
    timed = any(item.role is Role.TIME or item.part for item in result.columns)
    for column in value_columns(result):
        metric = catalog.metrics.get(column.metric or "")
        if metric is None or column.name not in own or metric.name in overlapping:
            continue
        if metric.additive or (metric.adds_over_fields and not timed):
            yield column


def own_values(result: Result) -> frozenset[str]:
    """Return the columns that hold a metric's value as such, on whichever date: nothing running, nothing projected."""
    uses = result.asked.metrics
    return frozenset(
        column_name(use.metric, "value", use.time) for use in uses if use.modifier == "value"
    )


def value_columns(result: Result) -> Iterator[Column]:
    """Yield the columns that hold a metric's own value."""
    for column in result.columns:
        if column.role is Role.METRIC and column.metric:
            yield column


def has_every_part(result: Result) -> bool:
    """Say whether the rows, all others among them, are everything that the whole is made of."""
    cut = result.asked.limit is not None and not result.asked.others
    return not (cut or result.asked.having or result.truncated)


def sum_of_parts(result: Result, column: str) -> tuple[float, float]:
    """Return the sum of a column over the data rows and all others, and how far it may be off by rounding."""
    cells = _floats(result, column)
    kept = [
        cell
        for cell, kind in zip(cells, result.row_kinds, strict=True)
        if cell is not None and kind != "total"
    ]
    return math.fsum(kept), EXACT * max(1.0, math.fsum(map(abs, kept)))


def _floats(result: Result, column: str) -> list[float | None]:
    return list(result.table.column(column).cast(pa.float64()).to_pylist())


def _parts_are_whole(result: Result, catalog: Catalog) -> Check:
    """Rows of a metric that adds up make the total, which was asked on its own."""
    name = "parts_equal_total"
    columns = list(adding_metrics(result, catalog))
    if "total" not in result.row_kinds or not has_every_part(result) or not columns:
        return not_applicable(name)
    place = result.row_kinds.index("total")
    worst = 0.0
    failed = []
    for column in columns:
        parts, tolerance = sum_of_parts(result, column.name)
        whole = result.table.column(column.name)[place].as_py()
        difference = abs(parts - float(whole or 0))
        worst = max(worst, difference)
        failed += [column.name] if difference > tolerance else []
    return Check(
        name=name,
        status="failed" if failed else "passed",
        facts={"difference": worst if failed else 0, "rows": result.row_kinds.count("data")},
    )


def _shares_are_whole(result: Result, catalog: Catalog) -> Check:
    """Shares add up to one, within each member of their whole, where no row was cut."""
    name = "shares_equal_one"
    overlapping = {i.facts.get("metric") for i in result.notices if i.code == "shares_overlap"}
    uses = [
        use
        for use in result.asked.metrics
        if use.modifier == "share" and use.metric not in overlapping
    ]
    if not uses or not has_every_part(result):
        return not_applicable(name)
    worst = 0.0
    sums: list[float] = []
    for use in uses:
        sums += _share_sums(result, use)
    worst = max((abs(item - 1) for item in sums), default=0.0)
    if not sums:
        return not_applicable(name)
    passed = worst <= EXACT * max(1, result.table.num_rows)
    return Check(
        name=name,
        status="passed" if passed else "failed",
        facts={"difference": 0 if passed else worst},
    )


def _share_sums(result: Result, use: MetricUse) -> list[float]:
    """Return the sum of shares of each whole; a whole of nothing has no shares."""
    name = column_name(use.metric, "share", use.time)
    shares = result.table.column(name).to_pylist()
    whole = next(
        (item for item in result.columns if use.of in {item.name, item.grouped_by} and use.of), None
    )
    if whole is None and use.of not in {None, "total"}:
        return []
    members = (
        result.table.column(whole.name).to_pylist() if whole is not None else [None] * len(shares)
    )
    # The row of all others belongs to no member of a whole.
    kinds = {"data", "others"} if whole is None else {"data"}
    found: defaultdict[object, list[float]] = defaultdict(list)
    for share, member, kind in zip(shares, members, result.row_kinds, strict=True):
        if share is not None and kind in kinds:
            found[member].append(float(share))
    return [math.fsum(items) for items in found.values()]


def _comparison_adds_up(result: Result, catalog: Catalog) -> Check:
    """Every change is the value less its base."""
    name = "change_equals_difference"
    names = {column.name for column in result.columns}
    values = [
        item.name.removesuffix("_change") for item in result.columns if item.role is Role.CHANGE
    ]
    triples = [(item, f"{item}_base", f"{item}_change") for item in values]
    triples = [triple for triple in triples if names.issuperset(triple)]
    if not triples:
        return not_applicable(name)
    for triple in triples:
        rows = zip(*(_floats(result, item) for item in triple), strict=True)
        if not all(_is_difference(*row) for row in rows):
            return Check(name=name, status="failed")
    return Check(name=name, status="passed")


def _is_difference(now: float | None, before: float | None, moved: float | None) -> bool:
    if now is None or before is None or moved is None:
        return moved is None and (now is None or before is None)
    return abs(now - before - moved) <= EXACT * max(1.0, abs(now), abs(before))


def _groups_are_once(result: Result, catalog: Catalog) -> Check:
    """Every group has one row."""
    name = "groups_once"
    keys = key_columns(result)
    rows = [place for place, kind in enumerate(result.row_kinds) if kind == "data"]
    if not keys or not rows:
        return not_applicable(name)
    shown = result.table.select(keys).slice(0, len(rows))
    distinct = shown.group_by(keys, use_threads=False).aggregate([]).num_rows
    return Check(
        name=name,
        status="passed" if distinct == len(rows) else "failed",
        facts={"rows": len(rows), "groups": distinct},
    )


def key_columns(result: Result) -> list[str]:
    """Return the columns that tell the rows apart."""
    return [
        item.name
        for item in result.columns
        if item.role in {Role.DIMENSION, Role.TIME} and item.label_of is None
    ]


def _rows_are_complete(result: Result, catalog: Catalog) -> Check:
    """The engine's row limit cut nothing."""
    return Check(
        name="complete",
        status="warning" if result.truncated else "passed",
        facts={"rows": result.table.num_rows},
    )


def _data_are_fresh(result: Result, catalog: Catalog) -> Check:
    """The data reach to the end of the period asked for."""
    name = "period_covered"
    if result.period is None or result.data_through is None:
        return not_applicable(name)
    covered = result.data_through >= result.period.last
    return Check(
        name=name,
        status="passed" if covered else "warning",
        facts={"through": result.data_through.isoformat()},
    )


def _periods_are_whole(result: Result, catalog: Catalog) -> Check:
    """No shown period is unfinished, and none is compared with a longer part of its base (rule 13)."""
    name = "periods_whole"
    through, compare = result.data_through, result.asked.compare
    grain = result.asked.grain
    if through is None or (grain is None and (compare is None or result.period is None)):
        return not_applicable(name)
    if (
        grain is not None
        and grain is not Grain.DAY
        and (bucket := _unfinished(result, grain, catalog))
    ):
        return Check(
            name=name,
            status="warning",
            facts={"bucket": bucket, "grain": grain.value, "through": through.isoformat()},
        )
    running = result.period is not None and result.period.start <= through < result.period.last
    if compare is not None and compare.partial == "full" and running:
        return Check(name=name, status="warning", facts={"through": through.isoformat()})
    return Check(name=name, status="passed", facts={"through": through.isoformat()})


def _unfinished(result: Result, grain: Grain, catalog: Catalog) -> str:
    """Return the first day of the shown period that the data end in, or nothing."""
    through = result.data_through
    column = next((item.name for item in result.columns if item.grain is grain), None)
    if through is None or column is None:
        return ""
    bucket = catalog.settings.calendar.period_of(through, grain)
    if bucket.last == through or bucket.start not in result.table.column(column).to_pylist():
        return ""
    return bucket.start.isoformat()


def _columns_add_up(result: Result, catalog: Catalog) -> Check:
    """Whoever sums the rows of a column gets its total; a warning names those where that would be wrong."""
    name = "rows_add_up"
    columns = list(value_columns(result))
    if result.row_kinds.count("data") < 2 or not columns:
        return not_applicable(name)
    adding = {column.name for column in adding_metrics(result, catalog)}
    wrong = [column.name for column in columns if column.name not in adding]
    if not wrong:
        return Check(name=name, status="passed")
    return Check(name=name, status="warning", facts={"metrics": ", ".join(wrong)})


CHECKS: tuple[CheckFunction, ...] = (
    _parts_are_whole,
    _shares_are_whole,
    _comparison_adds_up,
    _groups_are_once,
    _rows_are_complete,
    _data_are_fresh,
    _periods_are_whole,
    _columns_add_up,
)
