"""Exact pruning for few features: whole cells of rows are given to the only center that can be nearest.

The rows of a span are put in the order of a space-filling curve once. Every 16 rows in that order are a
cell, every 4 cells a larger one, and so on, each with its box and moments. In each expectation step the
centers are filtered down this tree: a center that is farther than another one from every place of a
cell's box is dropped. A cell with one center left is assigned as a whole, from its moments; in the smallest
cells the few centers left are tried. Dropping allows for rounding, so the labels are those of the plain loop.

Sources: Morton, "A computer oriented geodetic data base", IBM (1966), for the order; Pelleg and Moore,
"Accelerating exact k-means algorithms with geometric reasoning", KDD 1999, and Kanungo et al., "An
efficient k-means clustering algorithm", IEEE Trans. PAMI 24 (2002), 881-892, for the filtering.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, KERNEL
from emscope.kernels.hard.assignment import Sums
from emscope.kernels.hard.distances import ROUNDING
from emscope.kernels.kernel import Share, in_turn

_LEAF = 16  # rows of the smallest cells; with 8 or 32 a step takes longer
_BRANCHES = 4  # cells in the next larger one; with 2 a step takes longer
_BITS = 22  # of a code at most: the first tell the bucket, the others the place in it
_BUCKET_BITS = 8
_PART = 1 << 14  # rows that are put into buckets at a time
_MOST_TREES = 256
_SAMPLE = 1024  # rows that tell where the bulk of a block lies


class Cells:
    """The nested cells of one span, of at most four features."""

    def __init__(self, rows: Array, weights: Array, share: Share = in_turn) -> None:
        m, d = rows.shape
        self._share = share
        self._dims = (0,) * d  # its length is known to the compiler, which unrolls loops over features
        self._order, self._rows = _sorted(rows, self._dims, share)
        self._weights = weights[:0] if (weights == 1).all() else weights[self._order]
        sizes = [-(-m // _LEAF)]
        while sizes[-1] > 1:
            sizes.append(-(-sizes[-1] // _BRANCHES))
        self._levels = np.concatenate([[0], np.cumsum(sizes)])
        self._nodes = np.empty((self._levels[-1], 4 * d + 2))
        moments = partial(_leaf_moments, self._rows, self._weights, self._dims, self._nodes)
        share(moments, sizes[0])
        _moments(self._levels, self._dims, self._nodes)
        self._trees = _Trees(np.zeros((0, 0), np.int64), np.zeros((0, 0, 0)))
        self.computed = 0  # distances so far, those to the middles of boxes included

    def assign(self, rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
        """Label every row of the span that the cells were made of, in the order of the cells."""
        k, d = centers.shape
        level = self._level_of_trees(k)
        n_trees = int(self._levels[level + 1] - self._levels[level])
        if self._trees.counts.shape != (n_trees, k):
            self._trees = _Trees(np.empty((n_trees, k), np.int64), np.empty((n_trees, k, d + 2)))
        walk = partial(
            _filter, self._rows, self._weights, self._levels, self._nodes, np.array(centers, np.float64),
            self._dims, level, labels, *self._trees,
        )  # fmt: skip
        self.computed += sum(self._share(walk, n_trees))
        sums = self._trees.sums.sum(axis=0)
        return Sums(
            self._trees.counts.sum(axis=0), sums[:, d].copy(), sums[:, :d].copy(), sums[:, d + 1].copy()
        )

    def _level_of_trees(self, k: int) -> int:
        """Return the level whose cells are walked each by itself: many, but their sums take little room."""
        most = min(_MOST_TREES, max(1, len(self._rows) // k))
        sizes = np.diff(self._levels)
        return int(np.argmax(sizes <= most))

    def restore(self, labels: Array, by_row: Array) -> None:
        """Put labels that :meth:`assign` wrote in the order of the rows."""
        self._share(partial(_scatter, labels, self._order, by_row), len(labels))


class _Trees(NamedTuple):
    """What the rows of some cells, each walked by itself, add up to."""

    counts: Array  # (t, k)
    sums: Array  # (t, k, d + 2): sums of w (x - c), mass and scatter


def _sorted(rows: Array, dims: tuple[int, ...], share: Share) -> tuple[Array, Array]:
    """Return the order of the rows along the curve, and the rows in it.

    They are put into buckets by the first bits of their codes, and each bucket is put in order by itself.
    """
    m = len(rows)
    codes = np.empty(m, np.uint32)
    counts = np.zeros((-(-m // _PART), 1 << _BUCKET_BITS), np.uint32)
    share(partial(_code, rows, *_grid(rows), dims, codes, counts), len(counts))
    begins = np.concatenate(([0], np.cumsum(counts.sum(axis=0, dtype=np.int64))))
    places = np.cumsum(counts, axis=0, dtype=np.uint32) - counts + begins[:-1].astype(np.uint32)
    order, gathered = np.empty(m, np.uint32), np.empty_like(rows)
    rests = np.empty(m, np.uint16)
    share(partial(_put_into_buckets, rows, codes, dims, places, order, gathered, rests), len(counts))
    share(partial(_sort_buckets, begins, rests, dims, order, gathered), len(begins) - 1)
    return order, gathered


def _grid(rows: Array) -> tuple[Array, Array, Array]:
    """Lay a grid over the bulk of the rows; return its origin, its cells per unit and its bit patterns.

    A pattern has the bits of a feature's cell number spread out, with room for the other features' bits.
    Rows outside belong to the outermost cells, so that a few far rows do not make the grid coarse.
    """
    m, d = rows.shape
    bits = _BITS // d
    sample = np.sort(rows[:: -(-m // _SAMPLE)].astype(np.float64), axis=0)
    tail = len(sample) // 32
    low, high = sample[tail], sample[-1 - tail]
    low, high = np.where(high > low, low, sample[0]), np.where(high > low, high, sample[-1])
    with np.errstate(over="ignore"):
        width = high - low
    numbers = np.arange(1 << bits, dtype=np.uint32)
    # with one feature the bits stay where they are, and there are millions of numbers
    patterns = numbers if d == 1 else sum(((numbers >> b) & 1) << (b * d) for b in range(bits))
    with np.errstate(over="ignore", invalid="ignore"):  # of rows at the ends of the range
        origin = low - 0.5 * width
        per_unit = np.divide(2.0 ** (bits - 1), width, out=np.zeros(d), where=width > 0)
    known = np.isfinite(origin) & np.isfinite(per_unit)
    return np.where(known, origin, 0.0), np.where(known, per_unit, 0.0), np.asarray(patterns, np.uint32)


@njit(**KERNEL)
def _code(rows, low, per_unit, patterns, dims, codes, counts, first, stop):  # type: ignore[no-untyped-def]
    """Interleave the bits of the rows' places in the grid; count the rows of some parts in each bucket."""
    last = float(len(patterns) - 1)
    for part in range(first, stop):
        for i in range(part * _PART, min((part + 1) * _PART, len(rows))):
            code = np.uint32(0)
            for f in range(len(dims)):
                place = (rows[i, f] - low[f]) * per_unit[f]
                place = place if place > 0.0 else 0.0  # NaN, too
                code |= patterns[int(min(place, last))] << np.uint32(f)
            codes[i] = code
            counts[part, code >> np.uint32(_BITS - _BUCKET_BITS)] += 1


