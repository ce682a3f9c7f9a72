"""Squared distances and sums over clusters, in plain NumPy.

Distances that decide a label are float64 and add the features in index order, as a plain loop
would, so that the nearest center is the same on every machine.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array

ROUNDING = 1e-14
"""Relative error of a squared distance in float64, per feature, with room to spare."""

# Entries of a (rows x centers) tile; 2^16 doubles and as many for the differences stay in a core's cache.
_TILE = 1 << 16


def squared_distances(rows: Array, centers: Array) -> Array:
    """Return ``|x - c|^2`` as (k, m), float64: long lines of rows are what NumPy is quick at."""
    squared = np.empty((len(centers), len(rows)))
    difference = squared  # of the first feature; the others are added to it
    for x, c in zip(rows.T, centers.T, strict=True):
        np.subtract(x, c[:, None], out=difference, dtype=np.float64)
        difference *= difference
        if difference is squared:
            difference = np.empty_like(squared)
        else:
            squared += difference
    return squared


def nearest_center(rows: Array, centers: Array, labels: Array) -> Array:
    """Label every row by its nearest center, ties by the lowest index; return the squared distances to it."""
    distances = np.empty(len(rows))
    height = max(1, _TILE // len(centers))
    for start in range(0, len(rows), height):
        tile = slice(start, start + height)
        squared = squared_distances(rows[tile], centers)
        labels[tile] = squared.argmin(axis=0)
        np.minimum.reduce(squared, axis=0, out=distances[tile])
    return distances


def own_distances(rows: Array, centers: Array, labels: Array) -> Array:
    """Return the squared distance of every row to the center of its label."""
    squared = np.zeros(len(rows))
    for x, c in zip(rows.T, centers.T, strict=True):
        squared += np.subtract(x, c.take(labels), dtype=np.float64) ** 2
    return squared


def cluster_sums(rows: Array, weights: Array, labels: Array, centers: Array) -> Array:
    """Return every cluster's sum of w (x - c) about its own center c, as (k, d)."""
    k, d = centers.shape
    sums = np.empty((k, d))
    for j in range(d):
        difference = np.subtract(rows[:, j], centers[:, j].take(labels), dtype=np.float64)
        difference *= weights
        sums[:, j] = np.bincount(labels, difference, k)
    return sums
