"""What the estimators share: several starts, of which the best is kept, and half-steps taken live."""

from __future__ import annotations

import os
import sys
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from emscope import recording
from emscope.engines.threads import NUMERICS, Threads
from emscope.estimators.problem import Problem
from emscope.models.statistics import Array
from emscope.trace import Restart, Step, Trace

own_numerics = np.errstate(**NUMERICS)
"""Decorates what users call, so that ``np.seterr(all="raise")``, say, of theirs does not matter."""


class RecordedEstimator(BaseEstimator):  # type: ignore[misc]
    """An estimator whose fit is a number of recorded runs of EM."""

    watcher: Callable[[Step], None] | None = None
    """Called with every half-step as ``fit`` takes it; for a progress bar, say."""

    record: bool | str
    trace_: Trace | None

    @abstractmethod
    def _engine(self, problem: Problem) -> Threads:
        """Return what runs the model over the data."""

    @abstractmethod
    def _run(self, problem: Problem, engine: Threads, sample: Array | None = None) -> recording.Run:
        """Choose a start and prepare the run from it."""

    @abstractmethod
    def _tell(self, step: Step, problem: Problem) -> None:
        """Say what ``verbose`` promises about a half-step."""

    @abstractmethod
    def _is_better(self, run: recording.Run, best: recording.Run) -> bool:
        """Tell whether one run of several beats the best before it."""

    @abstractmethod
    def _take_over(self, run: recording.Run) -> None:
        """Set the fitted attributes, all but the trace."""

    def _fit(self, problem: Problem) -> recording.Run:
        """Take every start to its end, become what the best one came to, and return it."""
        n = problem.blocks.n_samples
        # when every row is drawn, the run's own labels need not be computed again
        all_drawn = bool(self.record) and n <= recording.drawn_points(problem.blocks)
        sample = np.arange(n) if all_drawn else None
        best: recording.Run | None = None
        run: recording.Run | None = None
        others: list[Restart] = []
        with self._engine(problem) as engine:
            try:
                for _ in range(problem.n_init):
                    if run is not None:
                        engine.restart()
                    run = self._run(problem, engine, sample)
                    self._watch(run, problem)
                    if best is None:
                        best = run
                    elif self._is_better(run, best):
                        others.append(best.as_restart())
                        best = run
                    else:
                        others.append(run.as_restart())
            except KeyboardInterrupt:
                if best is not None:
                    best.interrupt(case="starts", done=1 + len(others), starts=problem.n_init)
                    self._adopt(problem, best, others)
                elif run is not None:
                    run.interrupt()
                    self._adopt(problem, run, others)
                raise
            assert best is not None
            self._adopt(problem, best, others)
            return best

    def _watch(self, run: recording.Run, problem: Problem) -> None:
        for step in run:
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
        """Take one start, half-step by half-step, and become what it came to when it is left."""
        blocks = problem.blocks
        sample = recording.uniform_sample(blocks.n_samples, recording.drawn_points(blocks))
        with self._engine(problem) as engine:
            run = self._run(problem, engine, sample)
            try:
                yield from run
            except KeyboardInterrupt:
                run.interrupt()
                raise
            finally:
                if not sys.is_finalizing():  # a loop left open to the end of the program: nobody can look
                    self._adopt(problem, run, [])

    def _adopt(self, problem: Problem, run: recording.Run, others: Sequence[Restart]) -> None:
        """Take over what a run came to, and its trace."""
        if not run.steps:
            return
        self._take_over(run)
        self.trace_ = None
        if self.record:
            self.trace_ = run.trace(problem.blocks, problem.feature_names, problem.settings, others)


def threads_for(n_blocks: int, n_threads: int | None) -> int:
    """Return how many threads to use, heeding the limits that scikit-learn's own threads heed.

    Parameters
    ----------
    n_blocks : int
        More threads than blocks have nothing to do.
    n_threads : int or None
        How many are asked for; None for as many as the process may use.

    Returns
    -------
    int
    """
    if n_threads is None and n_blocks > 1:
        limit = os.environ.get("OMP_NUM_THREADS", "")  # joblib sets it in its workers
        n_threads = min(joblib.cpu_count(), int(limit) if limit.isdecimal() and int(limit) else n_blocks)
    return min(n_threads or 1, n_blocks)
