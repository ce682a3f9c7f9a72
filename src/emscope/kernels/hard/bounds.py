"""Exact pruning for many features: a row whose label is safe is not compared with the other centers.

Each row keeps an upper bound of the distance to its center and a lower bound of the distance to every other
one. When centers move, the bounds give way by as much as they moved. Only where they
meet is a row compared with all centers, many rows at a time. The bounds save comparisons and decide
nothing else, and they allow for rounding, so the labels are those of the plain loop.

Source: Hamerly, "Making k-means even faster", SDM 2010, 130-140.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from emscope.columns import Array, reduce_columns
from emscope.kernels.flags import INLINED, INLINED_SUMS, KERNEL
from emscope.kernels.hard.assignment import Sums, no_sums
from emscope.kernels.hard.screening import TILE, decide, pack, rounding, screen, two_smallest
from emscope.kernels.kernel import Share, in_turn
from emscope.kernels.units import MOST_UNITS, cut

SMALLEST = 2.0**-126
"""Bounds below are 0: float32 rounds them by more than its unit."""

WIDER = 1 + 2.0**-22
"""What makes an upper bound safe from rounding to float32 and of distances."""

_LARGEST = 2.0**127
_USELESS = 0.9  # part of the rows whose bounds meet from which they are not looked at for some steps
_LONGEST_REST = 4
_LEAST_ROWS, _ROWS_PER_CENTER, _LEAST_PRODUCTS = 1 << 12, 8, 1 << 21  # of a unit


class Bounds:
    """The bounds of the rows of one span; not pruned, every step compares every row with every center.

    A step takes the span in units, each with sums of its own, which several threads may share.
    """

    def __init__(self, rows: Array, share: Share = in_turn, *, pruned: bool = True) -> None:
        m = len(rows) if pruned else 0
        self._share = share
        extremes = share(lambda first, stop: _extremes(rows[first:stop]), len(rows))
        low = np.minimum.reduce([low for low, _ in extremes])
        high = np.maximum.reduce([high for _, high in extremes])
        self._origin = low + 0.5 * (high.astype(np.float64) - low)
        self._spread = float(np.max(high - self._origin))
        self._pruned = pruned
        self._rest, self._longest_rest = 0, 1
        self.computed = 0  # distances so far, but for those of rows to their own centers
        self._centers: Array | None = None
        self._labels = np.empty(m, np.int32)
        self._upper, self._lower = np.empty(m, np.float32), np.empty(m, np.float32)

    def assign(self, rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
        """Label every row by its nearest center."""
        centers = np.array(centers, np.float64)
        before, self._centers = self._centers, None  # a step that is interrupted leaves no bounds
        looks = self._pruned and before is not None and not self._rest
        moved = shifts(centers, before) if looks else None
        prepared = self._prepared(centers)

        def take(own: slice, *sums: Array) -> int:
            current = self._labels[own] if self._pruned else labels[own]
            bounds = self._upper[own], self._lower[own]
            n = self._step(rows[own], weights[own], centers, prepared, moved, current, bounds, Sums(*sums))
            if self._pruned:
                labels[own] = current
            return n

        units = cut(len(rows), _rows_of_unit(len(rows), *centers.shape), self._share)
        sums, compared = units.add(no_sums(*centers.shape), take)
        n = sum(compared)
        if self._rest:
            self._rest -= 1
        elif looks:
            useless = n > _USELESS * len(rows)
            self._longest_rest = min(2 * self._longest_rest, _LONGEST_REST) if useless else 1
            self._rest = self._longest_rest if useless else 0
        self._centers = centers
        self.computed += n * len(centers)
        return Sums(*sums)

    def _prepared(self, centers: Array) -> Any:
        """Return what all units need of the centers."""
        return _screen(centers, self._origin, self._spread)

    def _step(
        self,
        rows: Array,
        weights: Array,
        centers: Array,
        prepared: Any,
        moved: tuple[Array, Array] | None,
        labels: Array,
        bounds: tuple[Array, Array],
        result: Sums,
    ) -> int:
        """Write labels, bounds and sums; return how many rows were compared: all, unless told what moved."""
        upper, lower = bounds
        uncertain = np.arange(len(rows), dtype=np.int32)
        if moved is not None:
            n = _meeting(rows, centers, *moved, labels, upper, lower, uncertain)
            uncertain = uncertain[:n]
        if len(uncertain):
            _compare(rows, uncertain, centers, self._origin, *prepared, labels, lower)
        _sum_up(rows, weights, centers, labels, upper, *result)
        return len(uncertain)


def _extremes(rows: Array) -> tuple[Array, Array]:
    return reduce_columns(np.minimum, rows), reduce_columns(np.maximum, rows)


def _rows_of_unit(m: int, k: int, d: int) -> int:
    """Return how many rows are enough work for a unit, and enough that sums take little room."""
    rows = max(-(-m // MOST_UNITS), _ROWS_PER_CENTER * k, _LEAST_PRODUCTS // (k * d))
    return -(-rows // _LEAST_ROWS) * _LEAST_ROWS


@njit(**KERNEL)
def _screen(centers, origin, spread):  # type: ignore[no-untyped-def]
    return screen(centers, origin, spread)


@njit(**KERNEL)
def shifts(centers, before):  # type: ignore[no-untyped-def]
    """Return by how much the upper bounds give way for each center, and the lower bounds."""
    upper, lower = np.empty(len(centers)), np.empty(len(centers))
    for j in range(len(centers)):
        upper[j] = np.sqrt(_squared_distance(centers, j, before, j)) * WIDER
    farthest, others = np.argmax(upper), 0.0
    for j in range(len(centers)):
        if j != farthest:
            others = max(others, upper[j])
    lower[:] = upper[farthest]
    lower[farthest] = others
    return upper, lower


@njit(**KERNEL)
def _meeting(rows, centers, upper_moved, lower_moved, labels, upper, lower, uncertain):  # type: ignore[no-untyped-def]
    """Let the bounds give way and find the rows where they meet; return how many those are."""
    n = 0
    for i in range(len(rows)):
        j = labels[i]
        safe = (lower[i] - lower_moved[j]) / WIDER
        lower[i] = storable(safe)
        if (upper[i] + upper_moved[j]) * WIDER < safe:
            continue
        if not np.sqrt(_squared_distance(rows, i, centers, j)) * WIDER < safe:
            uncertain[n] = i
            n += 1
    return n


@njit(**KERNEL)
def _compare(rows, chosen, centers, origin, scale, table, largest, labels, lower):  # type: ignore[no-untyped-def]
    """Compare the chosen rows with all centers; write their labels and lower bounds."""
    d = rows.shape[1]
    tile = np.ones((TILE, d + 1), np.float32)
    products = np.empty((len(table), TILE), np.float32)
    squares, nearest = np.zeros(TILE, np.float32), np.empty(TILE, np.float32)
    smallest, second = np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    per_scaled = 1 / (scale * WIDER)
    for start in range(0, len(chosen), TILE):
        some = chosen[start : start + TILE]
        error = rounding(d, pack(rows, some, origin, scale, tile, squares), largest)
        np.dot(table, tile.T, products)
        two_smallest(products, smallest, second, nearest)
        for i in range(len(some)):
            row = np.uint64(some[i])
            others = np.float64(second[i])
            if others - smallest[i] > 2 * error:
                j = int(nearest[i])
            else:
                j = decide(rows, row, centers, products, i, smallest[i] + 2 * error)
                others = np.float64(smallest[i])
            labels[row] = j
            if len(lower) > 0:
                lower[row] = storable(np.sqrt(max(others + squares[i] - error, 0.0)) * per_scaled)


@njit(**INLINED)
def storable(lower):  # type: ignore[no-untyped-def]
    """Return a lower bound that float32 holds, at scales where it has too few digits or ends, too."""
    return 0.0 if lower < SMALLEST else min(lower, _LARGEST)


@njit(**INLINED_SUMS)
def _squared_distance(rows, i, centers, j):  # type: ignore[no-untyped-def]
    squared = 0.0
    for f in range(rows.shape[1]):
        difference = rows[i, f] - centers[j, f]
        squared += difference * difference
    return squared


@njit(**KERNEL)
def _sum_up(rows, weights, centers, labels, upper, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    for i in range(len(rows)):
        j, w = labels[i], weights[i]
        squared = _squared_distance(rows, i, centers, j)
        if len(upper) > 0:
            upper[i] = max(np.sqrt(squared) * WIDER, SMALLEST)
        counts[j] += 1
        mass[j] += w
        scatter[j] += w * squared
        for f in range(rows.shape[1]):
            sums[j, f] += w * (rows[i, f] - centers[j, f])
