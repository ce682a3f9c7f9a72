"""Rows as embeddings of text or pictures are, as far as k-means can tell."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array


def embeddings(n: int, d: int, random: np.random.Generator, *, groups: int) -> Array:
    """Draw groups of unequal size and spread, with a decaying spectrum and unit length.

    The variance along the i-th of d random orthogonal directions is proportional to 1/i, for the means of the
    groups and around them alike.

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
    means = random.standard_normal((groups, d), dtype=np.float32)
    spreads = random.lognormal(0, 0.3, size=groups).astype(np.float32)
    owners = random.choice(groups, size=n, p=random.dirichlet(np.ones(groups)))
    rows = random.standard_normal((n, d), dtype=np.float32)
    rows *= spreads[owners, None]
    rows += means[owners]
    rows /= np.sqrt(np.arange(1, d + 1, dtype=np.float32))
    rows = rows @ np.linalg.qr(random.standard_normal((d, d), dtype=np.float32)).Q
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows
