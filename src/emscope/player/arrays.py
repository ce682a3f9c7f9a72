"""Arrays as texts: base64 of little-endian numbers, in no more bytes than they need."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from emscope import digits
from emscope.columns import Array

_FEW = 5  # significant digits of what follows from numbers of four


def numbers(values: Array, kind: Any) -> str:
    """Pack numbers of one kind."""
    plain = np.ascontiguousarray(values).astype(np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(plain.tobytes()).decode("ascii")


def exact(values: Array) -> dict[str, str]:
    """Pack floating-point numbers without loss, in half the room where they are single precision."""
    if values.dtype == np.float32:
        return {"f32": numbers(values, np.float32)}
    return {"f64": numbers(values, np.float64)}


def small(values: Array, largest: int) -> dict[str, str]:
    """Pack numbers from 0 in the fewest bytes that hold the largest."""
    for name, kind in (("u8", np.uint8), ("u16", np.uint16)):
        if largest <= np.iinfo(kind).max:
            return {name: numbers(values, kind)}
    return {"u32": numbers(values, np.uint32)}


def fractions(values: Array) -> str:
    """Pack numbers between 0 and 1 in 16 bits each."""
    return numbers(np.clip(np.rint(values * 65535), 0, 65535), np.uint16)


def in_few_digits(value: Any) -> Any:
    """Round every float among plain JSON values, packed ones too."""
    if isinstance(value, dict) and value.keys() <= {"f32", "f64"} and len(value) == 1:
        ((kind, text),) = value.items()
        values = np.frombuffer(base64.b64decode(text), {"f32": "<f4", "f64": "<f8"}[kind])
        return exact(digits.rounded(values, _FEW))
    if isinstance(value, dict):
        return {name: in_few_digits(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [in_few_digits(one) for one in value]
    return digits.in_few_digits(value, _FEW)
