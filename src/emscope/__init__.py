"""Expectation-maximization clustering that you can watch.

Every E-step and every M-step of a run is recorded as a half-step that can be drawn, replayed and
explained. The public names are loaded when they are first used, so ``import emscope`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emscope import datasets as datasets
    from emscope import player as player
    from emscope import plot as plot
    from emscope.estimators import KMeans as KMeans
    from emscope.scene import Scene as Scene
    from emscope.trace import Event as Event
    from emscope.trace import Step as Step
    from emscope.trace import Trace as Trace

__version__ = "0.1.0"

_HOME = {
    "Event": "emscope.trace",
    "KMeans": "emscope.estimators",
    "Scene": "emscope.scene",
    "Step": "emscope.trace",
    "Trace": "emscope.trace",
}
_ROOMS = ("datasets", "player", "plot")

__all__ = ["Event", "KMeans", "Scene", "Step", "Trace", "datasets", "player", "plot"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"emscope.{name}")
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'emscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
