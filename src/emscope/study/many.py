"""Many small fits of k-means, or its kin, to the same rows: other starts, other resamples.

The runs are those of the estimators, to the bit where these take the plain kernel (fewer than 2^20 products
of rows, features and clusters) and to rounding elsewhere. So any of them can be repeated with a trace:
``KMeans(k, init=fits.starts[i]).fit(X, sample_weight=weights[i])``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope import em
from emscope.columns import Array
from emscope.data.blocks import block_rows, by_weight
from emscope.engines import engine_for
from emscope.engines.threads import threads_for
from emscope.kernels.choice import kernel_for
from emscope.models.kmeans import KMeans, Parameters
from emscope.models.spherical_kmeans import NO_DIRECTION, SphericalKMeans
from emscope.stopping import labels_or_shift
from emscope.study.threads import in_threads

_PARTS = 8  # of the runs, per thread: enough that none waits long for the others at the end

Told = Callable[[int], None]
"""``told(runs)``: called whenever some more runs are done."""


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """How r runs went; row i of each array is about run i."""

    starts: Array
    """(r, k, d): the centers where it began."""
    centers: Array
    """(r, k, d): where it ended."""
    objectives: Array
    """(r,): the inertia, or the sum of cosine distances, of the rows that it was fitted to."""
    iterations: Array
    """(r,): how many it took, in scikit-learn's count."""

    def better(self, others: Fits) -> Fits:
        """Return the better of two fits of each run, of equal ones the first."""
        theirs = others.objectives < self.objectives

        def chosen(one: Array, other: Array) -> Array:
            return np.where(theirs.reshape(-1, *(1,) * (one.ndim - 1)), other, one)

        return Fits(
            chosen(self.starts, others.starts),
            chosen(self.centers, others.centers),
            chosen(self.objectives, others.objectives),
            chosen(self.iterations, others.iterations),
        )


def n_draws(k: int) -> int:
    """Return how many uniforms in [0, 1) choose the k centers of a start by greedy k-means++."""
    from emscope.kernels.hard import many

    return many.n_draws(k)


def fits(
    kind: type[KMeans],
    points: Array,
    weights: Array | None = None,
    *,
    starts: Array | None = None,
    uniforms: Array | None = None,
    k: int = 0,
    tried: int = 1,
    tol: float = 1e-4,
    max_iter: int = 300,
    n_threads: int | None = None,
    told: Told = lambda runs: None,
) -> Fits:
    """Run k-means from given starts (r, k, d), or from greedy k-means++ by uniforms (r, ``n_draws(k)``).

    Points (n, d) were checked, and are of length 1 for spherical k-means. Their weights are the same in all
    runs, (n,), or those of each, (r, n); rows of weight 0 have no part in a run, and k have one at least. A
    start by k-means++ is the one that ``starts.kmeans_plus_plus`` draws from a ``RandomState`` whose next
    ``random_sample`` gives the same uniforms, so run i is the same however many there are, and is the i-th of
    an estimator with ``n_init=r`` where its weights are the same. No result depends on the number of threads.

    Of several starts that are ``tried``, whose uniforms lie behind each other, one iteration is taken each,
    and the run begins with the better centers.
    """
    given = uniforms if starts is None else starts
    assert given is not None
    r, d = len(given) // tried, points.shape[1]
    k = k if starts is None else starts.shape[1]
    weights = np.ones((1, len(points))) if weights is None else np.atleast_2d(weights)
    begun = np.empty((r, k, d)) if starts is None else np.array(starts, np.float64)
    found = Fits(begun, np.empty((r, k, d)), np.empty(r), np.empty(r, np.int64))
    rows = points.astype(np.float64)
    task = _Task(kind, points, rows, weights, uniforms, tried, found, tol, max_iter)
    for part in in_parts(task.run, r, n_threads):
        told(part.stop - part.start)
    return Fits(
        found.starts.astype(points.dtype, copy=False),
        found.centers.astype(points.dtype, copy=False),
        found.objectives,
        found.iterations,
    )


