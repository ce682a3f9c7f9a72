"""Where a run begins.

Random draws come in scikit-learn's order, so that one ``random_state`` gives the same start there
and here. Rows of weight 0 are never chosen. No sum is left to BLAS, whose rounding depends on the
number of cores.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from operator import attrgetter

import numpy as np

from emscope.columns import Array
from emscope.data.blocks import Block
from emscope.engines.engine import Engine
from emscope.kernels.choice import seeding_for
from emscope.kernels.kernel import Share
from emscope.kernels.seeding.plain import CHUNK, Seeding
from emscope.models.kmeans import KMeans, Parameters
from emscope.models.spherical_kmeans import SphericalKMeans

_ROUNDING = 1e-12  # relative error of a sum of squared distances, with room to spare

Start = Callable[[Engine, int, np.random.RandomState], Array]
"""``start(engine, n_clusters, random) -> centers``, shape (k, d)."""


def random_rows(engine: Engine, n_clusters: int, random: np.random.RandomState) -> Array:
    """Choose k different rows, each with probability proportional to its weight (Forgy 1965)."""
    weights = _weights(engine)
    weights /= weights.sum()
    return engine.blocks.take(random.choice(len(weights), size=n_clusters, replace=False, p=weights))


def kmeans_plus_plus(engine: Engine, n_clusters: int, random: np.random.RandomState) -> Array:
    """Choose rows far from those already chosen, the best of a few trials each time.

    Each trial draws a row with probability proportional to its weight times the squared distance from the
    nearest center so far; of 2 + ln k trials the one that lowers the inertia most is kept.

    Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, with the
    greedy trials that they mention in the conclusion.
    """
    n_trials = 2 + int(np.log(n_clusters))
    chosen = _Chosen(engine, n_clusters)
    chosen.add_best_of(np.array([_any_row(engine, random)]))
    for _ in range(1, n_clusters):
        draws = random.uniform(size=n_trials) * chosen.potential
        chosen.add_best_of(chosen.rows_at(draws))
    return engine.blocks.take(chosen.rows)


def farthest_point(engine: Engine, n_clusters: int, random: np.random.RandomState) -> Array:
    """Choose a random row, then always the row farthest from those already chosen.

    Only the first is drawn by weight: the others are to cover all rows that count, however little.

    Source: Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer
    Science 38 (1985), 293-306.
    """
    chosen = _Chosen(engine, n_clusters)
    chosen.add(_any_row(engine, random))
    for _ in range(1, n_clusters):
        chosen.add(chosen.farthest())
    return engine.blocks.take(chosen.rows)


def random_partition(
    engine: Engine, n_clusters: int, random: np.random.RandomState, kind: type[KMeans] = KMeans
) -> Array:
    """Give every row a random label and begin where a maximization step puts the centers of those clusters.

    A cluster that gets no row (or only rows of weight 0) begins at a random row.

    Source: MacQueen, "Some methods for classification and analysis of multivariate observations", 5th
    Berkeley Symposium (1967), 281-297.
    """
    labels = random.randint(n_clusters, size=engine.blocks.n_samples).astype(np.int32)
    model, start = kind(), Parameters(random_rows(engine, n_clusters, random))
    statistics = engine.fold(partial(model.statistics_about, before=start, after=start), labels)
    return model.maximization(statistics, start).centers


STARTS: dict[str, Start] = {
    "k-means++": kmeans_plus_plus,
    "random": random_rows,
    "farthest": farthest_point,
    "random-partition": random_partition,
}
"""The starts by name."""

SPHERICAL_STARTS: dict[str, Start] = {
    **STARTS,
    "random-partition": partial(random_partition, kind=SphericalKMeans),
}
"""Those of spherical k-means, on points of length 1."""


class _Chosen:
    """The rows chosen so far; how far all rows are from the nearest of them is kept beside their blocks."""

    def __init__(self, engine: Engine, n_clusters: int) -> None:
        blocks = engine.blocks
        self._engine = engine
        seeding = seeding_for(blocks.n_samples, blocks.n_features, n_clusters)
        self._kept = engine.keep(partial(_prepared, seeding=seeding))
        self._centers = np.empty((n_clusters, blocks.n_features))
        self._rows: list[int] = []
        self._cumulated = np.zeros(1)  # weighted squared distances, over chunks of rows

    @property
    def potential(self) -> float:
        """The weighted sum of squared distances, as of the last ``add_best_of``."""
        return float(self._cumulated[-1])

    @property
    def rows(self) -> Array:
        """Their numbers."""
        return np.array(self._rows)

    @property
    def _chosen(self) -> Array:
        return self._centers[: len(self._rows)]

    def add(self, row: int) -> None:
        """Choose one more."""
        self._centers[len(self._rows)] = self._engine.blocks.take(np.array([row]))[0]
        self._rows.append(int(row))

    def cumulated_with(self, trials: Array) -> Array:
        """Return for each trial the weighted squared distances if it were chosen, cumulated over chunks."""
        centers = self._engine.blocks.take(trials).astype(np.float64)
        sums = list(self._kept.map(partial(_sums_with, chosen=self._chosen, trials=centers)))
        return np.cumsum(np.concatenate(sums, axis=1), axis=1)

    def add_best_of(self, trials: Array) -> None:
        """Choose the row that lowers the potential most, of several that tie (but for rounding) the first."""
        cumulated = self.cumulated_with(trials)
        potentials = cumulated[:, -1]
        best = int(np.argmax(potentials <= potentials.min() * (1 + _ROUNDING)))
        self.add(trials[best])
        self._cumulated = cumulated[best]

    def rows_at(self, draws: Array) -> Array:
        """Return the rows at which the weighted squared distances, cumulated over rows, reach the draws.

        A draw of 0 (as all are where every distance is 0) is the first row that has a weight.
        """
        before = np.concatenate(([0.0], self._cumulated))
        chunks = np.searchsorted(self._cumulated, draws)
        return np.array([
            self._row_at(int(chunk), draw - before[chunk]) if draw > 0 else _first_row(self._engine)
            for chunk, draw in zip(chunks, draws, strict=True)
        ])  # fmt: skip

    def farthest(self) -> int:
        """Return the row that is farthest from those chosen; one of weight 0 never is."""
        found = self._kept.map(partial(_farthest_from, chosen=self._chosen))
        return max(found, key=lambda distance_and_row: distance_and_row[0])[1]

    def _row_at(self, chunk: int, remainder: float) -> int:
        spans = self._engine.blocks.spans
        index, chunk = divmod(chunk, -(-min(spans.block_size, spans.n_samples) // CHUNK))
        return self._kept.at(index, partial(_row_at, chosen=self._chosen, chunk=chunk, remainder=remainder))


def _prepared(span: Block, share: Share, seeding: Callable[[int, Share], Seeding]) -> Seeding:
    return seeding(len(span.rows), share)


def _sums_with(block: Block, kept: Seeding, chosen: Array, trials: Array) -> Array:
    return kept.sums(block.rows, block.weights, chosen, trials)


def _farthest_from(block: Block, kept: Seeding, chosen: Array) -> tuple[float, int]:
    distance, row = kept.farthest(block.rows, block.weights, chosen)
    return distance, block.start + row


def _row_at(block: Block, kept: Seeding, chosen: Array, chunk: int, remainder: float) -> int:
    return block.start + kept.row_at(block.rows, block.weights, chosen, chunk, remainder)


def _weights(engine: Engine) -> Array:
    return np.concatenate(list(engine.map(attrgetter("weights"))))


def _any_row(engine: Engine, random: np.random.RandomState) -> int:
    """Draw a row with probability proportional to its weight, as ``random.choice`` does."""
    probabilities = _weights(engine)
    probabilities /= probabilities.sum()
    cumulated = np.cumsum(probabilities, out=probabilities)
    return bisect_right(cumulated, random.random_sample(), key=lambda value: value / cumulated[-1])


def _first_row(engine: Engine) -> int:
    """Return the first row that has a weight."""
    return next(row for row in engine.map(_first_row_of) if row is not None)


def _first_row_of(block: Block) -> int | None:
    weighted = block.weights > 0
    return block.start + int(np.argmax(weighted)) if weighted.any() else None
