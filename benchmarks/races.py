"""The races: what is timed against what, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.contestants import (
    EMSCOPE,
    Array,
    Contestant,
    Outcome,
    Problem,
    fit_emscope,
    iterations_needed,
    one_iteration,
    without_doubts,
)
from benchmarks.measuring import (
    Timed,
    agreement,
    alternate,
    clocked,
    inertia,
    peak_memory,
    share_of_distances,
)
from benchmarks.regimes import Regime


@dataclass(frozen=True)
class Conditions:
    """How races are run.

    Attributes
    ----------
    dtype : {"float32", "float64"}
        Of the data.
    rounds : int
        Runs of each contestant.
    limit : float
        Seconds after which a contestant is not asked again. A peer whose first iteration promises a run of
        more than five times that is left out, unless it is the fastest.
    threads : int
        Threads of each contestant.
    enough : float
        Seconds that are spent on the runs of a race at least, in up to 50 rounds: what takes a millisecond
        is repeated more often.
    """

    dtype: str = "float32"
    rounds: int = 3
    limit: float = 6.0
    threads: int = 2
    enough: float = 0.5


@dataclass(frozen=True)
class Entry:
    """One contestant in one race.

    Attributes
    ----------
    seconds : float
        Median of its runs.
    runs : int
        How many there were.
    spread : float
        Its slowest run over its fastest.
    n_iter : int
        Iterations of the last one.
    agreement : float
        Share of rows with emscope's label.
    inertia : float
        Of its result, over emscope's.
    agreement_at_first : float or None
        Share of rows with emscope's label after one iteration, before rounding has grown.
    exact : bool
        Whether it is compared with.
    memory : int or None
        Bytes beyond data and labels, if measured.
    """

    seconds: float
    runs: int
    spread: float
    n_iter: int
    agreement: float
    inertia: float
    agreement_at_first: float | None = None
    exact: bool = True
    memory: int | None = None


@dataclass(frozen=True)
class Race:
    """One line of a table.

    Attributes
    ----------
    regime : Regime
        What it was run on.
    iterations : int
        Maximization steps that all took, or the most they were allowed.
    entries : dict of str to Entry
        By name; emscope is the first.
    data_bytes : int
        Size of the data.
    share_of_distances : float or None
        Share of the distances that emscope computed, if counted.
    """

    regime: Regime
    iterations: int
    entries: dict[str, Entry]
    data_bytes: int
    share_of_distances: float | None = None

    @property
    def ours(self) -> Entry:
        """What emscope did."""
        return self.entries["emscope"]

    @property
    def best_peer(self) -> str | None:
        """The name of the fastest exact peer; None if nobody else ran."""
        peers = {name: e for name, e in self.entries.items() if e.exact and name != "emscope"}
        return min(peers, key=lambda name: peers[name].seconds, default=None)

    def ratio(self, peer: str | None = None) -> float | None:
        """Return how many times faster than a peer emscope is, the best exact one if none is named."""
        peer = peer or self.best_peer
        return self.entries[peer].seconds / self.ours.seconds if peer in self.entries else None


def lloyd_race(regime: Regime, field: list[Contestant], conditions: Conditions, memory: bool = False) -> Race:
    """Run everybody from one start for the same iterations.

    Parameters
    ----------
    regime : Regime
        The data, k and the iterations.
    field : list of Contestant
        emscope first.
    conditions : Conditions
        How to run.
    memory : bool
        Whether to measure memory as well.

    Returns
    -------
    Race
    """
    X = regime.rows(conditions.dtype)
    problem = Problem(X, regime.start(X), regime.iterations, conditions.threads)
    problem = replace(problem, iterations=iterations_needed(problem))
    field, at_first = _warmed_up(problem, field, conditions)
    entries = _entries(_timed({c.name: partial(c.fit, problem) for c in field}, conditions), X)
    for contestant in field:
        entries[contestant.name] = replace(
            entries[contestant.name],
            exact=contestant.exact,
            agreement_at_first=at_first[contestant.name],
            memory=peak_memory(contestant, problem) if memory else None,
        )
    return Race(regime, problem.iterations, entries, X.nbytes, share_of_distances(problem))


def recording_race(regime: Regime, conditions: Conditions) -> Race:
    """Run emscope with and without the recording of every half-step.

    Parameters
    ----------
    regime : Regime
        The data, k and the iterations.
    conditions : Conditions
        How to run.

    Returns
    -------
    Race
        Of "emscope" and "not recorded".
    """
    X = regime.rows(conditions.dtype)
    problem = Problem(X, regime.start(X), regime.iterations, conditions.threads)
    EMSCOPE.fit(one_iteration(problem))
    calls = {
        "emscope": partial(fit_emscope, problem),
        "not recorded": partial(fit_emscope, problem, record=False),
    }
    return Race(regime, problem.iterations, _entries(_timed(calls, conditions), X), X.nbytes)


def seeding_race(regime: Regime, conditions: Conditions) -> Race:
    """Choose k centers by greedy k-means++, from the same random state.

    The labels are those of the rows' nearest seeds, so that agreement tells whether the seeds are the same.

    Parameters
    ----------
    regime : Regime
        The data and k.
    conditions : Conditions
        How to run.

    Returns
    -------
    Race
    """
    X = regime.rows(conditions.dtype)
    calls = {
        "emscope": partial(_seeds_of_emscope, X, regime.k, conditions.threads),
        "Lloyd": partial(_seeds_of_scikit_learn, X, regime.k),
    }
    few = X[: 10 * regime.k]
    _seeds_of_emscope(few, regime.k, conditions.threads)
    _seeds_of_scikit_learn(few, regime.k)
    timed = _timed(calls, conditions)
    outcomes = {name: _nearest(X, runs.result) for name, runs in timed.items()}
    return Race(regime, 0, _entries(timed, X, outcomes), X.nbytes)


def whole_race(regime: Regime, peers: list[str], conditions: Conditions, n_init: int = 1) -> Race:
    """Run whole fits as they come: k-means++, the default tolerance, iterations as they are needed.

    Parameters
    ----------
    regime : Regime
        The data and k.
    peers : list of str
        Who takes part, besides emscope, of those with scikit-learn's interface ("Lloyd", "intelex").
    conditions : Conditions
        How to run.
    n_init : int
        Number of starts.

    Returns
    -------
    Race
    """
    X = regime.rows(conditions.dtype)
    calls = {
        name: partial(_fit_by_default, name, k=regime.k, n_init=n_init, threads=conditions.threads)
        for name in ("emscope", "Lloyd", "intelex")
        if name == "emscope" or name in peers
    }
    few = X[: max(len(X) // 8, 2 * regime.k)]
    for call in calls.values():
        call(few)
    timed = _timed({name: partial(call, X) for name, call in calls.items()}, conditions)
    return Race(regime, 0, _entries(timed, X), X.nbytes)


def _warmed_up(
    problem: Problem, field: list[Contestant], conditions: Conditions
) -> tuple[list[Contestant], dict[str, float]]:
    """Run one iteration of all; return who is fast enough to go on, and how far their labels agree."""
    seconds: dict[str, float] = {}
    outcomes: dict[str, Outcome] = {}
    allowed = 5 * conditions.limit / problem.iterations
    for contestant in field:
        first = partial(contestant.fit, one_iteration(problem))
        with threadpool_limits(conditions.threads):
            outcomes[contestant.name], seconds[contestant.name] = clocked(first)
            if seconds[contestant.name] > allowed:  # the first of all calls loads and compiles too
                _, seconds[contestant.name] = clocked(first)
    fastest = min((seconds[c.name] for c in field[1:] if c.exact), default=0.0)
    racing = [c for c in field if c is EMSCOPE or seconds[c.name] <= max(allowed, fastest)]
    return racing, {name: agreement(outcomes["emscope"], outcome) for name, outcome in outcomes.items()}


def _timed(calls: dict[str, Callable[[], Any]], conditions: Conditions) -> dict[str, Timed[Any]]:
    """Run all in turns, with as many threads as are allowed in OpenMP and BLAS too."""
    with threadpool_limits(conditions.threads):
        return alternate(calls, rounds=conditions.rounds, limit=conditions.limit, enough=conditions.enough)


def _entries(
    timed: dict[str, Timed[Any]], X: Array, outcomes: dict[str, Outcome] | None = None
) -> dict[str, Entry]:
    """Compare the results with emscope's."""
    results: dict[str, Outcome] = outcomes or {name: runs.result for name, runs in timed.items()}
    ours = results["emscope"]
    lowest = inertia(X, ours)
    return {
        name: Entry(
            seconds=runs.median,
            runs=len(runs.seconds),
            spread=max(runs.seconds) / min(runs.seconds),
            n_iter=results[name].n_iter,
            agreement=agreement(ours, results[name]),
            inertia=inertia(X, results[name]) / lowest,
        )
        for name, runs in timed.items()
    }


