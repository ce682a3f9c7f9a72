"""Exact pruning for few features: whole cells of rows are given to the only center that can be nearest.

The rows of a block are put in the order of a space-filling curve once. Every 16 rows in that order are a
cell, every 4 cells a larger one, and so on, each with its box and moments. In each expectation step the
centers are filtered down this tree: a center that is farther than another one from every place of a
cell's box is dropped. A cell with one center left is assigned as a whole, from its moments; in the smallest
cells the few centers left are tried. Dropping allows for rounding, so the labels are those of the plain loop.

Sources: Morton, "A computer oriented geodetic data base", IBM (1966), for the order; Pelleg and Moore,
"Accelerating exact k-means algorithms with geometric reasoning", KDD 1999, and Kanungo et al., "An
efficient k-means clustering algorithm", IEEE Trans. PAMI 24 (2002), 881-892, for the filtering.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, KERNEL
from emscope.kernels.hard.assignment import Sums, no_sums
from emscope.kernels.hard.distances import ROUNDING

_LEAF = 16  # rows of the smallest cells; with 8 or 32 a step takes longer
_BRANCHES = 4  # cells in the next larger one; with 2 a step takes longer
_DIGIT = 11  # bits that one pass of the sort looks at; a code has two such digits
_SAMPLE = 1024  # rows that tell where the bulk of a block lies


class Cells:
    """The nested cells of one block, of at most four features."""

    def __init__(self, rows: Array, weights: Array) -> None:
        m, d = rows.shape
        self._dims = (0,) * d  # its length is known to the compiler, which unrolls loops over features
        self._order = np.empty(m, np.uint32)
        _sort(rows, *_grid(rows), self._dims, self._order)
        self._rows = np.empty_like(rows)  # a step that looks rows up by their order takes twice as long
        _gather(rows, self._order, self._dims, self._rows)
        self._weights = weights[:0] if (weights == 1).all() else weights[self._order]
        sizes = [-(-m // _LEAF)]
        while sizes[-1] > 1:
            sizes.append(-(-sizes[-1] // _BRANCHES))
        self._levels = np.concatenate([[0], np.cumsum(sizes)])
        self._nodes = np.empty((self._levels[-1], 4 * d + 2))
        _leaf_moments(self._rows, self._weights, self._dims, self._nodes)
        _moments(self._levels, self._dims, self._nodes)
        self.computed = 0  # distances so far, those to the middles of boxes included

    def assign(self, rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
        """Label every row of the block that the cells were made of, in the order of the cells."""
        result = no_sums(*centers.shape)
        self.computed += _filter(
            self._rows, self._weights, self._levels, self._nodes, np.array(centers, np.float64), self._dims,
            labels, *result,
        )  # fmt: skip
        return result

    def restore(self, labels: Array, by_row: Array) -> None:
        """Put labels that :meth:`assign` wrote in the order of the rows."""
        _scatter(labels, self._order, by_row)


def _grid(rows: Array) -> tuple[Array, Array, Array]:
    """Lay a grid over the bulk of the rows; return its origin, its cells per unit and its bit patterns.

    A pattern has the bits of a feature's cell number spread out, with room for the other features' bits.
    Rows outside belong to the outermost cells, so that a few far rows do not make the grid coarse.
    """
    m, d = rows.shape
    bits = 2 * _DIGIT // d
    sample = np.sort(rows[:: -(-m // _SAMPLE)].astype(np.float64), axis=0)
    tail = len(sample) // 32
    low, high = sample[tail], sample[-1 - tail]
    low, high = np.where(high > low, low, sample[0]), np.where(high > low, high, sample[-1])
    width = high - low
    numbers = np.arange(1 << bits, dtype=np.uint32)
    # with one feature the bits stay where they are, and there are millions of numbers
    patterns = numbers if d == 1 else sum(((numbers >> b) & 1) << (b * d) for b in range(bits))
    per_unit = np.divide(2.0 ** (bits - 1), width, out=np.zeros(d), where=width > 0)
    return low - 0.5 * width, per_unit, np.asarray(patterns, np.uint32)


# A node of the tree is one row of an array: the low and the high corner of its box, a place near its mean,
# the sums of w (x - place), the mass and the scatter about the place.


@njit(**KERNEL)
def _sort(rows, low, per_unit, patterns, dims, order):  # type: ignore[no-untyped-def]
    """Sort the rows by the interleaved bits of their places in the grid, lower digit first."""
    m = len(rows)
    last = float(len(patterns) - 1)
    size = 1 << _DIGIT
    digit = np.uint32(size - 1)
    codes = np.empty(m, np.uint32)
    lower, upper = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    for i in range(m):
        code = np.uint32(0)
        for f in range(len(dims)):
            place = (rows[i, f] - low[f]) * per_unit[f]
            code |= patterns[int(min(max(place, 0.0), last))] << np.uint32(f)
        codes[i] = code
        lower[(code & digit) + 1] += 1
        upper[(code >> np.uint32(_DIGIT)) + 1] += 1
    for v in range(size):
        lower[v + 1] += lower[v]
        upper[v + 1] += upper[v]
    half_sorted = np.empty(m, np.uint32)
    for i in range(m):
        v = codes[i] & digit
        half_sorted[lower[v]] = i
        lower[v] += 1
    for at in range(m):
        i = half_sorted[at]
        v = codes[i] >> np.uint32(_DIGIT)
        order[upper[v]] = i
        upper[v] += 1


@njit(**KERNEL)
def _gather(rows, order, dims, gathered):  # type: ignore[no-untyped-def]
    for i in range(len(order)):
        for f in range(len(dims)):
            gathered[i, f] = rows[order[i], f]


@njit(**KERNEL)
def _scatter(labels, order, by_row):  # type: ignore[no-untyped-def]
    for i in range(len(order)):
        by_row[order[i]] = labels[i]


@njit(**KERNEL)
def _leaf_moments(rows, weights, dims, nodes):  # type: ignore[no-untyped-def]
    d = len(dims)
    m = len(rows)
    x = np.empty(_LEAF)
    w = np.ones(_LEAF)
    for number in range((m + _LEAF - 1) // _LEAF):
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
    rows, weights, levels, nodes, centers, dims, labels, counts, mass, sums, scatter
):
    """Walk the tree with the centers that can still be nearest; return how many distances that took.

    The centers stay in the order of their numbers.
    """
    m, k = len(rows), len(centers)
    top = len(levels) - 2
    possible = np.empty((top + 2, k), np.int32)  # the centers left at each level
    distances = np.empty(k)
    waiting = np.empty((top * _BRANCHES + 1, 3), np.int64)  # level, number in it, centers left above it
    for j in range(k):
        possible[top + 1, j] = j
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = top, 0, k
    n_waiting = 1
    computed = 0
    while n_waiting > 0:
        n_waiting -= 1
        level, number, above = waiting[n_waiting]
        node = levels[level] + number
        left = possible[level]
        n_left = _nearest_possible(possible[level + 1], above, centers, nodes, node, dims, distances, left)
        computed += above
        rows_of_it = _LEAF * _BRANCHES**level
        a, b = number * rows_of_it, min(m, (number + 1) * rows_of_it)
        if n_left == 1:
            for i in range(a, b):
                labels[i] = left[0]
            counts[left[0]] += b - a
            _add_cell(nodes, node, left[0], centers, dims, mass, sums, scatter)
        elif level == 0:
            computed += n_left * (b - a)
            for i in range(a, b):
                w = weights[i] if len(weights) > 0 else 1.0
                labels[i] = _add_row(rows, i, w, left, n_left, centers, dims, counts, mass, sums, scatter)
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
def _add_cell(nodes, node, j, centers, dims, mass, sums, scatter):  # type: ignore[no-untyped-def]
    d = len(dims)
    mass[j] += nodes[node, 4 * d]
    total = nodes[node, 4 * d + 1]
    for f in range(d):
        offset = nodes[node, 2 * d + f] - centers[j, f]
        total += offset * (2 * nodes[node, 3 * d + f] + nodes[node, 4 * d] * offset)
        sums[j, f] += nodes[node, 3 * d + f] + nodes[node, 4 * d] * offset
    scatter[j] += total


@njit(**INLINED)
def _add_row(  # type: ignore[no-untyped-def]
    rows, i, w, candidates, n, centers, dims, counts, mass, sums, scatter
):
    """Decide as the plain loop does, features in index order and ties to the lowest number; add the row."""
    label, best = candidates[0], np.inf
    for c in range(n):
        j = candidates[c]
        squared = 0.0
        for f in range(len(dims)):
            difference = rows[i, f] - centers[j, f]
            squared += difference * difference
        if squared < best:
            label, best = j, squared
    counts[label] += 1
    mass[label] += w
    scatter[label] += w * best
    for f in range(len(dims)):
        sums[label, f] += w * (rows[i, f] - centers[label, f])
    return label
