"""What stands behind the metric in a call of semantic SQL: the grain of a running value, the base of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.errors import MalformedQuery
from semantic_layer.query import Compare, Period
from semantic_layer.semantic_sql_values import build, scalar

_NAMED_BASES: Final = {"YOY": "previous_year", "MOM": "previous_period"}
_BASES: Final = frozenset(_NAMED_BASES.values())
_PARTIAL: Final = frozenset({"align", "full"})


def over_of(name: str, nodes: Sequence[exp.Expr]) -> Grain | None:
    """Return the grain at whose start a running value begins anew."""
    if name == "YTD" and not nodes:
        return Grain.YEAR
    match nodes:
        case []:
            return None
        case [exp.Literal(is_string=True) as word] if word.name in tuple(Grain) and name != "YTD":
            return Grain(word.name)
        case _:
            raise MalformedQuery("over_form", function=name, grains=tuple(Grain))


def base_of(name: str, nodes: Sequence[exp.Expr]) -> Compare | None:
    """Return what a comparison column is compared with, or None where it does not say."""
    rest = [scalar(node) for node in nodes]
    partial = rest.pop() if rest and rest[-1] in _PARTIAL else "align"
    if not rest and name in _NAMED_BASES:
        return build(Compare, to=_NAMED_BASES[name], show=(), partial=partial)
    match rest:
        case [] if partial == "align":
            return None
        case [str(word)] if word in _BASES and name not in _NAMED_BASES:
            return build(Compare, to=word, show=(), partial=partial)
        case [date() as start, date() as end] if name not in _NAMED_BASES:
            return build(Compare, to=build(Period, start=start, end=end), show=(), partial=partial)
        case _:
            if name in _NAMED_BASES:
                raise MalformedQuery("named_base_form", function=name)
            raise MalformedQuery("base_form", function=name)
