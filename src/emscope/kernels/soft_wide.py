"""The expectation step of a mixture with many features: deviations and scatters are small matrix products.

Rows are taken about each component's own mean before anything is multiplied, so no offset can hurt. Features
lie in panels of up to 32, because BLAS is quickest at products of that size, and because the
products of panels below the diagonal of a triangular factor are left out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.distances import Array
from emscope.kernels.exponentials import LOWEST
from emscope.kernels.mixture import Components, SoftSums, no_soft_sums
from emscope.kernels.soft_tiles import FARTHEST, SUMS, TILE, load, normalize

_WIDEST = 32  # features of a panel
_GATHERED = 128  # rows of one product for a scatter
_NEGLIGIBLE = 1e-19  # of what a component weighs: far less than rounding, for as many rows as a block has


def evaluate_wide(rows: Array, weights: Array, components: Components, labels: Array) -> SoftSums:
    """Take responsibilities and their sums, for full covariances of many features.

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
    panels = panels_of(components.factors)
    log_likelihood = _wide(rows, weights, components.means, panels, components.log_scales, labels, *sums[:4])
    return sums._replace(log_likelihood=log_likelihood)


def panels_of(factors: Array) -> Array:
    """Cut transposed triangular factors into square panels.

    Parameters
    ----------
    factors : ndarray of shape (k, d, d)
        Upper triangular.

    Returns
    -------
    ndarray of shape (k, p, p, width, width)
        Entry [j, b, a] takes features of panel a to deviations of panel b; what is beyond d is 0.
    """
    k, d = factors.shape[:2]
    p = -(-d // _WIDEST)
    width = -(-d // p)
    padded = np.zeros((k, p * width, p * width))
    padded[:, :d, :d] = factors.swapaxes(1, 2)
    return np.ascontiguousarray(padded.reshape(k, p, width, p, width).swapaxes(2, 3))


@njit(nogil=True, cache=True)
def _wide(rows, weights, means, panels, log_scales, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    _, p, _, width, _ = panels.shape
    x, w = np.zeros((p * width, TILE)), np.empty(TILE)
    about = np.zeros((p, width, TILE))
    deviations, product = np.empty((width, TILE)), np.empty((width, TILE))
    densities, top, total = np.empty((k, TILE)), np.empty(TILE), np.empty(TILE)
    chosen = np.empty(TILE, np.int64)
    gathered, filled = np.empty((k, _GATHERED, d)), np.zeros(k, np.int64)
    outer = np.empty((d, d))
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        for j in range(k):
            _take_about(x, means, j, about)
            _square_deviations(about, panels, j, deviations, product, densities)
        _finish(log_scales, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, labels, counts)
        for j in range(k):
            n = _weighty(densities, j, top, log_scales[j], mass, chosen)
            done = 0
            while done < n:
                take = min(n - done, _GATHERED - filled[j])
                _gather(rows, start, chosen, done, take, densities, means, j, gathered, filled, sums)
                done += take
                if filled[j] == _GATHERED:
                    _add_scatter(gathered, filled, j, outer, scatter)
    for j in range(k):
        if filled[j] > 0:
            _add_scatter(gathered, filled, j, outer, scatter)
    return log_likelihood


@njit(nogil=True, cache=True)
def _take_about(x, means, j, about):  # type: ignore[no-untyped-def]
    """Write the rows of a tile about the mean of a component, by panels."""
    width = about.shape[1]
    for f in range(means.shape[1]):
        c, p, g = means[j, f], f // width, f % width
        for i in range(TILE):
            about[p, g, i] = x[f, i] - c


@njit(nogil=True, cache=True)
def whiten(about, panels, j, b, deviations, product):  # type: ignore[no-untyped-def]
    """Write the deviations of panel b, for component j, of rows about its mean."""
    np.dot(panels[j, b, 0], about[0], deviations)
    for a in range(1, b + 1):
        np.dot(panels[j, b, a], about[a], product)
        for g in range(len(product)):
            for i in range(TILE):
                deviations[g, i] += product[g, i]


@njit(nogil=True, cache=True, fastmath=SUMS)
def _square_deviations(about, panels, j, deviations, product, squared):  # type: ignore[no-untyped-def]
    """Write squared distances in standard deviations of component j for the rows of a tile."""
    for i in range(TILE):
        squared[j, i] = 0.0
    width = len(deviations)
    for b in range(len(about)):
        whiten(about, panels, j, b, deviations, product)
        for g in range(width):
            for i in range(TILE):
                squared[j, i] += deviations[g, i] * deviations[g, i]


@njit(nogil=True, cache=True)
def _finish(log_scales, densities):  # type: ignore[no-untyped-def]
    """Turn squared distances into weighted log densities."""
    for j in range(len(densities)):
        for i in range(TILE):
            squared = densities[j, i]
            densities[j, i] = log_scales[j] - 0.5 * (squared if squared < FARTHEST else FARTHEST)


@njit(nogil=True, cache=True, fastmath=SUMS)
def _weighty(shares, j, top, log_scale, mass, chosen):  # type: ignore[no-untyped-def]
    """Add up the shares of a component, and choose the rows that can change its other sums.

    A share above 0 means a log density of at least ``top`` + LOWEST, and so a squared distance s of at most
    2 (|log_scale| + |top| - LOWEST). In the units of the covariance a row adds at most share times s to a
    scatter that is about as large as the mass.
    """
    n = 0.0
    for i in range(TILE):
        n += shares[j, i]
    mass[j] += n
    floor, reach = 0.5 * _NEGLIGIBLE * mass[j], abs(log_scale) - LOWEST
    count = 0
    for i in range(TILE):
        chosen[count] = i
        count += shares[j, i] * (reach + abs(top[i])) > floor
    return count


@njit(nogil=True, cache=True, fastmath=SUMS)
def _gather(rows, start, chosen, done, take, shares, means, j, gathered, filled, sums):  # type: ignore[no-untyped-def]
    """Copy chosen rows about the mean, times the root of their share, to where products take them from."""
    for c in range(done, done + take):
        i = np.uint64(chosen[c])
        share, row, place = shares[j, i], np.uint64(start + i), np.uint64(filled[j])
        root = np.sqrt(share)
        for f in range(means.shape[1]):
            difference = rows[row, f] - means[j, f]
            sums[j, f] += share * difference
            gathered[j, place, f] = root * difference
        filled[j] += 1


@njit(nogil=True, cache=True)
def _add_scatter(gathered, filled, j, outer, scatter):  # type: ignore[no-untyped-def]
    some = gathered[j, : filled[j]]
    np.dot(some.T, some, outer)
    filled[j] = 0
    for a in range(len(outer)):
        for b in range(len(outer)):
            scatter[j, a, b] += outer[a, b]
