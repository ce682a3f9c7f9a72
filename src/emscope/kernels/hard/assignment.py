"""The sufficient statistics that every kernel of k-means returns, and the plain kernel of small problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.kernels.hard.distances import Array, cluster_sums, nearest_center


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


Assign = Callable[[Array, Array, Array, Array], Sums]
"""``assign(rows, weights, centers, labels) -> Sums``, writing every row's nearest center into the labels."""


class Kernel(NamedTuple):
    """A way to take the expectation steps of one block."""

    assign: Assign
    """May write the labels in an order of its own."""
    restore: Callable[[Array, Array], None] | None = None
    """``restore(labels, by_row)`` puts such labels in the order of the rows; None where they lie so."""


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
