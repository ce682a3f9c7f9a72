"""Engines: they map a function over the blocks and fold what comes back in a fixed order."""

from __future__ import annotations

from typing import Any

from emscope.data.blocks import Blocks
from emscope.engines.engine import Engine
from emscope.engines.threads import Threads
from emscope.models.model import Model


def engine_for(blocks: Blocks, model: Model[Any, Any], n_threads: int | None = None) -> Engine:
    """Return what runs a model over given blocks; one place, so that another engine is added here alone."""
    return Threads(blocks, n_threads, model.prepare, blas=model.blas, spanning=model.spanning)
