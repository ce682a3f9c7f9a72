"""Rows within a table that sum up the rows above them: subtotals, and totals above a second table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from emscope.columns import Array
from emscope.data.content.missing_values import present
from emscope.data.content.texts import is_text
from emscope.data.content.vocabulary import TOTALS
from emscope.data.wording import quoted, row_and_line

_SAYS_TOTAL = re.compile("|".join(map(re.escape, sorted(TOTALS, key=len, reverse=True))))
_STARS = re.compile(r"\*{1,9}")
_MAY_SAY = rf"(?i)^\*+$|^(?:{_SAYS_TOTAL.pattern})\b|\b(?:{_SAYS_TOTAL.pattern})\W*$"
_FEWEST_NAMED, _FEWEST_BLANK = 1, 3  # rows that a total sums up
_MOST_SHARE = 0.5  # of the rows of a table may be totals
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows that sum up others."""

    rows: tuple[int, ...] = ()  # counted from 0
    notes: tuple[str, ...] = ()  # which they are, with the option that keeps them


def find_totals(labels: Sequence[Any], matrix: Array, first_line: int | None) -> Totals:
    """Find rows that are called a total, or not called anything, and are the sums of rows above.

    The name alone never makes a total: some number in the row must be the sum of the rows since the last
    total, or of all rows above. ``labels`` are the Arrow columns that may call a row a total.
    """
    if not matrix.size:
        return Totals()
    names = _candidates(labels, len(matrix))
    if not names or len(names) > _MOST_SHARE * len(matrix):
        return Totals()
    rows = tuple(_confirmed(matrix, names))
    if not rows:
        return Totals()
    name, where = names[rows[0]], row_and_line(rows[0], first_line)
    first = f"{quoted(name)} in {where}" if name else where
    if len(rows) == 1:
        return Totals(rows, (f"The total of rows above, {first}, is left out; footer=0 keeps it.",))
    note = f"{len(rows):,} totals of rows above are left out, the first {first}; footer=0 keeps them."
    return Totals(rows, (note,))


def _candidates(labels: Sequence[Any], n: int) -> dict[int, str]:
    """Give the rows that are called a total, and those without the name that others have."""
    found: dict[int, str] = {}
    for column in labels:
        if is_text(column):
            called = pc.match_substring_regex(pc.utf8_trim_whitespace(column), _MAY_SAY)
            for i in _where(called):
                found.setdefault(i, str(column[i].as_py()).strip())
            column = present(column)
        if 0 < column.null_count <= max(1, n // 10):
            for i in _where(column.is_null()):
                found.setdefault(i, "")
    return dict(sorted(found.items()))


def _where(mask: Any) -> list[int]:
    flags = pc.fill_null(mask, False).to_numpy()
    return [int(i) for i in np.flatnonzero(flags)]


def _confirmed(matrix: Array, names: dict[int, str]) -> Iterator[int]:
    """Give the candidates whose numbers are sums of the rows since the last total, or of all rows above."""
    begin, above, n_above = 0, np.zeros(matrix.shape[1]), 0
    for i, name in names.items():
        run = matrix[begin:i]
        with np.errstate(all="ignore"):  # infinite values of both signs
            since = np.nansum(run, axis=0)
            so_far, n_so_far = above + since, n_above + len(run)
        fewest = _FEWEST_NAMED if name else _FEWEST_BLANK
        sums = [one for one, n in ((since, len(run)), (so_far, n_so_far)) if n >= fewest]
        if any(_is_sum(matrix[i], one, bool(name) or i == len(matrix) - 1) for one in sums):
            yield i
            begin, above, n_above = i + 1, so_far, n_so_far


def _is_sum(row: Array, sums: Array, one_is_enough: bool) -> bool:
    """Tell whether a row holds sums: beside them may stand shares and averages, where its name says total."""
    there = np.isfinite(row) & np.isfinite(sums) & (sums != 0)
    row, sums = row[there], sums[there]
    equal = np.abs(row - sums) <= _ROUNDING * np.abs(sums)
    return bool(equal.any() if one_is_enough else len(equal) and equal.all())
