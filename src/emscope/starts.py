"""Where a run begins.

Random draws come in scikit-learn's order, so that one ``random_state`` gives the same start there
and here. Rows of weight 0 are never chosen. No sum is left to BLAS, whose rounding depends on the
number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emscope.data.blocks import Block
from emscope.engines.threads import Threads
from emscope.kernels.distances import squared_distances
from emscope.models import kmeans
from emscope.models.statistics import Array

Start = Callable[[Threads, int, np.random.RandomState], Array]


def random_rows(engine: Threads, n_clusters: int, random: np.random.RandomState) -> Array:
    """Choose k different rows, each with probability proportional to its weight (Forgy 1965).

    Parameters
    ----------
    engine : Threads
        The data.
    n_clusters : int
        k.
    random : RandomState
        Source of the draws.

    Returns
    -------
    ndarray of shape (k, d)
    """
    blocks = engine.blocks
    return blocks.take(
        random.choice(blocks.n_samples, size=n_clusters, replace=False, p=_probabilities(engine))
    )


def kmeans_plus_plus(engine: Threads, n_clusters: int, random: np.random.RandomState) -> Array:
    """Choose rows far from those already chosen, the best of a few trials each time.

    Each trial draws a row with probability proportional to its weight times the squared distance from the
    nearest center so far; of 2 + ln k trials the one that lowers the inertia most is kept.

    Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, with the
    greedy trials that they mention in the conclusion.

    Parameters
    ----------
    engine : Threads
        The data.
    n_clusters : int
        k.
    random : RandomState
        Source of the draws.

    Returns
    -------
    ndarray of shape (k, d)
    """
    n_trials = 2 + int(np.log(n_clusters))
    blocks = engine.blocks
    chosen = [int(random.choice(blocks.n_samples, p=_probabilities(engine)))]
    closest = np.full(blocks.n_samples, np.inf)
    potential = _add_center(engine, closest, blocks.take(np.array(chosen)))
    for _ in range(1, n_clusters):
        draws = random.uniform(size=n_trials) * potential
        trials = _rows_at(engine, closest, draws)
        centers = blocks.take(trials)
        best = int(np.argmin(_potentials(engine, closest, centers)))
        chosen.append(int(trials[best]))
        potential = _add_center(engine, closest, centers[best : best + 1])
    return blocks.take(np.array(chosen))


def farthest_point(engine: Threads, n_clusters: int, random: np.random.RandomState) -> Array:
    """Choose a random row, then always the row farthest from those already chosen.

    Source: Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer
    Science 38 (1985), 293-306.

    Parameters
    ----------
    engine : Threads
        The data.
    n_clusters : int
        k.
    random : RandomState
        Source of the first draw.

    Returns
    -------
    ndarray of shape (k, d)
    """
    blocks = engine.blocks
    chosen = [int(random.choice(blocks.n_samples, p=_probabilities(engine)))]
    closest = np.full(blocks.n_samples, np.inf)
    for _ in range(1, n_clusters):
        _add_center(engine, closest, blocks.take(np.array(chosen[-1:])))
        for block in engine.map(lambda block: block):
            closest[block.start : block.stop][block.weights == 0] = -1.0
        chosen.append(int(np.argmax(closest)))
    return blocks.take(np.array(chosen))


def random_partition(engine: Threads, n_clusters: int, random: np.random.RandomState) -> Array:
    """Give every row a random owner and begin at the means of those clusters.

    A cluster that gets no row (or only rows of weight 0) begins at a random row.

    Source: MacQueen, "Some methods for classification and analysis of multivariate observations", 5th
    Berkeley Symposium (1967), 281-297.

    Parameters
    ----------
    engine : Threads
        The data.
    n_clusters : int
        k.
    random : RandomState
        Source of the draws.

    Returns
    -------
    ndarray of shape (k, d)
    """
    owners = random.randint(n_clusters, size=engine.blocks.n_samples).astype(np.int32)
    start = kmeans.Parameters(random_rows(engine, n_clusters, random))
    statistics = engine.fold(lambda block, labels: kmeans.held(block, start, labels), owners)
    return kmeans.maximization(statistics, start).centers


STARTS: dict[str, Start] = {
    "k-means++": kmeans_plus_plus,
    "random": random_rows,
    "farthest": farthest_point,
    "random-partition": random_partition,
}
"""The starts by name."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """An array that adds up over blocks."""

    value: Array

    def merge(self, other: _Sum) -> _Sum:
        return _Sum(self.value + other.value)


def _probabilities(engine: Threads) -> Array:
    weights = np.concatenate(list(engine.map(lambda block: block.weights)))
    return np.asarray(weights / weights.sum())


def _add_center(engine: Threads, closest: Array, center: Array) -> float:
    """Lower ``closest`` to the squared distances from one more center; return their weighted sum."""

    def part(block: Block, squared: Array) -> _Sum:
        np.minimum(squared, squared_distances(block.rows, center)[:, 0], out=squared)
        return _Sum(np.sum(squared * block.weights))

    return float(engine.fold(part, closest).value)


def _potentials(engine: Threads, closest: Array, centers: Array) -> Array:
    """Return what each center alone would lower the weighted sum of ``closest`` to."""

    def part(block: Block, squared: Array) -> _Sum:
        lowered = np.minimum(squared[:, None], squared_distances(block.rows, centers))
        return _Sum(np.sum(lowered * block.weights[:, None], axis=0))

    return engine.fold(part, closest).value


def _rows_at(engine: Threads, closest: Array, draws: Array) -> Array:
    """Return the rows at which the cumulated weighted squared distances reach the draws.

    Where every distance is 0 that is the first row that has a weight.
    """
    weights = np.concatenate(list(engine.map(lambda block: block.weights)))
    rows = np.searchsorted(np.cumsum(weights * closest), draws)
    return np.clip(rows, np.argmax(weights > 0), len(weights) - 1)
