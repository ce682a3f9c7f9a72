"""How two clusterings of the same rows differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from emscope.columns import Array
from emscope.errors import DataError
from emscope.results.compare import Comparison
from emscope.trace import Trace


def compare(a: Any, b: Any) -> Comparison:
    r"""Say how two clusterings of the same rows differ.

    Numbers of clusters are arbitrary, so each cluster of the first gets a match among those of the second
    such that as many rows as possible are in matched clusters of both (the assignment problem). With
    :math:`n_{ij}` rows in cluster i of the first and j of the second, the adjusted Rand index is

    .. math:: \frac{\sum_{ij} \binom{n_{ij}}{2} - E}{\frac{1}{2} \left(\sum_i \binom{n_{i\cdot}}{2} +
              \sum_j \binom{n_{\cdot j}}{2}\right) - E}, \qquad E = \sum_i \binom{n_{i\cdot}}{2}
              \sum_j \binom{n_{\cdot j}}{2} \Big/ \binom{n}{2} .

    Parameters
    ----------
    a, b : array-like of shape (n,), fitted estimator, or Trace
        The clusterings: labels of any kind (numbers, texts), a model with ``labels_`` or with its trace, or a
        trace. A trace has labels of the rows that it drew, so that of larger data these alone are compared.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        There are not as many labels in both, a label is missing, or the rows of traces are different ones.

    References
    ----------
    L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2 (1985), 193-218; H. W. Kuhn,
    "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2 (1955), 83-97.

    Examples
    --------
    >>> from emscope import study
    >>> found = study.compare([0, 0, 0, 1, 1, 1], ["b", "b", "b", "a", "a", "b"])
    >>> found.matching.tolist(), found.changed.tolist(), round(found.adjusted_rand, 3)
    ([1, 0], [5], 0.324)
    """
    first, second = _Labeled.of(a, "a"), _Labeled.of(b, "b")
    rows = _common(first, second)
    codes_a, names_a = _coded(first.at(rows), first.k)
    codes_b, names_b = _coded(second.at(rows), second.k)
    k, h = len(names_a), len(names_b)
    contingency = np.bincount(codes_a * h + codes_b, minlength=k * h).reshape(k, h)
    matching = np.full(k, -1)
    mine, theirs = linear_sum_assignment(contingency, maximize=True)
    matching[mine] = theirs
    changed = np.flatnonzero(matching[codes_a] != codes_b)
    return Comparison(
        names_a=names_a,
        names_b=names_b,
        contingency=contingency,
        matching=matching,
        adjusted_rand=adjusted_rand(contingency),
        changed=changed if rows is None else rows[changed],
        n_rows=len(codes_a),
        sampled=rows is not None and len(rows) < max(first.n, second.n),
    )


def adjusted_rand(contingency: Array) -> float:
    """Return the adjusted Rand index of a table of counts; 1 where both put all rows alike.

    >>> adjusted_rand(np.array([[3, 0], [0, 2]]))
    1.0
    """
    cells, lines, columns = (
        sum(math.comb(int(count), 2) for count in counts)
        for counts in (contingency.ravel(), contingency.sum(axis=1), contingency.sum(axis=0))
    )
    pairs = math.comb(int(contingency.sum()), 2)
    by_chance, most = (
        lines * columns,
        (lines + columns) * pairs,
    )  # both times 2 pairs, or pairs: whole numbers
    if most == 2 * by_chance:
        return 1.0
    return 2 * (cells * pairs - by_chance) / (most - 2 * by_chance)


@dataclass(frozen=True, slots=True, eq=False)
class _Labeled:
    """Labels of rows, of all or of some."""

    labels: Array
    n: int
    k: int | None = None  # clusters, where they are numbered from 0
    rows: Array | None = None  # which rows the labels are of, where it is not all of them
    trace: Trace | None = None

    @classmethod
    def of(cls, given: Any, name: str) -> _Labeled:
        if isinstance(given, Trace):
            return cls._of_trace(given, name)
        labels = getattr(given, "labels_", None)
        trace = getattr(given, "trace_", None)
        if labels is not None and hasattr(given, "predict"):
            return cls(np.asarray(labels), len(labels), len(given.cluster_centers_))
        if isinstance(trace, Trace):
            return cls._of_trace(trace, name)
        if hasattr(given, "predict"):
            raise DataError(
                f"{name} is a {type(given).__name__} without labels of its rows or a trace: fit it, or give "
                "the labels that its predict returns."
            )
        labels = _one_column(given, name)
        return cls(labels, len(labels))

    @classmethod
    def _of_trace(cls, trace: Trace, name: str) -> _Labeled:
        labels = trace.steps[-1].labels
        if labels is None:
            raise DataError(f"{name} is a trace without labels at its end: give the labels of its rows.")
        n = trace.n_samples + trace.n_left_out
        return cls(labels, n, trace.n_clusters, trace.sample_indices, trace)

    def at(self, rows: Array | None) -> Array:
        """Return the labels of some rows; of all that there are for None."""
        if rows is None:
            return self.labels
        return self.labels[rows if self.rows is None else np.searchsorted(self.rows, rows)]


def _one_column(given: Any, name: str) -> Array:
    labels = np.asarray(given)
    if labels.ndim != 1 or not len(labels):
        raise DataError(
            f"{name} must be labels of shape (n,), a fitted model or a trace, not of shape {labels.shape}."
        )
    if labels.dtype.kind == "O":
        missing = np.array([value is None or bool(value != value) for value in labels.tolist()])
    else:
        missing = np.isnan(labels) if labels.dtype.kind == "f" else np.zeros(len(labels), bool)
    if missing.any():
        raise DataError(f"{name} has no label in row {int(missing.argmax())}: leave such rows out of both.")
    return labels


def _common(first: _Labeled, second: _Labeled) -> Array | None:
    """Return the rows that both have labels of; None for all."""
    if first.n != second.n:
        raise DataError(
            f"the clusterings are of {first.n:,} and {second.n:,} rows: only two of the same rows can be "
            "compared."
        )
    some = [one.rows for one in (first, second) if one.rows is not None]
    if not some:
        return None
    rows = some[0] if len(some) == 1 else np.intersect1d(some[0], some[1], assume_unique=True)
    if not len(rows):
        raise DataError("the traces drew different rows: compare the labels that both models predict.")
    if first.trace is not None and second.trace is not None:
        _refuse_other_rows(first.trace, second.trace, rows)
    return np.asarray(rows)


def _refuse_other_rows(one: Trace, other: Trace, rows: Array) -> None:
    """Refuse traces whose points are not the same, where both show them in the same units."""
    points = [trace.points[np.searchsorted(trace.sample_indices, rows)] for trace in (one, other)]
    same_units = one.card.points == other.card.points and points[0].shape == points[1].shape
    if same_units and not np.allclose(points[0], points[1], rtol=1e-5, atol=0):
        raise DataError(
            "the traces are of different rows: only two clusterings of the same rows can be compared."
        )


def _coded(labels: Array, k: int | None) -> tuple[Array, tuple[str, ...]]:
    """Return labels as places in the names of the clusters; those of a model are numbers already."""
    if k is not None:
        return labels.astype(np.int64), tuple(map(str, range(k)))
    try:
        found, codes = np.unique(labels, return_inverse=True)
    except TypeError:  # of several types
        found, codes = np.unique(labels.astype(str), return_inverse=True)
    return codes.astype(np.int64), tuple(str(value) for value in found.tolist())
