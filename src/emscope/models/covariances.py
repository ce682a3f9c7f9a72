r"""The four kinds of covariances that a Gaussian mixture may have, as one small table.

All of them are averages of the same scatter matrices

.. math:: S_j = \sum_i w_i r_{ij} (x_i - \mu_j)(x_i - \mu_j)^T :

each its own (full), one for all (tied), only the diagonal (diag), or the mean of the diagonal (spherical).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.card import Layout
from emscope.kernels.mixture import Structure
from emscope.models.statistics import Array

# A pivot of a correlation matrix below this is nothing but the rounding of its entries, per feature.
_SINGULAR = 1e-14
_FLAT = 1e-11  # and this is so little that it may have been


class CovarianceType(NamedTuple):
    """One line of the table.

    Attributes
    ----------
    name : str
    structure : {"full", "tied", "diag"}
        How scatter and factors are laid out.
    products : callable(a, b) -> ndarray
        Outer products of the lines of two (k, d) arrays, laid out as scatter.
    average : callable(scatter, weights) -> ndarray
        The covariances that fit best.
    n_parameters : callable(k, d) -> int
        Free numbers in the covariances.
    """

    name: Layout
    structure: Structure
    products: Callable[[Array, Array], Array]
    average: Callable[[Array, Array], Array]
    n_parameters: Callable[[int, int], int]

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        """Return the shape of the covariances.

        Parameters
        ----------
        k, d : int
            Number of components and of features.

        Returns
        -------
        tuple of int
        """
        return {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[self.name]

    def as_matrices(self, covariances: Array, k: int, d: int) -> Array:
        """Return the covariance matrix of every component.

        Parameters
        ----------
        covariances : ndarray
        k, d : int
            Number of components and of features.

        Returns
        -------
        ndarray of shape (k, d, d)
        """
        if self.has_matrices:
            return np.broadcast_to(covariances, (k, d, d))
        return self.diagonal(covariances, k, d)[:, :, None] * np.eye(d)

    def inverse(self, covariances: Array) -> Array:
        """Return precisions of covariances, or covariances of precisions.

        Parameters
        ----------
        covariances : ndarray
            None of them singular.

        Returns
        -------
        ndarray
        """
        return np.linalg.inv(covariances) if self.has_matrices else 1 / covariances

    @property
    def shared(self) -> bool:
        """Whether all components have the same covariance."""
        return self.structure == "tied"

    @property
    def has_matrices(self) -> bool:
        """Whether the covariances are matrices, and not variances."""
        return self.structure != "diag"

    def regularized(self, covariances: Array, amount: float) -> Array:
        """Return covariances with a number added to every variance.

        Parameters
        ----------
        covariances : ndarray
        amount : float

        Returns
        -------
        ndarray
        """
        if self.has_matrices:
            return covariances + amount * np.eye(covariances.shape[-1])
        return covariances + amount

    def factors(self, covariances: Array) -> Array:
        """Return what whitens: U with U U^T the inverse of each covariance matrix.

        Parameters
        ----------
        covariances : ndarray
            None of them singular.

        Returns
        -------
        ndarray
            Upper triangular matrices, or 1 / standard deviation, in the shape of the covariances.
        """
        if not self.has_matrices:
            return np.asarray(1 / np.sqrt(covariances))
        scale, lower = _scaled_cholesky(covariances)
        inverse = np.linalg.solve(lower, np.broadcast_to(np.eye(lower.shape[-1]), lower.shape))
        return np.asarray(np.triu((inverse / scale[..., None, :]).swapaxes(-1, -2)))

    def precisions(self, factors: Array) -> Array:
        """Return the inverses of the covariances.

        Parameters
        ----------
        factors : ndarray
            What whitens.

        Returns
        -------
        ndarray
        """
        return factors @ factors.swapaxes(-1, -2) if self.has_matrices else factors**2

    def log_determinants(self, factors: Array, k: int, d: int) -> Array:
        """Return the logarithm of |U| of every component.

        Parameters
        ----------
        factors : ndarray
            What whitens.
        k, d : int
            Number of components and of features.

        Returns
        -------
        ndarray of shape (k,)
        """
        if self.has_matrices:
            logs = np.log(np.diagonal(factors, axis1=-2, axis2=-1)).sum(axis=-1)
        elif self.name == "diag":
            logs = np.log(factors).sum(axis=1)
        else:
            logs = d * np.log(factors)
        return np.broadcast_to(logs, (k,))

    def diagonal(self, covariances: Array, k: int, d: int) -> Array:
        """Return the variance of every feature in every component.

        Parameters
        ----------
        covariances : ndarray
        k, d : int
            Number of components and of features.

        Returns
        -------
        ndarray of shape (k, d)
        """
        if self.has_matrices:
            covariances = np.diagonal(covariances, axis1=-2, axis2=-1)
        elif self.name == "spherical":
            covariances = covariances[:, None]
        return np.broadcast_to(covariances, (k, d))

    def smallest_variances(self, covariances: Array, k: int) -> Array:
        """Return the variance of every component in the direction where it is flattest.

        Parameters
        ----------
        covariances : ndarray
        k : int
            Number of components.

        Returns
        -------
        ndarray of shape (k,)
        """
        if self.has_matrices:
            smallest = np.linalg.eigvalsh(covariances)[..., 0]
        else:
            smallest = covariances.min(axis=1) if self.name == "diag" else covariances
        return np.broadcast_to(smallest, (k,))

    def surely_regular(self, covariances: Array, amount: float) -> bool:
        """Tell at a glance that what was added to every variance outweighs all rounding.

        Parameters
        ----------
        covariances : ndarray
        amount : float
            What was added.

        Returns
        -------
        bool
            False where it takes a closer look.
        """
        largest = covariances.max()  # of a matrix, on its diagonal
        return bool(amount > 10 * _SINGULAR * covariances.shape[-1] * largest)

    def singular(self, covariances: Array, k: int) -> Array:
        """Tell which components have no density, because their covariance has no inverse.

        Parameters
        ----------
        covariances : ndarray
        k : int
            Number of components.

        Returns
        -------
        ndarray of bool, shape (k,)
        """
        if not self.has_matrices:
            variances = covariances.reshape(k, -1)
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                return np.asarray(~((variances > 0) & np.isfinite(1 / variances)).all(axis=1))
        stacked = covariances.reshape(-1, *covariances.shape[-2:])
        if not _are_singular(stacked).any():
            return np.zeros(k, bool)
        return np.broadcast_to([_are_singular(matrix[None])[0] for matrix in stacked], (k,))

    def nearest_regular(self, covariances: Array, amount: float) -> Array:
        """Return covariances that are nowhere flatter than rounding allows.

        Rounding can leave a matrix with less than nothing in a direction where it should have been flat. What
        is added there is in proportion to the variances of the features, so that their units do not matter.

        Parameters
        ----------
        covariances : ndarray
            With no variance below ``amount``.
        amount : float

        Returns
        -------
        ndarray
        """
        if not self.has_matrices:
            return np.maximum(covariances, amount)
        scale = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
        outer = scale[..., :, None] * scale[..., None, :]
        values, axes = np.linalg.eigh(covariances / outer)
        floor = 10 * _SINGULAR * scale.shape[-1]
        return np.asarray((axes * np.maximum(values, floor)[..., None, :]) @ axes.swapaxes(-1, -2) * outer)

    def flat(self, covariances: Array, factors: Array, k: int) -> Array:
        """Tell which components are flat, within rounding, in a direction across several features.

        Parameters
        ----------
        covariances, factors : ndarray
            And what whitens them.
        k : int
            Number of components.

        Returns
        -------
        ndarray of bool, shape (k,)
        """
        if not self.has_matrices:
            return np.zeros(k, bool)
        variances, inverse = (np.diagonal(a, axis1=-2, axis2=-1) for a in (covariances, factors))
        # what is left of the variance of a feature when those before it are known
        pivots = (1 / (variances * inverse**2)).min(axis=-1)
        return np.broadcast_to(pivots < _FLAT * variances.shape[-1], (k,))

    def lifted(self, covariances: Array, amount: float) -> Array:
        """Return covariances whose variances are nowhere below an amount.

        Parameters
        ----------
        covariances : ndarray
        amount : float

        Returns
        -------
        ndarray
        """
        if not self.has_matrices:
            return np.maximum(covariances, amount)
        missing = np.maximum(amount - np.linalg.eigvalsh(covariances)[..., 0], 0.0)
        return np.asarray(covariances + missing[..., None, None] * np.eye(covariances.shape[-1]))


COVARIANCE_TYPES: dict[str, CovarianceType] = {
    line.name: line
    for line in (
        CovarianceType(
            "full",
            "full",
            products=lambda a, b: a[:, :, None] * b[:, None, :],
            average=lambda scatter, weights: scatter / weights[:, None, None],
            n_parameters=lambda k, d: k * d * (d + 1) // 2,
        ),
        CovarianceType(
            "tied",
            "tied",
            products=lambda a, b: np.einsum("jf,jg->fg", a, b),
            average=lambda scatter, weights: scatter / weights.sum(),
            n_parameters=lambda k, d: d * (d + 1) // 2,
        ),
        CovarianceType(
            "diag",
            "diag",
            products=lambda a, b: a * b,
            average=lambda scatter, weights: scatter / weights[:, None],
            n_parameters=lambda k, d: k * d,
        ),
        CovarianceType(
            "spherical",
            "diag",
            products=lambda a, b: a * b,
            average=lambda scatter, weights: scatter.mean(axis=1) / weights,
            n_parameters=lambda k, d: k,
        ),
    )
}
"""The table, by name."""


def _scaled_cholesky(covariances: Array) -> tuple[Array, Array]:
    """Return standard deviations, and the lower factor of the correlations."""
    scale = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    return scale, np.linalg.cholesky(covariances / (scale[..., :, None] * scale[..., None, :]))


def _are_singular(matrices: Array) -> Array:
    """Tell which matrices have no inverse; all of them, if one has no factor."""
    everyone = np.ones(len(matrices), bool)
    if not (np.diagonal(matrices, axis1=1, axis2=2) > 0).all():
        return everyone
    try:
        _, lower = _scaled_cholesky(matrices)
    except np.linalg.LinAlgError:
        return everyone
    pivots = np.diagonal(lower, axis1=1, axis2=2) ** 2
    return np.asarray((~(pivots > _SINGULAR * pivots.shape[1])).any(axis=1))
