"""What seeding keeps of one block, compiled, and pruned by the triangle inequality.

A row x whose nearest chosen center is a cannot be nearer to c where ``|c - a| >= 2 |x - a|``. Only the
other rows are gathered into tiles, transposed, and compared with all trials of a round in one pass.

Source of the pruning: Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003, lemma 1.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.distances import Array
from emscope.kernels.seeding import CHUNK

_TILE_FEATURES = 1 << 12  # of a tile: 32 kB, so that it stays near the core while all trials are compared
_ROUNDING = 1e-14  # relative error of a squared distance, per feature, with room to spare
_UNDERFLOW = 1e-280  # squared distances below lose their relative precision: nothing is concluded from them


class CompiledSeeding:
    """The distances of a block's rows from the centers chosen so far.

    Takes 12 bytes per row: the squared distance and the number of the center. The newest center is taken
    into account in the pass that compares the next trials, so each row is read once per round.

    Parameters
    ----------
    m : int
        Number of rows of the block.
    """

    def __init__(self, m: int) -> None:
        self._closest = np.full(m, np.inf)
        self._owner = np.zeros(m, np.int32)

    def sums(self, rows: Array, weights: Array, chosen: Array, trials: Array) -> Array:
        """See :class:`emscope.kernels.seeding.Seeding`."""
        sums = np.empty((len(trials), -(-len(rows) // CHUNK)))
        others = np.concatenate((chosen[-1:], trials))
        _sums(rows, weights, self._closest, self._owner, chosen, others, sums)
        return sums

    def row_at(self, rows: Array, weights: Array, chosen: Array, chunk: int, remainder: float) -> int:
        """See :class:`emscope.kernels.seeding.Seeding`."""
        start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, len(rows))
        _add(rows, self._closest, self._owner, chosen, start, stop)
        return int(_row_at(weights, self._closest, start, stop, remainder))

    def farthest(self, rows: Array, weights: Array, chosen: Array) -> tuple[float, int]:
        """See :class:`emscope.kernels.seeding.Seeding`."""
        _add(rows, self._closest, self._owner, chosen, 0, len(rows))
        distance, row = _farthest(weights, self._closest)
        return float(distance), int(row)


@njit(nogil=True, cache=True)
def _sums(rows, weights, closest, owner, chosen, others, sums):  # type: ignore[no-untyped-def]
    """Take the newest center into account, and sum up for each trial; the others are that and those."""
    m, d = rows.shape
    tile = max(16, min(CHUNK, _TILE_FEATURES // d // 8 * 8))
    x = np.empty((d, tile + 8))  # not a power of two apart: those would share the lines of a cache
    squared, bound, weight, products = np.empty(tile), np.empty(tile), np.empty(tile), np.empty(CHUNK)
    added = np.empty((len(sums), tile))
    index = np.empty(CHUNK, np.int64)
    reach = _reaches(chosen, others)
    newest = min(1, len(chosen))
    for chunk in range(sums.shape[1]):
        start = chunk * CHUNK
        stop = min(start + CHUNK, m)
        n = _within_reach(closest, owner, weights, reach, start, stop, index, products)
        sums[:, chunk] = _sum(products, stop - start) if n < stop - start else 0.0
        added[:, : min(n, tile)] = 0.0
        for first in range(0, n, tile):
            size = min(tile, n - first)
            part = index[first : first + size]
            _transpose(rows, part, x)
            if newest:
                _squared_distances(x, others[0], size, squared)
                _lower(squared, part, len(chosen) - 1, closest, owner)
            for i in range(size):
                bound[i], weight[i] = closest[part[i]], weights[part[i]]
            for t in range(len(sums)):
                _squared_distances(x, others[newest + t], size, squared)
                _add_lowered(squared, bound, weight, size, added[t])
        for t in range(len(sums) if n else 0):
            sums[t, chunk] += _sum(added[t], min(n, tile))


@njit(nogil=True, cache=True)
def _reaches(chosen, others):  # type: ignore[no-untyped-def]
    """Return, for each chosen center, the squared distance up to which its rows are nearer to no other."""
    n, d = chosen.shape
    reach = np.full(max(n, 1), -1.0)
    for j in range(n):
        nearest = np.inf
        for t in range(len(others)):
            nearest = min(nearest, _roughly(chosen[j], others[t]))
        if nearest > _UNDERFLOW:
            reach[j] = nearest * (0.25 - _ROUNDING * (d + 4))
    return reach


@njit(nogil=True, cache=True, fastmath={"contract", "nsz", "arcp", "reassoc"})
def _roughly(row, center):  # type: ignore[no-untyped-def]
    """Return a squared distance, its features added in any order."""
    squared = 0.0
    for f in range(len(center)):
        squared += (row[f] - center[f]) ** 2
    return squared


@njit(nogil=True, cache=True)
def _within_reach(closest, owner, weights, reach, start, stop, index, products):  # type: ignore[no-untyped-def]
    """Collect the rows that another center may be nearer to; leave the products of the rest."""
    n = 0
    for i in range(start, stop):
        within = closest[i] > reach[owner[i]]
        products[i - start] = 0.0 if within else weights[i] * closest[i]
        index[n] = i
        n += within
    return n


@njit(nogil=True, cache=True)
def _transpose(rows, index, x):  # type: ignore[no-untyped-def]
    d = rows.shape[1]
    for f in range(0, d - 1, 2):
        for i in range(len(index)):
            x[f, i], x[f + 1, i] = rows[index[i], f], rows[index[i], f + 1]
    if d % 2:
        for i in range(len(index)):
            x[d - 1, i] = rows[index[i], d - 1]


@njit(nogil=True, cache=True)
def _lower(squared, index, number, closest, owner):  # type: ignore[no-untyped-def]
    """Take a new center into account."""
    for i in range(len(index)):
        row = index[i]
        if squared[i] < closest[row]:
            closest[row] = squared[i]
            owner[row] = number


@njit(nogil=True, cache=True)
def _add_lowered(squared, bound, weight, size, added):  # type: ignore[no-untyped-def]
    for i in range(size):
        added[i] += weight[i] * (squared[i] if squared[i] < bound[i] else bound[i])


@njit(nogil=True, cache=True)
def _sum(values, n):  # type: ignore[no-untyped-def]
    """Add pairwise, as vectors; overwrites the values."""
    while n > 1:
        half = (n + 1) // 2
        for i in range(n - half):
            values[i] += values[half + i]
        n = half
    return values[0]


@njit(nogil=True, cache=True)
def _squared_distances(x, center, size, squared):  # type: ignore[no-untyped-def]
    """Add the features in index order, up to four in one pass over the tile."""
    d = len(x)
    rest = d % 4
    if rest == 0:
        for i in range(size):
            squared[i] = 0.0
    elif rest == 1:
        c = center[0]
        for i in range(size):
            squared[i] = (x[0, i] - c) ** 2
    elif rest == 2:
        c, c1 = center[0], center[1]
        for i in range(size):
            squared[i] = (x[0, i] - c) ** 2 + (x[1, i] - c1) ** 2
    else:
        c, c1, c2 = center[0], center[1], center[2]
        for i in range(size):
            squared[i] = (x[0, i] - c) ** 2 + (x[1, i] - c1) ** 2 + (x[2, i] - c2) ** 2
    for f in range(rest, d, 4):
        c, c1, c2, c3 = center[f], center[f + 1], center[f + 2], center[f + 3]
        for i in range(size):
            squared[i] = (
                squared[i]
                + (x[f, i] - c) ** 2
                + (x[f + 1, i] - c1) ** 2
                + (x[f + 2, i] - c2) ** 2
                + (x[f + 3, i] - c3) ** 2
            )


@njit(nogil=True, cache=True)
def _add(rows, closest, owner, chosen, start, stop):  # type: ignore[no-untyped-def]
    """Take the newest center into account for some rows, one by one."""
    newest = chosen[len(chosen) - 1]
    reach = _reaches(chosen, chosen[len(chosen) - 1 :])
    for i in range(start, stop):
        if closest[i] > reach[owner[i]]:
            squared = _squared_distance(rows[i], newest)
            if squared < closest[i]:
                closest[i] = squared
                owner[i] = len(chosen) - 1


@njit(nogil=True, cache=True)
def _squared_distance(row, center):  # type: ignore[no-untyped-def]
    squared = 0.0
    for f in range(len(center)):
        squared += (row[f] - center[f]) ** 2
    return squared


@njit(nogil=True, cache=True)
def _row_at(weights, closest, start, stop, remainder):  # type: ignore[no-untyped-def]
    total, row = 0.0, start
    for i in range(start, stop):
        product = weights[i] * closest[i]
        if product > 0:
            total += product
            row = i
            if total >= remainder:
                break
    return row


@njit(nogil=True, cache=True)
def _farthest(weights, closest):  # type: ignore[no-untyped-def]
    row, distance = -1, -1.0
    for i in range(len(closest)):
        if weights[i] > 0 and closest[i] > distance:
            row, distance = i, closest[i]
    return distance, row
