"""The rectangle that a whole run is drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from emscope.columns import Array

_PADDING = 0.06  # of the range, on every side
_STRETCH = 0.75  # how far beyond the points, in their range, a center may push the limits
_COMPARABLE = 4.0  # ranges that differ by less are drawn to the same measure
_FLATTEST, _TALLEST = 0.5, 1.2  # height over width of a picture drawn to measure
_INSET = 0.035  # how far from the border a center stands that lies beyond it


@dataclass(frozen=True, slots=True)
class Limits:
    """What the axes show."""

    # ends of the axes
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    aspect: Literal["equal", "auto"]  # whether one unit is as long on both axes


def around(positions: Array, centers: Array, *, to_measure: bool) -> Limits:
    """Choose limits that hold all points, and the centers of the whole run within reason.

    A center that lies farther beyond the points than three quarters of their range would squash
    everything else, and is left outside.

    ``to_measure`` says that both axes have the same unit, so that it may be drawn equally long.
    """
    points = positions if len(positions) else centers
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    if not (span > _flat(low, high)).any():  # all points in one place: the centers say how far to look
        low, high = np.minimum(low, centers.min(axis=0)), np.maximum(high, centers.max(axis=0))
        span = high - low
    reach = _STRETCH * np.maximum(span, 0.05 * span.max() if to_measure else 0)
    near = ((centers >= low - reach) & (centers <= high + reach)).all(axis=1)
    low = np.minimum(low, centers[near].min(axis=0, initial=np.inf))
    high = np.maximum(high, centers[near].max(axis=0, initial=-np.inf))
    span = high - low
    flat = span <= _flat(low, high)
    if flat.all():
        span = np.where(low == 0, 1.0, np.abs(low))
    pad = np.where(flat, 0.5 * np.where(span > 0, span, span.max()), _PADDING * span)
    low, high = low - pad, high + pad
    span = high - low
    equal = to_measure and span.max() <= _COMPARABLE * span.min()
    if equal:
        short = np.maximum(span, np.array([span[1] / _TALLEST, span[0] * _FLATTEST]))
        low, high = low - (short - span) / 2, high + (short - span) / 2
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    return Limits((x0, x1), (y0, y1), "equal" if equal else "auto")


def strip(values: Array, centers: Array) -> Limits:
    """Choose limits for a single feature."""
    stacked = [np.column_stack([v, np.zeros(len(v))]) for v in (values, centers)]
    return Limits(around(stacked[0], stacked[1], to_measure=False).xlim, (0.0, 1.0), "auto")


def reached(positions: Array, others: Array, reach: float) -> Array:
    """Return points together with others, these drawn in where they lie too far beyond the points.

    ``reach`` is how far they may lie beyond, in ranges of the points.
    """
    if not len(positions):
        return positions
    low, high = positions.min(axis=0), positions.max(axis=0)
    beyond = reach * (high - low)
    return np.concatenate([positions, np.clip(others, low - beyond, high + beyond)])


def brought_inside(positions: Array, limits: Limits) -> tuple[Array, Array]:
    """Move what lies beyond the limits to a place just inside the border; return also which ones."""
    low, high = np.array([limits.xlim, limits.ylim]).T
    inset = _INSET * (high - low)
    outside = ((positions < low) | (positions > high)).any(axis=1)
    inside = np.clip(positions, low + inset, high - inset)
    return np.where(outside[:, None], inside, positions), outside


def _flat(low: Array, high: Array) -> Array:
    """Return the range that is nothing but rounding."""
    return np.asarray(1e-12 * np.maximum(np.abs(low), np.abs(high)))
