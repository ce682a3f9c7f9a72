"""Where the starts of a fit ended, this run's and the others', in words and as centers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emscope.columns import Array
from emscope.doubt import room_of_one_end
from emscope.ends import distinct_ends, matching
from emscope.trace import Trace
from emscope.wording import number, one_line

LISTED_ENDS = 8
"""Ends that are listed, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class StartsEnd:
    """An end that starts of the fit reached."""

    count: int  # starts that reached it
    own: bool  # whether this run is one of them
    text: str  # how many starts reached it, and with which objective
    centers: Array  # (k, d): of the best of them, in the order of this run's clusters


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """What came of all starts of a fit."""

    count: int
    ends: tuple[StartsEnd, ...]  # best first
    sentence: str


def starts_of(trace: Trace) -> Starts | None:
    """Group the ends of all starts; None where there was only one, or clusters have no place."""
    own = trace.locations(trace.steps[-1])
    others = [restart for restart in trace.restarts if own is not None and restart.centers.shape == own.shape]
    if own is None or not others:
        return None
    known = [step.objective for step in trace.steps if step.objective is not None]
    runs = [_first_and_last(np.array(known)), *(_first_and_last(one.objectives) for one in others)]
    centers = np.stack([own, *(one.centers for one in others)]).astype(np.float64)
    unit = np.asarray(trace.points, dtype=np.float64).std(axis=0)
    objectives = np.array([last for last, _ in runs])
    room = room_of_one_end(trace.card, runs) if np.isfinite(objectives).all() else 0.0
    found = distinct_ends(centers, objectives, unit=unit, room=room)
    scale = np.where(unit > 0, unit, 1.0)
    values = _told_apart([end.objective for end in found])
    name = one_line(trace.card.objective)
    ends = tuple(
        StartsEnd(
            end.count,
            0 in end.runs,
            f"{end.count:,} of {len(runs):,} starts, {name} {value}",
            centers[end.runs[0]][matching(own / scale, centers[end.runs[0]] / scale)],
        )
        for end, value in zip(found, values, strict=True)
    )
    return Starts(len(runs), ends, _sentence(len(runs), ends))


def _first_and_last(objectives: Array) -> tuple[float, float]:
    """Return the last objective of a run and its first one, as rules about starts take them."""
    return (float(objectives[-1]), float(objectives[0])) if len(objectives) else (np.inf, np.inf)


def _told_apart(values: Sequence[float]) -> list[str]:
    """Return numbers with enough digits to tell one end from the next."""
    for digits in range(4, 9):
        texts = [number(value, digits) for value in values]
        if len(set(texts)) == len(texts):
            break
    return texts


def _sentence(count: int, ends: Sequence[StartsEnd]) -> str:
    if len(ends) == 1:
        return f"{'Both' if count == 2 else f'All {count:,}'} starts came to the same end."
    *most, last = [f"{end.count:,}" for end in ends[:LISTED_ENDS]]
    counts = f"{', '.join([*most, last])}, …" if len(ends) > LISTED_ENDS else f"{', '.join(most)} and {last}"
    own = next(i for i, end in enumerate(ends) if end.own)
    standing = "the best one" if own == 0 else f"number {own + 1:,}"
    return (
        f"{count:,} starts came to {len(ends):,} ends, reached by {counts} of them, the best first; "
        f"this run is {standing}."
    )
