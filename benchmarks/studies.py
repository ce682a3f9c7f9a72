"""Studies beside the scikit-learn fits that they would take: resamples, and many starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from benchmarks.measuring import alternate
from benchmarks.races import Conditions
from benchmarks.report import Sheet

Array = npt.NDArray[np.float64]

_LEAST, _AIM = 5, 20  # times as fast as the fits alone take in scikit-learn
_FITS = 100


@dataclass(frozen=True)
class StudyRace:
    """A study, and the fits of scikit-learn that it stands for.

    Attributes
    ----------
    name : str
        What is asked, of which rows.
    fits : int
        How many fits it takes.
    seconds, peer : float
        Of the study, and of as many fits in scikit-learn.
    """

    name: str
    fits: int
    seconds: float
    peer: float

    @property
    def ratio(self) -> float:
        """How many times as long the fits take in scikit-learn."""
        return self.peer / self.seconds


def study_races(conditions: Conditions, quick: bool = False) -> list[StudyRace]:
    """Run stability of 10,000 x 8 rows, k = 5, at three distances of their groups; and 1,000 starts.

    A study does more than its fits: of stability it draws halves, labels all rows and compares; of starts
    it groups the ends. scikit-learn is asked for fits alone, each to half of the rows of its own.
    """
    from emscope import KMeans, datasets, study

    fits, n = (10, 1_000) if quick else (_FITS, 10_000)
    races = []
    for name, spread in (("well separated", 10.0), ("touching", 1.0), ("no groups", 0.0)):
        random = np.random.default_rng(0)
        X = spread * random.normal(size=(5, 8))[random.integers(5, size=n)] + random.normal(size=(n, 8))
        model = KMeans(5, random_state=0, record=False).fit(X)
        halves = [random.permutation(n)[: n // 2] for _ in range(fits)]

        def stability(model: KMeans = model, X: Array = X) -> object:
            return study.stability(model, X, n_resamples=fits, random_state=0, n_threads=conditions.threads)

        def peer(X: Array = X, halves: Sequence[Array] = halves) -> object:
            return [_fit_scikit_learn(X[half], 5) for half in halves]

        races.append(_raced(f"stability, {name}", fits, stability, peer, conditions))
    table = datasets.old_faithful().matrix
    starts = 10 * fits

    def optima() -> object:
        return study.optima(table, 4, n_starts=starts, random_state=0, n_threads=conditions.threads)

    def restarts() -> object:
        return _fit_scikit_learn(table, 4, starts)

    races.append(_raced("optima, Old Faithful, k = 4", starts, optima, restarts, conditions))
    return races


def table(races: Sequence[StudyRace], conditions: Conditions) -> Sheet:
    """Tabulate how long studies take."""
    rows = [
        [race.name, f"{race.fits:,}", f"{race.seconds:.3g} s", f"{race.peer:.3g} s", f"{race.ratio:.1f}x"]
        for race in races
    ]
    notes = [
        f"float64, {conditions.threads} threads; medians of {conditions.rounds} runs or more, in turns",
        "stability: 10,000 x 8 rows, k = 5, half of the rows at a time; scikit-learn's fits alone",
        f"wished for: at least {_LEAST}x, aim {_AIM}x; 1,000 starts under 2 s, aim 0.5 s",
    ]
    return Sheet("Studies of many fits", ["study", "fits", "emscope", "scikit-learn", "ratio"], rows, notes)


def _raced(
    name: str, fits: int, ours: Callable[[], object], peer: Callable[[], object], conditions: Conditions
) -> StudyRace:
    ours()  # which compiles, or loads what was
    with threadpool_limits(conditions.threads):
        timed = alternate(
            {"emscope": ours, "scikit-learn": peer},
            rounds=conditions.rounds,
            limit=conditions.limit,
            enough=conditions.enough,
        )
    return StudyRace(name, fits, timed["emscope"].median, timed["scikit-learn"].median)


def _fit_scikit_learn(X: Array, k: int, n_init: int = 1) -> object:
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=n_init, random_state=0).fit(X)
