"""What stands below a table: totals, sources, counts of rows, and rows that are cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emscope.data.content.decimal_marks import Marks
from emscope.data.content.vocabulary import SUMMARIES, TOTALS
from emscope.data.formats.grid import Grid, grid_of, trimmed
from emscope.data.formats.layout import Layout
from emscope.data.formats.lines import Row
from emscope.data.formats.options import FormatOptions
from emscope.data.wording import shown_cells
from emscope.wording import counted

_MOST_BELOW = 40


@dataclass(frozen=True, slots=True)
class Footer:
    """Where the table ends."""

    n_below: int = 0  # rows at the end that are no part of it
    n_short: int = 0  # rows at the end of it that lack their last values
    notes: tuple[str, ...] = ()  # what was guessed


def find_footer(
    rows: Sequence[Row], layout: Layout, options: FormatOptions, marks: Marks, *, is_cut: bool
) -> Footer:
    """Find totals, sources and counts below the table, among its last rows.

    ``is_cut`` says that the last line lacks its end, as that of a file that is cut short would.
    """
    if options.footer is not None:
        return Footer(n_below=min(options.footer, len(rows)))
    if len(rows) < 2:
        return Footer()
    grid = replace(grid_of(rows, marks), width=len(layout.names))
    rows = grid.rows
    below = _n_summaries(grid)
    while below < min(_MOST_BELOW, len(rows) - 1) and _is_below(grid, len(rows) - 1 - below):
        below += 1
    below += _n_summaries(grid, len(rows) - below)
    short = 0
    while below + short < len(rows) - 1 and len(rows[-1 - below - short].cells) < grid.width:
        short += 1
    if short > _MOST_BELOW or 2 * short > len(rows):
        short = 0
    if short and _begins_another(grid, len(rows) - below - short):
        below, short = below + short, 0
    notes = []
    if short and not below and is_cut:
        below, short = 1, short - 1
    if below:
        shown = shown_cells(rows[-below].cells)
        notes.append(f"{counted(below, 'line')} below the table left out ({shown}); footer=0 keeps them.")
    if short:
        notes.append(
            f"{counted(short, 'row')} at the end with fewer values than columns: the last are missing there; "
            f"footer={below + short} leaves them out."
        )
    return Footer(below, short, tuple(notes))


def _n_summaries(grid: Grid, end: int | None = None) -> int:
    """Count the rows up to the end that are called minimum, mean, deviation: at least two, each another."""
    names: list[str] = []
    for row in reversed(grid.rows[:end]):
        name = next((cell for cell in row.cells if cell), "").casefold().rstrip(" :.")
        if name not in SUMMARIES | TOTALS or name in names or not grid.numeric:
            break
        names.append(name)
    above = grid.rows[:end][: -len(names) or None]
    others = {cell.casefold().rstrip(" :.") for row in above for cell in row.cells[:2]}
    enough = len(names) > 1 and bool(above) and bool(SUMMARIES & {*names}) and not others & {*names}
    return len(names) if enough else 0


def _begins_another(grid: Grid, i: int) -> bool:
    """Tell whether a row of words after an empty line is the header of another table."""
    words = [j for j, cell in enumerate(grid.rows[i].cells) if cell]
    gap = grid.rows[i].first - grid.rows[i - 1].last > 1
    return gap and len(words) > 1 and all(grid.word(i, j) for j in words) and bool({*words} & {*grid.numeric})


def _is_below(grid: Grid, i: int) -> bool:
    """Tell whether a row at the end is no row of the table."""
    row = grid.rows[i]
    filled = [j for j, cell in enumerate(row.cells) if cell]
    words = [j for j in filled if grid.word(i, j)]
    start = row.cells[filled[0]].casefold().rstrip(" :.")
    others = {other.cells[filled[0]].casefold() for other in grid.rows[:i] if len(other.cells) > filled[0]}
    if start in TOTALS and start not in others:
        return True
    after_gap = row.first - grid.rows[i - 1].last > 1
    wordy = " " in row.cells[0] or len(row.cells) == 1
    if grid.width == 1:
        odd = after_gap or " " in row.cells[0] or len(row.cells) > 1
        return bool(grid.numeric) and odd and grid.is_odd(i, 0)
    fill = sorted(sum(map(bool, other.cells)) for other in grid.rows)
    if filled == [0] and fill[len(fill) // 2] > 1 and grid.is_odd(i, 0):
        return 0 in grid.numeric or after_gap or len(row.cells) == 1 or len(start) > max(map(len, others))
    misfits = bool(words) and not any(j in grid.numeric and grid.bare[i][j] for j in filled)
    if grid.width not in (len(row.cells), len(trimmed(row.cells))):
        return misfits or (0 in words and (0 in grid.numeric or wordy))
    return after_gap and bool(grid.numeric) and (misfits or (0 in words and 0 in grid.numeric))
