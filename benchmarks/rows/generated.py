"""Rows that are drawn: Gaussian groups, and nothing to find."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from emscope.columns import Array


def blobs(n: int, d: int, random: np.random.Generator, *, groups: int) -> Array:
    """Draw Gaussian groups of uneven size and spread, whose means lie about three spreads apart.

    Parameters
    ----------
    n, d : int
        Number of rows and of features.
    random : Generator
        Source of the draws.
    groups : int
        Number of groups.

    Returns
    -------
    ndarray of shape (n, d), float32
    """
    means = random.standard_normal((groups, d))
    nearest = np.partition(cdist(means, means), 1, axis=1)[:, 1]
    means = (means * (3 / np.median(nearest))).astype(np.float32)
    spreads = random.lognormal(0, 0.3, size=groups).astype(np.float32)
    owners = random.choice(groups, size=n, p=random.dirichlet(np.full(groups, 3.0)))
    rows = random.standard_normal((n, d), dtype=np.float32)
    rows *= spreads[owners, None]
    rows += means[owners]
    return rows


def uniform(n: int, d: int, random: np.random.Generator) -> Array:
    """Draw rows evenly from the unit cube: there is nothing to find."""
    return random.random((n, d), dtype=np.float32)
