"""Densities of Gaussian components, responsibilities, and sums weighted by them, in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.doubt import CERTAIN
from emscope.kernels.kernel import Prepare, stateless

Structure = Literal["full", "tied", "diag"]
"""How covariances are laid out for a kernel: one matrix per component, one for all, or variances."""

# Entries of a (components x features x rows) tile: a few of them stay in a core's cache.
_TILE = 1 << 15

FARTHEST = 1e200
"""Largest squared distance that a kernel takes, so that none is infinite; ``far_rows`` has the right one."""

_overflow_allowed = np.errstate(over="ignore", invalid="ignore")  # rows so far away are seen to afterwards


class Components(NamedTuple):
    """The components of a mixture, as a kernel needs them."""

    means: Array
    """(k, d)"""
    factors: Array
    """(k, d, d), (d, d) or (k, d), by structure: the precision Cholesky factors.

    These are upper triangular U with U U^T the precision; of "diag", only the diagonal is there. The row
    (x - mean) U is as long as x is standard deviations away from the mean.
    """
    log_scales: Array
    """(k,): log of the weight, plus log|U|, minus d/2 log(2 pi): the weighted log density at the mean."""


class SoftSums(NamedTuple):
    """Sums over the rows x of a block, with their weights w and responsibilities r."""

    counts: Array
    """(k,), int64: rows whose largest responsibility is that of the component."""
    weights: Array
    """(k,): sum of w r."""
    sums: Array
    """(k, d): sum of w r (x - mean)."""
    scatter: Array
    """Sum of w r (x - mean)(x - mean)^T: "full", (k, d, d); over all components too: "tied", (d, d); its
    diagonal: "diag", (k, d)."""
    log_likelihood: float
    """Sum of w log p(x)."""
    undecided: float = 0.0
    """Sum of w of the rows of which no component has a responsibility of ``CERTAIN`` or more."""


NARROW_FEATURES = 12
"""Features up to which full covariances are dealt with in registers, and not as matrix products."""


class SoftKernel(NamedTuple):
    """A kernel for mixtures; see :mod:`emscope.kernels.kernel`."""

    prepare: Prepare
    """``step`` of the workspace takes :class:`Components`, and labels rows by their likeliest component."""
    responsibilities: Callable[[Array, Components], tuple[Array, Array]]
    """``responsibilities(rows, components)``: log p(x) of the rows, (m,), and responsibilities, (m, k)."""
    sums: Callable[[Array, Array, Array, Array], SoftSums]
    """``sums(rows, weights, responsibilities, about)``, about given means; all else is 0."""
    sums_by_label: Callable[[Array, Array, Array, Array], SoftSums]
    """``sums_by_label(rows, weights, labels, about)``: the same for responsibilities of 1 and 0."""
    blas: bool = False
    """Whether it calls BLAS, which is then to be kept to one thread."""
    spanning: bool = False
    """Whether a workspace is made for a span of blocks, whose work its steps share out."""


def plain_kernel(structure: Structure) -> SoftKernel:
    """Return the kernel of small problems."""
    return SoftKernel(
        prepare=stateless(partial(expectation_plainly, structure=structure)),
        responsibilities=partial(responsibilities_plainly, structure=structure),
        sums=partial(sums_plainly, structure=structure),
        sums_by_label=partial(sums_by_label, structure=structure),
        blas=True,
    )


@_overflow_allowed
def expectation_plainly(
    rows: Array, weights: Array, components: Components, labels: Array, structure: Structure
) -> SoftSums:
    """Return the sums, and label rows by the largest responsibility, of equal ones the first."""
    k, d = components.means.shape
    total = no_soft_sums(k, d, structure)
    for tile, x in _tiles(rows, components.means):
        log_joint, difference = _log_joint(x, components, structure)
        log_likelihoods, r = _normalized(log_joint)
        labels[tile] = log_joint.argmax(axis=0)
        w = weights[tile]
        sums = _sums(difference, w * r, labels[tile], structure)
        log_likelihood = float((w * log_likelihoods).sum())
        undecided = weight_of_undecided(w, r.max(axis=0))
        total = added(total, sums._replace(log_likelihood=log_likelihood, undecided=undecided))
    return total


@_overflow_allowed
def responsibilities_plainly(
    rows: Array, components: Components, structure: Structure
) -> tuple[Array, Array]:
    """Return log p(x) of every row, and its responsibilities."""
    log_likelihoods = np.empty(len(rows))
    responsibilities = np.empty((len(rows), len(components.means)))
    for tile, x in _tiles(rows, components.means):
        log_likelihoods[tile], by_component = _normalized(_log_joint(x, components, structure)[0])
        responsibilities[tile] = by_component.T
    return log_likelihoods, responsibilities


@_overflow_allowed
def sums_plainly(
    rows: Array, weights: Array, responsibilities: Array, about: Array, structure: Structure
) -> SoftSums:
    """Return the sums for given responsibilities, about given means; nothing is known of the likelihood."""
    k, d = about.shape
    total = no_soft_sums(k, d, structure)
    for tile, x in _tiles(rows, about):
        r = responsibilities[tile]
        sums = _sums(x - about[:, :, None], r.T * weights[tile], r.argmax(axis=1), structure)
        total = added(total, sums)
    return total


def weight_of_undecided(weights: Array, largest: Array) -> float:
    """Return the weight of rows whose largest responsibilities leave doubt."""
    return float(weights[largest < CERTAIN].sum())


def sums_by_label(rows: Array, weights: Array, labels: Array, about: Array, structure: Structure) -> SoftSums:
    """Return the same for responsibilities of 1 for every row's label, and of 0 otherwise."""
    k, d = about.shape
    total = no_soft_sums(k, d, structure)
    height = max(16, _TILE // d)
    for start in range(0, len(rows), height):
        tile = slice(start, start + height)
        for j in np.unique(labels[tile]):
            own = np.flatnonzero(labels[tile] == j)
            difference = rows[tile][own] - about[j]
            w = weights[tile][own]
            weighted = difference * w[:, None]
            total.counts[j] += len(own)
            total.weights[j] += w.sum()
            total.sums[j] += weighted.sum(axis=0)
            if structure == "diag":
                total.scatter[j] += (weighted * difference).sum(axis=0)
            else:
                scatter = total.scatter if structure == "tied" else total.scatter[j]
                scatter += weighted.T @ difference
    return total


def no_soft_sums(k: int, d: int, structure: Structure) -> SoftSums:
    """Return sums over no rows, to be added to."""
    scatter = np.zeros({"full": (k, d, d), "tied": (d, d), "diag": (k, d)}[structure])
    return SoftSums(np.zeros(k, np.int64), np.zeros(k), np.zeros((k, d)), scatter, 0.0)


def _tiles(rows: Array, means: Array) -> Iterator[tuple[slice, Array]]:
    """Yield slices of the rows, and their transposed rows in float64."""
    height = max(16, _TILE // means.size)
    for start in range(0, len(rows), height):
        tile = slice(start, min(start + height, len(rows)))
        yield tile, np.array(rows[tile].T, np.float64, order="C")


def _log_joint(x: Array, components: Components, structure: Structure) -> tuple[Array, Array]:
    """Return log of weight times density, shape (k, m), and x - mean, shape (k, d, m)."""
    difference = x - components.means[:, :, None]
    factors = components.factors
    if structure == "diag":
        whitened = factors[:, :, None] * difference
    else:
        whitened = factors.swapaxes(-1, -2) @ difference
    squared = np.einsum("jfi,jfi->ji", whitened, whitened)
    np.minimum(squared, FARTHEST, out=squared)
    return components.log_scales[:, None] - 0.5 * squared, difference


def _normalized(log_joint: Array) -> tuple[Array, Array]:
    """Return log p(x) of every row, and its responsibilities, shape (k, m)."""
    top = log_joint.max(axis=0)
    responsibilities = np.exp(log_joint - top)
    total = responsibilities.sum(axis=0)
    responsibilities /= total
    return top + np.log(total), responsibilities


def _sums(difference: Array, wr: Array, labels: Array, structure: Structure) -> SoftSums:
    weighted = difference * wr[:, None, :]
    if structure == "diag":
        scatter = np.einsum("jfi,jfi->jf", weighted, difference)
    else:
        scatter = weighted @ difference.swapaxes(1, 2)
        if structure == "tied":
            scatter = scatter.sum(axis=0)
    counts = np.bincount(labels, minlength=len(wr))
    return SoftSums(counts, wr.sum(axis=1), weighted.sum(axis=2), scatter, 0.0)


def added(one: SoftSums, other: SoftSums) -> SoftSums:
    """Return the sums over the rows of both."""
    return SoftSums(
        one.counts + other.counts,
        one.weights + other.weights,
        one.sums + other.sums,
        one.scatter + other.scatter,
        one.log_likelihood + other.log_likelihood,
        one.undecided + other.undecided,
    )
