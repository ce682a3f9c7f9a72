"""Units of a span: each has sums of its own, so that threads share them out and no result depends on how."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.kernels.kernel import Share, in_turn
from emscope.kernels.soft.mixture import SoftSums
from emscope.kernels.soft.tiles import TILE

_MOST = 64
_LEAST = 16  # tiles of a unit


class Units(NamedTuple):
    """Which rows belong to each unit, and what shares the units out."""

    rows: tuple[slice, ...] = (slice(None),)
    share: Share = in_turn

    def sum(self, function: Callable[[slice], Array]) -> Array:
        """Return the sum of what a function makes of the rows of each unit."""

        def take(first: int, stop: int) -> list[Array]:
            return [function(own) for own in self.rows[first:stop]]

        parts = [part for some in self.share(take, len(self.rows)) for part in some]
        total: Array = np.add.reduce(parts)
        return total

    def add(self, sums: SoftSums, function: Callable[..., tuple[float, float]]) -> SoftSums:
        """Add up what ``function(rows of the unit, *sums)`` adds to sums of each unit, which begin as given.

        It returns the sum of w log p(x), and the weight of undecided rows.
        """
        if len(self.rows) == 1:
            log_likelihood, undecided = function(self.rows[0], *sums[:4])
            return sums._replace(log_likelihood=log_likelihood, undecided=undecided)
        every = [np.zeros((len(self.rows), *total.shape), total.dtype) for total in sums[:4]]
        scalars = np.empty((len(self.rows), 2))

        def take(first: int, stop: int) -> None:
            for unit in range(first, stop):
                scalars[unit] = function(self.rows[unit], *(total[unit] for total in every))

        self.share(take, len(self.rows))
        counts, weights, totals, scatter = (of_units.sum(axis=0) for of_units in every)
        log_likelihood, undecided = map(float, scalars.sum(axis=0))
        return SoftSums(counts, weights, totals, scatter, log_likelihood, undecided)


ONE = Units()
"""All rows at once."""


def units_of(m: int, share: Share) -> Units:
    """Cut the m rows of a span into units of whole tiles."""
    size = TILE * max(_LEAST, -(-m // (TILE * _MOST)))
    return Units(tuple(slice(start, start + size) for start in range(0, m, size)), share)
