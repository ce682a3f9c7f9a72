"""What a trace looks like in two dimensions, before anything is drawn."""

from emscope.scene.frames import Curve, Frame
from emscope.scene.refusal import refuse_no_frames, refuse_what_is_no_trace
from emscope.scene.regions import Regions
from emscope.scene.scene import Scene
from emscope.scene.starts import starts_of

__all__ = ["Curve", "Frame", "Regions", "Scene", "refuse_no_frames", "refuse_what_is_no_trace", "starts_of"]
