"""One place where the types of results are made plain, whatever engine they came from."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def normalise(table: pa.Table) -> pa.Table:
    """Return a table with plain types.

    Integers and whole decimals become int64 where every value fits (a sum of integers is 128 bits wide in
    DuckDB), floats double, enumerations text, and a time with a zone the wall time in that zone.
    """
    columns = [_plain(column) for column in table.columns]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_int64(kind) or pa.types.is_string(kind) or pa.types.is_float64(kind):
        return column
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return _whole_numbers(column)
    if pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        wall = pc.local_timestamp(column) if kind.tz else column
        return wall.cast(pa.timestamp("us"), safe=False)
    return column


def _whole_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.decimal128(38, 0))
