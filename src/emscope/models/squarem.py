r"""Longer steps than EM's own, from where two steps in a row point.

With :math:`\theta_1, \theta_2` the parameters one and two EM steps after :math:`\theta_0`,
:math:`r = \theta_1 - \theta_0` and :math:`v = (\theta_2 - \theta_1) - r`, the proposal is

.. math:: \theta' = \theta_0 + 2 \alpha r + \alpha^2 v, \qquad \alpha = \|r\| / \|v\| ,

which for :math:`\alpha = 1` is :math:`\theta_2`. It is taken only where it does not raise the objective.

Source: Varadhan and Roland, "Simple and globally convergent methods for accelerating the convergence of any
EM algorithm", Scandinavian J. of Statistics 35 (2008), 335-353, scheme S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.models.covariances import CovarianceType
from emscope.models.mixture_parameters import Parameters

# A step this little longer than EM's own is not worth a trial.
_WORTHWHILE = 1.1
# How far the first proposal may go, and by what that changes when one is refused, or goes as far as it may.
_REACH = 4.0


class Proposal(NamedTuple):
    """Parameters to try, and how much longer the step to them is than EM's own."""

    parameters: Parameters
    factor: float


class Squarem:
    """Proposes a longer step after every second step of one run.

    Variances are to be at least ``reg_covar``, as after an M-step: below it the likelihood has no bound.
    """

    def __init__(self, kind: CovarianceType, reg_covar: float = 0.0) -> None:
        self._kind = kind
        self._reg_covar = reg_covar
        self._reach = _REACH
        self._since: list[Parameters] = []
        self._factor = 0.0

    def propose(self, before: Parameters, after: Parameters) -> Proposal | None:
        """Return what to try instead of where an M-step led; None where there is nothing to try yet."""
        self._since = [*(self._since or [before]), after]
        if len(self._since) < 3:
            return None
        coordinates = _Coordinates(self._kind, self._since[0])
        origin, middle, end = map(coordinates.of, self._since)
        self._since = []
        first, bend = middle - origin, end - 2 * middle + origin
        length = float(np.linalg.norm(bend))
        factor = min(float(np.linalg.norm(first)) / length if length else np.inf, self._reach)
        if factor < _WORTHWHILE:
            return None
        self._factor = factor
        proposed = coordinates.parameters(origin + 2 * factor * first + factor**2 * bend)
        finite = all(np.isfinite(array).all() for array in proposed)
        if not finite or self._kind.singular(proposed.covariances, len(proposed.means)).any():
            self.settle(accepted=False)
            return None
        covariances = self._kind.lifted(proposed.covariances, self._reg_covar)
        return Proposal(proposed._replace(covariances=covariances), factor)

    def settle(self, *, accepted: bool) -> None:
        """Note whether the last proposal was taken."""
        if not accepted:
            self._reach = max(_WORTHWHILE, self._reach / _REACH)
        elif self._factor >= self._reach:
            self._reach *= _REACH

    @property
    def state(self) -> Mapping[str, Any]:
        """What is kept between two M-steps; ``halfway`` after the first of the two that a proposal needs."""
        return {"reach": self._reach, "factor": self._factor, "halfway": bool(self._since)}

    def restore(self, state: Mapping[str, Any], before: Parameters, after: Parameters) -> None:
        """Go on from a state, and from where the last M-step began and led."""
        self._reach, self._factor = float(state["reach"]), float(state["factor"])
        self._since = [before, after] if state["halfway"] else []


class _Coordinates:
    """Mixtures as vectors without bounds: log weights, means and factors of covariances.

    Lengths are taken in the standard deviations of a mixture in the neighborhood, so that the units of the
    features do not matter.
    """

    def __init__(self, kind: CovarianceType, near: Parameters) -> None:
        self._kind = kind
        self._center = near.means
        k, d = near.means.shape
        self._spread = np.sqrt(kind.diagonal(near.covariances, k, d))
        self._matrix_spread = self._spread[0] if kind.shared else self._spread

    def of(self, parameters: Parameters) -> Array:
        means = (parameters.means - self._center) / self._spread
        parts = (np.log(parameters.weights), means, self._of_covariances(parameters.covariances))
        return np.concatenate([part.ravel() for part in parts])

    def parameters(self, vector: Array) -> Parameters:
        k, d = self._center.shape
        logs, means, factors = np.split(vector, [k, k + k * d])
        weights = np.exp(logs - logs.max())
        moved = self._center + means.reshape(k, d) * self._spread
        return Parameters(moved, self._to_covariances(factors), weights / weights.sum())

    def _of_covariances(self, covariances: Array) -> Array:
        """Return the factors, with the logarithms of what has to be positive."""
        if not self._kind.has_matrices:
            return np.log(covariances)
        lower = np.linalg.cholesky(covariances) / self._matrix_spread[..., None]
        rows = np.arange(lower.shape[-1])
        lower[..., rows, rows] = np.log(lower[..., rows, rows])
        return np.asarray(lower)

    def _to_covariances(self, factors: Array) -> Array:
        k, d = self._center.shape
        shaped = factors.reshape(self._kind.shape(k, d))
        with np.errstate(over="ignore"):
            if not self._kind.has_matrices:
                return np.asarray(np.exp(shaped))
            lower = shaped.copy()
            rows = np.arange(d)
            lower[..., rows, rows] = np.exp(lower[..., rows, rows])
        lower *= self._matrix_spread[..., None]
        return np.asarray(lower @ lower.swapaxes(-1, -2))
