"""What the estimators share: several starts, of which the best is kept, and half-steps taken live."""

from __future__ import annotations

import copy
import logging
import sys
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from emscope import em, recording
from emscope.columns import Array
from emscope.data.blocks import Blocks
from emscope.doubt import THRESHOLDS, about_starts, of_unfinished_runs
from emscope.engines import engine_for
from emscope.engines.engine import Engine
from emscope.engines.pool import NUMERICS
from emscope.estimators.checkpoint import checkpoint_of
from emscope.estimators.doubting import warn_of
from emscope.estimators.problem import CheckedRows, Problem, is_run, without_rows
from emscope.models.model import Model
from emscope.stopping import Stopping
from emscope.trace import Restart, Step, Trace
from emscope.wording import counted

_LOG = logging.getLogger("emscope")
_LOG.addHandler(logging.NullHandler())

own_numerics = np.errstate(**NUMERICS)
"""Decorates what users call, so that ``np.seterr(all="raise")``, say, of theirs does not matter."""


class RecordedEstimator:
    """An estimator whose fit is a number of recorded runs of EM."""

    watcher: Callable[[Step], None] | None = None
    """Called with every half-step as ``fit`` takes it; for a progress bar, say."""

    max_iter: int
    record: bool | str
    n_threads: int | None
    trace_: Trace | Any
    """The trace, or None without one; typed so that a checker lets its attributes be read at once."""
    n_features_in_: int
    feature_names_in_: Array

    _start_parameter: ClassVar[str]
    """The parameter that says where a run begins."""

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: no rows of the data, so no trace."""
        state: dict[str, Any] = {**super().__getstate__()}  # type: ignore[dict-item]
        if "trace_" in state:
            state["trace_"] = None
        start = state[self._start_parameter]
        if isinstance(start, Trace):
            state[self._start_parameter] = without_rows(start)
        return state

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = type(self).__new__(type(self))
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin

    def __sklearn_clone__(self) -> Self:
        """Clone all but the run that is the start: a clone of a model has none, and a trace is only read."""
        twin: Self = super().__sklearn_clone__()  # type: ignore[misc]
        start = getattr(self, self._start_parameter)
        if is_run(start):
            setattr(twin, self._start_parameter, copy.copy(start))
        return twin

    @own_numerics
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit the model to the rows of X.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row; one of weight 0 gets a label and has no other part in the fit.

        Returns
        -------
        self
            Fitted. After Ctrl-C, fitted to what was done, and KeyboardInterrupt goes on.
        """
        problem = self._problem(X, sample_weight)
        self._warn(problem, self._fit(problem))
        return self

    @own_numerics
    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Fit the model to the rows of X and return the cluster, or likeliest component, of each.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row; one of weight 0 gets a label and has no other part in the fit.

        Returns
        -------
        ndarray of shape (n,), int32
        """
        problem = self._problem(X, sample_weight)
        run = self._fit(problem)
        self._warn(problem, run)
        labels = self._labels(problem, run)
        assert labels is not None  # a run ends with an expectation step
        return labels

    @own_numerics
    def steps(self, X: Any, y: Any = None, sample_weight: Any = None) -> Iterator[Step]:
        """Run one start and yield every half-step as it is taken.

        Leaving the loop early is allowed: the estimator is then fitted to the last step. After a maximization
        step, labels are those that the step was taken with. Of several starts (``n_init``) only the first is
        run. With a ``checkpoint`` of a loop that was left, the first step is an initialization with the
        parameters that it had reached, and the next half-step follows.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.
        y : Ignored
        sample_weight : array-like of shape (n,), optional
            Weight of each row; one of weight 0 gets a label and has no other part in the fit.

        Returns
        -------
        iterator of Step
            Each with the labels (and, of a mixture, the responsibilities) of at most 5,000 drawn rows.

        Examples
        --------
        >>> from emscope import GaussianMixture, KMeans
        >>> for step in KMeans(2, init=[[0.0], [3.0]]).steps([[0.0], [3.0], [9.0], [12.0]]):
        ...     print(step.phase, step.iteration, step.objective, step.moved)
        initialization 0 None None
        expectation 0 117.0 None
        maximization 0 42.0 None
        expectation 1 26.0 1
        maximization 1 9.0 None
        expectation 2 9.0 0
        >>> model = GaussianMixture(2, init_params=[[0.0], [6.0]])
        >>> for step in model.steps([[0.0], [1.0], [5.0], [6.0], [7.0]]):
        ...     print(step.phase, step.iteration, step.moved, step.counts)
        initialization 0 None None
        expectation 0 None [2 3]
        maximization 0 None [2 3]
        expectation 1 0 [2 3]
        maximization 1 None [2 3]
        expectation 2 0 [2 3]
        maximization 2 None [2 3]
        expectation 3 0 [2 3]
        """
        return self._steps(self._problem(X, sample_weight))

    @own_numerics
    def predict(self, X: Any) -> Array:
        """Return the cluster of each row: that of the nearest center, or the likeliest component.

        Parameters
        ----------
        X : array-like or data frame of shape (n, d)
            The rows.

        Returns
        -------
        ndarray of shape (n,), int32
        """
        return self._nearest(*self._for_new(X))

    def _nearest(self, model: Model[Any, Any], parameters: Any, blocks: Blocks) -> Array:
        """Return the labels that an expectation step gives."""
        with engine_for(blocks, model, self.n_threads) as engine:
            engine.expectation(model.expectation, parameters)
            return engine.labels

    def _labels(self, problem: Problem, run: recording.Run) -> Array | None:
        """Return the labels of all rows after a run, also of those of weight 0; None before there are any."""
        if run.labels is None or problem.others is None:
            return run.labels
        blocks, others = problem.blocks, problem.others
        labels = np.empty(blocks.n_samples + others.n_samples, np.int32)
        labels[blocks.numbers(np.arange(blocks.n_samples))] = run.labels
        nearest = self._nearest(self._for_one_step(others), run.parameters, others)
        labels[others.numbers(np.arange(others.n_samples))] = nearest
        return labels

    @abstractmethod
    def _for_new(self, X: Any) -> tuple[Model[Any, Any], Any, Blocks]:
        """Return the model and its fitted parameters for new rows, and those rows."""

    @abstractmethod
    def _for_one_step(self, blocks: Blocks) -> Model[Any, Any]:
        """Return the model, with a kernel that suits a single expectation step."""

    @abstractmethod
    def _problem(self, X: Any, sample_weight: Any) -> Problem:
        """Check everything that is given and gather what a run needs."""

    @abstractmethod
    def _checked(self, X: Any, sample_weight: Any) -> CheckedRows:
        """Check the rows of a fit and their weights; rows that were checked before are as they are."""

    @abstractmethod
    def _stopping(self, problem: Problem) -> Stopping:
        """Return the stopping rule of one run."""

    def _accelerator(self) -> em.Accelerator | None:
        """Return what proposes longer steps in one run, if they are asked for."""
        return None

    @abstractmethod
    def _tell(self, step: Step, problem: Problem) -> None:
        """Say what ``verbose`` promises about a half-step."""

    @abstractmethod
    def _is_better(self, run: recording.Run, best: recording.Run) -> bool:
        """Tell whether one run of several beats the best before it."""

    @abstractmethod
    def _take_over(self, problem: Problem, run: recording.Run) -> None:
        """Set the fitted attributes, all but the trace."""

    @abstractmethod
    def _complaints(self, problem: Problem, run: recording.Run) -> list[str]:
        """Return scikit-learn's sentences about a fit that is not what was asked for."""

    def _engine(self, problem: Problem) -> Engine:
        return engine_for(problem.blocks, problem.model, self.n_threads)

    def _run(
        self,
        problem: Problem,
        engine: Engine,
        sample: Array | None = None,
        standing: recording.Standing | None = None,
    ) -> recording.Run:
        """Choose a start and prepare the run from it, or take up a run as it stands."""
        begun = None if standing is None else problem.parameters_type(**standing.steps[0].parameters)
        return recording.Run(
            problem.model,
            problem.start(engine) if begun is None else begun,
            engine,
            stopping=self._stopping(problem),
            max_iter=self.max_iter,
            budget=recording.PARAMETER_BUDGET if self.record is True else 0,
            sample=sample,
            accelerator=self._accelerator(),
            standing=standing,
        )

    def _fit(self, problem: Problem) -> recording.Run:
        """Run every start to its end, adopt the result of the best one, and return it."""
        n = problem.blocks.n_samples
        # when every row is drawn, the run's own labels need not be computed again
        all_drawn = bool(self.record) and n <= recording.drawn_points(problem.blocks)
        sample = np.arange(n) if all_drawn else None
        self._log_start(problem)
        with self._engine(problem) as engine:
            checkpoint = checkpoint_of(self, "fit", problem, engine, sample)
            contest, run = checkpoint.taken_up(partial(self._run, problem, engine, sample))
            try:
                while len(contest.ends) < problem.n_init:
                    if run is None:
                        engine.restart()
                        run = self._run(problem, engine, sample)
                    self._watch(checkpoint.watched(run, contest), problem)
                    contest.add(run, self._is_better)
                    checkpoint.between_runs(contest)
                    run = None
            except BaseException as error:
                checkpoint.leave()
                if isinstance(error, KeyboardInterrupt):
                    self._adopt_unfinished(problem, contest, run)
                raise
            best = contest.best
            assert best is not None
            best.add(*about_starts(problem.model.card, contest.ends, contest.unfinished))
            self._adopt(problem, best, contest.others)
            checkpoint.finish()
            return best

    def _adopt_unfinished(
        self, problem: Problem, contest: recording.Contest, run: recording.Run | None
    ) -> None:
        """Take over the best run that is over, or else what there is of the first one."""
        if contest.best is not None:
            contest.best.interrupt(case="starts", done=len(contest.ends), starts=problem.n_init)
            self._adopt(problem, contest.best, contest.others)
        elif run is not None:
            run.interrupt()
            self._adopt(problem, run, contest.others)

    def _watch(self, run: Iterable[Step], problem: Problem) -> None:
        for step in _logged(run, problem):
            if self.watcher is not None:
                self.watcher(step)
            self._tell(step, problem)

    def _steps(self, problem: Problem) -> Iterator[Step]:
        """Yield what :meth:`_live_steps` does, with numerics of our own while it runs and only then."""
        steps = self._live_steps(problem)
        try:
            while True:
                with np.errstate(**NUMERICS):
                    step = next(steps, None)
                if step is None:
                    return
                yield step
        finally:
            with np.errstate(**NUMERICS):
                steps.close()

    def _live_steps(self, problem: Problem) -> Generator[Step]:
        """Run one start, half-step by half-step, and adopt its result when the loop is left."""
        blocks = problem.blocks
        sample = recording.uniform_sample(blocks.n_samples, recording.drawn_points(blocks))
        self._log_start(problem)
        with self._engine(problem) as engine:
            checkpoint = checkpoint_of(self, "steps", problem, engine, sample)
            contest, run = checkpoint.taken_up(partial(self._run, problem, engine, sample))
            run = run or self._run(problem, engine, sample)
            try:
                yield from _logged(checkpoint.watched(run, contest), problem)
            except BaseException as error:
                if sys.is_finalizing():  # a loop left open to the end of the program: nobody can look
                    raise
                checkpoint.leave()
                if isinstance(error, KeyboardInterrupt):
                    run.interrupt()
                self._adopt(problem, run, [])
                raise
            self._adopt(problem, run, [])
            checkpoint.finish()
        self._warn(problem, run)

    def _warn(self, problem: Problem, run: recording.Run) -> None:
        """Warn of a fit that is not what was asked for, or deserves doubt."""
        watched = self.max_iter <= THRESHOLDS.watched
        doubts = [event for event in run.doubts if not (watched and of_unfinished_runs(event))]
        warn_of(doubts, self._complaints(problem, run))

    def _adopt(self, problem: Problem, run: recording.Run, others: Sequence[Restart]) -> None:
        """Take over the result of a run, and its trace."""
        if not run.steps:
            return
        self._take_over(problem, run)
        self.trace_ = None
        if self.record:
            self.trace_ = run.trace(problem.blocks, problem.feature_names, problem.settings, others)
        if _LOG.isEnabledFor(logging.INFO):
            value = f"{problem.model.card.objective} {run.objective:.6g}"
            told = [counted(run.n_iter, "iteration"), value, *(e.message for e in run.steps[-1].events)]
            _LOG.info("%s: %s", type(self).__name__, "; ".join(told))

    def _log_start(self, problem: Problem) -> None:
        if _LOG.isEnabledFor(logging.INFO):
            n, d = problem.blocks.n_samples, problem.blocks.n_features
            size = f"{counted(n, 'row')}, {counted(d, 'feature')}"
            _LOG.info("%s: %s, n_init=%d", type(self).__name__, size, problem.n_init)


def _logged(run: Iterable[Step], problem: Problem) -> Iterator[Step]:
    """Take the half-steps of a run, with a line about each where debugging is logged."""
    if not _LOG.isEnabledFor(logging.DEBUG):
        yield from run
        return
    for step in run:
        told = [] if step.objective is None else [f"{problem.model.card.objective} {step.objective:.6g}"]
        told += [] if step.moved is None else [f"{counted(step.moved, 'label')} changed"]
        told += [] if step.shift is None else [f"largest shift {step.shift.max():.3g}"]
        told += [event.message for event in step.events]
        _LOG.debug("%s %d: %s", step.phase, step.iteration, "; ".join(told) or "the start")
        yield step
