"""The process in which the memory of one fit is measured: ``python -m benchmarks.memory FOLDER NAME ...``."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.contestants import EMSCOPE, PEERS, Problem


def _resident(field: str) -> int:
    """Return bytes of memory in use now (``VmRSS``) or at the most so far (``VmHWM``).

    The peak that ``getrusage`` tells is no good: a process inherits it from the one that started it.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no {field} in /proc/self/status")


def main(folder: str, name: str, iterations: str, threads: str) -> None:
    """Warm up on an eighth of the rows, fit all of them, print the figures as one line of JSON."""
    fit = next(contestant.fit for contestant in (EMSCOPE, *PEERS) if contestant.name == name)
    X, start = (np.load(Path(folder, file)) for file in ("X.npy", "start.npy"))
    problem = Problem(X, start, int(iterations), int(threads))
    few = np.ascontiguousarray(X[: max(len(X) // 8, 2 * len(start))])
    with threadpool_limits(problem.threads):
        fit(Problem(few, start, 1, problem.threads))
        del few
        gc.collect()
        before = _resident("VmRSS")
        outcome = fit(problem)
    print(json.dumps({"before": before, "peak": _resident("VmHWM"), "labels": outcome.labels.nbytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
