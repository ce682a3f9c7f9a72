"""What every kernel of the expectation step gives back, and the plain one that small problems use."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.kernels.hard.distances import Array, cluster_sums, nearest_center, own_distances
from emscope.kernels.kernel import Workspace


class Sums(NamedTuple):
    """Sums over the rows x of each cluster, about its center c.

    Attributes
    ----------
    counts : ndarray of shape (k,), int64
        Number of rows.
    weights : ndarray of shape (k,)
        Sum of w.
    sums : ndarray of shape (k, d)
        Sum of w (x - c).
    scatter : ndarray of shape (k,)
        Sum of w |x - c|^2.
    """

    counts: Array
    weights: Array
    sums: Array
    scatter: Array


def no_sums(k: int, d: int) -> Sums:
    """Return sums over no rows, to be added to.

    Parameters
    ----------
    k, d : int
        Number of clusters and of features.

    Returns
    -------
    Sums
    """
    return Sums(np.zeros(k, np.int64), np.zeros(k), np.zeros((k, d)), np.zeros(k))


def assign_plainly(rows: Array, weights: Array, centers: Array, labels: Array) -> Sums:
    """Give every row its nearest center, in plain NumPy.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
    weights : ndarray of shape (m,)
    centers : ndarray of shape (k, d)
    labels : ndarray of shape (m,), integer
        Written to.

    Returns
    -------
    Sums
    """
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
    """A kernel for models with one label per row; see :class:`~emscope.kernels.kernel.Kernel`.

    ``step`` of its workspaces writes the nearest centers into the labels, of equal ones the first.
    """

    prepare: Callable[[Array, Array], Workspace]
    sums: Callable[[Array, Array, Array, Array], Sums] = sums_by_label
    distances: Callable[[Array, Array, Array], Array] = own_distances
    """``distances(rows, centers, labels)``: squared, of every row to the center of its cluster."""
    blas: bool = False


def _plain(rows: Array, weights: Array) -> Workspace:
    return Workspace(assign_plainly)


PLAIN = HardKernel(_plain)
"""The kernel that small problems use."""
