"""Where in a file the table stands: what is above it, its header, its units, and what is below."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from emscope.data.cells import Marks, look_at, read_numbers
from emscope.data.dialects import Row
from emscope.data.reading import Reading
from emscope.data.vocabulary import TOTALS, UNITS
from emscope.data.wording import counted, quoted

Array = npt.NDArray[Any]

_MOST_CELLS = 200_000
_MOST_BELOW = 40
_BRACKETED = re.compile(r"[\[(].*[\])]")
_NO_NAME = re.compile(r"#|[<>–—]|[nk][./]|(?:err|error|missing|unknown|invalid|overflow|bad)$")
_ROW_COUNT = re.compile(r"\(?[0-9][0-9., ]* (?:rows?|records?|lines?|entries|cases|observations|Zeilen)\b.*")
_NUMBERED = re.compile(r"\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a table stand in the rows that were looked at.

    Attributes
    ----------
    names : tuple of str
        One per column; x1, x2, ... where there is no header.
    has_header : bool
        Whether a row holds the names.
    first : int
        Which of the rows is the first of the table.
    notes : tuple of str
        What was guessed.
    """

    names: tuple[str, ...]
    has_header: bool
    first: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
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
        if len(_trimmed(self.rows[i].cells)) > self.width or not self.numeric:
            return False
        numbers = sum(j < len(self.number[i]) and self.number[i][j] for j in self.numeric)
        return numbers > 0 and sum(self.word(i, j) for j in self.numeric) <= numbers

    def is_full(self, i: int) -> bool:
        """Whether a row of words could be a header."""
        cells = _trimmed(self.rows[i].cells)
        words = sum(self.word(i, j) for j in range(len(cells)))
        if self.width == 1:
            return words == 1
        enough = 2 * words > self.used or (words > 0 and not cells[0] and 2 * (words + 1) > self.used)
        return (
            enough and self.width - 1 <= max(len(cells), len(self.rows[i].cells)) and len(cells) <= self.width
        )


def lay_out(rows: Sequence[Row], reading: Reading, marks: Marks, source: str) -> Layout:
    """Find the header and the first row of a table.

    Parameters
    ----------
    rows : sequence of Row
        The first rows of the file; at least one.
    reading : Reading
        What is known.
    marks : Marks
        How numbers are written.
    source : str
        What to call the file in notes.

    Returns
    -------
    Layout
    """
    sight = _look(rows, marks)
    n = len(sight.rows)
    data = next((i for i in range(n) if sight.holds_data(i)), None)
    above = range(n if data is None else data)
    full = [i for i in above if sight.is_full(i)]
    if reading.skip is not None and (full or reading.header):
        full = [0, *(i for i in full if i and _are_units(sight, i))] if data != 0 else []
    if not sight.numeric:
        full = full[:1]
    start = 0 if reading.skip is not None or data is None else data
    notes: list[str] = []
    if reading.header is False:
        header, first = None, min([start, *full])
    elif full:
        header, first = _below_header(sight, full, notes)
    else:
        as_data = reading.header is None and _looks_like_data(sight, start, notes)
        header, first = (None, start) if as_data else (start, start + 1)
    names, name_notes = _names(sight, header, first, source)
    if header is None and reading.header is None:
        note = f"{source} has no header: its columns are called x1 to x{len(names)}"
        name_notes = (f"{note}; --header takes the first row for it.",)
    skipped = first if header is None else header
    if skipped and reading.skip is None:
        lines = counted(skipped, "line")
        where = f"line {sight.rows[skipped].first:,}"
        begins = quoted(" ".join(cell for cell in sight.rows[0].cells if cell))
        notes.append(f"{lines} above {where} left out ({begins}); --skip N says how many lines to leave out.")
    return Layout(names, header is not None, first, (*notes, *name_notes))


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Cut empty cells off the end."""
    n = len(cells)
    while n and not cells[n - 1]:
        n -= 1
    return cells[:n]


def _look(rows: Sequence[Row], marks: Marks) -> _Sight:
    """Look at every cell, and find the columns of numbers."""
    rows = rows[: max(8, _MOST_CELLS // max(len(row.cells) for row in rows))]
    flags = look_at([cell for row in rows for cell in row.cells], marks)
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
    return _Sight(rows, number, bare, missing, width, tuple(numeric), max(used, 1), marks)


def _below_header(sight: _Sight, full: list[int], notes: list[str]) -> tuple[int, int]:
    """Choose the header among rows of words, and the row below it and its units."""
    units = next((i for i in full[1:] if _are_units(sight, i)), None)
    candidates = [i for i in full if units is None or i < units]
    header = candidates[0]
    if len(candidates) > 1 and sight.numeric:
        named = [i for i in candidates if _are_names(sight.rows[i].cells)] or candidates
        most = max(sum(map(bool, sight.rows[i].cells)) for i in named)
        best = [i for i in named if sum(map(bool, sight.rows[i].cells)) == most]
        header = best[-1] if sight.width <= 2 else best[0]
        where = f"line {sight.rows[header].first:,}"
        notes.append(f"The names of the columns stand on {where}; --skip N says how much is above them.")
    first = header + 1
    if units is not None:
        first = units + 1
        shown = quoted(" ".join(sight.rows[units].cells))
        notes.append(f"Line {sight.rows[units].first:,} holds units ({shown}) and is no row.")
    while first < len(sight.rows) and _counts_columns(sight.rows[first].cells):
        notes.append(f"Line {sight.rows[first].first:,} numbers the columns and is no row.")
        first += 1
    return header, first


def _are_names(cells: Sequence[str]) -> bool:
    """Tell whether words could name columns: they differ, and none says that a value is missing."""
    filled = [cell.lower() for cell in cells if cell]
    return len(set(filled)) == len(filled) and not any(_NO_NAME.match(cell) for cell in filled)


def _are_units(sight: _Sight, i: int) -> bool:
    """Tell whether all words of a row are units."""
    cells = sight.rows[i].cells
    words = [cells[j] for j in range(len(cells)) if sight.word(i, j)]
    return bool(words) and all(word.lower() in UNITS or _BRACKETED.fullmatch(word) for word in words)


def _counts_columns(cells: Sequence[str]) -> bool:
    found = [_NUMBERED.fullmatch(cell) for cell in _trimmed(cells)]
    return len(found) > 1 and [one and int(one[1]) for one in found] == list(range(1, len(found) + 1))


def _names(
    sight: _Sight, header: int | None, first: int, source: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the columns: a header may lack empty cells at its end, or the name of R's column of row names."""
    width = sight.width
    if header is None:
        return tuple(f"x{i}" for i in range(1, width + 1)), ()
    cells = sight.rows[header].cells
    if len(_trimmed(cells)) > width or not sight.rows[first:]:
        return tuple(cells), ()
    names = (*cells, *[""] * width)[:width]
    if len(cells) == width - 1 and _has_row_names(sight, first):
        names = ("", *cells)
        return names, (
            f"The first column of {source} has no name: the header has one name less than columns.",
        )
    return names, ()


