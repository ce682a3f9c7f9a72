"""The rows that criteria are taken on where all of them would take too long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.columns import Array

MOST_ROWS = 10_000
"""Rows that criteria are taken on at most."""
MOST_PAIRED = 5_000
"""Rows whose distances from each other are taken, where there are more than ``MOST_ROWS``."""
MOST_REFITTED = 2_500
"""Of these, rows that are fitted again and again: the gap's errors, for one, stay well below what matters."""
_MOST_WORK = 1e10  # features of pairs of rows
_FEWEST_ROWS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows that stand for all rows."""

    points: Array
    """(m, d): in float64."""
    weights: Array | None
    """(m,): how much each counts; None where all count alike."""
    rows: Array
    """(m,): their places among the rows that count."""
    n_rows: int
    """The number of rows that they stand for."""

    @property
    def is_all(self) -> bool:
        """Whether all rows are taken."""
        return len(self.rows) == self.n_rows

    @property
    def mass(self) -> Array:
        """(m,): how much each row counts."""
        return np.ones(len(self.rows)) if self.weights is None else self.weights


def sample_of(
    points: Array,
    weights: Array | None,
    strata: Array,
    random: np.random.RandomState,
    most: int | None = None,
) -> Sample:
    """Draw rows so that every stratum has its share of them, by weight; all rows if they are few.

    The rows of a stratum are put in random order, strata behind each other, and of all the weight every
    m-th part draws the row that it lies in: a systematic sample with probabilities in proportion to weight. A
    row drawn several times counts as often.

    Source: Madow, "On the theory of systematic sampling, II", Annals Math. Stat. 20 (1949), 333-354.
    """
    n, d = points.shape
    size = min(MOST_ROWS if most is None else min(most, MOST_ROWS), max(_FEWEST_ROWS, _affordable(d)))
    if n <= size:
        return Sample(points.astype(np.float64), weights, np.arange(n), n)
    order = random.permutation(n)
    order = order[np.argsort(strata[order], kind="stable")]
    if weights is None:
        places = np.floor((np.arange(size) + random.random_sample()) * (n / size)).astype(np.int64)
        rows, counts = order[places], None
    else:
        cumulated = np.cumsum(weights[order])
        draws = (np.arange(size) + random.random_sample()) * (cumulated[-1] / size)
        places = np.searchsorted(cumulated, draws, side="right")
        rows, times = np.unique(order[np.minimum(places, n - 1)], return_counts=True)
        counts = None if (times == 1).all() else times.astype(np.float64)
    rows = np.sort(rows)
    return Sample(points[rows].astype(np.float64), counts, rows, n)


def _affordable(d: int) -> int:
    return int((_MOST_WORK / d) ** 0.5)
