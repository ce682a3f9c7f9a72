"""The expectation step of a mixture with few features: every sum of a tile stays in registers."""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.distances import Array
from emscope.kernels.mixture import Components, SoftSums, no_soft_sums
from emscope.kernels.soft_tiles import FARTHEST, SUMS, TILE, load, normalize


def evaluate_narrow(rows: Array, weights: Array, components: Components, labels: Array) -> SoftSums:
    """Take responsibilities and their sums, for full covariances of few features.

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
    sums = no_soft_sums(k, d, "full")
    dims = (0,) * d  # its length is known to the compiler, which unrolls loops over features
    log_likelihood = _narrow(rows, weights, *components, dims, labels, *sums[:4])
    _mirror(sums.scatter)
    return sums._replace(log_likelihood=log_likelihood)


@njit(nogil=True, cache=True)
def _narrow(rows, weights, means, factors, log_scales, dims, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k = len(means)
    x, w = np.empty((len(dims), TILE)), np.empty(TILE)
    densities, top, total = np.empty((k, TILE)), np.empty(TILE), np.empty(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        _log_densities(x, means, factors, log_scales, dims, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, labels, counts)
        _sum_up(x, densities, means, dims, mass, sums, scatter)
    return log_likelihood


@njit(nogil=True, cache=True, fastmath=SUMS)
def _log_densities(x, means, factors, log_scales, dims, densities):  # type: ignore[no-untyped-def]
    for j in range(len(means)):
        for i in range(TILE):
            squared = 0.0
            for b in range(len(dims)):
                deviation = 0.0
                for a in range(b + 1):
                    deviation += factors[j, a, b] * (x[a, i] - means[j, a])
                squared += deviation * deviation
            densities[j, i] = log_scales[j] - 0.5 * (squared if squared < FARTHEST else FARTHEST)


@njit(nogil=True, cache=True, fastmath=SUMS)
def _sum_up(x, shares, means, dims, mass, sums, scatter):  # type: ignore[no-untyped-def]
    """Add what the rows of a tile weigh for each component; of the scatter, only the upper triangle."""
    d = len(dims)
    for j in range(len(means)):
        n = 0.0
        for i in range(TILE):
            n += shares[j, i]
        if n == 0:
            continue
        mass[j] += n
        for a in range(d):
            c, n = means[j, a], 0.0
            for i in range(TILE):
                n += shares[j, i] * (x[a, i] - c)
            sums[j, a] += n
            for b in range(a, d):
                other, n = means[j, b], 0.0
                for i in range(TILE):
                    n += shares[j, i] * (x[a, i] - c) * (x[b, i] - other)
                scatter[j, a, b] += n


def _mirror(scatter: Array) -> None:
    """Copy the upper triangles to the lower ones."""
    above = np.triu_indices(scatter.shape[-1], 1)
    scatter[:, above[1], above[0]] = scatter[:, above[0], above[1]]
