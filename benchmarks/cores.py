"""Every core: what the second thread brings, and how eight threads share the work."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from threadpoolctl import ThreadpoolController, threadpool_limits

from benchmarks.contestants import EMSCOPE, PEERS, Contestant, Outcome, Problem, one_iteration
from benchmarks.machine import cores
from benchmarks.measuring import alternate, geometric_mean
from benchmarks.races import Conditions
from benchmarks.regimes import Regime, smaller
from benchmarks.report import Sheet, duration
from benchmarks.rows.generated import blobs, uniform
from benchmarks.threads import Shares, shares, told

CORES = (
    Regime("cores-2", partial(blobs, groups=100), 1_000_000, 2, 64, ""),
    Regime("cores-10", partial(blobs, groups=60), 300_000, 10, 40, ""),
    Regime("cores-64", uniform, 100_000, 64, 100, ""),
)
"""Few features to many."""

_MANY = 8
_CONTESTANTS = {"emscope": EMSCOPE, "scikit-learn": PEERS[0]}


@dataclass(frozen=True)
class CoresRace:
    """One line of the table.

    Attributes
    ----------
    regime : Regime
        What it was run on.
    seconds : dict of str to tuple of float
        Medians with one thread and with two, by name.
    shared : list of Shares
        How emscope shared the work among eight threads in each run; empty where the system does not tell.
    """

    regime: Regime
    seconds: dict[str, tuple[float, float]]
    shared: list[Shares]

    def gain(self, name: str) -> float:
        """How many times as fast two threads are as one."""
        one, two = self.seconds[name]
        return one / two

    @property
    def quotient(self) -> float:
        """The gain of emscope over that of scikit-learn."""
        return self.gain("emscope") / self.gain("scikit-learn")


def cores_race(regime: Regime, conditions: Conditions) -> CoresRace:
    """Run emscope and scikit-learn with one thread and with two, in turns, and emscope with eight.

    Parameters
    ----------
    regime : Regime
        The data, k and the iterations.
    conditions : Conditions
        How to run, but for the number of threads.

    Returns
    -------
    CoresRace
    """
    X = regime.rows(conditions.dtype)
    problem = Problem(X, regime.start(X), regime.iterations, _MANY)
    shared = _shared(problem, conditions.rounds)  # first: OpenMP's threads go on spinning after a call
    race = CoresRace(regime, _seconds(problem, conditions), shared)
    gains = ", ".join(f"{name} {race.gain(name):.2f}x" for name in race.seconds)
    print(f"cores race: {regime.name}: second thread {gains}", file=sys.stderr)
    return race


def _shared(problem: Problem, rounds: int) -> list[Shares]:
    """Return how emscope's threads share the work, with none of BLAS beside them."""
    EMSCOPE.fit(one_iteration(problem))
    with threadpool_limits(1):
        return [shares(partial(EMSCOPE.fit, problem)) for _ in range(rounds)] if told() else []


def _seconds(problem: Problem, conditions: Conditions) -> dict[str, tuple[float, float]]:
    """Return the medians of one thread and of two, by name."""
    for contestant in _CONTESTANTS.values():
        contestant.fit(one_iteration(problem))
    libraries = ThreadpoolController()  # now that all are loaded

    def fit(contestant: Contestant, threads: int) -> Outcome:
        with libraries.limit(limits=threads):
            return contestant.fit(replace(problem, threads=threads))

    calls = {
        f"{name} {threads}": partial(fit, contestant, threads)
        for name, contestant in _CONTESTANTS.items()
        for threads in (1, 2)
    }
    timed = alternate(calls, rounds=conditions.rounds, limit=conditions.limit, enough=conditions.enough)
    return {name: (timed[f"{name} 1"].median, timed[f"{name} 2"].median) for name in _CONTESTANTS}


def table(races: Sequence[CoresRace], conditions: Conditions) -> Sheet:
    """Tabulate what the second thread brings to both, and how eight threads share emscope's work."""
    rows = []
    for race in races:
        regime = race.regime
        row = [regime.name, f"{regime.n:,}", str(regime.d), str(regime.k)]
        for name, (one, two) in race.seconds.items():
            row += [f"{duration(one)} / {duration(two)}", f"{race.gain(name):.2f}x"]
        row.append(f"{race.quotient:.2f}x")
        if race.shared:
            at_work = median(one.at_work for one in race.shared)
            of_main = median(one.of_main for one in race.shared)
            row += [f"{at_work:.1f} of {_MANY}", f"{of_main:.0%}"]
        else:
            row += ["-", "-"]
        rows.append(row)
    mean = geometric_mean(race.quotient for race in races)
    notes = [
        f"{conditions.dtype}, the same start and iterations, tol = 0; one thread / two threads on {cores()} "
        f"cores, medians of {conditions.rounds} runs in turns",
        f"quotient: emscope's gain from the second thread over scikit-learn's; geometric mean {mean:.2f}x",
        f"at work: processor time of emscope's {_MANY} threads over that of the busiest of them; "
        "main: share of the thread that called",
    ]
    columns = ["regime", "n", "d", "k"]
    for name in _CONTESTANTS:
        columns += [name, "gain"]
    return Sheet("Every core", [*columns, "quotient", "at work", "main"], rows, notes)


def cores_of(names: Sequence[str] | None, quick: bool = False) -> list[Regime]:
    """Return the regimes of those names, all of them without names; smaller ones for a quick look."""
    wanted = [regime for regime in CORES if names is None or regime.name in names]
    return [smaller(regime) for regime in wanted] if quick else wanted
