"""What can go wrong with a component of a mixture, and how to say it.

A component that shrinks onto few points, onto duplicates or into a flat direction has a likelihood without
bound; ``reg_covar`` keeps it finite, and hides that it happened. A component without points stays where it
is, and two equal components move as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from emscope.errors import DataError
from emscope.kernels.soft.mixture import Components
from emscope.models.covariances import CovarianceType
from emscope.models.mixture_parameters import Parameters
from emscope.models.remarks import Remark
from emscope.models.statistics import Array, MixtureStatistics, Rows

Fold = Callable[[Callable[[Rows, Array], Any]], Any]

# A variance of which more than half is reg_covar is its work.
_REGULARIZED = 2.0
_NAMED = 5  # rows
_LEADING = 0.3  # of the largest coordinate of a direction
# Part of an average row below which a component answers for nothing.
_EMPTY = 1e-8

# Standard deviations, and parts of a mean, by which twins may differ.
_ALIKE, _UNIT = 1e-9, 1e-15

_ILL_DEFINED = (
    "Fitting the mixture model failed because some components have ill-defined empirical covariance (for "
    "instance caused by singleton or collapsed samples). Try to decrease the number of components, increase "
    "reg_covar, or scale the input data."
)


class Mixture(Protocol):
    """What is asked of the model."""

    @property
    def kind(self) -> CovarianceType:
        """What its covariances are like."""

    @property
    def reg_covar(self) -> float:
        """What is added to every variance."""

    @property
    def components(self) -> Callable[[Parameters], Components]:
        """``components(parameters)``, with what whitens."""


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """The rows that a component answers for more than any other does.

    Attributes
    ----------
    count : int
        How many.
    first : ndarray of int
        Numbers of the first few.
    low, high : ndarray of shape (d,)
        Smallest and largest value of every feature.
    """

    count: int
    first: Array
    low: Array
    high: Array

    def merge(self, other: Holding) -> Holding:
        """Return the same for the rows of both.

        Parameters
        ----------
        other : Holding

        Returns
        -------
        Holding
        """
        return Holding(
            self.count + other.count,
            np.sort(np.concatenate([self.first, other.first]))[:_NAMED],
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    def described(self) -> str:
        """Return how many rows there are, and which.

        Returns
        -------
        str
        """
        if self.count == 0:
            return "no point of its own"
        rows = ", ".join(str(row) for row in self.first) + (", ..." if self.count > len(self.first) else "")
        if self.count == 1:
            return f"a single point (row {rows})"
        same = "identical " if (self.low == self.high).all() else ""
        return f"{self.count:,} {same}points (rows {rows})"


def remarks(
    model: Mixture,
    statistics: MixtureStatistics,
    before: Parameters,
    after: Parameters,
    fold: Fold,
    iteration: int,
) -> tuple[Remark, ...]:
    """Tell which components collapsed, emptied or became one with another in an M-step.

    Parameters
    ----------
    model : Mixture
    statistics : MixtureStatistics
        Of the expectation step.
    before, after : Parameters
        Of the maximization step.
    fold : callable
        Folds a function of (block, labels) over the data.
    iteration : int
        Its number; in the first one everything is news.

    Returns
    -------
    tuple of Remark

    Raises
    ------
    DataError
        A component has no density any more.
    """
    k = len(after.means)
    singular = np.zeros(k, bool)
    if not model.kind.surely_regular(after.covariances, model.reg_covar):
        singular = _singular(model, after)
    if singular.any():
        sentence = _collapse(model, int(singular.argmax()), after, fold)
        raise DataError(f"{_ILL_DEFINED} At maximization step {iteration} {sentence}.")
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
        *(Remark("collapsed_component", j, _collapse(model, j, after, fold)) for j in told),
        *(Remark("empty_component", j, _emptied(j)) for j in np.flatnonzero(empty).tolist()),
        *(Remark("duplicate_components", b, _doubled(a, b)) for a, b in sorted(twins)),
    )


def refuse_singular(model: Mixture, parameters: Parameters, fold: Fold) -> None:
    """Refuse a start in which a component has no density.

    Parameters
    ----------
    model : Mixture
    parameters : Parameters
        Of the initialization.
    fold : callable
        Folds a function of (block, labels) over the data, with the components that rows begin with.

    Raises
    ------
    DataError
    """
    singular = _singular(model, parameters)
    if singular.any():
        told = _collapse(model, int(singular.argmax()), parameters, fold)
        raise DataError(f"{_ILL_DEFINED} At the initialization {told}.")


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
    # along a direction in which no two means lie behind each other by chance, twins are neighbours
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


def _collapse(model: Mixture, j: int, parameters: Parameters, fold: Fold) -> str:
    """Say onto what a component has collapsed, or along what it is flat, and what helps."""
    d = parameters.means.shape[1]
    shared, reg_covar = model.kind.shared, model.reg_covar
    held: Holding = fold(lambda block, labels: _holding(block, labels, None if shared else j))
    who = "the covariance that all components share" if shared else f"component {j}"
    kept = f"only reg_covar={reg_covar:g} is left" if reg_covar else "nothing is left"
    raising = "raise reg_covar" if reg_covar else "set reg_covar above 0"
    if held.count <= d or (held.low == held.high).all():
        sharing = "" if shared else "share covariances (covariance_type='tied'), "
        helps = f"ask for fewer components, start elsewhere (random_state, n_init), {sharing}or {raising}"
        return f"{who} has collapsed onto {held.described()}: {kept} of its covariance; {helps}"
    features = _flat_features(model, j, parameters)
    if features is None:
        what = f"small in every direction, with {held.described()}"
        return f"{who} is {what}: {kept} of its covariance; rescale the data, or lower reg_covar"
    if len(features) == 1:
        along, out = f"feature {features[0]}", "leave it out, rescale it"
    else:
        listed = f"{', '.join(map(str, features[:-1]))} and {features[-1]}"
        along, out = f"a combination of the features {listed}", "leave one of them out"
    return f"{who} has become flat along {along} with {held.described()}: {kept} there; {out}, or {raising}"


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


def _holding(block: Rows, labels: Array, j: int | None) -> Holding:
    own = np.flatnonzero((block.weights > 0) if j is None else (labels == j) & (block.weights > 0))
    rows = block.rows[own]
    d = block.rows.shape[1]
    return Holding(
        len(own),
        block.start + own[:_NAMED],
        rows.min(axis=0, initial=np.inf) if len(own) else np.full(d, np.inf),
        rows.max(axis=0, initial=-np.inf) if len(own) else np.full(d, -np.inf),
    )


def _emptied(j: int) -> str:
    return (
        f"component {j} answers for no point any more: its weight is 0, so it stays where it is and cannot "
        "come back; ask for fewer components, or start it elsewhere"
    )


def _doubled(a: int, b: int) -> str:
    return (
        f"components {a} and {b} have the same mean and covariance, and will move as one from now on: start "
        "one of them elsewhere, or ask for fewer components"
    )
