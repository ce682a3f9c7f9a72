"""Which features made the difference between the clusters, and whether one of them merely numbers things."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.data.content.kinds import is_unique, is_whole
from emscope.data.content.words_in_names import says_id
from emscope.data.table import Table
from emscope.data.wording import quoted

_MOST = 0.5  # of the difference, above which one column decides


def shares_between(X: Array, labels: Array, weights: Array | None = None) -> Array:
    """Return each feature's share of the sum of squares between clusters, shape (d,).

    Cluster c of weight W_c contributes W_c (mean_c - mean)^2 to the sum of each feature; the shares of
    all features add up to 1, and are 0 where the clusters do not differ.

    >>> X = np.array([[0.0, 5.0], [0.0, 7.0], [9.0, 5.0], [9.0, 7.0]])
    >>> shares_between(X, np.array([0, 0, 1, 1])).tolist()
    [1.0, 0.0]
    """
    mass = np.bincount(labels, weights)
    there = mass > 0
    between = np.empty(X.shape[1])
    for j in range(X.shape[1]):
        x = X[:, j].astype(np.float64)
        x -= np.average(x, weights=weights)
        sums = np.bincount(labels, x if weights is None else weights * x)
        between[j] = (sums[there] ** 2 / mass[there]).sum()
    total = between.sum()
    return between / total if total > 0 else np.zeros_like(between)


def numbers_that_decide(table: Table, labels: Array) -> tuple[tuple[str, str], ...]:
    """Name the column, if any, that makes more than half of the difference and seems to number things.

    With it comes a sentence.

    Such a column has whole numbers of which no two rows share one, or a name that says id. A table of a
    single feature has no other that could decide.
    """
    if table.matrix.shape[1] < 2:
        return ()
    shares = shares_between(table.matrix, labels, table.weights)
    j = int(np.argmax(shares))
    feature, values = table.preparation.features[j], table.values[:, j]
    if shares[j] <= _MOST or feature.log or not is_whole(values):
        return ()
    if is_unique(values):
        why = "no two rows share a value of it"
    elif says_id(feature.column):
        why = "its name says id"
    else:
        return ()
    sentence = (
        f"{quoted(feature.column)} alone makes {shares[j]:.0%} of the difference between the clusters, and "
        f"{why}: if it numbers things, leave it out by exclude={feature.column!r}."
    )
    return ((feature.column, sentence),)
