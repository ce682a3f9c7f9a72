r"""k-means: EM in which every point has exactly one owner.

The model is k centers :math:`c_j`. What EM lowers is the inertia, the weighted sum of squared
distances of the points to the center that owns them,

.. math:: J = \sum_i w_i \, \|x_i - c_{z_i}\|^2 .

The **expectation step** lowers J over the owners :math:`z_i`: each point goes to its nearest center.
The **maximization step** lowers J over the centers: each center goes to the mean of its points.

Sources: Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982), 129-137;
Bishop, *Pattern Recognition and Machine Learning* (2006), section 9.1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emscope.card import KMEANS
from emscope.kernels.assignment import Kernel, assign_plainly, sum_up
from emscope.kernels.distances import own_distances
from emscope.models.relocation import repair
from emscope.models.remarks import Remark
from emscope.models.statistics import Array, ClusterStatistics, Rows

__all__ = [
    "Parameters",
    "cancels",
    "card",
    "closing",
    "expectation",
    "held",
    "maximization",
    "objective",
    "repair",
]

card = KMEANS

# A closed form that ends below this fraction of what it started from has lost too many digits.
_CANCELS = 1e-3


class Parameters(NamedTuple):
    """All that a fit changes.

    Attributes
    ----------
    centers : ndarray of shape (k, d)
        In the dtype of the data.
    """

    centers: Array


def expectation(
    block: Rows, parameters: Parameters, labels: Array, workspace: Kernel | None = None
) -> ClusterStatistics:
    r"""Give every row its nearest center, :math:`z_i = \arg\min_j \|x_i - c_j\|^2`.

    Ties go to the lowest index.

    Parameters
    ----------
    block : Rows
        m rows and their weights.
    parameters : Parameters
        The centers.
    labels : ndarray of shape (m,), integer
        Written to: the owners, in the order of the workspace if it has one.
    workspace : Kernel, optional
        Prepared for this block; it may be faster and never changes an owner.

    Returns
    -------
    ClusterStatistics
        The sums over each cluster, about its center.
    """
    assign = workspace.assign if workspace else assign_plainly
    sums = assign(block.rows, block.weights, parameters.centers, labels)
    return ClusterStatistics(np.asarray(parameters.centers, np.float64), *sums)


def cancels(statistics: ClusterStatistics, before: Parameters, after: Parameters) -> bool:
    """Tell whether an M-step lost digits, so that its statistics are to be taken about the new centers.

    Parameters
    ----------
    statistics : ClusterStatistics
        About the centers of ``before``.
    before, after : Parameters
        Of the M-step.

    Returns
    -------
    bool
    """
    return objective(statistics, after) < _CANCELS * float(statistics.scatter.sum())


def held(block: Rows, labels: Array, before: Parameters, after: Parameters) -> ClusterStatistics:
    """Sum up the rows about the centers of ``after``, with the owners as they are.

    Parameters
    ----------
    block : Rows
        m rows and their weights.
    labels : ndarray of shape (m,), integer
        The owners.
    before, after : Parameters
        Of an M-step; the owners say all that is needed of the first.

    Returns
    -------
    ClusterStatistics
    """
    distances = own_distances(block.rows, after.centers, labels)
    sums = sum_up(block.rows, block.weights, after.centers, labels, distances)
    return ClusterStatistics(np.asarray(after.centers, np.float64), *sums)


def closing(statistics: ClusterStatistics) -> tuple[Remark, ...]:
    """Tell how many clusters own nothing at the end of a run.

    Parameters
    ----------
    statistics : ClusterStatistics
        Of the last expectation step.

    Returns
    -------
    tuple of Remark
    """
    counts = statistics.counts
    if counts.all():
        return ()
    message = (
        f"only {np.count_nonzero(counts):,} of {len(counts):,} clusters own points: "
        "the data may have fewer distinct points than clusters"
    )
    return (Remark("fewer_distinct_points", None, message),)


def maximization(statistics: ClusterStatistics, parameters: Parameters) -> Parameters:
    r"""Move every center to the mean of its rows.

    .. math:: c_j \leftarrow c_j + \frac{\sum_{z_i = j} w_i (x_i - c_j)}{\sum_{z_i = j} w_i}

    A center that owns nothing stays where it is.

    Parameters
    ----------
    statistics : ClusterStatistics
        Sums about the centers of ``parameters``.
    parameters : Parameters
        The centers before the step.

    Returns
    -------
    parameters : Parameters
        The centers after it, in the same dtype.
    """
    weights = statistics.weights[:, None]
    shift = np.divide(statistics.sums, weights, out=np.zeros(statistics.sums.shape), where=weights > 0)
    return Parameters((statistics.about + shift).astype(parameters.centers.dtype, copy=False))


def objective(statistics: ClusterStatistics, parameters: Parameters) -> float:
    r"""Return the inertia J of the rows about the centers of ``parameters``.

    With :math:`\delta_j` the shift since the statistics were taken, :math:`S_j` their sums,
    :math:`n_j` their weights and :math:`W_j` their scatter,

    .. math:: J = \sum_j W_j - 2\, \delta_j \cdot S_j + n_j \|\delta_j\|^2 ,

    which is W itself right after an expectation step.

    Parameters
    ----------
    statistics : ClusterStatistics
        Sums of the last expectation step.
    parameters : Parameters
        The centers after either half-step.

    Returns
    -------
    float
    """
    if statistics.about is parameters.centers:  # right after an expectation step
        return float(statistics.scatter.sum())
    shift = parameters.centers - statistics.about
    cross = (shift * statistics.sums).sum(axis=1)
    own = statistics.weights * (shift * shift).sum(axis=1)
    return float((statistics.scatter - 2 * cross + own).sum())
