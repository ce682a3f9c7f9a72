"""The expectation step of a mixture with one covariance: rows are whitened once, for all components.

Rows and means are whitened about one origin, and the scatter is that of all rows about it, moved to the
means. Far from the origin both lose digits. With u the rounding of float64 and R a bound of
|x - origin| + |mean - origin|, a deviation is wrong by up to d u |U| R standard deviations, so that s
deviations make a log density wrong by s times that; and a scatter by u (|U| R)^2 / d of what the covariance
lets expect.
Where either exceeds 1e-10, rows are taken about each mean instead, as for full covariances.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit

from emscope.columns import Array, reduce_columns
from emscope.kernels.flags import INLINED, INLINED_SUMS, KERNEL
from emscope.kernels.kernel import Share, Workspace, in_turn
from emscope.kernels.soft.diagonal import TOGETHER, log_densities
from emscope.kernels.soft.mixture import (
    NARROW_FEATURES,
    Components,
    SoftKernel,
    SoftSums,
    no_soft_sums,
    sums_by_label,
)
from emscope.kernels.soft.narrow import NARROW
from emscope.kernels.soft.padding import padded_means
from emscope.kernels.soft.tiles import TILE, load, normalize, note_unsure, weight_of
from emscope.kernels.soft.units import added_up, units_of
from emscope.kernels.soft.wide import WIDE
from emscope.kernels.units import ONE, Units

_LOST = 1e-10  # standard deviations that a deviation may be wrong by, and part of a scatter
_UNIT = 2.0**-53


class Whitening:
    """The expectation step of one block, whose scatter about an origin is taken once."""

    def __init__(self, rows: Array, units: Units = ONE) -> None:
        self._units = units
        low, high = reduce_columns(np.minimum, rows), reduce_columns(np.maximum, rows)
        self._origin = low + 0.5 * (high.astype(np.float64) - low)
        self._spread = high - self._origin
        self._scatter: Array | None = None

    def expectation(self, rows: Array, weights: Array, components: Components, labels: Array) -> SoftSums:
        """Return the sums of the block, and label its rows by their likeliest components."""
        if self._loses_digits(components):
            return expectation_separately(rows, weights, components, labels, self._units)
        k, d = components.means.shape
        if self._scatter is None:
            (self._scatter,), _ = self._units.add(
                [np.zeros((d, d))],
                lambda own, scatter: _scatter_about(rows[own], weights[own], self._origin, scatter),
            )
        centers = components.means - self._origin
        transposed = np.ascontiguousarray(components.factors.T)
        whitened = padded_means(centers @ components.factors, TOGETHER)

        def take(own: slice, *sums: Array) -> tuple[float, float]:
            log_likelihood, undecided = _tied(
                rows[own], weights[own], self._origin, transposed, whitened, components.log_scales,
                labels[own], *sums[:3],
            )  # fmt: skip
            return log_likelihood, undecided

        sums = added_up(self._units, no_soft_sums(k, d, "tied"), take)
        cross = sums.sums.T @ centers
        moved = sums.sums - sums.weights[:, None] * centers
        scatter = self._scatter - cross - cross.T + (sums.weights * centers.T) @ centers
        return sums._replace(sums=moved, scatter=scatter)

    def _loses_digits(self, components: Components) -> bool:
        d = len(self._origin)
        with np.errstate(over="ignore"):
            reach = float(np.linalg.norm(self._spread))
            reach += float(np.linalg.norm(components.means - self._origin, axis=1).max())
            away = reach * float(np.linalg.norm(components.factors))
        return not (d * _UNIT * away < _LOST and away / d * away * _UNIT < _LOST)


def expectation_separately(
    rows: Array, weights: Array, components: Components, labels: Array, units: Units = ONE
) -> SoftSums:
    """Return the same with rows about each mean."""
    expectation: Callable[..., SoftSums] = _separate(rows).prepare(rows, weights).step
    sums = expectation(rows, weights, _repeated(components), labels, units)
    return sums._replace(scatter=sums.scatter.sum(axis=0))


def _responsibilities(rows: Array, components: Components) -> tuple[Array, Array]:
    return _separate(rows).responsibilities(rows, _repeated(components))


def _sums(rows: Array, weights: Array, responsibilities: Array, about: Array) -> SoftSums:
    sums = _separate(rows).sums(rows, weights, responsibilities, about)
    return sums._replace(scatter=sums.scatter.sum(axis=0))


def _prepare(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    return Workspace(Whitening(rows).expectation)


def _prepare_span(rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
    return Workspace(Whitening(rows, units_of(len(rows), share)).expectation)


TIED = SoftKernel(_prepare, _responsibilities, _sums, partial(sums_by_label, structure="tied"), blas=True)
"""One covariance of all components."""

TIED_SPANNING = TIED._replace(prepare=_prepare_span, spanning=True)
"""The same for spans of blocks."""


def _separate(rows: Array) -> SoftKernel:
    """Return the kernel of components that have a covariance each."""
    return NARROW if rows.shape[1] <= NARROW_FEATURES else WIDE


def _repeated(components: Components) -> Components:
    """Give every component the factor of all."""
    k = len(components.means)
    return components._replace(factors=np.repeat(components.factors[None], k, axis=0))


@njit(**KERNEL)
def _tied(rows, weights, origin, transposed, centers, log_scales, labels, counts, mass, sums):  # type: ignore[no-untyped-def]
    """Add up; the sums are left about the origin. Centers are whitened, and padded as the rows will be."""
    d = len(origin)
    k, even = centers.shape
    ones = np.ones((k, even))
    x, w, whitened = np.empty((d, TILE)), np.empty(TILE), np.zeros((even, TILE))
    densities, part = np.empty((k, TILE)), np.empty((k, d))
    top, total, terms = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    unsure = np.zeros(TILE)
    log_likelihood = 0.0
    for start in range(0, len(rows), TILE):
        size = load(rows, weights, start, x, w)
        _move(x, origin)
        np.dot(transposed, x, whitened[:d])
        log_densities(whitened, centers, ones, log_scales, densities)
        log_likelihood += normalize(densities, w, start, size, top, total, terms, labels, counts)
        np.dot(densities, x.T, part)
        _add(densities, part, mass, sums)
        note_unsure(w, total, unsure)
    return log_likelihood, weight_of(unsure)


@njit(**INLINED)
def _move(x, origin):  # type: ignore[no-untyped-def]
    """Take the rows of a tile about the origin."""
    for f in range(len(origin)):
        c = origin[f]
        for i in range(TILE):
            x[f, i] -= c


@njit(**INLINED_SUMS)
def _add(wr, part, mass, sums):  # type: ignore[no-untyped-def]
    for j in range(len(mass)):
        n = 0.0
        for i in range(TILE):
            n += wr[j, i]
        mass[j] += n
        for f in range(part.shape[1]):
            sums[j, f] += part[j, f]


@njit(**KERNEL)
def _scatter_about(rows, weights, origin, scatter):  # type: ignore[no-untyped-def]
    """Add up w (x - origin)(x - origin)^T."""
    d = len(origin)
    x, weighted, w = np.empty((d, TILE)), np.empty((d, TILE)), np.empty(TILE)
    part = np.empty((d, d))
    for start in range(0, len(rows), TILE):
        load(rows, weights, start, x, w)
        _move(x, origin)
        for f in range(d):
            for i in range(TILE):
                weighted[f, i] = x[f, i] * w[i]
        np.dot(weighted, x.T, part)
        for a in range(d):
            for b in range(d):
                scatter[a, b] += part[a, b]
