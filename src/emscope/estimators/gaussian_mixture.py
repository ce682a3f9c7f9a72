"""The Gaussian mixture estimator."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from emscope import recording, validation
from emscope.columns import Array
from emscope.data.blocks import by_weight, distinct_rows
from emscope.engines.engine import Engine
from emscope.errors import DataError
from emscope.estimators.mixture_density import MixtureDensity
from emscope.estimators.problem import CheckedRows, Problem, parameters_of, rows_to_fit, start_of
from emscope.models import gaussian_mixture
from emscope.models.covariances import COVARIANCE_TYPES
from emscope.models.gaussian_mixture import LEAST_MASS, PreparedComponents
from emscope.models.mixture_parameters import Parameters
from emscope.models.squarem import Squarem
from emscope.starts import MIXTURE_STARTS, from_centers
from emscope.stopping import Stopping, likelihood_gain
from emscope.trace import Step


class GaussianMixture(MixtureDensity):
    r"""Gaussian mixture, with every half-step recorded.

    It raises the likelihood of :math:`p(x) = \sum_j \pi_j \, \mathcal{N}(x \mid \mu_j, \Sigma_j)`, in turn
    over the responsibilities of the components for the rows (expectation) and over their weights, means and
    covariances (maximization). Parameters, attributes and habits are those of
    :class:`sklearn.mixture.GaussianMixture`; results are the same bits for any number of threads.

    Parameters
    ----------
    n_components : int, default=1
        Number of components, k.
    covariance_type : {"full", "tied", "diag", "spherical"}, default="full"
        Each component its own covariance matrix, one for all, variances only, or one variance each.
    tol : float, default=1e-3
        The run ends after the iteration that changed the log-likelihood per row by less.
    reg_covar : float, default=1e-6
        Added to every variance, which keeps components from collapsing; 0 makes a collapse an error.
    max_iter : int, default=100
        Largest number of maximization steps; 0 keeps the start.
    n_init : int, default=1
        Number of starts, of which the one with the highest likelihood wins.
    init_params : {"kmeans", "k-means++", "random_from_data", "random"}, array, Trace or fitted model
        Where the run begins: the clusters of k-means; a component on each of some rows, chosen far apart or
        at random; random responsibilities; centers of shape (k, d), or the last ones of a fitted model or of
        a trace (of a standardized fit: to the same rows), each with the scatter about it of the rows that lie
        nearest. As in scikit-learn, but for tied covariances that start
        from a few rows: scikit-learn takes the scatter of all rows about zero then, which fits no component.
    weights_init, means_init, precisions_init : array-like, optional
        Take the place of what ``init_params`` gives: weights (k,), means (k, d), inverse covariances.
    random_state : int, RandomState or None, default=None
        Source of the start's draws, and of ``sample``.
    warm_start : bool, default=False
        Whether ``fit`` goes on from where the last one ended.
    verbose : int, default=0
        Print how the run goes, from 2 on with the log-likelihood per row; what is logged is as in
        :class:`KMeans`.
    verbose_interval : int, default=10
        Iterations between two lines.
    accelerate : {None, "squarem"}, default=None
        Whether to try longer steps than EM's own, which are kept only where they raise the likelihood more.
    record : bool or "scalars", default=True
        Whether to keep a trace: all of it, only the curves with the first and last parameters, or nothing.
    n_threads : int or None, default=None
        Number of threads. None uses the cores that the process may use (affinity, quota of a container,
        ``LOKY_MAX_CPU_COUNT``), or ``OMP_NUM_THREADS`` where that is fewer, as in joblib's workers.
    checkpoint : path-like or None, default=None
        A file that keeps how a long fit stands, as in :class:`KMeans`; a start from k-means is begun again
        when it was left.
    checkpoint_every : float, default=30
        Seconds from one checkpoint to the next; 0 writes one after every maximization step.

    Attributes
    ----------
    weights_ : ndarray of shape (k,)
        They add up to 1.
    means_ : ndarray of shape (k, d)
    covariances_ : ndarray
        (k, d, d) full, (d, d) tied, (k, d) diag, (k,) spherical.
    precisions_ : ndarray
        Their inverses.
    precisions_cholesky_ : ndarray
        Upper triangular U with U U^T the precision; 1 / standard deviation for diag and spherical.
    converged_ : bool
        Whether the run ended because of ``tol``.
    n_iter_ : int
        Number of maximization steps.
    lower_bound_ : float
        Log-likelihood per row (per unit of sample weight) at the last expectation step that a maximization
        step followed.
    lower_bounds_ : list of float
        The same for every iteration.
    n_features_in_ : int
        Number of features, d.
    feature_names_in_ : ndarray of shape (d,)
        Names of the features, when the data had names.
    trace_ : Trace or None
        Every half-step of the run that won; None with ``record=False`` and in a model that
        comes from a pickle, which holds no rows: ``trace_.save`` keeps a trace.

    Raises
    ------
    ValueError, TypeError
        From ``fit`` and ``steps``, when a parameter or the data cannot be used, or a component collapses with
        ``reg_covar=0``; the sentence says which, where, and what helps.

    References
    ----------
    A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from incomplete data via the EM
    algorithm", J. Royal Stat. Soc. B 39 (1977), 1-38.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0], [2.0], [3.0], [7.0], [9.0], [11.0]])
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> np.round(np.sort(model.means_.ravel()), 2)
    array([2., 9.])
    >>> model.trace_.steps[-1].responsibilities.shape
    (6, 2)
    """

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        accelerate: str | None = None,
        record: bool | str = True,
        n_threads: int | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 30,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.accelerate = accelerate
        self.record = record
        self.n_threads = n_threads
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every

    def _problem(self, X: Any, sample_weight: Any) -> Problem:
        """Check everything that is given and gather what a run needs."""
        parameters = parameters_of(self)
        validation.mixture_parameters(parameters, list(MIXTURE_STARTS), list(COVARIANCE_TYPES))
        checked = self._checked(X, sample_weight)
        blocks, d = checked.blocks, checked.points.shape[1]
        checked.enough_for(self.n_components, of="n_components")
        given = validation.mixture_start(parameters, d, self._kind.shape(self.n_components, d))
        init = start_of(self.init_params, checked.rows, checked.names)
        if not isinstance(init, str):
            init = validation.start_centers(init, self.n_components, d, np.float64, name="init_params")
        for centers in (None if isinstance(init, str) else init, given[1]):
            if centers is not None or checked is not X:
                checked.representable(centers)
        goes_on = self._goes_on()
        if goes_on:
            self._refuse_another_shape(d)
        before = self._fitted() if goes_on else None
        model = self._mixture(blocks, float(self.reg_covar))
        random = check_random_state(self.random_state)

        def start(engine: Engine) -> Parameters:
            return before or self._begin(model, engine, init, given, random)

        return Problem(
            parameters=parameters,
            blocks=blocks,
            others=checked.others,
            feature_names=checked.names,
            model=model,
            start=start,
            random=random,
            given=_given(init, given, before),
            parameters_type=Parameters,
            n_init=1 if goes_on else int(self.n_init),
            tol=float(self.tol),
        )

    def _checked(self, X: Any, sample_weight: Any) -> CheckedRows:
        """Check the rows of a fit and their weights, which become proportions."""
        if isinstance(X, CheckedRows):
            return X.given_to(self, sample_weight)
        rows, names = rows_to_fit(self, X)
        weights = validation.sample_weights(sample_weight, len(rows))
        blocks, others = by_weight(rows, None if weights is None else _proportions(weights))
        named = hasattr(self, "feature_names_in_")
        return CheckedRows(type(self), rows, rows, names, named, blocks, others)

    def _stopping(self, problem: Problem) -> Stopping:
        return likelihood_gain(problem.tol, -self.lower_bound_ if self._goes_on() else None)

    def _accelerator(self) -> Squarem | None:
        return Squarem(self._kind, float(self.reg_covar)) if self.accelerate else None

    def _goes_on(self) -> bool:
        return self.warm_start and hasattr(self, "converged_")

    def _begin(
        self,
        model: gaussian_mixture.GaussianMixture,
        engine: Engine,
        init: str | Array,
        given: tuple[Array | None, Array | None, Array | None],
        random: np.random.RandomState,
    ) -> Parameters:
        """Return the start: what is given, completed by what ``init_params`` gives."""
        weights, means, precisions = given
        covariances = None if precisions is None else self._covariances_of(precisions)
        if weights is not None:  # a component without weight has one that leaves no trace
            weights = (weights + LEAST_MASS) / (weights + LEAST_MASS).sum()
        if self.verbose:
            print("Initialization")
        if weights is not None and means is not None and covariances is not None:
            return Parameters(means, covariances, weights)
        with engine.alone():
            if isinstance(init, str):
                start = MIXTURE_STARTS[init](model, engine, self.n_components, random)
            else:
                start = from_centers(model, engine, init)
        return Parameters(
            start.means if means is None else means,
            start.covariances if covariances is None else covariances,
            start.weights if weights is None else weights,
        )

    def _covariances_of(self, precisions: Array) -> Array:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            covariances = self._kind.inverse(precisions)
        if not np.isfinite(covariances).all() or self._kind.singular(covariances, self.n_components).any():
            raise DataError(
                "precisions_init has no inverse: its numbers are too large, too small or too uneven."
            )
        return covariances

    def _refuse_another_shape(self, n_features: int) -> None:
        """Refuse to go on from a fit of another shape."""
        k, d = self.means_.shape
        if (k, d) != (self.n_components, n_features) or self.covariances_.shape != self._kind.shape(k, d):
            raise DataError(
                f"warm_start=True goes on from {k:,} components of {d:,} features, with covariances of shape "
                f"{self.covariances_.shape}: that does not fit n_components={self.n_components}, "
                f"covariance_type={self.covariance_type!r} and {n_features:,} features; set warm_start=False."
            )

    def _tell(self, step: Step, problem: Problem) -> None:
        if not self.verbose or step.phase != "maximization":
            return
        number = step.iteration + 1
        if number % self.verbose_interval == 0:
            value = f", log-likelihood {-step.objective}" if self.verbose > 1 and step.objective else ""
            print(f"  Iteration {number}{value}")
        if any(event.kind == "converged" for event in step.events):
            print(f"Initialization converged after {number} iterations.")

    def _is_better(self, run: recording.Run, best: recording.Run) -> bool:
        """Tell whether a run ended with the higher likelihood, as scikit-learn takes it."""
        bounds = [_lower_bounds(r) for r in (run, best)]
        return bool(bounds[0] and bounds[1] and bounds[0][-1] > bounds[1][-1])

    def _take_over(self, problem: Problem, run: recording.Run) -> None:
        self._set_parameters(run.parameters, run.dtype)
        self.n_iter_ = run.n_iter
        self.converged_ = run.converged
        self.lower_bounds_ = _lower_bounds(run)
        self.lower_bound_ = self.lower_bounds_[-1] if self.lower_bounds_ else -np.inf

    def _set_parameters(self, parameters: Parameters, dtype: Any) -> None:
        """Set the attributes that the parameters are, in a dtype that has room for them."""
        self._exact, self._prepared = parameters, PreparedComponents()
        factors = self._kind.factors(parameters.covariances)
        attributes = (*parameters, factors, self._kind.precisions(factors))
        dtype = dtype if all(_representable(array, dtype) for array in attributes) else np.float64
        self.means_, self.covariances_, self.weights_, self.precisions_cholesky_, self.precisions_ = (
            array.astype(dtype) for array in attributes
        )

    def _complaints(self, problem: Problem, run: recording.Run) -> list[str]:
        complaints = []
        found = distinct_rows(problem.blocks, self.n_components)
        if found < self.n_components:
            complaints.append(
                f"Number of distinct points ({found}) is smaller than n_components ({self.n_components}): "
                "some components share their points with others, or have none."
            )
        if not self.converged_ and self.max_iter > 0:
            complaints.append(
                "Best performing initialization did not converge. Try different init parameters, or increase "
                "max_iter, tol, or check for degenerate data. "
                f"It stopped after max_iter={self.max_iter} iterations; trace_ shows how it went."
            )
        return complaints


def _given(
    init: str | Array, given: tuple[Array | None, Array | None, Array | None], before: Parameters | None
) -> dict[str, Array]:
    """Return what a run begins with that is not drawn, by the parameters that gave it."""
    if before is not None:
        return {"warm_start": np.concatenate([array.ravel() for array in before])}
    names = ("init_params", "weights_init", "means_init", "precisions_init")
    arrays = (None if isinstance(init, str) else init, *given)
    return {name: array for name, array in zip(names, arrays, strict=True) if array is not None}


def _proportions(weights: Array) -> Array:
    """Return weights by which rows count in proportion, 1 on the average of those that count.

    So none is lost beside what is added to them, and equal ones are 1 to the bit, as if none were given.
    """
    positive = weights[weights > 0]
    unit = positive[0] if (positive == positive[0]).all() else positive.mean()
    return np.asarray(weights / unit)


def _representable(array: Array, dtype: Any) -> bool:
    """Tell whether numbers neither overflow nor vanish in a dtype."""
    with np.errstate(over="ignore"):
        there = array.astype(dtype)
    return bool(np.isfinite(there).all() and ((there != 0) | (array == 0)).all())


def _lower_bounds(run: recording.Run) -> list[float]:
    """Return the log-likelihood per row before every M-step."""
    expected = [-s.objective for s in run.steps if s.phase == "expectation" and s.objective is not None]
    return expected[: run.n_iter]
