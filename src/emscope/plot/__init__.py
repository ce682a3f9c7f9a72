"""Pictures of a run, frames, film strip, objective and animation; and of what studies find."""

from emscope.plot.animation import animate
from emscope.plot.compare import compare
from emscope.plot.filmstrip import filmstrip
from emscope.plot.objective import objective
from emscope.plot.profile import profile
from emscope.plot.rows import rows
from emscope.plot.stills import frame, frames

__all__ = ["animate", "compare", "filmstrip", "frame", "frames", "objective", "profile", "rows"]
