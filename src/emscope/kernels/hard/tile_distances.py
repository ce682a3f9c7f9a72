"""Distances of many rows at a time: rows lie transposed in a tile, so that a center meets them as vectors."""

from __future__ import annotations

from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED

_FEW = 4  # features that one pass over a tile takes


def few(rows: Array) -> tuple[int, ...]:
    """Return a tuple of as many features as rows have, or an empty one where one pass does not take them.

    Its length is known to the compiler, which leaves out the loops for other numbers of features.
    """
    d: int = rows.shape[1]
    return (0,) * d if d <= _FEW else ()


@njit(**INLINED)
def tile_distances(x, center, size, few, squared):  # type: ignore[no-untyped-def]
    """Write squared distances of the first rows of a tile, the columns of ``x``, from a center.

    Features are added in index order, up to four in one pass over the tile.
    """
    d = len(few) if len(few) > 0 else len(x)
    first = (d - 1) % 4 + 1
    if first == 1:
        c = center[0]
        for i in range(size):
            y = x[0, i] - c
            squared[i] = y * y
    elif first == 2:
        c, c1 = center[0], center[1]
        for i in range(size):
            y, y1 = x[0, i] - c, x[1, i] - c1
            squared[i] = y * y + y1 * y1
    elif first == 3:
        c, c1, c2 = center[0], center[1], center[2]
        for i in range(size):
            y, y1, y2 = x[0, i] - c, x[1, i] - c1, x[2, i] - c2
            squared[i] = y * y + y1 * y1 + y2 * y2
    else:
        c, c1, c2, c3 = center[0], center[1], center[2], center[3]
        for i in range(size):
            y, y1, y2, y3 = x[0, i] - c, x[1, i] - c1, x[2, i] - c2, x[3, i] - c3
            squared[i] = y * y + y1 * y1 + y2 * y2 + y3 * y3
    for f in range(first, d, 4):
        c, c1, c2, c3 = center[f], center[f + 1], center[f + 2], center[f + 3]
        for i in range(size):
            y, y1, y2, y3 = x[f, i] - c, x[f + 1, i] - c1, x[f + 2, i] - c2, x[f + 3, i] - c3
            squared[i] = squared[i] + y * y + y1 * y1 + y2 * y2 + y3 * y3