@njit(**KERNEL)
def _put_into_buckets(  # type: ignore[no-untyped-def]
    rows, codes, dims, places, order, gathered, rests, first, stop
):
    """Put the rows of some parts where their buckets have room for them, with the rest of their codes."""
    rest = np.uint32((1 << (_BITS - _BUCKET_BITS)) - 1)
    for part in range(first, stop):
        for i in range(part * _PART, min((part + 1) * _PART, len(rows))):
            bucket = codes[i] >> np.uint32(_BITS - _BUCKET_BITS)
            at = places[part, bucket]
            places[part, bucket] = at + np.uint32(1)
            order[at] = i
            rests[at] = codes[i] & rest
            for f in range(len(dims)):
                gathered[at, f] = rows[i, f]


@njit(**KERNEL)
def _sort_buckets(begins, rests, dims, order, gathered, first, stop):  # type: ignore[no-untyped-def]
    """Sort some buckets, each by as many more bits as its rows call for."""
    most = 0
    for bucket in range(first, stop):
        most = max(most, begins[bucket + 1] - begins[bucket])
    numbers, rows = np.empty(most, np.uint32), np.empty((most, len(dims)), gathered.dtype)
    places = np.empty((1 << (_BITS - _BUCKET_BITS)) + 1, np.uint32)
    for bucket in range(first, stop):
        own = slice(begins[bucket], begins[bucket + 1])
        some_rests, some_numbers, some_rows = rests[own], order[own], gathered[own]
        m = len(some_rests)
        if m <= _LEAF:
            continue
        bits = 1
        while bits < _BITS - _BUCKET_BITS and (1 << bits) < m:
            bits += 1
        shift = np.uint16(_BITS - _BUCKET_BITS - bits)
        places[: (1 << bits) + 1] = 0
        for i in range(m):
            places[(some_rests[i] >> shift) + 1] += np.uint32(1)
        for v in range(1 << bits):
            places[v + 1] += places[v]
        for i in range(m):
            v = some_rests[i] >> shift
            at = places[v]
            places[v] = at + np.uint32(1)
            numbers[at] = some_numbers[i]
            for f in range(len(dims)):
                rows[at, f] = some_rows[i, f]
        some_numbers[:] = numbers[:m]
        some_rows[:] = rows[:m]


