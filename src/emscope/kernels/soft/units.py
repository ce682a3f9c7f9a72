"""Units of the rows of a mixture, and the sums that are added up over them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emscope.kernels.kernel import Share
from emscope.kernels.soft.mixture import SoftSums
from emscope.kernels.soft.tiles import TILE
from emscope.kernels.units import MOST_UNITS, Units, cut

_LEAST = 16  # tiles of a unit


def units_of(m: int, share: Share) -> Units:
    """Cut the m rows of a span into units of whole tiles."""
    return cut(m, TILE * max(_LEAST, -(-m // (TILE * MOST_UNITS))), share)


def added_up(units: Units, nothing: SoftSums, function: Callable[..., tuple[float, float]]) -> SoftSums:
    """Return what ``function(rows of the unit, *sums)`` adds to sums of each unit, all added up.

    It returns the sum of w log p(x), and the weight of undecided rows.
    """
    (counts, weights, sums, scatter), scalars = units.add(nothing[:4], function)
    log_likelihood, undecided = map(float, np.add.reduce(scalars))
    return SoftSums(counts, weights, sums, scatter, log_likelihood, undecided)
