"""Where a trace is drawn in the plane: its points, the limits of the axes, and the densities behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.scene import density as densities
from emscope.scene import limits as limiting
from emscope.scene import mixture
from emscope.scene import projection as projecting
from emscope.scene.frames import Frame
from emscope.trace import Trace

_FARTHER = 0.5  # ranges of the sample by which all rows may widen the axes, on every side
_WIDER = 0.12  # by which ellipses may
_HIGHER = 1.8  # times that the sum of a mixture's densities may rise above the density of the data


def placed(trace: Trace, projection: projecting.Projection, rows: Any) -> tuple[Array, limiting.Limits]:
    """Return the positions of the drawn points, and the limits of the axes."""
    positions = projection(trace.points)
    centers = _all_centers(trace, projection)
    seen = _seen(positions, rows, trace, projection)
    if projection.kind == "strip":
        return projecting.scattered(positions), limiting.strip(seen[:, 0], centers[:, 0])
    to_measure = trace.scale is None or not projection.columns
    return positions, limiting.around(seen, centers, to_measure=to_measure)


def _seen(positions: Array, rows: Any, trace: Trace, projection: projecting.Projection) -> Array:
    """Return what the axes are to hold: the sample; rows and ellipses as far as they do not squash it."""
    seen = limiting.reached(positions, mixture.corners_of_later(trace, projection), _WIDER)
    if rows is None or not len(positions):
        return seen
    return np.concatenate(
        [seen, limiting.reached(positions, densities.nearly_all(rows, projection), _FARTHER)]
    )


def with_room_above(profile: Array, frames: Sequence[Frame], card: ModelCard) -> Array:
    """Lower the density of a strip where the final sum of a mixture's densities would rise above it."""
    if not frames or frames[-1].ellipses is None or card.owners != "gaussian":
        return profile
    peak = float(heights(profile, frames[-1], 1.0).sum(axis=0).max())
    return np.asarray(profile / (1.0, np.clip(peak, 1.0, _HIGHER)))


def heights(profile: Array, frame: Frame, share: float) -> Array:
    """Return the densities of components over a strip, as high as the profile of the same density."""
    place, height = profile.T
    area = height.sum() * (place[1] - place[0])
    centers, ellipses, weights = frame.on_the_way(share)
    return np.asarray(area * mixture.densities(place, centers[:, 0], ellipses[:, 0, 0], weights))


def _all_centers(trace: Trace, projection: projecting.Projection) -> Array:
    """Return the positions of every center of the run."""
    distinct = {id(c): c for c in map(trace.locations, trace.steps) if c is not None}
    found = [projection(c) for c in distinct.values()]
    return np.concatenate(found) if found else np.empty((0, 2))


def density_of(
    trace: Trace,
    projection: projecting.Projection,
    positions: Array,
    limits: limiting.Limits,
    rows: Any,
) -> tuple[Array | None, Array | None]:
    """Return the raster of a plane, or the profile of a strip."""
    sampled = len(trace.points) < trace.n_samples
    mass = densities.mass_of_sample(trace) if sampled else np.ones(len(trace.points))
    if projection.kind == "strip":
        return None, densities.profile(positions[:, 0], mass, limits, rows)
    if not sampled:
        return None, None
    return densities.raster(positions, mass, limits, rows, projection), None
