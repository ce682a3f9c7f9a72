r"""Sums of distances from every row to every cluster of many clusterings at once, for silhouettes.

Rows that share their labels in all the clusterings make a cell, and lie beside each other. Distances are
summed over cells, and cells into clusters: so a distance is computed once, whatever the number of
clusterings. What is kept is of the size of the rows times the clusters; nothing is of the size of the
pairs.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED_SUMS, KERNEL
from emscope.kernels.hard.tile_distances import few, tile_distances

_TILE = 256


class CellDistances(NamedTuple):
    """Rows in the order of their cells, in tiles."""

    tiles: Array
    """(t, d, _TILE): the rows, transposed; the last tile is filled up with its last row."""
    weights: Array
    """(t, _TILE): 0 for what fills the last tile."""
    begins: Array
    """(c + 1,): the place where every cell begins."""
    clusters: Array
    """(q, c): the number of the cluster that each cell is part of, for each of q clusterings."""
    few: tuple[int, ...]
    """As many features as there are, if they are few."""

    @classmethod
    def of(cls, rows: Array, weights: Array, begins: Array, clusters: Array) -> Self:
        """Put rows, (n, d), which lie in the order of their cells, in tiles."""
        n, d = rows.shape
        count = -(-n // _TILE)
        filled = np.minimum(np.arange(count * _TILE), n - 1)
        tiles = rows[filled].astype(np.float64).reshape(count, _TILE, d).transpose(0, 2, 1)
        mass = np.append(weights, np.zeros(count * _TILE - n)).reshape(count, _TILE)
        return cls(np.ascontiguousarray(tiles), mass, begins, clusters, few(rows))

    def sums(self, rows: Array, squared: bool) -> Array:
        """Return the sums of weighted distances of given rows, (m, d), to all the clusters.

        Half the squared distances are summed if ``squared``: those of unit vectors are cosine distances.
        """
        sums = np.zeros((len(rows), int(self.clusters.max()) + 1))
        _sums(np.asarray(rows, np.float64), *self, squared, sums)
        return sums


@njit(**INLINED_SUMS)
def _sum(values):  # type: ignore[no-untyped-def]
    total = 0.0
    for value in values:
        total += value
    return total


@njit(**KERNEL)
def _sums(rows, tiles, weights, begins, clusters, few, squared, sums):  # type: ignore[no-untyped-def]
    tile = np.empty(_TILE)
    distances = np.empty((len(tiles), _TILE))
    in_order = distances.reshape(-1)
    for r in range(len(rows)):
        for t in range(len(tiles)):
            tile_distances(tiles[t], rows[r], _TILE, few, tile)
            if squared:
                for i in range(_TILE):
                    distances[t, i] = 0.5 * tile[i] * weights[t, i]
            else:
                for i in range(_TILE):
                    distances[t, i] = np.sqrt(tile[i]) * weights[t, i]
        for c in range(len(begins) - 1):
            total = _sum(in_order[begins[c] : begins[c + 1]])
            for q in range(len(clusters)):
                sums[r, clusters[q, c]] += total
