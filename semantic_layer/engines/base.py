"""The seam between the layer and whatever runs SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from semantic_layer.validator import ValidatedSQL

Schema = Mapping[str, Mapping[str, str]]
"""Table or view → column → the engine's type name, names in their original spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one query may take.

    Attributes:
        max_rows: Rows returned; a result that has more is cut and says so.
        seconds: Wall-clock time until the last row is fetched.
    """

    max_rows: int = 10_000
    seconds: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResult:
    """What an engine gives back.

    Attributes:
        table: Rows in the order of the query; integers are int64 where they fit, times have no zone.
        truncated: There were more rows than the limit.
        seconds: Wall-clock time taken.
    """

    table: pa.Table
    truncated: bool
    seconds: float


class Engine(Protocol):
    """Runs validated SQL."""

    @property
    def data_version(self) -> str:
        """A text that changes when the data change; part of every cache key."""
        ...

    def run(self, query: ValidatedSQL, *, limits: Limits) -> RawResult:
        """Run one query within its limits.

        Raises:
            EngineError: A leaf of it says what went wrong, without the engine's own words.
        """
        ...

    def schema(self) -> Schema:
        """Return the tables and views that definitions may name."""
        ...
