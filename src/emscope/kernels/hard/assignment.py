"""The sufficient statistics that every kernel of k-means returns, and the plain kernel of small problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.kernels.hard.distances import cluster_sums, nearest_center, own_distances
from emscope.kernels.kernel import Workspace


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


def assign_plainly(rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
    """Label every row by its nearest center, in plain NumPy."""
    distances = nearest_center(rows, centers, labels)
    return sum_up(rows, weights, centers, labels, distances)


def sum_up(rows: Array, weights: Array, centers: Array, labels: Array, distances: Array) -> Sums:
    """Sum up rows whose labels and squared distances are known."""
    k = len(centers)
    labels = labels.astype(np.intp)  # once, and not in every sum
    return Sums(
        counts=np.bincount(labels, None, k),
        weights=np.bincount(labels, weights, k),
        sums=cluster_sums(rows, weights, labels, centers),
        scatter=np.bincount(labels, weights * distances, k),
    )


def sums_by_label(rows: Array, weights: Array, labels: Array, centers: Array) -> Sums:
    """Sum up rows whose labels are known."""
    return sum_up(rows, weights, centers, labels, own_distances(rows, centers, labels))


class HardKernel(NamedTuple):
    """A kernel for models with one label per row; see :mod:`emscope.kernels.kernel`."""

    prepare: Callable[[Array, Array], Workspace]
    """``step`` of the workspace labels every row by its nearest center, of equal ones the first."""
    sums: Callable[[Array, Array, Array, Array], Sums] = sums_by_label
    """``sums(rows, weights, labels, centers)``, about given centers."""
    distances: Callable[[Array, Array, Array], Array] = own_distances
    """``distances(rows, centers, labels)``: squared, of every row to the center of its cluster."""
    blas: bool = False
    """Whether it calls BLAS, which is then to be kept to one thread."""


def _plain(rows: Array, weights: Array) -> Workspace:
    return Workspace(assign_plainly)


PLAIN = HardKernel(_plain)
"""The kernel of small problems."""
