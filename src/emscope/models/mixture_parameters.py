"""The parameters of a Gaussian mixture."""

from __future__ import annotations

from typing import NamedTuple

from emscope.columns import Array


class Parameters(NamedTuple):
    """All that a fit of a mixture changes."""

    means: Array
    """Shape (k, d)."""
    covariances: Array
    """Of shape (k, d, d) full, (d, d) tied, (k, d) diag, (k,) spherical."""
    weights: Array
    """Shape (k,); they add up to 1."""
