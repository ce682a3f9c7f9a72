"""Text as numbers, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[Any]

MISSING_SPELLINGS = ("", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none", "?", "-", ".")
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(inf|Inf|INF|infinity|Infinity)$"


@dataclass(frozen=True, slots=True)
class Marks:
    """How numbers are written."""

    decimal: str | None = None
    thousands: str | None = None
    na_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of text, read as numbers."""

    values: Array
    n_values: int
    words: tuple[tuple[str, int], ...]
    first_word_row: int | None
    notes: tuple[str, ...]


def read_cells(column: Any, marks: Marks, name: str) -> Cells:
    """Read a text column as float64, NaN where a value is missing or a word."""
    tidy = pc.utf8_trim_whitespace(column)
    missing = [*MISSING_SPELLINGS, *map(str.lower, marks.na_values)]
    is_missing = pc.is_in(pc.utf8_lower(tidy), value_set=pa.array(missing, column.type))
    is_value = pc.and_(pc.is_valid(column), pc.invert(is_missing))
    if marks.decimal not in (None, "."):
        tidy = pc.replace_substring(tidy, marks.decimal, ".")
    is_number = pc.fill_null(pc.match_substring_regex(tidy, _NUMBER), False)
    unsigned = pc.replace_substring_regex(tidy, "^[+]", "")
    numbers = pc.cast(pc.if_else(is_number, unsigned, pa.scalar(None, column.type)), pa.float64())
    is_word = pc.and_not(is_value, is_number)
    counts = pc.value_counts(column.filter(is_word)).to_pylist()
    words = sorted(((one["values"], one["counts"]) for one in counts), key=lambda word: -word[1])
    row = pc.index(is_word, True).as_py()
    values = np.asarray(numbers.to_numpy()).astype(np.float64)
    return Cells(values, pc.sum(is_value).as_py() or 0, tuple(words), None if row < 0 else row, ())
