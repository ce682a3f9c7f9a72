"""The sufficient statistics that every kernel of k-means returns, and the plain kernel of small problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.kernels.hard.distances import (
    columns_of,
    differences,
    nearest_center,
    own_distances,
    squared_lengths,
)
from emscope.kernels.kernel import Prepare, Share, Workspace, in_turn

# Features of pairs up to which NumPy spends more time on calls than on arithmetic.
_FEW = 1 << 13


class Sums(NamedTuple):
    """Sums over the rows x of each cluster, with their weights w, about its center c."""

    counts: Array
    """(k,), int64: number of rows."""
    weights: Array
    """(k,): sum of w."""
    sums: Array
    """(k, d): sum of w (x - c)."""
    scatter: Array
    """(k,): sum of w |x - c|^2."""


def no_sums(k: int, d: int) -> Sums:
    """Return sums over no rows, to be added to."""
    return Sums(np.zeros(k, np.int64), np.zeros(k), np.zeros((k, d)), np.zeros(k))


class _Columns:
    """The columns of a block, which NumPy is quick at, and its weights unless they are all 1."""

    def __init__(self, rows: Array, weights: Array) -> None:
        self._columns = columns_of(rows)
        self._differences = np.empty((len(self._columns), 0, len(rows)))
        self._weights = None if (weights == 1).all() else weights

    def assign(self, rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
        """Label every row by its nearest center."""
        centers = np.asarray(centers, np.float64)
        if self._columns.size * len(centers) <= _FEW:
            nearest = self._nearest_of_few(centers)
        else:
            nearest = nearest_center(self._columns, centers)
        labels[:] = nearest
        return self.sums(nearest, centers)

    def _nearest_of_few(self, centers: Array) -> Array:
        """Do as ``nearest_center`` with fewer calls, each of which takes longer than its arithmetic."""
        d, k, m = self._differences.shape
        if k != len(centers):
            self._differences = np.empty((d, len(centers), m))
        difference = np.subtract(self._columns[:, None], centers.T[:, :, None], out=self._differences)
        return np.asarray(squared_lengths(difference, out=difference).argmin(axis=0))

    def sums(self, labels: Array, centers: Array) -> Sums:
        """Sum up the rows, whose labels are of the type that indexes arrays."""
        k, weights = len(centers), self._weights
        difference = differences(self._columns, centers, labels)
        distances = squared_lengths(difference)
        if weights is not None:
            difference *= weights
            distances *= weights
        sums = np.empty(centers.shape)
        for f, column in enumerate(difference):
            sums[:, f] = np.bincount(labels, column, k)
        counts = np.bincount(labels, None, k)
        return Sums(
            counts,
            counts.astype(np.float64) if weights is None else np.bincount(labels, weights, k),
            sums,
            np.bincount(labels, distances, k),
        )


def assign_plainly(rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
    """Label every row by its nearest center, in plain NumPy."""
    return _Columns(rows, weights).assign(rows, weights, centers, labels)


def sums_by_label(rows: Array, weights: Array, labels: Array, centers: Array) -> Sums:
    """Sum up rows whose labels are known."""
    return _Columns(rows, weights).sums(labels.astype(np.intp), np.asarray(centers, np.float64))


class HardKernel(NamedTuple):
    """A kernel for models with one label per row; see :mod:`emscope.kernels.kernel`."""

    prepare: Prepare
    """``step`` of the workspace labels every row by its nearest center, of equal ones the first."""
    sums: Callable[[Array, Array, Array, Array], Sums] = sums_by_label
    """``sums(rows, weights, labels, centers)``, about given centers."""
    distances: Callable[[Array, Array, Array], Array] = own_distances
    """``distances(rows, centers, labels)``: squared, of every row to the center of its cluster."""
    blas: bool = False
    """Whether it calls BLAS, which is then to be kept to one thread."""
    spanning: bool = False
    """Whether a workspace is made for a span of blocks, whose work its steps share out."""


def _plain(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    return Workspace(_Columns(rows, weights).assign)


PLAIN = HardKernel(_plain)
"""The kernel of small problems."""
