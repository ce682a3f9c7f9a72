"""The loop: initialization, then expectation and maximization in turn, until a rule says stop.

It runs any model on any engine and yields a :class:`~emscope.trace.Step` after every half-step.

Source: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
J. Royal Stat. Soc. B 39 (1977), 1-38.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import numpy as np

from emscope import doubt
from emscope.columns import Array
from emscope.engines.engine import Engine, Moved
from emscope.events import Event
from emscope.models.model import Model
from emscope.stopping import Stopping
from emscope.trace import Step


def steps(
    model: Model[Any, Any],
    parameters: Any,
    engine: Engine,
    *,
    stopping: Stopping,
    max_iter: int,
    sample: Array | None = None,
    accelerator: Accelerator | None = None,
    past: Sequence[Step] = (),
) -> Iterator[Step]:
    """Run EM from given parameters and yield every half-step; the last one is an expectation step.

    Every step carries the labels of the rows of ``sample``. At most ``max_iter`` maximization steps are
    taken. Of the longer steps that an accelerator proposes those are taken that lower the objective; a
    maximization step that was lengthened keeps the objective it had before. After a ``past``, half-steps of
    which the last led to the parameters, all is as if the run had never been interrupted, but for an
    initialization with the number of the next iteration; the engine has to have the labels of then.
    """
    drawn = _Drawn(model, engine, sample)
    arrays = past[-1].parameters if past else _read_only(parameters)
    first, stopped, objectives = _gone_through(past, stopping)
    yield Step("initialization", first, arrays)
    trial = None
    for iteration in range(first, max_iter + 1):
        clock = perf_counter()
        statistics, moved = trial or engine.expectation(model.expectation, parameters)
        objective = model.objective_after_expectation(statistics, parameters)
        objectives.append(objective)
        labels, responsibilities = drawn.assignments(parameters)
        step = Step(
            "expectation", iteration, arrays, objective, statistics.counts, labels, responsibilities,
            moved=moved.rows if iteration else None, seconds=perf_counter() - clock,
        )  # fmt: skip
        event = None if stopped else stopping(step)
        if stopped or event or iteration == max_iter:
            event = event or (None if stopped else _max_iter(step, max_iter))
            doubts: list[Event] = []
            if iteration:  # a start that was kept is no fit
                share = moved.weight / engine.blocks.total_weight
                ending = doubt.Ending("tol" if stopped else "max_iter", step.moved, share)
                cycle = 2 if accelerator else 1
                doubts = _doubts(model, engine, statistics, parameters, objectives, ending, cycle)
            yield dataclasses.replace(step, events=(*([event] if event else []), *doubts))
            return
        yield step

        clock = perf_counter()
        with engine.alone():
            m = _maximize(model, engine, statistics, parameters, iteration)
        trial = None
        if accelerator and iteration + 1 < max_iter:
            m, trial = _lengthened(model, engine, parameters, m, accelerator)
        shift, parameters = _shift(model, parameters, m.parameters), m.parameters
        arrays = _read_only(parameters)
        step = Step(
            "maximization", iteration, arrays, m.objective, m.counts, labels, responsibilities,
            shift=shift, events=m.events, seconds=perf_counter() - clock,
        )  # fmt: skip
        if event := stopping(step):
            stopped = True
            step = dataclasses.replace(step, events=(*step.events, event))
        yield step


def _gone_through(past: Sequence[Step], stopping: Stopping) -> tuple[int, bool, list[float]]:
    """Return the next iteration, whether the rule has ended the run, and its objectives so far.

    The rule is shown all half-steps again, of which it may have kept something.
    """
    stopped = any(stopping(step) is not None for step in past[1:])
    expectations = past[1::2]
    objectives = [step.objective for step in expectations if step.objective is not None]
    return len(expectations), stopped, objectives


def _max_iter(last: Step, max_iter: int) -> Event:
    moving = {"case": "moved", "moved": last.moved} if last.moved else {}
    return Event("max_iter", values={"max_iter": max_iter, **moving})


def _doubts(
    model: Model[Any, Any],
    engine: Engine,
    statistics: Any,
    parameters: Any,
    objectives: Sequence[float],
    ending: doubt.Ending,
    cycle: int,
) -> list[Event]:
    """Return the reasons to doubt a run that ends with these statistics."""
    found = [
        *doubt.about_the_end(model.card, objectives, ending, cycle),
        *model.final_events(statistics, parameters, engine.fold),
    ]
    return list(map(doubt.of_weighted_rows, found)) if engine.blocks.weighted else found


class _Maximized(NamedTuple):
    parameters: Any
    objective: float
    counts: Array
    events: tuple[Event, ...]


def _maximize(
    model: Model[Any, Any], engine: Engine, statistics: Any, before: Any, iteration: int
) -> _Maximized:
    """Take the maximization step, with empty clusters repaired and digits that cancel computed again."""
    repaired = model.repair(statistics, before, engine.fold)
    statistics = about_new = repaired.statistics
    after = model.maximization(statistics, before)
    if model.cancels(statistics, before, after):
        again = partial(model.statistics_about, before=before, after=after)
        about_new = engine.fold(again, repaired.labels(engine.labels))
        after = model.maximization(about_new, after)
    events = model.maximization_events(statistics, before, after, engine.fold, iteration)
    objective = model.objective(about_new, after)
    return _Maximized(after, objective, statistics.counts, repaired.events + events)


class Accelerator(Protocol):
    """What proposes longer steps; one for every run."""

    def propose(self, before: Any, after: Any) -> Any:
        """Return what to try instead of the parameters after an M-step, with its ``factor``; or None."""

    def settle(self, *, accepted: bool) -> None:
        """Tell whether the last proposal was taken."""

    @property
    def state(self) -> Mapping[str, Any]:
        """What it keeps between maximization steps, as plain JSON values; not where these began and led."""

    def restore(self, state: Mapping[str, Any], before: Any, after: Any) -> None:
        """Go on from a state, and from where the last maximization step began and led."""


def _lengthened(
    model: Model[Any, Any], engine: Engine, before: Any, m: _Maximized, accelerator: Accelerator
) -> tuple[_Maximized, tuple[Any, Moved] | None]:
    """Try a longer step; return what became of the M-step, and the E-step after it if it is known."""
    proposal = accelerator.propose(before, m.parameters)
    if proposal is None:
        return m, None
    trial: tuple[Any, Moved] = engine.expectation(model.expectation, proposal.parameters)
    value = model.objective_after_expectation(trial[0], proposal.parameters)
    accepted = value <= m.objective
    accelerator.settle(accepted=accepted)
    values = {"factor": proposal.factor, "objective": value, "bound": m.objective}
    if accepted:
        event = Event("extrapolated", values=values)
        return m._replace(parameters=proposal.parameters, events=(*m.events, event)), trial
    engine.take_back()
    return m._replace(events=(*m.events, Event("extrapolation_rejected", values=values))), None


class _Drawn:
    """The rows whose labels every step is to carry, if any."""

    def __init__(self, model: Model[Any, Any], engine: Engine, sample: Array | None) -> None:
        self._model = model
        self._engine = engine
        self._sample = sample
        self._points = None if sample is None or not model.card.soft else engine.blocks.take(sample)

    def assignments(self, parameters: Any) -> tuple[Array | None, Array | None]:
        """Return the labels, and the responsibilities of a soft model."""
        if self._sample is None:
            return None, None
        labels = self._engine.labels.take(self._sample)
        if self._points is None:
            return labels, None
        with self._engine.alone():
            return labels, self._model.responsibilities(self._points, parameters)


def _read_only(parameters: Any) -> dict[str, Array]:
    """Return views that the receiver of a step cannot change the run through."""
    views = {}
    for name, array in zip(parameters._fields, parameters, strict=True):
        views[name] = view = np.asarray(array).view()
        view.setflags(write=False)
    return views


def _shift(model: Model[Any, Any], before: Any, after: Any) -> Array:
    """Return how far each center (or mean) moved."""
    moved = np.subtract(model.location(after), model.location(before), dtype=np.float64)
    moved *= moved
    return np.asarray(np.sqrt(np.add.reduce(moved, axis=1)))


def n_iterations(steps: Sequence[Step], max_iter: int) -> int:
    """Count the iterations of a run, at most ``max_iter``, as scikit-learn's ``n_iter_`` does.

    An iteration that changed no label counts, although it needs no M-step of its own; the expectation
    step that closes a run after ``tol`` or ``max_iter`` does not.
    """
    maximizations = sum(step.phase == "maximization" for step in steps)
    unchanged = any(event.kind == "converged" for event in steps[-1].events)
    return min(maximizations + (unchanged and steps[-1].phase == "expectation"), max_iter)
