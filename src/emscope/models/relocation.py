"""What becomes of clusters that own nothing: they start again at the points that fit worst.

The same rule as scikit-learn's: the i-th empty cluster moves to the i-th farthest point from its own
center, and that point leaves its cluster. A row of weight 0, or one that lies on its own center, is
never chosen. Source of the idea: Hartigan, *Clustering Algorithms* (1975), chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from emscope.events import Event
from emscope.kernels.distances import own_distances
from emscope.models.statistics import Array, ClusterStatistics, FarthestRows, Rows

# What is left of a donor's weight when its last row leaves is rounding, not weight.
_NOTHING_LEFT = 1e-12


class HasCenters(Protocol):
    """Parameters of a model whose clusters have centers."""

    @property
    def centers(self) -> Array:
        """Centers, shape (k, d)."""


class Relocation(NamedTuple):
    """One empty cluster and the row its center moved to.

    Attributes
    ----------
    cluster : int
        The cluster that was empty.
    row : int
        Number of the row in the data.
    donor : int
        The cluster that row belonged to.
    distance : float
        Distance of the row from the donor's center.
    """

    cluster: int
    row: int
    donor: int
    distance: float


def farthest_rows(block: Rows, centers: Array, labels: Array, limit: int) -> FarthestRows:
    """Find the rows of a block that lie farthest from the center that owns them.

    Parameters
    ----------
    block : Rows
        m rows and their weights.
    centers : ndarray of shape (k, d)
    labels : ndarray of shape (m,), integer
        The owners.
    limit : int
        How many are wanted.

    Returns
    -------
    FarthestRows
    """
    distances = own_distances(block.rows, centers, labels)
    eligible = np.flatnonzero((distances > 0) & (block.weights > 0))
    return FarthestRows(
        limit,
        distances[eligible],
        block.start + eligible,
        labels[eligible],
        block.weights[eligible],
        block.rows[eligible],
    )


def relocate(
    statistics: ClusterStatistics, farthest: FarthestRows
) -> tuple[ClusterStatistics, tuple[Relocation, ...]]:
    """Give each empty cluster one of the farthest rows, taken from the cluster that owned it.

    Parameters
    ----------
    statistics : ClusterStatistics
        Sums of the last expectation step.
    farthest : FarthestRows
        As many rows as there are empty clusters, or fewer.

    Returns
    -------
    statistics : ClusterStatistics
        The sums after the rows have changed hands; those of a relocated cluster are about its row.
    relocations : tuple of Relocation
        What was moved; empty when every row lies on its own center.
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
        farthest.owners,
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


class Repair(NamedTuple):
    """What was done about empty clusters.

    Attributes
    ----------
    statistics : ClusterStatistics
        The sums after rows have changed hands.
    relocations : tuple of Relocation
        What was moved.
    events : tuple of Event
        One for every cluster that was empty.
    """

    statistics: ClusterStatistics
    relocations: tuple[Relocation, ...] = ()
    events: tuple[Event, ...] = ()


def repair(
    statistics: ClusterStatistics,
    parameters: HasCenters,
    fold: Callable[[Callable[[Rows, Array], FarthestRows]], FarthestRows],
) -> Repair:
    """Find the farthest rows and give them to the empty clusters, if there are any.

    Parameters
    ----------
    statistics : ClusterStatistics
        Sums of the last expectation step.
    parameters : HasCenters
        The centers they were taken about.
    fold : callable
        Folds a function of (block, labels) over the data.

    Returns
    -------
    Repair
    """
    empty = np.flatnonzero(statistics.weights == 0)
    if not len(empty):
        return Repair(statistics)
    repaired, relocations = relocate(
        statistics, fold(lambda block, labels: farthest_rows(block, parameters.centers, labels, len(empty)))
    )
    moved = tuple(
        Event(
            "empty_cluster",
            r.cluster,
            (r.row,),
            values={"case": "moved", "distance": r.distance, "donor": r.donor},
        )
        for r in relocations
    )
    left = tuple(
        Event("empty_cluster", int(cluster), values={"case": "left"}) for cluster in empty[len(relocations) :]
    )
    return Repair(repaired, relocations, moved + left)
