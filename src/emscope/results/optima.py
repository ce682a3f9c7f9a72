"""Where many starts of one fit end, and how good the ends are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.ends import NEAR, matching
from emscope.results.result import Result
from emscope.wording import counted, number

_CHANCE = 0.05  # with which an end that starts reach as often as is said would have been missed
_NEARLY = 1e-3  # part of the best by which an end is hardly worse; log-likelihood per row of a mixture
_ROUNDING = 1e-9  # relative: what objectives of the same clustering may differ by


@dataclass(frozen=True, slots=True, eq=False)
class Optima(Result):
    """The distinct ends of many starts, best first, as :func:`emscope.study.optima` finds them.

    Attributes
    ----------
    objectives : ndarray of shape (e,)
        What each end has lowered: inertia, sum of cosine distances, or negative log-likelihood per row.
    frequencies : ndarray of shape (e,)
        How many starts reached it.
    centers : ndarray of shape (e, k, d)
        Its centers, or the means of a mixture, numbered like those of the best end.
    labels : ndarray of shape (e, n), int32
        The label of every row, numbered so, too; of very many rows those of the best ends alone, as many as
        take 256 MB.
    known : float or None
        The objective of the best clustering of all, where it is computed: of k-means of one feature.
    runs : ndarray of shape (s,)
        The end that each start reached.
    starts : ndarray of shape (e, k, d), or (e,)
        The centers where the first start that reached it began; of a mixture its ``random_state``.
    unit : ndarray of shape (d,)
        The standard deviation of every feature.
    objective_name : str
        What is lowered, in words.
    from_zero : bool
        Whether it counts from 0, so that parts of it mean something.
    model : str
        Which model was fitted, by the name that it is asked for.
    parameters : mapping of str to object
        The parameters of its fits.
    interrupted : bool
        Whether Ctrl-C ended the study early.
    """

    objectives: Array
    frequencies: Array
    centers: Array
    labels: Array
    known: float | None
    runs: Array
    starts: Array
    unit: Array
    objective_name: str
    from_zero: bool
    model: str
    parameters: Mapping[str, Any]
    interrupted: bool = False

    @property
    def at_optimum(self) -> bool | None:
        """Whether the best end is the best clustering of all; None where that is not known."""
        if self.known is None:
            return None
        return bool(self.objectives[0] <= self.known + _ROUNDING * max(abs(self.known), self._scale))

    @property
    def excess(self) -> Array:
        """How much worse each end is than the best clustering known, (e,): as a part of it.

        Of a mixture, whose objective does not count from 0, it is the difference.
        """
        best = self.objectives[0] if self.known is None else min(self.known, self.objectives[0])
        if not self.from_zero:
            return np.asarray(self.objectives - best)
        none = np.where(self.objectives > best, np.inf, 0.0)
        return np.asarray(np.divide(self.objectives - best, best, out=none, where=best != 0))

    def standing(self, model: Any) -> int | None:
        """Tell which end a fit has come to.

        Parameters
        ----------
        model : KMeans, SphericalKMeans or GaussianMixture
            A fit of the same rows.

        Returns
        -------
        int or None
            The number of the end, 0 for the best, all of whose centers are within a twentieth of a standard
            deviation of those of the fit; None if there is none.
        """
        centers = getattr(model, "cluster_centers_", getattr(model, "means_", None))
        if centers is None or np.shape(centers) != self.centers.shape[1:]:
            return None
        scale = np.where(self.unit > 0, self.unit, 1.0) * np.sqrt(len(self.unit))
        own, ends = np.asarray(centers, np.float64) / scale, self.centers / scale
        farthest = [np.sqrt(((end[matching(own, end)] - own) ** 2).sum(axis=1)).max() for end in ends]
        nearest = int(np.argmin(farthest))
        return nearest if farthest[nearest] <= NEAR else None

    def weights_of(self, i: int, n: int) -> None:
        """Return None: starts are run on all rows, by the weights of these."""

    @property
    def sentence(self) -> str:
        """How many ends there are, how much they differ, and what may have been missed."""
        return f"{self._found()} {self._doubt()}"

    def _found(self) -> str:
        starts = counted(int(self.frequencies.sum()), "start")
        best = f"{self.objective_name} {number(float(self.objectives[0]))}"
        early = " before the study was interrupted" if self.interrupted else ""
        if len(self.objectives) == 1:
            every = "The only start" if len(self.runs) == 1 else f"All {starts}"
            return f"{every}{early} came to the same end ({best})."
        near = int(self.frequencies[1:][self.excess[1:] <= _NEARLY].sum())
        less = f"{100 * _NEARLY:g} % worse" if self.from_zero else f"{_NEARLY:g} worse"
        nearly = f" and {near:,} to ends at most {less}" if near else ""
        ends = (
            f"{len(self.objectives):,} different ends, {self.frequencies[0]:,} of them to the best ({best})"
        )
        return f"{starts}{early} came to {ends}{nearly}; {self._others()}."

    def _others(self) -> str:
        """Tell how much worse the other ends are."""
        if len(self.objectives) == 2:
            return f"the other is {self._worse(1)}"
        told = f"the worst is {self._worse(-1)}"
        further = np.flatnonzero(self.excess > _NEARLY)
        if len(further) and further[0] < len(self.objectives) - 1:
            told = f"the next is {self._worse(int(further[0]))}, the worst {self._worse(-1)}"
        return told

    def _doubt(self) -> str:
        if self.at_optimum:
            return "No clustering of this feature is better: the best of all was computed."
        if self.at_optimum is False:
            assert self.known is not None
            return (
                f"No start reached the best clustering of this feature, which was computed: "
                f"{self.objective_name} {number(self.known)}."
            )
        share = 1 - _CHANCE ** (1 / len(self.runs))
        if share > 0.5:
            return "So few starts say little about others."
        return (
            "A better end may exist: one that such starts reach less often than about once in "
            f"{max(1, int(1 / share)):,} may have been missed."
        )

    def _worse(self, end: int) -> str:
        excess = float(self.excess[end])
        if not self.from_zero:
            return f"{excess:.2g} worse"
        if excess >= 9.995:
            return "many times as much" if np.isinf(excess) else f"{1 + excess:,.0f} times as much"
        return f"{100 * excess:.0f} % worse" if excess >= 0.0995 else f"{100 * excess:.2g} % worse"

    def _columns(self) -> Mapping[str, Any]:
        """One line for every end."""
        return {
            "end": np.arange(len(self.objectives)),
            self.objective_name: self.objectives,
            "worse by": self.excess,
            "starts": self.frequencies,
            "share": self.frequencies / self.frequencies.sum(),
        }

    @property
    def _scale(self) -> float:
        return float(np.abs(self.objectives).max())
