"""Pictures of a run: frames, film strip, objective and animation; and of what studies found."""

from emscope.plot.animation import animate
from emscope.plot.choose_k import choose_k
from emscope.plot.compare import compare
from emscope.plot.filmstrip import filmstrip
from emscope.plot.objective import objective
from emscope.plot.optima import optima
from emscope.plot.profile import profile
from emscope.plot.rows import rows
from emscope.plot.stability import stability
from emscope.plot.stills import frame, frames

__all__ = [
    "animate",
    "choose_k",
    "compare",
    "filmstrip",
    "frame",
    "frames",
    "objective",
    "optima",
    "profile",
    "rows",
    "stability",
]
