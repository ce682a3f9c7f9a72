"""The half-steps of a run as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emscope.columns import Array
from emscope.events import Event, Terms
from emscope.scene.captions import caption, short_title, title
from emscope.scene.context import Context
from emscope.scene.limits import Limits
from emscope.scene.mixture import full_covariances
from emscope.scene.projection import Projection
from emscope.trace import Phase, Step, Trace
from emscope.wording import counted, one_line

_ARROW = 0.02  # shortest arrow, in the size of the picture
_RESHAPED = 0.03  # least change of a standard deviation that is seen, to the largest of them
_BLENDED = 0.1  # least change of a responsibility that is seen


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
    title, short_title, caption : str
        Heading, a few letters for it as ``"E 1"``, ``"M 1"`` or ``"final"``, and a sentence with the numbers.
    objective : float or None
        Its place on the objective curve.
    centers : ndarray of shape (k, 2)
        After the half-step.
    old_centers : ndarray of shape (k, 2) or None
        Before it (maximization steps).
    arrows : ndarray of bool, shape (k,)
        Centers that moved far enough for an arrow.
    labels : ndarray of shape (m,) or None
        Clusters of the drawn points; None while they have none.
    moved : ndarray of bool, shape (m,)
        Points that changed cluster in this expectation step.
    bordering : ndarray of shape (k, 2) or None
        The centers whose regions explain the labels: the old ones in a maximization step. None where
        regions would not be true, as they never are for a mixture.
    events : tuple of Event
        What else happened.
    ellipses : ndarray of shape (k, 2, 2) or None
        Covariances of a mixture's components in the drawn plane, after the half-step: those of their
        marginals. In a strip only the first entry is not 0.
    old_ellipses : ndarray of shape (k, 2, 2) or None
        Before it (maximization steps).
    weights, old_weights : ndarray of shape (k,) or None
        Of a mixture's components, after and before it.
    responsibilities : ndarray of shape (m, k) or None
        Of the components for the drawn points.
    old_responsibilities : ndarray of shape (m, k) or None
        Those before an expectation step.
    """

    index: int
    phase: Phase
    iteration: int
    final: bool
    title: str
    short_title: str
    caption: str
    objective: float | None
    centers: Array
    old_centers: Array | None
    arrows: Array
    labels: Array | None
    moved: Array
    bordering: Array | None
    events: tuple[Event, ...]
    ellipses: Array | None = None
    old_ellipses: Array | None = None
    weights: Array | None = None
    old_weights: Array | None = None
    responsibilities: Array | None = None
    old_responsibilities: Array | None = None

    def __repr__(self) -> str:
        return f"<Frame {self.index}: {self.title}>"

    @property
    def certainty(self) -> Array | None:
        """Largest responsibility of every drawn point, shape (m,), where there are responsibilities."""
        return None if self.responsibilities is None else np.asarray(self.responsibilities.max(axis=1))

    def on_the_way(self, share: float) -> tuple[Array, Array, Array]:
        """Return a mixture's centers, ellipses and weights between two half-steps, ``share`` of the way.

        They are mixed linearly, so that covariances stay covariances and weights add up to 1.
        """
        if self.ellipses is None:
            raise ValueError("only frames of a mixture have ellipses.")
        k = len(self.centers)
        after = (self.centers, self.ellipses, np.full(k, 1 / k) if self.weights is None else self.weights)
        before = (self.old_centers, self.old_ellipses, self.old_weights)
        centers, ellipses, weights = (
            new if old is None else old + share * (new - old) for old, new in zip(before, after, strict=True)
        )
        return centers, ellipses, weights

    @property
    def reshapes(self) -> bool:
        """Whether a mixture's components change in this half-step so that it can be seen."""
        if self.ellipses is None or self.old_ellipses is None:
            return False
        new, old = (np.sqrt(np.diagonal(e, axis1=1, axis2=2)) for e in (self.ellipses, self.old_ellipses))
        return bool((np.abs(new - old) > _RESHAPED * np.maximum(new, old).max(initial=0.0)).any())

    @property
    def blends(self) -> bool:
        """Whether responsibilities change in this half-step so that it can be seen."""
        new, old = self.responsibilities, self.old_responsibilities
        return new is not None and old is not None and bool((np.abs(new - old) > _BLENDED).any())

    @property
    def progress(self) -> str:
        """How far the run has come: ``"After 2 iterations"``."""
        return f"After {counted(self.iteration, 'iteration')}{', final' if self.final else ''}"


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The objective after every half-step that has one."""

    name: str  # what the objective is called
    indices: Array  # (s,): half-steps of the trace
    iterations: Array  # (s,)
    expectation: Array  # (s,): which are expectation steps
    values: Array  # (s,)
    others: tuple[Array, ...]  # curves of the other starts
    events: tuple[tuple[int, Event], ...]  # everything that happened, with the half-step
    # whether zero and ratios mean something: so for a sum of squares, not for a log-likelihood
    from_zero: bool = True

    def __repr__(self) -> str:
        return f"<Curve of {self.name}, {counted(len(self.values), 'value')}>"


def curve_of(trace: Trace) -> Curve:
    """Return the objective curve of a run."""
    known = [(i, step, step.objective) for i, step in enumerate(trace.steps) if step.objective is not None]
    return Curve(
        one_line(trace.card.objective),
        np.array([i for i, _, _ in known], dtype=int),
        np.array([step.iteration for _, step, _ in known], dtype=int),
        np.array([step.phase == "expectation" for _, step, _ in known], dtype=bool),
        np.array([value for _, _, value in known], dtype=float),
        tuple(np.asarray(restart.objectives, dtype=float) for restart in trace.restarts),
        trace.events,
        trace.card.from_zero,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Clusters:
    """What a half-step leaves in the drawn plane."""

    centers: Array
    ellipses: Array | None
    weights: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class _Assignments:
    """Labels, and responsibilities if there are any, of the drawn points after a half-step."""

    labels: Array | None = None
    responsibilities: Array | None = None


def frames_of(trace: Trace, projection: Projection, limits: Limits, terms: Terms) -> Iterator[Frame]:
    """Yield what there is to draw; half-steps whose parameters or labels are not known are left out."""
    before = _Assignments()  # of the last expectation step
    known: _Clusters | None = None  # after the step before
    previous: float | None = None
    for index, step in enumerate(trace.steps):
        here = _clusters(step, trace, projection)
        assignments = _Assignments(step.labels, step.responsibilities)
        if step.phase == "maximization" and assignments.labels is None:
            assignments = before
        if here is not None and (assignments.labels is not None or step.phase == "initialization"):
            context = Context(trace, len(here.centers), previous, _is_final(trace, index), terms)
            yield _frame(index, context, (known, here), (before, assignments), projection.kind, limits)
        known = here
        before = assignments if step.phase == "expectation" else before
        previous = previous if step.objective is None else step.objective


def _clusters(step: Step, trace: Trace, projection: Projection) -> _Clusters | None:
    centers = trace.locations(step)
    if centers is None:
        return None
    full = full_covariances(step, trace)
    ellipses = None if full is None else projection.marginals(full)
    return _Clusters(projection(centers), ellipses, None if full is None else step.weights)


def _frame(
    index: int,
    context: Context,
    clusters: tuple[_Clusters | None, _Clusters],
    assignments: tuple[_Assignments, _Assignments],
    kind: str,
    limits: Limits,
) -> Frame:
    """Compare a half-step with what was before it."""
    step = context.trace.steps[index]
    (known, here), (before, after) = clusters, assignments
    old = known if step.phase == "maximization" else None
    size = np.array([np.diff(limits.xlim)[0], np.diff(limits.ylim)[0]])
    way = np.zeros(len(here.centers))
    if old is not None:
        way = np.linalg.norm((here.centers - old.centers) / size, axis=1)
    expected = step.phase == "expectation"
    moved = np.zeros(len(context.trace.points), dtype=bool)
    if expected and before.labels is not None and after.labels is not None:
        moved = before.labels != after.labels
    bordering = here if step.phase != "maximization" else old
    has_borders = kind != "projection" and after.labels is not None and context.card.owners == "nearest"
    return Frame(
        index=index,
        phase=step.phase,
        iteration=step.iteration,
        final=context.final,
        title=title(step, context.phrases, final=context.final),
        short_title=short_title(step, context.phrases, final=context.final),
        caption=caption(step, context),
        objective=step.objective,
        centers=here.centers,
        old_centers=None if old is None else old.centers,
        arrows=way > _ARROW,
        labels=after.labels,
        moved=moved,
        bordering=bordering.centers if has_borders and bordering is not None else None,
        events=step.events,
        ellipses=here.ellipses,
        old_ellipses=None if old is None else old.ellipses,
        weights=here.weights,
        old_weights=None if old is None else old.weights,
        responsibilities=after.responsibilities,
        old_responsibilities=before.responsibilities if expected else None,
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
