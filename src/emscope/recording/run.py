"""One run of EM, recorded as it goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope import em
from emscope.columns import Array
from emscope.data.blocks import Blocks
from emscope.engines.engine import Engine
from emscope.events import Event, doubts
from emscope.models.model import Model
from emscope.recording.recorder import PARAMETER_BUDGET, Recorder
from emscope.recording.sampling import drawn_points, stratified_sample, uniform_sample, with_labels
from emscope.stopping import Stopping
from emscope.trace import Restart, Step, Trace


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a run stands: all that it takes to go on with it, or, when it is over, to tell of it."""

    steps: tuple[Step, ...]
    """Its half-steps, up to a maximization step, or to the end."""
    stride: int
    """Every which set of their parameters is kept."""
    before: Mapping[str, Array] | None
    """The parameters of the last expectation step; None when the run is over."""
    acceleration: Mapping[str, Any] | None
    """What an accelerator keeps."""


class Run:
    """One run of EM from one start, recorded as it goes; iterating over it takes the half-steps.

    ``budget`` is how many bytes of parameters are kept. The rows to draw are chosen after the run unless a
    ``sample`` of them is given. A ``standing`` is that of the same run in another process, which is gone on
    with, or told of when it is over. All else is as :func:`emscope.em.steps` has it.
    """

    def __init__(
        self,
        model: Model[Any, Any],
        parameters: Any,
        engine: Engine,
        *,
        stopping: Stopping,
        max_iter: int,
        budget: int = PARAMETER_BUDGET,
        sample: Array | None = None,
        accelerator: em.Accelerator | None = None,
        standing: Standing | None = None,
    ) -> None:
        self._model = model
        self._parameters_type = type(parameters)
        self._engine = engine
        self._stopping = stopping
        self._max_iter = max_iter
        self._sample = sample
        self._accelerator = accelerator
        self._recorder = Recorder(budget)
        self._start = parameters
        self._labels: Array | None = None
        self._before: Mapping[str, Array] | None = None
        self._past: Sequence[Step] = ()
        if standing is not None:
            self._restore(standing, budget)

    def __iter__(self) -> Iterator[Step]:
        half_steps = em.steps(
            self._model,
            self.parameters if self._past else self._start,
            self._engine,
            stopping=self._stopping,
            max_iter=self._max_iter,
            sample=self._sample,
            accelerator=self._accelerator,
            past=self._past,
        )
        if self._past:
            yield next(half_steps)  # which repeats where the last recorded step led
        for step in half_steps:
            self._recorder.add(step)
            if step.phase == "expectation":
                self._before = step.parameters
            yield step
        self._labels = self._engine.labels  # which another run may take next

    @property
    def standing(self) -> Standing | None:
        """How the run stands after a maximization step, or at its end; None anywhere else."""
        if self._labels is None and self.steps[-1].phase != "maximization":
            return None
        return Standing(
            tuple(self.steps),
            self._recorder.stride,
            self._before if self._labels is None else None,
            None if self._accelerator is None else self._accelerator.state,
        )

    def _restore(self, standing: Standing, budget: int) -> None:
        """Take up a run; its labels are found again, as they follow from its parameters."""
        self._recorder = Recorder.of(standing.steps, standing.stride, budget)
        over = standing.before is None
        last = self.parameters if standing.before is None else self._parameters_type(**standing.before)
        self._engine.restart()
        self._engine.expectation(self._model.expectation, last)
        if over:
            self._labels = self._engine.labels
            return
        self._before, self._past = standing.before, standing.steps
        if self._accelerator is not None and standing.acceleration is not None:
            self._accelerator.restore(standing.acceleration, last, self.parameters)

    @property
    def steps(self) -> Sequence[Step]:
        """The half-steps so far."""
        return self._recorder.steps

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the data."""
        return self._engine.blocks.dtype

    @property
    def parameters(self) -> Any:
        """The parameters after the last half-step."""
        return self._parameters_type(**self.steps[-1].parameters)

    @property
    def labels(self) -> Array | None:
        """Labels of all rows at the last expectation step; None before there was one."""
        if len(self.steps) < 2:
            return None
        return self._engine.labels if self._labels is None else self._labels

    @property
    def objective(self) -> float:
        """The objective after the last half-step; infinite before the first."""
        value = self.steps[-1].objective
        return np.inf if value is None else value

    @property
    def first_objective(self) -> float:
        """The objective after the first half-step that has one; infinite before it."""
        return next((step.objective for step in self.steps if step.objective is not None), np.inf)

    @property
    def converged(self) -> bool:
        """Whether the run ended by itself, and not at a limit."""
        return any(event.kind == "converged" for step in self.steps for event in step.events)

    @property
    def doubts(self) -> tuple[Event, ...]:
        """Reasons to doubt the result."""
        return doubts(self.steps[-1].events)

    @property
    def n_iter(self) -> int:
        """Number of iterations, as scikit-learn counts them."""
        return em.n_iterations(self.steps, self._max_iter)

    def interrupt(self, **values: Any) -> None:
        """Record that the run was ended from outside."""
        if self.steps:
            self.add(Event("interrupted", values=values))

    def add(self, *events: Event) -> None:
        """Record what else is to be told of the last half-step, if anything is."""
        if events:
            last = self.steps[-1]
            self._recorder.steps[-1] = dataclasses.replace(last, events=(*last.events, *events))

    def trace(
        self,
        blocks: Blocks,
        feature_names: tuple[str, ...],
        settings: Mapping[str, Any],
        others: Sequence[Restart] = (),
    ) -> Trace:
        """Return what is to be kept of the run, with what it takes to repeat it, and of other starts."""
        steps = tuple(self.steps)
        if self._sample is not None:
            sample = self._sample
            points = blocks.take(sample)
        else:
            size = min(drawn_points(blocks), self._room())
            if self.labels is None:
                sample = uniform_sample(blocks.n_samples, size)
            else:
                counts = next(step.counts for step in reversed(steps) if step.phase == "expectation")
                assert counts is not None  # an expectation step has them
                sample = stratified_sample(self.labels, counts, size)
            points = blocks.take(sample)
            with self._engine.alone():
                share = self._engine.share
                steps = with_labels(steps, points, self._model, self._parameters_type, share)
        return Trace(
            steps=steps,
            points=points,
            sample_indices=blocks.numbers(sample),
            n_samples=blocks.n_samples,
            n_left_out=blocks.n_left_out,
            feature_names=feature_names,
            card=self._model.card,
            settings=plain(settings),
            converged=self.converged,
            restarts=tuple(others),
        )

    def _room(self) -> int:
        """Return how many rows may be drawn so that their responsibilities stay within the budget."""
        if not self._model.card.soft:
            return self._engine.blocks.n_samples
        expectations = sum(step.phase == "expectation" and bool(step.parameters) for step in self.steps)
        k = len(self._model.location(self._start))
        return max(1, PARAMETER_BUDGET // (8 * k * max(1, expectations)))

    def as_restart(self) -> Restart:
        """Return the little that is kept of a run that did not win."""
        objectives = [step.objective for step in self.steps if step.objective is not None]
        start, end = (self.steps[i].parameters[self._model.card.location] for i in (0, -1))
        return Restart(start, end, np.array(objectives))


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as plain JSON values; any other value by the name of its type."""
    return {name: _plain_value(value) for name, value in settings.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray | list | tuple | Trace):
        return "given"
    try:
        return value.__name__
    except AttributeError:
        return type(value).__name__
