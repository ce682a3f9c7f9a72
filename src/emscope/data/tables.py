"""Tables of any kind as a matrix of numbers: files by their name, DataFrames by what they hold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import narwhals as nw
import pyarrow as pa

from emscope.data.array_files import read_npy, read_npz
from emscope.data.containers import Content, on_disk, opened
from emscope.data.foreign import what_it_is
from emscope.data.frames import raw_columns
from emscope.data.reading import Reading
from emscope.data.request import Request, distinct
from emscope.data.selection import LeftOut, Raw, RowsLeftOut, Table, select
from emscope.data.spreadsheets import read_spreadsheet
from emscope.data.text_tables import read_text
from emscope.data.wording import quoted
from emscope.errors import DataTypeError, TableError

__all__ = ["LeftOut", "RowsLeftOut", "Table", "from_dataframe", "read_table"]

_STREAM = b"\xff\xff\xff\xff"
_BY_START = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    _STREAM: "arrow",
    b"FEA1": "feather",
    b"\x93NUMPY": "npy",
    b"\xd0\xcf\x11\xe0": "spreadsheet",
}
_BY_SUFFIX = {
    ".npy": "npy",
    ".npz": "npz",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".feather": "feather",
    ".xlsx": "spreadsheet",
    ".xlsm": "spreadsheet",
    ".xlsb": "spreadsheet",
    ".ods": "spreadsheet",
}


def read_table(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    id_column: str | None = None,
    weights_column: str | None = None,
    strict: bool = False,
    separator: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    na_values: Sequence[str] = (),
    header: bool | None = None,
    skip: int | None = None,
    comment: str | None = None,
    footer: int | None = None,
    sheet: str | None = None,
) -> Table:
    """Read a file as a matrix of numbers, with a report of what was left out.

    Text, dates, empty and constant columns are left out and named, and so are rows with a missing
    or infinite value. Text files (CSV, TSV and their kin) may be compressed (``.gz``, ``.bz2``,
    ``.zst``, ``.xz``) or alone in a ``.zip``; how they are written is found out, and each guess is a
    note that names the option for another. Others: ``.xlsx``, ``.xls`` and ``.ods`` (extra
    ``excel``), Parquet, Arrow, Feather, ``.npy``, ``.npz``. A file is known by what is in it.

    Parameters
    ----------
    path : path-like
        The file; ``"-"`` for standard input.
    columns : sequence of str, optional
        The features, in this order. By default every column of numbers.
    id_column : str, optional
        The column that names the rows; any type, read as text.
    weights_column : str, optional
        The column of weights: finite and not negative.
    strict : bool, default=False
        Refuse the table instead of leaving rows out.
    separator : str, optional
        What separates values in a text file; ``" "`` for any number of blanks and tabs.
    encoding : str, optional
        Encoding of a text file.
    decimal, thousands : str, optional
        The decimal mark and the mark between thousands (``""`` for none).
    na_values : sequence of str
        Further spellings of a missing value.
    header : bool, optional
        Whether the first row holds the names of the columns.
    skip : int, optional
        Lines above the table.
    comment : str, optional
        What lines begin with that are no rows; ``""`` for none.
    footer : int, optional
        Lines below the table.
    sheet : str, optional
        The sheet of a workbook, or the file in a zip archive.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        The file cannot be read as a table of numbers; one sentence says why and what to do.

    Examples
    --------
    >>> from emscope import datasets
    >>> table = read_table(datasets.path("penguins.csv"), id_column="sex")
    >>> table.matrix.shape, table.rows_left_out[0].count
    ((342, 4), 2)
    >>> [column.name for column in table.columns_left_out]
    ['species', 'island', 'year']
    """
    request = Request.of(columns, id_column, weights_column, strict)
    reading = Reading(
        separator, encoding, decimal, thousands, tuple(na_values), header, skip, comment, footer, sheet
    )
    with on_disk(path) as (file, name):
        return select(_raw(file, name, request, reading), request)


def from_dataframe(
    frame: Any,
    *,
    columns: Sequence[str] | None = None,
    id_column: str | None = None,
    weights_column: str | None = None,
    strict: bool = False,
) -> Table:
    """Read a DataFrame (pandas, polars, pyarrow, anything that narwhals knows) by the rules of tables.

    Parameters
    ----------
    frame : DataFrame
        The table; a lazy one must be collected first.
    columns, id_column, weights_column, strict
        As in :func:`read_table`.

    Returns
    -------
    Table

    Raises
    ------
    DataTypeError
        It is no DataFrame.
    TableError
        It cannot be read as a table of numbers.

    Examples
    --------
    >>> import pyarrow
    >>> table = from_dataframe(pyarrow.table({"height": [1.5, None, 1.8], "name": ["a", "b", "c"]}))
    >>> table.matrix.tolist(), table.kept.tolist(), table.columns_left_out[0].reason
    ([[1.5], [1.8]], [0, 2], "text, such as 'a' in row 1")
    """
    request = Request.of(columns, id_column, weights_column, strict)
    frame, names, notes = _with_distinct_names(frame)
    try:
        narwhal = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        kind = type(frame).__name__
        advice = "collect it first" if hasattr(frame, "collect") else "give a DataFrame, or an array to fit"
        raise DataTypeError(f"{quoted(kind)} is not a DataFrame that can be read here: {advice}.") from error
    series = [narwhal.get_column(name) for name in narwhal.columns]
    roles = request.roles(names, "the table")
    needed = frozenset(roles.all)
    arrays = [_arrow(one) if i in needed else "not read" for i, one in enumerate(series)]
    return select(raw_columns(arrays, names, roles, "the table", notes=notes), request)


def _raw(path: str, name: str, request: Request, reading: Reading) -> Raw:
    """Read a file by what it is."""
    content = opened(path, name, reading.sheet)
    kind = _kind_of(content)
    if content.packed is not None and kind != "text":
        raise TableError(f"{name} holds a file that is packed already ({kind}): unpack it first.")
    if kind == "text":
        return read_text(content, request, reading)
    if kind == "spreadsheet":
        return read_spreadsheet(path, name, request, reading)
    if kind in ("npy", "npz"):
        return (read_npy if kind == "npy" else read_npz)(path, name, request)
    return _read_columnar(path, name, kind, request)


def _kind_of(content: Content) -> str:
    """Tell a file by its first bytes, or by its name where these say nothing; refuse what is no table."""
    kind = next((kind for magic, kind in _BY_START.items() if content.start.startswith(magic)), None)
    if kind is None and content.start.startswith(b"PK\x03\x04") and content.packed is None:
        kind = "npz" if content.suffix == ".npz" or b".npy" in content.start[:200] else "spreadsheet"
    if kind is not None:
        return kind
    foreign = what_it_is(content.start, content.suffix)
    if foreign is not None:
        raise TableError(f"{content.name} is {foreign[0]}, which is not read here: {foreign[1]}.")
    return _BY_SUFFIX.get(content.suffix, "text") if content.packed is None else "text"


def _with_distinct_names(frame: Any) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Give the columns names that are text and differ, which narwhals asks for."""
    if hasattr(frame, "collect"):  # a lazy frame would have to work to know its columns
        return frame, (), ()
    columns = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    if columns is None:
        return frame, (), ()
    names, notes = distinct(list(columns))
    if isinstance(frame, pa.Table):
        return frame.rename_columns(list(names)), names, notes
    if list(columns) != list(names) and hasattr(frame, "set_axis"):
        return frame.set_axis(list(names), axis=1), names, notes
    return frame, names, notes


