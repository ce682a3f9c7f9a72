"""What captions depend on besides the half-step itself."""

from __future__ import annotations

from dataclasses import dataclass

from emscope.card import ModelCard
from emscope.events import Terms
from emscope.scene.phrases import Phrases, phrases_of
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

    @property
    def phrases(self) -> Phrases:
        """What captions of the model say."""
        return phrases_of(self.card, weighted=bool(self.trace.settings.get("weighted")))
