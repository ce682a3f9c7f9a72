"""What can go wrong with a component of a mixture.

A component that shrinks onto few points, onto duplicates or into a flat direction has a likelihood without
bound; ``reg_covar`` keeps it finite, and hides that it happened. A component without points stays where it
is, and two equal components move as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from emscope import doubt
from emscope.columns import Array
from emscope.events import CollapseError, Event
from emscope.kernels.soft.mixture import Components
from emscope.models.covariances import CovarianceType
from emscope.models.mixture_parameters import Parameters
from emscope.models.model import Fold
from emscope.models.statistics import MixtureStatistics, Rows

# A variance of which more than half is reg_covar is its work.
_REGULARIZED = 2.0
_NAMED = 5  # rows
_LEADING = 0.3  # of the largest coordinate of a direction
# Effective number of rows below which a component counts as empty.
_EMPTY = 1e-8

# Standard deviations, and parts of a mean, by which twins may differ.
_ALIKE, _UNIT = 1e-9, 1e-15


class Mixture(Protocol):
    """The part of a mixture model that is used here."""

    @property
    def kind(self) -> CovarianceType:
        """Its kind of covariances."""

    @property
    def reg_covar(self) -> float:
        """What is added to every variance."""

    @property
    def components(self) -> Callable[[Parameters], Components]:
        """``components(parameters)``, with their precision Cholesky factors."""


@dataclass(frozen=True, slots=True, eq=False)
class AssignedRows:
    """The rows whose likeliest component is a certain one."""

    count: int
    first: Array  # numbers of the first few
    low: Array  # smallest value of every feature
    high: Array  # and largest

    def merge(self, other: AssignedRows) -> AssignedRows:
        """Return the same for the rows of both."""
        return AssignedRows(
            self.count + other.count,
            np.sort(np.concatenate([self.first, other.first]))[:_NAMED],
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    @property
    def identical(self) -> bool:
        """Whether all of them are equal."""
        return bool((self.low == self.high).all())


def events(
    model: Mixture,
    statistics: MixtureStatistics,
    before: Parameters,
    after: Parameters,
    fold: Fold,
    iteration: int,
) -> tuple[Event, ...]:
    """Tell which components collapsed, became empty or equal in an M-step; refuse one without a density."""
    k = len(after.means)
    singular = np.zeros(k, bool)
    if not model.kind.surely_regular(after.covariances, model.reg_covar):
        singular = _singular(model, after)
    if singular.any():
        raise CollapseError(_collapse(model, int(singular.argmax()), after, fold, iteration=iteration))
    empty = _empty(after.weights, statistics)
    collapsed = _collapsed(model, after) & ~empty
    twins = _twins(model, after)
    if iteration:  # what was so before is not news; mostly there is nothing to compare
        if collapsed.any():
            collapsed &= ~_collapsed(model, before)
        if empty.any():
            empty &= ~_empty(before.weights, statistics)
        if twins:
            twins -= _twins(model, before)
    told = np.flatnonzero(collapsed).tolist()
    if model.kind.shared:
        told = told[:1]
    return (
        *(_collapse(model, j, after, fold) for j in told),
        *(Event("empty_component", j) for j in np.flatnonzero(empty).tolist()),
        *(Event("duplicate_components", b, values={"other": a}) for a, b in sorted(twins)),
    )


def doubts(model: Mixture, statistics: MixtureStatistics, parameters: Parameters) -> Iterator[Event]:
    """Doubt the components that are none at the end of a run."""
    shared = model.kind.shared
    empty = _empty(parameters.weights, statistics)
    collapsed = np.flatnonzero(_collapsed(model, parameters) & ~empty)
    twins = sorted(set().union(*_twins(model, parameters)))
    return doubt.about_components(
        collapsed.tolist(),
        np.flatnonzero(empty).tolist(),
        twins,
        shared=shared,
    )


def refuse_singular(model: Mixture, parameters: Parameters, fold: Fold) -> None:
    """Refuse a start in which a component has no density."""
    singular = _singular(model, parameters)
    if singular.any():
        raise CollapseError(_collapse(model, int(singular.argmax()), parameters, fold))


def _singular(model: Mixture, parameters: Parameters) -> Array:
    """Tell which components have no density, or one that is nothing but rounding."""
    means, covariances, _ = parameters
    singular = model.kind.singular(covariances, len(means))
    if model.reg_covar:
        return singular
    return singular | (model.kind.diagonal(covariances, *means.shape) <= _rounding_of(means)).any(axis=1)


def _rounding_of(means: Array) -> Array:
    """Return the variance that rounding leaves of rows that are all alike."""
    return np.asarray((4 * np.finfo(float).eps * means) ** 2)


def _collapsed(model: Mixture, parameters: Parameters) -> Array:
    """Tell which components are flat but for ``reg_covar``."""
    k = len(parameters.means)
    limit = _REGULARIZED * model.reg_covar
    factors = model.components(parameters).factors
    flat = model.kind.flat(parameters.covariances, factors, k)
    # 1 / trace of the precision is at most the smallest variance, and comes for nothing
    squares = factors**2
    traces = squares.sum() if model.kind.shared else squares.reshape(k, -1).sum(axis=1)
    if (1 / traces > limit).all():
        return flat
    return flat | (model.kind.smallest_variances(parameters.covariances, k) <= limit)


def _empty(weights: Array, statistics: MixtureStatistics) -> Array:
    total_rows = statistics.counts.sum()
    return np.asarray(weights * total_rows <= _EMPTY)


def _twins(model: Mixture, parameters: Parameters) -> set[tuple[int, int]]:
    """Return pairs of components whose mean and covariance differ by no more than rounding."""
    means, covariances, _ = parameters
    k, d = means.shape
    spread = np.sqrt(model.kind.diagonal(covariances, k, d))
    close = _ALIKE * spread + _UNIT * np.abs(means)
    # along a direction in which no two means lie behind each other by chance, twins are neighbors
    direction = np.cos(np.arange(1, d + 1)) / spread.max(axis=0)
    place = (means - means[0]) @ direction
    order = np.argsort(place, kind="stable")
    if (np.diff(place[order]) > 2 * (close @ np.abs(direction)).max()).all():
        return set()
    one, other = np.sort([order[:-1], order[1:]], axis=0)
    alike = (np.abs(means[one] - means[other]) <= close[one]).all(axis=1)
    if not model.kind.shared and alike.any():
        own = covariances.reshape(k, -1)
        apart = np.abs(own[one] - own[other]).max(axis=1)
        alike &= apart <= _ALIKE * np.abs(own[one]).max(axis=1)
    return {(int(a), int(b)) for a, b in zip(one[alike], other[alike], strict=True)}


def _collapse(model: Mixture, j: int, parameters: Parameters, fold: Fold, **values: Any) -> Event:
    """Find onto which rows a component has collapsed, or along which features it is flat."""
    d = parameters.means.shape[1]
    shared = model.kind.shared
    assigned: AssignedRows = fold(partial(_assigned_rows, j=None if shared else j))
    features: list[int] | None = []
    case = "points"
    if assigned.count > d and not assigned.identical:
        features = _flat_features(model, j, parameters)
        case = "small" if features is None else "flat"
    values |= {
        "case": case,
        "count": assigned.count,
        "identical": assigned.identical,
        "shared": shared,
        "reg_covar": float(model.reg_covar),
    }
    return Event("collapsed_component", j, tuple(assigned.first.tolist()), tuple(features or ()), values)


def _flat_features(model: Mixture, j: int, parameters: Parameters) -> list[int] | None:
    """Return the features along which a component is flattest; None if ``reg_covar`` is all it has."""
    kind = model.kind
    d = parameters.means.shape[1]
    matrix = kind.as_matrices(parameters.covariances, len(parameters.means), d)[j]
    variances = np.diagonal(matrix)
    limit = _REGULARIZED * model.reg_covar or _rounding_of(parameters.means[j])
    if model.reg_covar and (variances <= limit).all():
        return None
    if (variances <= limit).any() or not kind.has_matrices:
        return [int(variances.argmin())]
    scale = np.sqrt(np.where(variances > 0, variances, 1.0))
    direction = np.abs(np.linalg.eigh(matrix / np.outer(scale, scale))[1][:, 0])
    return list(np.flatnonzero(direction >= _LEADING * direction.max()).tolist())


def _assigned_rows(block: Rows, labels: Array, j: int | None) -> AssignedRows:
    own = np.flatnonzero((block.weights > 0) if j is None else (labels == j) & (block.weights > 0))
    rows = block.rows[own]
    d = block.rows.shape[1]
    return AssignedRows(
        len(own),
        block.numbers(own[:_NAMED]),
        rows.min(axis=0, initial=np.inf) if len(own) else np.full(d, np.inf),
        rows.max(axis=0, initial=-np.inf) if len(own) else np.full(d, -np.inf),
    )
