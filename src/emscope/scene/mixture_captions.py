"""What half-steps of a mixture do, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from emscope.doubt import CERTAIN
from emscope.events import KINDS
from emscope.scene.context import Context, movement
from emscope.scene.wording import counted, number, one_line
from emscope.trace import Step, Trace

_STARTS = {
    "kmeans": "that begin as the clusters of k-means",
    "k-means++": "with means chosen by k-means++",
    "random": "that begin with random responsibilities",
    "random_from_data": "with means drawn at random from the points",
    "given": "with given means",
}
_LISTED = 6  # components that are named at most
_FEW = 3  # components whose effective numbers of points are told


def initialization(step: Step, context: Context) -> str:
    """Tell where the components begin."""
    if context.n_clusters == 1:
        return "1 component, responsible for every point to come"
    start = context.trace.settings.get("init_params", "given")
    origin = _STARTS.get(start) if isinstance(start, str) else _STARTS["given"]
    if origin is None:
        origin = f"from “{one_line(start, 40)}”"
    return f"{context.n_clusters:,} components {origin}; no point has responsibilities yet"


def expectation(step: Step, context: Context) -> str:
    """Tell how responsibilities changed."""
    n = context.trace.n_samples
    if context.n_clusters == 1:
        return f"the one component is responsible for {counted(n, 'point')}"
    if step.moved is None:
        told = f"{counted(n, 'point')} {'gets its' if n == 1 else 'get their'} responsibilities"
    else:
        told = _moved(step.moved, n)
    return told + _uncertain(step, n)


def _moved(moved: int, n: int) -> str:
    if moved == 0:
        return "no point changes its most likely component"
    changes = "changes its" if moved == 1 else "change their"
    return f"{moved:,} of {counted(n, 'point')} {changes} most likely component"


def _uncertain(step: Step, n: int) -> str:
    """Count the points that no component can be sure of, where all of them are known."""
    if step.responsibilities is None or len(step.responsibilities) < n:
        return ""
    count = int(np.count_nonzero(step.responsibilities.max(axis=1) < CERTAIN))
    if count == 0:
        return ""
    return f", {count:,} {'is' if count == 1 else 'are'} less than {CERTAIN:.0%} certain".replace("%", " %")


def maximization(step: Step, context: Context) -> str:
    """Tell how far the means moved, and how many points the components stand for."""
    parts = [_means(step, context), _masses(step, context)]
    return "; ".join(part for part in parts if part)


def _means(step: Step, context: Context) -> str:
    to_mean = context.card.update == "gaussian"
    if step.shift is None:
        return "the means move to the weighted means of the points" if to_mean else "the means move"
    where = (
        " to that of all points",
        " to the weighted mean of the points",
        " to the weighted means of the points",
    )
    return movement(step.shift, context.trace, "mean", "component", where if to_mean else None)


def _masses(step: Step, context: Context) -> str:
    """Tell the effective numbers of points, N_j, of few components."""
    if step.weights is None or not 1 < len(step.weights) <= _FEW or context.trace.settings.get("weighted"):
        return ""
    *most, last = (number(weight * context.trace.n_samples) for weight in step.weights)
    return f"the components stand for {', '.join(most)} and {last} points"


def final(step: Step, context: Context) -> str:
    """Tell why the run ended."""
    trace = context.trace
    settings: Any = trace.settings
    if not trace.converged:
        limit = settings.get("max_iter")
        end = "stopped" + (f" at max_iter = {limit}" if limit else "") + " before it converged"
    else:
        maximizations = sum(s.phase == "maximization" for s in trace.steps)
        end = f"converged after {counted(maximizations, 'maximization step')}"
        if settings.get("tol") is not None and context.card.update == "gaussian":
            end += f" because the log-likelihood gained less than tol = {settings['tol']:g}"
    if step.moved is None or context.n_clusters == 1:
        return end
    return f"{end}; {_moved(step.moved, trace.n_samples)}{_uncertain(step, trace.n_samples)}"


def lost(trace: Trace) -> Iterator[str]:
    """Tell in few words which components were lost before the end, and when it began."""
    for kind, how in ((kind, told.lost) for kind, told in KINDS.items() if told.lost):
        found = [
            (step, event.cluster) for step in trace.steps[:-1] for event in step.events if event.kind == kind
        ]
        if found:
            first, last = found[0][0], found[-1][0]
            when = first.phase if first.phase == "initialization" else f"{first.phase} step {first.iteration}"
            shared = kind == "collapsed_component" and trace.card.covariances == "tied"
            who = "The shared covariance" if shared else _named({j for _, j in found if j is not None})
            yield f"{who} {how} ({when if first is last else f'from {when} on'})."


def _named(components: set[int]) -> str:
    numbers = [str(j) for j in sorted(components)]
    if len(numbers) > _LISTED:
        return f"Components {', '.join(numbers[:_LISTED])}, …"
    *most, last = numbers or ["?"]
    return f"Components {', '.join(most)} and {last}" if most else f"Component {last}"
