"""Double entry that asks again: all checks of a result, those that need further statements too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import pyarrow as pa

from semantic_layer.asked_alone import base_asked_alone, members_asked_alone, total_asked_alone
from semantic_layer.asking import Asked, same
from semantic_layer.checks import not_applicable, run_checks
from semantic_layer.errors import EngineError, QueryError
from semantic_layer.plan import Plan
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery
from semantic_layer.result import Check, Result
from semantic_layer.row_counts import Fetch, rows_unchanged_by_joins

_WORST: Final = ("not_applicable", "passed", "warning", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The means to ask again as the same person on the same day.

    Attributes:
        access: Whose rights hold.
        ask: Answers a query.
        plan: Plans one without running it.
        fetch: Runs a statement of this package.
    """

    access: Access
    ask: Callable[[MetricQuery], Result]
    plan: Callable[[MetricQuery], Plan]
    fetch: Fetch


def verified(result: Result, again: Again) -> Result:
    """Return a result with every check; of a composed one, the governed answers that it is made of are verified."""
    if result.query is not None:
        cheap = run_checks(result, again.access.catalog).checks
        return replace(result, checks=(*cheap, *_asked_again(result, again)))
    leaves = (verified(again.ask(leaf), again).checks for leaf in result.leaves)
    return replace(result, checks=worst_of(result.checks, *leaves))


def worst_of(*made: Iterable[Check]) -> tuple[Check, ...]:
    """Return each check once, by name, as it came out where it came out worst."""
    found: dict[str, Check] = {}
    for check in chain.from_iterable(made):
        known = found.get(check.name)
        if known is None or _WORST.index(check.status) > _WORST.index(known.status):
            found[check.name] = check
    return tuple(found.values())


def _asked_again(result: Result, again: Again) -> tuple[Check, ...]:
    """Return the checks that ask again, each through the same gate and under the same rights."""
    planned = again.plan(result.asked)
    asked = Asked(result=result, plan=planned, access=again.access, ask=again.ask)
    named: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("total_asked_alone", lambda: total_asked_alone(asked)),
        ("base_asked_alone", lambda: base_asked_alone(asked)),
        ("members_asked_alone", lambda: members_asked_alone(asked)),
        (
            "rows_unchanged_by_joins",
            lambda: rows_unchanged_by_joins(planned, again.access, again.fetch),
        ),
        ("reproducible", lambda: reproducible(asked)),
    )
    return tuple(_made(name, check) for name, check in named)


def reproducible(asked: Asked) -> Check:
    """The same question again gives the same bytes; a difference in the last digits of a binary fraction is said."""
    name = "reproducible"
    again = asked.ask(asked.query)
    one, other = _shown(asked.result.table, again.table), _shown(again.table, asked.result.table)
    if one.equals(other):
        return Check(name=name, status="passed")
    alike = one.num_rows == other.num_rows and all(
        same(*pair)
        for column in one.column_names
        for pair in zip(
            one.column(column).to_pylist(), other.column(column).to_pylist(), strict=True
        )
    )
    return Check(name=name, status="warning" if alike else "failed")


def _shown(table: pa.Table, other: pa.Table) -> pa.Table:
    """Return the columns that two tables share: one may name its members in a language."""
    return table.select([name for name in table.column_names if name in other.column_names])


def _made(name: str, check: Callable[[], Check]) -> Check:
    """Make a check; a question that has no meaning cannot be asked, and a database that gives up proves nothing."""
    try:
        return check()
    except QueryError as error:
        return not_applicable(name, reason=error.code)
    except EngineError as error:
        return Check(name=name, status="warning", facts={"reason": error.code})
