"""Compiled kernels take several features at a time: others are made up to a multiple, and left out again.

Those made up are 0 in rows, means and factors, and so add 0 to every squared distance and to every sum.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from emscope.columns import Array
from emscope.kernels.kernel import Share, Workspace, in_turn, stateless
from emscope.kernels.soft.mixture import (
    Components,
    SoftKernel,
    SoftSums,
    Structure,
    no_soft_sums,
    sums_by_label,
)
from emscope.kernels.soft.units import added_up, units_of
from emscope.kernels.units import ONE, Units


class Padded:
    """The frame of three compiled functions, which a subclass names, so that kernels are pickled by name."""

    structure: Structure
    multiple: int
    compiled_expectation: Callable[..., tuple[float, float]]
    """``(rows, weights, *components, labels, *sums)`` adds to sums; returns the sum of w log p(x), and the
    weight of undecided rows."""
    compiled_responsibilities: Callable[..., None]
    """``(rows, *components, log_likelihoods, responsibilities)`` writes the last two."""
    compiled_sums: Callable[..., None]
    """``(rows, weights, responsibilities, means, *sums)`` adds to sums."""

    def kernel(self, *, blas: bool = False, spanning: bool = False) -> SoftKernel:
        """Return the kernel: make up features, call, and leave them out of the result."""
        prepare = self._of_span if spanning else stateless(self.expectation)
        by_label = partial(sums_by_label, structure=self.structure)
        return SoftKernel(prepare, self.responsibilities, self.sums, by_label, blas, spanning)

    def _of_span(self, rows: Array, weights: Array, share: Share = in_turn) -> Workspace:
        return Workspace(partial(self.expectation, units=units_of(len(rows), share)))

    def expectation(
        self, rows: Array, weights: Array, components: Components, labels: Array, units: Units = ONE
    ) -> SoftSums:
        """Return the sums, and label rows by their likeliest components."""
        padded = self._padded(components)

        def take(own: slice, *sums: Array) -> tuple[float, float]:
            return self.compiled_expectation(rows[own], weights[own], *padded, labels[own], *sums)

        return _trimmed(added_up(units, self._no_sums(padded.means), take), rows.shape[1])

    def responsibilities(self, rows: Array, components: Components) -> tuple[Array, Array]:
        """Return log p(x) of every row, and its responsibilities."""
        padded = self._padded(components)
        result = np.empty(len(rows)), np.empty((len(rows), len(padded.means)))
        self.compiled_responsibilities(rows, *padded, *result)
        return result

    def sums(self, rows: Array, weights: Array, responsibilities: Array, about: Array) -> SoftSums:
        """Return the sums for given responsibilities, about given means."""
        means = padded_means(about, self.multiple)
        total = self._no_sums(means)
        self.compiled_sums(rows, weights, responsibilities, means, *total[:4])
        return _trimmed(total, rows.shape[1])

    def _no_sums(self, means: Array) -> SoftSums:
        k, d = means.shape
        return no_soft_sums(k, d, self.structure)

    def _padded(self, components: Components) -> Components:
        means, factors, log_scales = components
        more = (0, -means.shape[1] % self.multiple)
        if more == (0, 0):
            return components
        factors = np.pad(factors, ((0, 0),) + (more,) * (factors.ndim - 1))
        return Components(padded_means(means, self.multiple), factors, log_scales)


def padded_means(means: Array, multiple: int) -> Array:
    """Make up features that are 0, until their number is a multiple."""
    return np.pad(means, ((0, 0), (0, -means.shape[1] % multiple)))


def _trimmed(sums: SoftSums, d: int) -> SoftSums:
    """Leave out features that were made up, and copy what scatters have above the diagonal below it."""
    if sums.scatter.ndim == 2:
        scatter = np.ascontiguousarray(sums.scatter[:, :d])
    else:
        i, j = _above(d)
        scatter = np.empty((len(sums.scatter), d, d))
        scatter[:, i, j] = scatter[:, j, i] = sums.scatter[:, i, j]
    trimmed = np.ascontiguousarray(sums.sums[:, :d])
    return sums._replace(sums=trimmed, scatter=scatter)


@cache
def _above(d: int) -> tuple[Array, Array]:
    """Return the places of a matrix that are not below its diagonal."""
    return np.triu_indices(d)
