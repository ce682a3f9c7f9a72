"""Nearest centers by matrix products in single precision, made exact.

For a row x and a center c, both taken about an origin near the rows, ``|c|^2 - 2 x.c`` is the squared
distance up to ``|x|^2``. All of them, for a tile of rows, are one matrix product. It is taken in float32,
whose rounding has a bound: where the second smallest is within it of the smallest, the centers
that are so close are compared again, directly and in float64. So the labels are those of the plain loop.

Source for the bound: Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed. (2002), section 3.1.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED, INLINED_SUMS, square

TILE = 256
"""Rows of one matrix product."""

GROUP = 4
"""Centers among which the smallest is found before it is compared with the best so far."""

_UNIT = 2.0**-24  # rounding of float32
_UNIT_DOUBLE = 2.0**-53  # rounding of float64
_ABSOLUTE = 1e-30  # what may get lost below the smallest float32, in units of the largest number


@njit(**INLINED)
def screen(centers, origin, spread):  # type: ignore[no-untyped-def]
    """Prepare centers for products with rows at most ``spread`` from the origin in any feature.

    Returns a power of two that brings rows and centers near 1, so that no square overflows; ``-2 c`` and
    ``|c|^2`` about the origin, scaled, in float32 as (k up to a multiple of GROUP, d + 1), infinite for the
    centers that are not there; and the largest of the scaled ``|c|``.
    """
    k, d = centers.shape
    for j in range(k):
        for f in range(d):
            spread = max(spread, abs(centers[j, f] - origin[f]))
    scale = math.ldexp(1.0, -math.frexp(spread)[1])
    table = np.zeros(((k + GROUP - 1) // GROUP * GROUP, d + 1), np.float32)
    for j in range(k, len(table)):
        table[j, d] = np.inf
    largest = 0.0
    for j in range(k):
        length = 0.0
        for f in range(d):
            c = (centers[j, f] - origin[f]) * scale
            table[j, f] = -2 * c
            length += c * c
        table[j, d] = length
        largest = max(largest, length)
    return scale, table, np.sqrt(largest)


@njit(**INLINED_SUMS)
def pack(rows, chosen, origin, scale, tile, squares):  # type: ignore[no-untyped-def]
    """Write chosen rows about the origin into a tile; return the largest squared length.

    Writing them as columns would spare the product a transposition, and takes longer than that.
    """
    largest = np.float32(0)
    for i in range(len(chosen)):
        row = np.uint64(chosen[i])
        length = np.float32(0)
        for f in range(rows.shape[1]):
            x = np.float32((rows[row, f] - origin[f]) * scale)
            tile[i, f] = x
            length += x * x
        squares[i] = length
        largest = max(largest, length)
    return largest


@njit(**INLINED)
def two_smallest(products, smallest, second, nearest):  # type: ignore[no-untyped-def]
    """Find the smallest entry of every column, the second smallest, and the row of the smallest."""
    k, size = products.shape
    for i in range(size):
        smallest[i] = second[i] = np.inf
        nearest[i] = 0.0
    for g in range(0, k, GROUP):
        a, b, c, d = products[g], products[g + 1], products[g + 2], products[g + 3]
        number = np.float32(g)
        for i in range(size):
            ab, more_ab = (a[i], b[i]) if a[i] < b[i] else (b[i], a[i])
            cd, more_cd = (c[i], d[i]) if c[i] < d[i] else (d[i], c[i])
            at_ab = np.float32(0) if a[i] < b[i] else np.float32(1)
            at_cd = np.float32(2) if c[i] < d[i] else np.float32(3)
            low, high, at = (ab, cd, at_ab) if ab < cd else (cd, ab, at_cd)
            more = more_ab if more_ab < more_cd else more_cd
            next_low = high if high < more else more
            best = smallest[i]
            closer = low < best
            beaten = best if closer else low
            smallest[i] = low if closer else best
            nearest[i] = number + at if closer else nearest[i]
            after = second[i]
            after = beaten if beaten < after else after
            second[i] = next_low if next_low < after else after


@njit(**INLINED)
def rounding(d, longest, largest):  # type: ignore[no-untyped-def]
    """Bound the error of ``|x|^2`` plus an entry of the product, for rows of at most that squared length.

    With u the rounding of a format, d terms take (d + 6) u of the sum of their magnitudes; distances in
    float64, with which ties are to agree, take as much in their own format.
    """
    norm = 1.0001 * np.sqrt(longest)
    return (d + 6) * (_UNIT + 4 * _UNIT_DOUBLE) * square(norm + largest) + _ABSOLUTE * (d + 1)


@njit(**INLINED)
def decide(rows, row, centers, products, i, bound):  # type: ignore[no-untyped-def]
    """Compare directly the centers whose entries are within the bound; ties go to the lowest number."""
    label, best = -1, np.inf
    for j in range(len(centers)):
        if products[j, i] <= bound:
            squared = 0.0
            for f in range(rows.shape[1]):
                squared += square(rows[row, f] - centers[j, f])
            if label < 0 or squared < best:
                label, best = j, squared
    return label