def labels_of(points: Array, centers: Array, n_threads: int | None = None) -> Array:
    """Return the label that every row has in each run, (r, n), by the nearest of its centers (r, k, d)."""
    from emscope.kernels.hard.many import Runs

    labels = np.empty((len(centers), len(points)), np.int32)
    rows, ends = points.astype(np.float64), centers.astype(np.float64)

    def label(part: slice) -> None:
        runs = Runs(rows, centers.shape[1])
        runs.take(np.ones(len(rows)))
        runs.label(ends[part], labels[part])

    for _ in in_parts(label, len(centers), n_threads, per_thread=1):  # each packs all rows
        pass
    return labels


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """All that runs share, and where they write what they find."""

    kind: type[KMeans]
    points: Array
    rows: Array
    weights: Array
    uniforms: Array | None
    tried: int
    found: Fits
    tol: float
    max_iter: int

    def run(self, part: slice) -> None:
        """Take some of the runs: all at once where their weights are the same, else one by one."""
        from emscope.kernels.hard.many import Runs

        dtype = self.points.dtype.name
        no_direction = NO_DIRECTION[dtype] if issubclass(self.kind, SphericalKMeans) else -1.0
        k = self.found.starts.shape[1]
        runs = Runs(self.rows, k, no_direction=no_direction, single=dtype == "float32")
        if len(self.weights) == 1:
            self._take(runs, part)
        else:
            for i in range(part.start, part.stop):
                self._take(runs, slice(i, i + 1))

    def _take(self, runs: Any, own: slice) -> None:
        found = self.found
        weights = self.weights[own.start if len(self.weights) > 1 else 0]
        runs.take(weights)
        limits = {"block_rows": block_rows(runs.n_rows, self.rows.shape[1]), "tol": self.tol}
        if self.uniforms is not None and self.tried == 1:
            runs.seed(self.uniforms[own], found.starts[own])
        elif self.uniforms is not None:
            self._try(runs, own, limits)
        found.centers[own] = found.starts[own]
        limits["max_iter"] = self.max_iter
        runs.lloyd(found.centers[own], found.objectives[own], found.iterations[own], **limits)
        for i in own.start + np.flatnonzero(found.iterations[own] < 0):
            self._take_anew(int(i), weights)

    def _try(self, runs: Any, own: slice, limits: dict[str, Any]) -> None:
        """Begin each run where the best of its starts is after one iteration."""
        r, k, d = self.found.starts[own].shape
        assert self.uniforms is not None
        uniforms = self.uniforms[own.start * self.tried : own.stop * self.tried]
        begun, objectives = np.empty((len(uniforms), k, d)), np.empty(len(uniforms))
        runs.seed(uniforms, begun)
        runs.lloyd(begun, objectives, np.empty(len(uniforms), np.int64), **limits, max_iter=1)
        best = objectives.reshape(r, self.tried).argmin(axis=1)
        self.found.starts[own] = begun[self.tried * np.arange(r) + best]

    def _take_anew(self, i: int, weights: Array) -> None:
        """Take a run in which something happened that the compiled one leaves to ``em.steps``."""
        blocks, _ = by_weight(self.points, weights)
        start = self.found.starts[i].astype(self.points.dtype)
        model = self.kind(kernel_for(blocks.n_samples, blocks.n_features, len(start), "auto"))
        stopping = labels_or_shift(self.tol * float(np.mean(blocks.variances())))
        with engine_for(blocks, model, 1) as engine:
            steps = list(
                em.steps(model, Parameters(start), engine, stopping=stopping, max_iter=self.max_iter)
            )
        self.found.centers[i] = steps[-1].centers
        self.found.objectives[i] = steps[-1].objective
        self.found.iterations[i] = em.n_iterations(steps, self.max_iter)


def in_parts(
    function: Callable[[slice], None], r: int, n_threads: int | None, per_thread: int = _PARTS
) -> Iterator[slice]:
    """Apply a function to parts of r runs, several at once; yield each when it and those before are done."""
    n_threads = threads_for(r, n_threads)
    size = max(1, -(-r // (per_thread * n_threads)))
    parts = [slice(start, min(start + size, r)) for start in range(0, r, size)]

    def done(part: slice) -> slice:
        function(part)
        return part

    yield from in_threads(done, parts, n_threads)
