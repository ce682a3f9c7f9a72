"""The model that a study asks about: what it is, and how its fits are repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import clone

from emscope.columns import Array
from emscope.data.table import Table
from emscope.errors import DataTypeError
from emscope.estimators.offers import OFFERS, Model, Offer, offer_of
from emscope.estimators.problem import parameters_of

# Parameters that say how one fit begins or is shown, not what is fitted.
_OF_ONE_FIT = {"random_state", "verbose", "verbose_interval", "copy_x", "record", "n_threads", "n_init"}
_OF_A_START = {"init", "init_params", "weights_init", "means_init", "precisions_init", "warm_start"}


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A model as a study was given it."""

    model: Model
    offer: Offer
    name: str

    @classmethod
    def about(cls, model: Any) -> Asked:
        """Take an estimator of ours, fitted or not."""
        if type(model) not in {offer.estimator for offer in OFFERS.values()}:
            raise DataTypeError(
                f"model must be a KMeans, SphericalKMeans or GaussianMixture, not {type(model).__name__}."
            )
        offer = offer_of(model)
        return cls(model, offer, next(name for name, known in OFFERS.items() if known is offer))

    @property
    def soft(self) -> bool:
        """Whether it is a mixture."""
        return self.offer.card.soft

    @property
    def k(self) -> int:
        """Its number of clusters."""
        return int(self.model.n_components if self.soft else self.model.n_clusters)

    @property
    def is_fitted(self) -> bool:
        """Whether there are clusters already."""
        return hasattr(self.model, "means_" if self.soft else "cluster_centers_")

    @property
    def parameters(self) -> dict[str, Any]:
        """What is fitted: the parameters without those about starts and about one fit."""
        left_out = _OF_ONE_FIT | _OF_A_START
        return {name: value for name, value in parameters_of(self.model).items() if name not in left_out}

    @property
    def n_starts(self) -> int:
        """The number of starts that a fit has the best of; "auto" is 1."""
        return 1 if self.model.n_init == "auto" else int(self.model.n_init)

    def fitted(self, rows: Any, weights: Array | None) -> Model:
        """Return the model, fitted by a clone of it if it is not."""
        return self.model if self.is_fitted else clone(self.model).fit(rows, sample_weight=weights)


def rows_of(X: Any) -> Any:
    """Return what ``fit`` and ``predict`` take: of a table its matrix."""
    return X.matrix if isinstance(X, Table) else X


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
