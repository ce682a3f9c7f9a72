"""What is kept of a fitted model: enough to label new rows of its table, and no row of the data."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from emscope.card import ModelCard, gaussian_mixture
from emscope.columns import Array
from emscope.data.preparation import Preparation
from emscope.errors import DataError
from emscope.estimators import GaussianMixture, KMeans, SphericalKMeans
from emscope.wording import counted

Estimator = KMeans | SphericalKMeans | GaussianMixture

LEVELS = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
"""Which quantiles are kept of the distances of the fit's rows to their centers."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the rows of a fit were like, for new ones to be compared with.

    Attributes
    ----------
    counts : ndarray of shape (k,), int64
        Rows of the fit in each cluster.
    distances : ndarray of shape (9,)
        Quantiles of the rows' distances to their own centers, at 0, 1, 5, 25, 50, 75, 95, 99 and 100 %; of
        a mixture, of Mahalanobis distances to the means.
    log_densities : ndarray of shape (9,) or None
        Of a mixture, those of the rows' log-likelihoods.
    """

    counts: Array
    distances: Array
    log_densities: Array | None = None

    @property
    def shares(self) -> Array:
        """The share of the rows in each cluster, shape (k,)."""
        return np.asarray(self.counts / self.counts.sum())

    def distance_at(self, level: float) -> float:
        """Return one of the quantiles of the distances, by its level from 0 to 1."""
        return float(self.distances[LEVELS.index(level)])


@dataclass(frozen=True, slots=True, eq=False)
class SavedModel:
    """A fitted model and how rows of its table become what it was fitted to.

    Attributes
    ----------
    estimator : KMeans, SphericalKMeans or GaussianMixture
        It predicts what the saved one did, to the bit; it has no ``labels_`` and no trace, for these are
        about rows of the data.
    preparation : Preparation or None
        How columns of a table become its features; None where it was fitted to an array or a data frame.
    kinds : tuple of str
        What these columns held, as reports of columns say it: ``"whole numbers"``, ``"booleans"``.
    id_column : str or None
        The column that named the rows.
    reading : mapping
        Options of :func:`emscope.read_table` that the table was read with: ``{"decimal": ","}``.
    reference : Reference or None
        What the rows of the fit were like; None where that was not known.
    versions : mapping
        Versions of ``"emscope"`` and ``"numpy"`` that saved it.
    private : bool
        Whether its numbers have few digits, and none of them is that of a single row
        (:mod:`emscope.saved.private`).
    """

    estimator: Estimator
    preparation: Preparation | None = None
    kinds: tuple[str, ...] = ()
    id_column: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    reference: Reference | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    private: bool = False

    def __repr__(self) -> str:
        k, d = locations(self.estimator).shape
        size = f"{counted(k, self.card.noun)}, {counted(d, 'feature')}"
        if self.reference is not None:
            size += f", fitted to {counted(int(self.reference.counts.sum()), 'row')}"
        return f"<SavedModel of {self.card.title}: {size}>"

    @property
    def card(self) -> ModelCard:
        """What the model is called, and what its clusters are."""
        return card_of(self.estimator)

    @property
    def names(self) -> tuple[str, ...] | None:
        """Columns of a table that it needs, in the order of its features; None where they had no names."""
        if self.preparation is not None:
            return tuple(feature.column for feature in self.preparation.features)
        names = getattr(self.estimator, "feature_names_in_", None)
        return None if names is None else tuple(map(str, names))

    def prepare(self, X: Any) -> Any:
        """Make of rows in the units of the table what the model was fitted to.

        Parameters
        ----------
        X : data frame, or array-like of shape (n, d)
            Its columns are found by their names in a data frame, else they are in the features' order.

        Returns
        -------
        ndarray or data frame of shape (n, d)
        """
        if self.preparation is not None:
            return self.preparation.apply(X)
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        if (
            self.names is None
            or not isinstance(frame, nw.DataFrame)
            or not set(self.names) <= set(frame.columns)
        ):
            return X  # the estimator says what it misses
        return frame.select(self.names).to_native()

    def predict(self, X: Any) -> Array:
        """Return the cluster of each row: that of the nearest center, or the likeliest component.

        Parameters
        ----------
        X : data frame, or array-like of shape (n, d)
            Rows in the units of the table, as for :meth:`prepare`; every value must be there or be filled.

        Returns
        -------
        ndarray of shape (n,), int32

        Raises
        ------
        DataError
            A column is missing, or a value is and nothing fills it.
        """
        return self.estimator.predict(self.prepare(X))


def card_of(estimator: Estimator) -> ModelCard:
    """Return what is known of a model by its estimator."""
    if isinstance(estimator, GaussianMixture):
        return gaussian_mixture(estimator._kind.name)
    return estimator._model.card


def locations(estimator: Estimator) -> Array:
    """Return the centers, or the means, shape (k, d), in the dtype of the fit; refuse what is not fitted."""
    if not isinstance(estimator, (KMeans, SphericalKMeans, GaussianMixture)):
        raise DataError(
            f"a {type(estimator).__name__} is no model of emscope: give a KMeans, SphericalKMeans or "
            "GaussianMixture that is fitted."
        )
    name = "means_" if isinstance(estimator, GaussianMixture) else "cluster_centers_"
    found: Array | None = getattr(estimator, name, None)
    if found is None:
        raise DataError(f"this {type(estimator).__name__} is not fitted: call fit before it is saved.")
    return found


def nameless(estimator: Estimator) -> Estimator:
    """Return the same estimator for rows whose columns have been found already, and have no names."""
    twin = copy.copy(estimator)
    if hasattr(twin, "feature_names_in_"):
        del twin.feature_names_in_
    return twin
