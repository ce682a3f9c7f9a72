"""Exact pruning for few features: whole cells of rows are given to the only center that can be nearest.

The rows of a block are put in the order of a space-filling curve once, and a tree over that order gives
nested cells with their boxes and moments. In each expectation step the centers are filtered down the
tree: a center that is farther than another one from every place of a cell's box is dropped. A cell with
one center left is assigned as a whole, from its moments; in the smallest cells the few centers left are
tried. Dropping allows for rounding, so the owners are those of the plain loop.

Sources: Morton, "A computer oriented geodetic data base", IBM (1966), for the order; Pelleg and Moore,
"Accelerating exact k-means algorithms with geometric reasoning", KDD 1999, and Kanungo et al., "An
efficient k-means clustering algorithm", IEEE Trans. PAMI 24 (2002), 881-892, for the filtering.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.assignment import Sums, no_sums
from emscope.kernels.distances import Array

_LEAF = 16  # rows of the smallest cells; 8 to 24 were alike, 32 slower
_DEPTH = 34  # of the tree, at most: a bit of the code for each level, the root and its centers
_ROUNDING = 1e-14  # relative error of a squared distance, per feature, with room to spare


class Cells:
    """The nested cells of one block.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
        At most four features.
    weights : ndarray of shape (m,)
    """

    def __init__(self, rows: Array, weights: Array) -> None:
        m, d = rows.shape
        self.order = np.empty(m, np.int32)
        codes = _sorted_codes(rows, self.order)
        self.rows = rows[self.order].astype(np.float64)
        self.weights = weights[self.order]
        most = 2 * (m // 2 + 1)
        first, child = np.empty((most, 2), np.int32), np.empty(most, np.int32)
        n = _split(codes, 32 // d * d, first, child)
        self.first, self.child = first[:n].copy(), child[:n].copy()
        self.box = np.empty((n, 2, d))
        self.mass, self.scatter = np.empty(n), np.empty(n)
        self.about, self.sums = np.empty((n, d)), np.empty((n, d))
        _moments(self.rows, self.weights, self.first, self.child, self.box, self.mass, self.about,
                 self.sums, self.scatter)  # fmt: skip

    def assign(self, rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
        """Give every row its nearest center.

        Parameters
        ----------
        rows : ndarray of shape (m, d)
        weights : ndarray of shape (m,)
            Those of the block, which are here already.
        centers : ndarray of shape (k, d)
        labels : ndarray of shape (m,), int32
            Written to.

        Returns
        -------
        Sums
        """
        result = no_sums(*centers.shape)
        _filter(
            self.rows, self.weights, self.order, self.first, self.child, self.box, self.mass, self.about,
            self.sums, self.scatter, np.array(centers, np.float64), labels, *result,
        )  # fmt: skip
        return result


@njit(nogil=True, cache=True)
def _sorted_codes(rows, order):  # type: ignore[no-untyped-def]
    """Interleave the leading bits of the features, and sort the rows by that."""
    m, d = rows.shape
    bits = 32 // d
    codes = np.zeros(m, np.uint32)
    cells = 2.0**bits
    for f in range(d):
        low = high = np.float64(rows[0, f])
        for i in range(m):
            low = min(low, np.float64(rows[i, f]))
            high = max(high, np.float64(rows[i, f]))
        if high > low:
            per_unit = cells / (high - low)
            for i in range(m):
                q = np.uint32(min((rows[i, f] - low) * per_unit, cells - 1))
                code = np.uint32(0)
                for b in range(bits):
                    code |= ((q >> np.uint32(b)) & np.uint32(1)) << np.uint32(b * d + f)
                codes[i] |= code
    for i in range(m):
        order[i] = i
    other_codes, other_order = np.empty_like(codes), np.empty_like(order)
    for digit in range(4):  # least significant first; each pass keeps the order of the one before
        shift = np.uint32(8 * digit)
        places = np.zeros(257, np.int64)
        for i in range(m):
            places[((codes[i] >> shift) & np.uint32(255)) + 1] += 1
        for v in range(256):
            places[v + 1] += places[v]
        for i in range(m):
            v = (codes[i] >> shift) & np.uint32(255)
            other_codes[places[v]] = codes[i]
            other_order[places[v]] = order[i]
            places[v] += 1
        codes, other_codes = other_codes, codes
        order, other_order = other_order, order
    return codes


@njit(nogil=True, cache=True)
def _split(codes, bits, first, child):  # type: ignore[no-untyped-def]
    """Halve ranges of sorted codes bit by bit until few rows are left; return the number of cells."""
    bit = np.empty(len(child), np.int8)
    first[0, 0], first[0, 1] = 0, len(codes)
    bit[0] = bits - 1
    n = 1
    node = 0
    while node < n:
        a, b = first[node]
        child[node] = -1
        if b - a > _LEAF:
            for at in range(bit[node], -1, -1):
                one = np.uint32(1) << np.uint32(at)
                if (codes[a] ^ codes[b - 1]) & one:
                    low, high = a, b - 1  # the bit is 0 at low and 1 at high
                    while high - low > 1:
                        middle = (low + high) // 2
                        if codes[middle] & one:
                            high = middle
                        else:
                            low = middle
                    child[node] = n
                    first[n, 0], first[n, 1] = a, high
                    first[n + 1, 0], first[n + 1, 1] = high, b
                    bit[n] = bit[n + 1] = at - 1
                    n += 2
                    break
        node += 1
    return n


@njit(nogil=True, cache=True)
def _moments(rows, weights, first, child, box, mass, about, sums, scatter):  # type: ignore[no-untyped-def]
    """Find each cell's box, and its moments about (nearly) its own mean: leaves first, then their parents."""
    d = rows.shape[1]
    for node in range(len(first) - 1, -1, -1):
        left = child[node]
        if left < 0:
            _leaf_moments(
                rows, weights, first[node, 0], first[node, 1], node, box, mass, about, sums, scatter
            )
            continue
        right = left + 1
        w = mass[left] + mass[right]
        mass[node] = w
        total = scatter[left] + scatter[right]
        for f in range(d):
            box[node, 0, f] = min(box[left, 0, f], box[right, 0, f])
            box[node, 1, f] = max(box[left, 1, f], box[right, 1, f])
            share = mass[right] / w if w > 0 else 0.0
            place = about[left, f] + share * (about[right, f] - about[left, f])
            to_left, to_right = about[left, f] - place, about[right, f] - place
            total += to_left * (2 * sums[left, f] + mass[left] * to_left)
            total += to_right * (2 * sums[right, f] + mass[right] * to_right)
            sums[node, f] = (sums[left, f] + mass[left] * to_left) + (sums[right, f] + mass[right] * to_right)
            about[node, f] = place
        scatter[node] = total


