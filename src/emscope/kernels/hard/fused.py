"""Exact k-means for more than a few features: compared, pruned by bounds and summed up in one compiled pass.

Rows are compared a panel at a time; see :mod:`emscope.kernels.hard.panels`. Where the two smallest are closer
than a bound on the rounding, the row is compared again, directly and in float64. So the labels
are those of the plain loop.

Source for the rounding: Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed. (2002), 3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED, KERNEL
from emscope.kernels.hard.assignment import Sums
from emscope.kernels.hard.bounds import WIDER, Compared, Frame, Part, storable
from emscope.kernels.hard.own_centers import decide, masked, meeting, put_last, sum_up
from emscope.kernels.hard.panels import PANEL, fill_up, grouped, pack, squared_lengths, take_all, two_smallest
from emscope.kernels.hard.screening import rounding
from emscope.kernels.vectors import DOUBLES, pointer

_CHUNK = 1024  # rows that stay in a cache between bounds, comparison and sums
UNMOVED = np.empty(0), np.empty(0)
"""What stands for no bounds to look at."""


class Fused:
    """Compares rows that have four features or more."""

    def __init__(self, rows: Array, frame: Frame) -> None:
        if rows.shape[1] < DOUBLES:
            raise ValueError(f"rows of {rows.shape[1]} features are too short to be read {DOUBLES} at a time")
        self._frame = frame

    def prepared(self, rows: Array, centers: Array) -> Any:
        """Return what all units need of the centers."""
        return _screen(centers, *self._frame)

    def step(
        self, part: Part, centers: Array, prepared: Any, moved: tuple[Array, Array] | None, result: Sums
    ) -> Compared:
        """Write labels, bounds and sums; all rows are compared, unless it is told what moved."""
        bounds, room = (part.upper, part.lower), _room(*centers.shape)
        moved = moved or UNMOVED
        n = _step(part.rows, part.weights, centers, moved, prepared, room, part.labels, bounds, result)
        return Compared(n, n * len(centers))


def _room(k: int, d: int) -> tuple[Array, Array, Array, Array]:
    """Return where a step works: in float32, in float64, with numbers of rows; and what masks features."""
    return (
        np.empty(PANEL * (d + 4), np.float32),
        np.zeros(k + k * DOUBLES),
        np.empty(_CHUNK + PANEL, np.int64),
        masked(d),
    )


@njit(**KERNEL)
def _screen(centers, origin, spread):  # type: ignore[no-untyped-def]
    """Return the centers as panels meet them, and all of them in float64, feature by feature."""
    return (*grouped(centers, origin, spread), np.ascontiguousarray(centers.T))


@njit(**KERNEL)
def _step(rows, weights, centers, moved, screened, room, labels, bounds, result):  # type: ignore[no-untyped-def]
    """Label the rows of a block and sum them up, chunk by chunk; return how many were compared."""
    m, d = rows.shape
    k = len(centers)
    upper_moved, lower_moved = moved
    scale, origin, largest, groups, by_feature = screened
    singles_room, doubles_room, chosen, last = room
    upper, lower = bounds
    counts, mass, sums, scatter = result
    looks, keeps = len(upper_moved) > 0, len(upper) > 0
    last_sums = doubles_room[k:]
    compared = 0
    for start in range(0, m, _CHUNK):
        stop = min(start + _CHUNK, m)
        if looks:
            n = meeting(
                pointer(rows), d, start, stop, pointer(centers), pointer(last), pointer(labels),
                pointer(upper), pointer(lower), pointer(upper_moved), pointer(lower_moved), pointer(chosen),
            )  # fmt: skip
        else:
            n = stop - start
            take_all(pointer(chosen), start, n)
        compared += n
        if n > 0:
            fill_up(pointer(chosen), n, stop - 1)
            _compare(
                pointer(rows), d, pointer(chosen), n, k, scale, pointer(origin), largest, pointer(groups),
                len(groups), pointer(by_feature), pointer(singles_room), pointer(doubles_room), keeps,
                pointer(labels), pointer(lower),
            )  # fmt: skip
        sum_up(
            pointer(rows), d, start, stop, pointer(weights), pointer(centers), pointer(last), pointer(labels),
            keeps, pointer(upper), pointer(counts), pointer(mass), pointer(sums), pointer(last_sums),
            pointer(scatter),
        )  # fmt: skip
    put_last(sums, last_sums)
    return compared


@njit(**INLINED)
def _compare(  # type: ignore[no-untyped-def]
    line,
    d,
    chosen,
    n,
    k,
    scale,
    origin,
    largest,
    groups,
    n_groups,
    by_feature,
    panel,
    squared,
    keeps,
    labels,
    lower,
):
    """Compare the chosen rows with all centers; write their labels and lower bounds."""
    squares = d * PANEL
    smallest, second, nearest = squares + PANEL, squares + 2 * PANEL, squares + 3 * PANEL
    per_scaled = 1 / (scale * WIDER)
    for first in range(0, n, PANEL):
        pack(line, d, chosen, first, scale, origin, panel)
        error = rounding(d, squared_lengths(panel, d, squares), largest)
        two_smallest(panel, d, groups, n_groups, smallest, second, nearest, panel, -1)
        for i in range(min(PANEL, n - first)):
            row = chosen[first + i]
            others = np.float64(panel[second + i])
            if others - panel[smallest + i] > 2 * error:
                j = np.int64(panel[nearest + i])
            else:
                j = decide(line, row * d, d, by_feature, k, squared)
                others = np.float64(panel[smallest + i])
            labels[row] = j
            if keeps:
                beyond = np.sqrt(max(others + panel[squares + i] - error, 0.0)) * per_scaled
                lower[row] = storable(beyond)
