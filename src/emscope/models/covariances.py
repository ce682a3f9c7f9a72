r"""The four kinds of covariances that a Gaussian mixture may have.

All of them are averages of the same scatter matrices

.. math:: S_j = \sum_i w_i r_{ij} (x_i - \mu_j)(x_i - \mu_j)^T :

each its own (full), one for all (tied), only the diagonal (diag), or the mean of the diagonal (spherical).
A covariance matrix is used by the Cholesky factor of its inverse, the precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from emscope.card import Layout
from emscope.columns import Array
from emscope.kernels.soft.mixture import Structure

# A pivot of a correlation matrix below this is nothing but the rounding of its entries, per feature.
_SINGULAR = 1e-14
_FLAT = 1e-11  # and this is so little that it may have been


class CovarianceType(ABC):
    """One kind of covariances, for k components of d features."""

    name: ClassVar[Layout]
    structure: ClassVar[Structure]
    """How a kernel lays out scatter and precision factors."""
    shared: ClassVar[bool] = False
    """Whether all components have the same covariance."""
    has_matrices: ClassVar[bool]
    """Whether the covariances are matrices, and not variances."""

    @abstractmethod
    def shape(self, k: int, d: int) -> tuple[int, ...]:
        """Return the shape of the covariances."""

    @abstractmethod
    def n_parameters(self, k: int, d: int) -> int:
        """Count the free numbers in the covariances."""

    @abstractmethod
    def products(self, a: Array, b: Array) -> Array:
        """Return outer products of the lines of two (k, d) arrays, laid out as scatter."""

    @abstractmethod
    def average(self, scatter: Array, weights: Array) -> Array:
        """Return the covariances that fit best."""

    @abstractmethod
    def as_matrices(self, covariances: Array, k: int, d: int) -> Array:
        """Return the covariance matrix of every component, shape (k, d, d)."""

    @abstractmethod
    def diagonal(self, covariances: Array, k: int, d: int) -> Array:
        """Return the variance of every feature in every component, shape (k, d)."""

    @abstractmethod
    def inverse(self, covariances: Array) -> Array:
        """Return precisions of covariances, none of them singular, or covariances of precisions."""

    @abstractmethod
    def factors(self, covariances: Array) -> Array:
        """Return the precision Cholesky factors: U with U U^T the inverse of each covariance matrix.

        Upper triangular matrices, or 1 / standard deviation, in the shape of the covariances, of which none
        is singular.
        """

    def factors_for_kernels(self, factors: Array, d: int) -> Array:
        """Return precision factors as kernels take them: for every feature."""
        return np.ascontiguousarray(factors)

    @abstractmethod
    def precisions(self, factors: Array) -> Array:
        """Return the inverses of the covariances, from their factors."""

    @abstractmethod
    def log_determinants(self, factors: Array, k: int, d: int) -> Array:
        """Return the logarithm of |U| of every component, shape (k,)."""

    @abstractmethod
    def regularized(self, covariances: Array, amount: float) -> Array:
        """Return covariances with a number added to every variance."""

    @abstractmethod
    def lifted(self, covariances: Array, amount: float) -> Array:
        """Return covariances whose variances are nowhere below an amount."""

    @abstractmethod
    def nearest_regular(self, covariances: Array, amount: float) -> Array:
        """Return covariances that are nowhere flatter than rounding allows, as none is below an amount."""

    @abstractmethod
    def smallest_variances(self, covariances: Array, k: int) -> Array:
        """Return the variance of every component in the direction where it is flattest, shape (k,)."""

    @abstractmethod
    def singular(self, covariances: Array, k: int) -> Array:
        """Tell which components have no density, because their covariance has no inverse, shape (k,)."""

    @abstractmethod
    def flat(self, covariances: Array, factors: Array, k: int) -> Array:
        """Tell which are flat, within rounding, in a direction across several features, shape (k,)."""

    def surely_regular(self, covariances: Array, amount: float) -> bool:
        """Tell at a glance that what was added to every variance outweighs all rounding.

        False where it takes a closer look.
        """
        largest = covariances.max()  # of a matrix, on its diagonal
        return bool(amount > 10 * _SINGULAR * covariances.shape[-1] * largest)


class _Matrices(CovarianceType):
    """Covariances that are matrices."""

    has_matrices = True

    def as_matrices(self, covariances: Array, k: int, d: int) -> Array:
        return np.broadcast_to(covariances, (k, d, d))

    def diagonal(self, covariances: Array, k: int, d: int) -> Array:
        return np.broadcast_to(np.diagonal(covariances, axis1=-2, axis2=-1), (k, d))

    def inverse(self, covariances: Array) -> Array:
        return np.linalg.inv(covariances)

    def factors(self, covariances: Array) -> Array:
        scale, lower = _scaled_cholesky(covariances)
        inverse = np.linalg.solve(lower, np.broadcast_to(np.eye(lower.shape[-1]), lower.shape))
        return np.asarray(np.triu((inverse / scale[..., None, :]).swapaxes(-1, -2)))

    def precisions(self, factors: Array) -> Array:
        return np.asarray(factors @ factors.swapaxes(-1, -2))

    def log_determinants(self, factors: Array, k: int, d: int) -> Array:
        logs = np.log(np.diagonal(factors, axis1=-2, axis2=-1)).sum(axis=-1)
        return np.broadcast_to(logs, (k,))

    def regularized(self, covariances: Array, amount: float) -> Array:
        return np.asarray(covariances + amount * np.eye(covariances.shape[-1]))

    def lifted(self, covariances: Array, amount: float) -> Array:
        missing = np.maximum(amount - np.linalg.eigvalsh(covariances)[..., 0], 0.0)
        return np.asarray(covariances + missing[..., None, None] * np.eye(covariances.shape[-1]))

    def nearest_regular(self, covariances: Array, amount: float) -> Array:
        # Rounding can leave a matrix with less than nothing in a direction where it should have been flat.
        # What is added there is in proportion to the variances of the features, so that their units do not
        # matter.
        scale = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
        outer = scale[..., :, None] * scale[..., None, :]
        values, axes = np.linalg.eigh(covariances / outer)
        floor = 10 * _SINGULAR * scale.shape[-1]
        return np.asarray((axes * np.maximum(values, floor)[..., None, :]) @ axes.swapaxes(-1, -2) * outer)

    def smallest_variances(self, covariances: Array, k: int) -> Array:
        return np.broadcast_to(np.linalg.eigvalsh(covariances)[..., 0], (k,))

    def singular(self, covariances: Array, k: int) -> Array:
        stacked = covariances.reshape(-1, *covariances.shape[-2:])
        if not _are_singular(stacked).any():
            return np.zeros(k, bool)
        return np.broadcast_to([_are_singular(matrix[None])[0] for matrix in stacked], (k,))

    def flat(self, covariances: Array, factors: Array, k: int) -> Array:
        variances, inverse = (np.diagonal(a, axis1=-2, axis2=-1) for a in (covariances, factors))
        # what is left of the variance of a feature when those before it are known
        pivots = (1 / (variances * inverse**2)).min(axis=-1)
        return np.broadcast_to(pivots < _FLAT * variances.shape[-1], (k,))


class _Full(_Matrices):
    """Each component its own matrix, shape (k, d, d)."""

    name = "full"
    structure = "full"

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k, d, d)

    def n_parameters(self, k: int, d: int) -> int:
        return k * d * (d + 1) // 2

    def products(self, a: Array, b: Array) -> Array:
        return np.asarray(a[:, :, None] * b[:, None, :])

    def average(self, scatter: Array, weights: Array) -> Array:
        return np.asarray(scatter / weights[:, None, None])


class _Tied(_Matrices):
    """One matrix for all, shape (d, d)."""

    name = "tied"
    structure = "tied"
    shared = True

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (d, d)

    def n_parameters(self, k: int, d: int) -> int:
        return d * (d + 1) // 2

    def products(self, a: Array, b: Array) -> Array:
        return np.asarray(np.einsum("jf,jg->fg", a, b))

    def average(self, scatter: Array, weights: Array) -> Array:
        return np.asarray(scatter / weights.sum())


class _Diagonal(CovarianceType):
    """One variance for each feature of a component, shape (k, d)."""

    name: ClassVar[Layout] = "diag"
    structure = "diag"
    has_matrices = False

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k, d)

    def n_parameters(self, k: int, d: int) -> int:
        return k * d

    def products(self, a: Array, b: Array) -> Array:
        return np.asarray(a * b)

    def average(self, scatter: Array, weights: Array) -> Array:
        return np.asarray(scatter / weights[:, None])

    def as_matrices(self, covariances: Array, k: int, d: int) -> Array:
        return np.asarray(self.diagonal(covariances, k, d)[:, :, None] * np.eye(d))

    def diagonal(self, covariances: Array, k: int, d: int) -> Array:
        return covariances

    def inverse(self, covariances: Array) -> Array:
        return np.asarray(1 / covariances)

    def factors(self, covariances: Array) -> Array:
        return np.asarray(1 / np.sqrt(covariances))

    def precisions(self, factors: Array) -> Array:
        return np.asarray(factors**2)

    def log_determinants(self, factors: Array, k: int, d: int) -> Array:
        return np.asarray(np.log(factors).sum(axis=1))

    def regularized(self, covariances: Array, amount: float) -> Array:
        return np.asarray(covariances + amount)

    def lifted(self, covariances: Array, amount: float) -> Array:
        return np.maximum(covariances, amount)

    def nearest_regular(self, covariances: Array, amount: float) -> Array:
        return np.maximum(covariances, amount)

    def smallest_variances(self, covariances: Array, k: int) -> Array:
        return np.asarray(covariances.min(axis=1))

    def singular(self, covariances: Array, k: int) -> Array:
        variances = covariances.reshape(k, -1)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            return np.asarray(~((variances > 0) & np.isfinite(1 / variances)).all(axis=1))

    def flat(self, covariances: Array, factors: Array, k: int) -> Array:
        return np.zeros(k, bool)


class _Spherical(_Diagonal):
    """One variance for each component, shape (k,)."""

    name = "spherical"

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k,)

    def n_parameters(self, k: int, d: int) -> int:
        return k

    def average(self, scatter: Array, weights: Array) -> Array:
        return np.asarray(scatter.mean(axis=1) / weights)

    def diagonal(self, covariances: Array, k: int, d: int) -> Array:
        return np.broadcast_to(covariances[:, None], (k, d))

    def factors_for_kernels(self, factors: Array, d: int) -> Array:
        return np.repeat(factors[:, None], d, axis=1)

    def log_determinants(self, factors: Array, k: int, d: int) -> Array:
        return np.asarray(d * np.log(factors))

    def smallest_variances(self, covariances: Array, k: int) -> Array:
        return covariances


COVARIANCE_TYPES: dict[str, CovarianceType] = {
    kind.name: kind for kind in (_Full(), _Tied(), _Diagonal(), _Spherical())
}
"""The four kinds by name."""


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
