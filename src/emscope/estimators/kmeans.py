"""The k-means estimator."""

from __future__ import annotations

import copy
import warnings
from typing import Any, Self

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from emscope import recording, starts, validation
from emscope.columns import Array
from emscope.data.blocks import ArrayBlocks
from emscope.engines import engine_for
from emscope.engines.engine import Engine
from emscope.estimators.base import RecordedEstimator, own_numerics
from emscope.estimators.problem import Problem, new_rows, parameters_of, rows_to_fit
from emscope.kernels.choice import CELLS_MOST_FEATURES, kernel_for, kernel_for_one_step
from emscope.models import kmeans
from emscope.models.kmeans import Parameters
from emscope.stopping import Stopping, labels_or_shift
from emscope.trace import Step

_RESTARTS = {"k-means++": 1, "random": 10, "farthest": 1, "random-partition": 10}


class KMeans(
    RecordedEstimator,
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    r"""k-means clustering, with every half-step recorded.

    It lowers the inertia :math:`\sum_i w_i \|x_i - c_{z_i}\|^2`, in turn over the labels z (expectation)
    and over the centers c (maximization). Parameters, attributes and habits are those of
    :class:`sklearn.cluster.KMeans`; results are the same bits for any number of threads.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, k.
    init : {"k-means++", "random", "farthest", "random-partition"}, callable, array or fitted KMeans
        Where the run begins: greedy k-means++, random rows, farthest points, means of a random
        partition, ``init(X, n_clusters, random_state=...)``, an array of shape (k, d), or the centers
        of another fit, which :func:`sklearn.base.clone` keeps.
    n_init : "auto" or int, default="auto"
        Number of starts, of which the one with the lowest inertia wins. "auto" is 10 for "random",
        "random-partition" and callables, else 1.
    max_iter : int, default=300
        Largest number of maximization steps.
    tol : float, default=1e-4
        The run ends when the sum of squared shifts of the centers is at most this times the mean
        variance of the features.
    verbose : int, default=0
        Print a line per iteration.
    random_state : int, RandomState or None, default=None
        Source of the start's draws.
    copy_x : bool, default=True
        Kept for compatibility: the data is never written to.
    algorithm : {"auto", "lloyd", "elkan", "bounds", "cells"}, default="auto"
        How the nearest centers are found; the labels are the same for all. "lloyd" tries every center,
        "bounds" (for which "elkan" is scikit-learn's name) leaves out those that bounds on the distances
        rule out, "cells" gives whole cells of rows to the only center that can be nearest (at most 4
        features), "auto" picks by n, d and k.
    record : bool or "scalars", default=True
        Whether to keep a trace: all of it, only the curves with the first and last centers, or nothing.
    n_threads : int or None, default=None
        Number of threads. None uses the cores that the process may use (affinity, quota of a container,
        ``LOKY_MAX_CPU_COUNT``), or ``OMP_NUM_THREADS`` where that is fewer, as in joblib's workers.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (k, d)
        Centers after the run.
    labels_ : ndarray of shape (n,), int32
        Index of the center nearest to each row.
    inertia_ : float
        Sum of squared distances of the rows to their centers, weighted.
    n_iter_ : int
        Number of iterations, as scikit-learn counts them.
    n_features_in_ : int
        Number of features, d.
    feature_names_in_ : ndarray of shape (d,)
        Names of the features, when the data had names.
    trace_ : Trace or None
        Every half-step of the run that won.

    Raises
    ------
    ValueError, TypeError
        From ``fit`` and ``steps``, when a parameter or the data cannot be used; the sentence says why.

    References
    ----------
    S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982), 129-137.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]])
    >>> model = KMeans(n_clusters=2, init=X[[0, 3]]).fit(X)
    >>> model.labels_
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> model.cluster_centers_
    array([[ 1.,  2.],
           [10.,  2.]])
    >>> model.trace_
    <Trace of k-means: 2 clusters, 6 rows, 4 half-steps, converged>
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Any = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: Any = None,
        copy_x: bool = True,
        algorithm: str = "auto",
        record: bool | str = True,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.record = record
        self.n_threads = n_threads

    @own_numerics
    def transform(self, X: Any) -> Array:
        """Return the distance of each row to each center.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.

        Returns
        -------
        ndarray of shape (n, k)
        """
        X = new_rows(self, X, "cluster_centers_")
        return np.asarray(cdist(X, self.cluster_centers_).astype(X.dtype, copy=False))

    @own_numerics
    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Cluster the rows of X and return their distances to the centers.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row.

        Returns
        -------
        ndarray of shape (n, k)
        """
        return self.fit(X, sample_weight=sample_weight).transform(X)

    @own_numerics
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the negative inertia of X about the fitted centers.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row.

        Returns
        -------
        float
        """
        model, parameters, blocks = self._for_new(X, sample_weight)
        with engine_for(blocks, model, self.n_threads) as engine:
            statistics, _ = engine.expectation(model.expectation, parameters)
        return -model.objective_after_expectation(statistics, parameters)

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)

    def __sklearn_clone__(self) -> Self:
        """Clone all but the fit of another model that is the start: without it that is none."""
        clone: Self = super().__sklearn_clone__()
        if hasattr(self.init, "cluster_centers_"):
            clone.init = copy.copy(self.init)
        return clone

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _problem(self, X: Any, sample_weight: Any) -> Problem:
        """Check everything that is given and gather what a run needs."""
        parameters = parameters_of(self)
        validation.kmeans_parameters(parameters, list(starts.STARTS))
        rows, names = rows_to_fit(self, X)
        n, d = rows.shape
        validation.features_for(self.algorithm, d, CELLS_MOST_FEATURES)
        weights = validation.sample_weights(sample_weight, n)
        validation.enough_rows(n, self.n_clusters, weights)
        init = getattr(self.init, "cluster_centers_", self.init)
        given = None
        if not (isinstance(init, str) or callable(init)):
            given = validation.start_centers(init, self.n_clusters, d, rows.dtype)
        blocks = ArrayBlocks(rows, weights)
        validation.representable(rows, given, blocks.total_weight)
        self._n_init = self._number_of_starts(init)
        random = check_random_state(self.random_state)

        def start(engine: Engine) -> Parameters:
            if isinstance(init, str):
                centers = starts.STARTS[init](engine, self.n_clusters, random)
            elif given is None:
                centers = init(rows, self.n_clusters, random_state=random)
                centers = validation.start_centers(centers, self.n_clusters, d, rows.dtype)
                validation.representable(rows, centers, blocks.total_weight)
            else:
                centers = given
            if self.verbose:
                print("Initialization complete")
            return Parameters(centers)

        return Problem(
            parameters=parameters,
            blocks=blocks,
            feature_names=names,
            model=kmeans.KMeans(kernel_for(n, d, self.n_clusters, self._kernel_family())),
            start=start,
            n_init=self._n_init,
            tol=self.tol * float(np.mean(blocks.variances())) if self.tol else 0.0,
        )

    def _number_of_starts(self, init: Any) -> int:
        """Return the number of starts; given centers can start only one run."""
        one_start = not (isinstance(init, str) or callable(init))
        if self.n_init == "auto":
            return 1 if one_start else _RESTARTS[init] if isinstance(init, str) else 10
        if one_start and self.n_init != 1:
            warnings.warn(
                f"Explicit initial center position passed: performing only one init in {type(self).__name__} "
                f"instead of n_init={self.n_init}.",
                RuntimeWarning,
                stacklevel=5,
            )
            return 1
        return int(self.n_init)

    def _kernel_family(self) -> str:
        """Return the algorithm by our name; bounds need a second center to be bounds on."""
        family = "bounds" if self.algorithm == "elkan" else self.algorithm
        if family == "bounds" and self.n_clusters == 1:
            warnings.warn(
                f"algorithm={self.algorithm!r} doesn't make sense for a single cluster. "
                "Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=5,
            )
            return "lloyd"
        return family

    def _stopping(self, problem: Problem) -> Stopping:
        return labels_or_shift(problem.tol)

    def _tell(self, step: Step, problem: Problem) -> None:
        if self.verbose and step.phase == "expectation":
            print(f"Iteration {step.iteration}, inertia {step.objective}.")
        if self.verbose and any(event.kind == "converged" for event in step.events):
            why = "strict convergence"
            if step.shift is not None:
                why = f"center shift {np.sum(step.shift**2)} within tolerance {problem.tol}"
            print(f"Converged at iteration {step.iteration}: {why}.")

    def _is_better(self, run: recording.Run, best: recording.Run) -> bool:
        """Lower, and not only by rounding: the same clusters under other numbers are no better."""
        if run.labels is None or best.labels is None:
            return False
        return run.objective < best.objective and not _same_clusters(run.labels, best.labels)

    def _take_over(self, run: recording.Run) -> None:
        self.cluster_centers_ = run.parameters.centers.copy()
        self.n_iter_ = run.n_iter
        if run.labels is None:  # left before the first expectation step: those of an earlier fit are not its
            for name in {"labels_", "inertia_"} & vars(self).keys():
                delattr(self, name)
        else:
            self.labels_ = run.labels
            self.inertia_ = run.objective

    def _warn(self, problem: Problem) -> None:
        found = np.count_nonzero(np.bincount(self.labels_))
        if found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({found}) found smaller than n_clusters ({self.n_clusters}). "
                "Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _for_new(self, X: Any, sample_weight: Any = None) -> tuple[kmeans.KMeans, Parameters, ArrayBlocks]:
        rows = new_rows(self, X, "cluster_centers_")
        blocks = ArrayBlocks(rows, validation.sample_weights(sample_weight, len(rows)))
        kernel = kernel_for_one_step(len(rows), rows.shape[1], len(self.cluster_centers_))
        return kmeans.KMeans(kernel), Parameters(self.cluster_centers_), blocks


def _same_clusters(one: Array, other: Array) -> bool:
    pairs = np.unique(one.astype(np.int64) * (int(other.max()) + 1) + other)
    return len(pairs) == len(np.unique(one)) == len(np.unique(other))
