"""What the sentence about a half-step needs to know besides the half-step."""

from __future__ import annotations

from dataclasses import dataclass

from emscope.card import ModelCard
from emscope.events import Terms
from emscope.scene.wording import number
from emscope.trace import Trace


@dataclass(frozen=True, slots=True)
class Place:
    """A run of k clusters, the objective before the half-step, whether it is the last, and names to use."""

    trace: Trace
    n_clusters: int
    previous: float | None
    final: bool
    terms: Terms

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self.trace.card


def distance(value: float, trace: Trace) -> str:
    """Write how far a center or mean moved, in the units and features that distances are taken in."""
    unit = "" if trace.scale is None else f" standard deviation{'' if value == 1 else 's'}"
    d = trace.points.shape[1]
    return f"{number(value, 3)}{unit}{f' in all {d:,} features' if d > 2 else ''}"
