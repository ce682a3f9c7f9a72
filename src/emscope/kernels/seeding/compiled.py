"""The distances that seeding keeps of one span, compiled, and pruned by the triangle inequality.

A row x whose nearest chosen center is a cannot be nearer to c where ``|c - a| >= 2 |x - a|``. Only the
other rows are compared with the trials of a round, all trials in one pass: tiles of transposed rows where
features are few, and row by row where a row is long enough for vectors along it.

Source of the pruning: Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003, lemma 1.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, INLINED_SUMS, KERNEL, square
from emscope.kernels.hard.distances import ROUNDING
from emscope.kernels.hard.tile_distances import few, tile_distances
from emscope.kernels.kernel import Share, in_turn
from emscope.kernels.seeding.plain import CHUNK

_TILE_FEATURES = 1 << 12  # of a tile: 32 kB, so that it stays near the core while all trials are compared
_WORTH_ALL = 0.4  # part of the rows from which on it is faster to leave none out
_MANY_FEATURES = 32  # from which on a row is long enough for vectors along it
_UNDERFLOW = 1e-280  # squared distances below lose their relative precision: nothing is concluded from them


class CompiledSeeding:
    """The distances of m rows from the centers chosen so far.

    Takes 12 bytes per row: the squared distance and the number of the center. The newest center is taken
    into account in the pass that compares the next trials, so each row is read once per round.
    """

    def __init__(self, m: int, share: Share = in_turn) -> None:
        self._share = share
        self._closest = np.full(m, np.inf)
        self._labels = np.zeros(m, np.int32)

    def sums(self, rows: Array, weights: Array, chosen: Array, trials: Array) -> Array:
        """See :class:`emscope.kernels.seeding.plain.Seeding`."""
        sums = np.empty((len(trials), -(-len(rows) // CHUNK)))
        others = np.concatenate((chosen[-1:], trials))
        kept = self._closest, self._labels
        reach, everything = _reach(*kept, chosen, others)
        given = rows, weights, *kept, chosen, others, reach, everything, sums
        if rows.shape[1] < _MANY_FEATURES:
            attempt = partial(_try_by_tiles, few(rows), *given)
        else:
            attempt = partial(_try_by_rows, *given)
        self._share(attempt, sums.shape[1])
        return sums

    def row_at(self, rows: Array, weights: Array, chosen: Array, chunk: int, remainder: float) -> int:
        """See :class:`emscope.kernels.seeding.plain.Seeding`."""
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        closest = self._closest[part]
        _add(rows[part], closest, self._labels[part], chosen)
        return chunk * CHUNK + int(_row_at(weights[part], closest, remainder))

    def farthest(self, rows: Array, weights: Array, chosen: Array) -> tuple[float, int]:
        """See :class:`emscope.kernels.seeding.plain.Seeding`."""
        self.sums(rows, weights, chosen, chosen[:0])
        distance, row = _farthest(weights, self._closest)
        return float(distance), int(row)


@njit(**KERNEL)
def _reach(closest, labels, chosen, others):  # type: ignore[no-untyped-def]
    """Return how far the rows of each chosen center are out of reach, and whether hardly any row is."""
    reach = _reaches(chosen, others)
    return reach, _fraction_within(closest, labels, reach) > _WORTH_ALL


@njit(**KERNEL)
def _try_by_tiles(  # type: ignore[no-untyped-def]
    few, rows, weights, closest, labels, chosen, others, reach, everything, sums, first, stop
):
    """Take the newest center into account, and sum up for each trial; the others are both.

    What is not within reach of any of them adds the same to all sums. Rows are collected by number before
    they are compared: either those within reach, or all where testing would spare little.
    """
    index, products = np.empty(CHUNK, np.int64), np.empty(CHUNK)
    room, added = _tile(rows.shape[1]), np.empty((len(sums), CHUNK + 8))
    for chunk in range(first, stop):
        n, rest = _collect(closest, labels, weights, reach, everything, chunk, index, products)
        width = _by_tiles(rows, weights, closest, labels, index[:n], chosen, others, few, room, added)
        for t in range(len(sums)):
            sums[t, chunk] = rest + (_sum(added[t], width) if width else 0.0)


@njit(**KERNEL)
def _try_by_rows(  # type: ignore[no-untyped-def]
    rows, weights, closest, labels, chosen, others, reach, everything, sums, first, stop
):
    """Do the same where a row is long enough for vectors along it."""
    index, products, added = np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty((len(sums), CHUNK + 8))
    for chunk in range(first, stop):
        n, rest = _collect(closest, labels, weights, reach, everything, chunk, index, products)
        _by_rows(rows, weights, closest, labels, index[:n], chosen, others, added)
        for t in range(len(sums)):
            sums[t, chunk] = rest + (_sum(added[t], n) if n else 0.0)


@njit(**INLINED)
def _fraction_within(closest, labels, reach):  # type: ignore[no-untyped-def]
    """Estimate, from every 64th row, the fraction of rows within reach of another center."""
    n = 0
    for i in range(0, len(closest), 64):
        n += closest[i] > reach[labels[i]]
    return 64 * n / len(closest)


@njit(**INLINED)
def _collect(closest, labels, weights, reach, everything, chunk, index, products):  # type: ignore[no-untyped-def]
    """Collect the rows of a chunk that another center may be nearer to; return their number.

    Return also what the other rows, whose products are left for that, add to every sum.
    """
    start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, len(closest))
    n = 0
    for i in range(start, stop):
        within = everything or closest[i] > reach[labels[i]]
        products[i - start] = 0.0 if within else weights[i] * closest[i]
        index[n] = i
        n += within
    rest = _sum(products, stop - start) if n < stop - start else 0.0
    return n, rest


@njit(**INLINED)
def _by_tiles(rows, weights, closest, labels, index, chosen, others, few, room, added):  # type: ignore[no-untyped-def]
    """Compare rows with the others, many rows at a time; return how many terms of each sum are left."""
    x, squared, bound, weight = room
    newest = min(1, len(chosen))
    for first in range(0, len(index), len(squared)):
        part = index[first : first + len(squared)]
        size = len(part)
        _transpose(rows, part, x)
        for i in range(size):
            bound[i] = closest[part[i]]
        for i in range(size):
            weight[i] = weights[part[i]]
        for t in range(len(others)):
            tile_distances(x, others[t], size, few, squared)
            if t < newest:
                _lower(squared, bound, part, closest, labels, len(chosen) - 1)
            else:
                _sum_lowered(squared, bound, weight, size, first > 0, added[t - newest])
    return min(len(index), len(squared))


@njit(**INLINED)
def _transpose(rows, index, x):  # type: ignore[no-untyped-def]
    d = rows.shape[1]
    for f in range(0, d - 1, 2):
        for i in range(len(index)):
            x[f, i], x[f + 1, i] = rows[index[i], f], rows[index[i], f + 1]
    if d % 2:
        for i in range(len(index)):
            x[d - 1, i] = rows[index[i], d - 1]


@njit(**INLINED)
def _lower(squared, bound, index, closest, labels, number):  # type: ignore[no-untyped-def]
    for i in range(len(index)):
        closer = squared[i] < bound[i]
        bound[i] = squared[i] if closer else bound[i]
        closest[index[i]] = bound[i]
        labels[index[i]] = number if closer else labels[index[i]]


@njit(**INLINED)
def _sum_lowered(squared, bound, weight, size, more, added):  # type: ignore[no-untyped-def]
    for i in range(size):
        product = weight[i] * (squared[i] if squared[i] < bound[i] else bound[i])
        added[i] = product + (added[i] if more else 0.0)


@njit(**INLINED)
def _by_rows(rows, weights, closest, labels, index, chosen, others, added):  # type: ignore[no-untyped-def]
    """Do the same row by row: only where a distance counts are its features added in index order."""
    newest = min(1, len(chosen))
    rough = np.empty(len(others))
    safe = 1 + ROUNDING * (rows.shape[1] + 4)
    for i in range(len(index)):
        row, number = rows[index[i]], index[i]
        _roughly(row, others, rough)
        bound, weight = closest[number], weights[number]
        for t in range(len(others)):
            squared = bound
            if rough[t] < bound * safe + _UNDERFLOW:
                squared = min(bound, _squared_distance(row, others[t]))
            if t >= newest:
                added[t - newest, i] = weight * squared
            elif squared < bound:
                closest[number] = bound = squared
                labels[number] = len(chosen) - 1


@njit(**INLINED_SUMS)
def _roughly(row, centers, squared):  # type: ignore[no-untyped-def]
    """Write squared distances, their features added in any order, for four centers at a time."""
    fours = len(centers) // 4 * 4
    for j in range(0, fours, 4):
        s0 = s1 = s2 = s3 = 0.0
        for f in range(len(row)):
            x = row[f]
            s0 += square(x - centers[j, f])
            s1 += square(x - centers[j + 1, f])
            s2 += square(x - centers[j + 2, f])
            s3 += square(x - centers[j + 3, f])
        squared[j], squared[j + 1], squared[j + 2], squared[j + 3] = s0, s1, s2, s3
    for j in range(fours, len(centers)):
        s0 = 0.0
        for f in range(len(row)):
            s0 += square(row[f] - centers[j, f])
        squared[j] = s0


@njit(**INLINED)
def _reaches(chosen, others):  # type: ignore[no-untyped-def]
    """Return, for each chosen center, the squared distance up to which its rows are nearer to no other."""
    n, d = chosen.shape
    reach = np.empty(max(n, 1))
    reach[0] = -1.0
    for j in range(n):
        nearest = np.inf
        for t in range(len(others)):
            nearest = min(nearest, _squared_distance(chosen[j], others[t]))
        reach[j] = nearest * (0.25 - ROUNDING * (d + 4)) if nearest > _UNDERFLOW else -1.0
    return reach


@njit(**INLINED)
def _tile(d):  # type: ignore[no-untyped-def]
    """Make room for some transposed rows, and for three values of each."""
    size = max(16, min(CHUNK, _TILE_FEATURES // d // 8 * 8))
    x = np.empty((d, size + 8))  # a power of two apart, all features would share few lines of the cache
    return x, np.empty(size), np.empty(size), np.empty(size)


@njit(**INLINED)
def _sum(values, n):  # type: ignore[no-untyped-def]
    """Add pairwise, as vectors; overwrites the values."""
    while n > 1:
        half = (n + 1) // 2
        for i in range(n - half):
            values[i] += values[half + i]
        n = half
    return values[0]


@njit(**KERNEL)
def _add(rows, closest, labels, chosen):  # type: ignore[no-untyped-def]
    """Take the newest center into account for a few rows, one by one."""
    newest = len(chosen) - 1
    for i in range(len(rows)):
        squared = _squared_distance(rows[i], chosen[newest])
        if squared < closest[i]:
            closest[i] = squared
            labels[i] = newest


@njit(**INLINED)
def _squared_distance(row, center):  # type: ignore[no-untyped-def]
    squared = 0.0
    for f in range(len(center)):
        difference = row[f] - center[f]
        squared += difference * difference
    return squared


@njit(**KERNEL)
def _row_at(weights, closest, remainder):  # type: ignore[no-untyped-def]
    total, row = 0.0, 0
    for i in range(len(closest)):
        product = weights[i] * closest[i]
        if product > 0:
            total += product
            row = i
            if total >= remainder:
                break
    return row


@njit(**KERNEL)
def _farthest(weights, closest):  # type: ignore[no-untyped-def]
    row, distance = -1, -1.0
    for i in range(len(closest)):
        if weights[i] > 0 and closest[i] > distance:
            row, distance = i, closest[i]
    return distance, row
