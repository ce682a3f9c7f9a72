"""The expectation step of a mixture whose components have a variance per feature."""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED, KERNEL, SUMS, square
from emscope.kernels.kernel import Array, stateless
from emscope.kernels.soft.mixture import FARTHEST, Components, SoftKernel, SoftSums, no_soft_sums
from emscope.kernels.soft.tiles import (
    TILE,
    keep,
    load,
    normalize,
    padded,
    padded_about,
    take_shares,
    trimmed,
)

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
    even = padded(components, TOGETHER)
    k, d = even.means.shape
    sums = no_soft_sums(k, d, "diag")
    log_likelihood = _diagonal(rows, weights, *even, labels, *sums[:4])
    return trimmed(sums, rows.shape[1], log_likelihood)


def shares_diagonal(rows: Array, components: Components) -> tuple[Array, Array]:
    """Return log p(x) of every row, and what each component answers for, for diagonal covariances.

    Parameters
    ----------
    rows : ndarray of shape (m, d), float32 or float64
    components : Components

    Returns
    -------
    log_likelihoods : ndarray of shape (m,)
    responsibilities : ndarray of shape (m, k)
    """
    even = padded(components, TOGETHER)
    result = np.empty(len(rows)), np.empty((len(rows), len(even.means)))
    _diagonal_shares(rows, *even, *result)
    return result


def sums_diagonal(rows: Array, weights: Array, shares: Array, about: Array) -> SoftSums:
    """Take the sums for responsibilities that are given, for diagonal covariances.

    Parameters
    ----------
    rows : ndarray of shape (m, d), float32 or float64
    weights : ndarray of shape (m,)
    shares : ndarray of shape (m, k)
        The responsibilities.
    about : ndarray of shape (k, d)
        What the sums are taken about.

    Returns
    -------
    SoftSums
        With a log-likelihood of 0.
    """
    means = padded_about(about, TOGETHER)
    k, d = means.shape
    sums = no_soft_sums(k, d, "diag")
    _diagonal_sums(rows, weights, shares, means, *sums[:4])
    return trimmed(sums, rows.shape[1], 0.0)


DIAGONAL = SoftKernel(stateless(evaluate_diagonal), shares_diagonal, sums_diagonal)
"""What this module comes to."""


@njit(**KERNEL)
def _diagonal(rows, weights, means, scales, log_scales, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w = np.zeros((d, TILE)), np.empty(TILE)
    densities = np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        log_densities(x, means, scales, log_scales, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, terms, labels, counts)
        _sum_up(x, densities, means, mass, sums, scatter)
    return log_likelihood


@njit(**KERNEL)
def _diagonal_shares(rows, means, scales, log_scales, log_likelihoods, shares):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, densities = np.zeros((d, TILE)), np.empty(TILE), np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    ones, labels, counts = np.ones(len(rows)), np.empty(len(rows), np.int32), np.zeros(k, np.int64)
    for start in range(0, len(rows), TILE):
        size = load(rows, ones, start, x, w)
        log_densities(x, means, scales, log_scales, densities)
        normalize(densities, w, start, size, top, total, terms, labels, counts)
        keep(densities, start, size, terms, log_likelihoods, shares)


@njit(**KERNEL)
def _diagonal_sums(rows, weights, shares, means, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, tile = np.zeros((d, TILE)), np.empty(TILE), np.empty((k, TILE))
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        take_shares(shares, w, start, size, tile, counts)
        _sum_up(x, tile, means, mass, sums, scatter)


@njit(**INLINED, fastmath=SUMS)
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
                    square((x[f, i] - c) * s)
                    + square((x[f + 1, i] - c1) * s1)
                    + square((x[f + 2, i] - c2) * s2)
                    + square((x[f + 3, i] - c3) * s3)
                )
        for i in range(TILE):
            squared = densities[j, i]
            densities[j, i] = log_scales[j] - 0.5 * (squared if squared < FARTHEST else FARTHEST)


@njit(**INLINED, fastmath=SUMS)
def _sum_up(x, shares, means, mass, sums, scatter):  # type: ignore[no-untyped-def]
    """Add what the rows of a tile weigh for each component."""
    for j in range(len(means)):
        for f in range(0, means.shape[1], TOGETHER):
            c, c1, c2, c3 = means[j, f], means[j, f + 1], means[j, f + 2], means[j, f + 3]
            n, s, s1, s2, s3, q, q1, q2, q3 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(TILE):
                share = shares[j, i]
                y, y1, y2, y3 = x[f, i] - c, x[f + 1, i] - c1, x[f + 2, i] - c2, x[f + 3, i] - c3
                n += share
                s += share * y
                s1 += share * y1
                s2 += share * y2
                s3 += share * y3
                q += share * y * y
                q1 += share * y1 * y1
                q2 += share * y2 * y2
                q3 += share * y3 * y3
            if f == 0:
                mass[j] += n
            sums[j, f] += s
            sums[j, f + 1] += s1
            sums[j, f + 2] += s2
            sums[j, f + 3] += s3
            scatter[j, f] += q
            scatter[j, f + 1] += q1
            scatter[j, f + 2] += q2
            scatter[j, f + 3] += q3
