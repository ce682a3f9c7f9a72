"""The expectation step of a mixture with few features: every sum of a tile stays in registers."""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED, KERNEL, SUMS
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
    even = padded(components, 2)
    k, d = even.means.shape
    sums = no_soft_sums(k, d, "full")
    dims = (0,) * d  # its length is known to the compiler, which unrolls loops over features
    log_likelihood = _narrow(rows, weights, *even, dims, labels, *sums[:4])
    return trimmed(sums, rows.shape[1], log_likelihood)


def shares_narrow(rows: Array, components: Components) -> tuple[Array, Array]:
    """Return log p(x) of every row, and what each component answers for, for full covariances.

    Parameters
    ----------
    rows : ndarray of shape (m, d), float32 or float64
    components : Components

    Returns
    -------
    log_likelihoods : ndarray of shape (m,)
    responsibilities : ndarray of shape (m, k)
    """
    even = padded(components, 2)
    result = np.empty(len(rows)), np.empty((len(rows), len(even.means)))
    _narrow_shares(rows, *even, (0,) * even.means.shape[1], *result)
    return result


def sums_narrow(rows: Array, weights: Array, shares: Array, about: Array) -> SoftSums:
    """Take the sums for responsibilities that are given, for full covariances.

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
    means = padded_about(about, 2)
    k, d = means.shape
    sums = no_soft_sums(k, d, "full")
    _narrow_sums(rows, weights, shares, means, *sums[:4])
    return trimmed(sums, rows.shape[1], 0.0)


NARROW = SoftKernel(stateless(evaluate_narrow), shares_narrow, sums_narrow)
"""What this module comes to."""


@njit(**KERNEL)
def _narrow(rows, weights, means, factors, log_scales, dims, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k = len(means)
    x, w = np.zeros((len(dims), TILE)), np.empty(TILE)
    densities = np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        _log_densities(x, means, factors, log_scales, dims, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, terms, labels, counts)
        _sum_up(x, densities, means, mass, sums, scatter)
    return log_likelihood


@njit(**KERNEL)
def _narrow_shares(rows, means, factors, log_scales, dims, log_likelihoods, shares):  # type: ignore[no-untyped-def]
    k = len(means)
    x, w, densities = np.zeros((len(dims), TILE)), np.empty(TILE), np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    ones, labels, counts = np.ones(len(rows)), np.empty(len(rows), np.int32), np.zeros(k, np.int64)
    for start in range(0, len(rows), TILE):
        size = load(rows, ones, start, x, w)
        _log_densities(x, means, factors, log_scales, dims, densities)
        normalize(densities, w, start, size, top, total, terms, labels, counts)
        keep(densities, start, size, terms, log_likelihoods, shares)


@njit(**KERNEL)
def _narrow_sums(rows, weights, shares, means, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, tile = np.zeros((d, TILE)), np.empty(TILE), np.empty((k, TILE))
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        take_shares(shares, w, start, size, tile, counts)
        _sum_up(x, tile, means, mass, sums, scatter)


@njit(**INLINED, fastmath=SUMS)
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


@njit(**INLINED, fastmath=SUMS)
def _sum_up(x, shares, means, mass, sums, scatter):  # type: ignore[no-untyped-def]
    """Add what the rows of a tile weigh for each component, features two by two.

    Of the scatter, only what is on the diagonal and above is right.
    """
    d = means.shape[1]
    for j in range(len(means)):
        for a in range(0, d, 2):
            c, c1 = means[j, a], means[j, a + 1]
            n, s, s1, q, q1, q2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(TILE):
                share, y, y1 = shares[j, i], x[a, i] - c, x[a + 1, i] - c1
                weighted, weighted1 = share * y, share * y1
                n += share
                s += weighted
                s1 += weighted1
                q += weighted * y
                q1 += weighted * y1
                q2 += weighted1 * y1
            if a == 0:
                mass[j] += n
            sums[j, a] += s
            sums[j, a + 1] += s1
            scatter[j, a, a] += q
            scatter[j, a, a + 1] += q1
            scatter[j, a + 1, a + 1] += q2
            for b in range(a + 2, d, 2):
                e, e1 = means[j, b], means[j, b + 1]
                p, p1, p2, p3 = 0.0, 0.0, 0.0, 0.0
                for i in range(TILE):
                    share, z, z1 = shares[j, i], x[b, i] - e, x[b + 1, i] - e1
                    weighted, weighted1 = share * (x[a, i] - c), share * (x[a + 1, i] - c1)
                    p += weighted * z
                    p1 += weighted * z1
                    p2 += weighted1 * z
                    p3 += weighted1 * z1
                scatter[j, a, b] += p
                scatter[j, a, b + 1] += p1
                scatter[j, a + 1, b] += p2
                scatter[j, a + 1, b + 1] += p3
