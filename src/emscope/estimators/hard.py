"""What estimators with one center per cluster, and one label per row, have in common."""

from __future__ import annotations

import os
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state

from emscope import recording, validation
from emscope.columns import Array
from emscope.data.blocks import ArrayBlocks, Blocks, by_weight
from emscope.engines import engine_for
from emscope.engines.engine import Engine
from emscope.estimators.base import RecordedEstimator, own_numerics
from emscope.estimators.problem import CheckedRows, Problem, new_rows, parameters_of, rows_to_fit, start_of
from emscope.kernels.choice import CELLS_MOST_FEATURES, kernel_for, kernel_for_one_step
from emscope.models import kmeans
from emscope.models.kmeans import Parameters
from emscope.starts import STARTS, Start
from emscope.stopping import Stopping, labels_or_shift
from emscope.trace import Step

_RESTARTS = {"k-means++": 1, "random": 10, "farthest": 1, "random-partition": 10}


class HardEstimator(
    RecordedEstimator,
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """k-means and its kin: they differ in the model, and in what they make of rows before the fit."""

    _model: ClassVar[type[kmeans.KMeans]]
    _starts: ClassVar[Mapping[str, Start]] = STARTS
    _start_parameter = "init"

    cluster_centers_: Array
    labels_: Array
    inertia_: float
    n_iter_: int

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
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 30,
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
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every

    @abstractmethod
    def transform(self, X: Any) -> Array:
        """Return how far each row is from each center, shape (n, k)."""

    @own_numerics
    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Cluster the rows of X and return their distances to the centers.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row, as for ``fit``.

        Returns
        -------
        ndarray of shape (n, k)
        """
        self.fit(X, sample_weight=sample_weight)
        return self.transform(X)

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

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _problem(self, X: Any, sample_weight: Any) -> Problem:
        """Check everything that is given and gather what a run needs."""
        parameters = parameters_of(self)
        validation.kmeans_parameters(parameters, list(self._starts))
        checked = self._checked(X, sample_weight)
        rows, blocks = checked.points, checked.blocks
        init = start_of(self.init, checked.rows, checked.names, self._model.card.points)
        validation.features_for(self.algorithm, rows.shape[1], CELLS_MOST_FEATURES)
        checked.enough_for(self.n_clusters)
        given = None
        if not (isinstance(init, str) or callable(init)):
            given = self._given(init, rows)
        if given is not None or checked is not X:
            checked.representable(given)
            if checked.others is not None:  # as predict asks of new rows
                validation.representable(rows, given)
        n, d = blocks.X.shape
        self._n_init = self._number_of_starts(init)
        random = check_random_state(self.random_state)

        def start(engine: Engine) -> Parameters:
            if isinstance(init, str):
                centers = self._starts[init](engine, self.n_clusters, random)
            elif given is None:
                centers = self._given(init(blocks.X, self.n_clusters, random_state=random), rows)
                validation.representable(blocks.X, centers, blocks.total_weight, blocks.in_data)
            else:
                centers = given
            if self.verbose:
                print("Initialization complete")
            return Parameters(centers)

        return Problem(
            parameters=parameters,
            blocks=blocks,
            others=checked.others,
            feature_names=checked.names,
            model=self._model(kernel_for(n, d, self.n_clusters, self._kernel_family())),
            start=start,
            random=random,
            given={} if given is None else {"init": given},
            parameters_type=Parameters,
            n_init=self._n_init,
            tol=self.tol * float(np.mean(blocks.variances())) if self.tol else 0.0,
        )

    def _checked(self, X: Any, sample_weight: Any) -> CheckedRows:
        """Check the rows of a fit and their weights."""
        if isinstance(X, CheckedRows):
            return X.given_to(self, sample_weight)
        rows, names = rows_to_fit(self, X)
        points = self._points(rows)
        blocks, others = by_weight(points, validation.sample_weights(sample_weight, len(rows)))
        named = hasattr(self, "feature_names_in_")
        return CheckedRows(type(self), rows, points, names, named, blocks, others)

    def _points(self, rows: Array) -> Array:
        """Return the points that the run takes rows for."""
        return rows

    def _new_points(self, X: Any) -> Array:
        """Return the points that new rows are, which can be compared with the fitted centers."""
        points = self._points(new_rows(self, X))
        validation.representable(points, self.cluster_centers_)
        return points

    def _given(self, centers: Any, points: Array) -> Array:
        """Check centers that a run is to begin at, and return them."""
        return validation.start_centers(centers, self.n_clusters, points.shape[1], points.dtype)

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

    def _take_over(self, problem: Problem, run: recording.Run) -> None:
        self.cluster_centers_ = run.parameters.centers.copy()
        self.n_iter_ = run.n_iter
        labels = self._labels(problem, run)
        if labels is None:  # left before the first expectation step: those of an earlier fit are not its
            for name in {"labels_", "inertia_"} & vars(self).keys():
                delattr(self, name)
        else:
            self.labels_ = labels
            self.inertia_ = run.objective

    def _complaints(self, problem: Problem, run: recording.Run) -> list[str]:
        counts = run.steps[-1].counts
        assert counts is not None  # a run ends with an expectation step
        found = np.count_nonzero(counts)
        if found == self.n_clusters:
            return []
        return [
            f"Number of distinct clusters ({found}) found smaller than n_clusters ({self.n_clusters}). "
            "Possibly due to duplicate points in X."
        ]

    def _for_new(self, X: Any, sample_weight: Any = None) -> tuple[kmeans.KMeans, Parameters, ArrayBlocks]:
        rows = self._new_points(X)
        blocks, _ = by_weight(rows, validation.sample_weights(sample_weight, len(rows)))
        return self._for_one_step(blocks), Parameters(self.cluster_centers_), blocks

    def _for_one_step(self, blocks: Blocks) -> kmeans.KMeans:
        kernel = kernel_for_one_step(blocks.n_samples, blocks.n_features, len(self.cluster_centers_))
        return self._model(kernel)


def _same_clusters(one: Array, other: Array) -> bool:
    pairs = np.unique(one.astype(np.int64) * (int(other.max()) + 1) + other)
    return len(pairs) == len(np.unique(one)) == len(np.unique(other))
