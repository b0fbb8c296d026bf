"""Columns of a source: from the engine's schema, or from an empty run of its SELECT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from semantic_layer.engines.base import Engine, Limits
from semantic_layer.errors import EngineError
from semantic_layer.formulas import DIALECT
from semantic_layer.scans import SCAN_ALIAS, Grant
from semantic_layer.validator import validate_text


@dataclass(frozen=True, slots=True)
class Describer:
    """Tells a source's columns with their engine types; None where it does not exist."""

    engine: Engine
    limits: Limits

    def __call__(self, source: exp.Table | exp.Query) -> Mapping[str, str] | None:
        """Return column → type of a source."""
        schema = {name.lower(): columns for name, columns in self.engine.schema().items()}
        if isinstance(source, exp.Table):
            return schema.get(source.name.lower())
        grants = [
            Grant(source=name, columns=frozenset(key.lower() for key in columns))
            for name, columns in schema.items()
        ]
        query = exp.Select(expressions=[exp.Star()]).from_(
            exp.Subquery(
                this=source.copy(), alias=exp.TableAlias(this=exp.to_identifier(SCAN_ALIAS))
            )
        )
        try:
            raw = self.engine.run(
                validate_text(query.limit(0).sql(DIALECT), grants), limits=self.limits
            )
        except EngineError:
            return None
        return {item.name: _type_name(item.type) for item in raw.table.schema}


def _type_name(kind: pa.DataType) -> str:
    tests: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
        (pa.types.is_timestamp, "TIMESTAMP"),
        (pa.types.is_date, "DATE"),
        (pa.types.is_decimal, "DECIMAL"),
        (pa.types.is_floating, "DOUBLE"),
        (pa.types.is_boolean, "BOOLEAN"),
        (pa.types.is_integer, "BIGINT"),
    )
    return next((name for test, name in tests if test(kind)), "VARCHAR")
