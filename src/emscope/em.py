"""The loop: initialization, then expectation and maximization in turn, until a rule says stop.

It runs any model that has an expectation step, a maximization step and an objective, on any engine,
and yields a :class:`~emscope.trace.Step` after every half-step.

Source: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
J. Royal Stat. Soc. B 39 (1977), 1-38.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import numpy as np

from emscope.card import ModelCard
from emscope.engines.threads import Threads
from emscope.models.remarks import Remark
from emscope.models.statistics import Array, Rows
from emscope.trace import Event, Step


class Model(Protocol):
    """What the loop asks of a model; a module such as ``models.kmeans`` is one.

    More functions are used where a model has them. ``shares(rows, parameters)`` gives rows soft owners.
    ``repair(statistics, parameters, fold)`` gives empty clusters something to own before an M-step. Where
    ``cancels(statistics, before, after)`` says that an M-step lost digits, ``held(block, labels, before,
    after)`` sums up the rows about the new parameters, with the owners as they are. ``noticed(statistics,
    before, after, fold, iteration)`` and ``closing(statistics)`` say what an M-step and the end of the run
    are remarkable for.
    """

    @property
    def card(self) -> ModelCard:
        """What traces say about the model."""

    @property
    def expectation(self) -> Callable[[Rows, Any, Array, Any], Any]:
        """``expectation(block, parameters, labels, workspace=None) -> Statistics``, writing the labels."""

    @property
    def maximization(self) -> Callable[[Any, Any], Any]:
        """``maximization(statistics, parameters) -> parameters``."""

    @property
    def objective(self) -> Callable[[Any, Any], float]:
        """``objective(statistics, parameters) -> float``, what EM lowers."""


class Accelerator(Protocol):
    """What proposes longer steps; one for every run."""

    def propose(self, before: Any, after: Any) -> Any:
        """Return what to try instead of the parameters after an M-step, with its ``factor``; or None."""

    def settle(self, *, accepted: bool) -> None:
        """Tell whether the last proposal was taken."""


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


def likelihood_gain(tol: float, reached: float | None = None) -> Stopping:
    """Stop after the iteration whose expectation step changed the objective by less than a tolerance.

    Parameters
    ----------
    tol : float
        The change that is too small to go on for.
    reached : float, optional
        The objective that an earlier run, which this one goes on from, had come to.

    Returns
    -------
    callable
    """
    before = after = reached

    def rule(step: Step) -> Event | None:
        nonlocal before, after
        if step.phase == "expectation":
            before, after = after, step.objective
        if step.phase != "maximization" or before is None or after is None or abs(before - after) >= tol:
            return None
        message = (
            f"the log-likelihood per point changed by {abs(before - after):.3g} in an iteration, "
            f"less than tol={tol:g}"
        )
        return Event("converged", None, message)

    return rule


def steps(
    model: Model,
    parameters: Any,
    engine: Threads,
    *,
    stopping: Stopping,
    max_iter: int,
    sample: Array | None = None,
    accelerator: Accelerator | None = None,
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
    accelerator : Accelerator, optional
        Proposes longer steps, of which those are taken that lower the objective. An M-step that was
        lengthened keeps the objective it had before.

    Yields
    ------
    Step
    """
    drawn = None if sample is None else _Drawn(model, engine, sample)
    arrays: Mapping[str, Array] = _read_only(parameters)
    yield Step("initialization", 0, arrays)
    stopped = False
    ahead: tuple[Any, int] | None = None  # an expectation step that was taken to try its parameters
    for iteration in range(max_iter + 1):
        clock = perf_counter()
        statistics, moved = ahead or engine.expectation(model.expectation, parameters)
        objective = model.objective(statistics, parameters)
        labels, shares = drawn.owners(parameters) if drawn else (None, None)
        step = Step(
            "expectation",
            iteration,
            arrays,
            objective=objective,
            counts=statistics.counts,
            labels=labels,
            responsibilities=shares,
            moved=None if iteration == 0 else moved,
            seconds=perf_counter() - clock,
        )
        event = None if stopped else stopping(step)
        if stopped or event or iteration == max_iter:
            remarks = _asked(model, "closing", statistics)
            yield _final(step, event, stopped, max_iter, remarks)
            return
        yield step

        may_lengthen = accelerator if iteration + 1 < max_iter else None
        step, parameters, ahead = _maximization(model, engine, statistics, parameters, step, may_lengthen)
        arrays = step.parameters
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


class _Drawn:
    """The owners of some rows, which every step is to carry."""

    def __init__(self, model: Model, engine: Threads, sample: Array) -> None:
        self._engine = engine
        self._sample = sample
        self._shares = getattr(model, "shares", None)
        self._points = engine.blocks.take(sample) if self._shares else None

    def owners(self, parameters: Any) -> tuple[Array, Array | None]:
        """Return labels, and responsibilities of a model that has them."""
        labels = self._engine.labels[self._sample]
        if self._shares is None:
            return labels, None
        with self._engine.alone():
            return labels, self._shares(self._points, parameters)[1]


