"""A standardized fit, told in the units of its table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from emscope.models.statistics import Array
from emscope.trace import Restart, Step, Trace


def in_units_of(trace: Trace, X: Array, scale: Array | None, row_names: Sequence[str] | None = None) -> Trace:
    """Return the trace of a fit to ``X / scale`` in the units of X.

    That is points, centers, means and covariances (spherical ones as one variance per feature); shifts and
    objective stay in the units of the fit. Without a scale only the names of rows are added.
    """
    sample = trace.sample_indices
    names = None if row_names is None else tuple(row_names[i] for i in sample)
    if scale is None:
        return dataclasses.replace(trace, row_names=names)
    return dataclasses.replace(
        trace,
        steps=_in_scale(trace.steps, scale, trace.settings.get("covariance_type")),
        points=np.asarray(X[sample]),
        restarts=tuple(
            Restart(restart.start * scale, restart.centers * scale, restart.objectives)
            for restart in trace.restarts
        ),
        scale=scale,
        row_names=names,
    )


def _in_scale(steps: Sequence[Step], scale: Array, kind: str | None) -> tuple[Step, ...]:
    """Multiply what lies in the units of the fit; half-steps that share parameters go on sharing them."""
    scaled: dict[int, Mapping[str, Array]] = {}
    told = []
    for step in steps:
        key = id(next(iter(step.parameters.values()), None))
        if key not in scaled:
            scaled[key] = {name: _scaled(name, array, scale, kind) for name, array in step.parameters.items()}
        told.append(dataclasses.replace(step, parameters=scaled[key]))
    return tuple(told)


def _scaled(name: str, array: Array, scale: Array, kind: str | None) -> Array:
    if name in ("centers", "means"):
        return array * scale
    if name != "covariances":
        return array
    if kind == "spherical":  # what is one variance in the units of the fit is one for each feature
        return np.asarray(array[:, None] * scale**2)
    return np.asarray(array * (scale**2 if kind == "diag" else np.outer(scale, scale)))
