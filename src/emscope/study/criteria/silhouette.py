r"""The silhouette: how much nearer rows are to their own cluster than to the next one.

With :math:`a_i` the mean distance of row i to the other rows of its cluster, and :math:`b_i` the least of its
mean distances to the other clusters,

.. math:: s_i = \frac{b_i - a_i}{\max(a_i, b_i)} ,

which is 0 for the only row of a cluster. Its weighted mean over the rows is the criterion. Weights count in
all means; a row is not compared with itself, whatever it weighs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emscope.columns import Array
from emscope.study.criteria.criterion import Criterion, Scores
from emscope.study.sample import Sample
from emscope.study.threads import in_threads

SILHOUETTE = Criterion(
    "silhouette",
    "higher",
    "How much nearer are rows to their own cluster than to the next one?",
    "Compact clusters; it favors few of them where groups lie in groups, and cannot say 1.",
    'P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster '
    'analysis", J. Comp. Applied Math. 20 (1987), 53-65',
)

_AT_ONCE = 256  # rows


def silhouette(
    ks: Array, labels: Sequence[Array], sample: Sample, *, cosine: bool = False, n_threads: int | None = None
) -> Scores:
    """Return the mean silhouette for every k, from the labels of the rows in each clustering."""
    scores = Scores.none(len(ks))
    several = [q for q, own in enumerate(labels) if len(np.unique(own)) > 1]
    of_rows = silhouettes(
        sample.points, sample.mass, [labels[q] for q in several], cosine=cosine, n_threads=n_threads
    )
    for q, own in zip(several, of_rows, strict=True):
        scores.values[q] = np.average(own, weights=sample.weights)
        if not sample.is_all:
            scores.errors[q] = _error(own, labels[q], sample)
    return scores


def silhouettes(
    points: Array,
    weights: Array,
    labels: Sequence[Array],
    *,
    cosine: bool = False,
    n_threads: int | None = None,
) -> list[Array]:
    """Return the silhouette of every row in each of several clusterings, by one pass over the pairs."""
    if not labels:
        return []
    numbered = [np.unique(own, return_inverse=True)[1] for own in labels]
    sizes = np.array([own.max() + 1 for own in numbered])
    first = np.concatenate(([0], np.cumsum(sizes)))
    order, cells, clusters = _cells(np.array(numbered) + first[:-1, None])
    sums = _sums(points[order], weights[order], cells, clusters, cosine, n_threads)
    return [
        _of_clustering(own, weights, sums[:, first[q] : first[q + 1]], order)
        for q, own in enumerate(numbered)
    ]


def _cells(labels: Array) -> tuple[Array, Array, Array]:
    """Put rows that share all labels beside each other: the order, where cells begin, and their labels."""
    order = np.lexsort(labels)
    ordered = labels[:, order]
    new = np.flatnonzero((ordered[:, 1:] != ordered[:, :-1]).any(axis=0)) + 1
    begins = np.concatenate(([0], new))
    return order, np.append(begins, labels.shape[1]), np.ascontiguousarray(ordered[:, begins])


def _sums(
    rows: Array, weights: Array, begins: Array, clusters: Array, cosine: bool, n_threads: int | None
) -> Array:
    from emscope.kernels.hard.silhouette import Cells

    cells = Cells.of(rows, weights, begins, clusters)
    parts = [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]
    return np.concatenate(list(in_threads(lambda part: cells.sums(part, cosine), parts, n_threads)))


def _of_clustering(labels: Array, weights: Array, sums: Array, order: Array) -> Array:
    """Return silhouettes, from the sums of distances of the rows in their order."""
    rows = np.arange(len(labels))
    to_clusters = np.empty_like(sums)
    to_clusters[order] = sums
    masses = np.bincount(labels, weights, sums.shape[1])
    alone = np.bincount(labels)[labels] == 1
    others = np.where(alone, 1.0, masses[labels] - weights)
    own = to_clusters[rows, labels] / others
    to_clusters /= masses
    to_clusters[rows, labels] = np.inf
    nearest = to_clusters.min(axis=1)
    larger = np.maximum(own, nearest)
    differ = np.divide(nearest - own, larger, out=np.zeros(len(labels)), where=larger > 0)
    return np.where(alone, 0.0, differ)


def _error(values: Array, labels: Array, sample: Sample) -> float:
    """Return the standard error of a mean over a sample that has its share of every cluster."""
    mass, total = sample.mass, sample.mass.sum()
    variance = 0.0
    for cluster in np.unique(labels):
        own = labels == cluster
        weights = mass[own] / mass[own].sum()
        about = values[own] - np.sum(weights * values[own])
        variance += float((mass[own].sum() / total) ** 2 * np.sum(weights**2 * about**2))
    return float(np.sqrt(variance * (1 - len(sample.rows) / sample.n_rows)))
