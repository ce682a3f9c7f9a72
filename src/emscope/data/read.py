"""Tables of any kind as a matrix of numbers: files by their name, DataFrames by what they hold."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.data.arrays import raw_of_array
from emscope.data.arrow_columns import raw_of_columns
from emscope.data.content.names import distinct
from emscope.data.dataframes import pandas_index, raw_of_frame, row_labels
from emscope.data.formats.array_files import read_npy, read_npz
from emscope.data.formats.containers import Content, on_disk, open_content
from emscope.data.formats.options import FormatOptions
from emscope.data.formats.spreadsheets import read_spreadsheet
from emscope.data.formats.text_tables import read_text
from emscope.data.formats.unsupported import unsupported_kind
from emscope.data.preparation import Preparation
from emscope.data.raw import Raw
from emscope.data.request import Request
from emscope.data.selection import select
from emscope.data.table import Table
from emscope.errors import TableError

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
    decimal: str | None = None,
    thousands: str | None = None,
    na_values: Sequence[str] = (),
    header: bool | None = None,
    skip: int | None = None,
    comment: str | None = None,
    footer: int | None = None,
    sheet: str | None = None,
    quote: str | None = None,
) -> Table:
    """Read a file or a data frame as a matrix of numbers, with a report of every column.

    What a column is, is told by what it holds: text, dates, numbers of rows, empty and constant columns
    are left out and named, and so are rows with a missing or infinite value. Names are found exactly,
    or without case and spaces where that is unique.

    Text files (CSV, TSV and their kin) may be compressed (``.gz``, ``.bz2``,
    ``.zst``, ``.xz``) or alone in a ``.zip``; how they are written is found out, and each guess is a
    note that names the option for another. Others: ``.xlsx``, ``.xls`` and ``.ods`` (extra
    ``excel``), Parquet, Arrow, Feather, ``.npy``, ``.npz``. A file is known by what is in it.

    Parameters
    ----------
    source : path-like, data frame, or array of shape (n, d)
        The table; ``"-"`` for standard input.
    columns : sequence of str, optional
        The features, in this order, whatever they hold: dates become days since 1970-01-01, times of day
        hours. By default every column of measurements.
    exclude : sequence of str, optional
        Columns that are not to be features.
    id_column : str, optional
        The column that names the rows; any type, read as text. By default rows of a pandas frame have the
        labels of its index, where it does not merely count them from 0.
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
    quote : str, optional
        What stands around a text that holds separators: ``'"'`` or ``"'"``; ``""`` for nothing.

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
    request = Request(
        columns=columns,
        exclude=exclude or (),
        id_column=id_column,
        label_column=label_column,
        weights_column=weights_column,
        strict=strict,
        impute=impute,
        log=log or (),
        standardize=standardize,
        given=None if preparation is None else preparation.features,
        look_at_all=look_at_all,
    )
    if isinstance(source, str | os.PathLike):
        options = FormatOptions(
            separator, encoding, decimal, thousands, na_values, header, skip, comment, footer, sheet, quote
        )
        with on_disk(source) as (file, name):
            return select(_raw(file, name, request, options), request, preparation)
    if isinstance(source, np.ndarray | list | tuple):
        return select(raw_of_array(np.asarray(source), "the array", request), request, preparation)
    raw = raw_of_frame(source, request)
    if raw.row_names is None:
        raw = dataclasses.replace(raw, row_names=row_labels(source))
    return select(raw, request, preparation)


def _raw(path: str, name: str, request: Request, options: FormatOptions) -> Raw:
    """Read a file by what it is."""
    content = open_content(path, name, options.sheet)
    kind = _kind_of(content)
    if content.packed is not None and kind != "text":
        raise TableError(f"{name} holds a file that is packed already ({kind}): unpack it first.")
    if kind == "text":
        return read_text(content, request, options)
    if kind == "spreadsheet":
        return read_spreadsheet(path, name, request, options)
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
    foreign = unsupported_kind(content.start, content.suffix)
    if foreign is not None:
        raise TableError(f"{content.name} is {foreign[0]}, which is not read here: {foreign[1]}.")
    return _BY_SUFFIX.get(content.suffix, "text") if content.packed is None else "text"


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
    index = pandas_index(table.schema, names)
    return raw_of_columns(table.columns, roles, source, notes=notes, index=index)


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
