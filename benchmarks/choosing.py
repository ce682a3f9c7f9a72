"""``python -m benchmarks.choosing``: a whole choice of k against nine fits of scikit-learn.

Both take turns on the same rows, and the ratio of their medians counts, as the machine may be busy.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import sklearn.cluster
from threadpoolctl import threadpool_limits

from benchmarks.contestants import Array
from benchmarks.machine import cores, description
from benchmarks.measuring import alternate
from emscope import study

KS = range(2, 11)


def groups(n: int, d: int) -> Array:
    """Return rows in six groups that lie apart."""
    random = np.random.default_rng(0)
    centers = random.uniform(-10, 10, size=(6, d))
    return centers[random.integers(6, size=n)] + random.normal(size=(n, d))


def even(n: int, d: int) -> Array:
    """Return rows without groups."""
    return np.random.default_rng(0).uniform(size=(n, d))


def nine_fits(X: Array) -> None:
    """Fit every k once with scikit-learn."""
    for k in KS:
        sklearn.cluster.KMeans(k, n_init=1, random_state=0).fit(X)


def race(X: Array, rounds: int, threads: int) -> dict[str, float]:
    """Return the median seconds of both."""
    calls: dict[str, Callable[[], object]] = {
        "emscope, choose_k": lambda: study.choose_k(X, KS, n_init=1, random_state=0, n_threads=threads),
        "scikit-learn, nine fits": lambda: nine_fits(X),
    }
    with threadpool_limits(threads):
        for call in calls.values():
            call()
        timed = alternate(calls, rounds=rounds, limit=600.0, enough=0.0)
    return {name: runs.median for name, runs in timed.items()}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser("python -m benchmarks.choosing", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, metavar="N")
    parser.add_argument("--features", type=int, default=8, metavar="D")
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--threads", type=int, default=cores(), metavar="N")
    asked = parser.parse_args()
    print("\n".join(description(asked.threads)))
    for make in (groups, even):
        X = make(asked.rows, asked.features)
        ours, theirs = race(X, asked.repeat, asked.threads).values()
        print(
            f"{make.__name__}, {asked.rows:,} x {asked.features}: emscope {ours:.2f} s for the whole choice,"
        )
        print(f"  scikit-learn {theirs:.2f} s for nine fits: {theirs / ours:.2f} times as long")


if __name__ == "__main__":
    main()
