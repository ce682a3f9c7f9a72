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
_BEGINS_WITH_TOTAL = re.compile(rf"(?:{_SAYS_TOTAL.pattern})\b")
_STARS = re.compile(r"\*{1,9}")
_MAY_SAY = rf"(?i)^\*+$|^(?:{_SAYS_TOTAL.pattern})\b|\b(?:{_SAYS_TOTAL.pattern})\W*$"
_FEWEST_NAMED, _FEWEST_BLANK = 1, 3  # rows that a total sums up
_FEWEST_ROWS_ALONE = 10  # above which one column of exact sums is no chance
_HEAD = 64
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
    if not matrix.size or not labels:
        return Totals()
    names = _candidates(labels, len(matrix))
    rows = tuple(_confirmed(matrix, names)) if 0 < len(names) <= _MOST_SHARE * len(matrix) else ()
    if not rows:
        rows = tuple(_at_an_end(matrix, names))
        names = {i: names.get(i) or _called(labels, i) for i in rows}
    if not rows:
        return Totals()
    name, where = names[rows[0]], row_and_line(rows[0], first_line)
    first = f"{quoted(name)} in {where}" if name else where
    if len(rows) == 1:
        side = "rows above" if rows[0] else "the rows below"
        return Totals(rows, (f"The total of {side}, {first}, is left out; footer=0 keeps it.",))
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


def _called(labels: Sequence[Any], i: int) -> str:
    """Give the first text in a row that may name it."""
    return next((str(column[i].as_py() or "").strip() for column in labels if is_text(column)), "")


def _at_an_end(matrix: Array, names: dict[int, str]) -> Iterator[int]:
    """Give the first or last row where it is the sum of all others, which needs no name where it is plain.

    It is plain where two columns or many rows agree, and each sum is beyond every number that it sums up.
    """
    n = len(matrix)
    for i, others in ((0, slice(1, None)), (n - 1, slice(0, n - 1))):
        row, named = matrix[i], bool(_BEGINS_WITH_TOTAL.match(names.get(i, "").casefold()))
        head = matrix[others][:_HEAD]
        with np.errstate(invalid="ignore"):
            beyond = np.abs(row) > np.abs(head)
        beyond = np.where(np.isnan(head), True, beyond).all(axis=0)
        fewest = 1 if named or n > _FEWEST_ROWS_ALONE else 2
        if len(head) < _FEWEST_BLANK or np.count_nonzero(beyond) < fewest or not (named or beyond.all()):
            continue  # which spares the sums of most tables
        with np.errstate(all="ignore"):
            sums = np.nansum(matrix[others], axis=0)
        if _is_sum(row, sums, named):
            yield i
            return


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
