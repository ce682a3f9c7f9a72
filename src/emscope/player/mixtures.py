"""The components of a mixture as the page needs them: exact, so that it can compute responsibilities itself.

Covariances of many features take room that a page does not have. Then it gets what it draws, the
components' marginals in the plane of the picture, and how certain each point is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emscope.card import Layout
from emscope.columns import Array
from emscope.trace import Step

COVARIANCE_BYTES = 4 << 20
"""Room for the covariances of a run."""

ALWAYS_EXACT = 16
"""Features up to which covariances are kept whole, if need be for fewer half-steps."""


def bytes_of(layout: Layout, k: int, d: int) -> int:
    """Return how much room the covariances of one half-step take, k components of d features."""
    triangle = d * (d + 1) // 2
    return 8 * {"full": k * triangle, "tied": triangle, "diag": k * d, "spherical": k}[layout]


def covariances_of(steps: Sequence[Step], layout: Layout) -> Array:
    """Return the covariances of some half-steps, matrices as their lower triangles, row by row."""
    found = np.stack([np.asarray(step.covariances, dtype=np.float64) for step in steps])
    if layout not in ("full", "tied"):
        return found
    rows, columns = np.tril_indices(found.shape[-1])
    return found[..., rows, columns]


def certainty_of(step: Step, shown: Array) -> Array | None:
    """Return the certainty of each shown point, from 0 where all components are as likely to 255."""
    if step.responsibilities is None:
        return None
    k = step.responsibilities.shape[1]
    largest = step.responsibilities[shown].max(axis=1)
    sure = (k * largest - 1) / (k - 1) if k > 1 else largest
    return np.asarray(np.rint(255 * np.clip(sure, 0, 1)).astype(np.uint8))
