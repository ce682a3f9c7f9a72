"""Exponentials and logarithms that become vector instructions, good to two units in the last place.

Numba has none: ``np.exp`` in a compiled loop calls a library once per number. These are polynomials without
branches. They must not be compiled with ``reassoc``, which would cancel the roundings that they rely on.

Source: Muller, *Elementary Functions*, 3rd ed. (2016), chapter 11 (range reduction in two parts); Taylor's
series of exp and of the inverse hyperbolic tangent.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED_DIVISIONS, INLINED_ROUNDINGS

LOWEST = -708.0
"""Where an exponential becomes 0, next to where it would leave the normal numbers."""

_PER_LOG_2 = 1 / math.log(2)
_LOG_2_HIGH = 6.93147180369123816490e-01  # log 2 to 33 bits: its products with whole numbers are exact
_LOG_2_LOW = 1.90821492927058770002e-10  # the rest
_TO_WHOLE = 1.5 * 2.0**52  # added to a number, it leaves the nearest whole one in the lowest bits
_BITS_OF_ROOT_HALF = int(np.float64(math.sqrt(0.5)).view(np.int64))
_BITS_TO_WHOLE = int(np.float64(_TO_WHOLE).view(np.int64))
_FRACTION = (1 << 52) - 1
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12 = (1 / math.factorial(i) for i in range(2, 13))


@njit(**INLINED_ROUNDINGS)
def exp_negative(x):  # type: ignore[no-untyped-def]
    """Return exp(x) for x <= 0, and 0 below ``LOWEST``."""
    within = x if x > LOWEST else LOWEST
    shifted = within * _PER_LOG_2 + _TO_WHOLE
    whole = shifted - _TO_WHOLE
    r = (within - whole * _LOG_2_HIGH) - whole * _LOG_2_LOW
    p = ((((_C12 * r + _C11) * r + _C10) * r + _C9) * r + _C8) * r + _C7
    p = (((((p * r + _C6) * r + _C5) * r + _C4) * r + _C3) * r + _C2) * r + 1.0
    p = p * r + 1.0
    bits = np.float64(p).view(np.int64) + (np.float64(shifted).view(np.int64) << 52)
    return np.int64(bits).view(np.float64) if x >= LOWEST else 0.0


@njit(**INLINED_DIVISIONS)
def log_positive(x):  # type: ignore[no-untyped-def]
    """Return log(x) for a finite, normal x > 0."""
    bits = np.float64(x).view(np.int64) - _BITS_OF_ROOT_HALF
    exponent = np.int64((bits >> 52) + _BITS_TO_WHOLE).view(np.float64) - _TO_WHOLE
    m = np.int64((bits & _FRACTION) + _BITS_OF_ROOT_HALF).view(np.float64)  # from 0.7 to 1.4
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = (((z / 21 + 1 / 19) * z + 1 / 17) * z + 1 / 15) * z + 1 / 13
    p = ((((p * z + 1 / 11) * z + 1 / 9) * z + 1 / 7) * z + 1 / 5) * z + 1 / 3
    return exponent * _LOG_2_HIGH + (2 * s + (2 * s * z * p + exponent * _LOG_2_LOW))
