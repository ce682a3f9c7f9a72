"""The model that a study asks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn import clone

from emscope.columns import Array
from emscope.errors import DataTypeError
from emscope.estimators.offers import OFFERS, Model, Offer, offer_of
from emscope.estimators.problem import CHECKPOINTING, parameters_of

# Parameters that say how one fit begins or is shown, not what is fitted.
_OF_ONE_FIT = {
    "random_state", "verbose", "verbose_interval", "copy_x", "record", "n_threads", "n_init", *CHECKPOINTING,
}  # fmt: skip
_OF_A_START = {"init", "init_params", "weights_init", "means_init", "precisions_init", "warm_start"}


@dataclass(frozen=True, slots=True, eq=False)
class GivenModel:
    """A model as a study was given it."""

    model: Model
    offer: Offer
    name: str

    @classmethod
    def of(cls, model: Any) -> GivenModel:
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