@njit(nogil=True, cache=True)
def _leaf_moments(rows, weights, a, b, node, box, mass, about, sums, scatter):  # type: ignore[no-untyped-def]
    w = 0.0
    for i in range(a, b):
        w += weights[i]
    mass[node] = w
    scatter[node] = 0.0
    for f in range(rows.shape[1]):
        low = high = origin = rows[a, f]
        total = 0.0
        for i in range(a, b):
            low = min(low, rows[i, f])
            high = max(high, rows[i, f])
            total += weights[i] * (rows[i, f] - origin)
        box[node, 0, f], box[node, 1, f] = low, high
        place = origin + (total / w if w > 0 else 0.0)
        about[node, f] = place
        total = squares = 0.0
        for i in range(a, b):
            difference = rows[i, f] - place
            total += weights[i] * difference
            squares += weights[i] * difference * difference
        sums[node, f] = total
        scatter[node] += squares


@njit(nogil=True, cache=True)
def _filter(  # type: ignore[no-untyped-def]
    rows, weights, order, first, child, box, cell_mass, about, cell_sums, cell_scatter,
    centers, labels, counts, mass, sums, scatter,
):  # fmt: skip
    """Walk the tree with the centers that can still be nearest, in the order of their numbers."""
    k, d = centers.shape
    left = np.empty((_DEPTH + 1, k), np.int32)  # the centers left at each depth
    waiting = np.empty((2 * _DEPTH, 3), np.int32)  # cell, depth, how many centers are left above it
    for j in range(k):
        left[0, j] = j
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = 0, 0, k
    n_waiting = 1
    while n_waiting > 0:
        n_waiting -= 1
        node, depth, above = waiting[n_waiting]
        below = _nearest_possible(left[depth], above, centers, box[node], left[depth + 1])
        a, b = first[node]
        if below == 1:
            j = left[depth + 1, 0]
            _assign_whole(a, b, j, order, labels)
            counts[j] += b - a
            mass[j] += cell_mass[node]
            total = cell_scatter[node]
            for f in range(d):
                offset = about[node, f] - centers[j, f]
                total += offset * (2 * cell_sums[node, f] + cell_mass[node] * offset)
                sums[j, f] += cell_sums[node, f] + cell_mass[node] * offset
            scatter[j] += total
        elif child[node] < 0:
            for i in range(a, b):
                j, best = _nearest(rows[i], centers, left[depth + 1], below)
                w = weights[i]
                labels[order[i]] = j
                counts[j] += 1
                mass[j] += w
                scatter[j] += w * best
                for f in range(d):
                    sums[j, f] += w * (rows[i, f] - centers[j, f])
        else:
            for half in range(2):
                waiting[n_waiting, 0], waiting[n_waiting, 1] = child[node] + half, depth + 1
                waiting[n_waiting, 2] = below
                n_waiting += 1