def _seeds_of_emscope(X: Array, k: int, threads: int) -> Array:
    from emscope.data.blocks import ArrayBlocks
    from emscope.engines.threads import Threads
    from emscope.starts import kmeans_plus_plus

    with Threads(ArrayBlocks(X), threads) as engine:
        return kmeans_plus_plus(engine, k, np.random.RandomState(0))


def _seeds_of_scikit_learn(X: Array, k: int) -> Array:
    from sklearn.cluster import kmeans_plusplus

    return kmeans_plusplus(X, k, random_state=0)[0]


def _nearest(X: Array, centers: Array) -> Outcome:
    """Give every row its nearest seed."""
    from sklearn.metrics import pairwise_distances_argmin

    return Outcome(pairwise_distances_argmin(X, centers), centers, 0)


def _fit_by_default(name: str, X: Array, *, k: int, n_init: int, threads: int) -> Outcome:
    if name == "emscope":
        from emscope import KMeans

        model = KMeans(k, n_init=n_init, random_state=0, n_threads=threads)
    elif name == "intelex":
        from sklearnex.cluster import KMeans

        model = KMeans(k, n_init=n_init, random_state=0, n_jobs=threads)
    else:
        from sklearn.cluster import KMeans

        model = KMeans(k, n_init=n_init, random_state=0)
    without_doubts(model, X)
    return Outcome(model.labels_, model.cluster_centers_, model.n_iter_)