@njit(**KERNEL)
def _scatter(labels, order, by_row, first, stop):  # type: ignore[no-untyped-def]
    for i in range(first, stop):
        by_row[order[i]] = labels[i]


# A node of the tree is one row of an array: the low and the high corner of its box, a place near its mean,
# the sums of w (x - place), the mass and the scatter about the place.


@njit(**KERNEL)
def _leaf_moments(rows, weights, dims, nodes, first_leaf, stop):  # type: ignore[no-untyped-def]
    d = len(dims)
    m = len(rows)
    x = np.empty(_LEAF)
    w = np.ones(_LEAF)
    for number in range(first_leaf, stop):
        node = nodes[number]
        first = number * _LEAF
        size = min(_LEAF, m - first)
        mass = float(size)
        if len(weights) > 0:
            mass = 0.0
            for i in range(size):
                w[i] = weights[first + i]
                mass += w[i]
        scatter = 0.0
        for f in range(d):
            for i in range(size):
                x[i] = rows[first + i, f]
            low = high = origin = x[0]
            total = 0.0
            for i in range(size):
                low, high = min(low, x[i]), max(high, x[i])
                total += w[i] * (x[i] - origin)
            place = origin + (total / mass if mass > 0 else 0.0)
            total = 0.0
            for i in range(size):
                difference = x[i] - place
                total += w[i] * difference
                scatter += w[i] * difference * difference
            node[f], node[d + f], node[2 * d + f], node[3 * d + f] = low, high, place, total
        node[4 * d], node[4 * d + 1] = mass, scatter


@njit(**KERNEL)
def _moments(levels, dims, nodes):  # type: ignore[no-untyped-def]
    """Find the boxes and moments of the larger cells from those of the cells in them."""
    d = len(dims)
    for level in range(1, len(levels) - 1):
        for number in range(levels[level + 1] - levels[level]):
            node = levels[level] + number
            start = levels[level - 1] + number * _BRANCHES
            stop = min(start + _BRANCHES, levels[level])
            mass = scatter = 0.0
            for part in range(start, stop):
                mass += nodes[part, 4 * d]
                scatter += nodes[part, 4 * d + 1]
            for f in range(d):
                low, high, origin = nodes[start, f], nodes[start, d + f], nodes[start, 2 * d + f]
                total = sums = 0.0
                for part in range(start, stop):
                    low, high = min(low, nodes[part, f]), max(high, nodes[part, d + f])
                    total += nodes[part, 4 * d] * (nodes[part, 2 * d + f] - origin) + nodes[part, 3 * d + f]
                place = origin + (total / mass if mass > 0 else 0.0)
                for part in range(start, stop):
                    offset = nodes[part, 2 * d + f] - place
                    scatter += offset * (2 * nodes[part, 3 * d + f] + nodes[part, 4 * d] * offset)
                    sums += nodes[part, 3 * d + f] + nodes[part, 4 * d] * offset
                nodes[node, f], nodes[node, d + f] = low, high
                nodes[node, 2 * d + f], nodes[node, 3 * d + f] = place, sums
            nodes[node, 4 * d], nodes[node, 4 * d + 1] = mass, scatter


