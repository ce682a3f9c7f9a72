"""A fit of a study, repeated with its trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from emscope.data.table import Table
from emscope.estimators.offers import OFFERS, Model
from emscope.study.given import rows_of


def again(result: Any, i: int, X: Any, sample_weight: Any = None) -> Model:
    """Repeat a fit of a study, with its trace.

    Parameters
    ----------
    result : Stability or Optima
        What the study found.
    i : int
        Which fit: of a :class:`Stability` the number of the resample, of :class:`Optima` that of the end, of
        which the first start that reached it is run again.
    X : array-like, data frame or Table of shape (n, d)
        The rows that the study was given.
    sample_weight : array-like of shape (n,), optional
        The weights that it was given.

    Returns
    -------
    KMeans, SphericalKMeans or GaussianMixture
        Fitted, with ``trace_``. It has the centers of the study's fit: the same bits for data of fewer than
        2^20 products of rows, features and clusters, else but for rounding.

    Examples
    --------
    >>> from emscope import KMeans, datasets, study
    >>> table = datasets.old_faithful().standardized()
    >>> found = study.stability(KMeans(2, random_state=0), table, n_resamples=5, random_state=0)
    >>> study.again(found, 3, table).trace_
    <Trace of k-means: 2 clusters, 136 rows, 6 half-steps, converged>
    """
    rows = np.asarray(rows_of(X), np.float64)
    start = result.starts[i]
    offer = OFFERS[result.model]
    begin = {"random_state": int(start)} if offer.card.soft else {offer.init: start, "n_init": 1}
    weights = result.weights_of(i, len(rows))
    if weights is None:
        weights = X.weights if sample_weight is None and isinstance(X, Table) else sample_weight
    return offer.estimator(**{**result.parameters, **begin}).fit(rows, sample_weight=weights)
