r"""k-means: EM in which every point has exactly one label.

The model is k centers :math:`c_j`. What EM lowers is the inertia, the weighted sum of squared
distances of the points to the center of their cluster,

.. math:: J = \sum_i w_i \, \|x_i - c_{z_i}\|^2 .

The **expectation step** lowers J over the labels :math:`z_i`: each point goes to its nearest center.
The **maximization step** lowers J over the centers: each center goes to the mean of its points.

Sources: Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982), 129-137;
Bishop, *Pattern Recognition and Machine Learning* (2006), section 9.1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emscope.card import KMEANS
from emscope.columns import Array
from emscope.kernels.kernel import Workspace
from emscope.models.hard import HardModel
from emscope.models.statistics import ClusterStatistics, Rows


class Parameters(NamedTuple):
    """All that a fit changes: the centers, shape (k, d), in the dtype of the data."""

    centers: Array


class KMeans(HardModel[Parameters]):
    """The two half-steps and what they lower."""

    card = KMEANS

    def expectation(
        self, block: Rows, parameters: Parameters, labels: Array, workspace: Workspace | None = None
    ) -> ClusterStatistics:
        r"""Give every row its nearest center, :math:`z_i = \arg\min_j \|x_i - c_j\|^2`.

        Ties go to the lowest index. Return the sums over each cluster, about its center.
        """
        step = (workspace or self.prepare(block)).step
        sums = step(block.rows, block.weights, parameters.centers, labels)
        return ClusterStatistics(np.asarray(parameters.centers, np.float64), *sums)

    def maximization(self, statistics: ClusterStatistics, parameters: Parameters) -> Parameters:
        r"""Move every center to the mean of its rows; an empty cluster stays where it is.

        .. math:: c_j \leftarrow c_j + \frac{\sum_{z_i = j} w_i (x_i - c_j)}{\sum_{z_i = j} w_i}
        """
        weights = statistics.weights
        if np.count_nonzero(weights) < len(weights):
            weights = np.where(weights > 0, weights, 1.0)  # of which the sums are 0
        shift = statistics.sums / weights[:, None]
        return Parameters((statistics.about + shift).astype(parameters.centers.dtype, copy=False))

    def objective(self, statistics: ClusterStatistics, parameters: Parameters) -> float:
        r"""Return the inertia J of the labels about any centers.

        With :math:`\delta_j` the shift since the statistics were taken, :math:`S_j` their sums,
        :math:`n_j` their weights and :math:`W_j` their scatter,

        .. math:: J = \sum_j W_j - 2\, \delta_j \cdot S_j + n_j \|\delta_j\|^2 .
        """
        shift = parameters.centers - statistics.about
        cross = np.add.reduce(shift * statistics.sums, axis=1)
        own = statistics.weights * np.add.reduce(shift * shift, axis=1)
        return float(np.add.reduce(statistics.scatter - (cross + cross) + own))

    def objective_after_expectation(self, statistics: ClusterStatistics, parameters: Parameters) -> float:
        """Return the inertia of the centers that the statistics are about: their scatter."""
        return float(np.add.reduce(statistics.scatter))
