"""What every kernel of the expectation step gives back, and the plain one that small problems use."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.kernels.hard.distances import Array, cluster_sums, nearest_center


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
        May write the labels in an order of its own.
    restore : callable(labels, by_row) or None
        Puts such labels in the order of the rows; None where they are written so.
    """

    assign: Assign
    restore: Callable[[Array, Array], None] | None = None


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
