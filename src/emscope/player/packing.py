"""A run as plain JSON for the page: numbers packed, texts on one line, nothing said twice.

Arrays are base64 of little-endian numbers. Positions are 16-bit fractions of the limits, which is all
that drawing needs; points and centers are exact, for what the page computes. Labels are stored as
changes from one expectation step to the next. Responsibilities are stored only where the page has no
formula for them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from emscope.card import KMEANS, Layout, ModelCard, gaussian_mixture
from emscope.columns import Array
from emscope.doubt import THRESHOLDS
from emscope.events import kind_of, open_sentences, parts_of_a_collapse, worded
from emscope.events.kinds import DOUBTS, KINDS, SAME
from emscope.player import arrays, comparing, mixtures
from emscope.player.comparing import Profile
from emscope.private import HIDDEN
from emscope.scene import Frame, Scene
from emscope.scene.colors import Colors, with_more
from emscope.scene.paint import STYLES, paints
from emscope.scene.phrases import FEW, LISTED, LONGEST, OF_TRACES, OUTCOME, ROUNDING, STILL, phrases_of
from emscope.trace import Restart, Step, Trace
from emscope.wording import one_line

MOST_POINTS = 20_000
"""Points that a page replays, at most."""

MORE_CENTERS = 8
"""Centers that a reader may add to the start."""

_POINT_BYTES = 4 << 20  # of exact points
_RESPONSIBILITY_BYTES = 8 << 20  # of recorded responsibilities
_CENTER_BYTES = 4 << 20  # of exact centers
_MOST_RESTARTS = 20
_SETTINGS = (
    *("init", "n_init", "max_iter", "tol", "random_state", "tolerance", "dtype", "weighted"),
    *("algorithm", "block_size", "covariance_type", "reg_covar", "init_params", "weights_init"),
    *("means_init", "precisions_init", "accelerate"),
)


def packed(trace: Trace, scene: Scene, title: str, profile: Profile | None = None) -> dict[str, Any]:
    """Return everything the page knows about a run, as plain JSON values."""
    shown, card = _shown(trace), trace.card
    places = scene.limit_frames(_most_frames(trace, scene))
    frames = [scene.frames[i] for i in places]
    steps = _distinct(trace, frames)
    mixture = None if card.covariances is None else _mixture(trace, scene, frames, steps, card.covariances)
    computed = card.owners == "gaussian" and mixture is not None and "covariances" in mixture
    responsibilities = _responsibilities(frames, shown) if card.soft and card.owners is None else None
    exact = computed or not card.soft or responsibilities is not None
    told = {
        "title": one_line(title, 80),
        "card": _card(card),
        "cards": {other.update: _card(card if card.update == other.update else other) for other in _WAYS},
        "kind": scene.kind,
        "nSamples": int(trace.n_samples),
        "nLeftOut": int(trace.n_left_out),
        "nClusters": len(scene.colors),
        "drawn": len(trace.points),
        "features": [one_line(name, 48) or f"feature {j}" for j, name in enumerate(trace.feature_names)],
        "rowNames": None if trace.row_names is None else [one_line(trace.row_names[i], 48) for i in shown],
        "rows": arrays.numbers(_row_numbers(trace)[shown], np.uint32),
        "firstRow": 0 if trace.table_rows is None else 1,
        "points": arrays.exact(trace.points[shown]),
        "positions": _positions(scene, shown),
        "scale": None if trace.scale is None else arrays.exact(trace.scale),
        "limits": {"x": scene.xlim, "y": scene.ylim, "equal": scene.limits.aspect == "equal"},
        "axes": scene.axis_labels,
        "notes": [text for text in _notes(trace, scene, shown, exact=exact) if text],
        "projection": _projection(scene),
        "unit": scene.unit.tolist(),
        **_looks(scene),
        "density": _density(scene),
        "profile": None if scene.profile is None else arrays.fractions(scene.profile[:, 1]),
        "frames": _frames(trace, frames, shown, exact=exact),
        "centers": arrays.exact(np.stack([_locations(trace, step) for step in steps])),
        "mixture": mixture,
        "responsibilities": responsibilities,
        "leftOut": len(trace.steps) - len(frames),
        "panels": [places.index(i) for i in scene.panels() if i in places],
        "curve": _curve(scene),
        **_events(scene),
        "phrases": _phrases(),
        "outcome": OUTCOME,
        "converged": trace.converged,
        "settings": {name: _plain(trace.settings.get(name)) for name in _SETTINGS},
        "restarts": [_start(restart) for restart in trace.restarts[:_MOST_RESTARTS]],
        "ends": comparing.ends_of(trace),
        "contrasts": None if profile is None else comparing.contrasts_of(profile),
    }
    return {**arrays.in_few_digits(told), "private": True} if trace.private else told


def _events(scene: Scene) -> dict[str, Any]:
    """Pack what happened, and the sentences for what may happen in a run of the page."""
    events = [
        {
            "step": index,
            "message": one_line(worded(event, scene.terms), LONGEST),
            "routine": kind_of(event).routine,
            "ends": kind_of(event).ends,
        }
        for index, event in scene.curve.events
    ]
    kinds = {
        name: {"sentences": open_sentences(kind, scene.terms), "ends": kind.ends, "lost": kind.lost}
        | ({"doubt": True} if kind.doubt else {})
        for name, kind in KINDS.items()
        if name not in _NOT_IN_PAGES
    }
    return {
        "events": events,
        "kinds": kinds,
        "same": SAME,
        "collapse": parts_of_a_collapse(scene.terms),
        "doubts": DOUBTS,
        "thresholds": {**THRESHOLDS._asdict(), **_THRESHOLDS},
    }


_WAYS = (KMEANS, gaussian_mixture("full"))
"""The models that the page has formulas for, and so can run anew from another start."""

_NOT_IN_PAGES = {"interrupted", "no_direction", "extrapolated", "extrapolation_rejected", "starts_disagree"}
"""Kinds of events that no run of a page can have."""

_THRESHOLDS = {"few": FEW, "listed": LISTED, "rounding": ROUNDING, "still": STILL}


def _phrases() -> dict[str, Any]:
    """Pack what captions say of the models that the page runs; what they share under ``"both"``."""
    hard, soft = (phrases_of(card) for card in _WAYS)
    both = {name: phrase for name, phrase in hard.items() if soft.get(name) == phrase}
    own = (
        {name: phrase for name, phrase in phrases.items() if name not in both and name not in OF_TRACES}
        for phrases in (hard, soft)
    )
    return {"both": both} | {str(card.update): phrases for card, phrases in zip(_WAYS, own, strict=True)}


def _card(card: ModelCard) -> dict[str, Any]:
    told = dataclasses.asdict(card) | {"noun": card.noun, "fromZero": card.from_zero}
    return {name: one_line(value, 60) if isinstance(value, str) else value for name, value in told.items()}


def _row_numbers(trace: Trace) -> Array:
    """Count rows as those do who look for them: of a table from 1, as ``labels.csv`` does."""
    return trace.sample_indices if trace.table_rows is None else trace.table_rows + 1


def _responsibilities(frames: Sequence[Frame], shown: Array) -> list[dict[str, str]] | None:
    """Pack the recorded responsibilities of the expectation steps, where a page has room for them."""
    distinct = {id(r): r for frame in frames if (r := frame.responsibilities) is not None}
    if not distinct or 4 * sum(len(shown) * r.shape[1] for r in distinct.values()) > _RESPONSIBILITY_BYTES:
        return None
    return [arrays.exact(r[shown].astype(np.float32)) for r in distinct.values()]


def _shown(trace: Trace) -> Array:
    """Choose the points that the page shows, evenly from every final cluster."""
    m, d = trace.points.shape
    most = min(MOST_POINTS, max(1, _POINT_BYTES // (d * trace.points.dtype.itemsize)))
    if m <= most:
        return np.arange(m)
    known = [step.labels for step in trace.steps if step.labels is not None]
    labels = known[-1] if known else np.zeros(m, dtype=int)
    by_cluster = np.argsort(labels, kind="stable")
    firsts = np.unique(labels, return_index=True)[1][: most // 2]
    evenly = np.linspace(0, m - 1, most - len(firsts)).round().astype(int)
    return np.unique(np.concatenate([by_cluster[evenly], firsts]))


def _notes(trace: Trace, scene: Scene, shown: Array, *, exact: bool) -> Iterator[str]:
    yield scene.origin
    yield HIDDEN if trace.private else ""
    yield scene.measure
    yield scene.faithfulness
    yield _note(trace, scene, shown)
    if not exact:
        gaussian = trace.card.owners == "gaussian"
        yield (
            f"The {'covariances' if gaussian else 'responsibilities'} take more room than this page has: it "
            f"keeps {'their ellipses, and ' if gaussian else ''}how sure the most likely component of each "
            "point is."
        )


def _note(trace: Trace, scene: Scene, shown: Array) -> str:
    if len(shown) == len(trace.points):
        return f"{scene.note}." if scene.note else ""
    of = len(trace.points) if trace.private else trace.n_samples
    return f"{len(shown):,} of {of:,} points shown."


def _positions(scene: Scene, shown: Array) -> str:
    lower = np.array([scene.xlim[0], scene.ylim[0]])
    size = np.array([scene.xlim[1], scene.ylim[1]]) - lower
    return arrays.fractions((scene.positions[shown] - lower) / size)


def _projection(scene: Scene) -> dict[str, Any]:
    projection = scene.projection
    if projection.columns:
        return {"columns": projection.columns}
    return {"origin": arrays.exact(projection.origin), "components": arrays.exact(projection.components)}


def _looks(scene: Scene) -> dict[str, Any]:
    """Colors of the run's clusters, and of those that a reader may add."""
    wanted = len(scene.colors) + MORE_CENTERS
    colors = with_more(Colors(scene.colors, scene.markers), wanted)
    looks = {}
    for name in ("light", "dark"):
        style = STYLES[name]
        # gray tells the run's clusters apart best where no others have to be
        found = (*paints(scene.colors, style), *paints(colors.hexes, style)[len(scene.colors) :])
        parts = {
            part: " ".join(getattr(p, part) for p in found) for part in ("fill", "rim", "tint", "outline")
        }
        looks[name] = {**dataclasses.asdict(style), "clusters": parts}
    return {"looks": looks, "markers": colors.markers}


