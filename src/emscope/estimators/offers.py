"""The models that can be asked for by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from emscope.card import KMEANS, ModelCard, gaussian_mixture
from emscope.columns import Array
from emscope.errors import DataError
from emscope.estimators.gaussian_mixture import GaussianMixture
from emscope.estimators.hard import HardEstimator
from emscope.estimators.kmeans import KMeans
from emscope.estimators.spherical_kmeans import SphericalKMeans
from emscope.models import kmeans, spherical_kmeans
from emscope.starts import MIXTURE_STARTS, SPHERICAL_STARTS, STARTS

Model = HardEstimator | GaussianMixture


class Offer(NamedTuple):
    """A model that can be asked for: its card, what fits it, and its starts by name, the usual one first."""

    card: ModelCard
    estimator: type[Model]
    starts: Mapping[str, Any]

    @property
    def hard_model(self) -> type[kmeans.KMeans]:
        """The model with centers that the estimator fits, which a mixture is not."""
        assert issubclass(self.estimator, HardEstimator)
        return self.estimator._model

    @property
    def init(self) -> str:
        """The estimator's parameter that says where a run begins."""
        return "init_params" if self.card.soft else "init"


OFFERS: Mapping[str, Offer] = {
    "kmeans": Offer(KMEANS, KMeans, STARTS),
    "spherical": Offer(spherical_kmeans.SphericalKMeans.card, SphericalKMeans, SPHERICAL_STARTS),
    "gmm": Offer(gaussian_mixture("full"), GaussianMixture, MIXTURE_STARTS),
}
"""By the names that ``model=`` and ``--model`` have for them."""


def offer_named(name: str) -> Offer:
    """Return what is offered under a name."""
    if name not in OFFERS:
        raise DataError(f"model must be one of {', '.join(map(repr, OFFERS))}, not {name!r}.")
    return OFFERS[name]


def offer_of(model: Model) -> Offer:
    """Return what an estimator was offered as."""
    return next(offer for offer in OFFERS.values() if type(model) is offer.estimator)


def centers_of(model: Model) -> Array:
    """Return the centers, or means, of a fitted model, in the units of the fit."""
    return np.asarray(getattr(model, "cluster_centers_", getattr(model, "means_", None)))


def points_of(model: Model, rows: Array) -> Array:
    """Return what the model takes rows for: unit vectors in spherical k-means."""
    return model._points(rows) if isinstance(model, HardEstimator) else rows
