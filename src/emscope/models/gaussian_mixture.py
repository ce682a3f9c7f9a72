r"""Gaussian mixtures: EM in which every component has a responsibility for every point.

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
from functools import cached_property
from typing import Any

import numpy as np

from emscope import card as cards
from emscope import doubt
from emscope.columns import Array
from emscope.events import Event
from emscope.kernels.kernel import Share, Workspace, in_turn
from emscope.kernels.soft.far_rows import exact_responsibilities, far_rows
from emscope.kernels.soft.mixture import (
    Components,
    SoftKernel,
    SoftSums,
    added,
    plain_kernel,
    weight_of_undecided,
)
from emscope.models import collapse, sizes
from emscope.models.covariances import CovarianceType
from emscope.models.mixture_parameters import Parameters
from emscope.models.model import Fold, Model
from emscope.models.statistics import MixtureStatistics, Rows

LEAST_MASS = 10 * np.finfo(np.float64).eps
"""Sum of the responsibilities of an empty component, so that its weight has a logarithm."""

# Rows whose responsibilities are in memory at once.
_CHUNK = 1 << 13
# A variance that is this part of the squared shift it was computed from has lost too many digits, and so has
# an entropy that is this part of the log-likelihood per point.
_CANCELS = 1e-4
_UNLIKELY = -1e4  # log-likelihood per row of a block, below which some rows may be far from every component
_LARGEST = 1e300  # what a row's log-likelihood may come to in a sum over rows
_DROWNS = 1e-5


class PreparedComponents:
    """The components of the latest parameters, kept to save time.

    Two threads may both compute them, to the same bits; where a model is sent they are computed anew.
    """

    def __init__(self) -> None:
        self._latest: tuple[CovarianceType, Parameters, Components] | None = None

    def get(
        self, kind: CovarianceType, parameters: Parameters, compute: Callable[[Parameters], Components]
    ) -> Components:
        """Return the components of these very parameters, computed if they are not the latest."""
        latest = self._latest
        if latest is None or latest[0] is not kind or latest[1] is not parameters:
            latest = self._latest = (kind, parameters, compute(parameters))
        return latest[2]

    def __reduce__(self) -> tuple[Any, ...]:
        return PreparedComponents, ()


@dataclass(frozen=True)
class GaussianMixture(Model[Parameters, MixtureStatistics]):
    """A mixture with one kind of covariances."""

    kind: CovarianceType
    reg_covar: float = 0.0  # added to every variance after an M-step
    kernel: SoftKernel | None = None  # one that suits the number of rows; the plain one otherwise
    prepared: PreparedComponents = field(default_factory=PreparedComponents, repr=False, compare=False)

    @cached_property
    def card(self) -> cards.ModelCard:
        """What traces and views are told of the model."""
        return cards.gaussian_mixture(self.kind.name)

    def expectation(
        self, block: Rows, parameters: Parameters, labels: Array, workspace: Workspace | None = None
    ) -> MixtureStatistics:
        r"""Take the responsibilities of the components for every row, and the sums about the means.

        .. math:: r_{ij} = \frac{\pi_j \, \mathcal{N}(x_i \mid \mu_j, \Sigma_j)}
                  {\sum_l \pi_l \, \mathcal{N}(x_i \mid \mu_l, \Sigma_l)}

        The labels are the components with the largest responsibilities, of equal ones the first.
        """
        step = (workspace or self.prepare(block)).step
        components = self.components(parameters)
        sums: SoftSums = step(block.rows, block.weights, components, labels)
        if not sums.log_likelihood >= _UNLIKELY * block.weights.sum():
            sums = self._with_far_rows(block, parameters, labels, sums)
        expected = _expected(self.kind, components, sums.weights, sums.scatter)
        return MixtureStatistics(parameters.means, *sums, entropy=sums.log_likelihood - expected)

    def maximization(self, statistics: MixtureStatistics, parameters: Parameters) -> Parameters:
        r"""Fit every component to the rows by its responsibilities for them.

        .. math:: N_j = \sum_i w_i r_{ij}, \quad \pi_j = \frac{N_j}{W}, \quad
                  \mu_j = \frac{1}{N_j} \sum_i w_i r_{ij} x_i, \quad
                  \Sigma_j = \frac{1}{N_j} \sum_i w_i r_{ij} (x_i - \mu_j)(x_i - \mu_j)^T

        and ``reg_covar`` is added to every variance. An empty component stays as it is. A covariance may be
        singular afterwards where ``reg_covar`` is 0.
        """
        alive = statistics.weights > LEAST_MASS
        mass = np.where(alive, statistics.weights, 1.0)
        shift = np.where(alive[:, None], statistics.sums / mass[:, None], 0.0)
        means = statistics.about + shift
        return self.fitted(statistics, means, parameters.covariances)

    def fitted(
        self, statistics: MixtureStatistics, means: Array, otherwise: Array | None = None
    ) -> Parameters:
        """Return the weights and covariances that fit best for given means.

        Empty components get the covariances that ``otherwise`` has.
        """
        kind, mass = self.kind, statistics.weights
        alive = mass > LEAST_MASS
        scatter = _scatter_about(kind, statistics, means)
        covariances = kind.average(scatter, np.where(alive, mass, 1.0) if not kind.shared else mass)
        covariances = kind.regularized(covariances, self.reg_covar)
        doubtful = self.reg_covar and not kind.surely_regular(covariances, self.reg_covar)
        if doubtful and kind.singular(covariances, len(mass)).any():
            covariances = kind.nearest_regular(covariances, self.reg_covar)
        if not alive.all() and not kind.shared and otherwise is not None:
            covariances = np.where(alive.reshape(-1, *(1,) * (covariances.ndim - 1)), covariances, otherwise)
        weights = mass + LEAST_MASS
        return Parameters(means, covariances, weights / weights.sum())

    def objective(self, statistics: MixtureStatistics, parameters: Parameters) -> float:
        """Return the free energy F of the responsibilities and any parameters."""
        scatter = _scatter_about(self.kind, statistics, parameters.means)
        expected = _expected(self.kind, self.components(parameters), statistics.weights, scatter)
        return float(-(expected + statistics.entropy) / statistics.weights.sum())

    def objective_after_expectation(self, statistics: MixtureStatistics, parameters: Parameters) -> float:
        """Return the negative log-likelihood per point of the parameters the statistics were taken with."""
        return float(-statistics.log_likelihood / statistics.weights.sum())

    @property
    def blas(self) -> bool:
        """Whether the kernel calls BLAS."""
        return self._kernel.blas

    @property
    def spanning(self) -> bool:
        """Whether the kernel takes spans of blocks."""
        return self._kernel.spanning

    def prepare(self, block: Rows, share: Share = in_turn) -> Workspace:
        """Return what the kernel keeps for a block."""
        return self._kernel.prepare(block.rows, block.weights, share)

    def components(self, parameters: Parameters) -> Components:
        """Return what kernels need of the parameters, in which no covariance is singular."""
        return self.prepared.get(self.kind, parameters, self._components)

    def evaluate(self, rows: Array, parameters: Parameters) -> tuple[Array, Array]:
        """Return the log-likelihood of every row, and its responsibilities, however far it is."""
        components = self.components(parameters)
        log_likelihoods, responsibilities = self._kernel.responsibilities(rows, components)
        far = far_rows(log_likelihoods)
        if far.any():
            log_likelihoods[far], responsibilities[far] = exact_responsibilities(
                rows[far], components, self.kind.structure
            )
        return log_likelihoods, responsibilities

    def responsibilities(self, rows: Array, parameters: Parameters) -> Array:
        """Return the responsibility of every component for every row, shape (m, k)."""
        return self.evaluate(rows, parameters)[1]

    def cancels(self, statistics: MixtureStatistics, before: Parameters, after: Parameters) -> bool:
        """Tell whether a variance is little beside a squared shift, or the entropy beside the likelihood."""
        shift = after.means - statistics.about
        moving = np.abs(shift) > 1e-12 * np.abs(after.means)
        spread = self.kind.diagonal(after.covariances, *shift.shape)
        per_point = abs(statistics.log_likelihood) / statistics.weights.sum()
        return bool((moving & (spread < _CANCELS * shift**2)).any() or per_point > 1 / _DROWNS)

    def statistics_about(
        self, block: Rows, labels: Array, before: Parameters, after: Parameters
    ) -> MixtureStatistics:
        """Return the sums about the means of ``after``, with the responsibilities of ``before``."""
        total: MixtureStatistics | None = None
        for start in range(0, len(block.rows), _CHUNK):
            rows, w = block.rows[start : start + _CHUNK], block.weights[start : start + _CHUNK]
            log_likelihoods, r = self.evaluate(rows, before)
            logs = np.log(r, out=np.zeros_like(r), where=r > 0)
            entropy = -float((w * (r * logs).sum(axis=1)).sum())
            sums = self._kernel.sums(rows, w, r, after.means)
            sums = sums._replace(log_likelihood=float((w * log_likelihoods).sum()))
            part = MixtureStatistics(after.means, *sums, entropy=entropy)
            total = part if total is None else total.merge(part)
        assert total is not None  # a block has rows
        return total

    def statistics_of_labels(self, block: Rows, labels: Array, about: Array) -> MixtureStatistics:
        """Return the sums about given means if every row belonged to one component; without a likelihood."""
        sums = self._kernel.sums_by_label(block.rows, block.weights, labels, about)
        return MixtureStatistics(about, *sums, entropy=0.0)

    def statistics_of_responsibilities(
        self, block: Rows, responsibilities: Array, about: Array
    ) -> MixtureStatistics:
        """Return the sums about given means for given responsibilities; without a likelihood."""
        sums = self._kernel.sums(block.rows, block.weights, responsibilities, about)
        return MixtureStatistics(about, *sums, entropy=0.0)

    def maximization_events(
        self,
        statistics: MixtureStatistics,
        before: Parameters,
        after: Parameters,
        fold: Fold,
        iteration: int,
    ) -> tuple[Event, ...]:
        """Tell which components collapsed, became empty or equal; refuse one without a density."""
        return collapse.events(self, statistics, before, after, fold, iteration)

    def final_events(
        self, statistics: MixtureStatistics, parameters: Parameters, fold: Fold
    ) -> tuple[Event, ...]:
        """Doubt lost components, those of no row or a single one, and labels that say too much."""
        counts, weights = statistics.counts, statistics.weights
        return (
            *collapse.doubts(self, statistics, parameters),
            *sizes.doubts(self.card, counts, weights, fold),
            *doubt.about_responsibilities(statistics.undecided, float(weights.sum()), int(counts.sum())),
        )

    def _with_far_rows(self, block: Rows, parameters: Parameters, labels: Array, sums: SoftSums) -> SoftSums:
        """Take the rows that are far from every component apart, and add them to the sums of the others."""
        log_likelihoods, responsibilities = self.evaluate(block.rows, parameters)
        far = far_rows(log_likelihoods)
        if not far.any():
            return sums
        rows, w, r = block.rows[far], block.weights[far], responsibilities[far]
        labels[far] = r.argmax(axis=1)
        finite = np.maximum(log_likelihoods[far], -_LARGEST)
        apart = self._kernel.sums(rows, w, r, parameters.means)
        undecided = weight_of_undecided(w, r.max(axis=1))
        apart = apart._replace(log_likelihood=float((w * finite).sum()), undecided=undecided)
        if far.all():
            return apart
        rows, w, others = block.rows[~far], block.weights[~far], np.empty(len(far) - len(rows), labels.dtype)
        near = self._kernel.prepare(rows, w).step(rows, w, self.components(parameters), others)
        labels[~far] = others
        return added(near, apart)

    @property
    def _kernel(self) -> SoftKernel:
        return self.kernel or plain_kernel(self.kind.structure)

    def _components(self, parameters: Parameters) -> Components:
        k, d = parameters.means.shape
        factors = self.kind.factors(parameters.covariances)
        log_scales = np.log(parameters.weights) + self.kind.log_determinants(factors, k, d)
        factors = self.kind.factors_for_kernels(factors, d)
        means = np.array(parameters.means, order="C")  # kernels are compiled anew for what is read-only
        return Components(means, factors, log_scales - d / 2 * np.log(2 * np.pi))


def _scatter_about(kind: CovarianceType, statistics: MixtureStatistics, means: Array) -> Array:
    """Return the scatter about other means: S - s delta^T - delta s^T + N delta delta^T."""
    shift = means - statistics.about
    back = kind.products(statistics.sums, shift)
    forth = kind.products(shift, statistics.sums)
    return statistics.scatter - back - forth + kind.products(statistics.weights[:, None] * shift, shift)


@np.errstate(over="ignore", invalid="ignore")  # of new rows, whose sums nobody asks for
def _expected(kind: CovarianceType, components: Components, weights: Array, scatter: Array) -> float:
    """Return Q, the expected log-likelihood of rows whose components were known."""
    precisions = kind.precisions(components.factors)
    return float((weights * components.log_scales).sum() - 0.5 * (precisions * scatter).sum())
