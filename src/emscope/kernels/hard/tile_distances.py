"""Distances of many rows at a time: rows lie transposed in a tile, so that a center meets them as vectors."""

from __future__ import annotations

from numba import njit

from emscope.kernels.flags import INLINED, square


@njit(**INLINED)
def tile_distances(x, center, size, squared):  # type: ignore[no-untyped-def]
    """Write squared distances of the first rows of a tile, the columns of ``x``, from a center.

    Features are added in index order, up to four in one pass over the tile.
    """
    d = len(x)
    first = (d - 1) % 4 + 1
    if first == 1:
        c = center[0]
        for i in range(size):
            squared[i] = square(x[0, i] - c)
    elif first == 2:
        c, c1 = center[0], center[1]
        for i in range(size):
            squared[i] = square(x[0, i] - c) + square(x[1, i] - c1)
    elif first == 3:
        c, c1, c2 = center[0], center[1], center[2]
        for i in range(size):
            squared[i] = square(x[0, i] - c) + square(x[1, i] - c1) + square(x[2, i] - c2)
    else:
        c, c1, c2, c3 = center[0], center[1], center[2], center[3]
        for i in range(size):
            squared[i] = (
                square(x[0, i] - c) + square(x[1, i] - c1) + square(x[2, i] - c2) + square(x[3, i] - c3)
            )
    for f in range(first, d, 4):
        c, c1, c2, c3 = center[f], center[f + 1], center[f + 2], center[f + 3]
        for i in range(size):
            squared[i] = (
                squared[i]
                + square(x[f, i] - c)
                + square(x[f + 1, i] - c1)
                + square(x[f + 2, i] - c2)
                + square(x[f + 3, i] - c3)
            )
