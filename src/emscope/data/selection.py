"""The rules for tables: which columns become features and which rows are kept.

Readers turn every source into :class:`Raw` numbers with NaN where a value is missing; :func:`select`
applies the same rules to all of them and says what was left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from emscope.data.request import Request
from emscope.data.wording import counted, listed, quoted
from emscope.errors import TableError

Array = npt.NDArray[Any]

_MISSING, _INFINITE, _WEIGHTLESS = 1, 2, 3
_REASONS = {_MISSING: "missing value", _INFINITE: "infinite value", _WEIGHTLESS: "missing weight"}
_BLOCK_VALUES = 2**20
_FIRST_ROWS = 5


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that is not among the features.

    Attributes
    ----------
    name : str
        The column.
    reason : str
        Why it was left out, e.g. ``"text, such as 'Adelie' in row 1"``.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RowsLeftOut:
    """Rows that were left out for one reason.

    Attributes
    ----------
    reason : {"missing value", "infinite value", "missing weight"}
        What they have in common.
    count : int
        How many they are.
    first_rows : tuple of int
        The first few of them, numbered from 1.
    """

    reason: str
    count: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table as numbers, and what was left out to get there.

    Attributes
    ----------
    matrix : ndarray of shape (n_kept, d)
        The kept rows of the features, C-contiguous float64 (float32 where an array file holds that).
    feature_names : tuple of str
        One name per feature.
    id_column : str or None
        The column that names the rows.
    row_names : tuple of str or None
        Names of all rows of the table, from that column.
    weights : ndarray of shape (n_kept,) or None
        Weights of the kept rows, from the weights column.
    kept : ndarray of shape (n_kept,)
        Which rows of the table were kept, counted from 0.
    n_rows : int
        Number of rows of the table.
    columns_left_out : tuple of LeftOut
        Columns that are not features, and why.
    rows_left_out : tuple of RowsLeftOut
        Rows that cannot be used, counted for each reason.
    notes : tuple of str
        What was guessed or deserves a line, one sentence each.
    weights_column : str or None
        The column of weights.
    first_line : int or None
        Line of the file that holds row 1, where every row is one line; row r is then on line
        ``first_line + r - 1``.
    """

    matrix: Array
    feature_names: tuple[str, ...]
    weights: Array | None
    kept: Array
    n_rows: int
    id_column: str | None = None
    row_names: tuple[str, ...] | None = None
    columns_left_out: tuple[LeftOut, ...] = ()
    rows_left_out: tuple[RowsLeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    weights_column: str | None = None
    first_line: int | None = None

    def __repr__(self) -> str:
        n, d = self.matrix.shape
        return f"<Table of {counted(n, 'row')}, {counted(d, 'feature')}: {listed(self.feature_names, 6)}>"

    @property
    def kept_names(self) -> tuple[str, ...] | None:
        """Names of the kept rows."""
        return None if self.row_names is None else tuple(self.row_names[i] for i in self.kept)


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """A table read as numbers, before any rule: NaN where a value is missing."""

    source: str
    matrix: Array
    names: tuple[str, ...]
    asked: bool
    weights: Array | None = None
    row_names: tuple[str, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = field(default=())
    first_line: int | None = None

    def where(self, row: int) -> str:
        """Name a row (counted from 0) for people."""
        return row_and_line(row, self.first_line)


def row_and_line(row: int, first_line: int | None) -> str:
    """Name a row (counted from 0) for people: numbered from 1, with its line where that is known."""
    line = "" if first_line is None else f" (line {row + first_line:,})"
    return f"row {row + 1:,}{line}"


def select(raw: Raw, request: Request) -> Table:
    """Leave out columns that say nothing and rows that cannot be used, and say so.

    Raises
    ------
    TableError
        Nothing is left, a weight cannot be used, or ``strict`` was asked for and a row is unusable.
    """
    n, _ = raw.matrix.shape
    if n == 0:
        raise TableError(f"{raw.source} has no rows: there is nothing to cluster.")
    _check_weights(raw)
    columns, left_out, notes, complete = _first_look(raw)
    flags = _row_flags(raw, columns, complete)
    while True:
        if request.strict and flags.any():
            raise TableError(_strict_sentence(raw, columns, flags))
        keep = flags == 0
        if not keep.any():
            raise TableError(_no_rows_sentence(raw, columns))
        if keep.all():
            break
        low, high, _ = _ranges(raw.matrix, columns, keep)
        dull = low == high
        if raw.asked or not dull.any() or dull.all():
            break
        rows = "in the rows that have every value"
        left_out += [LeftOut(raw.names[columns[i]], f"constant {rows}") for i in np.flatnonzero(dull)]
        columns = columns[~dull]
        flags = _row_flags(raw, columns, complete=False)
    kept = np.flatnonzero(keep)
    return Table(
        matrix=_cut(raw.matrix, kept, columns),
        feature_names=tuple(raw.names[i] for i in columns),
        id_column=request.id_column,
        row_names=raw.row_names,
        weights=None if raw.weights is None else raw.weights[kept],
        kept=kept,
        n_rows=n,
        columns_left_out=tuple(left_out),
        rows_left_out=_rows_left_out(flags),
        notes=(*raw.notes, *notes, *_costly_column(raw, columns, n - len(kept))),
        weights_column=request.weights_column,
        first_line=raw.first_line,
    )


def _first_look(raw: Raw) -> tuple[Array, list[LeftOut], list[str], bool]:
    """Drop empty and constant columns before any row is dropped on their account."""
    columns = np.arange(len(raw.names))
    left_out = list(raw.left_out)
    notes: list[str] = []
    low, high, complete = _ranges(raw.matrix, columns, None)
    empty, constant = low > high, low == high
    if raw.asked and empty.any():
        name = quoted(raw.names[int(np.argmax(empty))])
        raise TableError(f"the column {name} of {raw.source} has no finite value: choose another column.")
    if raw.asked:
        notes += [f"{quoted(raw.names[i])} is constant; kept, as asked." for i in np.flatnonzero(constant)]
        return columns, left_out, notes, complete
    if constant.any() and not (~empty & ~constant).any():
        if len(raw.matrix) > 1:
            notes.append("Every column of numbers is constant: all rows are the same point.")
        constant[:] = False
    for i in np.flatnonzero(empty | constant):
        reason = "no finite value" if empty[i] else f"constant (always {low[i]:.6g})"
        left_out.append(LeftOut(raw.names[i], reason))
    columns = columns[~empty & ~constant]
    if not len(columns):
        raise TableError(_no_columns_sentence(raw.source, left_out))
    return columns, left_out, notes, complete


def _spans(matrix: Array) -> Iterator[slice]:
    n, d = matrix.shape
    rows = max(1, _BLOCK_VALUES // max(d, 1))
    for start in range(0, n, rows):
        yield slice(start, min(start + rows, n))


def _ranges(matrix: Array, columns: Array, keep: Array | None) -> tuple[Array, Array, bool]:
    """Smallest and largest finite value of each column, and whether every value is finite."""
    low = np.full(len(columns), np.inf)
    high = np.full(len(columns), -np.inf)
    complete = True
    for span in _spans(matrix):
        part = matrix[span] if len(columns) == matrix.shape[1] else matrix[span][:, columns]
        if keep is not None:
            part = part[keep[span]]
        finite = np.isfinite(part)
        complete &= bool(finite.all())
        np.minimum(low, np.min(part, axis=0, where=finite, initial=np.inf), out=low)
        np.maximum(high, np.max(part, axis=0, where=finite, initial=-np.inf), out=high)
    return low, high, complete


def _row_flags(raw: Raw, columns: Array, complete: bool) -> Array:
    """0 for a row that can be used, otherwise the reason why it cannot."""
    flags = np.zeros(len(raw.matrix), dtype=np.uint8)
    if not complete:
        for span in _spans(raw.matrix):
            part = raw.matrix[span][:, columns]
            flags[span][np.isinf(part).any(axis=1)] = _INFINITE
            flags[span][np.isnan(part).any(axis=1)] = _MISSING
    if raw.weights is not None:
        flags[(flags == 0) & np.isnan(raw.weights)] = _WEIGHTLESS
    return flags


def _check_weights(raw: Raw) -> None:
    if raw.weights is None:
        return
    bad = np.isinf(raw.weights) | (raw.weights < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise TableError(
            f"the weight in {raw.where(row)} of {raw.source} is {raw.weights[row]:g}: "
            "weights must be finite and not negative."
        )
    if not np.nansum(raw.weights) > 0:
        raise TableError(
            f"the weights of {raw.source} are all zero or missing: at least one must be positive."
        )


def _cut(matrix: Array, kept: Array, columns: Array) -> Array:
    """Copy what is kept; the matrix itself (perhaps a memory map) when that is everything."""
    if len(columns) < matrix.shape[1]:
        matrix = matrix[:, columns]
    if len(kept) < len(matrix):
        matrix = matrix[kept]
    return matrix if matrix.flags.c_contiguous else np.ascontiguousarray(matrix)


def _rows_left_out(flags: Array) -> tuple[RowsLeftOut, ...]:
    result = []
    for flag, reason in _REASONS.items():
        rows = np.flatnonzero(flags == flag)
        if len(rows):
            result.append(RowsLeftOut(reason, len(rows), tuple(int(r) + 1 for r in rows[:_FIRST_ROWS])))
    return tuple(result)


def _gaps(raw: Raw, columns: Array) -> Array:
    """Count the rows of each column that have no finite value."""
    counts = np.zeros(len(columns), dtype=np.int64)
    for span in _spans(raw.matrix):
        counts += (~np.isfinite(raw.matrix[span][:, columns])).sum(axis=0)
    return counts


def _costly_column(raw: Raw, columns: Array, n_left_out: int) -> list[str]:
    """Name the column that costs most rows, when more than half of them are gone."""
    n = len(raw.matrix)
    if 2 * n_left_out <= n:
        return []
    gaps = _gaps(raw, columns)
    worst = int(np.argmax(gaps))
    if not gaps[worst]:
        return []
    return [
        f"More than half of the rows are left out; the column {quoted(raw.names[columns[worst]])} alone has "
        f"no usable value in {gaps[worst]:,} of {n:,}."
    ]


def _strict_sentence(raw: Raw, columns: Array, flags: Array) -> str:
    row = int(np.argmax(flags > 0))
    total = int(np.count_nonzero(flags))
    if flags[row] == _WEIGHTLESS:
        what = "no weight"
    else:
        values = raw.matrix[row, columns]
        bad = np.isnan(values) if flags[row] == _MISSING else np.isinf(values)
        column = quoted(raw.names[columns[int(np.argmax(bad))]])
        what = f"{'no' if flags[row] == _MISSING else 'an infinite'} value in column {column}"
    return (
        f"{raw.where(row)} of {raw.source} has {what} ({counted(total, 'such row')} in all): "
        "mend it, or leave such rows out by not asking for strict."
    )


def _no_rows_sentence(raw: Raw, columns: Array) -> str:
    gaps = _gaps(raw, columns)
    worst = int(np.argmax(gaps))
    name = quoted(raw.names[columns[worst]])
    return (
        f"no row of {raw.source} has a value in every column: {name} lacks one in {gaps[worst]:,} of "
        f"{counted(len(raw.matrix), 'row')}. Name the columns to use without it."
    )


def _no_columns_sentence(source: str, left_out: Sequence[LeftOut]) -> str:
    shown = "; ".join(f"{quoted(column.name)}: {column.reason}" for column in left_out[:4])
    more = f"; and {len(left_out) - 4:,} more" if len(left_out) > 4 else ""
    why = f" ({shown}{more})" if left_out else ""
    return f"{source} has no column of numbers to cluster{why}. Add one, or check the separator."
