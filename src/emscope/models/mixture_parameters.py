"""What a mixture is."""

from __future__ import annotations

from typing import NamedTuple

from emscope.models.statistics import Array


class Parameters(NamedTuple):
    """All that a fit of a mixture changes.

    Attributes
    ----------
    means : ndarray of shape (k, d)
    covariances : ndarray
        Of shape (k, d, d) full, (d, d) tied, (k, d) diag, (k,) spherical.
    weights : ndarray of shape (k,)
        They add up to 1.
    """

    means: Array
    covariances: Array
    weights: Array
