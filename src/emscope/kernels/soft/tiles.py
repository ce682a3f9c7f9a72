"""Tiles of rows, and their responsibilities from log densities, for all compiled kernels of mixtures.

A tile holds some rows of a block transposed, ``x`` of shape (d, TILE), so that a component meets many rows
at a time; log densities and responsibilities lie as (k, TILE). Nothing is of the size of a block times k.
"""

from __future__ import annotations

from numba import njit

from emscope.doubt import CERTAIN
from emscope.kernels.flags import INLINED, INLINED_DIVISIONS, INLINED_ROUNDINGS, INLINED_SUMS
from emscope.kernels.soft.exponentials import exp_negative, log_positive

TILE = 256
"""Rows of a tile."""

_LINE = 8  # rows that are transposed together: they fill lines of the cache


@njit(**INLINED)
def load(rows, weights, start, x, w):  # type: ignore[no-untyped-def]
    """Copy rows into a tile, and return how many there are; the last one is repeated with weight 0."""
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
    """Turn weighted log densities into w r, weight times responsibility; return the sum of w log p(x).

    Labels the rows by their likeliest components, and counts those. ``top`` is left as the largest log
    density of each row, and ``total`` as its weight times its largest responsibility.
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


@njit(**INLINED)
def note_unsure(w, largest, unsure):  # type: ignore[no-untyped-def]
    """Add weights of undecided rows, place by place; ``largest`` is what ``normalize`` leaves in ``total``.

    A sum over the tile beside that of ``normalize`` would change the order, and so the bits, of the latter.
    """
    for i in range(TILE):
        unsure[i] += w[i] if largest[i] < CERTAIN * w[i] else 0.0


@njit(**INLINED)
def weight_of(unsure):  # type: ignore[no-untyped-def]
    """Add up what ``note_unsure`` noted."""
    total = 0.0
    for i in range(TILE):
        total += unsure[i]
    return total


@njit(**INLINED)
def load_responsibilities(responsibilities, w, start, size, wr, counts):  # type: ignore[no-untyped-def]
    """Write w r of the rows of a tile, and count the likeliest components."""
    for i in range(TILE):
        row, best = start + min(i, size - 1), 0
        for j in range(len(wr)):
            wr[j, i] = responsibilities[row, j] * w[i]
            best = j if responsibilities[row, j] > responsibilities[row, best] else best
        if i < size:
            counts[best] += 1


@njit(**INLINED)
def keep(densities, start, size, terms, log_likelihoods, responsibilities):  # type: ignore[no-untyped-def]
    """Copy what ``normalize`` left for rows of weight 1 to where it is wanted by row."""
    for i in range(size):
        log_likelihoods[start + i] = terms[i]
        for j in range(len(densities)):
            responsibilities[start + i, j] = densities[j, i]


@njit(**INLINED)
def _likeliest(densities, top, labels):  # type: ignore[no-untyped-def]
    for i in range(TILE):
        top[i] = densities[0, i]
        labels[i] = 0.0
    for j in range(1, len(densities)):
        number = float(j)
        for i in range(TILE):
            higher = densities[j, i] > top[i]
            top[i] = densities[j, i] if higher else top[i]
            labels[i] = number if higher else labels[i]


@njit(**INLINED_ROUNDINGS)
def _exponentials(densities, top, total):  # type: ignore[no-untyped-def]
    for i in range(TILE):
        total[i] = 0.0
    for j in range(len(densities)):
        for i in range(TILE):
            e = exp_negative(densities[j, i] - top[i])
            densities[j, i] = e
            total[i] += e


@njit(**INLINED_DIVISIONS)
def _logarithms(top, total, w, terms):  # type: ignore[no-untyped-def]
    """Write w log p(x), and leave in ``total`` what makes w r of exponentials."""
    for i in range(TILE):
        terms[i] = w[i] * (top[i] + log_positive(total[i]))
        total[i] = w[i] / total[i]


@njit(**INLINED)
def _scale(densities, by):  # type: ignore[no-untyped-def]
    for j in range(len(densities)):
        for i in range(TILE):
            densities[j, i] *= by[i]


@njit(**INLINED_SUMS)
def _sum(terms):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(TILE):
        total += terms[i]
    return total
