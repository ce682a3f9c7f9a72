"""What an estimator is given, checked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from emscope import validation
from emscope.columns import Array
from emscope.data.blocks import ArrayBlocks, Blocks
from emscope.engines.engine import Engine
from emscope.models.model import Model


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What a fit was given, checked."""

    parameters: Mapping[str, Any]
    """The estimator's constructor parameters, as they were when the fit began."""
    blocks: Blocks
    """The rows that count."""
    others: ArrayBlocks | None
    """Those of weight 0, which take no part and get labels in the end."""
    feature_names: tuple[str, ...]
    model: Model[Any, Any]
    """With a kernel that suits the rows."""
    start: Callable[[Engine], Any]
    """Chooses the parameters where a run begins, anew each time."""
    n_init: int
    """Number of starts."""
    tol: float
    """What the stopping rule compares with, in the units of the data."""

    @property
    def settings(self) -> dict[str, Any]:
        """Everything needed to repeat the run."""
        return {
            **self.parameters,
            "tolerance": self.tol,
            "dtype": self.blocks.dtype.name,
            "block_size": self.blocks.block_size,
            "weighted": self.blocks.weighted or self.others is not None,
        }


def parameters_of(estimator: BaseEstimator) -> dict[str, Any]:
    """Return the constructor parameters, as ``get_params(deep=False)`` does, without looking them up anew."""
    return {name: getattr(estimator, name) for name in _parameter_names(estimator.__class__)}


@functools.cache
def _parameter_names(kind: type[BaseEstimator]) -> tuple[str, ...]:
    return tuple(kind._get_param_names())


def rows_to_fit(estimator: BaseEstimator, X: Any) -> tuple[Array, tuple[str, ...]]:
    """Check the rows of a fit; return them and the names of their features, made up where there are none.

    The estimator gets ``n_features_in_`` and, where the features have names, ``feature_names_in_``.
    """
    names = validation.column_names(X)
    rows = validation.matrix(X, feature_names=names)
    if type(X) is np.ndarray and not hasattr(estimator, "feature_names_in_"):
        estimator.n_features_in_ = rows.shape[1]  # no need to search an array for names
    else:
        validate_data(estimator, X, reset=True, skip_check_array=True)
    return rows, names or tuple(f"x{j + 1}" for j in range(rows.shape[1]))


def new_rows(estimator: BaseEstimator, X: Any) -> Array:
    """Check rows that a fitted estimator has not seen."""
    check_is_fitted(estimator)
    names = validation.column_names(X)
    rows = validation.matrix(X, feature_names=names)
    validate_data(estimator, X, reset=False, skip_check_array=True)
    return rows
