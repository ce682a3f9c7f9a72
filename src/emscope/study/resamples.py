"""Half of the rows at a time, clustered afresh.

Source: Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics and Data Analysis 52
(2007), 258-271; the scheme "subset" of R's ``fpc::clusterboot``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.models.kmeans import KMeans
from emscope.study import many


class Halves(NamedTuple):
    """What r resamples of m rows draw; each has uniforms of its own, whatever there are besides."""

    drawn: Array
    """(r, m), bool: which rows."""
    uniforms: Array
    """(r, u): for starts."""


def halves(m: int, r: int, u: int, random: np.random.RandomState) -> Halves:
    """Draw half of m rows, without replacement, r times, and u uniforms for starts each time.

    A resample takes m + u uniforms, one by one: the rows with the smallest of the first m are drawn.
    """
    every = random.random_sample((r, m + u))
    of_rows = every[:, :m]
    bounds = np.partition(of_rows, m // 2, axis=1)[:, m // 2]
    return Halves(of_rows < bounds[:, None], every[:, m:])


def cluster_halves(
    kind: type[KMeans],
    points: Array,
    weights: Array | None,
    k: int,
    drawn: Halves,
    *,
    tol: float = 1e-4,
    max_iter: int = 300,
    n_threads: int | None = None,
) -> many.Fits:
    """Run k-means on every half from greedy k-means++, from as many starts as there are uniforms for.

    Of several starts the fit has the best.
    """
    own = drawn.drawn if weights is None else drawn.drawn * weights
    found: many.Fits | None = None
    for first in range(0, drawn.uniforms.shape[1], many.n_draws(k)):
        uniforms = drawn.uniforms[:, first : first + many.n_draws(k)]
        fits = many.fits(
            kind, points, own.astype(np.float64), uniforms=uniforms, k=k,
            tol=tol, max_iter=max_iter, n_threads=n_threads,
        )  # fmt: skip
        found = fits if found is None else found.better(fits)
    assert found is not None
    return found
