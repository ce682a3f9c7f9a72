"""The number of clusters of a run for which none was said."""

from __future__ import annotations

from typing import Any

import numpy as np

from emscope import study
from emscope.cli.output import Told
from emscope.data.table import Table

_KS = range(1, 11)
_MOST_ROWS = 10_000


def choose(table: Table, model: str, settings: dict[str, Any], tell: Told) -> tuple[int, str]:
    """Choose a number of clusters on at most 10,000 rows; return it, and why it was taken."""
    n, weights = len(table.matrix), table.weights
    rows = np.arange(n)
    sampled = ""
    if n > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(settings["random_state"]).permutation(n)[:_MOST_ROWS])
        sampled = f" (found on {_MOST_ROWS:,} rows)"
    choice = study.choose_k(
        table.matrix[rows],
        _KS,
        model=model,
        covariance_types=(settings["covariance_type"] or "full",),
        random_state=settings["random_state"],
        sample_weight=None if weights is None else weights[rows],
        n_threads=settings["n_threads"],
        progress=tell,
    )
    if choice.interrupted:
        raise KeyboardInterrupt
    return choice.shown, f"{choice.verdict}{sampled} Another number is taken by -k."
