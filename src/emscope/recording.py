"""From the half-steps of a run to its trace: what is kept, and which points are drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from emscope import em
from emscope.data.blocks import Block, Blocks
from emscope.engines.threads import Threads
from emscope.models.statistics import Array
from emscope.trace import Event, Restart, Step, Trace

PARAMETER_BUDGET = 64 << 20
"""Bytes of parameters that a trace keeps."""

DRAWN_POINTS = 5_000
"""Rows that a trace keeps for drawing, at most."""

POINT_BUDGET = 64 << 20
"""Bytes that they may take."""


class Recorder:
    """Keeps the half-steps of one run, with parameters thinned to a budget.

    The scalars and counts of every half-step are kept. When the parameters outgrow the budget every
    second set is dropped, again and again, so that the first, the last and some evenly between remain.

    Parameters
    ----------
    budget : int
        Bytes of parameters to keep; 0 keeps the first and the last.

    Attributes
    ----------
    steps : list of Step
        What was recorded so far.
    """

    def __init__(self, budget: int = PARAMETER_BUDGET) -> None:
        self.budget = budget
        self.steps: list[Step] = []
        self._versions: list[list[int]] = []  # indices of the steps that share one set of parameters
        self._kept: dict[int, int] = {}  # bytes of the sets still kept, by version
        self._bytes = 0  # their sum
        self._stride = 1

    def add(self, step: Step) -> None:
        """Record one half-step.

        Parameters
        ----------
        step : Step
        """
        self.steps.append(step)
        if step.phase == "expectation":
            self._versions[-1].append(len(self.steps) - 1)
            return
        self._versions.append([len(self.steps) - 1])
        newest = len(self._versions) - 1
        self._kept[newest] = sum(array.nbytes for array in step.parameters.values())
        self._bytes += self._kept[newest]
        self._drop_unless_kept(newest - 1)
        while self._bytes > self.budget and len(self._kept) > 2:
            self._stride *= 2
            for version in list(self._kept):
                if version != newest:
                    self._drop_unless_kept(version)

    def _drop_unless_kept(self, version: int) -> None:
        if version > 0 and version % self._stride:
            for index in self._versions[version]:
                self.steps[index] = dataclasses.replace(self.steps[index], parameters={}, labels=None)
            self._bytes -= self._kept.pop(version, 0)


class Run:
    """One run of EM from one start, recorded as it goes.

    Iterating over it takes the half-steps.

    Parameters
    ----------
    model : Model
        The two half-steps and the objective.
    parameters : NamedTuple
        Where the run begins.
    engine : Threads
        Runs the model over the data.
    stopping : callable(step) -> Event or None
        The stopping rule.
    max_iter : int
        The largest number of maximization steps.
    budget : int
        Bytes of parameters to keep.
    sample : ndarray of int, optional
        Rows to draw, whose labels every step is to carry; chosen after the run without it.
    """

    def __init__(
        self,
        model: em.Model,
        parameters: Any,
        engine: Threads,
        *,
        stopping: em.Stopping,
        max_iter: int,
        budget: int = PARAMETER_BUDGET,
        sample: Array | None = None,
    ) -> None:
        self._model = model
        self._parameters_type = type(parameters)
        self._engine = engine
        self._stopping = stopping
        self._max_iter = max_iter
        self._sample = sample
        self._recorder = Recorder(budget)
        self._start = parameters

    def __iter__(self) -> Iterator[Step]:
        half_steps = em.steps(
            self._model,
            self._start,
            self._engine,
            stopping=self._stopping,
            max_iter=self._max_iter,
            sample=self._sample,
        )
        for step in half_steps:
            self._recorder.add(step)
            yield step

    @property
    def steps(self) -> Sequence[Step]:
        """The half-steps so far."""
        return self._recorder.steps

    @property
    def parameters(self) -> Any:
        """The parameters after the last half-step."""
        return self._parameters_type(**self.steps[-1].parameters)

    @property
    def labels(self) -> Array | None:
        """Owners of all rows at the last expectation step; None before there was one."""
        return self._engine.labels if len(self.steps) > 1 else None

    @property
    def objective(self) -> float:
        """The objective after the last half-step; infinite before the first."""
        value = self.steps[-1].objective
        return np.inf if value is None else value

    @property
    def n_iter(self) -> int:
        """Number of iterations, as scikit-learn counts them."""
        return em.n_iterations(self.steps, self._max_iter)

    def interrupt(self, message: str = "the run was interrupted before it converged") -> None:
        """Record that the run was ended from outside.

        Parameters
        ----------
        message : str
            What the event says.
        """
        if self.steps:
            self._recorder.steps[-1] = _with_event(self.steps[-1], Event("interrupted", None, message))

    def trace(
        self,
        blocks: Blocks,
        feature_names: tuple[str, ...],
        settings: Mapping[str, Any],
        others: Sequence[Restart] = (),
    ) -> Trace:
        """Return what is to be kept of the run.

        Parameters
        ----------
        blocks : Blocks
            The data, from which the drawn points are taken.
        feature_names : tuple of str
            One name per feature.
        settings : mapping
            Everything needed to repeat the run.
        others : sequence of Restart
            What is kept of the other starts.

        Returns
        -------
        Trace
        """
        steps = tuple(self.steps)
        if self._sample is not None:
            sample = self._sample
            points = blocks.take(sample)
        else:
            size = drawn_points(blocks)
            if self.labels is None:
                sample = uniform_sample(blocks.n_samples, size)
            else:
                k = len(next(iter(steps[0].parameters.values())))
                sample = stratified_sample(self.labels, k, size)
            points = blocks.take(sample)
            steps = with_labels(steps, points, self._model.expectation, self._parameters_type)
        return Trace(
            steps=steps,
            points=points,
            sample_indices=sample,
            n_samples=blocks.n_samples,
            feature_names=feature_names,
            model=self._model.name,
            settings=plain(settings),
            converged=any(event.kind == "converged" for step in steps for event in step.events),
            restarts=tuple(others),
        )

    def as_restart(self) -> Restart:
        """Return the little that is kept of a run that did not win."""
        objectives = [step.objective for step in self.steps if step.objective is not None]
        start, end = (next(iter(self.steps[i].parameters.values())) for i in (0, -1))
        return Restart(start, end, np.array(objectives))


def drawn_points(blocks: Blocks) -> int:
    """Return how many rows are drawn: fewer where rows are very long.

    Parameters
    ----------
    blocks : Blocks
        The data.

    Returns
    -------
    int
    """
    row = blocks.n_features * blocks.dtype.itemsize
    return int(min(DRAWN_POINTS, max(1, POINT_BUDGET // row)))


def uniform_sample(n_samples: int, size: int = DRAWN_POINTS) -> Array:
    """Choose rows to draw before anything is known about them; the same ones each time.

    Parameters
    ----------
    n_samples : int
        Number of rows of the data.
    size : int
        Number of rows to choose.

    Returns
    -------
    ndarray of shape (min(n_samples, size),), sorted
    """
    if n_samples <= size:
        return np.arange(n_samples)
    return np.sort(np.random.default_rng(0).choice(n_samples, size, replace=False, shuffle=False))


def stratified_sample(labels: Array, n_clusters: int, size: int = DRAWN_POINTS) -> Array:
    """Choose rows to draw so that every cluster is there; the same ones each time.

    A tenth of the places is shared out evenly, the rest by the size of the clusters.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Final owners.
    n_clusters : int
        k.
    size : int
        Number of rows to choose, at most.

    Returns
    -------
    ndarray of shape (at most ``size``,), sorted
    """
    if len(labels) <= size:
        return np.arange(len(labels))
    random = np.random.default_rng(0)
    counts = np.bincount(labels, minlength=n_clusters)
    least = np.minimum(counts, max(1, size // (10 * n_clusters)))
    places = least + np.floor(max(0, size - least.sum()) * (counts - least) / len(labels)).astype(int)
    # a first coarse draw leaves few enough candidates to put in random order
    chance = np.minimum(1.0, (1.5 * places + 30) / np.maximum(counts, 1))
    candidates = np.flatnonzero(
        random.random(len(labels), dtype=np.float32) < chance.astype(np.float32)[labels]
    )
    candidates = random.permutation(candidates)
    by_label = candidates[np.argsort(labels[candidates], kind="stable")]
    owners = labels[by_label]
    rank = np.arange(len(owners)) - np.searchsorted(owners, owners)
    return np.sort(by_label[rank < places[owners]])[:size]


def with_labels(
    steps: Sequence[Step],
    points: Array,
    expectation: Callable[[Any, Any, Array], Any],
    parameters_type: Callable[..., Any],
) -> tuple[Step, ...]:
    """Give every half-step the owners of the drawn points, from its recorded parameters.

    Parameters
    ----------
    steps : sequence of Step
        Half-steps without labels.
    points : ndarray of shape (m, d)
        The drawn sample.
    expectation : callable(block, parameters, labels)
        The model's expectation step.
    parameters_type : callable
        Makes the model's parameters of a step's arrays.

    Returns
    -------
    tuple of Step
        An M-step has the labels of the E-step before it; thinned steps have none.
    """
    block = Block(0, 0, points, np.ones(len(points)))
    labelled: list[Step] = []
    labels: Array | None = None
    for step in steps:
        if step.phase == "expectation":
            labels = None
            if step.parameters:
                labels = np.empty(len(points), dtype=np.int32)
                expectation(block, parameters_type(**step.parameters), labels)
        labelled.append(dataclasses.replace(step, labels=labels))
    return tuple(labelled)


def in_units_of(trace: Trace, X: Array, scale: Array | None, row_names: Sequence[str] | None = None) -> Trace:
    """Return the trace of a fit to ``X / scale`` in the units of X.

    Parameters
    ----------
    trace : Trace
        Of the fit to ``X / scale``.
    X : ndarray of shape (n, d)
        The data in the units of its table.
    scale : ndarray of shape (d,) or None
        What the features were divided by; None for nothing.
    row_names : sequence of str, optional
        Names of the rows of X.

    Returns
    -------
    Trace
        Points and centers in the units of X; shifts and objective stay in those of the fit.
    """
    sample = trace.sample_indices
    names = None if row_names is None else tuple(row_names[i] for i in sample)
    if scale is None:
        return dataclasses.replace(trace, row_names=names)
    return dataclasses.replace(
        trace,
        steps=_in_scale(trace.steps, scale),
        points=np.asarray(X[sample]),
        restarts=tuple(
            Restart(restart.start * scale, restart.centers * scale, restart.objectives)
            for restart in trace.restarts
        ),
        scale=scale,
        row_names=names,
    )


def _in_scale(steps: Sequence[Step], scale: Array) -> tuple[Step, ...]:
    """Multiply every center by the scale; half-steps that share centers go on sharing them."""
    scaled: dict[int, Array] = {}
    for step in steps:
        if step.centers is not None:
            scaled.setdefault(id(step.centers), step.centers * scale)
    return tuple(
        step
        if step.centers is None
        else dataclasses.replace(step, parameters={"centers": scaled[id(step.centers)]})
        for step in steps
    )


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as plain JSON values; what is none is told by its type.

    Parameters
    ----------
    settings : mapping

    Returns
    -------
    dict
    """
    return {name: _plain_value(value) for name, value in settings.items()}


def _with_event(step: Step, event: Event) -> Step:
    return dataclasses.replace(step, events=(*step.events, event))


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray | list | tuple):
        return "given"
    return getattr(value, "__name__", type(value).__name__)
