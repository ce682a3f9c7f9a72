"""Units of a span: each has sums of its own, so that threads share them out and no result depends on how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from emscope.columns import Array
from emscope.kernels.kernel import Share, in_turn

MOST_UNITS = 64

R = TypeVar("R")


class Units(NamedTuple):
    """Which rows belong to each unit, and what shares the units out."""

    rows: tuple[slice, ...] = (slice(None),)
    share: Share = in_turn

    def add(self, sums: Sequence[Array], function: Callable[..., R]) -> tuple[list[Array], list[R]]:
        """Add up what ``function(rows of the unit, *sums)`` adds to sums of each unit, which are 0 before.

        Also returns what it returned for each unit.
        """
        every = [np.zeros((len(self.rows), *total.shape), total.dtype) for total in sums]

        def take(first: int, stop: int) -> list[R]:
            return [
                function(self.rows[unit], *(total[unit] for total in every)) for unit in range(first, stop)
            ]

        returned = [one for some in self.share(take, len(self.rows)) for one in some]
        only = len(self.rows) == 1
        return [of_units[0] if only else of_units.sum(axis=0) for of_units in every], returned


ONE = Units()
"""All rows at once."""


def cut(m: int, size: int, share: Share) -> Units:
    """Cut the m rows of a span into units of so many rows."""
    return Units(tuple(slice(start, start + size) for start in range(0, m, size)), share)
