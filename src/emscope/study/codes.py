"""Values that look like codes, such as -9999 where a sensor was silent or 0 where nobody can have 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.content.missing_values import spells_missing, stand_for_missing
from emscope.results.rows import Code, Coded

_REPEATED = 5  # rows that have a value from which on it is no accident
_RARE = (
    0.1  # of the rows, up to which a 0 or a lone negative value may be a code; more are a part of the data
)
_DIFFERENT = 20  # other values, from which on a feature is measured and not a few categories
_GAPS = 3  # times the widest gap between other values
_APART = 0.2  # of the range of all other values
_ALL = 0.9  # of the rows of a cluster


def codes_in(values: Array, names: Sequence[str]) -> tuple[Code, ...]:
    """Find values that look like codes, those that most rows have first.

    A value at the end of the range of its feature is one if it is a usual spelling of "missing" and farther
    from all others than three times their range; or if five rows or more have it, and it lies apart from 20
    or more different others, by a fifth of their range and three times the widest gap between them, and is
    such a spelling, or 0 or the only negative value in a tenth of the rows at most.
    """
    found = [
        Code(name, value, count, j)
        for j, (name, column) in enumerate(zip(names, values.T, strict=True))
        for value, count in _codes(column).items()
    ]
    return tuple(sorted(found, key=lambda code: -code.count))


def _codes(column: Array) -> dict[float, int]:
    codes = {float(text): count for text, count in stand_for_missing(column)}
    rest = column[~np.isin(column, np.array(list(codes), column.dtype))] if codes else column
    while True:
        ends = (rest.min(), rest.max()) if len(rest) else ()
        far = next((end for end in ends if _may_be_code(end, rest) and _lies_apart(end, rest)), None)
        if far is None:
            return codes
        others = rest[rest != far]
        codes[float(str(far))] = len(rest) - len(others)
        rest = others


def _may_be_code(end: Any, column: Array) -> bool:
    count = np.count_nonzero(column == end)
    if count < _REPEATED:
        return False
    if spells_missing(float(str(end))):  # of float32 the digits that it is written with
        return True
    negative = end < 0 and np.count_nonzero(column < 0) == count
    return bool((end == column.min() == 0 or negative) and count <= _RARE * len(column))


def _lies_apart(end: Any, column: Array) -> bool:
    """Tell whether many different values lie far from one at the end, and close together."""
    others = np.unique(column[column != end]).astype(np.float64)
    if len(others) < _DIFFERENT:
        return False
    gap = max(others[0] - float(end), float(end) - others[-1])
    return bool(gap >= max(_APART * (others[-1] - others[0]), _GAPS * float(np.diff(others).max())))


def clusters_of_codes(codes: Sequence[Code], values: Array, labels: Array, sizes: Array) -> tuple[Coded, ...]:
    """Find clusters nearly all of whose rows have one of some codes."""
    found = []
    for code in codes:
        have = values[:, code.column] == code.value
        counts = np.bincount(labels[have], minlength=len(sizes))
        nearly_all = np.flatnonzero((counts > 0) & (counts >= _ALL * sizes))
        found += [Coded(int(j), code, int(counts[j])) for j in nearly_all]
    return tuple(sorted(found, key=lambda one: one.cluster))
