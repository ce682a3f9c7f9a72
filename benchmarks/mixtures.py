"""Gaussian mixtures: who runs, on what, and what is told of it.

All are given the same rows, weights, means and precisions to start from and the same number of iterations,
and may not stop early (``tol=0``). Their results are compared by the log-likelihood per row.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from benchmarks.contestants import Array
from benchmarks.measuring import alternate, geometric_mean, peak_memory_of
from benchmarks.races import Conditions
from benchmarks.regimes import Regime, smaller
from benchmarks.report import Sheet
from benchmarks.rows.generated import blobs

_AGREE = 1e-8
_LEAST, _AIM = 8, 20
_MOST_MEMORY = 50e6
# Features of pairs from which an eighth of the rows, on which memory is warmed up, loads the compiler.
_LOADS_COMPILER = 1 << 23


class MixtureProblem(NamedTuple):
    """What a contestant is given.

    Attributes
    ----------
    X : ndarray of shape (n, d), float64
    means : ndarray of shape (k, d)
    covariance_type : {"full", "tied", "diag", "spherical"}
    iterations : int
    threads : int
    """

    X: Array
    means: Array
    covariance_type: str
    iterations: int
    threads: int

    def settings(self) -> dict[str, Any]:
        """Return what scikit-learn and emscope call the start and the iterations."""
        k = len(self.means)
        precisions = 1 / self.X.var(axis=0)
        return {
            "n_components": k,
            "covariance_type": self.covariance_type,
            "weights_init": np.full(k, 1 / k),
            "means_init": self.means,
            "precisions_init": {
                "full": np.tile(np.diag(precisions), (k, 1, 1)),
                "tied": np.diag(precisions),
                "diag": np.tile(precisions, (k, 1)),
                "spherical": np.full(k, precisions.mean()),
            }[self.covariance_type],
            "max_iter": self.iterations,
            "tol": 0.0,
        }


def fit_emscope(problem: MixtureProblem) -> float:
    """Run emscope, recording as it does by default; return the log-likelihood per row."""
    from emscope import GaussianMixture

    return _likelihood(GaussianMixture(**problem.settings(), n_threads=problem.threads), problem)


def _fit_scikit_learn(problem: MixtureProblem) -> float:
    from sklearn.mixture import GaussianMixture

    return _likelihood(GaussianMixture(**problem.settings()), problem)


def _likelihood(model: Any, problem: MixtureProblem) -> float:
    """Fit a model that will warn that it did not converge, as it was told not to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return float(model.fit(problem.X).lower_bound_)


FITS: dict[str, Callable[[MixtureProblem], float]] = {
    "emscope": fit_emscope,
    "scikit-learn": _fit_scikit_learn,
}


@dataclass(frozen=True)
class MixtureRegime:
    """Rows of one shape, and the covariances that are fitted to them.

    Attributes
    ----------
    regime : Regime
        The rows and k.
    covariance_type : {"full", "tied", "diag", "spherical"}
    """

    regime: Regime
    covariance_type: str

    @property
    def name(self) -> str:
        """As ``--only`` and the table call it."""
        return f"{self.regime.name}-{self.covariance_type}"

    def problem(self, threads: int) -> MixtureProblem:
        """Make the rows and the start."""
        X = self.regime.rows("float64")
        return MixtureProblem(X, self.regime.start(X), self.covariance_type, self.regime.iterations, threads)


_SMALL = Regime("mixture-300", partial(blobs, groups=4), 300, 2, 4, "", 20)
_PLANE = Regime("mixture-100k", partial(blobs, groups=16), 100_000, 2, 8, "", 10)
_LARGE = Regime("mixture-1M", partial(blobs, groups=16), 1_000_000, 2, 8, "", 5)
_MIDDLE = Regime("mixture-16", partial(blobs, groups=32), 100_000, 16, 16, "", 10)
_WIDE = Regime("mixture-64", partial(blobs, groups=64), 50_000, 64, 32, "", 5)
_KINDS = ("full", "tied", "diag", "spherical")

MIXTURES = (
    MixtureRegime(_SMALL, "full"),
    *(MixtureRegime(_PLANE, kind) for kind in _KINDS),
    *(MixtureRegime(_LARGE, kind) for kind in ("full", "diag")),
    *(MixtureRegime(_MIDDLE, kind) for kind in _KINDS),
    *(MixtureRegime(_WIDE, kind) for kind in ("full", "tied", "diag")),
)
"""Those of the table, few features to many."""


