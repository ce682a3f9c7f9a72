"""Squared distances and sums over clusters, in plain NumPy.

Distances that decide a label are float64 and add the features in index order, as a plain loop
would, so that the nearest center is the same on every machine. Rows are given by their columns, one long
line of numbers per feature, which is what NumPy is quick at.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array

ROUNDING = 1e-14
"""Relative error of a squared distance in float64, per feature, with room to spare."""

# Entries of a (rows x centers) tile; 2^16 doubles and as many for the differences stay in a core's cache.
_TILE = 1 << 16


def columns_of(rows: Array) -> Array:
    """Return the columns of rows, (d, m), in float64."""
    return np.array(rows.T, np.float64, order="C")


def squared_distances(columns: Array, centers: Array) -> Array:
    """Return ``|x - c|^2`` as (k, m), of centers in float64."""
    squared: Array = columns[0] - centers[:, 0, None]
    squared *= squared
    if len(columns) > 1:
        difference = np.empty_like(squared)
    for f in range(1, len(columns)):
        np.subtract(columns[f], centers[:, f, None], out=difference)
        difference *= difference
        squared += difference
    return squared


def nearest_center(columns: Array, centers: Array) -> Array:
    """Return for every row the number of its nearest center, of equal ones the lowest."""
    m = columns.shape[1]
    labels = np.empty(m, np.intp)
    height = max(1, _TILE // len(centers))
    for start in range(0, m, height):
        tile = slice(start, start + height)
        squared_distances(columns[:, tile], centers).argmin(axis=0, out=labels[tile])
    return labels


def differences(columns: Array, centers: Array, labels: Array) -> Array:
    """Return the difference of every row from the center of its label, as (d, m)."""
    own = centers.T.take(labels, axis=1)
    return np.subtract(columns, own, out=own)


def squared_lengths(differences: Array, out: Array | None = None) -> Array:
    """Return the squared length of every column of (d, m), with the squares left in ``out``."""
    squares = np.multiply(differences, differences, out=out)
    lengths: Array = squares[0]
    for f in range(1, len(squares)):
        lengths += squares[f]
    return lengths


def own_distances(rows: Array, centers: Array, labels: Array) -> Array:
    """Return the squared distance of every row to the center of its label."""
    return squared_lengths(differences(columns_of(rows), np.asarray(centers, np.float64), labels))
