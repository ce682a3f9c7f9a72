r"""The best clustering of all of one feature, by dynamic programming.

Clusters of one feature are intervals. With :math:`D_q(j)` the least inertia of the first j values in q of
them, :math:`D_q(j) = \min_i D_{q-1}(i) + c(i, j)`, where c is the inertia of values i to j - 1 about their
mean. The best i never falls as j grows, so that halving finds all of a layer in O(n log n).

Source: Wang and Song, "Ckmeans.1d.dp: optimal k-means clustering in one dimension by dynamic programming",
The R Journal 3/2 (2011), 29-33; the halving: Song and Zhong, Bioinformatics 36 (2020), 5027-5036.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emscope.columns import Array


def least_inertia(values: Array, weights: Array | None, k: int) -> float:
    """Return the least inertia that k clusters of the values (n,) can have, by their weights (n,), if any."""
    distinct, place = np.unique(values.astype(np.float64), return_inverse=True)
    mass = np.bincount(place, weights, len(distinct)).astype(np.float64)
    if k >= len(distinct):
        return 0.0
    bounds = _best_bounds(distinct, mass, k)
    parts = zip(np.split(distinct, bounds), np.split(mass, bounds), strict=True)
    return float(sum(_inertia(part, of) for part, of in parts))


def _inertia(values: Array, mass: Array) -> float:
    about = values[int(mass.argmax())]
    mean = about + (mass * (values - about)).sum() / mass.sum()
    return float((mass * (values - mean) ** 2).sum())


def _best_bounds(values: Array, mass: Array, k: int) -> Array:
    """Return where the second, third, ... interval of the best clustering begin, (k - 1,)."""
    m = len(values)
    centered = values - (mass * values).sum() / mass.sum()
    sums = np.zeros((3, m + 1))
    np.cumsum([mass, mass * centered, mass * centered**2], axis=1, out=sums[:, 1:])

    def cost(i: Array, j: Array) -> Array:
        weight, first, second = sums[:, j] - sums[:, i]
        return np.asarray(np.maximum(second - first * first / weight, 0.0))

    least = np.full(m + 1, np.inf)
    ends = np.arange(1, m + 1)
    least[1:] = cost(np.zeros(m, np.int64), ends)
    begins = []
    for q in range(2, k + 1):
        least, begin = _layer(least, cost, q)
        begins.append(begin)
    bounds = [m]
    for begin in reversed(begins):
        bounds.append(int(begin[bounds[-1]]))
    return np.array(bounds[:0:-1])


def _layer(before: Array, cost: Callable[[Array, Array], Array], q: int) -> tuple[Array, Array]:
    """Return the least inertia of the first j values in q intervals, and where the last one begins."""
    m = len(before) - 1
    least, begin = np.full(m + 1, np.inf), np.zeros(m + 1, np.int64)
    nodes = np.array([[q], [m], [q - 1], [m - 1]])  # j from and to, where the last one may begin from and to
    while nodes.shape[1]:
        low, high, first, last = nodes
        j = (low + high) // 2
        last_here = np.minimum(last, j - 1)
        sizes = last_here - first + 1
        starts = np.cumsum(sizes) - sizes
        i = np.arange(sizes.sum()) + np.repeat(first - starts, sizes)
        totals = before[i] + cost(i, np.repeat(j, sizes))
        least[j] = np.minimum.reduceat(totals, starts)
        at_least = totals <= np.repeat(least[j], sizes)
        begin[j] = np.minimum.reduceat(np.where(at_least, i, m), starts)
        left, right = [low, j - 1, first, begin[j]], [j + 1, high, begin[j], last]
        nodes = np.concatenate([left, right], axis=1)
        nodes = nodes[:, nodes[0] <= nodes[1]]
    return least, begin
