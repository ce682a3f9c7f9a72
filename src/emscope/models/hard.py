"""What models with one center per cluster, and one label per point, have in common besides the algorithm."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import numpy as np

from emscope.columns import Array
from emscope.events import Event
from emscope.kernels.hard.assignment import PLAIN, HardKernel
from emscope.kernels.kernel import Share, Workspace, in_turn
from emscope.models import relocation, sizes
from emscope.models.model import Fold, Model, Repaired
from emscope.models.statistics import ClusterStatistics, Rows

# A closed form that ends below this fraction of what it started from has lost too many digits.
_CANCELS = 1e-3


class HasCenters(Protocol):
    """Parameters of such a model."""

    @property
    def centers(self) -> Array:
        """Centers, shape (k, d)."""


P = TypeVar("P", bound=HasCenters)


class HardModel(Model[P, ClusterStatistics], Generic[P]):
    """A model whose statistics are sums over each cluster about its center, as a kernel takes them."""

    def __init__(self, kernel: HardKernel = PLAIN) -> None:
        self.kernel = kernel

    @property
    def blas(self) -> bool:
        """Whether the kernel calls BLAS."""
        return self.kernel.blas

    @property
    def spanning(self) -> bool:
        """Whether the kernel gains from many rows at once."""
        return self.kernel.spanning

    def prepare(self, block: Rows, share: Share = in_turn) -> Workspace:
        """Return what the kernel keeps for a block."""
        return self.kernel.prepare(block.rows, block.weights, share)

    def cancels(self, statistics: ClusterStatistics, before: P, after: P) -> bool:
        """Tell whether little is left of the scatter that the objective is computed from."""
        scatter = float(np.add.reduce(statistics.scatter))
        # what is taken away is at most twice the product of shifts and sums
        product = np.vdot(after.centers - statistics.about, statistics.sums)
        return bool(product > scatter / 4) and self.objective(statistics, after) < _CANCELS * scatter

    def statistics_about(self, block: Rows, labels: Array, before: P, after: P) -> ClusterStatistics:
        """Return the sums about the centers of ``after``, for given labels."""
        sums = self.kernel.sums(block.rows, block.weights, labels, after.centers)
        return ClusterStatistics(np.asarray(after.centers, np.float64), *sums)

    def repair(self, statistics: ClusterStatistics, parameters: P, fold: Fold) -> Repaired:
        """Move the centers of empty clusters to the rows that fit worst."""
        return relocation.repair(statistics, parameters.centers, fold, self.kernel)

    def final_events(self, statistics: ClusterStatistics, parameters: P, fold: Fold) -> tuple[Event, ...]:
        """Doubt clusters of no row or a single one."""
        return sizes.doubts(self.card, statistics.counts, statistics.weights, fold)
