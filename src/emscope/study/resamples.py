r"""Half of the rows at a time, clustered afresh, and how well clusters come back.

For every cluster A of a fit, cut down to the rows drawn, and the clusters B of the fit to these, the Jaccard
similarity :math:`\max_B |A \cap B| / |A \cup B|` is taken, by weight.

Source: Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics and Data Analysis 52
(2007), 258-271; the scheme "subset" of R's ``fpc::clusterboot``.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def similarities(labels: Array, again: Array, weights: Array, k: int) -> Array:
    """Return the Jaccard similarity of each of k clusters to each of a resample, by weight."""
    both = crossed(labels, again, weights, k)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None] - both
    return np.asarray(np.divide(both, either, out=np.zeros_like(both), where=either > 0))


def crossed(labels: Array, again: Array, weights: Array, k: int) -> Array:
    """Return the weight of rows by their label and the one that they have in a resample, (k, k)."""
    cells = labels * np.int64(k) + again
    return np.bincount(cells, weights, k * k).reshape(k, k)


def adjusted_rand(labels: Array, again: Array, weights: Array, k: int) -> float:
    """Return the adjusted Rand index; a pair of rows counts as much as the product of their weights.

    Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985), 193-218.
    """
    one, squares = crossed(labels, again, weights, k), weights * weights
    square = one if np.array_equal(squares, weights) else crossed(labels, again, squares, k)

    def pairs(axes: tuple[int, ...]) -> float:
        return float((one.sum(axis=axes) ** 2 - square.sum(axis=axes)).sum() / 2)

    both, rows, columns, total = pairs(()), pairs((1,)), pairs((0,)), pairs((0, 1))
    expected = rows * columns / total if total > 0 else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def stability_of_each(
    kind: type[KMeans],
    points: Array,
    weights: Array | None,
    labels: Mapping[int, Array],
    random: np.random.RandomState,
    *,
    n_resamples: int = 20,
    n_threads: int | None = None,
) -> dict[int, Array]:
    """Return for several numbers of clusters k, of which ``labels`` are given, how well clusters come back.

    All take the same halves of the rows. The similarities are (n_resamples, k), NaN for a cluster without
    rows in a half; numbers that are more than half of the rows are left out.
    """
    mass = np.ones(len(points)) if weights is None else weights
    every = {k: own for k, own in labels.items() if k <= len(points) // 2}
    drawn = halves(len(points), n_resamples, max(map(many.n_draws, every), default=0), random)
    found: dict[int, Array] = {}
    for k, own in every.items():
        uniforms = drawn.uniforms[:, : many.n_draws(k)]
        fits = cluster_halves(kind, points, weights, k, Halves(drawn.drawn, uniforms), n_threads=n_threads)
        again = many.labels_of(points, fits.centers, n_threads)
        found[k] = np.array([
            of_resample(own[half], labels_there[half], mass[half], k)
            for half, labels_there in zip(drawn.drawn, again, strict=True)
        ])  # fmt: skip
    return found


def of_resample(labels: Array, again: Array, weights: Array, k: int) -> Array:
    """Return how well each cluster comes back among the rows drawn, NaN for one that has none of them."""
    largest = similarities(labels, again, weights, k).max(axis=1)
    return np.where(np.bincount(labels, weights, k) > 0, largest, np.nan)
