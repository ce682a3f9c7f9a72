"""Columns that took no part in a clustering, counted by cluster."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from emscope.columns import Array
from emscope.data.table import Table
from emscope.errors import DataError
from emscope.results.crossing import Crossing

_NOTHING = {"NAType", "NaTType"}  # what pandas puts where a value is missing


def crossings(
    left_out: Any, table: Table | None, labels: Array, k: int, weights: Array
) -> tuple[Crossing, ...]:
    """Count every column by cluster, the most associated first."""
    found = [
        _crossing(name, categories, codes, labels, k, weights)
        for name, categories, codes in _columns(left_out, table, len(labels))
    ]
    return tuple(sorted(found, key=lambda one: -np.nan_to_num(one.cramers_v, nan=-1.0)))


def cramers_v(masses: Array, n: float) -> float:
    r"""Return Cramer's V of a table of masses that stand for n rows, corrected for bias.

    With :math:`\varphi^2 = \chi^2 / n` of a table of k lines and r columns it is the square root of
    :math:`\max(0, \varphi^2 - (k-1)(r-1)/(n-1)) / \min(\tilde k - 1, \tilde r - 1)`, where
    :math:`\tilde k = k - (k-1)^2/(n-1)` and :math:`\tilde r` likewise. Of weighted rows n is the effective
    number, :math:`(\sum w)^2 / \sum w^2`.

    Source: W. Bergsma, "A bias-correction for Cramer's V and Tschuprow's T", Journal of the Korean
    Statistical Society 42 (2013), 323-328; L. Kish, Survey Sampling (1965), for the effective number.

    >>> cramers_v(np.array([[5.0, 0.0], [0.0, 5.0]]), 10), cramers_v(np.array([[5.0, 5.0], [5.0, 5.0]]), 20)
    (1.0, 0.0)
    """
    masses = masses[masses.sum(axis=1) > 0][:, masses.sum(axis=0) > 0]
    k, r = masses.shape
    if min(k, r) < 2 or n <= 1:
        return math.nan
    shares = masses / masses.sum()
    expected = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0)
    squares = float(((shares - expected) ** 2 / expected).sum())
    corrected = max(0.0, squares - (k - 1) * (r - 1) / (n - 1))
    most = min(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1
    return min(1.0, math.sqrt(corrected / most)) if most > 1e-9 else 0.0


def _crossing(
    name: str, categories: tuple[str, ...], codes: Array, labels: Array, k: int, weights: Array
) -> Crossing:
    there = codes >= 0
    r, w = len(categories), weights[there]
    cells = labels[there] * r + codes[there]
    masses = np.bincount(cells, w, minlength=k * r).reshape(k, r)
    squares = float((w**2).sum())
    n = float(w.sum()) ** 2 / squares if squares > 0 else 0.0
    return Crossing(name, categories, masses, cramers_v(masses, n))


def _columns(left_out: Any, table: Table | None, n: int) -> Iterator[tuple[str, tuple[str, ...], Array]]:
    """Yield name, categories and codes of every column; -1 where a row has no value."""
    named = _named(left_out)
    known = () if table is None else (*filter(None, (table.labels,)), *table.categories)
    for column in known:
        if table is not None and column.column not in named:
            yield column.column, column.names, column.codes[table.kept]
    for name, values in named.items():
        if table is not None and len(values) == table.n_rows:
            values = [values[row] for row in table.kept]
        if len(values) != n:
            raise DataError(
                f"left_out has {len(values):,} values in column {name!r}, and there are {n:,} rows: give one "
                "for every row."
            )
        yield name, *_coded(values)


def _named(left_out: Any) -> dict[str, Any]:
    if left_out is None:
        return {}
    if isinstance(left_out, Mapping):
        return {str(name): list(values) for name, values in left_out.items()}
    frame = nw.from_native(left_out, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        raise DataError(
            f"left_out must be a data frame or a mapping of names to columns, not {type(left_out).__name__}."
        )
    return {series.name: series.to_list() for series in frame.iter_columns()}


def _coded(values: Any) -> tuple[tuple[str, ...], Array]:
    found: dict[str, int] = {}
    codes = [-1 if _is_missing(value) else found.setdefault(str(value), len(found)) for value in values]
    return tuple(found), np.array(codes, np.int64)


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or type(value).__name__ in _NOTHING
        or (isinstance(value, float | np.floating) and math.isnan(value))
    )