class _Maximized(NamedTuple):
    parameters: Any
    statistics: Any
    objective: float
    events: tuple[Event, ...]


def _maximization(
    model: Model,
    engine: Threads,
    statistics: Any,
    before: Any,
    expected: Step,
    accelerator: Accelerator | None,
) -> tuple[Step, Any, tuple[Any, int] | None]:
    """Take the half-step after ``expected``; return it, its parameters, and the E-step after it if known."""
    clock = perf_counter()
    with engine.alone():
        m = _maximize(model, engine, statistics, before, expected.iteration)
    ahead = None
    if accelerator is not None:
        m, ahead = _lengthened(model, engine, before, m, accelerator)
    step = Step(
        "maximization",
        expected.iteration,
        _read_only(m.parameters),
        objective=m.objective,
        counts=m.statistics.counts,
        labels=expected.labels,
        responsibilities=expected.responsibilities,
        shift=_shift(before, m.parameters),
        events=m.events,
        seconds=perf_counter() - clock,
    )
    return step, m.parameters, ahead


def _maximize(model: Model, engine: Threads, statistics: Any, parameters: Any, iteration: int) -> _Maximized:
    """Take the M-step, with empty clusters repaired and digits that cancel computed again."""
    remarks: tuple[Remark, ...] = ()
    relocations: Sequence[Any] = ()
    if repair := getattr(model, "repair", None):
        statistics, relocations, remarks = repair(statistics, parameters, engine.fold)
    after = model.maximization(statistics, parameters)
    about_new = statistics
    if (cancels := getattr(model, "cancels", None)) and cancels(statistics, parameters, after):
        owners = engine.labels
        if relocations:
            owners = owners.copy()
            owners[[r.row for r in relocations]] = [r.cluster for r in relocations]
        held: Any = partial(model.held, before=parameters, after=after)  # type: ignore[attr-defined]
        about_new = engine.fold(held, owners)
        after = model.maximization(about_new, after)
    remarks += _asked(model, "noticed", statistics, parameters, after, engine.fold, iteration)
    events = tuple(Event(*remark) for remark in remarks)
    return _Maximized(after, statistics, model.objective(about_new, after), events)


def _lengthened(
    model: Model, engine: Threads, before: Any, m: _Maximized, accelerator: Accelerator
) -> tuple[_Maximized, tuple[Any, int] | None]:
    """Try a longer step; return what became of the M-step, and the E-step after it if it is known."""
    proposal = accelerator.propose(before, m.parameters)
    if proposal is None:
        return m, None
    trial = engine.expectation(model.expectation, proposal.parameters)
    value = model.objective(trial[0], proposal.parameters)
    accepted = value <= m.objective
    accelerator.settle(accepted=accepted)
    times = f"an M-step {proposal.factor:.3g} times as long"
    bound = f"the bound of the M-step itself, {m.objective:.6g}"
    if accepted:
        message = f"{times} was taken: the objective comes to {value:.6g}, no higher than {bound}"
        event = Event("extrapolated", None, message)
        return m._replace(parameters=proposal.parameters, events=(*m.events, event)), trial
    engine.take_back()
    message = f"{times} was refused: the objective would come to {value:.6g}, above {bound}"
    return m._replace(events=(*m.events, Event("extrapolation_rejected", None, message))), None


def _asked(model: Model, name: str, *of: Any) -> tuple[Remark, ...]:
    """Return what a model has to say, if it has anything to say."""
    function = getattr(model, name, None)
    return () if function is None else function(*of)


def _read_only(parameters: Any) -> dict[str, Array]:
    """Return views that the receiver of a step cannot change the run through."""
    views = {name: np.asarray(array).view() for name, array in parameters._asdict().items()}
    for view in views.values():
        view.flags.writeable = False
    return views


def _final(step: Step, event: Event | None, stopped: bool, max_iter: int, remarks: Sequence[Remark]) -> Step:
    """Add to the last expectation step why it is the last."""
    events = [event] if event else []
    if not (event or stopped):
        points = "point" if step.moved == 1 else "points"
        while_ = f" while {step.moved:,} {points} still changed cluster" if step.moved else ""
        events.append(Event("max_iter", None, f"stopped at max_iter={max_iter}{while_}"))
    events += [Event(*remark) for remark in remarks]
    return dataclasses.replace(step, events=(*step.events, *events))


def _shift(before: Any, after: Any) -> Array | None:
    """Return how far each center (or mean) moved."""
    for field in ("centers", "means"):
        if hasattr(before, field):
            moved = np.subtract(getattr(after, field), getattr(before, field), dtype=np.float64)
            return np.asarray(np.sqrt((moved * moved).sum(axis=1)))
    return None
