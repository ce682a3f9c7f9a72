r"""Gaussian mixtures: EM in which every point has a share in every component.

The model is k Gaussian components with weights :math:`\pi_j`, means :math:`\mu_j` and covariances
:math:`\Sigma_j`. What EM lowers is the negative log-likelihood per point,

.. math:: -\frac{1}{W} \sum_i w_i \log \sum_j \pi_j \, \mathcal{N}(x_i \mid \mu_j, \Sigma_j),
          \qquad W = \sum_i w_i ,

or rather a bound on it, the free energy, which takes the responsibilities :math:`r_{ij}` as a second set of
unknowns:

.. math:: F(r, \theta) = -\frac{1}{W} \sum_i w_i \sum_j
          r_{ij} \bigl(\log \pi_j \mathcal{N}(x_i \mid \mu_j, \Sigma_j) - \log r_{ij}\bigr) .

The **expectation step** lowers F over the responsibilities, which makes it the negative log-likelihood.
The **maximization step** lowers F over the weights, means and covariances.

Sources: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm", J. Royal
Stat. Soc. B 39 (1977), 1-38; Neal and Hinton, "A view of the EM algorithm that justifies incremental, sparse,
and other variants" (1998); Bishop, *Pattern Recognition and Machine Learning* (2006), sections 9.2 and 9.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from emscope import card as cards
from emscope.kernels.far_rows import exact_responsibilities, far_rows
from emscope.kernels.mixture import (
    Components,
    Evaluate,
    MixtureKernel,
    SoftSums,
    added,
    plain_kernel,
    sums_by_label,
)
from emscope.models import collapse
from emscope.models.covariances import CovarianceType
from emscope.models.mixture_parameters import Parameters
from emscope.models.remarks import Remark
from emscope.models.statistics import Array, MixtureStatistics, Rows

NOBODY = 10 * np.finfo(np.float64).eps
"""What a component that answers for nothing answers for, so that its weight has a logarithm."""

# Rows whose responsibilities are held at once.
_CHUNK = 1 << 13
# A variance that is this part of the squared shift it was computed from has lost too many digits, and so has
# an entropy that is this part of the log-likelihood per point.
_CANCELS = 1e-4
_UNLIKELY = -1e4  # log-likelihood per row of a block, below which some rows may be far from every component
_LARGEST = 1e300  # what a row's log-likelihood may come to in a sum over rows
_DROWNS = 1e-5


class _Prepared:
    """The latest parameters and their components; two threads may both compute them, to the same bits."""

    def __init__(self) -> None:
        self._latest: tuple[Parameters, Components] | None = None

    def get(self, parameters: Parameters, compute: Callable[[Parameters], Components]) -> Components:
        latest = self._latest
        if latest is None or latest[0] is not parameters:
            latest = self._latest = (parameters, compute(parameters))
        return latest[1]


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture with one kind of covariances.

    Attributes
    ----------
    kind : CovarianceType
    reg_covar : float
        Added to every variance after an M-step.
    kernel : MixtureKernel or None
        One that suits the number of rows; the plain one otherwise.
    """

    kind: CovarianceType
    reg_covar: float = 0.0
    kernel: MixtureKernel | None = None
    _prepared: _Prepared = field(default_factory=_Prepared, repr=False, compare=False)

    @property
    def card(self) -> cards.ModelCard:
        """What traces say about the model."""
        return cards.gaussian_mixture(self.kind.name)

    def components(self, parameters: Parameters) -> Components:
        """Return what kernels need of the parameters.

        Parameters
        ----------
        parameters : Parameters
            No covariance is singular.

        Returns
        -------
        Components
        """
        return self._prepared.get(parameters, self._components)

    def expectation(
        self, block: Rows, parameters: Parameters, labels: Array, workspace: Evaluate | None = None
    ) -> MixtureStatistics:
        r"""Share every row out among the components.

        .. math:: r_{ij} = \frac{\pi_j \, \mathcal{N}(x_i \mid \mu_j, \Sigma_j)}
                  {\sum_l \pi_l \, \mathcal{N}(x_i \mid \mu_l, \Sigma_l)}

        Parameters
        ----------
        block : Rows
            m rows and their weights.
        parameters : Parameters
        labels : ndarray of shape (m,), integer
            Written to: the components with the largest responsibilities, of equal ones the first.
        workspace : callable, optional
            A kernel prepared for this block.

        Returns
        -------
        MixtureStatistics
            The sums, about the means.
        """
        evaluate = workspace or self._kernel.prepare(block.rows, block.weights)
        components = self.components(parameters)
        sums = evaluate(block.rows, block.weights, components, labels)
        if not sums.log_likelihood >= _UNLIKELY * block.weights.sum():
            sums = self._with_far_rows(block, parameters, labels, sums)
        expected = _expected(self.kind, components, sums.weights, sums.scatter)
        return MixtureStatistics(parameters.means, *sums, entropy=sums.log_likelihood - expected)

    def shares(self, rows: Array, parameters: Parameters) -> tuple[Array, Array]:
        """Return the log-likelihood of every row, and its responsibilities, however far it is.

        Parameters
        ----------
        rows : ndarray of shape (m, d)
        parameters : Parameters

        Returns
        -------
        log_likelihoods : ndarray of shape (m,)
        responsibilities : ndarray of shape (m, k)
        """
        components = self.components(parameters)
        log_likelihoods, shares = self._kernel.shares(rows, components)
        far = far_rows(log_likelihoods)
        if far.any():
            log_likelihoods[far], shares[far] = exact_responsibilities(
                rows[far], components, self.kind.structure
            )
        return log_likelihoods, shares

    def cancels(self, statistics: MixtureStatistics, before: Parameters, after: Parameters) -> bool:
        """Tell whether an M-step lost digits, so that its statistics are to be taken about the new means.

        Parameters
        ----------
        statistics : MixtureStatistics
            About the means of ``before``.
        before, after : Parameters
            Of the M-step.

        Returns
        -------
        bool
        """
        shift = after.means - statistics.about
        moving = np.abs(shift) > 1e-12 * np.abs(after.means)
        spread = self.kind.diagonal(after.covariances, *shift.shape)
        per_point = abs(statistics.log_likelihood) / statistics.weights.sum()
        return bool((moving & (spread < _CANCELS * shift**2)).any() or per_point > 1 / _DROWNS)

    def held(self, block: Rows, labels: Array, before: Parameters, after: Parameters) -> MixtureStatistics:
        """Sum up the rows about the means of ``after``, with the responsibilities of ``before``.

        Parameters
        ----------
        block : Rows
            m rows and their weights.
        labels : ndarray of shape (m,)
            Not needed.
        before, after : Parameters
            Of the M-step.

        Returns
        -------
        MixtureStatistics
        """
        total: MixtureStatistics | None = None
        for start in range(0, len(block.rows), _CHUNK):
            rows, w = block.rows[start : start + _CHUNK], block.weights[start : start + _CHUNK]
            log_likelihoods, shares = self.shares(rows, before)
            logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
            entropy = -float((w * (shares * logs).sum(axis=1)).sum())
            sums = self._kernel.sums(rows, w, shares, after.means)
            sums = sums._replace(log_likelihood=float((w * log_likelihoods).sum()))
            part = MixtureStatistics(after.means, *sums, entropy=entropy)
            total = part if total is None else total.merge(part)
        assert total is not None  # a block has rows
        return total

    def owned(self, block: Rows, labels: Array, about: Array) -> MixtureStatistics:
        """Sum up the rows about given means, each with all of its responsibility on one component.

        Parameters
        ----------
        block : Rows
            m rows and their weights.
        labels : ndarray of shape (m,), integer
            The components.
        about : ndarray of shape (k, d)
            The means.

        Returns
        -------
        MixtureStatistics
            Its likelihood is not known.
        """
        sums = sums_by_label(block.rows, block.weights, labels, about, self.kind.structure)
        return MixtureStatistics(about, *sums, entropy=0.0)

    def shared(self, block: Rows, shares: Array, about: Array) -> MixtureStatistics:
        """Sum up the rows about given means, with given responsibilities.

        Parameters
        ----------
        block : Rows
            m rows and their weights.
        shares : ndarray of shape (m, k)
            The responsibilities.
        about : ndarray of shape (k, d)
            The means.

        Returns
        -------
        MixtureStatistics
            Its likelihood is not known.
        """
        sums = self._kernel.sums(block.rows, block.weights, shares, about)
        return MixtureStatistics(about, *sums, entropy=0.0)

    def maximization(self, statistics: MixtureStatistics, parameters: Parameters) -> Parameters:
        r"""Fit every component to its share of the rows.

        .. math:: N_j = \sum_i w_i r_{ij}, \quad \pi_j = \frac{N_j}{W}, \quad
                  \mu_j = \frac{1}{N_j} \sum_i w_i r_{ij} x_i, \quad
                  \Sigma_j = \frac{1}{N_j} \sum_i w_i r_{ij} (x_i - \mu_j)(x_i - \mu_j)^T

        and ``reg_covar`` is added to every variance. A component that answers for nothing stays as it is.

        Parameters
        ----------
        statistics : MixtureStatistics
        parameters : Parameters
            Before the step.

        Returns
        -------
        parameters : Parameters
            After it; a covariance may be singular where ``reg_covar`` is 0.
        """
        alive = statistics.weights > NOBODY
        mass = np.where(alive, statistics.weights, 1.0)
        shift = np.where(alive[:, None], statistics.sums / mass[:, None], 0.0)
        means = statistics.about + shift
        return self.fitted(statistics, means, parameters.covariances)

    def fitted(
        self, statistics: MixtureStatistics, means: Array, otherwise: Array | None = None
    ) -> Parameters:
        """Return the weights and covariances that fit best for given means.

        Parameters
        ----------
        statistics : MixtureStatistics
        means : ndarray of shape (k, d)
        otherwise : ndarray, optional
            Covariances of components that answer for nothing.

        Returns
        -------
        parameters : Parameters
        """
        kind, mass = self.kind, statistics.weights
        alive = mass > NOBODY
        scatter = _scatter_about(kind, statistics, means)
        covariances = kind.average(scatter, np.where(alive, mass, 1.0) if not kind.shared else mass)
        covariances = kind.regularized(covariances, self.reg_covar)
        doubtful = self.reg_covar and not kind.surely_regular(covariances, self.reg_covar)
        if doubtful and kind.singular(covariances, len(mass)).any():
            covariances = kind.nearest_regular(covariances, self.reg_covar)
        if not alive.all() and not kind.shared and otherwise is not None:
            covariances = np.where(alive.reshape(-1, *(1,) * (covariances.ndim - 1)), covariances, otherwise)
        shares = mass + NOBODY
        return Parameters(means, covariances, shares / shares.sum())

    def objective(self, statistics: MixtureStatistics, parameters: Parameters) -> float:
        """Return the free energy F of the responsibilities held.

        Right after an expectation step it is the negative log-likelihood per point.

        Parameters
        ----------
        statistics : MixtureStatistics
            Of the last expectation step.
        parameters : Parameters
            After either half-step.

        Returns
        -------
        float
        """
        total = statistics.weights.sum()
        if statistics.about is parameters.means:  # right after an expectation step
            return float(-statistics.log_likelihood / total)
        scatter = _scatter_about(self.kind, statistics, parameters.means)
        expected = _expected(self.kind, self.components(parameters), statistics.weights, scatter)
        return float(-(expected + statistics.entropy) / total)

    def noticed(
        self,
        statistics: MixtureStatistics,
        before: Parameters,
        after: Parameters,
        fold: collapse.Fold,
        iteration: int,
    ) -> tuple[Remark, ...]:
        """Tell which components collapsed, emptied or became one with another in an M-step.

        Parameters
        ----------
        statistics : MixtureStatistics
            Of the expectation step.
        before, after : Parameters
            Of the maximization step.
        fold : callable
            Folds a function of (block, labels) over the data.
        iteration : int
            Its number.

        Returns
        -------
        tuple of Remark

        Raises
        ------
        DataError
            A component has no density any more.
        """
        return collapse.remarks(self, statistics, before, after, fold, iteration)

    def _with_far_rows(self, block: Rows, parameters: Parameters, labels: Array, sums: SoftSums) -> SoftSums:
        """Take the rows that are far from every component apart, and add them to the sums of the others."""
        log_likelihoods, shares = self.shares(block.rows, parameters)
        far = far_rows(log_likelihoods)
        if not far.any():
            return sums
        rows, w, shares = block.rows[far], block.weights[far], shares[far]
        labels[far] = shares.argmax(axis=1)
        finite = np.maximum(log_likelihoods[far], -_LARGEST)
        apart = self._kernel.sums(rows, w, shares, parameters.means)
        apart = apart._replace(log_likelihood=float((w * finite).sum()))
        if far.all():
            return apart
        rows, w, owners = block.rows[~far], block.weights[~far], np.empty(len(far) - len(rows), labels.dtype)
        near = self._kernel.prepare(rows, w)(rows, w, self.components(parameters), owners)
        labels[~far] = owners
        return added(near, apart)

    @property
    def _kernel(self) -> MixtureKernel:
        return self.kernel or plain_kernel(self.kind.structure)

    def _components(self, parameters: Parameters) -> Components:
        k, d = parameters.means.shape
        factors = self.kind.factors(parameters.covariances)
        log_scales = np.log(parameters.weights) + self.kind.log_determinants(factors, k, d)
        if self.kind.name == "spherical":
            factors = np.repeat(factors[:, None], d, axis=1)
        return Components(
            parameters.means, np.ascontiguousarray(factors), log_scales - d / 2 * np.log(2 * np.pi)
        )


def _scatter_about(kind: CovarianceType, statistics: MixtureStatistics, means: Array) -> Array:
    """Return the scatter about other means: S - s delta^T - delta s^T + N delta delta^T."""
    shift = means - statistics.about
    back = kind.products(statistics.sums, shift)
    forth = kind.products(shift, statistics.sums)
    return statistics.scatter - back - forth + kind.products(statistics.weights[:, None] * shift, shift)


@np.errstate(over="ignore", invalid="ignore")  # of new rows, whose sums nobody asks for
def _expected(kind: CovarianceType, components: Components, weights: Array, scatter: Array) -> float:
    """Return Q, the expected log-likelihood of rows whose components were known."""
    factors = components.factors
    precisions = factors @ factors.swapaxes(-1, -2) if kind.has_matrices else factors**2
    return float((weights * components.log_scales).sum() - 0.5 * (precisions * scatter).sum())
