"""A fit that can be gone on with: when how it stands is written to a file, and how it is taken up again."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from emscope.columns import Array
from emscope.engines.engine import Engine
from emscope.errors import CheckpointError, CheckpointWarning, OutputError, TraceError
from emscope.estimators.doubting import level_of_the_user
from emscope.estimators.identity import identity_of, refuse_another
from emscope.estimators.problem import Problem
from emscope.files import remove_file, whole_file
from emscope.recording import Contest, Run, Standing
from emscope.recording import checkpoint as stored
from emscope.trace import Step

_LOG = logging.getLogger("emscope")


class Checkpoint:
    """Keeps nothing: that of a fit without a file."""

    def taken_up(self, run_of: Callable[[Standing], Run]) -> tuple[Contest, Run | None]:
        """Return what the fit has come to in another process, and the run that was under way."""
        return Contest(), None

    def watched(self, run: Run, contest: Contest) -> Iterator[Step]:
        """Take the half-steps of a run, and keep how the fit stands now and then."""
        return iter(run)

    def between_runs(self, contest: Contest) -> None:
        """Keep how the fit stands where a run is over."""

    def leave(self) -> None:
        """Keep how the fit stood last: it is left before its end."""

    def finish(self) -> None:
        """Let the file go: the fit is over."""


def checkpoint_of(
    estimator: Any, call: str, problem: Problem, engine: Engine, sample: Array | None
) -> Checkpoint:
    """Return what keeps a fit as its estimator asks for; the rows of a ``sample`` are drawn meanwhile."""
    if estimator.checkpoint is None:
        return Checkpoint()
    identity = identity_of(type(estimator).__name__, call, problem, engine)
    drawn = 0 if sample is None else len(sample)
    return _InFile(estimator.checkpoint, float(estimator.checkpoint_every), identity, problem, drawn)


class _InFile(Checkpoint):
    def __init__(
        self,
        path: str | os.PathLike[str],
        every: float,
        identity: dict[str, Any],
        problem: Problem,
        drawn: int,
    ) -> None:
        self._name = os.fspath(path)
        self._path = Path(os.path.realpath(path))  # a link stays one, and the folder may be left
        self._every = every
        self._identity = identity
        self._problem = problem
        self._drawn = drawn
        self._written: tuple[int, ...] | None = None  # which file is ours
        self._pending: stored.Progress | None = None  # what is not in it yet
        self._silent = False  # a warning was given
        self._next = 0.0

    def taken_up(self, run_of: Callable[[Standing], Run]) -> tuple[Contest, Run | None]:
        """Return what the fit has come to in another process, and the run that was under way."""
        found = self._read()
        if found is None:
            self._write(stored.Progress.of(self._problem.random, Contest(), None))
            return Contest(), None
        _LOG.info("%s: goes on from %s", self._identity["estimator"], self._name)
        self._clock()
        self._problem.random.set_state(dict(found.random))
        contest = Contest(
            None if found.best is None else run_of(found.best),
            list(found.others),
            list(found.ends),
            found.unfinished,
        )
        return contest, None if found.current is None else run_of(found.current)

    def watched(self, run: Run, contest: Contest) -> Iterator[Step]:
        """Take the half-steps of a run, and keep how the fit stands now and then."""
        for step in run:
            if step.phase == "maximization":
                self._keep(contest, run)
            yield step

    def between_runs(self, contest: Contest) -> None:
        """Keep how the fit stands where a run is over."""
        self._keep(contest, None)

    def leave(self) -> None:
        """Keep how the fit stood last: it is left before its end."""
        if self._pending is not None:
            self._write_or_warn(self._pending)

    def finish(self) -> None:
        """Let the file go: the fit is over."""
        try:
            if self._written is not None and _which(self._path) == self._written:
                remove_file(self._path)
        except OSError as error:
            self._warn(f"cannot remove {self._name}: {error.strerror}. Remove it: the fit is over.")

    def _keep(self, contest: Contest, run: Run | None) -> None:
        self._pending = stored.Progress.of(self._problem.random, contest, run)
        if monotonic() >= self._next:
            self._write_or_warn(self._pending)

    def _read(self) -> stored.Progress | None:
        """Read how the fit stands, if there is a file, which is left as it is where it is not ours."""
        if not os.path.lexists(self._path):
            return None
        if not self._path.is_file():
            raise CheckpointError(f"{self._name!r} is no file: name one for the checkpoint to be in.")
        blocks, card = self._problem.blocks, self._problem.model.card
        try:
            refuse_another(self._name, stored.read_identity(self._name), self._identity)
            n = blocks.n_samples + blocks.n_left_out
            found = stored.read(self._name, card, n, self._drawn, blocks.n_features)
        except TraceError as error:
            raise CheckpointError(str(error)) from error
        self._written = _which(self._path)
        return found

    def _write(self, progress: stored.Progress) -> None:
        """Write how the fit stands, whole or not at all, and over no file but our own."""
        if os.path.lexists(self._path) and _which(self._path) != self._written:
            raise OutputError(
                f"cannot write {self._name}: another program, or another fit, has written it meanwhile. "
                "Give every fit a checkpoint of its own."
            )
        with whole_file(self._path, again=True) as file:
            stored.write(file, progress, self._identity)
        self._written = _which(self._path)
        self._pending = None
        self._clock()

    def _write_or_warn(self, progress: stored.Progress) -> None:
        """Write how the fit stands; that this fails is no reason to lose the fit."""
        try:
            self._write(progress)
        except (OutputError, TraceError) as error:
            self._clock()
            self._warn(f"{error} The fit goes on; only its checkpoint is not kept.")

    def _warn(self, sentence: str) -> None:
        if not self._silent:
            self._silent = True
            warnings.warn(sentence, CheckpointWarning, stacklevel=level_of_the_user())

    def _clock(self) -> None:
        self._next = monotonic() + self._every


def _which(path: Path) -> tuple[int, ...] | None:
    """Return what tells one file from another that takes its name."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size
