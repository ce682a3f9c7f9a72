"""Pictures of a run: frames, film strip, objective and animation."""

from emscope.plot.stills import frame, frames

__all__ = ["frame", "frames"]
