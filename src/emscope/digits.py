"""Numbers rounded to a few significant digits, so that none of them is a value that has more."""

from __future__ import annotations

from typing import Any

import numpy as np

from emscope.columns import Array

DIGITS = 4
"""Significant digits of what may be handed on."""

_LARGEST = 1e308  # of one digit
_EXACT = 22  # the largest power of ten that a float holds exactly


def rounded(values: Any, digits: int = DIGITS) -> Array:
    """Return each number as the float nearest to a decimal of so many significant digits.

    Its shortest decimal has no more digits than that, so it differs in every bit pattern from a number
    whose shortest decimal has more. Whole numbers stay whole; what is no number, or not finite, stays.

    >>> rounded(np.array([123456.7, -0.00012345, 0.1 + 0.2, 0.0, np.inf])).tolist()
    [123500.0, -0.0001234, 0.3, 0.0, inf]
    >>> rounded(np.array([1234567, -99])).tolist()
    [1235000, -99]
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or not array.size:
        return array
    x = array.astype(np.float64)
    with np.errstate(all="ignore"):
        places = digits - 1 - np.floor(np.log10(np.abs(x)))
        usual = np.isfinite(places) & (np.abs(places) <= _EXACT)
        up = 10.0 ** np.where(usual, np.maximum(places, 0), 0)
        down = 10.0 ** np.where(usual, np.maximum(-places, 0), 0)
        found = np.asarray(np.where(usual, np.rint(x * up / down) * down / up, x))
    for at in np.argwhere(~usual & np.isfinite(x) & (x != 0)):
        found[tuple(at)] = float(f"{x[tuple(at)]:.{digits - 1}e}")
    found = np.where(np.isinf(found) & np.isfinite(x), np.copysign(_LARGEST, x), found)
    return found.astype(array.dtype) if array.dtype.kind in "iu" else found


def in_few_digits(value: Any, digits: int = DIGITS) -> Any:
    """Return plain JSON values with every float rounded; whole numbers, texts and the rest stay.

    >>> in_few_digits({"size": 1234567, "tol": [0.1234567, None, "1.234567"]})
    {'size': 1234567, 'tol': [0.1235, None, '1.234567']}
    """
    if isinstance(value, dict):
        return {name: in_few_digits(one, digits) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [in_few_digits(one, digits) for one in value]
    return float(rounded(value, digits)) if isinstance(value, float) else value
