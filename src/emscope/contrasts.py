"""How the rows of each cluster differ from all rows, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from emscope.columns import SUM_ERROR, Array, resolution

_EPS = float(np.finfo(np.float64).eps)
_BLOCK_VALUES = 2**20
_ALONE = 0.9  # of the squared distance between two means that one column has


class Contrasts(NamedTuple):
    """Means per cluster and feature against those of all rows; NaN for clusters without rows."""

    mean: Array  # (k, d)
    overall: Array  # (d,)
    difference: Array  # (k, d): mean minus overall mean
    deviations: Array  # (k, d): the difference in standard deviations of the feature; 0 where it is constant
    resolution: Array  # (d,): what adding up the values of each feature can be off
    masses: Array  # (k,): weight of the rows in each cluster

    @property
    def rank(self) -> Array:
        """Rank of each feature in its cluster, 1 for the largest absolute difference in deviations.

        Of equal ones the first feature comes first.
        """
        order = np.argsort(-np.abs(self.deviations), axis=1, kind="stable")
        return np.argsort(order, axis=1) + 1

    @property
    def explained(self) -> Array:
        """Eta squared of each feature, (d,): how much of its variance lies between clusters; 0 if constant.

        J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), 8.2.
        """
        shares = self.masses / self.masses.sum()
        squares = np.nan_to_num(self.deviations) ** 2
        return np.asarray((shares[:, None] * squares).sum(axis=0).clip(max=1.0))


def contrasts(X: Array, labels: Array, k: int, weights: Array | None = None) -> Contrasts:
    r"""Return how the rows of each cluster differ from all rows.

    A value is known to half a unit in its last place, :math:`\varepsilon |x| / 2`, and so is a mean of
    such values. A mean or a difference that is no larger than this, and than what adding up can be off, is 0:
    nothing in the data says that it is anything else.

    X is finite; rows of weight 0 do not count.

    >>> X = np.array([[0.1, 7.0], [0.1, 9.0], [0.1, 2.0]])
    >>> contrasts(X, np.array([0, 0, 1]), k=2).difference
    array([[ 0.,  2.],
           [ 0., -4.]])
    """
    rows = np.arange(len(X)) if weights is None else np.flatnonzero(weights > 0)
    rows = rows[np.argsort(labels[rows], kind="stable")]
    ends = np.searchsorted(labels[rows], np.arange(k + 1))
    w = None if weights is None else weights[rows].astype(np.float64)
    with np.errstate(under="ignore"):
        parts = [_contrasts(x, w, ends) for x in _blocks(X, rows)]
    mean, overall, difference, deviations, blurred = (
        np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)
    )
    masses = np.bincount(labels[rows], w, minlength=k)
    return Contrasts(mean, overall, difference, deviations, blurred, masses)


def two_values(column: Array) -> tuple[float, float]:
    """Return the two values that a feature has; NaN where it has fewer or more."""
    low, high = float(column.min()), float(column.max())
    two = low < high and bool(((column == low) | (column == high)).all())
    return (low, high) if two else (np.nan, np.nan)


def divided(in_fit: Array, in_table: Array, levels: Array) -> Iterator[tuple[int, int, int, float]]:
    """Find pairs of clusters that differ in one column of two values alone.

    Means of clusters are given in the units of the fit and in those of the table, (k, d), and the two values
    of each feature, (d, 2), NaN where it has others. Of each pair both clusters, the feature, and its share
    of the squared distance between their means are yielded.
    """
    for a, b in combinations(range(len(in_fit)), 2):
        squares = (in_fit[a] - in_fit[b]) ** 2
        j = int(np.argmax(np.nan_to_num(squares)))
        low, high = levels[j]
        away = abs(in_table[a, j] - in_table[b, j])
        if away >= _ALONE * (high - low) and squares[j] >= _ALONE * squares.sum():
            yield a, b, j, float(squares[j] / squares.sum())


def _blocks(X: Array, rows: Array) -> Iterator[Array]:
    """Features as lines, whose sums NumPy takes pairwise; a few at a time."""
    step = max(1, _BLOCK_VALUES // len(rows))
    for start in range(0, X.shape[1], step):
        yield np.ascontiguousarray(X[rows, start : start + step].T, dtype=np.float64)


def _contrasts(x: Array, w: Array | None, ends: Array) -> tuple[Array, ...]:
    """Return all but the masses for some features, (b, n), whose columns are sorted by cluster."""
    spans = [slice(start, end) for start, end in pairwise(ends) if start < end]
    there = np.diff(ends) > 0
    mass = np.array([span.stop - span.start if w is None else w[span].sum() for span in spans])[:, None]
    low, high = (np.array([extreme(x[:, span], axis=1) for span in spans]) for extreme in (np.min, np.max))
    sums, sizes = _sums(x, w, spans), _sums(np.abs(x), w, spans)
    overall = np.clip(sums.sum(axis=0) / mass.sum(), low.min(axis=0), high.max(axis=0))
    away = x - overall[:, None]  # so that far from zero the differences keep their digits
    beside, distances = _sums(away, w, spans), _sums(np.abs(away), w, spans)
    size, distance, rest = (total.sum(axis=0) / mass.sum() for total in (sizes, distances, beside))
    # equal values have themselves as mean, whatever adding them up rounds away
    mean = _zeroed(np.clip(sums / mass, low, high), SUM_ERROR * sizes / mass)
    noise = _EPS * (sizes / mass + size) + SUM_ERROR * (distances / mass + distance)
    difference = _zeroed(beside / mass - rest, noise)
    spread = _spread(away, w, spans, mass.sum())
    deviations = np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0)
    full = [_with_gaps(values, there) for values in (mean, difference, deviations)]
    return full[0], _zeroed(overall, SUM_ERROR * size), full[1], full[2], resolution(x.T)


def _sums(x: Array, w: Array | None, spans: list[slice]) -> Array:
    """Return the weighted sum of every feature in every cluster, (clusters, b)."""
    weighted = x if w is None else x * w
    return np.array([weighted[:, span].sum(axis=1) for span in spans])


def _spread(away: Array, w: Array | None, spans: list[slice], mass: Array) -> Array:
    """Return standard deviations, of numbers whose squares may be too large or small for floats."""
    largest = np.maximum(away.max(axis=1), -away.min(axis=1))
    unit = np.where(largest > 0, largest, 1.0)
    scaled = away / unit[:, None]
    scaled *= scaled
    return np.asarray(unit * np.sqrt(_sums(scaled, w, spans).sum(axis=0) / mass))


def _with_gaps(values: Array, there: Array) -> Array:
    """Return a line for every cluster, of NaN where it has no rows."""
    lines = np.full((len(there), values.shape[1]), np.nan)
    lines[there] = values
    return lines


def _zeroed(values: Array, noise: Array) -> Array:
    return np.where(np.abs(values) <= noise, 0.0, values)
