r"""Spherical k-means: clusters of directions.

Points :math:`x_i` are rows scaled to length 1, and so are centers :math:`c_j`. What EM lowers is the weighted
sum of cosine distances of the points to the center of their cluster,

.. math:: J = \sum_i w_i (1 - \cos(x_i, c_{z_i})) = \tfrac12 \sum_i w_i \, \|x_i - c_{z_i}\|^2 ,

taken from the squares, which keep their digits where the cosine is nearly 1.

The **expectation step** is that of k-means: of unit vectors the nearest has the largest cosine. The
**maximization step** lowers J over unit vectors: each center turns to where the sum of its points points.

Source: Dhillon and Modha, "Concept decompositions for large sparse text data using clustering", Machine
Learning 42 (2001), 143-175.
"""

from __future__ import annotations

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Event
from emscope.models import kmeans
from emscope.models.kmeans import Parameters
from emscope.models.model import Fold
from emscope.models.statistics import ClusterStatistics

_AT_ONCE = 1 << 16  # rows
_NEGLIGIBLE = 1e-100  # part of a unit vector; the square of a smaller one might vanish
# Up to this length the mean of a cluster is rounding, and its direction nobody's.
NO_DIRECTION = {"float64": 1e-12, "float32": 1e-6}


class SphericalKMeans(kmeans.KMeans):
    """k-means on the unit sphere: another maximization step, and half the objective."""

    card = ModelCard(
        "spherical",
        "spherical k-means",
        "centers",
        objective="sum of cosine distances",
        from_zero=True,
        owners="nearest",
        points="rows scaled to length 1",
        estimator="SphericalKMeans",
    )

    def maximization(self, statistics: ClusterStatistics, parameters: Parameters) -> Parameters:
        r"""Turn every center to the mean :math:`m_j` of its points, :math:`c_j \leftarrow m_j / \|m_j\|`.

        It stays where it is if its cluster is empty, or if its points cancel out.
        """
        means, lengths = self._means(statistics)
        turning = (statistics.weights > 0) & (lengths > NO_DIRECTION[parameters.centers.dtype.name])
        centers = statistics.about.copy()
        np.divide(means, lengths[:, None], out=centers, where=turning[:, None])
        return Parameters(centers.astype(parameters.centers.dtype, copy=False))

    def objective(self, statistics: ClusterStatistics, parameters: Parameters) -> float:
        """Return the sum of cosine distances J of the labels to any centers."""
        return super().objective(statistics, parameters) / 2

    def objective_after_expectation(self, statistics: ClusterStatistics, parameters: Parameters) -> float:
        """Return the same for the centers that the statistics are about."""
        return super().objective_after_expectation(statistics, parameters) / 2

    def maximization_events(
        self, statistics: ClusterStatistics, before: Parameters, after: Parameters, fold: Fold, iteration: int
    ) -> tuple[Event, ...]:
        """Tell which clusters have points that cancel out."""
        _, lengths = self._means(statistics)
        cancel = (statistics.weights > 0) & (lengths <= NO_DIRECTION[before.centers.dtype.name])
        return tuple(Event("no_direction", int(cluster)) for cluster in np.flatnonzero(cancel))

    def _means(self, statistics: ClusterStatistics) -> tuple[Array, Array]:
        """Return the mean of the points of every cluster, and how long it is: 1 where all are the same."""
        means = super().maximization(statistics, Parameters(statistics.about)).centers
        return means, np.sqrt((means * means).sum(axis=1))


def unit_vectors(rows: Array) -> Array:
    """Scale rows to length 1, however long they are; those of length 0 stay as they are."""
    unit = np.empty_like(rows)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE].astype(np.float64)
        _, exponents = np.frexp(np.abs(part).max(axis=1, keepdims=True))
        part = np.ldexp(part, -exponents)  # exact, and squares neither overflow nor vanish
        lengths = np.sqrt((part * part).sum(axis=1, keepdims=True))
        np.divide(part, lengths, out=part, where=lengths > 0)
        part[np.abs(part) < _NEGLIGIBLE] = 0.0
        unit[start : start + _AT_ONCE] = part
    return unit
