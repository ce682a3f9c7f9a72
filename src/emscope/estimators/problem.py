"""What an estimator is given, checked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from emscope import validation
from emscope.columns import Array
from emscope.data.blocks import ArrayBlocks, Blocks
from emscope.engines.engine import Engine
from emscope.errors import DataError, DataTypeError
from emscope.models.model import Model
from emscope.trace import Trace

CHECKPOINTING = ("checkpoint", "checkpoint_every")
"""Parameters on which no result depends, and no settings of a trace: they would tell where files are."""


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
    random: np.random.RandomState
    """What starts are drawn from."""
    given: Mapping[str, Array]
    """What runs begin with that is not drawn, by the parameters that gave it."""
    parameters_type: Callable[..., Any]
    """Makes the model's parameters of their arrays."""
    n_init: int
    """Number of starts."""
    tol: float
    """What the stopping rule compares with, in the units of the data."""

    @property
    def settings(self) -> dict[str, Any]:
        """Everything needed to repeat the run."""
        kept = {name: value for name, value in self.parameters.items() if name not in CHECKPOINTING}
        return {
            **kept,
            "tolerance": self.tol,
            "dtype": self.blocks.dtype.name,
            "block_size": self.blocks.block_size,
            "weighted": self.blocks.weighted or self.others is not None,
        }


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRows:
    """Rows that a kind of estimator has checked, once for many fits: ``fit`` takes them in place of X."""

    kind: type[BaseEstimator]
    """The estimators that may be given them."""
    rows: Array
    """(n, d): as they were given, those of weight 0 among them."""
    points: Array
    """(n, d): what they are made into before they are fitted."""
    names: tuple[str, ...]
    """The names of the features."""
    named: bool
    """Whether the data has these names, and they are not made up."""
    blocks: ArrayBlocks
    """The points that count."""
    others: ArrayBlocks | None
    """Those of weight 0."""

    def given_to(self, estimator: BaseEstimator, sample_weight: Any) -> CheckedRows:
        """Have an estimator know the features, as it does after it has checked rows itself."""
        if type(estimator) is not self.kind:
            raise DataTypeError(f"these rows were checked for {self.kind.__name__}: check them anew.")
        if sample_weight is not None:
            raise DataError("rows that were checked have their weights with them: leave sample_weight out.")
        estimator.n_features_in_ = self.points.shape[1]
        if self.named:
            estimator.feature_names_in_ = np.array(self.names, dtype=object)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        return self

    def enough_for(self, k: int, of: str = "n_clusters") -> None:
        """Refuse more clusters than rows that count; ``of`` names the parameter."""
        counting = None if self.others is None else np.arange(len(self.rows)) < self.blocks.n_samples
        validation.enough_rows(len(self.rows), k, counting, of)

    def representable(self, centers: Array | None = None) -> None:
        """Refuse magnitudes whose squared distances, among rows and to centers, overflow or vanish."""
        blocks = self.blocks
        validation.representable(blocks.X, centers, blocks.total_weight, blocks.in_data)


def checked_once(
    estimator: Any, X: Any, sample_weight: Any = None, names: tuple[str, ...] | None = None
) -> CheckedRows:
    """Check rows for many fits of a kind of estimator; ``names`` are those of features that have none."""
    checked: CheckedRows = estimator._checked(X, sample_weight)
    checked.representable()
    return checked if names is None or checked.named else replace(checked, names=names)


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


def is_run(start: Any) -> bool:
    """Tell whether a run is to begin where another one ended."""
    return isinstance(start, Trace) or hasattr(start, "cluster_centers_") or hasattr(start, "means_")


def start_of(start: Any, rows: Array, names: tuple[str, ...], points: str = "") -> Any:
    """Return where a run is to begin, and of a trace or a fitted model its last centers or means.

    ``points`` is what the rows are made into before they are fitted, as a card has it.
    """
    if isinstance(start, Trace):
        return _last_centers(start, rows, names, points)
    return getattr(start, "cluster_centers_", getattr(start, "means_", start))


def _last_centers(trace: Trace, rows: Array, names: tuple[str, ...], points: str) -> Array:
    centers = trace.locations(trace.steps[-1])
    if centers is None:
        raise DataError(f"a trace of {trace.card.title} has no centers or means to begin at.")
    if trace.card.points and not points:
        raise DataError(
            f"a trace of {trace.card.title} has no centers to begin at for rows as they are: its points are "
            f"{trace.card.points}."
        )
    if names != trace.feature_names and set(names) == set(trace.feature_names):
        order = [trace.feature_names.index(name) for name in names]
    else:
        order = list(range(centers.shape[1]))
    unit = _unit_of(rows, trace, order)
    return np.asarray((centers if unit is None else centers / unit)[:, order])


def _unit_of(rows: Array, trace: Trace, order: list[int]) -> Array | None:
    """Return what the points of a trace were divided by to become these rows.

    A trace of a standardized fit is in the units of its table; its rows may be given in either units.
    """
    if trace.scale is None:
        return None
    sample = trace.sample_indices
    n, d = trace.n_samples + trace.n_left_out, len(order)
    if len(sample) and rows.shape == (n, d):
        for unit in (None, trace.scale):
            points = trace.points if unit is None else trace.points / unit
            if np.allclose(rows[sample], points[:, order], rtol=1e-6, atol=0):
                return unit
    raise DataError(
        "this trace is of a standardized fit, and as these are not its rows, it is unknown whether they are "
        "standardized: begin at its last centers, trace.locations(trace.steps[-1]), for rows in the units of "
        "its table, or at these divided by trace.scale for standardized ones."
    )


def without_rows(trace: Trace) -> Trace:
    """Return a trace with where it ended, and with no row of the data."""
    last = replace(trace.steps[-1], labels=None, responsibilities=None, events=())
    return replace(
        trace,
        steps=(last,),
        points=trace.points[:0],
        sample_indices=trace.sample_indices[:0],
        restarts=(),
        row_names=None,
        preparation=None,
    )