def _arrow(series: Any) -> Any:
    """Give one column as Arrow data; a phrase where it has values that Arrow has no type for."""
    unreadable = f"values of dtype {quoted(series.dtype)}"
    try:
        array = series.to_arrow()
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError, OverflowError):
        values = series.to_list()
        if not all(value is None or isinstance(value, Real | Decimal) for value in values):
            return unreadable
        try:
            array = pa.array([None if value is None else float(value) for value in values], pa.float64())
        except OverflowError:
            return unreadable
    return pa.chunked_array([array]) if isinstance(array, pa.Array) else array


def _read_columnar(path: str, source: str, kind: str, request: Request) -> Raw:
    """Read Parquet, Arrow or Feather."""
    try:
        table = _parquet(path) if kind == "parquet" else _ipc(path)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError) as error:
        raise TableError(
            f"{source} is damaged, cut short, or no .{kind} file: {str(error).splitlines()[0][:120]}"
        ) from error
    names, notes = distinct(table.column_names)
    roles = request.roles(names, source)
    return raw_columns(table.columns, names, roles, source, notes=notes)


def _parquet(path: str | os.PathLike[str]) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path).read()


def _ipc(path: str | os.PathLike[str]) -> Any:
    """Read an Arrow file (Feather is another name for it) or stream, told apart by its first bytes."""
    with open(path, "rb") as file:
        start = file.read(6)
    if start.startswith(b"FEA1"):
        raise ValueError("it is of the old version 1 of Feather, which Arrow gave up: write it again.")
    opened = pa.ipc.open_file if start == b"ARROW1" else pa.ipc.open_stream
    with pa.OSFile(os.fspath(path)) as file:
        return opened(file).read_all()
