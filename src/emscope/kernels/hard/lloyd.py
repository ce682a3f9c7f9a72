"""The expectation step over all pairs, compiled: distances, labels and sums in one pass.

Tiles of rows are transposed so that one center is compared with many rows at a time. The best so far is
kept by selection, never by a conditional store, which a compiler turns into slow masked stores.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import KERNEL
from emscope.kernels.hard.assignment import Sums, no_sums
from emscope.kernels.hard.tile_distances import few, tile_distances

_TILE = 256


def assign_compiled(rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
    """Label every row by its nearest center, trying all of them."""
    result = no_sums(*centers.shape)
    _lloyd(rows, weights, np.array(centers, np.float64), labels, few(rows), *result)
    return result


@njit(**KERNEL)
def _lloyd(rows, weights, centers, labels, few, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    m, d = rows.shape
    x = np.zeros((d, _TILE))
    squared = np.empty(_TILE)
    best = np.empty(_TILE)
    nearest = np.empty(_TILE, np.int64)
    for start in range(0, m, _TILE):
        size = min(_TILE, m - start)
        for i in range(size):
            for f in range(d):
                x[f, i] = rows[start + i, f]
        best[:] = np.inf
        nearest[:] = 0
        for j in range(len(centers)):
            tile_distances(x, centers[j], _TILE, few, squared)
            for i in range(_TILE):
                closer = squared[i] < best[i]
                best[i] = squared[i] if closer else best[i]
                nearest[i] = j if closer else nearest[i]
        for i in range(size):
            j = nearest[i]
            w = weights[start + i]
            labels[start + i] = j
            counts[j] += 1
            mass[j] += w
            scatter[j] += w * best[i]
            for f in range(d):
                sums[j, f] += w * (x[f, i] - centers[j, f])