def _density(scene: Scene) -> dict[str, Any] | None:
    if scene.density is None:
        return None
    height, width = scene.density.shape
    cells = np.rint(255 * scene.density)
    return {"width": width, "height": height, "cells": arrays.numbers(cells, np.uint8)}


def _most_frames(trace: Trace, scene: Scene) -> int:
    """Return how many half-steps have room; two share their parameters where nothing is left out."""
    k, d = len(scene.colors), trace.points.shape[1]
    most: int = _CENTER_BYTES // (8 * k * d)
    if trace.card.covariances is not None and d <= mixtures.ALWAYS_EXACT:
        most = min(most, mixtures.COVARIANCE_BYTES // mixtures.bytes_of(trace.card.covariances, k, d))
    return max(2, most)


def _distinct(trace: Trace, frames: Sequence[Frame]) -> list[Step]:
    """Return one half-step for each of the distinct parameters, in the order of their first frames."""
    steps = [trace.steps[frame.index] for frame in frames]
    return list({id(_locations(trace, step)): step for step in steps}.values())


def _mixture(
    trace: Trace, scene: Scene, frames: Sequence[Frame], steps: Sequence[Step], layout: Layout
) -> dict[str, Any]:
    """Pack a mixture's components: with their covariances, or as they look in the picture."""
    k, d = len(scene.colors), trace.points.shape[1]
    known = [step.weights for step in steps if step.weights is not None]
    told = {
        "structure": layout,
        "weights": arrays.exact(np.stack(known).astype(np.float64)) if len(known) == len(steps) else None,
    }
    if (
        d <= mixtures.ALWAYS_EXACT
        or len(steps) * mixtures.bytes_of(layout, k, d) <= mixtures.COVARIANCE_BYTES
    ):
        return {**told, "covariances": arrays.exact(mixtures.covariances_of(steps, layout))}
    ellipses = {id(_locations(trace, trace.steps[frame.index])): frame.ellipses for frame in frames}
    planes = np.stack([np.asarray(ellipses[id(_locations(trace, step))], dtype=np.float64) for step in steps])
    return {**told, "planes": arrays.exact(planes[:, :, [0, 0, 1], [0, 1, 1]])}


def _frames(trace: Trace, frames: Sequence[Frame], shown: Array, *, exact: bool) -> list[dict[str, Any]]:
    """Pack half-steps; labels only where they differ from those of the frame before."""
    told: list[dict[str, Any]] = []
    places: dict[int, int] = {}
    soft: dict[int, int] = {}
    before: Array | None = None
    for frame in frames:
        step, responsibilities = trace.steps[frame.index], frame.responsibilities
        labels = None if frame.labels is None else frame.labels[shown]
        certain = None if exact else mixtures.certainty_of(step, shown)
        told.append(
            {
                "index": frame.index,
                "phase": frame.phase,
                "iteration": frame.iteration,
                "final": frame.final,
                "title": frame.title,
                "short": frame.short_title,
                "caption": frame.caption,
                "objective": _finite(frame.objective),
                "moved": step.moved,
                "centers": places.setdefault(id(_locations(trace, step)), len(places)),
                "labels": _label_changes(labels, before, len(frame.centers)),
                "responsibilities": None
                if responsibilities is None
                else soft.setdefault(id(responsibilities), len(soft)),
                "certain": None if certain is None else arrays.numbers(certain, np.uint8),
                "counts": None if step.counts is None else step.counts.tolist(),
                "shift": None if step.shift is None else [_finite(s) for s in step.shift.tolist()],
            }
        )
        before = labels
    return told


def _locations(trace: Trace, step: Step) -> Array:
    """Return where the clusters lie; a mixture's covariances and weights go with its means."""
    found = trace.locations(step)
    assert found is not None  # or there would be no frame
    return found


def _label_changes(labels: Array | None, before: Array | None, k: int) -> dict[str, Any] | None:
    """Return labels as the page takes them: none, all of them, or those that changed."""
    if labels is None:
        return None
    if before is None:
        return {"all": arrays.small(labels, k - 1)}
    at = np.flatnonzero(labels != before)
    return {"at": arrays.small(at, len(labels) - 1), "to": arrays.small(labels[at], k - 1)} if len(at) else {}


def _curve(scene: Scene) -> dict[str, Any]:
    curve = scene.curve
    return {
        "steps": curve.indices.tolist(),
        "iterations": curve.iterations.tolist(),
        "expectation": curve.expectation.tolist(),
        "values": [_finite(v) for v in curve.values.tolist()],
        "others": [[_finite(v) for v in other.tolist()] for other in curve.others[:_MOST_RESTARTS]],
    }


def _start(restart: Restart) -> dict[str, str]:
    return arrays.exact(np.asarray(restart.start))


def _finite(value: float | None) -> float | None:
    """Return what JSON has a word for."""
    return None if value is None or not math.isfinite(value) else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value, 40)
    if isinstance(value, bool | int) or value is None:
        return value
    return _finite(value) if isinstance(value, float) else None
