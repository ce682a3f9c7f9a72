"""The expectation step of a mixture with few features: every sum of a tile stays in registers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from emscope.columns import Array
from emscope.kernels.flags import INLINED_SUMS, KERNEL
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

_TOGETHER = 2  # features that one pass over a tile takes


@njit(**KERNEL)
def _narrow(rows, weights, means, factors, log_scales, labels, counts, mass, sums, scatter, dims):  # type: ignore[no-untyped-def]
    k = len(means)
    x, w = np.zeros((len(dims), TILE)), np.empty(TILE)
    densities = np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    unsure = np.zeros(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        _log_densities(x, means, factors, log_scales, dims, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, terms, labels, counts)
        _sum_up(x, densities, means, mass, sums, scatter)
        note_unsure(w, total, unsure)
    return log_likelihood, weight_of(unsure)


@njit(**KERNEL)
def _narrow_responsibilities(rows, means, factors, log_scales, log_likelihoods, responsibilities, dims):  # type: ignore[no-untyped-def]
    k = len(means)
    x, w, densities = np.zeros((len(dims), TILE)), np.empty(TILE), np.empty((k, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    ones, labels, counts = np.ones(len(rows)), np.empty(len(rows), np.int32), np.zeros(k, np.int64)
    for start in range(0, len(rows), TILE):
        size = load(rows, ones, start, x, w)
        _log_densities(x, means, factors, log_scales, dims, densities)
        normalize(densities, w, start, size, top, total, terms, labels, counts)
        keep(densities, start, size, terms, log_likelihoods, responsibilities)


@njit(**KERNEL)
def _narrow_sums(rows, weights, responsibilities, means, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, wr = np.zeros((d, TILE)), np.empty(TILE), np.empty((k, TILE))
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        load_responsibilities(responsibilities, w, start, size, wr, counts)
        _sum_up(x, wr, means, mass, sums, scatter)


@njit(**INLINED_SUMS)
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


@njit(**INLINED_SUMS)
def _sum_up(x, wr, means, mass, sums, scatter):  # type: ignore[no-untyped-def]
    """Add what the rows of a tile weigh for each component, features two by two.

    Of the scatter, only what is on the diagonal and above is right.
    """
    d = means.shape[1]
    for j in range(len(means)):
        for a in range(0, d, _TOGETHER):
            c, c1 = means[j, a], means[j, a + 1]
            n, s, s1, q, q1, q2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(TILE):
                r, y, y1 = wr[j, i], x[a, i] - c, x[a + 1, i] - c1
                weighted, weighted1 = r * y, r * y1
                n += r
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
            for b in range(a + _TOGETHER, d, _TOGETHER):
                e, e1 = means[j, b], means[j, b + 1]
                p, p1, p2, p3 = 0.0, 0.0, 0.0, 0.0
                for i in range(TILE):
                    r, z, z1 = wr[j, i], x[b, i] - e, x[b + 1, i] - e1
                    weighted, weighted1 = r * (x[a, i] - c), r * (x[a + 1, i] - c1)
                    p += weighted * z
                    p1 += weighted * z1
                    p2 += weighted1 * z
                    p3 += weighted1 * z1
                scatter[j, a, b] += p
                scatter[j, a, b + 1] += p1
                scatter[j, a + 1, b] += p2
                scatter[j, a + 1, b + 1] += p3


class _Narrow(Padded):
    structure, multiple = "full", _TOGETHER
    compiled_sums = staticmethod(_narrow_sums)

    @staticmethod
    def compiled_expectation(rows: Array, *arguments: Any) -> tuple[float, float]:
        log_likelihood, undecided = _narrow(rows, *arguments, _dims(rows))
        return log_likelihood, undecided

    @staticmethod
    def compiled_responsibilities(rows: Array, *arguments: Any) -> None:
        _narrow_responsibilities(rows, *arguments, _dims(rows))


def _dims(rows: Array) -> tuple[int, ...]:
    """Return a tuple whose length, known to the compiler, is the number of features: it unrolls loops."""
    d: int = rows.shape[1]
    return (0,) * (d + -d % _TOGETHER)


NARROW = _Narrow().kernel()
"""Full covariances of few features."""

NARROW_SPANNING = _Narrow().kernel(spanning=True)
"""The same for spans of blocks."""
