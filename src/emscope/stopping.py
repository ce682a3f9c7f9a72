"""When a run of EM is over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emscope.events import Event
from emscope.trace import Step

Stopping = Callable[[Step], Event | None]
"""A rule asked after every half-step; an event from it ends the run with the next expectation step, or
at once when it is asked about one."""


def labels_or_shift(tol: float) -> Stopping:
    """Stop when no label changes, or when the squared shifts of centers add up to no more than ``tol``."""

    def rule(step: Step) -> Event | None:
        if step.phase == "expectation" and step.moved == 0:
            return Event("converged", values={"case": "labels"})
        if step.phase == "maximization" and step.shift is not None:
            total = float(np.add.reduce(step.shift * step.shift))
            if total <= tol:
                return Event(
                    "converged", values={"case": "shift", "shift": float(np.sqrt(total)), "tol": tol}
                )
        return None

    return rule


def likelihood_gain(tol: float, reached: float | None = None) -> Stopping:
    """Stop after the iteration whose expectation step changed the objective by less than ``tol``.

    ``reached`` is the objective that an earlier run, which this one goes on from, had come to.
    """
    before = after = reached

    def rule(step: Step) -> Event | None:
        nonlocal before, after
        if step.phase == "expectation":
            before, after = after, step.objective
        if step.phase != "maximization" or before is None or after is None or abs(before - after) >= tol:
            return None
        return Event("converged", values={"case": "gain", "change": abs(before - after), "tol": tol})

    return rule
