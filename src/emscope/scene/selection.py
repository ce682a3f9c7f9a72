"""Which half-steps of a long run to show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emscope.scene.frames import Curve, Frame

_FIRST_ITERATIONS = 3


def where_most_moved(frames: Sequence[Frame], most: int) -> tuple[int, ...]:
    """Choose the first frame, the last, and those in which most points changed cluster.

    Parameters
    ----------
    frames : sequence of Frame
    most : int
        How many to choose at most.

    Returns
    -------
    tuple of int
        Places in ``frames``, rising.
    """
    if len(frames) <= most:
        return tuple(range(len(frames)))
    ends = {0, len(frames) - 1}
    inner = sorted(range(1, len(frames) - 1), key=lambda i: (-_moved(frames, i), i))
    return tuple(sorted(ends | set(inner[: max(0, most - len(ends))])))


def representative(frames: Sequence[Frame], curve: Curve, most: int) -> tuple[int, ...]:
    """Choose the panels of a film strip.

    The initialization, both half-steps of the first three iterations, those of the later iterations in
    which the objective fell most, and the last frame.

    Parameters
    ----------
    frames : sequence of Frame
    curve : Curve
    most : int
        How many to choose at most.

    Returns
    -------
    tuple of int
        Places in ``frames``, rising.
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


def _moved(frames: Sequence[Frame], i: int) -> int:
    """How much happened; a maximization step counts like the expectation step before it."""
    if frames[i].phase == "maximization" and i > 0 and frames[i - 1].iteration == frames[i].iteration:
        i -= 1
    if frames[i].phase == "expectation" and frames[i].iteration == 0:
        return len(frames[i].moved)
    return int(frames[i].moved.sum())
