"""What captions depend on besides the half-step itself, and what those of all models have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Terms
from emscope.scene.wording import number
from emscope.trace import Trace


@dataclass(frozen=True, slots=True)
class Context:
    """The run, its number of clusters, the objective before, whether it is the last half-step, and terms."""

    trace: Trace
    n_clusters: int
    previous: float | None
    final: bool
    terms: Terms

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self.trace.card


def movement(shift: Array, trace: Trace, noun: str, cluster: str, where: tuple[str, str, str] | None) -> str:
    """Tell how many centers or means moved, where to (the only one, one of several, several), and how far."""
    shift = np.asarray(shift, dtype=np.float64)
    k, farthest = len(shift), int(shift.argmax())
    largest = float(shift[farthest])
    if largest == 0:
        return f"no {noun} moves" if k > 1 else f"the {noun} does not move"
    by = _distance(largest, trace)
    alone, one, several = where or ("", "", "")
    if k == 1:
        return f"the {noun} moves by {by}{alone}"
    moving = int(np.count_nonzero(shift > 1e-9 * largest))
    who = f"{moving:,} of {k:,} {noun}s"
    if moving == k:
        who = f"both {noun}s" if k == 2 else f"all {k:,} {noun}s"
    does, at_most = (f"moves{one}", "by") if moving == 1 else (f"move{several}", "at most by")
    return f"{who} {does}{',' if where else ''} {at_most} {by} ({cluster} {farthest})"


def _distance(value: float, trace: Trace) -> str:
    """Write how far a center or mean moved, in the units and features that distances are taken in."""
    unit = "" if trace.scale is None else f" standard deviation{'' if value == 1 else 's'}"
    d = trace.points.shape[1]
    return f"{number(value, 3)}{unit}{f' in all {d:,} features' if d > 2 else ''}"
