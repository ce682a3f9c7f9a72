"""Whether clusters come back when half of the rows are clustered afresh."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from emscope import validation
from emscope.columns import Array
from emscope.errors import DataError
from emscope.estimators.base import own_numerics
from emscope.estimators.problem import CheckedRows, checked_once
from emscope.results.stability import Stability
from emscope.study import many
from emscope.study.agreement import adjusted_rand, largest, similarities
from emscope.study.given import Given, rows_of
from emscope.study.given_model import GivenModel
from emscope.study.mixtures import fit_each
from emscope.study.progress import Progress, Told, take_parts
from emscope.study.resamples import Halves, cluster_halves, halves
from emscope.study.sample import Sample, sample_of

_PARTS = 10  # in which resamples are taken, between which progress is told and Ctrl-C heeded
_MOST_LABELS = 1 << 24  # that are in memory at once


@own_numerics
def stability(
    model: Any,
    X: Any,
    *,
    n_resamples: int = 100,
    random_state: Any = None,
    sample_weight: Any = None,
    n_threads: int | None = None,
    progress: bool | Told = False,
) -> Stability:
    r"""Cluster half of the rows afresh, many times, and see which clusters come back.

    For each cluster A of the fit, cut down to the rows drawn, and the clusters B of a fresh fit to these,

    .. math:: \gamma_A = \max_B \frac{|A \cap B|}{|A \cup B|}

    is averaged over resamples: 0.75 or more is a stable cluster, 0.85 or more a highly stable one, 0.6 to
    0.75 a pattern in the data whose rows are doubtful, and at 0.5 or less it has dissolved. Besides, all rows
    are labeled by the fresh fit, and the adjusted Rand index compares that with the labels of the fit.

    Fresh fits are by greedy k-means++, with as many starts as ``model.n_init`` ("auto" is 1); of a mixture
    they are as the model is fitted, from another random state. Clusters that are stable need not be real:
    rows without groups may be cut alike again and again.

    Parameters
    ----------
    model : KMeans, SphericalKMeans or GaussianMixture
        The fit that is asked about; one that is not fitted is fitted first, as a clone.
    X : array-like, data frame or Table of shape (n, d)
        The rows of the fit.
    n_resamples : int, default=100
        How often half of the rows are drawn, without replacement.
    random_state : int, RandomState or None, default=None
        Source of all draws. Resample i is the same however many there are.
    sample_weight : array-like of shape (n,), optional
        Weight of each row in all that is fitted and compared; a row of weight 0 matters nowhere.
    n_threads : int or None, default=None
        Number of threads, as estimators take it; results are the same bits for any.
    progress : bool or callable, default=False
        Whether to write a line with the time left to the standard error stream; or ``progress(done, total,
        what)``.

    Returns
    -------
    Stability
        With ``jaccard``, ``adjusted_rand``, ``rows``, ``sentence`` and ``table``. Above 10,000 rows that
        count halves are drawn from a stratified sample of 10,000, which the sentence says. After Ctrl-C it
        has what was done until then. :func:`again` repeats any of the fits with a trace.

    Raises
    ------
    DataError, DataTypeError
        A parameter or the rows cannot be used, or half of them are fewer than the clusters.

    References
    ----------
    C. Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics and Data Analysis 52
    (2007), 258-271; L. Hubert and P. Arabie, "Comparing partitions", J. of Classification 2 (1985), 193-218.

    Examples
    --------
    >>> from emscope import KMeans, datasets, study
    >>> table = datasets.old_faithful().standardized()
    >>> found = study.stability(KMeans(2, random_state=0), table, random_state=0)
    >>> found.jaccard.round(2)
    array([0.99, 1.  ])
    """
    validation.whole_number(n_resamples, "n_resamples")
    given = Given.of(X, sample_weight)
    asked = GivenModel.of(model)
    rows = checked_once(asked.offer.estimator(asked.k), given.matrix.astype(np.float64), given.weights)
    fitted = asked.fitted(rows_of(X), given.weights)
    study = _Study(asked, rows, fitted.predict(rows_of(X)), check_random_state(random_state), n_threads)
    study.take(int(n_resamples), Progress(progress, int(n_resamples)))
    return study.result()


class _Study:
    """Resamples, taken part by part, and what was found so far."""

    def __init__(
        self,
        asked: GivenModel,
        rows: CheckedRows,
        labels: Array,
        random: np.random.RandomState,
        n_threads: int | None,
    ) -> None:
        blocks = rows.blocks
        self._asked, self._random, self._n_threads = asked, random, n_threads
        self._points, self._labels = rows.points, labels.astype(np.int64)
        self._counting = blocks.numbers(np.arange(blocks.n_samples))
        self._mass = np.ones(blocks.n_samples) if blocks.weights is None else blocks.weights
        own = self._counted = self._labels[self._counting]
        self._sample: Sample = sample_of(blocks.X, blocks.weights, own, random)
        self._own = own[self._sample.rows]
        if len(self._own) // 2 < asked.k:
            raise DataError(
                f"half of the {len(self._own):,} rows that count are fewer than the {asked.k:,} clusters: "
                "ask about fewer clusters."
            )
        self._stays = np.zeros(len(self._labels))
        self._similarities: list[Array] = []
        self._agreement: list[float] = []
        self._starts: list[Array] = []
        self._drawn: list[Array] = []
        self._interrupted = False

    def take(self, n_resamples: int, progress: Progress) -> None:
        """Take resamples, until Ctrl-C."""
        size = max(1, min(-(-n_resamples // _PARTS), _MOST_LABELS // len(self._labels)))
        self._interrupted = not take_parts(n_resamples, size, self._take, progress, "resamples")

    def _take(self, count: int) -> None:
        k, soft, m = self._asked.k, self._asked.soft, len(self._own)
        u = 1 if soft else self._asked.n_starts * many.n_draws(k)
        drawn = halves(m, count, u, self._random)
        starts, labels = self._mixtures(drawn) if soft else self._centers(drawn)
        for half, again in zip(drawn.drawn, labels, strict=True):
            self._compare(half, again)
        self._drawn.append(drawn.drawn)
        self._starts.append(starts)

    def _centers(self, drawn: Halves) -> tuple[Array, Array]:
        """Return the starts of k-means on each half, and the labels of all rows at the ends."""
        kind, parameters = self._asked.offer.hard_model, self._asked.parameters
        limits = {"tol": parameters["tol"], "max_iter": parameters["max_iter"]}
        fits = cluster_halves(
            kind, self._sample.points, self._sample.weights, self._asked.k, drawn,
            n_threads=self._n_threads, **limits,
        )  # fmt: skip
        return fits.starts, many.labels_of(self._points, fits.centers, self._n_threads)

    def _mixtures(self, drawn: Halves) -> tuple[Array, Array]:
        """Return the seeds of the mixtures fitted to each half, and the labels that they give to all rows."""
        seeds = (drawn.uniforms[:, 0] * (2**31 - 1)).astype(np.int64)
        labels = np.zeros((len(seeds), len(self._labels)), np.int32)
        points, mass = self._sample.points, self._sample.mass
        settings = {**self._asked.parameters, "n_init": self._asked.n_starts, "record": False, "n_threads": 1}

        def fit(i: int) -> None:
            half = drawn.drawn[i]
            fresh = self._asked.offer.estimator(**{**settings, "random_state": int(seeds[i])})
            labels[i] = fresh.fit(points[half], sample_weight=mass[half]).predict(self._points)

        fit_each(fit, len(seeds), self._n_threads)  # one that cannot be fitted has found a single cluster
        return seeds, labels

    def _compare(self, half: Array, again: Array) -> None:
        """Compare a fresh fit with the clusters, among the rows drawn and among all."""
        half = np.flatnonzero(half)
        k, own, mass = self._asked.k, self._own[half], self._sample.mass[half]
        there = again[self._counting]
        alike = similarities(own, there[self._sample.rows[half]], mass, k)
        self._similarities.append(largest(alike))
        self._agreement.append(adjusted_rand(self._counted, there, self._mass, k))
        self._stays += alike.argmax(axis=1)[self._labels] == again

    def result(self) -> Stability:
        """Return what was found."""
        masses = np.bincount(self._counted, self._mass, self._asked.k)
        return Stability(
            similarities=np.array(self._similarities),
            adjusted_rand=np.array(self._agreement),
            rows=self._stays / len(self._similarities),
            shares=masses / masses.sum(),
            n_rows=self._sample.n_rows,
            n_sampled=len(self._own),
            sampled=self._counting[self._sample.rows],
            drawn=np.concatenate(self._drawn),
            counts=self._sample.mass,
            model=self._asked.name,
            parameters=self._asked.parameters,
            starts=np.concatenate(self._starts),
            interrupted=self._interrupted,
        )
