"""The half-steps of a run as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emscope.scene.captions import Place, caption, objective_name, title
from emscope.scene.limits import Limits
from emscope.scene.projection import Projection
from emscope.trace import Event, Phase, Step, Trace

Array = npt.NDArray[Any]

_ARROW = 0.02  # shortest arrow, in the size of the picture


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One half-step in two dimensions.

    Attributes
    ----------
    index : int
        Which half-step of the trace this is.
    phase : {"initialization", "expectation", "maximization"}
    iteration : int
    final : bool
        Whether this is the final clustering.
    title, caption : str
        Heading, and a sentence with the numbers.
    objective : float or None
        Its place on the objective curve.
    centers : ndarray of shape (k, 2)
        After the half-step.
    old_centers : ndarray of shape (k, 2) or None
        Before it (maximization steps).
    arrows : ndarray of bool, shape (k,)
        Centers that moved far enough for an arrow.
    labels : ndarray of shape (m,) or None
        Owners of the drawn points; None while they have none.
    moved : ndarray of bool, shape (m,)
        Points that changed cluster in this expectation step.
    bordering : ndarray of shape (k, 2) or None
        The centers whose regions explain the labels: the old ones in a maximization step. None where
        regions would not be true.
    events : tuple of Event
        What else happened.
    """

    index: int
    phase: Phase
    iteration: int
    final: bool
    title: str
    caption: str
    objective: float | None
    centers: Array
    old_centers: Array | None
    arrows: Array
    labels: Array | None
    moved: Array
    bordering: Array | None
    events: tuple[Event, ...]

    @property
    def short_title(self) -> str:
        """A few letters for it: ``"E 1"``, ``"M 1"``, ``"final"``."""
        if self.final:
            return "final"
        return "start" if self.phase == "initialization" else f"{self.phase[0].upper()} {self.iteration}"


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The objective after every half-step that has one.

    Attributes
    ----------
    name : str
        What the objective is called.
    indices : ndarray of shape (s,)
        Half-steps of the trace.
    iterations : ndarray of shape (s,)
    expectation : ndarray of bool, shape (s,)
        Which are expectation steps.
    values : ndarray of shape (s,)
    others : tuple of ndarray
        Curves of the other starts.
    events : tuple of (int, Event)
        Everything that happened, with the half-step.
    """

    name: str
    indices: Array
    iterations: Array
    expectation: Array
    values: Array
    others: tuple[Array, ...]
    events: tuple[tuple[int, Event], ...]


def centers_of(step: Step) -> Array | None:
    """Return what stands for the clusters: centers, or means of a mixture.

    Parameters
    ----------
    step : Step

    Returns
    -------
    ndarray of shape (k, d) or None
    """
    return step.centers if step.centers is not None else step.means


def curve_of(trace: Trace) -> Curve:
    """Return the objective curve of a run.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    Curve
    """
    known = [(i, step, step.objective) for i, step in enumerate(trace.steps) if step.objective is not None]
    return Curve(
        objective_name(trace.model),
        np.array([i for i, _, _ in known], dtype=int),
        np.array([step.iteration for _, step, _ in known], dtype=int),
        np.array([step.phase == "expectation" for _, step, _ in known], dtype=bool),
        np.array([value for _, _, value in known], dtype=float),
        tuple(np.asarray(restart.objectives, dtype=float) for restart in trace.restarts),
        trace.events,
    )


def frames_of(trace: Trace, projection: Projection, limits: Limits) -> Iterator[Frame]:
    """Yield what there is to draw; half-steps whose parameters or owners are not known are left out.

    Parameters
    ----------
    trace : Trace
    projection : Projection
    limits : Limits

    Yields
    ------
    Frame
    """
    nothing = np.zeros(len(trace.points), dtype=bool)
    owners: Array | None = None  # after the last expectation step
    known: Array | None = None  # centers after the step before
    previous: float | None = None
    for index, step in enumerate(trace.steps):
        centers = centers_of(step)
        here = None if centers is None else projection(centers)
        labels = owners if step.labels is None and step.phase == "maximization" else step.labels
        moved = nothing
        if step.phase == "expectation":
            if owners is not None and labels is not None:
                moved = owners != labels
            owners = labels
        if here is not None and (labels is not None or step.phase == "initialization"):
            old = known if step.phase == "maximization" else None
            place = Place(trace, len(here), previous, _is_final(trace, index))
            yield _frame(index, step, place, here, old, labels, moved, projection.kind, limits)
        known = here
        previous = previous if step.objective is None else step.objective


def _frame(
    index: int,
    step: Step,
    place: Place,
    centers: Array,
    old: Array | None,
    labels: Array | None,
    moved: Array,
    kind: str,
    limits: Limits,
) -> Frame:
    size = np.array([np.diff(limits.xlim)[0], np.diff(limits.ylim)[0]])
    way = np.zeros(len(centers)) if old is None else np.linalg.norm((centers - old) / size, axis=1)
    bordering = old if step.phase == "maximization" else centers
    return Frame(
        index=index,
        phase=step.phase,
        iteration=step.iteration,
        final=place.final,
        title=title(step, place.final),
        caption=caption(step, place),
        objective=step.objective,
        centers=centers,
        old_centers=old,
        arrows=way > _ARROW,
        labels=labels,
        moved=moved,
        bordering=None if kind == "projection" or labels is None else bordering,
        events=step.events,
    )


def _is_final(trace: Trace, index: int) -> bool:
    """Whether the run ended here by itself: not interrupted, and not left early."""
    step = trace.steps[index]
    if index < len(trace.steps) - 1 or step.phase != "expectation":
        return False
    kinds = {event.kind for _, event in trace.events}
    if "interrupted" in kinds:
        return False
    limit = trace.settings.get("max_iter")
    at_limit = isinstance(limit, int) and step.iteration >= limit
    return trace.converged or "max_iter" in kinds or at_limit
