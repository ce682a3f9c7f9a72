"""A standardized fit, told in the units of its table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.trace import Restart, Step, Trace


def in_units_of(trace: Trace, X: Array, scale: Array | None, row_names: Sequence[str] | None = None) -> Trace:
    """Return the trace of a fit to ``X / scale`` in the units of X.

    That is points, centers, means and covariances (spherical ones as one variance per feature); shifts and
    objective stay in the units of the fit. Without a scale only the names of rows are added; and points that
    are no rows of a table stay what they are, of which the card then tells that they come from scaled rows.
    """
    sample = trace.sample_indices
    names = None if row_names is None else tuple(row_names[i] for i in sample)
    if scale is None:
        return dataclasses.replace(trace, row_names=names)
    if trace.card.points:
        points = f"{trace.card.points}, of features in standard deviations"
        return dataclasses.replace(
            trace, card=dataclasses.replace(trace.card, points=points), row_names=names
        )
    return dataclasses.replace(
        trace,
        card=_card_in_scale(trace.card),
        steps=_in_scale(trace, scale),
        points=np.asarray(X[sample]),
        restarts=tuple(
            Restart(restart.start * scale, restart.centers * scale, restart.objectives)
            for restart in trace.restarts
        ),
        scale=scale,
        row_names=names,
    )


def _card_in_scale(card: ModelCard) -> ModelCard:
    """Return the card with a variance for each feature, where one served all in the units of the fit."""
    return dataclasses.replace(card, covariances="diag") if card.covariances == "spherical" else card


def _in_scale(trace: Trace, scale: Array) -> tuple[Step, ...]:
    """Multiply what lies in the units of the fit; half-steps that share parameters go on sharing them."""
    scaled: dict[int, Mapping[str, Array]] = {}
    told = []
    for step in trace.steps:
        key = id(step.parameters.get(trace.card.location))
        if key not in scaled:
            scaled[key] = {
                name: _scaled(name, array, scale, trace.card) for name, array in step.parameters.items()
            }
        told.append(dataclasses.replace(step, parameters=scaled[key]))
    return tuple(told)


def _scaled(name: str, array: Array, scale: Array, card: ModelCard) -> Array:
    if name == card.location:
        return array * scale
    if name != "covariances" or card.covariances is None:
        return array
    if card.covariances == "spherical":
        return np.asarray(array[:, None] * scale**2)
    return np.asarray(array * (scale**2 if card.covariances == "diag" else np.outer(scale, scale)))
