"""Tell the names of columns from their values, and what may stand under the names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from emscope.columns import Array
from emscope.data.content.cells import read_numbers
from emscope.data.content.missing_values import says_missing
from emscope.data.content.vocabulary import UNITS
from emscope.data.formats.grid import Grid, trimmed

_BRACKETED = re.compile(r"[\[(].*[\])]")
_NUMBERED = re.compile(r"\((\d+)\)")


_YEARS = (1900, 2100)
_USUAL_STEPS = (1, 2, 5, 10)  # years
_FAR = 3  # times the range of the values below
_NAME, _OPEN, _VALUE = -1, 0, 1


def are_names(cells: Sequence[str]) -> bool:
    """Tell whether words could name columns: they differ, and none says that a value is missing."""
    filled = [cell.lower() for cell in cells if cell]
    return len(set(filled)) == len(filled) and not any(map(says_missing, filled))


def are_units(grid: Grid, i: int) -> bool:
    """Tell whether all words of a row are units."""
    cells = grid.rows[i].cells
    words = [cells[j] for j in range(len(cells)) if grid.word(i, j)]
    return bool(words) and all(word.lower() in UNITS or _BRACKETED.fullmatch(word) for word in words)


def counts_columns(cells: Sequence[str]) -> bool:
    """Tell whether a row says (1), (2), (3), ..."""
    found = [_NUMBERED.fullmatch(cell) for cell in trimmed(cells)]
    return len(found) > 1 and [one and int(one[1]) for one in found] == list(range(1, len(found) + 1))


def looks_like_data(grid: Grid, i: int, notes: list[str]) -> bool:
    """Tell whether a first row that holds numbers is one like those below it, and not the header.

    A word over numbers is a name, unless numbers stand beside it that are none. A text that occurs again in
    its column (as that of a species would) and a number with decimals are values. Whole numbers may be names
    too: years, wavelengths.
    """
    below = [k for k in range(i + 1, len(grid.rows)) if len(grid.rows[k].cells) == grid.width]
    cells = grid.rows[i].cells
    above_units = i + 1 < len(grid.rows) and are_units(grid, i + 1) and not any(grid.number[i + 1])
    if not any(grid.number[i]) or above_units:
        return False
    columns = range(min(len(cells), grid.width))
    evidence = [_evidence(grid, i, j, below) for j in columns]
    by_numbers = bool(below) and _names_by_numbers(grid, i, below)
    if any(grid.word(i, j) and j in grid.numeric and not says_missing(cells[j].lower()) for j in columns):
        values = [evidence[j] for j in columns if grid.number[i][j] and j in grid.numeric]
        is_data = (_VALUE in values or values.count(_OPEN) > 1) and not _counts(grid, i)
    else:
        is_data = _VALUE in evidence or _NAME not in evidence
    if is_data and not by_numbers and (grid.number[i][0] or not _rises_far_off(grid, i, below)):
        return True
    shown = ", ".join(cell for cell in cells[:3] if cell)
    notes.append(
        f"Line {grid.rows[i].first:,} is read as the header although it holds numbers ({shown[:40]}); "
        "header=False makes it a row."
    )
    return False


def _evidence(grid: Grid, i: int, j: int, below: Sequence[int]) -> int:
    """Tell whether a cell of the first row is a value like those below it, a name, or could be both."""
    if grid.missing[i][j]:
        return _OPEN
    cell = grid.rows[i].cells[j]
    if grid.number[i][j]:
        alike = [grid.bare[k][j] == grid.bare[i][j] for k in below if grid.number[k][j]]
        if alike and not any(alike):
            return _NAME
        return _OPEN if cell.lstrip("-").isdigit() else _VALUE
    texts = [grid.rows[k].cells[j] for k in below if not grid.missing[k][j]]
    if cell in texts:
        return _VALUE
    return _NAME if 2 * len(set(texts)) <= len(texts) else _OPEN


def _bare_numbers(grid: Grid, i: int, below: Sequence[int]) -> tuple[Array, Array]:
    """Give the bare numbers of a row, and those below them, NaN where there is none."""
    columns = [j for j, bare in enumerate(grid.bare[i]) if bare]
    texts = ([grid.rows[k].cells[j] for j in columns] for k in (i, *below))
    numbers = np.array([read_numbers(row, grid.marks) for row in texts]).reshape(1 + len(below), len(columns))
    numbers[np.isinf(numbers)] = np.nan
    return numbers[0], numbers[1:]


def _is_monotone(values: Array) -> bool:
    steps = np.diff(values)
    return bool(len(values) and np.isfinite(values).all() and ((steps > 0).all() or (steps < 0).all()))


def _counts(grid: Grid, i: int) -> bool:
    """Tell whether the numbers of a row are 1, 2, 3, ..."""
    values, _ = _bare_numbers(grid, i, ())
    return len(values) > 1 and bool((values == np.arange(len(values)) + 1).all())


def _rises_far_off(grid: Grid, i: int, below: Sequence[int]) -> bool:
    """Tell whether the numbers of a row rise, each far from those below it."""
    values, body = _bare_numbers(grid, i, below)
    if not _is_monotone(values) or len(values) < 2 or values[1] < values[0]:
        return False
    low = np.nanmin(body, axis=0, initial=np.inf)
    high = np.nanmax(body, axis=0, initial=-np.inf)
    return len(body) > 1 and bool((np.maximum(low - values, values - high) > _FAR * (high - low)).all())


def _are_years(values: Array) -> bool:
    """Tell whether numbers are years of the calendar that follow each other, as those of a series do."""
    steps = np.diff(values)
    years = _is_monotone(values) and bool(
        (values == np.floor(values)).all() and (values >= _YEARS[0]).all() and (values <= _YEARS[1]).all()
    )
    usual = len(steps) > 1 or bool(np.isin(np.abs(steps), _USUAL_STEPS).all())
    return len(values) > 1 and years and usual


def _names_by_numbers(grid: Grid, i: int, below: Sequence[int]) -> bool:
    """Tell whether numbers in the first row are names: years, wavelengths, or 0, 1, 2, ...

    They rise, above rows whose values do not, and lie outside of what stands below them.
    """
    cells = grid.rows[i].cells
    values, body = _bare_numbers(grid, i, below)
    if not _is_monotone(values):
        return False
    if not grid.number[i][0] and _are_years(values) and 2 * sum(map(_are_years, body)) < len(body):
        return True
    steps = np.diff(values)
    low = np.nanmin(body, axis=0, initial=np.inf)
    high = np.nanmax(body, axis=0, initial=-np.inf)
    outside = (values < low) | (values > high)
    whole = bool((values == np.floor(values)).all())
    if len(values) < 3 and (cells[0] or len(values) < 2):
        years = whole and bool(((values >= _YEARS[0]) & (values <= _YEARS[1])).all())
        return years and bool(outside.all())
    counted = bool((values == np.arange(len(values))).all())
    rising = [(row > 0).all() or (row < 0).all() for row in np.diff(body, axis=1)]
    if 2 * sum(rising) > len(rising):  # smooth spectra, or a matrix whose first row is like the others
        broken = bool((body != np.floor(body)).any())
        lowest, highest = np.nanmin(low), np.nanmax(high)
        gap = np.maximum(lowest - values, values - highest).min()
        far = bool(gap > _FAR * (highest - lowest)) and len(values) > 2 and whole
        return far or (counted and (broken or not cells[0]))
    if counted or not cells[0]:
        return True
    if whole and np.allclose(steps, steps[0]):
        return bool(outside.mean() >= 0.8)
    return len(values) >= 5 and bool(outside.all())
