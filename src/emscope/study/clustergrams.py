"""How clusters divide from one k to the next (Schonlau 2002)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from emscope.columns import Array
from emscope.results.choose_k import Clustergram


def clustergram(points: Array, weights: Array, labels: Mapping[int, Array]) -> Clustergram:
    """Return where the clusters of every k lie along the first principal component, and how they divide."""
    ks = tuple(sorted(labels))
    shares = weights / weights.sum()
    along, share = _first_component(points, shares)
    sizes = tuple(np.bincount(labels[k], shares, k) for k in ks)
    positions = tuple(
        np.divide(np.bincount(labels[k], shares * along, k), size, out=np.full(k, np.nan), where=size > 0)
        for k, size in zip(ks, sizes, strict=True)
    )
    flows = tuple(
        np.bincount(labels[k].astype(np.int64) * after + labels[after], shares, k * after).reshape(k, after)
        for k, after in pairwise(ks)
    )
    return Clustergram(ks, positions, sizes, flows, share)


def _first_component(points: Array, shares: Array) -> tuple[Array, float]:
    """Return the rows along the direction in which they vary most, and its share of the variance."""
    about = points - shares @ points
    scale = np.abs(about).max() or 1.0
    about = about / scale
    if len(about) < about.shape[1]:  # few rows: the matrix of all pairs of features would be the larger one
        _, roots, directions = np.linalg.svd(about * np.sqrt(shares)[:, None], full_matrices=False)
        variances, axis = roots[::-1] ** 2, directions[0]
    else:
        variances, axes = np.linalg.eigh(about.T @ (about * shares[:, None]))
        axis = axes[:, -1]
    axis = axis * (-1.0 if axis[np.abs(axis).argmax()] < 0 else 1.0)
    total = float(variances.sum())
    return scale * (about @ axis), float(variances[-1] / total) if total else 1.0
