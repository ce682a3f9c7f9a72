r"""Sums of distances from every row to every cluster of many clusterings at once, for silhouettes.

Rows that share their labels in all the clusterings make a cell, and lie beside each other. Distances are
summed over cells, and cells into clusters: so a distance is computed once, whatever the number of
clusterings. A row meets a tile of others at a time, and all sums are taken for the whole tile, so that cells
of few rows are vectors, too. What is kept is of the size of the rows times the clusters; nothing is of the
size of the pairs.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import KERNEL
from emscope.kernels.hard.tile_distances import few, tile_distances

_TILE = 128


class CellDistances(NamedTuple):
    """Rows in the order of their cells."""

    rows: Array
    """(n, d), in float64."""
    weights: Array
    begins: Array
    """(c + 1,): the place where every cell begins."""
    clusters: Array
    """(q, c): the number of the cluster that each cell is part of, for each of q clusterings."""

    @classmethod
    def of(cls, rows: Array, weights: Array, begins: Array, clusters: Array) -> Self:
        """Take rows, (n, d), which lie in the order of their cells."""
        return cls(np.ascontiguousarray(rows, np.float64), np.asarray(weights, np.float64), begins, clusters)

    def sums(self, rows: Array, squared: bool) -> Array:
        """Return the sums of weighted distances of given rows, (m, d), to all the clusters.

        Half the squared distances are summed if ``squared``: those of unit vectors are cosine distances.
        """
        m, d = rows.shape
        n_tiles = -(-m // _TILE)
        filled = np.minimum(np.arange(n_tiles * _TILE), m - 1)
        tiles = rows[filled].astype(np.float64).reshape(n_tiles, _TILE, d).transpose(0, 2, 1)
        sums = np.zeros((n_tiles, int(self.clusters.max()) + 1, _TILE))
        _sums(np.ascontiguousarray(tiles), *self, few(rows), squared, sums)
        return sums.transpose(0, 2, 1).reshape(n_tiles * _TILE, -1)[:m]


@njit(**KERNEL)
def _sums(tiles, rows, weights, begins, clusters, few, squared, sums):  # type: ignore[no-untyped-def]
    squares, of_cell = np.empty(_TILE), np.empty(_TILE)
    for t in range(len(tiles)):
        for c in range(len(begins) - 1):
            for i in range(_TILE):
                of_cell[i] = 0.0
            for r in range(begins[c], begins[c + 1]):
                weight = weights[r]
                tile_distances(tiles[t], rows[r], _TILE, few, squares)
                if squared:
                    for i in range(_TILE):
                        of_cell[i] += 0.5 * squares[i] * weight
                else:
                    for i in range(_TILE):
                        of_cell[i] += np.sqrt(squares[i]) * weight
            for q in range(len(clusters)):
                own = clusters[q, c]
                for i in range(_TILE):
                    sums[t, own, i] += of_cell[i]
