"""What every kernel of the expectation step gives back, and the plain one that small problems use."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.kernels.distances import Array, cluster_sums, nearest_center


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


Assign = Callable[[Array, Array, Array, Array], Sums]
"""``assign(rows, weights, centers, labels) -> Sums``, writing the nearest centers into the labels."""


class Kernel(NamedTuple):
    """A way to take the expectation steps of one block.

    Attributes
    ----------
    assign : callable(rows, weights, centers, labels) -> Sums
    order : ndarray of shape (m,) or None
        The order of the rows in which it writes their labels; None where it is that of the block.
    """

    assign: Assign
    order: Array | None = None


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
    """Sum up rows whose owners and squared distances are known.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
    weights : ndarray of shape (m,)
    centers : ndarray of shape (k, d)
    labels : ndarray of shape (m,), integer
    distances : ndarray of shape (m,)
        Squared.

    Returns
    -------
    Sums
    """
    k = len(centers)
    owners = labels.astype(np.intp)  # once, and not in every sum
    return Sums(
        counts=np.bincount(owners, None, k),
        weights=np.bincount(owners, weights, k),
        sums=cluster_sums(rows, weights, owners, centers),
        scatter=np.bincount(owners, weights * distances, k),
    )
