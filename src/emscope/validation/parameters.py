"""The rules about parameters of estimators."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_array

from emscope.columns import Array
from emscope.errors import DataError, DataTypeError

SMALLEST_VARIANCE = 1e-150


def kmeans_parameters(parameters: Mapping[str, Any], starts: Sequence[str]) -> None:
    """Check the constructor parameters of ``KMeans``; ``starts`` are those that have a name."""
    for name in ("n_clusters", "max_iter"):
        whole_number(parameters[name], name)
    if parameters["n_init"] != "auto":
        whole_number(parameters["n_init"], "n_init", otherwise=' or "auto"')
    if parameters["n_threads"] is not None:
        whole_number(parameters["n_threads"], "n_threads", otherwise=" or None")
    _not_negative(parameters["tol"], "tol")
    init = parameters["init"]
    if isinstance(init, str):
        _choice(
            init, "init", starts, otherwise=", a callable, an array of centers, a fitted model or its trace"
        )
    _choice(parameters["algorithm"], "algorithm", ("auto", "lloyd", "elkan", "bounds", "cells"))
    _choice(parameters["record"], "record", (True, False, "scalars"))
    _checkpoint(parameters)


def mixture_parameters(
    parameters: Mapping[str, Any], starts: Sequence[str], covariance_types: Sequence[str]
) -> None:
    """Check the constructor parameters of ``GaussianMixture``, but for those that depend on the data."""
    for name in ("n_components", "n_init", "verbose_interval"):
        whole_number(parameters[name], name)
    whole_number(parameters["max_iter"], "max_iter", least=0)
    if parameters["n_threads"] is not None:
        whole_number(parameters["n_threads"], "n_threads", otherwise=" or None")
    for name in ("tol", "reg_covar"):
        _not_negative(parameters[name], name)
    if 0 < parameters["reg_covar"] < SMALLEST_VARIANCE:
        raise DataError(
            f"reg_covar={parameters['reg_covar']!r} is too small for its inverse to be a number: "
            f"use 0, or at least {SMALLEST_VARIANCE:g}."
        )
    _choice(parameters["covariance_type"], "covariance_type", covariance_types)
    if isinstance(parameters["init_params"], str):
        otherwise = ", an array of centers, a fitted model or its trace"
        _choice(parameters["init_params"], "init_params", starts, otherwise=otherwise)
    _choice(parameters["accelerate"], "accelerate", (None, "squarem"))
    _choice(parameters["record"], "record", (True, False, "scalars"))
    _checkpoint(parameters)


def mixture_start(
    parameters: Mapping[str, Any], n_features: int, shape: tuple[int, ...]
) -> tuple[Array | None, Array | None, Array | None]:
    """Return the given weights (k,), means (k, d) and precisions that a mixture is to begin with.

    ``shape`` is that of the precisions, which must be positive definite; the weights add up to 1.
    """
    k, kind = parameters["n_components"], parameters["covariance_type"]
    weights = _shaped(parameters["weights_init"], "weights", (k,))
    if weights is not None:
        single = np.asarray(parameters["weights_init"]).dtype == np.float32
        _refuse_weights(weights, 1e-6 if single else 1e-8)
    means = _shaped(parameters["means_init"], "means", (k, n_features))
    precisions = _shaped(parameters["precisions_init"], f"{kind} precision", shape)
    if precisions is not None:
        _refuse_indefinite(precisions, kind)
    return weights, means, precisions


def features_for(algorithm: str, n_features: int, most: int) -> None:
    """Refuse to sort rows of more than ``most`` features into cells."""
    if algorithm == "cells" and n_features > most:
        raise DataError(
            f"algorithm='cells' takes at most {most} features, got {n_features}: leave it at 'auto'."
        )


def whole_number(value: Any, name: str, otherwise: str = "", least: int = 1) -> None:
    """Refuse what is no whole number, or less than ``least``."""
    sentence = f"{name} must be a whole number of {least} or more{otherwise}, got {value!r}."
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise DataTypeError(sentence)
    if int(value) < least:
        raise DataError(sentence)


def _checkpoint(parameters: Mapping[str, Any]) -> None:
    path = parameters["checkpoint"]
    if path is not None and not (isinstance(path, str | os.PathLike) and os.fspath(path)):
        raise DataTypeError(f"checkpoint must be the path of a file or None, got {path!r}.")
    _not_negative(parameters["checkpoint_every"], "checkpoint_every")


def _not_negative(value: Any, name: str) -> None:
    sentence = f"{name} must be a number of 0 or more, got {value!r}."
    if isinstance(value, bool) or not isinstance(value, Real):
        raise DataTypeError(sentence)
    if not 0 <= float(value) < np.inf:
        raise DataError(sentence)


def _shaped(value: Any, name: str, shape: tuple[int, ...]) -> Array | None:
    if value is None:
        return None
    array = check_array(value, dtype=np.float64, ensure_2d=False, allow_nd=True, copy=True, input_name=name)
    if array.shape != shape:
        raise DataError(f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}")
    return np.asarray(array)


def _refuse_weights(weights: Array, tolerance: float) -> None:
    low, high = weights.min(), weights.max()
    if low < 0 or high > 1:
        raise DataError(
            # the sentence is scikit-learn's, which calls the smaller one the larger
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{low:.5f}, min value {high:.5f}: weights_init goes from {low:g} to {high:g}."
        )
    if abs(1 - weights.sum()) > tolerance:
        raise DataError(
            f"The parameter 'weights' should be normalized, but got sum(weights) = {weights.sum():.5f}: "
            "divide weights_init by its sum."
        )


def _refuse_indefinite(precisions: Array, kind: str) -> None:
    if kind in ("diag", "spherical"):
        if (precisions <= 0).any():
            raise DataError(f"'{kind} precision' should be positive")
        return
    transposed = precisions.swapaxes(-1, -2)
    if not (np.allclose(precisions, transposed) and (np.linalg.eigvalsh(precisions) > 0).all()):
        raise DataError(f"'{kind} precision' should be symmetric, positive-definite")


def _choice(value: Any, name: str, choices: Sequence[Any], otherwise: str = "") -> None:
    if not any(value is choice or (isinstance(choice, str) and value == choice) for choice in choices):
        raise DataError(f"{name} must be one of {', '.join(map(repr, choices))}{otherwise}, got {value!r}.")
