"""Handwritten digits, each many times over."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array


def digits(n: int, d: int, random: np.random.Generator) -> Array:
    """Repeat scikit-learn's handwritten digits (8 x 8 pixels of 0 to 16) with noise of one gray level."""
    from sklearn.datasets import load_digits

    images = load_digits().data.astype(np.float32)
    rows = images[random.integers(len(images), size=n)]
    return rows + random.standard_normal((n, d), dtype=np.float32)
