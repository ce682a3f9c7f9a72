"""One half-step of a run, and another start of it, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from emscope.columns import Array
from emscope.events import Event

Phase = Literal["initialization", "expectation", "maximization"]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One half-step of EM and what is known once it is done.

    Attributes
    ----------
    phase : {"initialization", "expectation", "maximization"}
        Which half of the alternation this is.
    iteration : int
        Counted from 0.
    parameters : mapping of str to ndarray
        The parameters in force after the half-step: ``"centers"`` of shape (k, d), or ``"means"``,
        ``"covariances"`` and ``"weights"`` of a mixture; empty where a long run was thinned.
    objective : float or None
        What EM lowers, as ``trace.card.objective`` calls it: the inertia of k-means, the negative
        log-likelihood per point of a mixture. None on the initialization.
    counts : ndarray of shape (k,) or None
        Number of rows in each cluster; of a mixture, those whose likeliest component it is.
    labels : ndarray of shape (m,) or None
        Cluster, or likeliest component, of each point of the drawn sample.
    responsibilities : ndarray of shape (m, k) or None
        Responsibility of each component for each point of the drawn sample; None for k-means.
    moved : int or None
        How many of all rows changed their label since the last expectation step; None before there was one.
    shift : ndarray of shape (k,) or None
        Distance that each center or mean moved (maximization steps), in the units of the fit.
    events : tuple of Event
        What else happened.
    seconds : float
        Wall-clock time of the half-step.
    """

    phase: Phase
    iteration: int
    parameters: Mapping[str, Array] = field(default_factory=dict)
    objective: float | None = None
    counts: Array | None = None
    labels: Array | None = None
    responsibilities: Array | None = None
    moved: int | None = None
    shift: Array | None = None
    events: tuple[Event, ...] = ()
    seconds: float = 0.0

    def __repr__(self) -> str:
        objective = "" if self.objective is None else f", objective {self.objective:.6g}"
        moved = "" if self.moved is None else f", {self.moved:,} moved"
        return f"<Step {self.phase} {self.iteration}{objective}{moved}>"

    # Any stands for the None of other models: who asks knows the model, and need not ask that first

    @property
    def centers(self) -> Array | Any:
        """The centers of k-means, shape (k, d); None for other models, and where a long run was thinned."""
        return self.parameters.get("centers")

    @property
    def means(self) -> Array | Any:
        """The means of a mixture, shape (k, d), or None."""
        return self.parameters.get("means")

    @property
    def covariances(self) -> Array | Any:
        """The covariances of a mixture, as ``trace.card.covariances`` lays them out, or None."""
        return self.parameters.get("covariances")

    @property
    def weights(self) -> Array | Any:
        """The weights of a mixture, shape (k,), or None."""
        return self.parameters.get("weights")


@dataclass(frozen=True, slots=True, eq=False)
class Restart:
    """Another start of the same fit that did not win.

    Attributes
    ----------
    start, centers : ndarray of shape (k, d)
        The centers, or means of a mixture, where it began and where it ended.
    objectives : ndarray of shape (s,)
        Its objective after every half-step that has one.
    """

    start: Array
    centers: Array
    objectives: Array

    def __repr__(self) -> str:
        ended = f", objective {self.objectives[-1]:.6g}" if len(self.objectives) else ""
        return f"<Restart{ended} after {len(self.objectives)} half-steps>"
