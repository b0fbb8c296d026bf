"""Whether the SQL around may add values up: over rows that are parts of a whole, and over each of them once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from semantic_layer.errors import NotSupported
from semantic_layer.outer_relations import Adds, OuterColumn

Lookup = Callable[[exp.Column], OuterColumn]
_SUMMED: Final = (exp.Sum, exp.Avg)
_REPEATABLE: Final = (exp.Min, exp.Max)
_WINDOW_ONLY: Final = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.NthValue,
)  # fmt: skip
_THROUGH: Final = (
    exp.Paren, exp.Neg, exp.Cast, exp.TryCast, exp.Nullif, exp.Sum, exp.Filter, exp.Alias,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an expression's values add up, and the column that decides it."""

    adds: Adds
    column: OuterColumn | None = None

    @property
    def never(self) -> bool:
        """Whether they do not add up over any rows."""
        return self.adds not in {"always", "within_time"}


_ALWAYS: Final = Verdict(adds="always")
_COMPUTED: Final = Verdict(adds="computed")


def is_aggregate(node: exp.Expr) -> bool:
    """Say whether a node is an aggregate function over groups, not over a window."""
    if not isinstance(node, exp.AggFunc) or isinstance(node, _WINDOW_ONLY):
        return False
    holder = node.parent
    while isinstance(holder, exp.Filter | exp.WithinGroup | exp.IgnoreNulls):
        node, holder = holder, holder.parent
    return not (isinstance(holder, exp.Window) and holder.this is node)


def aggregates(node: exp.Expr) -> Iterator[exp.AggFunc]:
    """Yield the aggregate functions of an expression, over groups and over windows, not those of queries in it."""
    for item in within(node):
        if isinstance(item, exp.AggFunc) and not isinstance(item, _WINDOW_ONLY):
            yield item


def within(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes of an expression without those of the queries in it."""
    for item in node.walk(prune=lambda found: isinstance(found, exp.Query)):
        if not isinstance(item, exp.Query):
            yield item


def check_added(node: exp.AggFunc, lookup: Lookup, *, keeps_time: bool) -> None:
    """Refuse to add up what is no part of a whole.

    Args:
        node: An aggregate function over rows of a table.
        lookup: Returns the column that a name is.
        keeps_time: Whether the rows of each period stay apart.

    Raises:
        NotSupported: Its values do not add up; the reason says why, and what to ask instead.
    """
    if not isinstance(node, _SUMMED):
        return
    function = node.sql_name().upper()
    if isinstance(node.this, exp.Distinct):
        raise NotSupported("composed_sum_distinct", function=function)
    found = verdict(node.this, lookup)
    if found.adds == "always" or (found.adds == "within_time" and keeps_time):
        return
    raise _of_governed(found, function) or _of_made(found, function)


def _of_governed(found: Verdict, function: str) -> NotSupported | None:
    """Return why values of a governed result do not add up."""
    name = found.column.name if found.column else ""
    metric = (found.column.metric if found.column else None) or name
    match found.adds:
        case "within_time":
            return NotSupported("composed_sum_over_time", function=function, metric=metric)
        case "metric":
            return NotSupported("composed_sum_of_metric", function=function, metric=metric)
        case "dimension":
            return NotSupported("composed_sum_of_dimension", function=function, name=name)
        case _:
            return None


def _of_made(found: Verdict, function: str) -> NotSupported:
    """Return why values that SQL made of governed ones do not add up."""
    name = found.column.name if found.column else ""
    match found.adds:
        case "missing":
            return NotSupported("composed_sum_of_missing", function=function)
        case "union":
            return NotSupported("composed_sum_over_union", function=function, name=name)
        case "distinct":
            return NotSupported("composed_sum_over_distinct", function=function, name=name)
        case _:
            return NotSupported("composed_sum_of_computed", function=function)


def feels_repeats(node: exp.AggFunc) -> bool:
    """Say whether an aggregate changes when rows are there more than once."""
    if isinstance(node, _REPEATABLE) or isinstance(node.this, exp.Distinct):
        return False
    return not (isinstance(node, exp.Count) and isinstance(node.this, exp.Star))


def verdict(node: exp.Expr, lookup: Lookup) -> Verdict:
    """Return whether the values of an expression add up over the rows that it is computed for."""
    found = _COMPUTED
    match node:
        case exp.Column():
            column = lookup(node)
            found = Verdict(adds=column.adds, column=column)
        case exp.Literal() | exp.Null() | exp.Boolean() | exp.Count() | exp.CountIf():
            found = _ALWAYS
        case exp.Add() | exp.Sub():
            found = _of_sum(node, lookup)
        case exp.Mul() | exp.Div():
            found = _of_scaled(node, lookup)
        case exp.Coalesce() | exp.Case():
            found = _worst([verdict(item, lookup) for item in _branches(node)])
        case _ if isinstance(node, _THROUGH):
            found = verdict(node.this, lookup)
        case _:
            pass
    return found


def _of_sum(node: exp.Binary, lookup: Lookup) -> Verdict:
    sides = (node.this, node.expression)
    found = _worst([verdict(side, lookup) for side in sides])
    varying = [side for side in sides if not _is_constant(side)]
    if found.never or len(varying) < 2 or all(map(_is_filled, varying)):
        return found
    return Verdict(adds="missing", column=found.column)


def _of_scaled(node: exp.Binary, lookup: Lookup) -> Verdict:
    bottom = node.expression
    bottom = bottom.this if isinstance(bottom, exp.Nullif) else bottom
    if _is_constant(bottom):
        return verdict(node.this, lookup)
    if isinstance(node, exp.Mul) and _is_constant(node.this):
        return verdict(node.expression, lookup)
    return _COMPUTED


def _branches(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Case):
        yield from (item.args["true"] for item in node.args["ifs"])
        if (default := node.args.get("default")) is not None:
            yield default
    else:
        yield node.this
        yield from node.expressions


def _worst(found: list[Verdict]) -> Verdict:
    never = [item for item in found if item.never]
    partly = [item for item in found if item.adds == "within_time"]
    named = [item for item in found if item.column is not None]
    return (*never, *partly, *named, _ALWAYS)[0]


def _is_constant(node: exp.Expr) -> bool:
    return not any(isinstance(item, exp.Column | exp.AggFunc | exp.Query) for item in node.walk())


def _is_filled(node: exp.Expr) -> bool:
    inner = node.unnest()
    return isinstance(inner, exp.Coalesce) and any(
        isinstance(item, exp.Literal) for item in inner.expressions
    )
