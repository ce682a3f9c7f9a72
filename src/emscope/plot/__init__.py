"""Pictures of a run: frames, film strip, objective and animation; and of what studies found."""

from emscope.plot.animation import animate
from emscope.plot.choose_k import choose_k
from emscope.plot.filmstrip import filmstrip
from emscope.plot.objective import objective
from emscope.plot.stills import frame, frames

__all__ = ["animate", "choose_k", "filmstrip", "frame", "frames", "objective"]
