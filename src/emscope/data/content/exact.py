"""Integers and decimals beyond 2^53 as float64, without losing their differences."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from numbers import Integral
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emscope.columns import Array

_EXACT = 2**53  # float64 has every whole number up to here
_DIGITS = 100


def offset_for(low: Any, high: Any) -> int:
    """Choose what to take off numbers between two bounds: the middle, where that saves digits.

    It is a number that float64 has, so that adding it again rounds once. It is 0 where float64 has all of the
    numbers as they are, or where they spread so far that nothing is saved.
    """
    low, high = math.floor(low), math.ceil(high)
    largest = max(abs(low), abs(high))
    return int(float((low + high) // 2)) if largest > _EXACT and 2 * (high - low) <= largest else 0


def from_offset(column: Array, offset: int) -> Array:
    """Subtract an offset and only then become float64: exact for integers, rounded once."""
    if not offset:
        return column.astype(np.float64)
    if column.dtype.kind in "iu" and len(column):
        differences = (int(column.min()) - offset, int(column.max()) - offset)
        if differences[0] >= -(2**63) and differences[1] < 2**63:
            wrapped = column.astype(np.uint64) - np.uint64(offset % 2**64)  # right modulo 2^64
            return wrapped.view(np.int64).astype(np.float64)
        column = column.astype(object)
    if column.dtype == object:
        return np.array([_difference(value, offset) for value in column], dtype=np.float64)
    return np.asarray(column.astype(np.float64) - float(offset))


def _difference(value: Any, offset: int) -> float:
    if value is None:
        return math.nan
    if isinstance(value, Decimal):
        with localcontext(prec=_DIGITS):
            return float(value - offset)
    return float(int(value) - offset) if isinstance(value, Integral) else float(value) - float(offset)


def numbers_of(column: Any, offset: int | None = None) -> tuple[Array, int]:
    """Read an Arrow column of numbers as float64, NaN where a value is missing; return its offset too.

    The offset is what was taken off; it is chosen where it is not given.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), offset or 0
    may_be_large = pa.types.is_int64(kind) or pa.types.is_uint64(kind) or pa.types.is_decimal(kind)
    if offset is None:
        offset = _offset_of(column) if may_be_large else 0
    if not offset:
        return np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy()), 0
    if pa.types.is_integer(kind):
        missing, present = pc.is_null(column).to_numpy(), column.drop_null()
        values = from_offset(pc.fill_null(column, present[0] if len(present) else 0).to_numpy(), offset)
        values[missing] = np.nan
        return values, offset
    if pa.types.is_decimal(kind):
        return from_offset(np.array(column.to_pylist(), dtype=object), offset), offset
    return np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy()) - float(offset), offset


def _offset_of(column: Any) -> int:
    bounds = pc.min_max(column).as_py()
    return 0 if bounds["min"] is None else offset_for(bounds["min"], bounds["max"])
