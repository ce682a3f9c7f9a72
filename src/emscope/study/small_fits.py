"""Many small fits of k-means, for references and resamples: from given centers to the end of each run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np

from emscope import em
from emscope.columns import Array
from emscope.data.blocks import ArrayBlocks
from emscope.engines.threads import NUMERICS, Threads, threads_for
from emscope.kernels.choice import kernel_for
from emscope.models.kmeans import KMeans, Parameters
from emscope.starts import kmeans_plus_plus
from emscope.stopping import labels_or_shift

_TOL = 1e-4  # times the variance of the features, as estimators have it
_MOST_ITERATIONS = 300

S = TypeVar("S")
T = TypeVar("T")


class SmallFit(NamedTuple):
    """How a run ended."""

    objective: float
    centers: Array
    labels: Array


def small_fit(
    kind: type[KMeans], points: Array, weights: Array | None, k: int, start: Array | np.random.RandomState
) -> SmallFit:
    """Run k-means, or its kin, from centers or from k-means++."""
    blocks = ArrayBlocks(points, weights, len(points))
    model = kind(kernel_for(len(points), points.shape[1], k, "lloyd"))
    with Threads(blocks, 1, model.prepare, blas=model.blas) as engine:
        centers = start if isinstance(start, np.ndarray) else kmeans_plus_plus(engine, k, start)
        stopping = labels_or_shift(_TOL * float(blocks.variances().mean()))
        *_, last = em.steps(model, Parameters(centers), engine, stopping=stopping, max_iter=_MOST_ITERATIONS)
        assert last.objective is not None
        assert last.centers is not None
        return SmallFit(last.objective, np.asarray(last.centers, np.float64), engine.labels)


def in_threads(function: Callable[[S], T], items: Sequence[S], n_threads: int | None) -> Iterable[T]:
    """Apply a function to all items, several at once; results come in their order."""

    def alone(item: S) -> T:
        with np.errstate(**NUMERICS):
            return function(item)

    workers = threads_for(len(items), n_threads)
    if workers == 1:
        yield from map(alone, items)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(alone, items)
    finally:
        pool.shutdown(cancel_futures=True)
