"""Which rows of the data are drawn, and who owns them at every half-step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from emscope.data.blocks import Block, Blocks
from emscope.em import Model
from emscope.engines.threads import put_in_row_order
from emscope.models.statistics import Array
from emscope.trace import Step

DRAWN_POINTS = 5_000
"""Rows that a trace keeps for drawing, at most."""

POINT_BUDGET = 64 << 20
"""Bytes that they may take."""


def drawn_points(blocks: Blocks) -> int:
    """Return how many rows are drawn: fewer where rows are very long.

    Parameters
    ----------
    blocks : Blocks
        The data.

    Returns
    -------
    int
    """
    row = blocks.n_features * blocks.dtype.itemsize
    return int(min(DRAWN_POINTS, max(1, POINT_BUDGET // row)))


def uniform_sample(n_samples: int, size: int = DRAWN_POINTS) -> Array:
    """Choose rows to draw before anything is known about them; the same ones each time.

    Parameters
    ----------
    n_samples : int
        Number of rows of the data.
    size : int
        Number of rows to choose.

    Returns
    -------
    ndarray of shape (min(n_samples, size),), sorted
    """
    if n_samples <= size:
        return np.arange(n_samples)
    return np.sort(np.random.default_rng(0).choice(n_samples, size, replace=False, shuffle=False))


def stratified_sample(labels: Array, counts: Array, size: int = DRAWN_POINTS) -> Array:
    """Choose rows to draw so that every cluster is there; the same ones each time.

    A tenth of the places is shared out evenly, the rest by the size of the clusters.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Final owners.
    counts : ndarray of shape (k,)
        How many rows each cluster owns.
    size : int
        Number of rows to choose, at most.

    Returns
    -------
    ndarray of shape (at most ``size``,), sorted
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
    owners = labels[by_label]
    rank = np.arange(len(owners)) - np.searchsorted(owners, owners)
    return np.sort(by_label[rank < places[owners]])[:size]


def with_labels(
    steps: Sequence[Step],
    points: Array,
    model: Model,
    parameters_type: Callable[..., Any],
    prepare: Callable[[Block], Any],
) -> tuple[Step, ...]:
    """Give every half-step the owners of the drawn points, from its recorded parameters.

    Parameters
    ----------
    steps : sequence of Step
        Half-steps without labels.
    points : ndarray of shape (m, d)
        The drawn sample.
    model : Model
        Whose expectation step is taken.
    parameters_type : callable
        Makes the model's parameters of a step's arrays.
    prepare : callable(block) -> workspace
        As for the engine.

    Returns
    -------
    tuple of Step
        An M-step has the labels of the E-step before it; thinned steps have none.
    """
    block = Block(0, 0, points, np.ones(len(points)))
    workspace = prepare(block)
    soft = getattr(model, "shares", None)
    labelled: list[Step] = []
    labels: Array | None = None
    shares: Array | None = None
    for step in steps:
        if step.phase == "expectation":
            labels = shares = None
            if step.parameters:
                parameters = parameters_type(**step.parameters)
                if soft:
                    shares = soft(points, parameters)[1]
                    labels = shares.argmax(axis=1).astype(np.int32)
                else:
                    labels, written = np.empty((2, len(points)), dtype=np.int32)
                    model.expectation(block, parameters, written, workspace)
                    put_in_row_order(written, labels, workspace)
        labelled.append(dataclasses.replace(step, labels=labels, responsibilities=shares))
    return tuple(labelled)
