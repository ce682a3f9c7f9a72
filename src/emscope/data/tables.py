"""Tables of any kind as a matrix of numbers: files by their name, DataFrames by what they hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.data.array_files import read_npy, read_npz
from emscope.data.arrays import raw_of_array
from emscope.data.column_report import ColumnReport
from emscope.data.dataframes import pandas_index, raw_of_frame
from emscope.data.frames import raw_columns
from emscope.data.names import distinct
from emscope.data.preparation import Preparation
from emscope.data.request import Request
from emscope.data.selection import select
from emscope.data.table import Labels, LeftOut, Raw, RowsLeftOut, Table
from emscope.data.text_tables import read_text
from emscope.data.wording import quoted
from emscope.errors import TableError

__all__ = ["ColumnReport", "Labels", "LeftOut", "RowsLeftOut", "Table", "read_table"]

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
    source: Any,
    *,
    columns: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    id_column: str | None = None,
    label_column: str | None = None,
    weights_column: str | None = None,
    strict: bool = False,
    impute: str | None = None,
    log: Sequence[str] | None = None,
    standardize: bool = False,
    preparation: Preparation | None = None,
    look_at_all: bool = False,
    separator: str | None = None,
    encoding: str | None = None,
) -> Table:
    """Read a file or a data frame as a matrix of numbers, with a report of every column.

    What a column is, is told by what it holds: text, dates, numbers of rows, empty and constant columns
    are left out and named, and so are rows with a missing or infinite value. Names are found exactly,
    or without case and spaces where that is unique.

    Text files: CSV, TSV and their kin, also gzipped; separator, encoding, decimal
    mark and a missing header are detected. Others: Parquet, Arrow, Feather, ``.npy``, ``.npz``.

    Parameters
    ----------
    source : path-like, data frame, or array of shape (n, d)
        The table.
    columns : sequence of str, optional
        The features, in this order, whatever they hold: dates become days since 1970-01-01, times of day
        hours. By default every column of measurements.
    exclude : sequence of str, optional
        Columns that are not to be features.
    id_column : str, optional
        The column that names the rows; any type, read as text.
    label_column : str, optional
        A column for colors and cross-tables, which is never clustered.
    weights_column : str, optional
        The column of weights: finite and not negative.
    strict : bool, default=False
        Refuse the table instead of leaving rows out.
    impute : {None, "median"}
        Fill missing values with the median of their column, and keep the row.
    log : sequence of str, optional
        Features whose natural logarithm is taken; "income" is then called "log income".
    standardize : bool, default=False
        Divide every feature by its standard deviation.
    preparation : Preparation, optional
        That of an earlier table, to be applied to this one to the bit; it decides about columns, filling,
        logarithms and scale.
    look_at_all : bool, default=False
        Report on columns, too, that are not needed and would not be read.
    separator : str, optional
        What separates values in a text file.
    encoding : str, optional
        Encoding of a text file.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        The source cannot be read as a table of numbers; one sentence says why and what to do.
    DataTypeError
        It is of a kind that is no table.

    Examples
    --------
    >>> from emscope import datasets
    >>> table = read_table(datasets.path("penguins.csv"), id_column="sex")
    >>> table.matrix.shape, table.rows_left_out[0].count
    ((342, 4), 2)
    >>> [(column.name, column.kind) for column in table.columns if not column.kept]
    [('species', 'text'), ('island', 'text'), ('year', 'calendar years')]
    >>> read_table({"no": "table"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    emscope.errors.DataTypeError: 'dict' is not a table that can be read here: give a file, a data frame ...
    """
    request = Request.of(
        columns=columns,
        exclude=exclude,
        id_column=id_column,
        label_column=label_column,
        weights_column=weights_column,
        strict=strict,
        impute=impute,
        log=log,
        standardize=standardize,
        preparation=preparation,
        look_at_all=look_at_all,
    )
    if isinstance(source, str | os.PathLike):
        return select(_read_file(source, request, separator, encoding), request)
    if isinstance(source, np.ndarray | list | tuple):
        return select(raw_of_array(np.asarray(source), "the array", request), request)
    return select(raw_of_frame(source, request), request)


def _read_file(
    path: str | os.PathLike[str], request: Request, separator: str | None, encoding: str | None
) -> Raw:
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
        return readers[suffix](path, request)
    _refuse_foreign(path, suffix, start)
    return read_text(path, request, separator, encoding)


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
    index = pandas_index(table.schema, names)
    return raw_columns(table.columns, names, roles, source, notes=notes, index=index)


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
