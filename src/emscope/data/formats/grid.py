"""The first or last rows of a table, seen cell by cell: numbers, words, missing values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emscope.data.content.cells import classify
from emscope.data.content.decimal_marks import Marks
from emscope.data.formats.lines import Row

_MOST_CELLS = 200_000
_ROW_COUNT = re.compile(r"\(?[0-9][0-9., ]* (?:rows?|records?|lines?|entries|cases|observations|Zeilen)\b.*")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The rows of a table, and for each cell whether it is a number, a bare one, or missing."""

    rows: Sequence[Row]
    number: list[list[bool]]
    bare: list[list[bool]]
    missing: list[list[bool]]
    width: int
    numeric: tuple[int, ...]
    used: int
    marks: Marks

    def word(self, i: int, j: int) -> bool:
        """Whether a cell holds something that is no number."""
        return j < len(self.missing[i]) and not self.missing[i][j] and not self.number[i][j]

    def is_odd(self, i: int, j: int) -> bool:
        """Whether a cell is no number, or one with a unit where the others have none."""
        if self.bare[i][j] or self.missing[i][j]:
            return False
        if _ROW_COUNT.fullmatch(self.rows[i].cells[j]):
            return True
        with_unit = sum(j < len(row) and row[j] for row in self.number) - sum(
            j < len(row) and row[j] for row in self.bare
        )
        return not self.number[i][j] or 2 * with_unit < len(self.rows)

    def holds_data(self, i: int) -> bool:
        """Whether a row has numbers where the table has them."""
        if len(trimmed(self.rows[i].cells)) > self.width or not self.numeric:
            return False
        numbers = sum(j < len(self.number[i]) and self.number[i][j] for j in self.numeric)
        return numbers > 0 and sum(self.word(i, j) for j in self.numeric) <= numbers

    def is_full(self, i: int) -> bool:
        """Whether a row of words could be a header."""
        cells = trimmed(self.rows[i].cells)
        words = sum(self.word(i, j) for j in range(len(cells)))
        if self.width == 1:
            return words == 1
        enough = 2 * words > self.used or (words > 0 and not cells[0] and 2 * (words + 1) > self.used)
        return (
            enough and self.width - 1 <= max(len(cells), len(self.rows[i].cells)) and len(cells) <= self.width
        )


def trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Cut empty cells off the end."""
    n = len(cells)
    while n and not cells[n - 1]:
        n -= 1
    return cells[:n]


def grid_of(rows: Sequence[Row], marks: Marks) -> Grid:
    """Look at every cell, and find the columns of numbers."""
    rows = rows[: max(8, _MOST_CELLS // max(len(row.cells) for row in rows))]
    flags = classify([cell for row in rows for cell in row.cells], marks)
    ends = np.cumsum([len(row.cells) for row in rows])[:-1]
    number, bare, missing = ([part.tolist() for part in np.split(flag, ends)] for flag in flags)
    widths: Counter[int] = Counter()
    for row, has in zip(rows, bare, strict=True):
        widths[len(row.cells)] += 3 if any(has) else 1
    if len(widths) > 1 and any(any(has) for row, has in zip(rows, bare, strict=True) if len(row.cells) > 1):
        widths.pop(1, None)
    width = max(widths, key=lambda one: (widths[one], one))
    whole = [i for i, row in enumerate(rows) if len(row.cells) == width]
    late = whole[len(whole) // 2 :]
    numeric = []
    for j in range(width):
        numbers = sum(number[i][j] for i in late)
        words = sum(not number[i][j] and not missing[i][j] for i in late)
        if numbers and numbers >= words:
            numeric.append(j)
    used = sum(any(rows[i].cells[j] for i in late) for j in range(width))
    return Grid(rows, number, bare, missing, width, tuple(numeric), max(used, 1), marks)
