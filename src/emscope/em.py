"""The loop: initialization, then expectation and maximization in turn, until a rule says stop.

It runs any model that has an expectation step, a maximization step and an objective, on any engine,
and yields a :class:`~emscope.trace.Step` after every half-step.

Source: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
J. Royal Stat. Soc. B 39 (1977), 1-38.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import numpy as np

from emscope.engines.threads import Threads
from emscope.models.relocation import Relocation
from emscope.models.statistics import Array, Rows
from emscope.trace import Event, Step

# A closed form that ends below this fraction of what it started from has lost too many digits.
_CANCELS = 1e-3


class Model(Protocol):
    """What the loop asks of a model; a module such as ``models.kmeans`` is one.

    Two more functions are used where a model has them: ``held(block, parameters, labels)`` sums up
    the rows with the owners as they are, and ``repair(statistics, parameters, fold)`` gives empty
    clusters something to own.
    """

    @property
    def name(self) -> str:
        """What traces call the model."""

    @property
    def expectation(self) -> Callable[[Rows, Any, Array, Any], Any]:
        """``expectation(block, parameters, labels, workspace=None) -> Statistics``, writing the labels."""

    @property
    def maximization(self) -> Callable[[Any, Any], Any]:
        """``maximization(statistics, parameters) -> parameters``."""

    @property
    def objective(self) -> Callable[[Any, Any], float]:
        """``objective(statistics, parameters) -> float``, what EM lowers."""


Stopping = Callable[[Step], Event | None]
"""A rule asked after every half-step; an event from it ends the run with the next expectation step, or
at once when it is asked about one."""


def labels_or_shift(tol: float) -> Stopping:
    """Stop when no label changes, or when the centers hardly move.

    Parameters
    ----------
    tol : float
        The largest sum of squared shifts that counts as standing still.

    Returns
    -------
    callable
    """

    def rule(step: Step) -> Event | None:
        if step.phase == "expectation" and step.moved == 0:
            return Event("converged", None, "no point changed cluster, so the run has converged")
        if step.phase == "maximization" and step.shift is not None:
            total = float((step.shift**2).sum())
            if total <= tol:
                message = f"the centers moved by {np.sqrt(total):.3g} in all, within the tolerance"
                return Event("converged", None, message)
        return None

    return rule


def steps(
    model: Model,
    parameters: Any,
    engine: Threads,
    *,
    stopping: Stopping,
    max_iter: int,
    sample: Array | None = None,
) -> Iterator[Step]:
    """Run EM and yield every half-step; the last one is an expectation step.

    Parameters
    ----------
    model : Model
        The two half-steps and the objective.
    parameters : NamedTuple
        Where the run begins.
    engine : Threads
        Runs the model over the data and holds the labels.
    stopping : callable(step) -> Event or None
        The stopping rule.
    max_iter : int
        The largest number of maximization steps.
    sample : ndarray of int, optional
        Rows whose labels every step is to carry.

    Yields
    ------
    Step
    """

    def drawn() -> Array | None:
        return None if sample is None else engine.labels[sample]

    arrays = _read_only(parameters)
    yield Step("initialization", 0, arrays)
    stopped = False
    for iteration in range(max_iter + 1):
        clock = perf_counter()
        statistics, moved = engine.expectation(model.expectation, parameters)
        objective = model.objective(statistics, parameters)
        step = Step(
            "expectation",
            iteration,
            arrays,
            objective=objective,
            counts=statistics.counts,
            labels=drawn(),
            moved=None if iteration == 0 else moved,
            seconds=perf_counter() - clock,
        )
        event = None if stopped else stopping(step)
        if stopped or event or iteration == max_iter:
            yield _final(step, event, stopped, max_iter)
            return
        yield step

        clock = perf_counter()
        m = _maximize(model, engine, statistics, parameters, objective)
        arrays = _read_only(m.parameters)
        step = Step(
            "maximization",
            iteration,
            arrays,
            objective=m.objective,
            counts=m.statistics.counts,
            labels=step.labels,
            shift=_shift(parameters, m.parameters),
            events=m.events,
            seconds=perf_counter() - clock,
        )
        parameters = m.parameters
        if event := stopping(step):
            stopped = True
            step = dataclasses.replace(step, events=(*step.events, event))
        yield step


def n_iterations(steps: Sequence[Step], max_iter: int) -> int:
    """Count iterations as scikit-learn's ``n_iter_`` does.

    An iteration that changed no label counts, although it needs no M-step of its own; the expectation
    step that closes a run after ``tol`` or ``max_iter`` does not.

    Parameters
    ----------
    steps : sequence of Step
        The half-steps of one run.
    max_iter : int
        The largest number it may be.

    Returns
    -------
    int
    """
    maximizations = sum(step.phase == "maximization" for step in steps)
    unchanged = any(event.kind == "converged" for event in steps[-1].events)
    return min(maximizations + (unchanged and steps[-1].phase == "expectation"), max_iter)


class _Maximized(NamedTuple):
    parameters: Any
    statistics: Any
    objective: float
    events: tuple[Event, ...]


def _maximize(model: Model, engine: Threads, statistics: Any, parameters: Any, before: float) -> _Maximized:
    """Take the M-step, with empty clusters repaired and digits that cancel computed again."""
    relocations: tuple[Relocation, ...] = ()
    events: tuple[Event, ...] = ()
    repair = getattr(model, "repair", None)
    if repair is not None and not statistics.weights.all():
        empty = np.flatnonzero(statistics.weights == 0)
        statistics, relocations = repair(statistics, parameters, engine.fold)
        events = _relocation_events(empty, relocations)
    after = model.maximization(statistics, parameters)
    objective = model.objective(statistics, after)
    held = getattr(model, "held", None)
    if held is not None and objective < _CANCELS * before:
        owners = engine.labels
        if relocations:
            owners = owners.copy()
            owners[[r.row for r in relocations]] = [r.cluster for r in relocations]
        about_new = engine.fold(lambda block, labels: held(block, after, labels), owners)
        after = model.maximization(about_new, after)
        objective = model.objective(about_new, after)
    return _Maximized(after, statistics, objective, events)


def _read_only(parameters: Any) -> dict[str, Array]:
    """Return views that the receiver of a step cannot change the run through."""
    views = {name: np.asarray(array).view() for name, array in parameters._asdict().items()}
    for view in views.values():
        view.flags.writeable = False
    return views


def _final(step: Step, event: Event | None, stopped: bool, max_iter: int) -> Step:
    """Add to the last expectation step why it is the last."""
    events = [event] if event else []
    if not (event or stopped):
        message = f"stopped at max_iter={max_iter} while {step.moved:,} points still changed cluster"
        events.append(Event("max_iter", None, message))
    counts = step.counts
    if counts is not None and not counts.all():
        message = (
            f"only {np.count_nonzero(counts):,} of {len(counts):,} clusters own points: "
            "the data may have fewer distinct points than clusters"
        )
        events.append(Event("fewer_distinct_points", None, message))
    return dataclasses.replace(step, events=(*step.events, *events))


def _relocation_events(empty: Array, relocations: tuple[Relocation, ...]) -> tuple[Event, ...]:
    moved = tuple(
        Event(
            "empty_cluster",
            r.cluster,
            f"cluster {r.cluster} was empty, so its center moved to row {r.row}, which lay {r.distance:.4g} "
            f"from the center of cluster {r.donor}",
        )
        for r in relocations
    )
    left = tuple(
        Event(
            "empty_cluster",
            int(cluster),
            f"cluster {cluster} is empty and no point is left to move its center to",
        )
        for cluster in empty[len(relocations) :]
    )
    return moved + left


def _shift(before: Any, after: Any) -> Array | None:
    """Return how far each center (or mean) moved."""
    for field in ("centers", "means"):
        if hasattr(before, field):
            moved = np.subtract(getattr(after, field), getattr(before, field), dtype=np.float64)
            return np.asarray(np.sqrt((moved * moved).sum(axis=1)))
    return None
