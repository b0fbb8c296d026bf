"""Arrow columns from whole numbers: money, keys that may be missing, dates that may lie ahead."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from assistant.demo.calendar_effects import Days, Flags, Ints


def money(cents: Ints) -> pa.Array:
    """Return amounts in CNY as DECIMAL(12, 2) from whole cents."""
    # A decimal128 is its unscaled value as 16 little-endian bytes: two words, the upper one is the sign.
    words = np.empty((len(cents), 2), dtype="<i8")
    words[:, 0] = cents
    words[:, 1] = cents >> 63
    return pa.Array.from_buffers(
        pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(words.tobytes())]
    )


def keys(values: Ints, missing: Flags) -> pa.Array:
    """Return ids, NULL where missing."""
    return pa.array(values, mask=missing)


def dates(days: Days, missing: Flags | None = None) -> pa.Array:
    """Return days as DATE, NULL where missing."""
    return pa.array(days.astype("datetime64[D]"), mask=missing)