@njit(nogil=True, cache=True)
def _nearest_possible(candidates, n, centers, box, kept):  # type: ignore[no-untyped-def]
    """Keep the centers that some place of the box may be nearest to; return how many they are."""
    d = centers.shape[1]
    best, smallest = 0, np.inf
    diagonal = 0.0
    for f in range(d):
        diagonal += (box[1, f] - box[0, f]) ** 2
    for c in range(n):
        j = candidates[c]
        squared = 0.0
        for f in range(d):
            squared += (centers[j, f] - 0.5 * (box[0, f] + box[1, f])) ** 2
        if squared < smallest:
            best, smallest = j, squared
    n_kept = 0
    for c in range(n):
        j = candidates[c]
        if j != best:
            # the corner of the box where this center compares best with that one
            theirs = ours = 0.0
            for f in range(d):
                corner = box[1, f] if centers[j, f] > centers[best, f] else box[0, f]
                theirs += (corner - centers[j, f]) ** 2
                ours += (corner - centers[best, f]) ** 2
            # anywhere else in the box squared distances are at most 2 (that + diagonal)
            if theirs - ours > _ROUNDING * (d + 3) * 2 * (theirs + ours + 2 * diagonal):
                continue
        kept[n_kept] = j
        n_kept += 1
    return n_kept


@njit(nogil=True, cache=True)
def _assign_whole(a, b, j, order, labels):  # type: ignore[no-untyped-def]
    for i in range(a, b):
        labels[order[i]] = j


@njit(nogil=True, cache=True)
def _nearest(row, centers, candidates, n):  # type: ignore[no-untyped-def]
    """Decide as the plain loop does: features in index order, ties to the lowest number."""
    owner, best = candidates[0], np.inf
    for c in range(n):
        j = candidates[c]
        squared = (row[0] - centers[j, 0]) ** 2
        for f in range(1, len(row)):
            squared += (row[f] - centers[j, f]) ** 2
        if squared < best:
            owner, best = j, squared
    return owner, best
