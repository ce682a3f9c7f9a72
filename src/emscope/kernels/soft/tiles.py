"""What the compiled kernels of mixtures share: tiles of rows, and responsibilities from log densities.

A tile holds some rows of a block transposed, ``x`` of shape (d, TILE), so that a component meets many rows
at a time; log densities and responsibilities lie as (k, TILE). Nothing is of the size of a block times k.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED, ROUNDED, SUMS
from emscope.kernels.hard.distances import Array
from emscope.kernels.soft.exponentials import exp_negative, log_positive
from emscope.kernels.soft.mixture import Components, SoftSums

TILE = 256
"""Rows of a tile."""

_LINE = 8  # rows that are transposed together: they fill lines of the cache


def padded(components: Components, multiple: int) -> Components:
    """Make up features that are 0 everywhere, until their number is a multiple.

    Parameters
    ----------
    components : Components
        With a factor, or its diagonal, for each.
    multiple : int

    Returns
    -------
    Components
    """
    more = (0, -components.means.shape[1] % multiple)
    if more == (0, 0):
        return components
    return Components(
        padded_about(components.means, multiple),
        np.pad(components.factors, ((0, 0),) + (more,) * (components.factors.ndim - 1)),
        components.log_scales,
    )


def trimmed(sums: SoftSums, d: int, log_likelihood: float) -> SoftSums:
    """Leave out features that were made up, and copy what scatters have above the diagonal below it.

    Parameters
    ----------
    sums : SoftSums
    d : int
        Number of features.
    log_likelihood : float

    Returns
    -------
    SoftSums
    """
    if sums.scatter.ndim == 2:
        scatter = np.ascontiguousarray(sums.scatter[:, :d])
    else:
        above = np.triu(sums.scatter[:, :d, :d])
        scatter = above + np.triu(above, 1).swapaxes(1, 2)
    return SoftSums(
        sums.counts, sums.weights, np.ascontiguousarray(sums.sums[:, :d]), scatter, log_likelihood
    )


@njit(**INLINED)
def load(rows, weights, start, x, w):  # type: ignore[no-untyped-def]
    """Copy rows into a tile; where there are too few, the last one is repeated with weight 0.

    Returns
    -------
    int
        Number of rows that there are.
    """
    size = min(TILE, len(rows) - start)
    for i in range(size):
        w[i] = weights[start + i]
    whole = size // _LINE * _LINE
    for first in range(0, whole, _LINE):
        for f in range(rows.shape[1]):
            for i in range(first, first + _LINE):
                x[f, i] = rows[start + i, f]
    for i in range(whole, size):
        for f in range(rows.shape[1]):
            x[f, i] = rows[start + i, f]
    for i in range(size, TILE):
        w[i] = 0.0
        for f in range(rows.shape[1]):
            x[f, i] = x[f, size - 1]
    return size


@njit(**INLINED)
def normalize(densities, w, start, size, top, total, terms, labels, counts):  # type: ignore[no-untyped-def]
    """Turn weighted log densities into weight times responsibility; count the likeliest components.

    ``top`` is left as the largest log density of each row.

    Returns
    -------
    float
        Sum of w log p(x).
    """
    _likeliest(densities, top, total)
    for i in range(size):
        j = int(total[i])
        labels[start + i] = j
        counts[j] += 1
    _exponentials(densities, top, total)
    _logarithms(top, total, w, terms)
    _scale(densities, total)
    return _sum(terms)


def padded_about(about: Array, multiple: int) -> Array:
    """Make up features of means that are 0, until their number is a multiple.

    Parameters
    ----------
    about : ndarray of shape (k, d)
    multiple : int

    Returns
    -------
    ndarray of shape (k, d or a little more)
    """
    return np.pad(about, ((0, 0), (0, -about.shape[1] % multiple)))


@njit(**INLINED)
def take_shares(shares, w, start, size, tile, counts):  # type: ignore[no-untyped-def]
    """Write weight times responsibility of the rows of a tile, and count the likeliest components."""
    for i in range(TILE):
        row, best = start + min(i, size - 1), 0
        for j in range(len(tile)):
            tile[j, i] = shares[row, j] * w[i]
            best = j if shares[row, j] > shares[row, best] else best
        if i < size:
            counts[best] += 1


@njit(**INLINED)
def keep(densities, start, size, terms, log_likelihoods, shares):  # type: ignore[no-untyped-def]
    """Copy what ``normalize`` left for rows of weight 1 to where it is wanted by row."""
    for i in range(size):
        log_likelihoods[start + i] = terms[i]
        for j in range(len(densities)):
            shares[start + i, j] = densities[j, i]


@njit(**INLINED)
def _likeliest(densities, top, owner):  # type: ignore[no-untyped-def]
    for i in range(TILE):
        top[i] = densities[0, i]
        owner[i] = 0.0
    for j in range(1, len(densities)):
        number = float(j)
        for i in range(TILE):
            higher = densities[j, i] > top[i]
            top[i] = densities[j, i] if higher else top[i]
            owner[i] = number if higher else owner[i]


@njit(**INLINED, fastmath=ROUNDED)
def _exponentials(densities, top, total):  # type: ignore[no-untyped-def]
    for i in range(TILE):
        total[i] = 0.0
    for j in range(len(densities)):
        for i in range(TILE):
            e = exp_negative(densities[j, i] - top[i])
            densities[j, i] = e
            total[i] += e


@njit(**INLINED, fastmath=ROUNDED, error_model="numpy")  # which tests no divisor
def _logarithms(top, total, w, terms):  # type: ignore[no-untyped-def]
    """Write w log p(x), and leave in ``total`` what makes shares of exponentials."""
    for i in range(TILE):
        terms[i] = w[i] * (top[i] + log_positive(total[i]))
        total[i] = w[i] / total[i]


@njit(**INLINED)
def _scale(densities, by):  # type: ignore[no-untyped-def]
    for j in range(len(densities)):
        for i in range(TILE):
            densities[j, i] *= by[i]


@njit(**INLINED, fastmath=SUMS)
def _sum(terms):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(TILE):
        total += terms[i]
    return total
