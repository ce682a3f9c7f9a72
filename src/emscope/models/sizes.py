"""Clusters of no row, or of a single one, at the end of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from emscope import doubt
from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Event
from emscope.models.model import Fold
from emscope.models.statistics import Rows

_NO_ROW = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class FirstRows:
    """The first row of each of some clusters."""

    rows: Array

    def merge(self, other: FirstRows) -> FirstRows:
        """Return the same for the rows of both."""
        return FirstRows(np.minimum(self.rows, other.rows))


def doubts(card: ModelCard, counts: Array, weights: Array, fold: Fold) -> tuple[Event, ...]:
    """Doubt clusters of so few rows, and name the rows."""
    single = doubt.single_rows(counts, weights)
    rows = fold(partial(_first_rows, clusters=single)).rows if len(single) else single
    return (*doubt.about_sizes(card, counts), *doubt.about_single_rows(card, single, rows))


def _first_rows(block: Rows, labels: Array, clusters: Array) -> FirstRows:
    """Find rows by their labels alone."""
    first = np.full(len(clusters), _NO_ROW)
    for i, cluster in enumerate(clusters):
        own = np.flatnonzero(labels == cluster)
        if len(own):
            first[i] = block.numbers(own[:1])[0]
    return FirstRows(first)
