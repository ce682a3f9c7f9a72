"""The process in which the memory of one fit is measured: ``python -m benchmarks.memory FOLDER NAME ...``."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.contestants import EMSCOPE, PEERS, Array, Problem
from benchmarks.mixtures import FITS, MixtureProblem


def _resident(field: str) -> int:
    """Return bytes of memory in use now (``VmRSS``) or at the most so far (``VmHWM``).

    The peak that ``getrusage`` tells is no good: a process inherits it from the one that started it.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no {field} in /proc/self/status")


def main(folder: str, name: str, iterations: str, threads: str, covariance_type: str = "") -> None:
    """Warm up on an eighth of the rows, fit all of them, print the figures as one line of JSON.

    With a type of covariances it is a mixture that is fitted.
    """
    X, start = (np.load(Path(folder, file)) for file in ("X.npy", "start.npy"))

    def fit(rows: Array, most: int) -> int:
        """Return the bytes of the labels, where they are not to count."""
        if covariance_type:
            FITS[name](MixtureProblem(rows, start, covariance_type, most, int(threads)))
            return 0
        contestant = next(one for one in (EMSCOPE, *PEERS) if one.name == name)
        return contestant.fit(Problem(rows, start, most, int(threads))).labels.nbytes

    few = np.ascontiguousarray(X[: max(len(X) // 8, 2 * len(start))])
    with threadpool_limits(int(threads)):
        fit(few, 1)
        del few
        gc.collect()
        before = _resident("VmRSS")
        labels = fit(X, int(iterations))
    print(json.dumps({"before": before, "peak": _resident("VmHWM"), "labels": labels}))


if __name__ == "__main__":
    main(*sys.argv[1:])
