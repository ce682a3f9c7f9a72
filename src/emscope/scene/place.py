"""What the sentence about a half-step needs to know besides the half-step."""

from __future__ import annotations

from dataclasses import dataclass

from emscope.events import Terms
from emscope.scene.wording import number
from emscope.trace import Trace

_OBJECTIVES = {"kmeans": "inertia", "gaussian_mixture": "negative log-likelihood per point"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a caption needs to know besides its step.

    Attributes
    ----------
    trace : Trace
        The run.
    n_clusters : int
        k.
    previous : float or None
        The objective before the step.
    final : bool
        Whether the step is the final clustering.
    terms : Terms
        What it calls features and parameters.
    """

    trace: Trace
    n_clusters: int
    previous: float | None
    final: bool
    terms: Terms


def objective_name(model: str) -> str:
    """Return what a model's objective is called.

    Parameters
    ----------
    model : str
        The trace's model.

    Returns
    -------
    str
    """
    return _OBJECTIVES.get(model, "objective")


def is_sum_of_squares(model: str) -> bool:
    """Return whether a model's objective has a zero that means something.

    Parameters
    ----------
    model : str
        The trace's model.

    Returns
    -------
    bool
        A log-likelihood depends on the units of the features, and can be negative.
    """
    return model != "gaussian_mixture"


def distance(value: float, trace: Trace) -> str:
    """Write how far a center or mean moved, in the units and features that distances are taken in.

    Parameters
    ----------
    value : float
    trace : Trace

    Returns
    -------
    str
    """
    unit = "" if trace.scale is None else f" standard deviation{'' if value == 1 else 's'}"
    d = trace.points.shape[1]
    return f"{number(value, 3)}{unit}{f' in all {d:,} features' if d > 2 else ''}"
