"""Headers of several lines: groups above names, and questions, units or statistics below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.formats.header import says_no_value
from emscope.data.formats.sight import Sight
from emscope.data.wording import shown_cells


@dataclass(frozen=True, slots=True)
class Levels:
    """What the lines between the header and the first row say.

    Attributes
    ----------
    names : tuple of str
        The names of the columns, joined over the lines; empty where the header names them alone.
    first : int
        The first row of the table; 0 where no line stands between.
    notes : tuple of str
        What was guessed.
    """

    names: tuple[str, ...] = ()
    first: int = 0
    notes: tuple[str, ...] = ()


def levels_below(sight: Sight, header: int, data: int) -> Levels:
    """Find the lines below the header that hold words where the rows below hold numbers.

    Where the header has gaps or says a name twice, as merged cells do, these lines complete its names;
    else they describe the columns (questions, units, statistics).

    Parameters
    ----------
    sight : Sight
        The first rows of the file.
    header, data : int
        The row of the names, and the first that holds numbers.

    Returns
    -------
    Levels
    """
    between = range(header + 1, data)
    if not between or not _describes(sight, between[0]):
        return Levels()
    levels = [i for i in between if _describes(sight, i)]
    index = next((i for i in between if _names_index(sight, header, i)), None)
    if [*levels, *([] if index is None else [index])] != list(between):
        return Levels()
    top = _padded(sight, header)
    below = [_padded(sight, i) for i in levels]
    filled = [cell for cell in top if cell]
    has_gaps = any(not cell and row[j] for row in below for j, cell in enumerate(top))
    first, last = sight.rows[header].first, sight.rows[data - 1].last
    undo = f"skip={first - 1} takes line {first:,} alone and keeps the others as rows."
    if not has_gaps and len(set(filled)) == len(filled):
        shown = shown_cells(sight.rows[levels[0]].cells)
        if last == first + 1:
            return Levels((), data, (f"Line {last:,} describes the columns ({shown}) and is no row; {undo}",))
        lines = f"Lines {first + 1:,} to {last:,} describe"
        return Levels((), data, (f"{lines} the columns ({shown}) and are no rows; {undo}",))
    names = _joined(top, below)
    if index is not None:
        names = tuple(cell or name for cell, name in zip(_padded(sight, index), names, strict=True))
    note = f"The names of the columns are joined from lines {first:,} to {last:,}; {undo}"
    return Levels(names, data, (note,))


def _padded(sight: Sight, i: int) -> tuple[str, ...]:
    return (*sight.rows[i].cells, *[""] * sight.width)[: sight.width]


def _describes(sight: Sight, i: int) -> bool:
    """Tell whether a row has words, and no number, where the table has numbers.

    A word that says a value is missing, or that stands again among the values, is a stray one of a row.
    """
    columns = [j for j in sight.numeric if sight.word(i, j)]
    if len(columns) < 2 or any(sight.number[i][j] for j in sight.numeric if j < len(sight.number[i])):
        return False
    cells = sight.rows[i].cells
    words = {cells[j].casefold() for j in columns}
    others = {cell.casefold() for row in sight.rows[i + 1 :] for cell in row.cells}
    return not any(says_no_value(word) for word in words) and not words & (others - _words_of(sight, i + 1))


def _words_of(sight: Sight, i: int) -> set[str]:
    """Give the words of a row without numbers, which may be a further level of the header."""
    if i >= len(sight.rows) or any(sight.number[i]):
        return set()
    return {cell.casefold() for cell in sight.rows[i].cells}


def _names_index(sight: Sight, header: int, i: int) -> bool:
    """Tell whether a row names only columns without a name, as pandas names an index under its columns."""
    filled = [j for j, cell in enumerate(sight.rows[i].cells) if cell]
    above = [row.cells for row in sight.rows[header:i]]
    return (
        bool(filled)
        and i == header + len(above)
        and not any(j < len(cells) and cells[j] for cells in above for j in filled)
    )


def _joined(top: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Join the lines of a header; the name of a group reaches over the gaps to its right."""
    names, group, reaches = [], "", False
    for j, cell in enumerate(top):
        parts = [row[j] for row in below if row[j]]
        group = cell or (group if reaches and parts else "")
        reaches = bool(parts) and bool(group)
        names.append(" ".join([group, *parts] if group else parts))
    return tuple(names)
