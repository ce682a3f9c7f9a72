"""How it is measured: in turns, warm, in one process; memory in a fresh process for each."""

from __future__ import annotations

import gc
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Generic, TypeVar

import numpy as np

from benchmarks.contestants import Array, Contestant, Outcome, Problem
from emscope import em
from emscope.data.blocks import ArrayBlocks, Block
from emscope.engines.threads import Threads
from emscope.kernels.choice import kernel_for
from emscope.kernels.hard.bounds import Bounds
from emscope.kernels.hard.cells import Cells
from emscope.kernels.kernel import Share, Workspace
from emscope.models import kmeans
from emscope.stopping import labels_or_shift

T = TypeVar("T")

_MOST_ROUNDS = 50


@dataclass(eq=False)
class Timed(Generic[T]):
    """The runs of one contestant.

    Attributes
    ----------
    seconds : list of float
        Of every run, in order.
    result : object
        The result of its last run.
    """

    seconds: list[float] = field(default_factory=list)
    result: T | None = None

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return median(self.seconds)


def clocked(call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call returns and the seconds it takes, with nothing left to collect before."""
    gc.collect()
    clock = perf_counter()
    result = call()
    return result, perf_counter() - clock


def alternate(
    calls: Mapping[str, Callable[[], T]], *, rounds: int, limit: float, enough: float
) -> dict[str, Timed[T]]:
    """Call all in turns, each round beginning with another one, so that no one has the quiet moments.

    Parameters
    ----------
    calls : mapping of str to callable
        By name; warmed up before.
    rounds : int
        How many times each is called at least.
    limit : float
        Whoever has taken more seconds than this in all is not called again.
    enough : float
        Rounds go on, up to 50, until so many seconds have been spent.

    Returns
    -------
    dict of str to Timed
    """
    timed: dict[str, Timed[T]] = {name: Timed() for name in calls}
    names = list(calls)
    spent, done = 0.0, 0
    while done < rounds or (spent < enough and done < _MOST_ROUNDS):
        first = done % len(names)
        for name in names[first:] + names[:first]:
            runs = timed[name]
            if sum(runs.seconds) > limit:
                continue
            runs.result = None  # two sets of labels at once are no part of the race
            runs.result, seconds = clocked(calls[name])
            runs.seconds.append(seconds)
            spent += seconds
        done += 1
    return timed


def inertia(X: Array, outcome: Outcome) -> float:
    """Return the sum of squared distances of the rows to the centers that own them, in float64."""
    total = 0.0
    centers = np.asarray(outcome.centers, dtype=np.float64)
    for start in range(0, len(X), 1 << 16):
        part = slice(start, start + (1 << 16))
        total += float(((X[part] - centers[outcome.labels[part]]) ** 2).sum())
    return total


def agreement(one: Outcome, other: Outcome) -> float:
    """Return the share of rows with the same label in both."""
    return float(np.mean(one.labels == other.labels))


def share_of_distances(problem: Problem) -> float:
    """Return how many of the n k distances of every expectation step emscope computes, of all of them."""
    n, d = problem.X.shape
    k = len(problem.start)
    model = kmeans.KMeans(kernel_for(n, d, k, "auto"))
    kept: list[Workspace] = []

    def prepare(block: Block, share: Share) -> Workspace:
        kept.append(model.prepare(block, share))
        return kept[-1]

    blocks = ArrayBlocks(problem.X)
    with Threads(blocks, prepare=prepare, blas=model.blas, spanning=model.spanning) as engine:
        steps = em.steps(
            model,
            kmeans.Parameters(problem.start),
            engine,
            stopping=labels_or_shift(0.0),
            max_iter=problem.iterations,
        )
        expectations = sum(step.phase == "expectation" for step in steps)
    kernels = [getattr(workspace.step, "__self__", None) for workspace in kept]
    computed = [kernel.computed for kernel in kernels if isinstance(kernel, Cells | Bounds)]
    return sum(computed) / (expectations * n * k) if computed else 1.0


def geometric_mean(values: Iterable[float]) -> float:
    """Return the geometric mean, not a number for no values.

    Examples
    --------
    >>> geometric_mean([1.0, 4.0])
    2.0
    """
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def peak_memory(contestant: Contestant, problem: Problem) -> int | None:
    """Return the bytes that a fit needs beyond the data and the labels it returns.

    Measured in a process of its own, which has loaded and warmed up the contestant on an eighth of the
    rows: what grows is the fit's. Two iterations are enough to see everything allocated.

    Parameters
    ----------
    contestant : Contestant
        Who is to run.
    problem : Problem
        What it runs on.

    Returns
    -------
    int or None
        None where the system does not tell the peak (anywhere but Linux).
    """
    arrays = {"X": problem.X, "start": problem.start}
    return peak_memory_of(arrays, contestant.name, str(min(2, problem.iterations)), str(problem.threads))


def peak_memory_of(arrays: Mapping[str, Array], *arguments: str) -> int | None:
    """Run ``benchmarks.memory`` in a process of its own; return the bytes beyond the data and labels.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        What it is to find in files of these names.
    *arguments : str
        What else it is told.

    Returns
    -------
    int or None
        None where the system does not tell the peak (anywhere but Linux).
    """
    if not Path("/proc/self/status").exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, array in arrays.items():
            np.save(Path(folder, f"{name}.npy"), array)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.memory", folder, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return max(0, measured["peak"] - measured["before"] - measured["labels"])
