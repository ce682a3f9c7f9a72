"""When the end of a fit deserves doubt: every rule and its threshold, in one place.

A doubt is an event of the last half-step; ``KINDS`` of ``events/kinds.py`` has the sentences. Nothing here
looks at the rows again: the last expectation step has added up all that is needed. Weights count as weights.

=====================  ==================================================================================
still_moving           ``tol`` or ``max_iter`` ended the run while more than 1 % of the weight still changed
                       label in the last expectation step
plateau                extrapolated from its last gains, the objective would still fall by more than 1 % of
                       what the run has gained, and not by a negligible amount
collapsed              a component has collapsed, is empty, or is the twin of another
undecided              no component has a responsibility of 0.9 or more for more than 25 % of the weight
lone_row               a cluster is a single row, no heavier than the mean row
starts_disagree        of five starts or more fewer than two reached the best end
fewer_distinct_points  fewer clusters own rows than were asked for
=====================  ==================================================================================

Source of the extrapolation: Aitken, "On Bernoulli's numerical solution of algebraic equations", Proc. Royal
Soc. Edinburgh 46 (1926), 289-305; for EM, Boehning et al., Annals Inst. Stat. Math. 46 (1994), 373-388.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Event

CERTAIN = 0.9
"""Largest responsibility from which on the component of a row counts as certain."""


class Thresholds(NamedTuple):
    """What the rules compare with."""

    moving: float = 0.01  # part of the weight
    remaining: float = 0.01  # part of what was gained
    negligible: float = 1e-3  # part of an objective that counts from 0, or log-likelihood per row
    slowest: float = 0.99  # ratio of gains that the labels of hard models may seem to exceed by chance
    certain: float = CERTAIN
    undecided: float = 0.25  # part of the weight
    heavy: float = 1.5  # times the mean weight, from which on a row stands for several
    starts: int = 5
    agreeing: int = 2
    watched: int = 10  # iterations; who asks for no more wants to see them, and knows that more would follow


THRESHOLDS = Thresholds()
_ROUNDING = 1e-10  # of an objective
_NAMED = 5  # clusters or rows


class Ending(NamedTuple):
    """How a run ended: by ``"tol"`` or ``"max_iter"``, and what changed in its last expectation step."""

    limit: str
    moved: int | None  # rows; None where there was but one expectation step
    share: float = 0.0  # of the weight


def about_the_end(
    card: ModelCard, objectives: Sequence[float], ending: Ending, cycle: int = 1
) -> Iterator[Event]:
    """Doubt that a run was over when it ended; ``objectives`` are those of its expectation steps.

    Where longer steps take turns with EM's own, gains are compared over a whole ``cycle`` of iterations.
    """
    if ending.moved and ending.share > THRESHOLDS.moving:
        values = {"case": ending.limit, "moved": ending.moved, "share": ending.share, "noun": card.noun}
        yield Event("still_moving", values=values)
    at_rest = not card.soft and not ending.moved
    left = None if at_rest else _left(objectives[::-cycle][:3], card.from_zero)
    if left is None:
        return
    gained = max(objectives) - objectives[-1]
    if left <= max(THRESHOLDS.remaining * gained, negligible(card, objectives[-1])):
        return
    # no amount is told: those of runs stopped early are off by factors of 3 to 100
    how: dict[str, object] = {"case": ending.limit, "left": left, "least": THRESHOLDS.remaining}
    if math.isinf(left):
        case = "growing" if cycle == 1 else "growing by twos"
        how = {"case": case, "gain": objectives[-1 - cycle] - objectives[-1]}
    yield Event("plateau", values={**how, "objective": card.objective})


def _left(latest: Sequence[float], from_zero: bool) -> float | None:
    """Extrapolate by how much objectives, the latest first, would still fall; infinite if gains grow.

    Gains shrink by one ratio from step to step near an optimum of a smooth objective; those of hard models
    go up and down with single rows.
    """
    if len(latest) < 3:
        return None
    last, before, earlier = latest
    gain, gain_before = before - last, earlier - before
    if not gain > _ROUNDING * max(abs(last), 1e-300 if from_zero else 1.0):
        return None
    ratio = gain / gain_before if gain_before > 0 else math.inf
    if from_zero:
        ratio = min(ratio, THRESHOLDS.slowest)
    return gain * ratio / (1 - ratio) if ratio < 1 else math.inf


def negligible(card: ModelCard, objective: float) -> float:
    """Return what a difference of objectives has to exceed to matter."""
    return THRESHOLDS.negligible * (abs(objective) if card.from_zero else 1.0)


def about_sizes(card: ModelCard, counts: Array) -> tuple[Event, ...]:
    """Doubt a clustering some of whose clusters own no row; ``counts`` are those of rows."""
    owning, clusters = int(np.count_nonzero(counts)), len(counts)
    if owning == clusters:
        return ()
    case = {"case": "components"} if card.soft else {}
    return (Event("fewer_distinct_points", values={**case, "owning": owning, "clusters": clusters}),)


def single_rows(counts: Array, weights: Array) -> Array:
    """Return the clusters of a single row, unless it stands for several by its weight, or is all there is."""
    single = np.flatnonzero(counts == 1)
    if len(counts) == 1 or not len(single):
        return single[:0]
    light = weights <= THRESHOLDS.heavy * weights.sum() / counts.sum()
    return np.asarray(single[light[single]])


def about_single_rows(card: ModelCard, clusters: Array, rows: Array) -> tuple[Event, ...]:
    """Doubt clusters of a single row each."""
    if not len(clusters):
        return ()
    case = {"case": "several"} if len(clusters) > 1 else {}
    named = tuple(int(row) for row in rows[:_NAMED])
    return (
        Event(
            "lone_row", int(clusters[0]), named, values={**case, "count": len(clusters), "noun": card.noun}
        ),
    )


def about_responsibilities(undecided: float, total: float, rows: int) -> tuple[Event, ...]:
    """Doubt a mixture none of whose components is sure of much of the weight."""
    share = undecided / total
    if not share > THRESHOLDS.undecided:
        return ()
    values = {"count": round(undecided), "rows": rows, "share": share, "certain": CERTAIN}
    return (Event("undecided", values=values),)


def of_weighted_rows(event: Event) -> Event:
    """Note that a share is one of the weight, and not of the rows."""
    return replace(event, values={**event.values, "weighted": True}) if "share" in event.values else event


def about_components(
    collapsed: Sequence[int], empty: Sequence[int], twins: Sequence[int], *, shared: bool
) -> Iterator[Event]:
    """Doubt a mixture some of whose components are none; ``shared`` says that all have one covariance."""
    if len(collapsed):
        values = {"case": "shared"} if shared else {}
        yield Event("collapsed", values={**values, **_those(collapsed)})
    if len(empty):
        yield Event("collapsed", values={"case": "empty", **_those(empty)})
    if len(twins):
        yield Event("collapsed", values={"case": "twins", **_those(twins)})


def _those(components: Sequence[int]) -> dict[str, object]:
    return {"components": [int(j) for j in components[:_NAMED]], "count": len(components)}


def room_of_one_end(card: ModelCard, runs: Sequence[tuple[float, float]]) -> float:
    """Return by how much last objectives differ at most where runs, as of :func:`about_starts`, end alike."""
    best = min(end for end, _ in runs)
    return negligible(card, best) + _ROUNDING * max(abs(first) for _, first in runs)


def about_starts(
    card: ModelCard, runs: Sequence[tuple[float, float]], unfinished: int = 0
) -> tuple[Event, ...]:
    """Doubt the best of several runs if next to no other came there; by their last objectives and first ones.

    A run has come there if what it ended with is higher by a negligible amount at most: the same clusters
    under other numbers differ by rounding, and those that ``tol`` stopped by a little more. Those that
    ``max_iter`` ended, ``unfinished`` of them, might have come there later.
    """
    if len(runs) < THRESHOLDS.starts:
        return ()
    best = min(end for end, _ in runs)
    reached = sum(end <= best + room_of_one_end(card, runs) for end, _ in runs)
    if reached >= THRESHOLDS.agreeing:
        return ()
    case: dict[str, object] = {"case": "unfinished", "unfinished": unfinished} if unfinished else {}
    return (Event("starts_disagree", values={**case, "reached": reached, "starts": len(runs)}),)


def of_unfinished_runs(event: Event) -> bool:
    """Tell whether a run deserves a doubt for having been stopped early."""
    return event.kind in ("still_moving", "plateau") or event.values.get("case") == "unfinished"
