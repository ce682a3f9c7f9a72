"""The expectation step of a mixture whose components have a variance per feature."""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.distances import Array
from emscope.kernels.mixture import Components, SoftSums, no_soft_sums
from emscope.kernels.soft_tiles import FARTHEST, SUMS, TILE, load, normalize

TOGETHER = 4
"""Features that one pass over a tile takes; those that are not there are 0 everywhere."""


def evaluate_diagonal(rows: Array, weights: Array, components: Components, labels: Array) -> SoftSums:
    """Take responsibilities and their sums, for diagonal covariances.

    Parameters
    ----------
    rows : ndarray of shape (m, d), float32 or float64
    weights : ndarray of shape (m,)
    components : Components
    labels : ndarray of shape (m,), int32
        Written to.

    Returns
    -------
    SoftSums
    """
    k, d = components.means.shape
    sums = no_soft_sums(k, d, "diag")
    log_likelihood = _diagonal(rows, weights, *components, labels, *sums[:4])
    return sums._replace(log_likelihood=log_likelihood)


@njit(nogil=True, cache=True)
def _diagonal(rows, weights, means, factors, log_scales, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    padded = (d + TOGETHER - 1) // TOGETHER * TOGETHER
    centers, scales = np.zeros((k, padded)), np.zeros((k, padded))
    centers[:, :d], scales[:, :d] = means, factors
    x, w = np.zeros((padded, TILE)), np.empty(TILE)
    densities, top, total = np.empty((k, TILE)), np.empty(TILE), np.empty(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        log_densities(x, centers, scales, log_scales, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, labels, counts)
        _sum_up(x, densities, means, mass, sums, scatter)
    return log_likelihood


@njit(nogil=True, cache=True, fastmath=SUMS)
def log_densities(x, centers, scales, log_scales, densities):  # type: ignore[no-untyped-def]
    """Write the weighted log densities of a tile; the number of features is a multiple of ``TOGETHER``."""
    for j in range(len(centers)):
        for i in range(TILE):
            densities[j, i] = 0.0
        for f in range(0, len(x), TOGETHER):
            c, c1, c2, c3 = centers[j, f], centers[j, f + 1], centers[j, f + 2], centers[j, f + 3]
            s, s1, s2, s3 = scales[j, f], scales[j, f + 1], scales[j, f + 2], scales[j, f + 3]
            for i in range(TILE):
                densities[j, i] += (
                    ((x[f, i] - c) * s) ** 2
                    + ((x[f + 1, i] - c1) * s1) ** 2
                    + ((x[f + 2, i] - c2) * s2) ** 2
                    + ((x[f + 3, i] - c3) * s3) ** 2
                )
        for i in range(TILE):
            squared = densities[j, i]
            densities[j, i] = log_scales[j] - 0.5 * (squared if squared < FARTHEST else FARTHEST)


@njit(nogil=True, cache=True, fastmath=SUMS)
def _sum_up(x, shares, means, mass, sums, scatter):  # type: ignore[no-untyped-def]
    for j in range(len(means)):
        n = 0.0
        for i in range(TILE):
            n += shares[j, i]
        if n == 0:
            continue
        mass[j] += n
        for f in range(means.shape[1]):
            c, s, q = means[j, f], 0.0, 0.0
            for i in range(TILE):
                weighted = shares[j, i] * (x[f, i] - c)
                s += weighted
                q += weighted * (x[f, i] - c)
            sums[j, f] += s
            scatter[j, f] += q
