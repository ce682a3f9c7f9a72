"""Where in a file the table stands: what is above it, its header and its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.content.cells import are_numbers
from emscope.data.content.decimal_marks import Marks
from emscope.data.content.names import made_up
from emscope.data.formats.grid import Grid, grid_of, trimmed
from emscope.data.formats.header import are_names, are_units, counts_columns, looks_like_data
from emscope.data.formats.header_levels import Levels, fills_gaps, levels_below
from emscope.data.formats.lines import Row
from emscope.data.formats.options import FormatOptions
from emscope.data.wording import quoted, shown_cells
from emscope.errors import TableError
from emscope.wording import counted

_MOST_ABOVE = 60  # rows
_ROW_NAMES = "row id"  # says what such a column is, where it holds numbers


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
    above_table = 0 if options.skip is not None else _end_of_preamble(grid)
    data = next((i for i in range(above_table, n) if grid.holds_data(i)), None)
    above = range(above_table, n if data is None else data)
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
        header, first = (None, start) if as_data else (start, start + 1)
        if header is not None:
            row = next((i for i in range(first, n) if grid.holds_data(i)), None)
            joined = options.skip is None and row is not None and fills_gaps(grid, first, header)
            levels = levels_below(grid, header, row or 0) if joined else Levels()
            notes.extend(levels.notes)
            first = levels.first or _below_units(grid, first, notes)
    names, name_notes = (levels.names, ()) if levels.names else _names(grid, header, first, source)
    if header is None and options.header is None:
        called = (
            f"its columns are called x1 to x{len(names)}" if len(names) > 1 else "its column is called x1"
        )
        note = f"{source} has no header: {called}"
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
    units = next(
        (i for i in full[1:] if are_units(grid, i) and not fills_gaps(grid, i, full[0])), len(grid.rows)
    )
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


def _end_of_preamble(grid: Grid) -> int:
    """Count the rows with numbers that stand above the names of the table, such as ``Serial:,12345``.

    Each of them begins with something and has fewer values than the names, or words where the table has
    numbers; or an empty line parts all of them from the names.
    """
    if not grid.numeric:
        return 0
    for i, row in enumerate(grid.rows[:_MOST_ABOVE]):
        cells = trimmed(row.cells)
        if grid.is_full(i) and are_names(cells) and all(grid.word(i, j) for j in grid.numeric):
            numbers = [k for k in range(i) if any(grid.number[k])]
            return numbers[-1] + 1 if numbers and i + 1 < len(grid.rows) and _keeps_apart(grid, i) else 0
        narrower = len(cells) < grid.width
        if not narrower and grid.width > 2 and grid.holds_data(i) and not _has_stray_words(grid, i):
            return 0
    return 0


def _keeps_apart(grid: Grid, names: int) -> bool:
    """Tell whether all rows above the names are none of the table."""
    if names and grid.rows[names].first - grid.rows[names - 1].last > 1:
        return all(not grid.number[i][0] or _is_narrow(grid, i) for i in range(names))
    return all(
        grid.rows[i].cells[0] and (_is_narrow(grid, i) or _has_stray_words(grid, i)) for i in range(names)
    )


def _is_narrow(grid: Grid, i: int) -> bool:
    return len(trimmed(grid.rows[i].cells)) < grid.width


def _has_stray_words(grid: Grid, i: int) -> bool:
    return any(grid.word(i, j) for j in grid.numeric)


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
    rows = [row.cells for row in grid.rows[first:] if len(row.cells) == width]
    if len(cells) == width or not any(any(row[len(cells) :]) for row in rows):
        return names, ()
    if len(cells) == width - 1 and _are_row_names([row[0] for row in rows]):
        names = (_ROW_NAMES if _ROW_NAMES not in cells else "", *cells)
        return names, (
            f"The first column of {source} has no name, because the header has one name less than columns: "
            f"it is called {quoted(names[0] or made_up(1))}; {_without_names(grid, first)}.",
        )
    raise TableError(
        f"the header of {source} (line {grid.rows[header].first:,}) has {counted(len(cells), 'name')} and "
        f"the rows below it {counted(width, 'value')}: mend it, or name the separator by separator=; "
        f"{_without_names(grid, first)}."
    )


def _without_names(grid: Grid, first: int) -> str:
    return f"skip={grid.rows[first].first - 1} with header=False calls the columns x1 to x{grid.width}"


def _are_row_names(starts: Sequence[str]) -> bool:
    """Tell whether the first values of rows name them: words or whole numbers, all different."""
    whole = all(cell.isdigit() for cell in starts)
    words = not any(are_numbers(starts))
    return (whole or words) and len(set(starts)) == len(starts)
