"""Whether another start would end elsewhere."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from emscope import doubt, validation
from emscope.columns import Array
from emscope.ends import distinct_ends, matching
from emscope.engines import engine_for
from emscope.errors import DataError
from emscope.estimators.base import own_numerics
from emscope.estimators.offers import Offer, offer_named
from emscope.estimators.problem import CheckedRows, checked_once
from emscope.results.optima import Optima
from emscope.study import many
from emscope.study.given import Given
from emscope.study.mixtures import fit_each
from emscope.study.one_feature import least_inertia
from emscope.study.progress import Progress, Told, take_parts

_PARTS = 20  # in which starts are taken, between which progress is told and Ctrl-C heeded
_MOST_LABELS = 1 << 26  # that are kept
_ROUNDING = 1e-9  # relative: what objectives of one end differ by at most where no label changes any more
_MOST_SEEDS = 2**31 - 1

# To the end, so that ends are told apart by where they are and not by when they stopped.
_TO_THE_END: dict[str, Any] = {"tol": 0.0, "max_iter": 1000}
_NEARLY_TO_THE_END: dict[str, Any] = {"tol": 1e-6, "max_iter": 1000}


@own_numerics
def optima(
    X: Any,
    k: int,
    *,
    model: str = "kmeans",
    n_starts: int = 100,
    init: str = "k-means++",
    covariance_type: str = "full",
    random_state: Any = None,
    sample_weight: Any = None,
    n_threads: int | None = None,
    progress: bool | Told = False,
) -> Optima:
    """Run many starts to their ends and see which are the same up to the numbering of clusters.

    k-means ends in a local optimum, and another start may end in another. Each start is run until no label
    changes (mixtures: until the log-likelihood per row gains less than 1e-6), and ends are grouped: those
    with the same clusters, or with the same objective and centers within a twentieth of a standard deviation,
    are one. Start i is the one that the estimator draws as its i-th with ``n_init=n_starts`` and the same
    ``random_state`` (but for those of mixtures).

    Of k-means of one feature the best clustering of all is computed besides, by dynamic programming, so that
    it is known whether the best end is the optimum.

    Parameters
    ----------
    X : array-like, data frame or Table of shape (n, d)
        The rows.
    k : int
        Number of clusters.
    model : {"kmeans", "spherical", "gmm"}, default="kmeans"
        What is fitted.
    n_starts : int, default=100
        Number of starts.
    init : str, default="k-means++"
        How each start is chosen, by a name that the estimator's ``init`` (``init_params`` of a mixture) has.
    covariance_type : {"full", "tied", "diag", "spherical"}, default="full"
        That of a mixture.
    random_state : int, RandomState or None, default=None
        Source of all draws. Start i is the same however many there are.
    sample_weight : array-like of shape (n,), optional
        Weight of each row; one of weight 0 gets labels and matters nowhere.
    n_threads : int or None, default=None
        Number of threads, as estimators take it; results are the same bits for any.
    progress : bool or callable, default=False
        Whether to write a line with the time left to the standard error stream; or ``progress(done, total,
        what)``.

    Returns
    -------
    Optima
        With ``objectives``, ``frequencies``, ``centers``, ``labels``, ``known``, ``standing(model)``,
        ``sentence`` and ``table``. After Ctrl-C it has what was done until then. :func:`again` runs the first
        start that reached an end once more, with a trace.

    Raises
    ------
    DataError, DataTypeError
        A parameter or the rows cannot be used; the sentence says why.

    References
    ----------
    D. Steinley, "Local optima in K-means clustering: what you don't know may hurt you", Psychological
    Methods 8 (2003), 294-304; H. Wang and M. Song, "Ckmeans.1d.dp: optimal k-means clustering in one
    dimension by dynamic programming", The R Journal 3/2 (2011), 29-33.

    Examples
    --------
    >>> from emscope import datasets, study
    >>> table = datasets.old_faithful().standardized()
    >>> found = study.optima(table, 4, random_state=0)
    >>> found.standing(study.again(found, 0, table))
    0
    """
    validation.whole_number(k, "k")
    validation.whole_number(n_starts, "n_starts")
    offer = offer_named(model)
    if init not in offer.starts:
        raise DataError(f"init must be one of {', '.join(map(repr, offer.starts))}, not {init!r}.")
    given = Given.of(X, sample_weight)
    parameters: dict[str, Any] = {"n_components" if offer.card.soft else "n_clusters": int(k)}
    if offer.card.soft:
        parameters |= {"covariance_type": covariance_type, "init_params": init, **_NEARLY_TO_THE_END}
    else:
        parameters |= _TO_THE_END
    rows = checked_once(offer.estimator(**parameters), given.matrix.astype(np.float64), given.weights)
    rows.enough_for(int(k), "k")
    study = (_Mixtures if offer.card.soft else _Centers)(offer, model, rows, parameters, n_threads)
    study.take(init, int(n_starts), check_random_state(random_state), Progress(progress, int(n_starts)))
    return study.result()


class _Centers:
    """Starts of k-means, or its kin, taken part by part, and where they ended."""

    def __init__(
        self, offer: Offer, name: str, rows: CheckedRows, parameters: dict[str, Any], n_threads: int | None
    ) -> None:
        self._offer, self._name, self._rows = offer, name, rows
        self._parameters, self._n_threads = parameters, n_threads
        self._k = int(parameters["n_components" if offer.card.soft else "n_clusters"])
        self._starts: list[Array] = []
        self._ends: list[Array] = []
        self._objectives: list[Array] = []
        self._interrupted = False

    def take(self, init: str, n_starts: int, random: np.random.RandomState, progress: Progress) -> None:
        """Take starts, until Ctrl-C."""

        def take(count: int) -> None:
            starts, ends, objectives = self._take(init, count, random)
            self._starts.append(starts)
            self._ends.append(ends)
            self._objectives.append(objectives)

        self._interrupted = not take_parts(n_starts, -(-n_starts // _PARTS), take, progress, "starts")

    def _take(self, init: str, count: int, random: np.random.RandomState) -> tuple[Array, Array, Array]:
        """Run some starts; return where they began, where they ended, and the objectives there."""
        blocks, kind = self._rows.blocks, self._offer.hard_model
        given: dict[str, Any] = {}
        if init == "k-means++":
            uniforms = random.random_sample((count, many.n_draws(self._k)))
            given = {"uniforms": uniforms, "k": self._k}
        else:
            with engine_for(blocks, kind(), 1) as engine:
                start = self._offer.starts[init]
                given = {"starts": np.array([start(engine, self._k, random) for _ in range(count)])}
        fits = many.fits(kind, blocks.X, blocks.weights, **given, **_TO_THE_END, n_threads=self._n_threads)
        return fits.starts, fits.centers, fits.objectives

    def result(self) -> Optima:
        """Group the ends."""
        blocks = self._rows.blocks
        starts, ends = np.concatenate(self._starts), np.concatenate(self._ends)
        objectives = np.concatenate(self._objectives)
        unit = np.sqrt(blocks.variances())
        found = distinct_ends(ends, objectives, unit=unit, room=self._room(objectives))
        groups = [list(end.runs) for end in found]
        labels = self._labels(starts, ends, [runs[0] for runs in groups])
        groups, labels = self._merged(groups, labels)
        best = [runs[0] for runs in groups]
        centers, labels = _numbered_alike(ends[best].astype(np.float64), labels, unit)
        reached = np.empty(len(objectives), np.int64)
        for end, runs in enumerate(groups):
            reached[runs] = end
        return Optima(
            objectives=objectives[best],
            frequencies=np.array([len(runs) for runs in groups]),
            centers=centers,
            labels=labels,
            known=self._known(),
            runs=reached,
            starts=starts[[min(runs) for runs in groups]],
            unit=unit,
            objective_name=self._offer.card.objective,
            from_zero=self._offer.card.from_zero,
            model=self._name,
            parameters=self._parameters,
            interrupted=self._interrupted,
        )

    def _room(self, objectives: Array) -> float:
        return _ROUNDING * float(np.abs(objectives).max())

    def _labels(self, starts: Array, ends: Array, runs: list[int]) -> Array:
        """Return the labels of all rows at the ends of some runs, of as many as are kept."""
        most = max(1, _MOST_LABELS // len(self._rows.points))
        return many.labels_of(self._rows.points, ends[runs[:most]], self._n_threads)

    def _merged(self, groups: list[list[int]], labels: Array) -> tuple[list[list[int]], Array]:
        """Join ends that have the same clusters, which empty ones aside may have other centers."""
        counting = self._rows.blocks.numbers(np.arange(self._rows.blocks.n_samples))
        places: dict[bytes, int] = {}
        joined: list[list[int]] = []
        kept: list[int] = []
        for end, runs in enumerate(groups):
            same = len(joined)
            if end < len(labels):
                same = places.setdefault(_by_first_row(labels[end, counting]).tobytes(), same)
            if same < len(joined):
                joined[same] += runs
            else:
                joined.append(runs)
                kept.append(end)
        return joined, labels[[end for end in kept if end < len(labels)]]

    def _known(self) -> float | None:
        """Return the least inertia of all, of one feature."""
        blocks = self._rows.blocks
        if self._offer.card.points or blocks.n_features > 1:
            return None
        return least_inertia(blocks.X[:, 0], blocks.weights, self._k)


class _Mixtures(_Centers):
    """The same for mixtures, each fitted from a random state of its own."""

    def _take(self, init: str, count: int, random: np.random.RandomState) -> tuple[Array, Array, Array]:
        seeds = random.randint(_MOST_SEEDS, size=count)
        means, objectives = np.zeros((count, self._k, self._rows.points.shape[1])), np.full(count, np.inf)

        def fit(i: int) -> None:
            model = self._fitted(int(seeds[i]))
            means[i], objectives[i] = model.means_, -model.lower_bound_

        fit_each(fit, count, self._n_threads)  # one that cannot be fitted is the worst end of all
        return seeds, means, objectives

    def _fitted(self, seed: int) -> Any:
        settings = {**self._parameters, "random_state": seed, "record": False, "n_threads": 1}
        return self._offer.estimator(**settings).fit(self._rows)

    def _room(self, objectives: Array) -> float:
        return doubt.negligible(self._offer.card, float(objectives.min()))

    def _labels(self, starts: Array, ends: Array, runs: list[int]) -> Array:
        most = max(1, _MOST_LABELS // len(self._rows.points))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.array(
                [self._fitted(int(starts[run])).predict(self._rows.points) for run in runs[:most]]
            )


def _by_first_row(labels: Array) -> Array:
    """Return labels by numbers in the order in which clusters come first among the rows."""
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[codes]


def _numbered_alike(centers: Array, labels: Array, unit: Array) -> tuple[Array, Array]:
    """Give the clusters of every end the numbers of their like in the best."""
    scaled = centers / np.where(unit > 0, unit, 1.0)
    centers, labels = centers.copy(), labels.copy()
    for end in range(1, len(centers)):
        order = matching(scaled[0], scaled[end])
        centers[end] = centers[end][order]
        if end < len(labels):
            labels[end] = np.argsort(order)[labels[end]]
    return centers, labels
