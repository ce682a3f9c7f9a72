"""Features so skewed that their few largest values outweigh the rest, where a logarithm would mend that."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.data.table import Table

SKEWED = 2.0
"""Skewness from which on a feature is strongly skewed; that of an exponential distribution."""
_EVEN = 1.0  # skewness that the logarithms may have at most, either way
_FEWEST = 50  # rows; of fewer a single value makes the skewness


def skewness(column: Array, weights: Array | None = None) -> float:
    """Return the third standardized moment, 0 of values that do not vary.

    >>> round(skewness(np.array([1.0, 1.0, 1.0, 5.0])), 3)
    1.155
    """
    away = column.astype(np.float64) - np.average(column, weights=weights)
    largest = float(np.abs(away).max())
    if not largest > 0:
        return 0.0
    away /= largest  # cubes may overflow, or vanish
    second, third = (float(np.average(away**power, weights=weights)) for power in (2, 3))
    return float(third / second**1.5)


def skewed_features(table: Table) -> dict[str, float]:
    """Return the columns whose logarithm should be considered, and their skewness.

    These are features of positive numbers, as they are, whose skewness is 2 or more and that of their
    logarithms at most 1 either way; of tables of 50 rows or more.
    """
    counting = slice(None) if table.weights is None else table.weights > 0
    weights = None if table.weights is None else table.weights[counting]
    values, found = table.values[counting], {}
    if len(values) < _FEWEST:
        return {}
    for feature, column in zip(table.preparation.features, values.T, strict=True):
        if feature.log or feature.offset or feature.reads != "numbers" or not column.min() > 0:
            continue
        skew = skewness(column, weights)
        if skew >= SKEWED and abs(skewness(np.log(column), weights)) <= _EVEN:
            found[feature.column] = skew
    return found