def _has_row_names(sight: _Sight, first: int) -> bool:
    """Tell whether rows begin with names or numbers of their own and fill all columns, as R writes them."""
    rows = [row.cells for row in sight.rows[first:] if len(row.cells) == sight.width]
    starts = [cells[0] for cells in rows]
    counts = starts == [str(i + 1) for i in range(len(starts))]
    words = 0 not in sight.numeric
    return (
        bool(rows)
        and any(cells[-1] for cells in rows)
        and len(set(starts)) == len(starts)
        and (counts or words)
    )


def _looks_like_data(sight: _Sight, i: int, notes: list[str]) -> bool:
    """Tell whether the first row is one like those below it.

    It is when it has numbers wherever they have numbers, and every text in it occurs again in its
    column (as the name of a species would, and the name of a column would not).
    """
    below = [k for k in range(i + 1, len(sight.rows)) if len(sight.rows[k].cells) == sight.width]
    cells = sight.rows[i].cells
    if not any(sight.number[i]):
        return False
    columns = range(min(len(cells), sight.width))
    if not all(_fits(sight, i, j, below) for j in columns):
        return False
    if below and _names_by_numbers(sight, i, below):
        shown = f"{cells[0]}, {cells[1]}, ..." if cells[0] else f"{cells[1]}, ..."
        notes.append(
            f"The numbers of line {sight.rows[i].first:,} ({shown}) are names; --no-header makes them a row."
        )
        return False
    return True


def _fits(sight: _Sight, i: int, j: int, below: Sequence[int]) -> bool:
    """Tell whether a value of the first row is like those below it."""
    if sight.missing[i][j]:
        return any(sight.number[k][j] for k in below)
    if sight.bare[i][j]:
        return True
    if sight.number[i][j] and any(sight.number[k][j] and not sight.bare[k][j] for k in below):
        return True
    return sight.rows[i].cells[j] in {sight.rows[k].cells[j] for k in below}


