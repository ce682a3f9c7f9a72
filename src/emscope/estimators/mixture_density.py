"""What a fitted mixture says about rows: densities, responsibilities, criteria, samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from emscope import validation
from emscope.columns import Array
from emscope.data.blocks import ArrayBlocks, Block, Blocks, by_weight
from emscope.engines import engine_for
from emscope.estimators.base import RecordedEstimator, own_numerics
from emscope.estimators.problem import new_rows
from emscope.kernels.choice import mixture_kernel_for
from emscope.models import gaussian_mixture
from emscope.models.covariances import COVARIANCE_TYPES, CovarianceType
from emscope.models.gaussian_mixture import PreparedComponents
from emscope.models.mixture_parameters import Parameters


class MixtureDensity(RecordedEstimator, DensityMixin, BaseEstimator):  # type: ignore[misc]
    """A mixture that has been fitted, with the methods that scikit-learn's has."""

    n_components: int
    covariance_type: str
    random_state: Any
    weights_: Array
    means_: Array
    covariances_: Array
    precisions_: Array
    precisions_cholesky_: Array
    converged_: bool
    n_iter_: int
    lower_bound_: float
    lower_bounds_: list[float]

    _start_parameter = "init_params"

    @own_numerics
    def predict_proba(self, X: Any) -> Array:
        """Return the responsibility of each component for each row.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.

        Returns
        -------
        ndarray of shape (n, k)
            Lines add up to 1.
        """
        model, parameters, blocks = self._for_new(X)
        responsibilities = np.empty((blocks.n_samples, len(parameters.means)), blocks.dtype)
        for block, _, of_block in self._evaluated(model, parameters, blocks):
            responsibilities[block] = of_block
        return responsibilities

    @own_numerics
    def score_samples(self, X: Any) -> Array:
        """Return the log-likelihood of each row; minus infinity where the dtype of X cannot hold it.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.

        Returns
        -------
        ndarray of shape (n,)
        """
        return self._log_likelihoods(*self._for_new(X))

    @own_numerics
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the log-likelihood per row, or per unit of sample weight.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row; without it rows count alike, also after a weighted fit.

        Returns
        -------
        float
        """
        return self._scored(X, sample_weight)[0]

    @own_numerics
    def sample(self, n_samples: int = 1) -> tuple[Array, Array]:
        """Draw rows from the mixture.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.

        Returns
        -------
        X : ndarray of shape (n_samples, d)
            The rows, by component.
        y : ndarray of shape (n_samples,)
            Their components.

        Raises
        ------
        ValueError
            Fewer than one row is asked for.
        """
        parameters = self._fitted()
        if n_samples < 1:
            raise ValueError(f"Invalid value for 'n_samples': {n_samples}; draw at least one row.")
        random = check_random_state(self.random_state)
        k, d = parameters.means.shape
        counts = random.multinomial(n_samples, parameters.weights / parameters.weights.sum())
        matrices = np.broadcast_to(self._kind.as_matrices(parameters.covariances, k, d), (k, d, d))
        rows = [
            random.multivariate_normal(mean, matrix, count)
            for mean, matrix, count in zip(parameters.means, matrices, counts, strict=True)
        ]
        return np.concatenate(rows), np.repeat(np.arange(k), counts)

    @own_numerics
    def bic(self, X: Any, sample_weight: Any = None) -> float:
        """Return the Bayesian information criterion, ``p log n - 2 log L``; lower is better.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        sample_weight : array-like of shape (n,), optional
            Weight of each row; n is their sum then, as if a row of weight 2 were there twice.

        Returns
        -------
        float

        References
        ----------
        G. Schwarz, "Estimating the dimension of a model", Annals of Statistics 6 (1978), 461-464.
        """
        score, n = self._scored(X, sample_weight)
        return -2 * score * n + self._n_parameters() * float(np.log(n))

    @own_numerics
    def aic(self, X: Any, sample_weight: Any = None) -> float:
        """Return the Akaike information criterion, ``2 p - 2 log L``; lower is better.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        sample_weight : array-like of shape (n,), optional
            Weight of each row, as for ``bic``.

        Returns
        -------
        float

        References
        ----------
        H. Akaike, "A new look at the statistical model identification", IEEE Trans. Autom. Control 19
        (1974), 716-723.
        """
        score, n = self._scored(X, sample_weight)
        return -2 * score * n + 2 * self._n_parameters()

    @property
    def _kind(self) -> CovarianceType:
        return COVARIANCE_TYPES[self.covariance_type]

    def _n_parameters(self) -> int:
        """Count the free numbers of the mixture."""
        k, d = self.means_.shape
        return int(self._kind.n_parameters(k, d) + k * d + k - 1)

    def _fitted(self) -> Parameters:
        """Return the parameters, in all their digits where nobody has set the attributes since."""
        if not hasattr(self, "means_"):
            check_is_fitted(self, "means_")
        attributes = (self.means_, self.covariances_, self.weights_)
        public = Parameters(*(np.asarray(array, np.float64) for array in attributes))
        exact: Parameters | None = getattr(self, "_exact", None)
        if exact is None:
            return public
        dtype = self.means_.dtype
        same = all(
            e.shape == p.shape and (e.astype(dtype, copy=False) == p).all()
            for e, p in zip(exact, public, strict=True)
        )
        return exact if same else public

    def _mixture(self, blocks: Blocks, reg_covar: float = 0.0) -> gaussian_mixture.GaussianMixture:
        """Return the model, with a kernel that suits the rows."""
        k = self.n_components
        kernel = mixture_kernel_for(blocks.n_samples, blocks.n_features, k, self._kind.structure)
        prepared = getattr(self, "_prepared", None) or PreparedComponents()
        return gaussian_mixture.GaussianMixture(self._kind, reg_covar, kernel, prepared)

    def _for_new(
        self, X: Any, sample_weight: Any = None
    ) -> tuple[gaussian_mixture.GaussianMixture, Parameters, ArrayBlocks]:
        rows = new_rows(self, X)
        blocks, _ = by_weight(rows, validation.sample_weights(sample_weight, len(rows)))
        return self._mixture(blocks), self._fitted(), blocks

    def _for_one_step(self, blocks: Blocks) -> gaussian_mixture.GaussianMixture:
        return self._mixture(blocks)

    def _log_likelihoods(
        self, model: gaussian_mixture.GaussianMixture, parameters: Parameters, blocks: Blocks
    ) -> Array:
        densities = np.empty(blocks.n_samples, blocks.dtype)
        for block, log_likelihoods, _ in self._evaluated(model, parameters, blocks):
            with np.errstate(over="ignore"):  # what float32 cannot hold is minus infinity
                densities[block] = log_likelihoods
        return densities

    def _scored(self, X: Any, sample_weight: Any) -> tuple[float, float]:
        """Return the log-likelihood per unit of weight, and the sum of the weights."""
        model, parameters, blocks = self._for_new(X, sample_weight)
        densities, total = self._log_likelihoods(model, parameters, blocks), blocks.total_weight
        with np.errstate(over="ignore"):  # of rows next to the end of the range
            if blocks.weights is None:
                return float(densities.mean()), total
            return float((densities * (blocks.weights / total)).sum()), total

    def _evaluated(
        self, model: gaussian_mixture.GaussianMixture, parameters: Parameters, blocks: Blocks
    ) -> Iterator[tuple[slice, Array, Array]]:
        """Yield the log-likelihoods and responsibilities of the rows of every block."""
        with engine_for(blocks, model, self.n_threads) as engine, engine.alone():
            yield from engine.map(partial(_evaluated, model=model, parameters=parameters))


def _evaluated(
    block: Block, model: gaussian_mixture.GaussianMixture, parameters: Parameters
) -> tuple[slice, Array, Array]:
    return slice(block.start, block.stop), *model.evaluate(block.rows, parameters)
