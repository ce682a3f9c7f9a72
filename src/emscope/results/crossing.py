"""A column that took no part in a clustering, counted by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.columns import Array


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """How often each category of a column stands in each cluster.

    Attributes
    ----------
    column : str
        The column.
    categories : tuple of str
        Its different values.
    masses : ndarray of shape (k, r)
        Sum of the weights of rows by cluster and category; numbers of rows without weights.
    cramers_v : float
        Association of column and clusters, from 0 to 1, corrected for bias; NaN where it has one
        category or there is one cluster.
    """

    column: str
    categories: tuple[str, ...]
    masses: Array
    cramers_v: float

    def telling(self, cluster: int) -> tuple[int, float, float]:
        """Return the category most in excess in a cluster, its share there, and its share of all rows.

        >>> Crossing("color", ("red", "blue"), np.array([[3, 1], [0, 4]]), 0.7).telling(0)
        (0, 0.75, 0.375)
        """
        own, total = self.masses[cluster], self.masses.sum(axis=0)
        if not own.sum() > 0:
            return 0, 0.0, 0.0
        here, everywhere = own / own.sum(), total / total.sum()
        best = int(np.argmax(here - everywhere))
        return best, float(here[best]), float(everywhere[best])
