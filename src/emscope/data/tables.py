"""Tables of any kind as a matrix of numbers: files by their name, DataFrames by what they hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa

from emscope.data.array_files import read_npy, read_npz
from emscope.data.frames import raw_columns
from emscope.data.request import Request, distinct
from emscope.data.selection import LeftOut, Raw, RowsLeftOut, Table, select
from emscope.data.text_tables import read_text
from emscope.data.wording import quoted
from emscope.errors import DataTypeError, TableError

__all__ = ["LeftOut", "RowsLeftOut", "Table", "from_dataframe", "read_table"]

_TEXT = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
_KNOWN = ".csv, .tsv, .txt (also .gz), .parquet, .arrow, .feather, .npy, .npz"
_FOREIGN = {
    b"\x89HDF": "an HDF5 file",
    b"PK\x03\x04": "a zip or spreadsheet file",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet file",
    b"%PDF": "a PDF file",
    b"SQLi": "an SQLite file",
    b"\x80\x04\x95": "a pickle",
}


def read_table(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    id_column: str | None = None,
    weights_column: str | None = None,
    strict: bool = False,
) -> Table:
    """Read a file as a matrix of numbers, with a report of what was left out.

    Text, dates, empty and constant columns are left out and named, and so are rows with a missing
    or infinite value. Text files: CSV, TSV and their kin, also gzipped; separator, encoding, decimal
    mark and a missing header are detected. Others: Parquet, Arrow, Feather, ``.npy``, ``.npz``.

    Parameters
    ----------
    path : path-like
        The file.
    columns : sequence of str, optional
        The features, in this order. By default every column of numbers.
    separator : str, optional
        What separates values in a text file.
    encoding : str, optional
        Encoding of a text file.
    id_column : str, optional
        The column that names the rows; any type, read as text.
    weights_column : str, optional
        The column of weights: finite and not negative.
    strict : bool, default=False
        Refuse the table instead of leaving rows out.

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
    start = _start_of(path)
    suffix = _suffix(path)
    readers: dict[str, Callable[[str | os.PathLike[str], Request], Raw]] = {
        ".npy": read_npy,
        ".npz": read_npz,
        ".parquet": _read_columnar,
        ".pq": _read_columnar,
        ".arrow": _read_columnar,
        ".ipc": _read_columnar,
        ".feather": _read_columnar,
    }
    if suffix in readers:
        return select(readers[suffix](path, request), request)
    _refuse_foreign(path, suffix, start)
    return select(read_text(path, request, separator, encoding), request)


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


def _start_of(path: str | os.PathLike[str]) -> bytes:
    """Open the file once, so that what the system says about it is said in one sentence."""
    source = quoted(os.fspath(path))
    if os.path.isdir(path):
        raise TableError(f"{source} is a folder: give the file in it that holds the table.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise TableError(f"{source} is not a file on disk: save the table to a file first.")
    try:
        with open(path, "rb") as file:
            start = file.read(8)
    except FileNotFoundError as error:
        raise TableError(f"there is no file {source}: check its name and folder.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TableError(f"{source} cannot be opened: {reason}.") from error
    if not start:
        raise TableError(f"{source} is empty: there is no table in it.")
    return start


def _suffix(path: str | os.PathLike[str]) -> str:
    """Tell the kind of file from its name."""
    return Path(path).suffix.lower()


def _refuse_foreign(path: str | os.PathLike[str], suffix: str, start: bytes) -> None:
    """Turn away files that are known to be no text, by their first bytes."""
    source = os.path.basename(path)
    for magic, real in ((b"PAR1", ".parquet"), (b"ARROW1", ".arrow"), (b"\x93NUMPY", ".npy")):
        if start.startswith(magic):
            raise TableError(f"{source} is a {real} file under another name: rename it to end in {real}.")
    for magic, kind in _FOREIGN.items():
        if start.startswith(magic):
            raise TableError(f"{source} is {kind}, which cannot be read here: export it as CSV ({_KNOWN}).")


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


def _read_columnar(path: str | os.PathLike[str], request: Request) -> Raw:
    """Read Parquet, Arrow or Feather."""
    source = os.path.basename(path)
    suffix = _suffix(path)
    try:
        table = _parquet(path) if suffix in (".parquet", ".pq") else _ipc(path)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError) as error:
        raise TableError(
            f"{source} is damaged, cut short, or no {suffix} file: {str(error).splitlines()[0][:120]}"
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
