"""Whether two sets of rows say the same, whatever the columns are called and wherever they stand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from semantic_layer.query import MetricQuery, parse_query
from semantic_layer.result import plain

Plain = str | int | float | bool | None
PlainRow = tuple[Plain, ...]

TOLERANCE: Final = 1e-4
_MIDNIGHT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?(Z|\+00:00)?")


def matches(
    expected: Sequence[Sequence[object]],
    actual: Sequence[Sequence[object]],
    *,
    ordered: bool = False,
    tolerance: float = TOLERANCE,
) -> bool:
    """Tell whether rows hold what was expected.

    Every expected column needs a column of its own among the actual ones; further actual columns are free.

    Args:
        expected: The right rows, all of one width.
        actual: The rows of an answer, all of one width.
        ordered: Whether the order of the rows counts.
        tolerance: How far numbers may be apart: absolute up to 1, relative to the expected number above.
    """
    if len(expected) != len(actual):
        return False
    if not expected:
        return True
    right = [tuple(map(_cell, row)) for row in expected]
    found = [tuple(map(_cell, row)) for row in actual]
    candidates = [
        [
            place
            for place in range(len(found[0]))
            if _same(
                [(row[column],) for row in right],
                [(row[place],) for row in found],
                ordered,
                tolerance,
            )
        ]
        for column in range(len(right[0]))
    ]
    return any(
        _same(right, [tuple(row[place] for place in places) for row in found], ordered, tolerance)
        for places in _assignments(candidates)
    )


def _assignments(
    candidates: Sequence[Sequence[int]], taken: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    """Yield every way to give each expected column an actual one of its own."""
    if len(taken) == len(candidates):
        yield taken
        return
    for place in candidates[len(taken)]:
        if place not in taken:
            yield from _assignments(candidates, (*taken, place))


def matches_query(expected: Mapping[str, Any], actual: MetricQuery) -> bool:
    """Tell whether a query says what the given keys say; keys that are not given are free.

    Raises:
        MalformedQuery: The expectation is no query.
    """
    given = parse_query({**actual.model_dump(by_alias=True), **expected})
    return given == actual


def _cell(value: object) -> Plain:
    """Turn a cell into what JSON holds; a moment at midnight is its day."""
    cell = plain(value)
    if isinstance(cell, str) and (moment := _MIDNIGHT.fullmatch(cell)):
        return moment[1]
    return cell


def _same(
    right: Sequence[PlainRow], found: Sequence[PlainRow], ordered: bool, tolerance: float
) -> bool:
    if ordered:
        return all(
            _rows_equal(left, other, tolerance) for left, other in zip(right, found, strict=True)
        )
    # Cells that must be equal to the letter part the rows into groups; only numbers within one need pairing.
    groups: dict[PlainRow, list[PlainRow]] = defaultdict(list)
    for row in found:
        groups[_exact(row)].append(row)
    wanted: dict[PlainRow, list[PlainRow]] = defaultdict(list)
    for row in right:
        wanted[_exact(row)].append(row)
    return wanted.keys() == groups.keys() and all(
        _pair(wanted[key], groups[key], tolerance) for key in wanted
    )


def _is_number(cell: Plain) -> TypeGuard[int | float]:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _exact(row: PlainRow) -> PlainRow:
    # True equals 1 in Python, so the kind stands beside the cell.
    return tuple("number" if _is_number(cell) else f"{type(cell).__name__}:{cell}" for cell in row)


def _rows_equal(right: PlainRow, found: PlainRow, tolerance: float) -> bool:
    return all(_equal(left, other, tolerance) for left, other in zip(right, found, strict=True))


def _equal(right: Plain, found: Plain, tolerance: float) -> bool:
    if _is_number(right) and _is_number(found):
        return abs(found - right) <= tolerance * max(1.0, abs(right))
    return type(right) is type(found) and right == found


def _pair(right: Sequence[PlainRow], found: Sequence[PlainRow], tolerance: float) -> bool:
    """Tell whether rows of the same texts pair off one to one by their numbers."""
    if len(right) != len(found):
        return False
    left, other = sorted(right, key=_numbers), sorted(found, key=_numbers)
    if all(_rows_equal(a, b, tolerance) for a, b in zip(left, other, strict=True)):
        return True
    # Numbers within the tolerance may sort differently: look for any pairing.
    partner: dict[int, int] = {}
    return all(
        _augment(index, left, other, tolerance, partner, set()) for index in range(len(left))
    )


def _numbers(row: PlainRow) -> tuple[float, ...]:
    return tuple(cell for cell in row if isinstance(cell, int | float))


def _augment(
    index: int,
    right: Sequence[PlainRow],
    found: Sequence[PlainRow],
    tolerance: float,
    partner: dict[int, int],
    seen: set[int],
) -> bool:
    for place, row in enumerate(found):
        if place in seen or not _rows_equal(right[index], row, tolerance):
            continue
        seen.add(place)
        if place not in partner or _augment(partner[place], right, found, tolerance, partner, seen):
            partner[place] = index
            return True
    return False
