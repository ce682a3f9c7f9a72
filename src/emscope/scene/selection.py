"""Which half-steps of a long run to show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emscope.errors import DataError
from emscope.scene.frames import Curve, Frame
from emscope.wording import one_line

_FIRST_ITERATIONS = 3


def where_most_moved(frames: Sequence[Frame], most: int) -> tuple[int, ...]:
    """Choose the first frame, the last, and those in which most points changed cluster."""
    if len(frames) <= most:
        return tuple(range(len(frames)))
    ends = {0, len(frames) - 1}
    inner = sorted(range(1, len(frames) - 1), key=lambda i: (-_moved(frames, i), i))
    return tuple(sorted(ends | set(inner[: max(0, most - len(ends))])))


def representative(frames: Sequence[Frame], curve: Curve, most: int) -> tuple[int, ...]:
    """Choose the panels of a film strip.

    The initialization, both half-steps of the first three iterations, those of the later iterations in
    which the objective fell most, and the last frame.
    """
    if len(frames) <= most:
        return tuple(range(len(frames)))
    last = len(frames) - 1
    chosen = [i for i in range(last) if i == 0 or frames[i].iteration < _FIRST_ITERATIONS][: most - 1]
    fall = dict(zip(curve.indices[1:].tolist(), -np.diff(curve.values), strict=True))
    later: dict[int, list[int]] = {}
    for i in range(last):
        if i not in chosen:
            later.setdefault(frames[i].iteration, []).append(i)
    falls = {n: sum(fall.get(frames[i].index, 0.0) for i in places) for n, places in later.items()}
    for n in sorted(falls, key=lambda n: (-falls[n], n)):
        if len(chosen) + len(later[n]) < most:
            chosen += later[n]
    return (*sorted(chosen), last)


def after(frames: Sequence[Frame], iterations: Sequence[int]) -> tuple[int, ...]:
    """Choose the frames that show a run after so many iterations.

    After i iterations the parameters are those of i maximization steps, and expectation step i finds the
    labels that go with them. Where that step is not there, because the run was over or is thinned, the
    nearest one stands for it.
    """
    if not _are_numbers(iterations):
        raise DataError(
            "iterations must be a list of iteration numbers from 0 on, such as [0, 1, 2, 5, 20], "
            f"not {one_line(repr(iterations))}."
        )
    expectations = [place for place, frame in enumerate(frames) if frame.phase == "expectation"] or [0]
    nearest = (min(expectations, key=lambda p: abs(frames[p].iteration - i)) for i in iterations)
    return tuple(sorted(set(nearest)))


def _are_numbers(iterations: object) -> bool:
    """Whether these are whole numbers from 0 on, at least one."""
    try:
        found = np.asarray(iterations)
    except ValueError:  # lists of different lengths
        return False
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iuf":
        return False
    return bool((np.isfinite(found) & (found >= 0) & (found == np.round(found))).all())


def _moved(frames: Sequence[Frame], i: int) -> float:
    """How much happened; a maximization step counts like the expectation step before it.

    Of a mixture: how much responsibility moved from one component to another, in points.
    """
    if frames[i].phase == "maximization" and i > 0 and frames[i - 1].iteration == frames[i].iteration:
        i -= 1
    if frames[i].phase == "expectation" and frames[i].iteration == 0:
        return len(frames[i].moved)
    new, old = frames[i].responsibilities, frames[i].old_responsibilities
    if new is not None and old is not None:
        return 0.5 * float(np.abs(new - old).sum())
    return int(frames[i].moved.sum())
