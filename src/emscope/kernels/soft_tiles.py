"""What the compiled kernels of mixtures share: tiles of rows, and responsibilities from log densities.

A tile holds some rows of a block transposed, ``x`` of shape (d, TILE), so that a component meets many rows
at a time; log densities and responsibilities lie as (k, TILE). Nothing is of the size of a block times k.
"""

from __future__ import annotations

from numba import njit

from emscope.kernels.exponentials import ROUNDED, exp_negative, log_positive

TILE = 128
"""Rows of a tile."""

FARTHEST = 1e300
"""Largest squared distance in standard deviations: what lies farther is as far, and never infinitely."""

SUMS = {"contract", "nsz", "arcp", "reassoc"}
"""What a compiler may do to sums: anything that keeps infinities and NaN."""


@njit(nogil=True, cache=True)
def load(rows, weights, start, x, w):  # type: ignore[no-untyped-def]
    """Copy rows into a tile; where there are too few, the last one is repeated with weight 0.

    Returns
    -------
    int
        Number of rows that there are.
    """
    size = min(TILE, len(rows) - start)
    for i in range(TILE):
        row = start + min(i, size - 1)
        w[i] = weights[row] if i < size else 0.0
        for f in range(rows.shape[1]):
            x[f, i] = rows[row, f]
    return size


@njit(nogil=True, cache=True)
def normalize(densities, w, start, size, top, total, labels, counts):  # type: ignore[no-untyped-def]
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
    log_likelihood = 0.0
    for i in range(TILE):
        log_likelihood += w[i] * top[i]
    log_likelihood += _scale(densities, w, total)
    return log_likelihood


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True, fastmath=ROUNDED)
def _exponentials(densities, top, total):  # type: ignore[no-untyped-def]
    for i in range(TILE):
        total[i] = 0.0
    for j in range(len(densities)):
        for i in range(TILE):
            e = exp_negative(densities[j, i] - top[i])
            densities[j, i] = e
            total[i] += e


@njit(nogil=True, cache=True, fastmath=ROUNDED)
def _scale(densities, w, total):  # type: ignore[no-untyped-def]
    """Divide by the totals and multiply by the weights; return the sum of w log total."""
    log_likelihood = 0.0
    for i in range(TILE):
        share = w[i] / total[i]
        total[i] = w[i] * log_positive(total[i])
        w[i] = share
    for i in range(TILE):
        log_likelihood += total[i]
    for j in range(len(densities)):
        for i in range(TILE):
            densities[j, i] *= w[i]
    return log_likelihood
