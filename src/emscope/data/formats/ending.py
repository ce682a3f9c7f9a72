"""What stands below a table: totals, sources, counts of rows, and rows that are cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emscope.data.content.cells import Marks
from emscope.data.content.vocabulary import TOTALS
from emscope.data.formats.dialects import Row
from emscope.data.formats.layout import Layout
from emscope.data.formats.reading import Reading
from emscope.data.formats.sight import Sight, look, trimmed
from emscope.data.wording import counted, shown_cells

_MOST_BELOW = 40


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
    sight = replace(look(rows, marks), width=len(layout.names))
    rows = sight.rows
    below = 0
    while below < min(_MOST_BELOW, len(rows) - 1) and _is_below(sight, len(rows) - 1 - below):
        below += 1
    short = 0
    while below + short < len(rows) - 1 and len(rows[-1 - below - short].cells) < sight.width:
        short += 1
    if short > _MOST_BELOW or 2 * short > len(rows):
        short = 0
    if short and _begins_another(sight, len(rows) - below - short):
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
    return Ending(below, short, tuple(notes))


def _begins_another(sight: Sight, i: int) -> bool:
    """Tell whether a row of words after an empty line is the header of another table."""
    words = [j for j, cell in enumerate(sight.rows[i].cells) if cell]
    gap = sight.rows[i].first - sight.rows[i - 1].last > 1
    return (
        gap and len(words) > 1 and all(sight.word(i, j) for j in words) and bool({*words} & {*sight.numeric})
    )


def _is_below(sight: Sight, i: int) -> bool:
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
        return 0 in sight.numeric or after_gap or len(row.cells) == 1 or len(start) > max(map(len, others))
    misfits = bool(words) and not any(j in sight.numeric and sight.bare[i][j] for j in filled)
    if sight.width not in (len(row.cells), len(trimmed(row.cells))):
        return misfits or (0 in words and (0 in sight.numeric or wordy))
    return after_gap and bool(sight.numeric) and (misfits or (0 in words and 0 in sight.numeric))
