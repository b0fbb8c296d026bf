"""Masks: what stands for a masked column wherever it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlglot import exp

from semantic_layer.catalog import BoundField, Dataset
from semantic_layer.formulas import (
    FormulaProblem,
    bind_columns,
    parse_expression,
    renamed_source,
    sources_of,
)
from semantic_layer.scans import SCAN_ALIAS

_TYPES: Final = {
    "Integer": "bigint",
    "Decimal": "double",
    "Float": "double",
    "Boolean": "boolean",
    "Date": "date",
    "DateTime": "timestamp",
}


def bound_mask(text: str, dataset: Dataset, datasets: Mapping[str, Dataset]) -> exp.Expr:
    """Bind the text of a mask to the columns of its own dataset, as a scan names them.

    Raises:
        FormulaProblem: It is no expression over columns of that dataset.
    """
    bound = bind_columns(parse_expression(text), dataset, datasets)
    others = sorted(sources_of(bound) - {dataset.name})
    if others:
        raise FormulaProblem(
            f"the mask `{text}` reads `{others[0]}`", "A mask reads columns of its own dataset"
        )
    if next(bound.find_all(exp.AggFunc, exp.Window), None) is not None:
        raise FormulaProblem(
            f"the mask `{text}` looks at other rows", "A mask is made of one row's columns"
        )
    return renamed_source(bound, dataset.name, SCAN_ALIAS)


def masks_of(
    dataset: Dataset,
    masked: Iterable[BoundField],
    secret: Iterable[str],
    datasets: Mapping[str, Dataset],
) -> dict[str, exp.Expr]:
    """Return what stands for each masked column of a dataset: the mask of its field, else NULL of its type.

    Args:
        dataset: Whose columns.
        masked: The masked fields.
        secret: Every column that such a field is made of, in lower case.
        datasets: All datasets.
    """
    found: dict[str, exp.Expr] = {}
    for item in masked:
        plain = item.dataset == dataset.name and isinstance(item.expr, exp.Column)
        if plain and item.spec.mask is not None:
            found[item.expr.name.lower()] = bound_mask(item.spec.mask, dataset, datasets)
    for name in secret:
        kind = _TYPES.get(dataset.columns.get(name, ("", None))[1] or "", "text")
        found.setdefault(name, exp.cast(exp.null(), kind))
    return found
