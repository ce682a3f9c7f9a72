"""Exact pruning for many features: a row whose label is safe is not compared with the other centers.

Each row keeps an upper bound of the distance to its center and a lower bound of the distance to every other
one. When centers move, the bounds give way by as much as they moved. Only where they
meet is a row compared with all centers, in one of several ways. The bounds save comparisons and decide
nothing else, and they allow for rounding, so the labels are those of the plain loop.

Source: Hamerly, "Making k-means even faster", SDM 2010, 130-140.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numba import njit

from emscope.columns import Array, reduce_columns
from emscope.kernels.flags import INLINED, KERNEL, square
from emscope.kernels.hard.assignment import Sums, no_sums
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


class Frame(NamedTuple):
    """Where the rows of a span lie."""

    origin: Array
    """(d,): the middle of each feature."""
    spread: float
    """The farthest of any row from it, in any feature."""


class Part(NamedTuple):
    """The rows of a unit, and what a step reads and writes for them."""

    own: slice
    """Their places in the span."""
    rows: Array
    weights: Array
    labels: Array
    upper: Array
    """Upper bound of the distance to the own center, empty where none is kept."""
    lower: Array
    """Lower bound of the distance to any other center, empty where none is kept."""


class Compared(NamedTuple):
    """What a step had to do for some rows."""

    rows: int
    """How many were compared."""
    distances: float
    """How many distances were computed for that, or what cost as much."""


class Comparison(Protocol):
    """A way to compare rows with centers."""

    def prepared(self, rows: Array, centers: Array) -> Any:
        """Return what all units of the span need of the centers in a step."""

    def step(
        self, part: Part, centers: Array, prepared: Any, moved: tuple[Array, Array] | None, result: Sums
    ) -> Compared:
        """Write labels and bounds, and add to the sums.

        Told by how much bounds give way, it compares those rows whose bounds meet, and otherwise all.
        """


class Bounds:
    """The bounds of the rows of one span; not pruned, every step compares every row with every center.

    A step takes the span in units, each with sums of its own, which several threads may share.
    """

    def __init__(
        self,
        rows: Array,
        compare: Callable[[Array, Frame], Comparison],
        share: Share = in_turn,
        *,
        pruned: bool = True,
    ) -> None:
        m = len(rows) if pruned else 0
        self._share = share
        self._compare = compare(rows, _frame(rows, share))
        self._pruned = pruned
        self._rest, self._longest_rest = 0, 1
        self.computed = 0.0  # distances so far, but for those of rows to their own centers
        self._centers: Array | None = None
        self._labels = np.empty(m, np.int32)
        self._upper, self._lower = np.empty(m, np.float32), np.empty(m, np.float32)

    def assign(self, rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
        """Label every row by its nearest center."""
        centers = np.array(centers, np.float64, order="C")
        before, self._centers = self._centers, None  # a step that is interrupted leaves no bounds
        looks = self._pruned and before is not None and not self._rest
        moved = shifts(centers, before) if looks else None
        prepared = self._compare.prepared(rows, centers)

        def take(own: slice, *sums: Array) -> Compared:
            current = self._labels[own] if self._pruned else labels[own]
            in_line = np.ascontiguousarray(rows[own]), np.ascontiguousarray(weights[own])
            part = Part(own, *in_line, current, self._upper[own], self._lower[own])
            compared = self._compare.step(part, centers, prepared, moved, Sums(*sums))
            if self._pruned:
                labels[own] = current
            return compared

        units = cut(len(rows), _rows_of_unit(len(rows), *centers.shape), self._share)
        sums, compared = units.add(no_sums(*centers.shape), take)
        n = sum(part.rows for part in compared)
        if self._rest:
            self._rest -= 1
        elif looks:
            useless = n > _USELESS * len(rows)
            self._longest_rest = min(2 * self._longest_rest, _LONGEST_REST) if useless else 1
            self._rest = self._longest_rest if useless else 0
        self._centers = centers
        self.computed += sum(part.distances for part in compared)
        return Sums(*sums)


def _frame(rows: Array, share: Share) -> Frame:
    extremes = share(lambda first, stop: _extremes(rows[first:stop]), len(rows))
    low = np.minimum.reduce([low for low, _ in extremes])
    high = np.maximum.reduce([high for _, high in extremes])
    origin = low + 0.5 * (high.astype(np.float64) - low)
    return Frame(origin, float(np.max(high - origin)))


def _extremes(rows: Array) -> tuple[Array, Array]:
    return reduce_columns(np.minimum, rows), reduce_columns(np.maximum, rows)


def _rows_of_unit(m: int, k: int, d: int) -> int:
    """Return how many rows are enough work for a unit, and enough that sums take little room.

    Units are as long as one another, and an even number of them: few are shared out evenly, too.
    """
    least = max(_LEAST_ROWS, _ROWS_PER_CENTER * k, _LEAST_PRODUCTS // (k * d))
    n = min(m // least // 2 * 2, MOST_UNITS)
    return max(-(-m // max(n, 1)), 1)


@njit(**KERNEL)
def shifts(centers, before):  # type: ignore[no-untyped-def]
    """Return by how much the upper bounds give way for each center, and the lower bounds."""
    upper, lower = np.empty(len(centers)), np.empty(len(centers))
    for j in range(len(centers)):
        squared = 0.0
        for f in range(centers.shape[1]):
            squared += square(centers[j, f] - before[j, f])
        upper[j] = np.sqrt(squared) * WIDER
    farthest, others = np.argmax(upper), 0.0
    for j in range(len(centers)):
        if j != farthest:
            others = max(others, upper[j])
    lower[:] = upper[farthest]
    lower[farthest] = others
    return upper, lower


@njit(**INLINED)
def storable(lower):  # type: ignore[no-untyped-def]
    """Return a lower bound that float32 holds, at scales where it has too few digits or ends, too."""
    return 0.0 if lower < SMALLEST else min(lower, _LARGEST)
