"""Headers of several lines: groups above names, and questions, units or statistics below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.content.missing_values import says_missing
from emscope.data.formats.grid import Grid
from emscope.data.wording import shown_cells


@dataclass(frozen=True, slots=True)
class Levels:
    """What the lines between the header and the first row say."""

    # the names of the columns, joined over the lines; empty where the header names them alone
    names: tuple[str, ...] = ()
    first: int = 0  # the first row of the table; 0 where no line stands between
    notes: tuple[str, ...] = ()  # what was guessed


def levels_below(grid: Grid, header: int, data: int) -> Levels:
    """Find the lines below the header that hold words where the rows below hold numbers.

    Where the header has gaps or says a name twice, as merged cells do, these lines complete its names;
    else they describe the columns (questions, units, statistics). ``data`` is the first row with numbers.
    """
    between = range(header + 1, data)
    if not between or not _describes(grid, between[0]):
        return Levels()
    levels = [i for i in between if _describes(grid, i)]
    index = next((i for i in between if _names_index(grid, header, i)), None)
    if [*levels, *([] if index is None else [index])] != list(between):
        return Levels()
    top = _padded(grid, header)
    below = [_padded(grid, i) for i in levels]
    filled = [cell for cell in top if cell]
    has_gaps = any(not cell and row[j] for row in below for j, cell in enumerate(top))
    first, last = grid.rows[header].first, grid.rows[data - 1].last
    undo = f"skip={first - 1} takes line {first:,} alone and keeps the others as rows."
    if not has_gaps and len(set(filled)) == len(filled):
        shown = shown_cells(grid.rows[levels[0]].cells)
        if last == first + 1:
            return Levels((), data, (f"Line {last:,} describes the columns ({shown}) and is no row; {undo}",))
        lines = f"Lines {first + 1:,} to {last:,} describe"
        return Levels((), data, (f"{lines} the columns ({shown}) and are no rows; {undo}",))
    names = _joined(top, below)
    if index is not None:
        names = tuple(cell or name for cell, name in zip(_padded(grid, index), names, strict=True))
    note = f"The names of the columns are joined from lines {first:,} to {last:,}; {undo}"
    return Levels(names, data, (note,))


def fills_gaps(grid: Grid, i: int, header: int) -> bool:
    """Tell whether the row below the header says something where that has a gap, as merged cells do."""
    if i >= len(grid.rows) or i != header + 1:
        return False
    names, words = _padded(grid, header)[1:], _padded(grid, i)[1:]
    return any(word and not name for name, word in zip(names, words, strict=True))


def _padded(grid: Grid, i: int) -> tuple[str, ...]:
    return (*grid.rows[i].cells, *[""] * grid.width)[: grid.width]


def _describes(grid: Grid, i: int) -> bool:
    """Tell whether a row has words, and no number, where the table has numbers.

    A word that says a value is missing, or that stands again among the values, is a stray one of a row.
    """
    columns = [j for j in grid.numeric if grid.word(i, j)]
    if len(columns) < 2 or any(grid.number[i][j] for j in grid.numeric if j < len(grid.number[i])):
        return False
    cells = grid.rows[i].cells
    words = {cells[j].casefold() for j in columns}
    others = {cell.casefold() for row in grid.rows[i + 1 :] for cell in row.cells}
    return not any(says_missing(word) for word in words) and not words & (others - _words_of(grid, i + 1))


def _words_of(grid: Grid, i: int) -> set[str]:
    """Give the words of a row without numbers, which may be a further level of the header."""
    if any(grid.number[i]):
        return set()
    return {cell.casefold() for cell in grid.rows[i].cells}


def _names_index(grid: Grid, header: int, i: int) -> bool:
    """Tell whether a row names only columns without a name, as pandas names an index under its columns."""
    filled = [j for j, cell in enumerate(grid.rows[i].cells) if cell]
    above = [row.cells for row in grid.rows[header:i]]
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
