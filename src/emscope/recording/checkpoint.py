"""How a fit stands, as a file: what it takes to go on with it in another process, bit for bit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np

from emscope import archive
from emscope.card import ModelCard
from emscope.columns import Array
from emscope.recording.contest import Contest
from emscope.recording.run import Run, Standing
from emscope.trace import Restart, Step
from emscope.trace.stored_steps import StepsReader, restart_header, step_header

_WHAT, _VERSION = "checkpoint", 1
_REMEDY = "name another file (a damaged checkpoint is of no use and can be deleted)"


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """What a fit has come to between two half-steps."""

    random: Mapping[str, Any]
    """The state of what its starts are drawn from."""
    best: Standing | None
    """The best of its runs that are over."""
    others: tuple[Restart, ...]
    ends: tuple[tuple[float, float], ...]
    unfinished: int
    """These three as in :class:`~emscope.recording.contest.Contest`."""
    current: Standing | None
    """The run under way; None where one is to begin."""

    @classmethod
    def of(cls, random: np.random.RandomState, contest: Contest, run: Run | None) -> Progress:
        """Take down how a fit stands, with a run after a maximization step."""
        return cls(
            _plain(random.get_state(legacy=False)),
            None if contest.best is None else contest.best.standing,
            tuple(contest.others),
            tuple(contest.ends),
            contest.unfinished,
            None if run is None else run.standing,
        )


def write(file: IO[bytes], progress: Progress, identity: Mapping[str, Any]) -> None:
    """Write how a fit stands into an open file; the ``identity`` says which fit it is."""
    shelf = archive.Shelf()
    header = {
        "identity": dict(identity),
        "random": dict(progress.random),
        "best": _standing_header(progress.best, shelf),
        "others": [restart_header(restart, shelf) for restart in progress.others],
        "ends": [list(end) for end in progress.ends],
        "unfinished": progress.unfinished,
        "current": _standing_header(progress.current, shelf),
    }
    archive.write(file, _WHAT, _VERSION, header, shelf, packed=False)


def read_identity(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return which fit a file is about."""
    with archive.reading(path, _WHAT, _VERSION, remedy=_REMEDY) as reader:
        return reader.of(reader.header, "identity", dict)


def read(path: str | os.PathLike[str], card: ModelCard, n: int, m: int, d: int) -> Progress:
    """Read how a fit stands: of n rows of the data, m of which are drawn meanwhile, and d features."""
    most = os.path.getsize(path)  # nothing in it is packed
    with archive.reading(path, _WHAT, _VERSION, most=most, remedy=_REMEDY) as reader:
        header, stored = reader.header, StepsReader(reader, card, n, m, d)
        best = _standing(reader, stored, header.get("best"))
        others = stored.restarts(reader.of(header, "others", list))
        return Progress(
            random=reader.of(header, "random", dict),
            best=best,
            others=others,
            ends=tuple((float(last), float(first)) for last, first in reader.of(header, "ends", list)),
            unfinished=reader.whole(header, "unfinished", 0),
            current=_standing(reader, stored, header.get("current")),
        )


def _standing_header(standing: Standing | None, shelf: archive.Shelf) -> dict[str, Any] | None:
    if standing is None:
        return None
    before = standing.before
    return {
        "steps": [step_header(step, shelf) for step in standing.steps],
        "stride": standing.stride,
        "before": None if before is None else {name: shelf.place(array) for name, array in before.items()},
        "acceleration": standing.acceleration,
    }


def _standing(reader: archive.Reader, stored: StepsReader, header: object) -> Standing | None:
    if header is None:
        return None
    if not isinstance(header, dict):
        reader.refuse("one of its runs is not a run")
    steps = reader.of(header, "steps", list)
    if len(steps) < 2 or not all(isinstance(step, dict) for step in steps):
        reader.refuse("one of its runs holds no half-steps")
    before = header.get("before")
    standing = Standing(
        steps=_as_taken(stored.steps(steps)),
        stride=reader.whole(header, "stride", 1),
        before=None if before is None else stored.parameters(reader.of(header, "before", dict)),
        acceleration=None if header.get("acceleration") is None else reader.of(header, "acceleration", dict),
    )
    last = "expectation" if standing.before is None else "maximization"
    if standing.steps[-1].phase != last or not standing.steps[-1].parameters:
        reader.refuse("one of its runs does not end as a run does")
    return standing


def _as_taken(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return half-steps as the loop gave them: labels as it has them, parameters that are only read."""
    labels: dict[int, Array] = {}  # those of a maximization step are those of the expectation step before it
    taken = []
    for step in steps:
        for array in step.parameters.values():
            array.setflags(write=False)
        if step.labels is not None:
            own = labels.setdefault(id(step.labels), step.labels.astype(np.int32))
            step = replace(step, labels=own)
        taken.append(step)
    return tuple(taken)


def _plain(value: Any) -> Any:
    """Return the state of a random generator as plain JSON values."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
