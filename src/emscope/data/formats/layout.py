"""Where in a file the table stands: what is above it, its header and its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.content.decimal_marks import Marks
from emscope.data.formats.grid import Grid, grid_of, trimmed
from emscope.data.formats.header import are_names, are_units, counts_columns, looks_like_data
from emscope.data.formats.header_levels import Levels, levels_below
from emscope.data.formats.lines import Row
from emscope.data.formats.options import FormatOptions
from emscope.data.wording import counted, quoted, shown_cells


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a table stand in the rows that were looked at."""

    names: tuple[str, ...]  # one per column; x1, x2, ... where there is no header
    has_header: bool  # whether a row holds the names
    first: int  # which of the rows is the first of the table
    notes: tuple[str, ...]  # what was guessed


def find_layout(rows: Sequence[Row], options: FormatOptions, marks: Marks, source: str) -> Layout:
    """Find the header and the first row of a table among the first rows of a file, of which there is one."""
    grid = grid_of(rows, marks)
    n = len(grid.rows)
    data = next((i for i in range(n) if grid.holds_data(i)), None)
    above = range(n if data is None else data)
    full = [i for i in above if grid.is_full(i)]
    if options.skip is not None and (full or options.header):
        full = [0, *(i for i in full if i and are_units(grid, i))] if data != 0 else []
    if not grid.numeric:
        full = full[:1]
    start = 0 if options.skip is not None or data is None else data
    notes: list[str] = []
    levels = Levels()
    if options.header is False:
        header, first = None, min([start, *full])
    elif full:
        header, first, levels = _below_header(grid, full, data if options.skip is None else None, notes)
    else:
        as_data = options.header is None and looks_like_data(grid, start, notes)
        header, first = (None, start) if as_data else (start, _below_units(grid, start + 1, notes))
    names, name_notes = (levels.names, ()) if levels.names else _names(grid, header, first, source)
    if header is None and options.header is None:
        note = f"{source} has no header: its columns are called x1 to x{len(names)}"
        name_notes = (f"{note}; header=True takes the first row for it.",)
    skipped = first if header is None else header
    if skipped and options.skip is None:
        lines = counted(skipped, "line")
        where = f"line {grid.rows[skipped].first:,}"
        begins = shown_cells(grid.rows[0].cells)
        notes.append(f"{lines} above {where} left out ({begins}); skip= says how many lines to leave out.")
    return Layout(names, header is not None, first, (*notes, *name_notes))


def _below_header(grid: Grid, full: list[int], data: int | None, notes: list[str]) -> tuple[int, int, Levels]:
    """Choose the header among rows of words, and the row below it, its further levels and its units."""
    units = next((i for i in full[1:] if are_units(grid, i)), len(grid.rows))
    candidates = [i for i in full if i < units]
    header = candidates[0]
    if len(candidates) > 1 and grid.numeric:
        named = [i for i in candidates if are_names(grid.rows[i].cells)] or candidates
        most = max(sum(map(bool, grid.rows[i].cells)) for i in named)
        best = [i for i in named if sum(map(bool, grid.rows[i].cells)) == most]
        header = best[-1] if grid.width <= 2 else best[0]
    levels = Levels() if data is None or units < len(grid.rows) else levels_below(grid, header, data)
    if levels.first:
        notes.extend(levels.notes)
        return header, levels.first, levels
    if len(candidates) > 1 and grid.numeric:
        line = grid.rows[header].first
        notes.append(
            f"The names of the columns are taken from line {line:,}; skip= names the lines above it."
        )
    return header, _below_units(grid, units if units < len(grid.rows) else header + 1, notes), levels


def _below_units(grid: Grid, first: int, notes: list[str]) -> int:
    """Go on to the first row below units and numbers of columns."""
    if first < len(grid.rows) and are_units(grid, first) and not any(grid.number[first]):
        shown = quoted(" ".join(grid.rows[first].cells))
        notes.append(f"Line {grid.rows[first].first:,} holds units ({shown}) and is no row.")
        first += 1
    while first < len(grid.rows) and counts_columns(grid.rows[first].cells):
        notes.append(f"Line {grid.rows[first].first:,} numbers the columns and is no row.")
        first += 1
    return first


def _names(
    grid: Grid, header: int | None, first: int, source: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the columns: a header may lack empty cells at its end, or the name of R's column of row names."""
    width = grid.width
    if header is None:
        return tuple(f"x{i}" for i in range(1, width + 1)), ()
    cells = grid.rows[header].cells
    if len(trimmed(cells)) > width or not grid.rows[first:]:
        return tuple(cells), ()
    names = (*cells, *[""] * width)[:width]
    if len(cells) == width - 1 and _has_row_names(grid, first):
        names = ("", *cells)
        return names, (
            f"The first column of {source} has no name: the header has one name less than columns.",
        )
    return names, ()


def _has_row_names(grid: Grid, first: int) -> bool:
    """Tell whether rows begin with names or numbers of their own and fill all columns, as R writes them."""
    rows = [row.cells for row in grid.rows[first:] if len(row.cells) == grid.width]
    starts = [cells[0] for cells in rows]
    counts = starts == [str(i + 1) for i in range(len(starts))]
    words = 0 not in grid.numeric
    return (
        bool(rows)
        and any(cells[-1] for cells in rows)
        and len(set(starts)) == len(starts)
        and (counts or words)
    )
