"""The expectation step of a mixture whose components have a variance per feature."""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED_SUMS, KERNEL, square
from emscope.kernels.soft.mixture import FARTHEST
from emscope.kernels.soft.padding import Padded
from emscope.kernels.soft.tiles import (
    TILE,
    keep,
    load,
    load_responsibilities,
    normalize,
    note_unsure,
    weight_of,
)

TOGETHER = 4
"""Features that one pass over a tile takes; those that are not there are 0 everywhere."""


@njit(**KERNEL)
def _diagonal(rows, weights, means, scales, log_scales, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w = np.zeros((d, TILE)), np.empty(TILE)
    densities = np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    unsure = np.zeros(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        log_densities(x, means, scales, log_scales, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, terms, labels, counts)
        _sum_up(x, densities, means, mass, sums, scatter)
        note_unsure(w, total, unsure)
    return log_likelihood, weight_of(unsure)


@njit(**KERNEL)
def _diagonal_responsibilities(rows, means, scales, log_scales, log_likelihoods, responsibilities):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, densities = np.zeros((d, TILE)), np.empty(TILE), np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    ones, labels, counts = np.ones(len(rows)), np.empty(len(rows), np.int32), np.zeros(k, np.int64)
    for start in range(0, len(rows), TILE):
        size = load(rows, ones, start, x, w)
        log_densities(x, means, scales, log_scales, densities)
        normalize(densities, w, start, size, top, total, terms, labels, counts)
        keep(densities, start, size, terms, log_likelihoods, responsibilities)


@njit(**KERNEL)
def _diagonal_sums(rows, weights, responsibilities, means, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, wr = np.zeros((d, TILE)), np.empty(TILE), np.empty((k, TILE))
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        load_responsibilities(responsibilities, w, start, size, wr, counts)
        _sum_up(x, wr, means, mass, sums, scatter)


@njit(**INLINED_SUMS)
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


@njit(**INLINED_SUMS)
def _sum_up(x, wr, means, mass, sums, scatter):  # type: ignore[no-untyped-def]
    """Add what the rows of a tile weigh for each component."""
    for j in range(len(means)):
        for f in range(0, means.shape[1], TOGETHER):
            c, c1, c2, c3 = means[j, f], means[j, f + 1], means[j, f + 2], means[j, f + 3]
            n, s, s1, s2, s3, q, q1, q2, q3 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(TILE):
                r = wr[j, i]
                y, y1, y2, y3 = x[f, i] - c, x[f + 1, i] - c1, x[f + 2, i] - c2, x[f + 3, i] - c3
                n += r
                s += r * y
                s1 += r * y1
                s2 += r * y2
                s3 += r * y3
                q += r * y * y
                q1 += r * y1 * y1
                q2 += r * y2 * y2
                q3 += r * y3 * y3
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


class _Diagonal(Padded):
    structure, multiple = "diag", TOGETHER
    compiled_expectation = staticmethod(_diagonal)
    compiled_responsibilities = staticmethod(_diagonal_responsibilities)
    compiled_sums = staticmethod(_diagonal_sums)


DIAGONAL = _Diagonal().kernel()
"""A variance per component and feature."""

DIAGONAL_SPANNING = _Diagonal().kernel(spanning=True)
"""The same for spans of blocks."""