@njit(**KERNEL)
def _filter(  # type: ignore[no-untyped-def]
    rows, weights, levels, nodes, centers, dims, top, labels, counts, sums, first, stop
):
    """Walk some trees with the centers that can still be nearest; return how many distances that took.

    The roots of the trees are the cells of the level ``top``. The centers stay in the order of their numbers.
    """
    m, k = len(rows), len(centers)
    possible = np.empty((top + 2, k), np.int32)  # the centers left at each level
    distances = np.empty(k)
    waiting = np.empty((top * _BRANCHES + 1, 3), np.int64)  # level, number in it, centers left above it
    for j in range(k):
        possible[top + 1, j] = j
    computed = 0
    for tree in range(first, stop):
        count, total = counts[tree], sums[tree]
        count[:] = 0
        total[:] = 0.0
        waiting[0, 0], waiting[0, 1], waiting[0, 2] = top, tree, k
        n_waiting = 1
        while n_waiting > 0:
            n_waiting -= 1
            level, number, above = waiting[n_waiting]
            node = levels[level] + number
            left = possible[level]
            n_left = _nearest_possible(
                possible[level + 1], above, centers, nodes, node, dims, distances, left
            )
            computed += above
            rows_of_it = _LEAF * _BRANCHES**level
            a, b = number * rows_of_it, min(m, (number + 1) * rows_of_it)
            if n_left == 1:
                for i in range(a, b):
                    labels[i] = left[0]
                count[left[0]] += b - a
                _add_cell(nodes, node, left[0], centers, dims, total)
            elif level == 0:
                computed += n_left * (b - a)
                for i in range(a, b):
                    w = weights[i] if len(weights) > 0 else 1.0
                    labels[i] = _add_row(rows, i, w, left, n_left, centers, dims, count, total)
            else:
                start = number * _BRANCHES
                size = min(_BRANCHES, levels[level] - levels[level - 1] - start)
                for part in range(size - 1, -1, -1):
                    waiting[n_waiting, 0], waiting[n_waiting, 1] = level - 1, start + part
                    waiting[n_waiting, 2] = n_left
                    n_waiting += 1
    return computed


@njit(**INLINED)
def _nearest_possible(candidates, n, centers, nodes, node, dims, distances, kept):  # type: ignore[no-untyped-def]
    """Keep the centers that some place of the node's box may be nearest to; return how many they are.

    The difference of two squared distances is linear in the place, so over a box it is least at a corner.
    """
    d = len(dims)
    best, smallest = candidates[0], np.inf
    for c in range(n):
        j = candidates[c]
        squared = 0.0
        for f in range(d):
            difference = centers[j, f] - 0.5 * (nodes[node, f] + nodes[node, d + f])
            squared += difference * difference
        distances[c] = squared
        if squared < smallest:
            best, smallest = j, squared
    radius = 0.0
    for f in range(d):
        extent = nodes[node, d + f] - nodes[node, f]
        radius += extent * extent
    n_kept = 0
    for c in range(n):
        j = candidates[c]
        reach = 0.0
        for f in range(d):
            middle = 0.5 * (nodes[node, f] + nodes[node, d + f])
            half = max(nodes[node, d + f] - middle, middle - nodes[node, f])
            reach += half * abs(centers[j, f] - centers[best, f])
        allowance = ROUNDING * (d + 4) * (distances[c] + smallest + radius)
        if j == best or not distances[c] - smallest - 2 * reach > allowance:
            kept[n_kept] = j
            n_kept += 1
    return n_kept


@njit(**INLINED)
def _add_cell(nodes, node, j, centers, dims, sums):  # type: ignore[no-untyped-def]
    d = len(dims)
    total = nodes[node, 4 * d + 1]
    for f in range(d):
        offset = nodes[node, 2 * d + f] - centers[j, f]
        total += offset * (2 * nodes[node, 3 * d + f] + nodes[node, 4 * d] * offset)
        sums[j, f] += nodes[node, 3 * d + f] + nodes[node, 4 * d] * offset
    sums[j, d] += nodes[node, 4 * d]
    sums[j, d + 1] += total


@njit(**INLINED)
def _add_row(rows, i, w, candidates, n, centers, dims, counts, sums):  # type: ignore[no-untyped-def]
    """Decide as the plain loop does, features in index order and ties to the lowest number; add the row."""
    d = len(dims)
    label, best = candidates[0], np.inf
    for c in range(n):
        j = candidates[c]
        squared = 0.0
        for f in range(d):
            difference = rows[i, f] - centers[j, f]
            squared += difference * difference
        if squared < best:
            label, best = j, squared
    counts[label] += 1
    sums[label, d] += w
    sums[label, d + 1] += w * best
    for f in range(d):
        sums[label, f] += w * (rows[i, f] - centers[label, f])
    return label
