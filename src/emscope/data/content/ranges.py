"""Passes over a matrix that may not fit into memory twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emscope.columns import Array

_BLOCK_VALUES = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """What a pass over the matrix tells of each column."""

    low: Array  # (d,): smallest and largest finite value; low is above high where there is none
    high: Array
    missing: Array  # (d,): how many values are missing
    complete: bool  # whether every value is finite


def spans(matrix: Array) -> Iterator[slice]:
    """Cut the rows into pieces of a handy size."""
    n, d = matrix.shape
    rows = max(1, _BLOCK_VALUES // max(d, 1))
    for start in range(0, n, rows):
        yield slice(start, min(start + rows, n))


def ranges_of(matrix: Array, columns: Array, keep: Array | None) -> Ranges:
    """Find the range of each column, and what it lacks."""
    low = np.full(len(columns), np.inf)
    high = np.full(len(columns), -np.inf)
    missing = np.zeros(len(columns), dtype=np.int64)
    complete = True
    for span in spans(matrix):
        part = matrix[span] if len(columns) == matrix.shape[1] else matrix[span][:, columns]
        if keep is not None:
            part = part[keep[span]]
        finite = np.isfinite(part)
        if not finite.all():
            complete = False
            missing += np.isnan(part).sum(axis=0)
        np.minimum(low, np.min(part, axis=0, where=finite, initial=np.inf), out=low)
        np.maximum(high, np.max(part, axis=0, where=finite, initial=-np.inf), out=high)
    return Ranges(low, high, missing, complete)


def gaps(matrix: Array, columns: Array) -> Array:
    """Count the rows of each column that have no finite value."""
    counts = np.zeros(len(columns), dtype=np.int64)
    for span in spans(matrix):
        counts += (~np.isfinite(matrix[span][:, columns])).sum(axis=0)
    return counts
