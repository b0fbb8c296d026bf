"""Every check of the data, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from semantic_layer.errors import WenshuError
from semantic_layer.health.data_columns import calendar_days, missing_values, odd_dates
from semantic_layer.health.data_keys import doubled_keys, missing_keys, orphans
from semantic_layer.health.data_members import hierarchies, members
from semantic_layer.health.data_metrics import (
    certificates,
    drivers,
    metrics,
    repeated_periods,
    unfilled,
)
from semantic_layer.health.probe import DataFinding, Probe

if TYPE_CHECKING:
    from semantic_layer.layer import SemanticLayer

CHECKS: Final[tuple[Callable[[Probe], Iterator[DataFinding]], ...]] = (
    doubled_keys,
    missing_keys,
    orphans,
    missing_values,
    odd_dates,
    calendar_days,
    repeated_periods,
    members,
    hierarchies,
    metrics,
    unfilled,
    drivers,
    certificates,
)


def findings_of(layer: SemanticLayer) -> Iterator[DataFinding]:
    """Yield what is wrong or odd in the data behind a layer's definitions, as the owner sees them.

    A check that the database cannot answer is a finding of its own: nothing passes for want of an answer.
    """
    probe = Probe(layer=layer)
    for check in CHECKS:
        try:
            yield from check(probe)
        except WenshuError as error:
            yield DataFinding(level="problem", where=check.__name__, code="unchecked", error=error)
