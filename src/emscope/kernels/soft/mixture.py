"""Densities of Gaussian components, responsibilities, and sums weighted by them, in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from emscope.kernels.kernel import Array, Workspace, stateless

Structure = Literal["full", "tied", "diag"]
"""How covariances are laid out for a kernel: one matrix per component, one for all, or variances."""

# Entries of a (components x features x rows) tile: a few of them stay in a core's cache.
_TILE = 1 << 15

FARTHEST = 1e200
"""Largest squared distance that a kernel takes, so that none is infinite; ``far_rows`` has the right one."""

_overflow_allowed = np.errstate(over="ignore", invalid="ignore")  # rows so far away are seen to afterwards


class Components(NamedTuple):
    """What a kernel needs of the components of a mixture.

    Attributes
    ----------
    means : ndarray of shape (k, d)
    factors : ndarray of shape (k, d, d), (d, d) or (k, d)
        Upper triangular U with U U^T the precision, by structure: "full", "tied", or "diag", where only
        the diagonal is there. The row (x - mean) U has as many standard deviations as the point is away.
    log_scales : ndarray of shape (k,)
        Logarithm of the weight, plus log|U|, minus d/2 log(2 pi): the weighted log density at the mean.
    """

    means: Array
    factors: Array
    log_scales: Array


class SoftSums(NamedTuple):
    """Sums over the rows x of a block, with their weights w and responsibilities r.

    Attributes
    ----------
    counts : ndarray of shape (k,), int64
        Rows whose largest responsibility is that of the component.
    weights : ndarray of shape (k,)
        Sum of w r.
    sums : ndarray of shape (k, d)
        Sum of w r (x - mean).
    scatter : ndarray of shape (k, d, d), (d, d) or (k, d)
        Sum of w r (x - mean)(x - mean)^T: "full"; over all components too: "tied"; its diagonal: "diag".
    log_likelihood : float
        Sum of w log p(x).
    """

    counts: Array
    weights: Array
    sums: Array
    scatter: Array
    log_likelihood: float


NARROW_FEATURES = 12
"""Features up to which full covariances are dealt with in registers, and not as matrix products."""


class SoftKernel(NamedTuple):
    """A kernel for mixtures; see :class:`~emscope.kernels.kernel.Kernel`.

    ``step`` of its workspaces takes :class:`Components`, and writes every row's likeliest component.
    """

    prepare: Callable[[Array, Array], Workspace]
    responsibilities: Callable[[Array, Components], tuple[Array, Array]]
    """``responsibilities(rows, components)``, after the log-likelihood of every row."""
    sums: Callable[[Array, Array, Array, Array], SoftSums]
    blas: bool = False


def plain_kernel(structure: Structure) -> SoftKernel:
    """Return the kernel that small problems use."""
    return SoftKernel(
        prepare=stateless(partial(evaluate_plainly, structure=structure)),
        responsibilities=partial(responsibilities, structure=structure),
        sums=partial(sums_of, structure=structure),
        blas=True,
    )


@_overflow_allowed
def evaluate_plainly(
    rows: Array,
    weights: Array,
    components: Components,
    labels: Array,
    structure: Structure,
) -> SoftSums:
    """Take the responsibilities of all rows, and the sums that they weight.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
    weights : ndarray of shape (m,)
    components : Components
    labels : ndarray of shape (m,), integer
        Written to: the component of the largest responsibility, of equal ones the first.
    structure : {"full", "tied", "diag"}

    Returns
    -------
    SoftSums
    """
    k, d = components.means.shape
    total = no_soft_sums(k, d, structure)
    for tile, x in _tiles(rows, components.means):
        log_joint, difference = _log_joint(x, components, structure)
        log_likelihoods, shares = _normalized(log_joint)
        labels[tile] = log_joint.argmax(axis=0)
        w = weights[tile]
        sums = _sums(difference, shares * w, labels[tile], structure)
        total = added(total, sums._replace(log_likelihood=float((w * log_likelihoods).sum())))
    return total


@_overflow_allowed
def responsibilities(rows: Array, components: Components, structure: Structure) -> tuple[Array, Array]:
    """Return log p(x) of every row, and what each component answers for.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
    components : Components
    structure : {"full", "tied", "diag"}

    Returns
    -------
    log_likelihoods : ndarray of shape (m,)
    responsibilities : ndarray of shape (m, k)
        Lines add up to 1.
    """
    log_likelihoods = np.empty(len(rows))
    shares = np.empty((len(rows), len(components.means)))
    for tile, x in _tiles(rows, components.means):
        log_likelihoods[tile], by_component = _normalized(_log_joint(x, components, structure)[0])
        shares[tile] = by_component.T
    return log_likelihoods, shares


@_overflow_allowed
def sums_of(rows: Array, weights: Array, shares: Array, about: Array, structure: Structure) -> SoftSums:
    """Return the sums for responsibilities that are given; nothing is known of their likelihood.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
    weights : ndarray of shape (m,)
    shares : ndarray of shape (m, k)
        The responsibilities.
    about : ndarray of shape (k, d)
        What the sums are taken about.
    structure : {"full", "tied", "diag"}

    Returns
    -------
    SoftSums
        With a log-likelihood of 0.
    """
    k, d = about.shape
    total = no_soft_sums(k, d, structure)
    for tile, x in _tiles(rows, about):
        labels = shares[tile].argmax(axis=1)
        sums = _sums(x - about[:, :, None], shares[tile].T * weights[tile], labels, structure)
        total = added(total, sums)
    return total


def sums_by_label(rows: Array, weights: Array, labels: Array, about: Array, structure: Structure) -> SoftSums:
    """Return the sums for rows that have one owner each; nothing is known of their likelihood.

    Parameters
    ----------
    rows : ndarray of shape (m, d)
    weights : ndarray of shape (m,)
    labels : ndarray of shape (m,), integer
        The owners.
    about : ndarray of shape (k, d)
        What the sums are taken about.
    structure : {"full", "tied", "diag"}

    Returns
    -------
    SoftSums
        With a log-likelihood of 0.
    """
    k, d = about.shape
    total = no_soft_sums(k, d, structure)
    height = max(16, _TILE // d)
    for start in range(0, len(rows), height):
        tile = slice(start, start + height)
        owners = labels[tile]
        for j in np.unique(owners):
            own = np.flatnonzero(owners == j)
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
    """Return sums over no rows, to be added to.

    Parameters
    ----------
    k, d : int
        Number of components and of features.
    structure : {"full", "tied", "diag"}

    Returns
    -------
    SoftSums
    """
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
    """Return the log of the sum over components, and the share of each in it."""
    top = log_joint.max(axis=0)
    shares = np.exp(log_joint - top)
    total = shares.sum(axis=0)
    shares /= total
    return top + np.log(total), shares


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
    )
