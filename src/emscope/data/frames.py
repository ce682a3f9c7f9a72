"""Columns of any type as numbers: what Arrow tables and DataFrames have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.request import Roles
from emscope.data.selection import LeftOut, Raw, row_and_line
from emscope.data.wording import counted, quoted
from emscope.errors import TableError

Array = npt.NDArray[Any]

MISSING_SPELLINGS = ("", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none", "?", "-", ".")
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(inf|Inf|INF|infinity|Infinity)$"


def raw_columns(
    columns: Sequence[Any],
    names: Sequence[str],
    roles: Roles,
    source: str,
    *,
    notes: Sequence[str] = (),
    first_line: int | None = None,
    decimal: str | None = None,
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
    decimal : str, optional
        The decimal mark of a text file, whose columns of text may spell numbers. None where the
        source has types (DataFrames, Parquet): there, text was meant as text.

    Returns
    -------
    Raw
    """
    left_out: list[LeftOut] = []
    features: list[int] = []
    readable: list[Any] = []
    for i in roles.features:
        column, reason = _read(columns[i], first_line, decimal)
        if reason is None and not roles.asked and _holds_years(names[i], column):
            reason = "calendar years, which are dates; ask for it by name to use it"
        if reason is None and not roles.asked and _numbers_rows(names[i], column):
            reason = "a number for each row; name it as the id column, or ask for it to use it"
        if reason is None:
            features.append(i)
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
        weights=_weights(columns, names, roles, source, first_line, decimal),
        row_names=None
        if roles.row_id is None
        else _texts(columns[roles.row_id], names[roles.row_id], source),
        left_out=tuple(left_out),
        notes=tuple(notes),
        first_line=first_line,
    )


def _weights(
    columns: Sequence[Any],
    names: Sequence[str],
    roles: Roles,
    source: str,
    first_line: int | None,
    decimal: str | None,
) -> Array | None:
    if roles.weights is None:
        return None
    column, reason = _read(columns[roles.weights], first_line, decimal)
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


def _read(column: Any, first_line: int | None, decimal: str | None) -> tuple[Any, str | None]:
    """Give a column ready to be read as numbers, or the reason why it cannot be."""
    if isinstance(column, str):
        return column, column
    if pa.types.is_string_view(column.type):  # few of Arrow's functions take these
        column = pc.cast(column, pa.large_string())
    if decimal is not None:
        column = _numbers_from_text(column, decimal)
    return column, _why_not_numbers(column, first_line, decimal)


def _why_not_numbers(column: Any, first_line: int | None, decimal: str | None) -> str | None:
    """Say what an Arrow column holds instead of numbers; None where it holds numbers."""
    kind, types = column.type, pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind):
        return None
    if column.null_count == len(column):
        return None if types.is_null(kind) else "no value"
    if _is_text(kind):
        return _about_text(column, first_line, decimal or ".")
    if types.is_temporal(kind):
        return "dates or times"
    if types.is_dictionary(kind):
        return "categories"
    return f"values of type {kind}, not numbers"


def _about_text(column: Any, first_line: int | None, decimal: str) -> str:
    """Describe a text column by an example, or by the value that spoils a column of numbers."""
    _, is_number, is_value = _numbers_and_values(column, decimal)
    n_values = pc.sum(is_value).as_py() or 0
    n_numbers = pc.sum(is_number).as_py() or 0
    if n_values == 0:
        return "no value"
    if n_numbers == n_values:
        return f"text that spells numbers, such as {quoted(_first(column, is_number)[0])}"
    value, row = _first(column, pc.and_not(is_value, is_number))
    where = row_and_line(row, first_line)
    if 2 * n_numbers > n_values:
        numbers = f"{n_numbers:,} of {counted(n_values, 'value')} are numbers"
        return f"text: {numbers}, but {where} has {quoted(value)}"
    return f"text, such as {quoted(value)} in {where}"


def _first(column: Any, mask: Any) -> tuple[str, int]:
    row = pc.index(mask, True).as_py()
    return column[row].as_py(), row


def _numbers_and_values(column: Any, decimal: str) -> tuple[Any, Any, Any]:
    """Tidy each text, and tell whether it spells a number and whether it is a value at all."""
    tidy = pc.utf8_trim_whitespace(column)
    is_missing = pc.is_in(pc.utf8_lower(tidy), value_set=pa.array(MISSING_SPELLINGS, column.type))
    if decimal != ".":
        tidy = pc.replace_substring(tidy, decimal, ".")
    is_number = pc.fill_null(pc.match_substring_regex(tidy, _NUMBER), False)
    return tidy, is_number, pc.and_(pc.is_valid(column), pc.invert(is_missing))


def _numbers_from_text(column: Any, decimal: str) -> Any:
    """Read a text column as numbers if every value in it spells one (spaces, a plus sign); else leave it."""
    if not _is_text(column.type) or column.null_count == len(column):
        return column
    tidy, is_number, is_value = _numbers_and_values(column, decimal)
    if not pc.all(pc.or_(is_number, pc.invert(is_value))).as_py() or not pc.any(is_value).as_py():
        return column
    unsigned = pc.replace_substring_regex(tidy, "^[+]", "")
    return pc.cast(pc.if_else(is_number, unsigned, pa.scalar(None, column.type)), pa.float64())
