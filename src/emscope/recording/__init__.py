"""From the half-steps of a run to its trace: what is kept, and which points are drawn."""

from emscope.recording.contest import Contest
from emscope.recording.recorder import PARAMETER_BUDGET, Recorder
from emscope.recording.run import Run, Standing
from emscope.recording.sampling import drawn_points, stratified_sample, uniform_sample
from emscope.recording.units import in_units_of

__all__ = [
    "PARAMETER_BUDGET",
    "Contest",
    "Recorder",
    "Run",
    "Standing",
    "drawn_points",
    "in_units_of",
    "stratified_sample",
    "uniform_sample",
]
