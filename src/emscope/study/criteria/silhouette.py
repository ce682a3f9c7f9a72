r"""The silhouette: how much nearer rows are to their own cluster than to the next one.

With :math:`a_i` the mean distance of row i to the other rows of its cluster, and :math:`b_i` the least of its
mean distances to the other clusters,

.. math:: s_i = \frac{b_i - a_i}{\max(a_i, b_i)} ,

which is 0 for the only row of a cluster. Its weighted mean over the rows is the criterion. Weights count in
all means; a row is not compared with itself, whatever it weighs. Of a sample, the standard error is taken
from the means of 10 groups of its rows: silhouettes depend on each other, and errors of independent values
would be too small by half.

Source of the error: Wolter, *Introduction to Variance Estimation* (2007), chapter 2, random groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

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
_GROUPS = 10


def silhouette(
    ks: Array, labels: Sequence[Array], sample: Sample, *, cosine: bool = False, n_threads: int | None = None
) -> Scores:
    """Return the mean silhouette for every k, from the labels of the rows in each clustering."""
    mean = partial(_means, labels, sample, cosine=cosine, n_threads=n_threads)
    m = len(sample.rows)
    scores = Scores(mean(np.arange(m)), np.full(len(ks), np.nan))
    if not sample.is_all:
        of_groups = np.array([mean(np.arange(first, m, _GROUPS)) for first in range(_GROUPS)])
        beyond = 1 - m / sample.n_rows
        scores.errors[:] = of_groups.std(axis=0, ddof=1) * np.sqrt(beyond / _GROUPS)
    return scores


def _means(labels: Sequence[Array], sample: Sample, rows: Array, **how: Any) -> Array:
    """Return the mean silhouette of each clustering among some rows; NaN for one of a single cluster."""
    means = np.full(len(labels), np.nan)
    own = [of_all[rows] for of_all in labels]
    several = [q for q, of_rows in enumerate(own) if of_rows.min() < of_rows.max()]
    mass = sample.mass[rows]
    found = silhouettes(sample.points[rows], mass, [own[q] for q in several], **how)
    for q, values in zip(several, found, strict=True):
        means[q] = np.average(values, weights=mass)
    return means


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
    from emscope.kernels.hard.silhouette import CellDistances

    cells = CellDistances.of(rows, weights, begins, clusters)
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
