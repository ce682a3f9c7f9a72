"""The number of clusters of a run for which none was said."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from emscope import study
from emscope.cli.fitting import refusals_in_terms_of
from emscope.cli.output import Told
from emscope.data.table import Table

_KS = range(1, 11)
_MOST_ROWS = 10_000


def choose(table: Table, model: str, settings: dict[str, Any], tell: Told) -> tuple[int, str]:
    """Choose a number of clusters on at most 10,000 rows; return it, and why it was taken."""
    sampled = ""
    if len(table.matrix) > _MOST_ROWS:
        table = _sample(table, settings["random_state"])
        sampled = f" (found on {_MOST_ROWS:,} rows)"
    with refusals_in_terms_of(table):
        choice = study.choose_k(
            table.matrix,
            _KS,
            model=model,
            covariance_types=(settings["covariance_type"] or "full",),
            random_state=settings["random_state"],
            sample_weight=table.weights,
            n_threads=settings["n_threads"],
            progress=tell,
        )
    if choice.interrupted:
        raise KeyboardInterrupt
    return choice.shown, f"{choice.verdict}{sampled} Another number is taken by -k."


def _sample(table: Table, seed: int) -> Table:
    """Return the table with some of its rows."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(table.matrix))[:_MOST_ROWS])
    return dataclasses.replace(
        table,
        matrix=table.matrix[rows],
        values=table.values[rows],
        kept=table.kept[rows],
        weights=None if table.weights is None else table.weights[rows],
    )
