"""Rows and centers compared by matrix products: many features, and rows without a structure to use.

The rows whose bounds meet are compared with all centers, a tile of them in one product; see
:mod:`emscope.kernels.hard.screening`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import KERNEL
from emscope.kernels.hard.assignment import Sums
from emscope.kernels.hard.bounds import WIDER, Compared, Frame, Part, storable
from emscope.kernels.hard.own_centers import masked, meeting, put_last, sum_up
from emscope.kernels.hard.screening import TILE, decide, pack, rounding, screen, two_smallest
from emscope.kernels.vectors import DOUBLES, pointer


class Products:
    """Compares by matrix products."""

    def __init__(self, rows: Array, frame: Frame) -> None:
        self._frame = frame

    def prepared(self, rows: Array, centers: Array) -> Any:
        """Return what all units need of the centers."""
        return _screen(centers, *self._frame)

    def step(
        self, part: Part, centers: Array, prepared: Any, moved: tuple[Array, Array] | None, result: Sums
    ) -> Compared:
        """Write labels, bounds and sums; all rows are compared, unless it is told what moved."""
        rows = part.rows
        uncertain, last = np.arange(len(rows)), masked(rows.shape[1])
        if moved is not None:
            n = _meeting(rows, centers, last, *moved, part.labels, part.upper, part.lower, uncertain)
            uncertain = uncertain[:n]
        if len(uncertain):
            origin = self._frame.origin
            _compare(rows, uncertain, centers, origin, *prepared, part.labels, part.lower)
        last_sums = np.zeros(len(centers) * DOUBLES)
        _sum_up(rows, part.weights, centers, last, last_sums, part.labels, part.upper, *result)
        return Compared(len(uncertain), len(uncertain) * len(centers))


@njit(**KERNEL)
def _screen(centers, origin, spread):  # type: ignore[no-untyped-def]
    return screen(centers, origin, spread)


@njit(**KERNEL)
def _meeting(rows, centers, last, upper_moved, lower_moved, labels, upper, lower, uncertain):  # type: ignore[no-untyped-def]
    m, d = rows.shape
    return meeting(
        pointer(rows), d, 0, m, pointer(centers), pointer(last), pointer(labels), pointer(upper),
        pointer(lower), pointer(upper_moved), pointer(lower_moved), pointer(uncertain),
    )  # fmt: skip


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


@njit(**KERNEL)
def _sum_up(rows, weights, centers, last, last_sums, labels, upper, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    m, d = rows.shape
    sum_up(
        pointer(rows), d, 0, m, pointer(weights), pointer(centers), pointer(last), pointer(labels),
        len(upper) > 0, pointer(upper), pointer(counts), pointer(mass), pointer(sums), pointer(last_sums),
        pointer(scatter),
    )  # fmt: skip
    put_last(sums, last_sums)
