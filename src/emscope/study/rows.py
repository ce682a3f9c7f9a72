"""Which rows are odd, and which lie on a border."""

from __future__ import annotations

from typing import Any

import numpy as np

from emscope.columns import SUM_ERROR, Array
from emscope.data.preparation import median
from emscope.data.table import Table
from emscope.doubt import CERTAIN
from emscope.estimators.offers import Model, centers_of
from emscope.estimators.rows import RowFigures, row_figures
from emscope.results.rows import Oddity, Rows
from emscope.study.codes import clusters_of_codes, codes_in
from emscope.study.given import Given

_ODD = 3.5  # robust standard deviations
_MAD, _MEAN = (
    1.4826,
    1.2533,
)  # what makes deviations from the median a normal distribution's standard deviation
_UNDECIDED = 0.1  # silhouette
_NAMED = 3


def rows(model: Model, X: Any, *, sample_weight: Any = None) -> Rows:
    r"""Say which rows are odd, which are undecided, and which values look like codes.

    A row is odd whose distance r to its center stands out in its cluster: with the cluster's median
    :math:`\tilde r` and median absolute deviation MAD, where
    :math:`(r - \tilde r) / (1.4826\, \mathrm{MAD})` is above 3.5 (the mean absolute deviation times 1.2533
    takes its place where more than half of the distances are equal). Of a mixture, minus the log-density
    takes the place of the distance, and all rows that of the cluster.

    A row is undecided if its simplified silhouette, 1 - own distance / distance to the next center, is below
    0.1; of a mixture, if no component has a responsibility of 0.9.

    Odd rows share the fate of all outliers: those that are many together have a cluster of their own and are
    not odd in it. Values that look like codes are therefore looked for in all rows, whatever their cluster.

    Parameters
    ----------
    model : KMeans, SphericalKMeans or GaussianMixture
        A fitted one.
    X : Table, array-like or data frame of shape (n, d)
        The rows. Of a table the model was fitted to ``X.matrix``; values and names in the
        sentence are those of the table.
    sample_weight : array-like of shape (n,), optional
        Weight of each row in medians; by default that of the table.

    Returns
    -------
    Rows

    Raises
    ------
    ValueError
        The rows cannot be used.

    References
    ----------
    B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (1993): the score and 3.5;
    E. R. Hruschka et al., "Evolutionary algorithms for clustering gene-expression data", ICDM (2004): the
    simplified silhouette.

    Examples
    --------
    >>> from emscope import KMeans, datasets, study
    >>> table = datasets.penguins().standardized()
    >>> found = study.rows(KMeans(3, random_state=0).fit(table.matrix), table)
    >>> [found.name(row) for row in found.odd], len(found.border)
    (['row 186'], 16)
    >>> print(found.sentence[:82])
    1 row of 342 is far from its center for its cluster: row 186 (bill_length_mm 59.60
    """
    given = Given.of(X, sample_weight)
    table = X if isinstance(X, Table) else None
    figures = row_figures(model, X if table is None else given.matrix)
    k = len(centers_of(model))
    sizes = np.bincount(figures.labels, minlength=k)
    oddness = _oddness(figures, given, k)
    odd = np.flatnonzero(oddness > _ODD)
    odd = odd[np.argsort(-oddness[odd], kind="stable")]
    codes = codes_in(given.values, given.measured_names)
    return Rows(
        labels=figures.labels,
        distance=figures.distance,
        next_cluster=figures.next_cluster,
        margin=figures.margin,
        silhouette=figures.silhouette,
        log_density=figures.log_density,
        certainty=figures.certainty,
        oddness=oddness,
        odd=odd,
        border=_border(figures),
        codes=codes,
        coded=clusters_of_codes(codes, given.values, figures.labels, sizes),
        oddities=tuple(_oddity(int(row), given, figures.labels) for row in odd[:_NAMED]),
        sizes=sizes,
        numbers=np.arange(len(oddness)) if table is None else table.kept,
        n_rows=len(oddness) if table is None else table.n_rows,
        first=0 if table is None else 1,
        id_column=None if table is None else table.id_column,
        names=given.row_names,
    )


def _oddness(figures: RowFigures, given: Given, k: int) -> Array:
    weights = np.ones(len(figures.labels)) if given.weights is None else given.weights
    if figures.log_density is not None:
        return _standardized(-figures.log_density, weights, SUM_ERROR)
    oddness = np.zeros(len(figures.labels))
    rounding = SUM_ERROR * float(np.abs(given.matrix).max())
    for j in range(k):
        own = np.flatnonzero(figures.labels == j)
        if weights[own].any():
            oddness[own] = _standardized(figures.distance[own], weights[own], rounding)
    return oddness


def _standardized(values: Array, weights: Array, rounding: float) -> Array:
    """Return how far values lie above their median, in robust standard deviations."""
    away = values - median(values, weights)
    there = np.isfinite(away)
    spread = _MAD * median(np.abs(away), weights)
    if spread <= rounding:
        spread = _MEAN * float(np.average(np.abs(away[there]), weights=weights[there]))
    return np.asarray(away / spread if spread > rounding else np.where(there, 0.0, away))


def _border(figures: RowFigures) -> Array:
    if figures.certainty is None:
        doubt, most = figures.silhouette, _UNDECIDED
    else:
        doubt, most = figures.certainty, CERTAIN
    assert doubt is not None  # a mixture has certainties, and the others silhouettes
    near = np.flatnonzero(doubt < most) if not np.isnan(figures.margin).all() else np.empty(0, np.int64)
    return near[np.argsort(doubt[near], kind="stable")]


def _oddity(row: int, given: Given, labels: Array) -> Oddity:
    """Return the feature in which a row lies farthest from the middle of its cluster, robustly measured."""
    own = given.values[labels == labels[row]].astype(np.float64)
    middle = np.median(own, axis=0)
    away = np.abs(own - middle)
    spread = np.median(away, axis=0)
    spread = np.where(spread > 0, _MAD * spread, _MEAN * away.mean(axis=0))
    distances = np.divide(
        np.abs(given.values[row] - middle), spread, out=np.zeros_like(spread), where=spread > 0
    )
    j = int(distances.argmax())
    value, log_of = float(given.values[row, j]), given.logs.get(j)
    return Oddity(row, given.measured_names[j], value, float(middle[j]), log_of)
