"""Columns of any type as numbers: what Arrow tables and DataFrames have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.cells import Cells, Marks, read_cells
from emscope.data.request import Roles
from emscope.data.selection import LeftOut, Raw, row_and_line
from emscope.data.wording import counted, quoted
from emscope.errors import TableError

Array = npt.NDArray[Any]

_MOST_WORDS = 0.1


def raw_columns(
    columns: Sequence[Any],
    names: Sequence[str],
    roles: Roles,
    source: str,
    *,
    notes: Sequence[str] = (),
    first_line: int | None = None,
    marks: Marks | None = None,
) -> Raw:
    """Read Arrow columns as numbers, and say which of them are not.

    Parameters
    ----------
    columns : sequence of pyarrow.ChunkedArray or str
        One per name, None where it is not needed; a sentence where a column could not be read at all.
    names : sequence of str
        All columns of the table.
    roles : Roles
        Which of them are features, ids and weights.
    source : str
        What to call the table in messages.
    notes, first_line
        Passed on.
    marks : Marks, optional
        How the numbers of a text file are written, whose columns of text may spell them. None where
        the source has types (DataFrames, Parquet): there, text was meant as text.

    Returns
    -------
    Raw
    """
    left_out: list[LeftOut] = []
    features: list[int] = []
    readable: list[Any] = []
    said: list[str] = list(notes)
    for i in roles.features:
        column, reason, cell_notes = _read(columns[i], names[i], first_line, marks)
        if reason is None and not roles.asked and _holds_years(names[i], column):
            reason = "calendar years, which are dates; ask for it by name to use it"
        if reason is None and not roles.asked and _numbers_rows(names[i], column):
            reason = "a number for each row; name it as the id column, or ask for it to use it"
        if reason is None:
            features.append(i)
            said.extend(cell_notes)
            readable.append(column)
        elif roles.asked:
            raise TableError(
                f"the column {quoted(names[i])} of {source} holds {reason}: choose columns of numbers."
            )
        else:
            left_out.append(LeftOut(names[i], reason))
    n = next((len(columns[i]) for i in roles.all if not isinstance(columns[i], str)), 0)
    matrix = np.empty((n, len(features)))
    for j, column in enumerate(readable):
        matrix[:, j] = _floats(column)
    return Raw(
        source=source,
        matrix=matrix,
        names=tuple(names[i] for i in features),
        asked=roles.asked,
        weights=_weights(columns, names, roles, source, first_line, marks),
        row_names=None
        if roles.row_id is None
        else _texts(columns[roles.row_id], names[roles.row_id], source),
        left_out=tuple(left_out),
        notes=tuple(said),
        first_line=first_line,
    )


def _weights(
    columns: Sequence[Any],
    names: Sequence[str],
    roles: Roles,
    source: str,
    first_line: int | None,
    marks: Marks | None,
) -> Array | None:
    if roles.weights is None:
        return None
    column, reason, _ = _read(columns[roles.weights], names[roles.weights], first_line, marks)
    if reason is not None:
        name = quoted(names[roles.weights])
        raise TableError(f"the weights column {name} of {source} holds {reason}: weights are numbers.")
    return _floats(column)


def _floats(column: Any) -> Array:
    """Read an Arrow column of numbers as float64, NaN where a value is missing."""
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    values: Array = np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy())
    return values


def _texts(column: Any, name: str, source: str) -> tuple[str, ...]:
    """Read an Arrow column of any type as text, empty where a value is missing."""
    if isinstance(column, str):
        raise TableError(f"the id column {quoted(name)} of {source} holds {column}: choose another.")
    try:
        column = pc.cast(column, pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return tuple("" if value is None else str(value) for value in column.to_pylist())
    return tuple(pc.fill_null(column, "").to_pylist())


def _holds_years(name: str, column: Any) -> bool:
    """Whether a column called "year" counts years of the calendar rather than, say, ages."""
    if name.strip().casefold() not in ("year", "yr", "years") or not len(column):
        return False
    values = _floats(column)
    years = values[np.isfinite(values)]
    return bool(len(years) and np.all((years >= 1000) & (years < 3000) & (years == np.floor(years))))


def _numbers_rows(name: str, column: Any) -> bool:
    """Whether a column called "id" or the like gives every row a whole number of its own."""
    words = name.strip().casefold().replace("_", " ").split()
    if not words or words[-1] not in ("id", "index", "row", "nr", "no", "#") or len(column) < 2:
        return False
    values = _floats(column)
    return bool(np.all(values == np.floor(values)) and len(np.unique(values)) == len(values))


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _read(
    column: Any, name: str, first_line: int | None, marks: Marks | None
) -> tuple[Any, str | None, tuple[str, ...]]:
    """Give a column ready to be read as numbers, or the reason why it cannot be, and notes."""
    if isinstance(column, str):
        return column, column, ()
    if pa.types.is_string_view(column.type):  # few of Arrow's functions take these
        column = pc.cast(column, pa.large_string())
    if marks is None or not _is_text(column.type) or column.null_count == len(column):
        return column, _why_not_numbers(column, first_line), ()
    cells = read_cells(column, marks, name)
    n_words = sum(count for _, count in cells.words)
    if not cells.n_values:
        return column, "no value", ()
    if n_words > _MOST_WORDS * cells.n_values:
        return column, _about_words(column, cells, n_words, first_line), ()
    numbers = pa.chunked_array([pa.array(cells.values, from_pandas=True)])
    return numbers, None, (*cells.notes, *_about_stray(cells, name, n_words))


def _about_stray(cells: Cells, name: str, n_words: int) -> tuple[str, ...]:
    if not n_words:
        return ()
    shown = ", ".join(f"{quoted(word)} ({count:,})" for word, count in cells.words[:4])
    return (f"{counted(n_words, 'word')} in {quoted(name)} read as missing: {shown}.",)


def _about_words(column: Any, cells: Cells, n_words: int, first_line: int | None) -> str:
    row = cells.first_word_row or 0
    where, value = row_and_line(row, first_line), quoted(column[row].as_py())
    if 2 * n_words < cells.n_values:
        numbers = f"{cells.n_values - n_words:,} of {counted(cells.n_values, 'value')} are numbers"
        return f"text: {numbers}, but {where} has {value}"
    return f"text, such as {value} in {where}"


def _why_not_numbers(column: Any, first_line: int | None) -> str | None:
    """Say what an Arrow column holds instead of numbers; None where it holds numbers."""
    kind, types = column.type, pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind):
        return None
    if column.null_count == len(column):
        return None if types.is_null(kind) else "no value"
    if _is_text(kind):
        cells = read_cells(column, Marks(), "")
        if not cells.n_values:
            return "no value"
        n_words = sum(count for _, count in cells.words)
        if not n_words:
            first = int(np.argmax(np.isfinite(cells.values)))
            return f"text that spells numbers, such as {quoted(column[first].as_py())}"
        return _about_words(column, cells, n_words, first_line)
    if types.is_temporal(kind):
        return "dates or times"
    if types.is_dictionary(kind):
        return "categories"
    return f"values of type {kind}, not numbers"
