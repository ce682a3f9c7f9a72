"""What a trace looks like in two dimensions, before anything is drawn."""

from emscope.scene.frames import Curve, Frame
from emscope.scene.regions import Regions
from emscope.scene.scene import Scene, refuse_what_is_no_trace
from emscope.scene.wording import counted, number, one_line, signed

__all__ = [
    "Curve",
    "Frame",
    "Regions",
    "Scene",
    "counted",
    "number",
    "one_line",
    "refuse_what_is_no_trace",
    "signed",
]