def _names_by_numbers(sight: _Sight, i: int, below: Sequence[int]) -> bool:
    """Tell whether numbers in the first row are names: years, wavelengths, or 0, 1, 2, ...

    They rise, from a row whose values do not, and lie outside of what stands below them.
    """
    cells = sight.rows[i].cells
    unnamed = not cells[0]
    values = read_numbers(cells[unnamed:], sight.marks)
    if len(values) < 3 - unnamed or not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    if not ((steps > 0).all() or (steps < 0).all()):
        return False
    body = np.array([read_numbers(sight.rows[k].cells[unnamed : len(cells)], sight.marks) for k in below])
    if any((row > 0).all() or (row < 0).all() for row in np.diff(body, axis=1)):
        return unnamed and bool((values == np.arange(len(values))).all())
    if unnamed or (values == np.arange(len(values))).all():
        return True
    low = np.nanmin(body, axis=0, initial=np.inf)
    high = np.nanmax(body, axis=0, initial=-np.inf)
    outside = (values < low) | (values > high)
    even = np.allclose(steps, steps[0]) and (values == np.floor(values)).all()
    return bool(outside.mean() >= 0.8) if even else len(values) >= 5 and bool(outside.all())


@dataclass(frozen=True, slots=True)
class Ending:
    """Where the table ends.

    Attributes
    ----------
    n_below : int
        Rows at the end that are no part of it.
    n_short : int
        Rows at the end of it that lack their last values.
    notes : tuple of str
        What was guessed.
    """

    n_below: int = 0
    n_short: int = 0
    notes: tuple[str, ...] = ()


def find_ending(
    rows: Sequence[Row], layout: Layout, reading: Reading, marks: Marks, *, is_cut: bool
) -> Ending:
    """Find totals, sources and counts below the table.

    Parameters
    ----------
    rows : sequence of Row
        The last rows of the table, its header not among them.
    layout : Layout
        Its columns.
    reading, marks
        What is known.
    is_cut : bool
        Whether the last line lacks its end, as that of a file that is cut short would.

    Returns
    -------
    Ending
    """
    if reading.footer is not None:
        return Ending(n_below=min(reading.footer, len(rows)))
    if len(rows) < 2:
        return Ending()
    sight = replace(_look(rows, marks), width=len(layout.names))
    rows = sight.rows
    below = 0
    while below < min(_MOST_BELOW, len(rows) - 1) and _is_below(sight, len(rows) - 1 - below):
        below += 1
    short = 0
    while below + short < len(rows) - 1 and len(rows[-1 - below - short].cells) < sight.width:
        short += 1
    if short > _MOST_BELOW or 2 * short > len(rows):
        short = 0
    notes = []
    if short and not below and is_cut:
        below, short = 1, short - 1
    if below:
        shown = quoted(" ".join(cell for cell in rows[-below].cells if cell))
        notes.append(f"{counted(below, 'line')} below the table left out ({shown}); --footer 0 keeps them.")
    if short:
        notes.append(
            f"{counted(short, 'row')} at the end with fewer values than columns: the last are missing there; "
            f"--footer {below + short} leaves them out."
        )
    return Ending(below, short, tuple(notes))


def _is_below(sight: _Sight, i: int) -> bool:
    """Tell whether a row at the end is no row of the table."""
    row = sight.rows[i]
    filled = [j for j, cell in enumerate(row.cells) if cell]
    words = [j for j in filled if sight.word(i, j)]
    start = row.cells[filled[0]].casefold().rstrip(" :.")
    others = {other.cells[filled[0]].casefold() for other in sight.rows[:i] if len(other.cells) > filled[0]}
    if start in TOTALS and start not in others and (sight.width > 1 or sight.numeric):
        return True
    after_gap = row.first - sight.rows[i - 1].last > 1
    wordy = " " in row.cells[0] or len(row.cells) == 1
    if sight.width == 1:
        odd = after_gap or " " in row.cells[0] or len(row.cells) > 1
        return bool(sight.numeric) and odd and sight.is_odd(i, 0)
    fill = sorted(sum(map(bool, other.cells)) for other in sight.rows)
    if filled == [0] and fill[len(fill) // 2] > 1 and sight.is_odd(i, 0):
        return 0 in sight.numeric or after_gap or wordy
    misfits = bool(words) and not any(j in sight.numeric and sight.bare[i][j] for j in filled)
    if sight.width not in (len(row.cells), len(_trimmed(row.cells))):
        return misfits or (0 in words and (0 in sight.numeric or wordy))
    return after_gap and bool(sight.numeric) and (misfits or (0 in words and 0 in sight.numeric))
