"""How dense all rows lie, for pictures that show only some of them as points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from emscope.columns import Array
from emscope.errors import DataError
from emscope.scene.limits import Limits
from emscope.trace import Trace

_BLOCK = 1 << 16  # rows at a time, so that memory stays small
_WIDTH, _HEIGHT = 256, 192  # cells of a raster
_BINS = 400  # of a profile
_LOOKED_AT = 200_000  # rows that tell how far all of them reach
_OUTLIERS = 0.005  # percent on either side that limits need not hold
_FLOOR = 2_000  # the highest count is this many times the one where the raster begins to show


def mass_of_sample(trace: Trace) -> Array:
    """Return how many rows each drawn point stands for, of shape (m,)."""
    for step in reversed(trace.steps):
        if step.labels is not None and step.counts is not None:
            counts = np.asarray(step.counts, dtype=np.float64)
            drawn = np.bincount(step.labels, minlength=len(counts))
            return np.asarray((counts / np.maximum(drawn, 1))[step.labels])
    m = len(trace.points)
    return np.full(m, trace.n_samples / m)


def raster(
    positions: Array, mass: Array, limits: Limits, rows: Any, project: Callable[[Array], Array]
) -> Array:
    """Return the density over the limits, 0 where there is nothing and 1 where it is highest.

    Of shape (height, width), the lowest row of cells first. Values rise with the logarithm of the count, so
    that small clusters stay in sight. Without rows the drawn sample stands for them.
    """
    if rows is None:
        counts = _counted(positions, limits, mass)
    else:
        counts = np.zeros(_WIDTH * _HEIGHT)
        for block in _blocks(rows):
            counts += _counted(project(block), limits)
    # a sample leaves gaps between its points that all rows would fill
    blur = 5.0 if rows is None else 1.2
    smooth = gaussian_filter(counts.reshape(_HEIGHT, _WIDTH), blur, mode="constant")
    dense = np.log1p(_FLOOR * smooth / (smooth.max() or 1.0))
    return np.asarray(dense / (dense.max() or 1.0))


def profile(values: Array, mass: Array, limits: Limits, rows: Any) -> Array:
    """Return the density curve of a single feature, its highest value 1.

    A Gaussian kernel with half of Silverman's bandwidth, which is for one hump (B. W. Silverman, Density
    Estimation, 1986, 3.4.2).

    Of shape (bins, 2): place and height. Without rows the drawn sample stands for them.
    """
    edges = np.linspace(*limits.xlim, _BINS + 1)
    if rows is None:
        counts = np.histogram(values, edges, weights=mass)[0]
    else:
        counts = np.zeros(_BINS)
        for block in _blocks(rows):
            counts += np.histogram(block[:, 0], edges)[0]
    q25, q75 = np.quantile(values, [0.25, 0.75])
    spreads = [s for s in (float(np.std(values)), float(q75 - q25) / 1.34) if s > 0]
    bandwidth = 0.45 * min(spreads, default=0.0) * len(values) ** -0.2 / (edges[1] - edges[0])
    heights = gaussian_filter1d(counts, max(bandwidth, 2.0), mode="constant")
    return np.column_stack([(edges[:-1] + edges[1:]) / 2, heights / (heights.max() or 1.0)])


def nearly_all(rows: Any, project: Callable[[Array], Array]) -> Array:
    """Return two corners of a box that holds all but a few outliers of the rows, or of some of very many."""
    some = np.asarray(rows[:: max(1, len(rows) // _LOOKED_AT)], dtype=np.float64)
    return np.asarray(np.percentile(project(some), [_OUTLIERS, 100 - _OUTLIERS], axis=0))


def check_rows(rows: Any, trace: Trace) -> None:
    """Refuse rows that are not those of the trace."""
    shape = np.shape(rows)
    expected = (trace.n_samples, trace.points.shape[1])
    if shape != expected:
        zero = f": leave out the {trace.n_left_out:,} of weight 0" if trace.n_left_out else ""
        raise DataError(
            f"rows has shape {shape}, but the trace was fitted to data of shape {expected}{zero}."
        )


def _blocks(rows: Any) -> Iterator[Array]:
    for start in range(0, len(rows), _BLOCK):
        yield np.asarray(rows[start : start + _BLOCK], dtype=np.float64)


def _counted(positions: Array, limits: Limits, mass: Array | None = None) -> Array:
    (x0, x1), (y0, y1) = limits.xlim, limits.ylim
    column = np.floor((positions[:, 0] - x0) / (x1 - x0) * _WIDTH)
    row = np.floor((positions[:, 1] - y0) / (y1 - y0) * _HEIGHT)
    seen = (column >= 0) & (column < _WIDTH) & (row >= 0) & (row < _HEIGHT)
    cell = (row[seen] * _WIDTH + column[seen]).astype(np.intp)
    return np.bincount(cell, None if mass is None else mass[seen], minlength=_WIDTH * _HEIGHT)
