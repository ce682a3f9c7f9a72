"""What becomes of empty clusters: they begin anew at the points that fit worst.

The i-th empty cluster moves to the point that adds the i-th most to the inertia, w |x - c|^2 with c the
center of its own cluster, and that point leaves its cluster. Without weights that is the i-th farthest
point, as in scikit-learn, which leaves weights out of account here: there a point that hardly counts may
become a center. A row of weight 0, or one that lies on its own center, is never chosen. Source of the idea:
Hartigan, *Clustering Algorithms* (1975), chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from emscope.columns import Array
from emscope.events import Event
from emscope.kernels.hard.assignment import HardKernel
from emscope.models.model import Fold, Relocation, Repaired
from emscope.models.statistics import ClusterStatistics, Rows

# What is left of a donor's weight when its last row leaves is rounding, not weight.
_NOTHING_LEFT = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class FarthestRows:
    """The rows farthest from the center of their cluster, by weight times squared distance; farthest first.

    Distances do not add, so these merge by a rule that no order of blocks can change: larger
    ones first, and of equal ones the row that comes first.
    """

    limit: int
    """How many are kept."""
    distances: Array
    """Squared distances, greater than 0, shape (f,)."""
    indices: Array
    """Places of the rows among all rows."""
    numbers: Array
    """Their numbers in the data."""
    labels: Array
    """Their clusters."""
    weights: Array
    """Their sample weights, greater than 0."""
    rows: Array
    """The rows themselves, shape (f, d)."""

    def __post_init__(self) -> None:
        first = np.lexsort((self.indices, -self.weights * self.distances))[: self.limit]
        for name in ("distances", "indices", "numbers", "labels", "weights", "rows"):
            object.__setattr__(self, name, getattr(self, name)[first])

    def merge(self, other: FarthestRows) -> FarthestRows:
        """Keep the farthest of both."""
        return FarthestRows(
            self.limit,
            np.concatenate([self.distances, other.distances]),
            np.concatenate([self.indices, other.indices]),
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.rows, other.rows]),
        )


def farthest_rows(block: Rows, labels: Array, centers: Array, limit: int, kernel: HardKernel) -> FarthestRows:
    """Find the rows of a block, at most ``limit``, that lie farthest from the center of their cluster."""
    distances = kernel.distances(block.rows, centers, labels)
    eligible = np.flatnonzero((distances > 0) & (block.weights > 0))
    return FarthestRows(
        limit,
        distances[eligible],
        block.start + eligible,
        block.numbers(eligible),
        labels[eligible],
        block.weights[eligible],
        block.rows[eligible],
    )


def relocate(
    statistics: ClusterStatistics, farthest: FarthestRows
) -> tuple[ClusterStatistics, tuple[Relocation, ...]]:
    """Give each empty cluster one of the farthest rows, taken from the cluster that it was in.

    The sums of a cluster that was empty are about its row then. Where there are too few rows, because the
    others lie on their own centers, clusters stay empty.
    """
    about, counts, weights, sums, scatter = (
        part.copy()
        for part in (
            statistics.about,
            statistics.counts,
            statistics.weights,
            statistics.sums,
            statistics.scatter,
        )
    )
    relocations = []
    empty = np.flatnonzero(statistics.weights == 0)
    for cluster, row, donor, weight, x, distance in zip(
        empty,
        farthest.indices,
        farthest.labels,
        farthest.weights,
        farthest.rows,
        farthest.distances,
        strict=False,
    ):
        left = weights[donor] - weight
        if left <= _NOTHING_LEFT * statistics.weights[donor]:
            weights[donor], sums[donor], scatter[donor] = 0.0, 0.0, 0.0
        else:
            weights[donor] = left
            sums[donor] -= weight * (x - statistics.about[donor])
            scatter[donor] -= weight * distance
        counts[donor] -= 1
        # about the row itself, because about an empty center far away its digits would be lost
        about[cluster], sums[cluster], scatter[cluster] = x, 0.0, 0.0
        counts[cluster] += 1
        weights[cluster] = weight
        relocations.append(Relocation(int(cluster), int(row), int(donor), float(np.sqrt(distance))))
    return ClusterStatistics(about, counts, weights, sums, scatter), tuple(relocations)


def repair(statistics: ClusterStatistics, centers: Array, fold: Fold, kernel: HardKernel) -> Repaired:
    """Find the rows farthest from the centers and give them to the empty clusters, if there are any."""
    if np.count_nonzero(statistics.weights) == len(statistics.weights):
        return Repaired(statistics)
    empty = np.flatnonzero(statistics.weights == 0)
    farthest = fold(partial(farthest_rows, centers=centers, limit=len(empty), kernel=kernel))
    repaired, relocations = relocate(statistics, farthest)
    moved = tuple(
        Event(
            "empty_cluster",
            r.cluster,
            (number,),
            values={"case": "moved", "distance": r.distance, "donor": r.donor},
        )
        for r, number in zip(relocations, farthest.numbers.tolist(), strict=False)
    )
    left = tuple(
        Event("empty_cluster", int(cluster), values={"case": "left"}) for cluster in empty[len(relocations) :]
    )
    return Repaired(repaired, relocations, moved + left)
