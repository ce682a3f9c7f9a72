"""A standardized fit, told in the units of its table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from emscope.models.statistics import Array
from emscope.trace import Restart, Step, Trace


def in_units_of(trace: Trace, X: Array, scale: Array | None, row_names: Sequence[str] | None = None) -> Trace:
    """Return the trace of a fit to ``X / scale`` in the units of X.

    Parameters
    ----------
    trace : Trace
        Of the fit to ``X / scale``.
    X : ndarray of shape (n, d)
        The data in the units of its table.
    scale : ndarray of shape (d,) or None
        What the features were divided by; None for nothing.
    row_names : sequence of str, optional
        Names of the rows of X.

    Returns
    -------
    Trace
        Points and centers in the units of X; shifts and objective stay in those of the fit.
    """
    sample = trace.sample_indices
    names = None if row_names is None else tuple(row_names[i] for i in sample)
    if scale is None:
        return dataclasses.replace(trace, row_names=names)
    return dataclasses.replace(
        trace,
        steps=_in_scale(trace.steps, scale),
        points=np.asarray(X[sample]),
        restarts=tuple(
            Restart(restart.start * scale, restart.centers * scale, restart.objectives)
            for restart in trace.restarts
        ),
        scale=scale,
        row_names=names,
    )


def _in_scale(steps: Sequence[Step], scale: Array) -> tuple[Step, ...]:
    """Multiply every center by the scale; half-steps that share centers go on sharing them."""
    scaled: dict[int, Array] = {}
    for step in steps:
        if step.centers is not None:
            scaled.setdefault(id(step.centers), step.centers * scale)
    return tuple(
        step
        if step.centers is None
        else dataclasses.replace(step, parameters={"centers": scaled[id(step.centers)]})
        for step in steps
    )
