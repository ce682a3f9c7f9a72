"""Which colors the clusters of a trace take."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.errors import DataError
from emscope.scene.colors import Colors, by_centers, by_number
from emscope.scene.refusal import refuse_what_is_no_trace
from emscope.trace import Trace
from emscope.wording import counted


def _last_centers(trace: Trace) -> Array | None:
    found = (trace.locations(step) for step in reversed(trace.steps))
    return next((np.asarray(c, dtype=np.float64) for c in found if c is not None), None)


def colors_of(trace: Trace, other: Trace | None) -> Colors:
    """Return the colors of the clusters: by their numbers, or those of another run."""
    centers = _last_centers(trace)
    if centers is None:
        return by_number(0)
    if other is None:
        return by_number(len(centers))
    theirs = centers_lending_colors(other, centers.shape[1])
    scale = 1.0 if trace.scale is None else trace.scale
    return by_centers(centers / scale, by_number(len(theirs)), theirs / scale)


def centers_lending_colors(other: Trace, d: int) -> Array:
    """Return the last centers of another run, whose clusters lend their colors."""
    refuse_what_is_no_trace(other, "colors_like is a Trace, not")
    theirs = _last_centers(other)
    if theirs is None or theirs.shape[1] != d:
        raise DataError(
            f"colors_like must be a run on the same data, with centers of {counted(d, 'feature')}."
        )
    return theirs
