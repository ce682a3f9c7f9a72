"""Many small fits of k-means to the same rows: each goes from start to end without a return to Python.

A run does what ``em.steps`` does with the plain kernel, operation by operation: the same labels, the same
sums in the same order, the same bits of the centers. It leaves out all that a trace holds. What happens
seldom (a cluster is empty, or the digits of its scatter cancel) ends a run unfinished, for ``em.steps`` to
take it anew.

Rows are packed in tiles, as columns, so that a center meets many at a time, up to eight features in one pass;
an odd number of features is made even by zeros, which change no bit of a sum of squares. Sums over clusters
are taken row by row, in the order of the rows, from a copy whose features lie side by side, four at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, INLINED_SUMS, KERNEL, square

_TILE = 256
_ROUNDING = 1e-12  # relative error of a sum of squared distances, as in ``starts/centers.py``
_CANCELS = 1e-3  # as in ``models/hard.py``

UNFINISHED = -1
"""The number of iterations of a run that is to be taken anew."""


def n_trials(k: int) -> int:
    """Return how many rows greedy k-means++ tries for each center but the first."""
    return 2 + int(np.log(k))


def n_draws(k: int) -> int:
    """Return how many uniforms a start by greedy k-means++ takes."""
    return 1 + (k - 1) * n_trials(k)


class Runs:
    """Runs of k-means on the same rows (n, d) of float64.

    Where ``no_direction`` is not negative, centers are of length 1, but for means that are no longer than
    that; ``single`` rounds centers to float32.
    """

    def __init__(self, rows: Array, k: int, *, no_direction: float = -1.0, single: bool = False) -> None:
        n, d = rows.shape
        n_tiles, even, wide, n_slots = -(-n // _TILE), d + d % 2, d + -d % 4, n_trials(k) + 1
        self._rows = rows
        self._kind = no_direction, single
        self._x, self._w = np.zeros((n_tiles, even, _TILE)), np.zeros((n_tiles, _TILE))
        self._y = np.zeros((n_tiles * _TILE, wide))
        self._lowered, self._center = np.empty((n_slots, n_tiles, _TILE)), np.zeros(even)
        self._sums, self._trials = np.empty((n_slots, n_tiles)), np.empty((2, n_slots))
        self._labels = np.empty((n_tiles, _TILE), np.int64)
        self._current, self._parts = np.zeros((2, k, wide)), np.empty((n_tiles, k, wide + 2))
        self._tile = np.empty(_TILE), np.empty((2, _TILE)), np.empty((2, _TILE), np.int64)
        self.n_rows, self._variance = 0, 0.0

    def take(self, weights: Array) -> None:
        """Let the next runs be on the rows that have a weight, of which there is one at least."""
        m, variance = _pack(self._rows, weights, self._y, self._x, self._w)
        self.n_rows, self._variance = int(m), float(variance)

    def seed(self, uniforms: Array, starts: Array) -> None:
        """Choose ``starts`` (r, k, d) by greedy k-means++, as ``starts.kmeans_plus_plus`` but for rounding.

        Of the ``uniforms`` (r, ``n_draws(k)``) of a run the first chooses a row by its weight, and then every
        center takes as many as it has trials.
        """
        x, w = self._packed()
        room = self._lowered, self._sums, self._trials, self._center, self._tile[0]
        _seed(x, w, uniforms, starts, *room)

    def lloyd(
        self,
        centers: Array,
        objectives: Array,
        iterations: Array,
        *,
        block_rows: int,
        tol: float,
        max_iter: int,
    ) -> None:
        """Run k-means from ``centers`` (r, k, d), where it leaves those of its end.

        A run ends when no label changes, when squared shifts add up to no more than ``tol`` times the mean
        variance of the features, or after ``max_iter`` maximization steps. ``objectives`` (r,) and
        ``iterations`` (r,), in scikit-learn's count or ``UNFINISHED``, are written. A partial sum begins anew
        after every ``block_rows`` rows.
        """
        x, w = self._packed()
        height = block_rows // _TILE
        parts = self._parts[: -(-len(x) // height)]
        limits = tol * self._variance, max_iter, *self._kind
        room = self._current, parts, *self._tile, self._labels
        _lloyd(x, self._y, w, self.n_rows, height, *limits, centers, objectives, iterations, *room)

    def label(self, centers: Array, labels: Array) -> None:
        """Write the nearest of the centers (r, k, d) of each run for the rows taken, as (r, m)."""
        x, _ = self._packed()
        padded = np.zeros((*centers.shape[:2], x.shape[1]))
        padded[:, :, : centers.shape[2]] = centers
        _label(x, self.n_rows, padded, labels, *self._tile)

    def _packed(self) -> tuple[Array, Array]:
        n_tiles = -(-self.n_rows // _TILE)
        return self._x[:n_tiles], self._w[:n_tiles]


@njit(**KERNEL)
def _pack(rows, weights, y, x, w):  # type: ignore[no-untyped-def]
    """Write the rows that have a weight side by side and into tiles; return how many, and their variance."""
    m, heaviest, d = 0, 0, rows.shape[1]
    of_rows = w.reshape(-1)
    for i in range(len(rows)):  # without a branch: what has no weight is written over
        of_rows[m] = weights[i]
        for f in range(d):
            y[m, f] = rows[i, f]
        m += weights[i] > 0
        heaviest = i if weights[i] > weights[heaviest] else heaviest
    n_tiles = (m + _TILE - 1) // _TILE
    for i in range(m, n_tiles * _TILE):
        of_rows[i] = 0.0
        for f in range(d):
            y[i, f] = 0.0
    for s in range(n_tiles):
        for f in range(d):
            for i in range(_TILE):
                x[s, f, i] = y[s * _TILE + i, f]
    variance = 0.0
    for f in range(rows.shape[1]):
        about = rows[heaviest, f]
        for _ in range(2):  # about the heaviest row first, then about the mean
            total, first, second = 0.0, 0.0, 0.0
            for s in range(n_tiles):
                weight, one, two = _moments(w[s], x[s, f], about)
                total, first, second = total + weight, first + one, second + two
            about += first / total
        variance += second / total / rows.shape[1]
    return m, variance


@njit(**INLINED_SUMS)
def _moments(weights, values, about):  # type: ignore[no-untyped-def]
    """Return the sum of weights, and the weighted sums of differences and of their squares."""
    total, first, second = 0.0, 0.0, 0.0
    for i in range(len(values)):
        difference = values[i] - about
        total += weights[i]
        first += weights[i] * difference
        second += weights[i] * difference * difference
    return total, first, second


@njit(**KERNEL)
def _seed(x, w, uniforms, starts, lowered, sums, trials, center, squared):  # type: ignore[no-untyped-def]
    """Choose the starts; the distances of every trial are kept, in case it is the best."""
    n_tiles, n_slots = len(x), len(lowered)
    for run in range(len(starts)):
        at, used, potential = 0, 0, 0.0
        for s in range(n_tiles):
            for i in range(_TILE):
                lowered[0, s, i] = 1.0  # so that the first row is drawn by its weight
            sums[0, s] = _moments(w[s], lowered[0, s], 0.0)[0]
            potential += sums[0, s]
        for c in range(starts.shape[1]):
            n, least = 2 if c == 0 else n_slots, np.inf
            for t in range(1, n):
                slot = (at + t) % n_slots
                row = _row_at(w, lowered, sums, at, uniforms[run, used] * potential)
                used += 1
                for f in range(len(center)):
                    center[f] = x[row // _TILE, f, row % _TILE]
                lowest = 0.0
                for s in range(n_tiles):
                    _distances(x, s, center, squared)
                    for i in range(_TILE):
                        closest = squared[i] if c == 0 else lowered[at, s, i]
                        lowered[slot, s, i] = squared[i] if squared[i] < closest else closest
                    sums[slot, s] = _moments(w[s], lowered[slot, s], 0.0)[1]
                    lowest += sums[slot, s]
                trials[0, t], trials[1, t] = row, lowest
                least = min(least, lowest)
            best = 1
            while trials[1, best] > least * (1 + _ROUNDING):
                best += 1
            at, potential, row = (at + best) % n_slots, trials[1, best], int(trials[0, best])
            for f in range(starts.shape[2]):
                starts[run, c, f] = x[row // _TILE, f, row % _TILE]


@njit(**INLINED)
def _row_at(w, lowered, sums, at, draw):  # type: ignore[no-untyped-def]
    """Return the row at which weighted distances, cumulated over rows, reach a draw (0: the first)."""
    s, cumulated, row = 0, 0.0, 0
    while s < len(w) - 1 and cumulated + sums[at, s] < draw:
        cumulated += sums[at, s]
        s += 1
    for i in range(_TILE):
        product = w[s, i] * lowered[at, s, i]
        if product > 0 and cumulated < draw:
            cumulated += product
            row = s * _TILE + i
    return row


@njit(**INLINED)
def _distances(x, s, center, squared):  # type: ignore[no-untyped-def]
    """Write squared distances of the rows of a tile from a center; features are added in index order."""
    d = x.shape[1]
    first = (d - 1) % 8 + 1
    if first == 2:
        c, c1 = center[0], center[1]
        for i in range(_TILE):
            y, y1 = x[s, 0, i] - c, x[s, 1, i] - c1
            squared[i] = y * y + y1 * y1
    elif first == 4:
        c, c1, c2, c3 = center[0], center[1], center[2], center[3]
        for i in range(_TILE):
            y, y1, y2, y3 = x[s, 0, i] - c, x[s, 1, i] - c1, x[s, 2, i] - c2, x[s, 3, i] - c3
            squared[i] = y * y + y1 * y1 + y2 * y2 + y3 * y3
    elif first == 6:
        c, c1, c2, c3, c4, c5 = center[0], center[1], center[2], center[3], center[4], center[5]
        for i in range(_TILE):
            y, y1, y2, y3 = x[s, 0, i] - c, x[s, 1, i] - c1, x[s, 2, i] - c2, x[s, 3, i] - c3
            y4, y5 = x[s, 4, i] - c4, x[s, 5, i] - c5
            squared[i] = y * y + y1 * y1 + y2 * y2 + y3 * y3 + y4 * y4 + y5 * y5
    else:
        c, c1, c2, c3 = center[0], center[1], center[2], center[3]
        c4, c5, c6, c7 = center[4], center[5], center[6], center[7]
        for i in range(_TILE):
            y, y1, y2, y3 = x[s, 0, i] - c, x[s, 1, i] - c1, x[s, 2, i] - c2, x[s, 3, i] - c3
            y4, y5, y6, y7 = x[s, 4, i] - c4, x[s, 5, i] - c5, x[s, 6, i] - c6, x[s, 7, i] - c7
            squared[i] = y * y + y1 * y1 + y2 * y2 + y3 * y3 + y4 * y4 + y5 * y5 + y6 * y6 + y7 * y7
    for f in range(first, d, 8):
        c, c1, c2, c3 = center[f], center[f + 1], center[f + 2], center[f + 3]
        c4, c5, c6, c7 = center[f + 4], center[f + 5], center[f + 6], center[f + 7]
        for i in range(_TILE):
            y, y1, y2, y3 = x[s, f, i] - c, x[s, f + 1, i] - c1, x[s, f + 2, i] - c2, x[s, f + 3, i] - c3
            y4, y5, y6, y7 = (
                x[s, f + 4, i] - c4,
                x[s, f + 5, i] - c5,
                x[s, f + 6, i] - c6,
                x[s, f + 7, i] - c7,
            )
            squared[i] = (
                squared[i] + y * y + y1 * y1 + y2 * y2 + y3 * y3 + y4 * y4 + y5 * y5 + y6 * y6 + y7 * y7
            )


@njit(**INLINED)
def _nearest(x, s, centers, squared, best, nearest):  # type: ignore[no-untyped-def]
    """Find the nearest center of every row of a tile, of equal ones the first; return the slot with it.

    Each center is compared with what is in one slot and written to the other: a value that may stay where it
    is would be written under a mask, which takes many times as long.
    """
    _distances(x, s, centers[0], best[0])
    for i in range(_TILE):
        nearest[0, i] = 0
    slot = 0
    for j in range(1, len(centers)):
        _distances(x, s, centers[j], squared)
        for i in range(_TILE):
            distance, least, own = squared[i], best[slot, i], nearest[slot, i]
            closer = distance < least
            best[1 - slot, i] = distance if closer else least
            nearest[1 - slot, i] = own + closer * (j - own)
        slot = 1 - slot
    return slot


@njit(**KERNEL)
def _lloyd(  # type: ignore[no-untyped-def]
    x, y, w, m, height, tol, max_iter, no_direction, single,
    every_center, objectives, iterations, current, sums, squared, best, nearest, labels,
):  # fmt: skip
    k, d, wide = every_center.shape[1], every_center.shape[2], y.shape[1]
    for run in range(len(every_center)):
        centers, after = current[0], current[1]
        for j in range(k):
            for f in range(d):
                centers[j, f] = every_center[run, j, f]
        for s in range(len(x)):
            for i in range(_TILE):
                labels[s, i] = -1
        iteration, stopped, going = 0, False, True
        while going:
            moved = _expectation(x, y, w, m, height, centers, squared, best, nearest, labels, sums)
            scatter, product, own, shift, empty = 0.0, 0.0, 0.0, 0.0, False
            for j in range(k):
                empty = empty or sums[0, j, wide] == 0
                scatter += sums[0, j, wide + 1]
                _maximization(centers, sums, j, d, no_direction, single, after)
                for f in range(d):
                    moved_by = after[j, f] - centers[j, f]
                    product += moved_by * sums[0, j, f]
                    own += sums[0, j, wide] * square(moved_by)
                    shift += square(moved_by)
            objective = scatter - 2 * product + own
            if no_direction >= 0:
                objective *= 0.5
            if moved == 0 or stopped or iteration == max_iter:
                going = False
                iterations[run] = min(iteration + (moved == 0 and not stopped), max_iter)
            elif empty or (product > scatter / 4 and objective < _CANCELS * scatter):
                going = False
                iterations[run] = UNFINISHED
            else:
                iteration += 1
                stopped = shift <= tol
                centers, after = after, centers
        objectives[run] = scatter * (0.5 if no_direction >= 0 else 1.0)
        for j in range(k):
            for f in range(d):
                every_center[run, j, f] = centers[j, f]


@njit(**INLINED)
def _expectation(x, y, w, m, height, centers, squared, best, nearest, labels, sums):  # type: ignore[no-untyped-def]
    """Label every row; write the sums of w (x - c), w and w |x - c|^2; return how many labels changed."""
    wide, moved = y.shape[1], 0
    for part in range(len(sums)):
        for j in range(sums.shape[1]):
            for f in range(sums.shape[2]):
                sums[part, j, f] = 0.0
    for s in range(len(x)):
        slot = _nearest(x, s, centers, squared, best, nearest)
        part, size = s // height, min(_TILE, m - s * _TILE)
        for i in range(size):
            moved += labels[s, i] != nearest[slot, i]
            labels[s, i] = nearest[slot, i]
        for i in range(size):
            own, weight, row = np.uint64(nearest[slot, i]), w[s, i], s * _TILE + i
            sums[part, own, wide] += weight
            sums[part, own, wide + 1] += weight * best[slot, i]
            for f in range(wide):
                sums[part, own, f] += weight * (y[row, f] - centers[own, f])
    stride = 1
    while stride < len(sums):  # the tree of ``engines.engine.fold``
        for part in range(0, len(sums) - stride, 2 * stride):
            for j in range(sums.shape[1]):
                for f in range(sums.shape[2]):
                    sums[part, j, f] += sums[part + stride, j, f]
        stride *= 2
    return moved


@njit(**INLINED)
def _maximization(centers, sums, j, d, no_direction, single, after):  # type: ignore[no-untyped-def]
    """Write the mean of a cluster, or its direction; that of points that cancel out stays."""
    mass, length = sums[0, j, centers.shape[1]], 0.0
    for f in range(d):
        after[j, f] = centers[j, f] + (sums[0, j, f] / mass if mass > 0 else 0.0)
        length += square(after[j, f])
    if no_direction >= 0:
        length = np.sqrt(length)
        for f in range(d):
            after[j, f] = after[j, f] / length if length > no_direction else centers[j, f]
    if single:
        for f in range(d):
            after[j, f] = np.float64(np.float32(after[j, f]))


@njit(**KERNEL)
def _label(x, n, centers, labels, squared, best, nearest):  # type: ignore[no-untyped-def]
    for run in range(len(centers)):
        for s in range(len(x)):
            slot = _nearest(x, s, centers[run], squared, best, nearest)
            for i in range(min(_TILE, n - s * _TILE)):
                labels[run, s * _TILE + i] = nearest[slot, i]
