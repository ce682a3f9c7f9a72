"""Rows of the two photographs that scikit-learn ships: colors, and square patches."""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from emscope.columns import Array


def colors(n: int, d: int, random: np.random.Generator) -> Array:
    """Return n pixels of both in their order, shape (n, 3), red, green and blue from 0 to 255."""
    pixels = _photographs().reshape(-1, d)
    return pixels[np.sort(random.choice(len(pixels), n, replace=False))]


def patches(n: int, d: int, random: np.random.Generator) -> Array:
    """Cut n squares of d / 3 pixels out of both, no two from the same place, in random order."""
    side = isqrt(d // 3)
    windows = sliding_window_view(_photographs(), (side, side), axis=(1, 2))
    places = windows.shape[:3]
    drawn = np.unravel_index(random.choice(np.prod(places), n, replace=False), places)
    return windows[drawn].reshape(n, d)


def _photographs() -> Array:
    """Return both, shape (2, 427, 640, 3)."""
    from sklearn.datasets import load_sample_images

    return np.stack(load_sample_images().images).astype(np.float32)
