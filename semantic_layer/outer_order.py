"""Total order in the SQL around: equal rows never take turns, neither at a cut nor in a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlglot import exp

_BY_ROW: Final = (
    exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue,
)  # fmt: skip
_STEPS: Final = (exp.Lag, exp.Lead)


def output(name: str) -> exp.Column:
    """Return a reference to an output column, for ORDER BY."""
    return exp.column(exp.to_identifier(name, quoted=True))


def ordered(node: exp.Query, names: Sequence[str]) -> None:
    """Order a query totally: behind what is written, by every output column; missing values last."""
    order = node.args.get("order")
    keys = list(order.expressions) if order is not None else []
    taken = {key.this.name.lower() for key in keys if _is_output(key.this)}
    keys += [
        exp.Ordered(this=output(name), nulls_first=False)
        for name in names
        if name.lower() not in taken
    ]
    node.set("order", exp.Order(expressions=keys))


def _is_output(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and not node.table


def counts_rows(window: exp.Window) -> bool:
    """Say whether a window's value depends on the order of rows that are equal in its keys."""
    function = window.this
    while isinstance(function, exp.IgnoreNulls | exp.Filter):
        function = function.this
    spec = window.args.get("spec")
    return isinstance(function, _BY_ROW) or (
        spec is not None and str(spec.args.get("kind")).upper() == "ROWS"
    )


def steps(window: exp.Window) -> bool:
    """Say whether a window looks a number of rows back or ahead."""
    function = window.this
    while isinstance(function, exp.IgnoreNulls | exp.Filter):
        function = function.this
    spec = window.args.get("spec")
    return isinstance(function, _STEPS) or (
        spec is not None and {spec.args.get("start"), spec.args.get("end")} - {"UNBOUNDED", "CURRENT ROW", None} != set()
    )  # fmt: skip


def order_totally(window: exp.Window, keys: Iterable[exp.Expr]) -> None:
    """Let the keys of the rows break the ties of a window."""
    order = window.args.get("order")
    found = list(order.expressions) if order is not None else []
    known = [item.this for item in found]
    found += [exp.Ordered(this=key.copy(), nulls_first=False) for key in keys if key not in known]
    if found:
        window.set("order", exp.Order(expressions=found))
