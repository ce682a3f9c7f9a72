"""What cannot be drawn, refused."""

from __future__ import annotations

from collections.abc import Sequence

from emscope.errors import DataError, DataTypeError
from emscope.scene.frames import Frame
from emscope.trace import Trace


def refuse_what_is_no_trace(given: object, rule: str) -> None:
    """Refuse what is no trace, and say where there is one; ``rule`` says what is to be given."""
    if isinstance(given, Trace):
        return
    unpickled = "a model from a pickle has none: load what trace_.save wrote, or fit it again"
    if getattr(given, "trace_", None) is not None:
        hint = "pass its trace_"
    elif given is None:
        hint = f"fit with record=True and pass the trace_ ({unpickled})"
    elif not getattr(given, "record", True):
        hint = "fit it with record=True and pass its trace_"
    else:
        hint = unpickled if hasattr(given, "trace_") else "pass the trace_ of a fitted model"
    what = "None" if given is None else f"a {type(given).__name__}"
    raise DataTypeError(f"{rule} {what}: {hint}.")


def refuse_no_frames(frames: Sequence[Frame]) -> None:
    """Refuse a scene that has nothing to draw in the plane."""
    if not frames:
        raise DataError("this run has no centers or means to draw; plot.objective still shows its curve.")
