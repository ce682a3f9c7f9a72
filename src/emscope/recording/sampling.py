"""Which rows of the data are drawn, and their labels at every half-step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.blocks import Block, Blocks
from emscope.engines.engine import put_in_row_order
from emscope.models.model import Model
from emscope.trace import Step

_Expected = list[tuple[Array, Array | None]]  # labels, and responsibilities if there are any

DRAWN_POINTS = 5_000
"""Rows that a trace keeps for drawing, at most."""

POINT_BUDGET = 64 << 20
"""Bytes that they may take."""


def drawn_points(blocks: Blocks) -> int:
    """Return how many rows are drawn: fewer where rows are very long."""
    row = blocks.n_features * blocks.dtype.itemsize
    return int(min(DRAWN_POINTS, max(1, POINT_BUDGET // row)))


def uniform_sample(n_samples: int, size: int = DRAWN_POINTS) -> Array:
    """Choose rows to draw before anything is known about them; the same ones each time."""
    if n_samples <= size:
        return np.arange(n_samples)
    return np.sort(np.random.default_rng(0).choice(n_samples, size, replace=False, shuffle=False))


def stratified_sample(labels: Array, counts: Array, size: int = DRAWN_POINTS) -> Array:
    """Choose rows to draw so that every cluster is there; the same ones each time.

    A tenth of the places is shared out evenly, the rest by the size of the clusters.
    """
    if len(labels) <= size:
        return np.arange(len(labels))
    random = np.random.default_rng(0)
    least = np.minimum(counts, max(1, size // (10 * len(counts))))
    places = least + np.floor(max(0, size - least.sum()) * (counts - least) / len(labels)).astype(int)
    # rows drawn without a look at their labels are enough for the large clusters; of the others all rows, or
    # so many as chance leaves, are candidates
    some = random.choice(len(labels), min(len(labels), 4 * size), replace=False, shuffle=False)
    rare = counts * (len(some) / len(labels)) < 2 * places + 30
    others = np.flatnonzero(rare[labels]) if rare.any() else np.empty(0, np.int64)
    chance = np.minimum(1.0, (1.5 * places + 30) / np.maximum(counts, 1)).astype(np.float32)
    others = others[random.random(len(others), dtype=np.float32) < chance[labels[others]]]
    candidates = random.permutation(np.concatenate([some[~rare[labels[some]]], others]))
    by_label = candidates[np.argsort(labels[candidates], kind="stable")]
    ordered = labels[by_label]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return np.sort(by_label[rank < places[ordered]])[:size]


def with_labels(
    steps: Sequence[Step],
    points: Array,
    model: Model[Any, Any],
    parameters_type: Callable[..., Any],
    share: Callable[[Callable[[int, int], _Expected], int], list[_Expected]],
) -> tuple[Step, ...]:
    """Give every half-step the labels of the drawn points, from its recorded parameters; threads share them.

    A maximization step has the labels of the expectation step before it; thinned steps have none.
    """
    known = [step for step in steps if step.phase == "expectation" and step.parameters]
    parameters = [parameters_type(**step.parameters) for step in known]
    shared = share(partial(_expected, points, model, parameters), len(parameters))
    expected = (one for some in shared for one in some)
    labeled: list[Step] = []
    labels: Array | None = None
    responsibilities: Array | None = None
    for step in steps:
        if step.phase == "expectation":
            labels, responsibilities = next(expected) if step.parameters else (None, None)
        labeled.append(dataclasses.replace(step, labels=labels, responsibilities=responsibilities))
    return tuple(labeled)


def _expected(
    points: Array, model: Model[Any, Any], parameters: Sequence[Any], first: int, stop: int
) -> _Expected:
    """Return the labels of points for some of the parameters, and their responsibilities if they have any."""
    if model.card.soft:
        every = [model.responsibilities(points, given) for given in parameters[first:stop]]
        return [(one.argmax(axis=1).astype(np.int32), one) for one in every]
    block = Block(0, 0, points, np.ones(len(points)))
    workspace = model.prepare(block)
    found: _Expected = []
    for given in parameters[first:stop]:
        labels, written = np.empty((2, len(points)), dtype=np.int32)
        model.expectation(block, given, written, workspace)
        put_in_row_order(written, labels, workspace)
        found.append((labels, None))
    return found
