"""The expectation step of a mixture with many features: blocks of four by four features stay in registers.

Rows are taken about each component's own mean before anything is multiplied, so no offset can hurt. Written
out like this, triangular factors and symmetric scatters take less time than matrix products of BLAS.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from emscope.kernels.flags import INLINED, INLINED_SUMS, KERNEL, square
from emscope.kernels.soft.exponentials import LOWEST
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

_TOGETHER = 4  # features of a block
_GATHERED = 64  # rows of a component that are put together
_DENSE = 0.6  # part of the rows of a tile above which all are taken as they lie
_NEGLIGIBLE = 1e-19  # of what a component weighs: far less than rounding, for as many rows as a block has


@njit(**KERNEL)
def _wide(rows, weights, means, factors, log_scales, labels, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, about = np.zeros((d, TILE)), np.empty(TILE), np.empty((d, TILE))
    densities, deviations = np.empty((k, TILE)), np.empty((_TOGETHER, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    gathered, gathered_wr = np.empty((k, d, _GATHERED)), np.empty((k, _GATHERED))
    filled = np.zeros(k, np.int64)
    unsure = np.zeros(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        for j in range(k):
            _take_about(x, means, j, about)
            _log_densities(about, factors, log_scales, j, deviations, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, terms, labels, counts)
        for j in range(k):
            floor = _add_mass(densities, j, mass, log_scales[j])
            count = _count(densities, j, top, floor)
            if count > _DENSE * TILE:
                _take_about(x, means, j, about)
                _add_up(about, densities, j, TILE, sums, scatter)
                continue
            i = 0
            while count > 0:
                if _reach(densities, j, i, top) > floor:
                    _gather(x, means, j, i, densities, gathered, gathered_wr, filled)
                    count -= 1
                    if filled[j] == _GATHERED:
                        _add_up(gathered[j], gathered_wr, j, filled[j], sums, scatter)
                        filled[j] = 0
                i += 1
        note_unsure(w, total, unsure)
    for j in range(k):
        _add_up(gathered[j], gathered_wr, j, filled[j], sums, scatter)
    return log_likelihood, weight_of(unsure)


@njit(**KERNEL)
def _wide_responsibilities(rows, means, factors, log_scales, log_likelihoods, responsibilities):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, about = np.zeros((d, TILE)), np.empty(TILE), np.empty((d, TILE))
    densities, deviations = np.empty((k, TILE)), np.empty((_TOGETHER, TILE))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    ones, labels, counts = np.ones(len(rows)), np.empty(len(rows), np.int32), np.zeros(k, np.int64)
    for start in range(0, len(rows), TILE):
        size = load(rows, ones, start, x, w)
        for j in range(k):
            _take_about(x, means, j, about)
            _log_densities(about, factors, log_scales, j, deviations, densities)
        normalize(densities, w, start, size, top, total, terms, labels, counts)
        keep(densities, start, size, terms, log_likelihoods, responsibilities)


@njit(**KERNEL)
def _wide_sums(rows, weights, responsibilities, means, counts, mass, sums, scatter):  # type: ignore[no-untyped-def]
    k, d = means.shape
    x, w, about, wr = np.zeros((d, TILE)), np.empty(TILE), np.empty((d, TILE)), np.empty((k, TILE))
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        load_responsibilities(responsibilities, w, start, size, wr, counts)
        for j in range(k):
            _add_mass(wr, j, mass, 0.0)
            _take_about(x, means, j, about)
            _add_up(about, wr, j, TILE, sums, scatter)


@njit(**INLINED)
def _take_about(x, means, j, about):  # type: ignore[no-untyped-def]
    """Write the rows of a tile about the mean of a component."""
    for f in range(len(x)):
        c = means[j, f]
        for i in range(TILE):
            about[f, i] = x[f, i] - c


@njit(**INLINED_SUMS)
def _log_densities(y, u, log_scales, j, z, densities):  # type: ignore[no-untyped-def]
    """Write the weighted log densities of a component, from rows y about its mean and its factor u.

    Deviations ``z`` are taken four at a time: first what comes of the block on the diagonal, then the others.
    """
    for i in range(TILE):
        densities[j, i] = 0.0
    for b in range(0, len(y), _TOGETHER):
        u00, u01, u02, u03 = u[j, b, b], u[j, b, b + 1], u[j, b, b + 2], u[j, b, b + 3]
        u11, u12, u13 = u[j, b + 1, b + 1], u[j, b + 1, b + 2], u[j, b + 1, b + 3]
        u22, u23, u33 = u[j, b + 2, b + 2], u[j, b + 2, b + 3], u[j, b + 3, b + 3]
        for i in range(TILE):
            y0, y1, y2, y3 = y[b, i], y[b + 1, i], y[b + 2, i], y[b + 3, i]
            z[0, i] = y0 * u00
            z[1, i] = y0 * u01 + y1 * u11
            z[2, i] = y0 * u02 + y1 * u12 + y2 * u22
            z[3, i] = y0 * u03 + y1 * u13 + y2 * u23 + y3 * u33
        for a in range(0, b, _TOGETHER):
            u00, u01, u02, u03 = u[j, a, b], u[j, a, b + 1], u[j, a, b + 2], u[j, a, b + 3]
            u10, u11, u12, u13 = u[j, a + 1, b], u[j, a + 1, b + 1], u[j, a + 1, b + 2], u[j, a + 1, b + 3]
            u20, u21, u22, u23 = u[j, a + 2, b], u[j, a + 2, b + 1], u[j, a + 2, b + 2], u[j, a + 2, b + 3]
            u30, u31, u32, u33 = u[j, a + 3, b], u[j, a + 3, b + 1], u[j, a + 3, b + 2], u[j, a + 3, b + 3]
            for i in range(TILE):
                y0, y1, y2, y3 = y[a, i], y[a + 1, i], y[a + 2, i], y[a + 3, i]
                z[0, i] += y0 * u00 + y1 * u10 + y2 * u20 + y3 * u30
                z[1, i] += y0 * u01 + y1 * u11 + y2 * u21 + y3 * u31
                z[2, i] += y0 * u02 + y1 * u12 + y2 * u22 + y3 * u32
                z[3, i] += y0 * u03 + y1 * u13 + y2 * u23 + y3 * u33
        for i in range(TILE):
            densities[j, i] += square(z[0, i]) + square(z[1, i]) + square(z[2, i]) + square(z[3, i])
    for i in range(TILE):
        squared = densities[j, i]
        densities[j, i] = log_scales[j] - 0.5 * (squared if squared < FARTHEST else FARTHEST)


@njit(**INLINED_SUMS)
def _add_mass(wr, j, mass, log_scale):  # type: ignore[no-untyped-def]
    """Add up w r of a component; return what ``_reach`` has to exceed for a row to matter."""
    n = 0.0
    for i in range(TILE):
        n += wr[j, i]
    mass[j] += n
    return 0.5 * _NEGLIGIBLE * mass[j] / (1 + abs(log_scale))


@njit(**INLINED)
def _reach(wr, j, i, top):  # type: ignore[no-untyped-def]
    """Bound what a row adds to a scatter, in the units of the covariance, but for a factor.

    A responsibility above 0 means a log density of at least ``top`` + LOWEST, and so a squared distance of at
    most 2 (|log_scale| + |top| - LOWEST), which is at most 2 (1 + |log_scale|) (|top| - LOWEST).
    """
    return wr[j, i] * (abs(top[i]) - LOWEST)


@njit(**INLINED_SUMS)
def _count(wr, j, top, floor):  # type: ignore[no-untyped-def]
    """Count the rows of a tile that matter for a component."""
    count = 0
    for i in range(TILE):
        count += _reach(wr, j, i, top) > floor
    return count


@njit(**INLINED)
def _gather(x, means, j, i, wr, gathered, gathered_wr, filled):  # type: ignore[no-untyped-def]
    """Put a row of a tile, about the mean, with the others of its component."""
    place = filled[j]
    for f in range(len(x)):
        gathered[j, f, place] = x[f, i] - means[j, f]
    gathered_wr[j, place] = wr[j, i]
    filled[j] = place + 1


@njit(**INLINED_SUMS)
def _add_up(y, wr, j, size, sums, scatter):  # type: ignore[no-untyped-def]
    """Add what rows y about the mean weigh; of the scatter, only the diagonal and what is above is right."""
    for a in range(0, len(y), _TOGETHER):
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        for i in range(size):
            r = wr[j, i]
            s0 += r * y[a, i]
            s1 += r * y[a + 1, i]
            s2 += r * y[a + 2, i]
            s3 += r * y[a + 3, i]
        sums[j, a] += s0
        sums[j, a + 1] += s1
        sums[j, a + 2] += s2
        sums[j, a + 3] += s3
        for b in range(a, len(y), _TOGETHER):
            q00, q01, q02, q03, q10, q11, q12, q13 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            q20, q21, q22, q23, q30, q31, q32, q33 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(size):
                r = wr[j, i]
                a0, a1, a2, a3 = r * y[a, i], r * y[a + 1, i], r * y[a + 2, i], r * y[a + 3, i]
                b0, b1, b2, b3 = y[b, i], y[b + 1, i], y[b + 2, i], y[b + 3, i]
                q00, q01, q02, q03 = q00 + a0 * b0, q01 + a0 * b1, q02 + a0 * b2, q03 + a0 * b3
                q10, q11, q12, q13 = q10 + a1 * b0, q11 + a1 * b1, q12 + a1 * b2, q13 + a1 * b3
                q20, q21, q22, q23 = q20 + a2 * b0, q21 + a2 * b1, q22 + a2 * b2, q23 + a2 * b3
                q30, q31, q32, q33 = q30 + a3 * b0, q31 + a3 * b1, q32 + a3 * b2, q33 + a3 * b3
            _add_line(scatter, j, a, b, q00, q01, q02, q03)
            _add_line(scatter, j, a + 1, b, q10, q11, q12, q13)
            _add_line(scatter, j, a + 2, b, q20, q21, q22, q23)
            _add_line(scatter, j, a + 3, b, q30, q31, q32, q33)


@njit(**INLINED)
def _add_line(scatter, j, a, b, q0, q1, q2, q3):  # type: ignore[no-untyped-def]
    scatter[j, a, b] += q0
    scatter[j, a, b + 1] += q1
    scatter[j, a, b + 2] += q2
    scatter[j, a, b + 3] += q3


class _Wide(Padded):
    structure, multiple = "full", _TOGETHER
    compiled_expectation = staticmethod(_wide)
    compiled_responsibilities = staticmethod(_wide_responsibilities)
    compiled_sums = staticmethod(_wide_sums)


# BLAS is not called here, but by M-steps with matrices that it would split among threads
WIDE = _Wide().kernel(blas=True)
"""Full covariances of many features."""