@dataclass(frozen=True)
class MixtureRace:
    """One line of the table.

    Attributes
    ----------
    mixture : MixtureRegime
    seconds : dict of str to float
        Medians, by name; emscope is the first.
    difference : float
        Largest relative difference of a log-likelihood from emscope's.
    memory : int or None
        Bytes that emscope needed beyond the data, if measured.
    """

    mixture: MixtureRegime
    seconds: dict[str, float]
    difference: float
    memory: int | None

    @property
    def ratio(self) -> float:
        """How many times faster than the fastest peer emscope is."""
        ours, *peers = self.seconds.values()
        return min(peers) / ours


def mixture_race(mixture: MixtureRegime, conditions: Conditions, memory: bool = False) -> MixtureRace:
    """Run everybody from one start for the same iterations.

    Parameters
    ----------
    mixture : MixtureRegime
    conditions : Conditions
        How to run; the rows are float64 whatever it says.
    memory : bool
        Whether to measure emscope's memory.

    Returns
    -------
    MixtureRace
    """
    problem = mixture.problem(conditions.threads)
    with threadpool_limits(conditions.threads):
        for fit in FITS.values():
            fit(problem._replace(iterations=1))
        timed = alternate(
            {name: partial(fit, problem) for name, fit in FITS.items()},
            rounds=conditions.rounds,
            limit=conditions.limit,
            enough=conditions.enough,
        )
    ours = timed["emscope"].result
    race = MixtureRace(
        mixture,
        {name: runs.median for name, runs in timed.items()},
        max(abs(runs.result / ours - 1) for runs in timed.values()),
        _memory(problem) if memory and problem.X.size * len(problem.means) >= _LOADS_COMPILER else None,
    )
    told = ", ".join(f"{name} {1000 * seconds:.3g} ms" for name, seconds in race.seconds.items())
    print(f"mixture race: {mixture.name}: {told}; {race.ratio:.1f}x", file=sys.stderr)
    return race


def _memory(problem: MixtureProblem) -> int | None:
    """Return the bytes of two iterations in a process of its own."""
    iterations, threads = str(min(2, problem.iterations)), str(problem.threads)
    arrays = {"X": problem.X, "start": problem.means}
    return peak_memory_of(arrays, "emscope", iterations, threads, problem.covariance_type)


def table(races: Sequence[MixtureRace], conditions: Conditions) -> Sheet:
    """Tabulate the milliseconds of one iteration, the ratios, and whether the likelihoods agree."""
    rows = []
    for race in races:
        regime = race.mixture.regime
        cells = [f"{1000 * seconds / regime.iterations:.3g} ms" for seconds in race.seconds.values()]
        memory = "-" if race.memory is None else f"{race.memory / 1e6:.0f} MB"
        shape = [f"{regime.n:,}", str(regime.d), str(regime.k), str(regime.iterations)]
        rows.append(
            [race.mixture.name, *shape, *cells, f"{race.ratio:.1f}x", f"{race.difference:.0e}", memory]
        )
    mean = geometric_mean(race.ratio for race in races)
    agree = all(race.difference < _AGREE for race in races)
    notes = [
        "float64, the same start and iterations for all, tol = 0, "
        f"{conditions.threads} threads; medians of {conditions.rounds} runs in turns, per iteration",
        f"geometric mean of the ratios {mean:.1f}x (at least {_LEAST}x, aim {_AIM}x)",
        f"differs: relative difference of the log-likelihoods; {'all' if agree else 'NOT all'} < {_AGREE:g}",
        "memory: emscope's beyond the data, in a process of its own; "
        f"wished for: {_MOST_MEMORY / 1e6:.0f} MB at most",
    ]
    columns = ["mixture", "n", "d", "k", "it", *FITS, "ratio", "differs", "memory"]
    return Sheet("Gaussian mixtures, same start, same iterations", columns, rows, notes)


def mixtures_of(names: Sequence[str] | None, quick: bool = False) -> list[MixtureRegime]:
    """Return the mixtures of those names, all of them without names; smaller ones for a quick look."""
    wanted = [mixture for mixture in MIXTURES if names is None or mixture.name in names]
    return [replace(mixture, regime=smaller(mixture.regime)) for mixture in wanted] if quick else wanted
