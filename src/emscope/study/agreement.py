"""How well the clusters of a fit agree with those of a resample, by the weight of the rows in both."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array


def similarities(labels: Array, again: Array, weights: Array, k: int) -> Array:
    """Return the Jaccard similarity of each of k clusters to each of a resample, by weight."""
    both = _crossed(labels, again, weights, k)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None] - both
    return np.asarray(np.divide(both, either, out=np.zeros_like(both), where=either > 0))


def largest(similarities: Array) -> Array:
    r"""Return how well each cluster A comes back, :math:`\max_B |A \cap B| / |A \cup B|`.

    NaN for one without rows: whichever has some shares them with a cluster of the resample.
    """
    found = similarities.max(axis=1)
    return np.where(found > 0, found, np.nan)


def _crossed(labels: Array, again: Array, weights: Array, k: int) -> Array:
    """Return the weight of rows by their label and the one that they have in a resample, (k, k)."""
    cells = labels * np.int64(k) + again
    return np.bincount(cells, weights, k * k).reshape(k, k)


def adjusted_rand(labels: Array, again: Array, weights: Array, k: int) -> float:
    """Return the adjusted Rand index; a pair of rows counts as much as the product of their weights.

    Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985), 193-218.
    """
    one, squares = _crossed(labels, again, weights, k), weights * weights
    square = one if np.array_equal(squares, weights) else _crossed(labels, again, squares, k)

    def pairs(axes: tuple[int, ...]) -> float:
        return float((one.sum(axis=axes) ** 2 - square.sum(axis=axes)).sum() / 2)

    both, rows, columns, total = pairs(()), pairs((1,)), pairs((0,)), pairs((0, 1))
    expected = rows * columns / total if total > 0 else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)
