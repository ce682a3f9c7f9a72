"""The axes of a sketch, and whether a sketch is worth its while, decided on a few rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.kernels.hard.bounds import Frame

_SIZES = (8, 16, 24, 32, 48, 64, 96, 128, 192)
_LARGEST_PART = 1 / 3  # of the features
# Rows that the choice is made on: part of all, at least, and at most.
_TRIED, _LEAST_TRIED, _MOST_TRIED = 128, 256, 1024
# Rows for each feature that the axes are taken from, at least, and at most; and how often these are refined.
_ROWS_PER_FEATURE, _FEWEST_ROWS, _MOST_ROWS = 2, 1024, 4096
_POWERS = 2
# What a distance costs that is computed for itself, in features of a panel: in all, and for each feature.
_ALONE, _ALONE_PER_FEATURE = 500, 16
_BESIDES = 1000  # what a sketch costs a row besides
# The first centers are rows, and means rule out more: of what they leave, so much is left later.
_LATER = 0.25
_WORTH = 0.9  # of the time of all pairs, at most
_LEAST_PAIRS = 1536  # of rows and centers for each feature: with fewer, finding axes takes longer than a step


class Axes(NamedTuple):
    """An origin, a power of two that brings rows near 1, and the matrix that turns them."""

    origin: Array
    scale: float
    directions: Array
    """(d, m): orthonormal."""

    def turned(self, rows: Array) -> tuple[Array, Array]:
        """Return the first m turned features of rows, and the squared lengths of the rows."""
        about = self.about_origin(rows)
        return about @ self.directions, np.einsum("ij,ij->i", about, about)

    def about_origin(self, rows: Array) -> Array:
        """Return rows about the origin, scaled."""
        about = np.multiply(rows, self.scale, dtype=np.float64)
        about -= self.origin * self.scale
        return about


def with_lengths_left(turned: Array, squared_lengths: Array) -> Array:
    """Return turned features and behind them the length of what they leave out."""
    left = squared_lengths - np.einsum("ij,ij->i", turned, turned)
    return np.column_stack([turned, np.sqrt(np.maximum(left, 0))])


def cost(k: int, d: int, size: int, alone: float) -> float:
    """Return what comparing a row by its sketch costs, in features of a panel.

    Beside k centers of so many numbers, some distances are computed each for itself.
    """
    return _BESIDES + k * size + alone * (_ALONE + _ALONE_PER_FEATURE * d)


def chosen_axes(rows: Array, centers: Array, frame: Frame) -> Axes | None:
    """Return the axes of the best sketch, by what it leaves of some rows; none where all pairs cost less."""
    k, d = centers.shape
    if len(rows) * k < _LEAST_PAIRS * d:
        return None
    sizes = [m for m in _SIZES if m <= _LARGEST_PART * d]
    n = min(max(len(rows) // _TRIED, _LEAST_TRIED), _MOST_TRIED)
    some = _spread_evenly(rows, n)
    enough = min(max(_ROWS_PER_FEATURE * d, _FEWEST_ROWS), _MOST_ROWS)
    axes = _principal_axes(_spread_evenly(rows, enough), frame, sizes[-1])
    (of_rows, row_lengths), (of_centers, center_lengths) = axes.turned(some), axes.turned(centers)
    products = axes.about_origin(some) @ axes.about_origin(centers).T
    squared = row_lengths[:, None] + center_lengths - 2 * products
    costs = {0: _WORTH * k * d}
    for m in sizes:
        x = with_lengths_left(of_rows[:, :m], row_lengths)
        c = with_lengths_left(of_centers[:, :m], center_lengths)
        below = row_lengths[:, None] + center_lengths - 2 * x @ c.T
        own = squared[np.arange(len(some)), below.argmin(axis=1)]
        left = np.count_nonzero(below <= own[:, None]) / len(some) - 1
        costs[m] = cost(k, d, m + 1, 1 + _LATER * left)
    best = min(costs, key=costs.__getitem__)
    return axes._replace(directions=np.ascontiguousarray(axes.directions[:, :best])) if best else None


def _spread_evenly(rows: Array, n: int) -> Array:
    """Return n rows, or all if they are fewer, one as far behind the other as the next."""
    n = min(n, len(rows))
    return rows[np.arange(n) * len(rows) // n].astype(np.float64)


def _principal_axes(rows: Array, frame: Frame, m: int) -> Axes:
    """Return m axes along which the rows vary most, or nearly so, about their mean.

    Source: Halko, Martinsson, and Tropp, "Finding structure with randomness", SIAM Review 2011, 217-288,
    algorithm 4.4.
    """
    scale = 2.0 ** -np.frexp(frame.spread)[1]
    scaled = rows * scale
    mean = scaled.mean(axis=0)
    about = (scaled - mean).astype(np.float32)
    directions = np.random.default_rng(0).standard_normal((rows.shape[1], m))
    for _ in range(_POWERS):
        directions, _ = np.linalg.qr((about.T @ (about @ directions.astype(np.float32))).astype(np.float64))
    turned = about @ directions.astype(np.float32)
    _, within = np.linalg.eigh((turned.T @ turned).astype(np.float64))
    return Axes(mean / scale, float(scale), directions @ within[:, ::-1])
