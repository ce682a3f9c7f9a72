"""Tables as files: CSV, or Parquet where that would be large."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv

LARGEST_CSV = 50_000_000
"""Bytes of the largest table that is written as CSV."""

_BATCH_CELLS = 2**20  # 8 MB of numbers at a time


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A table that is made a few rows at a time, so that a large one is never in memory as a whole.

    Attributes
    ----------
    schema : pyarrow.Schema
        Names and types of the columns.
    n_rows : int
    rows : callable(start, stop) -> sequence of array-like
        The values of every column in these rows; NaN and null are cells without a value.

    Examples
    --------
    >>> import numpy as np
    >>> columns = Columns.of({"cluster": np.arange(2), "weight": np.array([0.25, 0.75])})
    >>> columns.names, columns.n_rows
    (('cluster', 'weight'), 2)
    """

    schema: pa.Schema
    n_rows: int
    rows: Callable[[int, int], Sequence[Any]]

    def __post_init__(self) -> None:
        assert len(set(self.names)) == len(self.names)  # readers would keep one of them

    @staticmethod
    def of(columns: Mapping[str, Any]) -> Columns:
        """Return a table of columns that are there already.

        Parameters
        ----------
        columns : mapping of str to array-like
            Values by the name of the column, as many in each.

        Returns
        -------
        Columns
        """
        arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
        schema = pa.schema([(name, array.type) for name, array in zip(columns, arrays, strict=True)])
        return Columns(schema, len(arrays[0]), lambda start, stop: [array[start:stop] for array in arrays])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.schema.names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Make the table, a few rows at a time.

        Yields
        ------
        pyarrow.RecordBatch
        """
        step = max(1, _BATCH_CELLS // len(self.schema))
        for start in range(0, self.n_rows, step):
            columns = self.rows(start, min(start + step, self.n_rows))
            arrays = [_arrow(values, kind) for values, kind in zip(columns, self.schema.types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)


class Written(NamedTuple):
    """A table that was written.

    Attributes
    ----------
    name : str
        Of the file.
    note : str or None
        A sentence for people where it is not the CSV file that they expect.
    """

    name: str
    note: str | None


def write_table(
    columns: Columns,
    open_file: Callable[[str], AbstractContextManager[IO[bytes]]],
    name: str,
    limit: int = LARGEST_CSV,
) -> Written:
    """Write a table as CSV, or as Parquet if it would have more bytes than the limit as CSV.

    Which of them it is depends on the table alone: its CSV is counted, up to the limit, before any file is
    opened. Both hold the same names and values: floats with the shortest digits that are read back to the
    same bits, 0 as ``0`` whatever its sign, and nothing in cells without a value. The CSV is that of RFC 4180
    in UTF-8, with names and texts in quotes.

    Parameters
    ----------
    columns : Columns
    open_file : callable(name) -> context manager of a binary file
        Called once, with the name of the file.
    name : str
        Of the table, without an extension.
    limit : int
        Bytes.

    Returns
    -------
    Written

    Raises
    ------
    OutputError
        The file cannot be written there.

    Examples
    --------
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from emscope.files import whole_file
    >>> columns = Columns.of({"cluster": np.arange(3), "weight": np.array([0.5, 0.5, -0.0])})
    >>> write_table(columns, whole_file, "weights").name
    'weights.csv'
    >>> Path("weights.csv").read_text().split()
    ['"cluster","weight"', '0,0.5', '1,0.5', '2,0']
    >>> write_table(columns, whole_file, "weights", limit=10).note
    'weights.parquet instead of .csv: it would be over 10 bytes'
    """
    if _fits(columns, limit):
        with open_file(f"{name}.csv") as file:
            for _ in _csv_written(columns, file):
                pass
        return Written(f"{name}.csv", None)
    with open_file(f"{name}.parquet") as file:
        _write_parquet(columns, file)
    return Written(f"{name}.parquet", f"{name}.parquet instead of .csv: it would be over {_size(limit)}")


def _fits(columns: Columns, limit: int) -> bool:
    counter = _Counter()
    return all(counter.n_bytes <= limit for _ in _csv_written(columns, counter))


def _csv_written(columns: Columns, file: IO[bytes] | _Counter) -> Iterator[None]:
    """Write the header, then every batch; yield after each."""
    with csv.CSVWriter(file, columns.schema) as writer:
        yield
        for batch in columns.batches():
            writer.write_batch(batch)
            yield


def _write_parquet(columns: Columns, file: IO[bytes]) -> None:
    from pyarrow import parquet

    # no two responsibilities are alike: a dictionary of them takes time and room
    with parquet.ParquetWriter(file, columns.schema, use_dictionary=False) as writer:
        for batch in columns.batches():
            writer.write_batch(batch)


def _arrow(values: Any, kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(kind):
        values = np.asarray(values) + kind.to_pandas_dtype()(0)  # -0 + 0 is 0
    return pa.array(values, kind, from_pandas=True)


def _size(limit: int) -> str:
    return f"{limit / 1e6:g} MB" if limit >= 100_000 else f"{limit:,} bytes"


class _Counter(io.RawIOBase):
    """A file that only counts."""

    n_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.n_bytes += size
        return size
