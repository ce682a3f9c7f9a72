"""Estimators as plain values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.estimators import GaussianMixture
from emscope.estimators.offers import OFFERS
from emscope.models.mixture_parameters import Parameters
from emscope.saved.model import Estimator, card_of, locations

_HARD_SETTINGS = ("init", "n_init", "max_iter", "tol", "random_state", "algorithm")
_MIXTURE_SETTINGS = (
    "covariance_type",
    "tol",
    "reg_covar",
    "max_iter",
    "n_init",
    "init_params",
    "random_state",
    "accelerate",
)


def settings_named(model: str) -> tuple[str, ...]:
    """Return the parameters of an estimator that its file keeps."""
    return _MIXTURE_SETTINGS if OFFERS[model].card.soft else _HARD_SETTINGS


def settings_of(estimator: Estimator) -> dict[str, Any]:
    """Return the parameters that say how it was fitted and have a plain value.

    A start that was given as an array is left out, for it may be rows of the data.
    """
    values = {name: getattr(estimator, name) for name in settings_named(card_of(estimator).name)}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if value is None or type(value) in (str, int, float)}


def parameters_of(estimator: Estimator) -> dict[str, Array]:
    """Return the fitted parameters, in all their digits."""
    if isinstance(estimator, GaussianMixture):
        return dict(estimator._fitted()._asdict())
    return {"centers": locations(estimator)}


def result_of(estimator: Estimator) -> dict[str, Any]:
    """Return how the fit ended."""
    if isinstance(estimator, GaussianMixture):
        bounds = [float(bound) for bound in estimator.lower_bounds_]
        return {
            "n_iter": int(estimator.n_iter_),
            "converged": bool(estimator.converged_),
            "lower_bounds": bounds,
        }
    inertia = getattr(estimator, "inertia_", None)
    return {"n_iter": int(estimator.n_iter_), "inertia": None if inertia is None else float(inertia)}


def estimator_from(
    model: str,
    parameters: Mapping[str, Array],
    dtype: str,
    settings: Mapping[str, Any],
    result: Mapping[str, Any],
    names: tuple[str, ...] | None,
) -> Estimator:
    """Make a fitted estimator of plain values that have been checked."""
    where = parameters[OFFERS[model].card.location]
    estimator = OFFERS[model].estimator(len(where), **settings)
    estimator.n_features_in_ = where.shape[1]
    estimator.trace_ = None
    estimator.n_iter_ = result["n_iter"]
    if names is not None:
        estimator.feature_names_in_ = np.array(names, dtype=object)
    if isinstance(estimator, GaussianMixture):
        estimator._set_parameters(Parameters(**parameters), np.dtype(dtype))
        estimator.converged_ = result["converged"]
        estimator.lower_bounds_ = list(result["lower_bounds"])
        estimator.lower_bound_ = estimator.lower_bounds_[-1] if estimator.lower_bounds_ else -np.inf
        return estimator
    estimator.cluster_centers_ = where.astype(dtype)
    if result["inertia"] is not None:
        estimator.inertia_ = result["inertia"]
    return estimator
