"""Tables as files: CSV, or Parquet where that would be large."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from emscope.digits import rounded

LARGEST_CSV = 50_000_000
"""Bytes of the largest table that is written as CSV."""

_BATCH_CELLS = 2**20  # 8 MB of numbers at a time


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A table that is made a few rows at a time, so that a large one is never in memory as a whole.

    >>> import numpy as np
    >>> columns = Columns.of({"cluster": np.arange(2), "weight": np.array([0.25, 0.75])})
    >>> columns.names, columns.n_rows
    (('cluster', 'weight'), 2)
    """

    schema: pa.Schema  # names and types of the columns
    n_rows: int
    # the values of every column in these rows; NaN and null are cells without a value
    rows: Callable[[int, int], Sequence[Any]]

    def __post_init__(self) -> None:
        assert len(set(self.names)) == len(self.names)  # readers would keep one of them

    @staticmethod
    def of(columns: Mapping[str, Any]) -> Columns:
        """Return a table of columns that are there already."""
        arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
        schema = pa.schema([(name, array.type) for name, array in zip(columns, arrays, strict=True)])
        return Columns(schema, len(arrays[0]), lambda start, stop: [array[start:stop] for array in arrays])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.schema.names)

    def in_few_digits(self) -> Columns:
        """Return the same table with its floats rounded.

        >>> columns = Columns.of({"cluster": np.arange(2), "mean": np.array([123.456, np.nan])})
        >>> columns.in_few_digits().rows(0, 2)[1].tolist()
        [123.5, nan]
        """

        def rows(start: int, stop: int) -> list[Any]:
            found = zip(self.rows(start, stop), self.schema.types, strict=True)
            return [
                rounded(np.asarray(values)) if pa.types.is_floating(kind) else values
                for values, kind in found
            ]

        return Columns(self.schema, self.n_rows, rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Make the table, a few rows at a time."""
        step = max(1, _BATCH_CELLS // len(self.schema))
        for start in range(0, self.n_rows, step):
            columns = self.rows(start, min(start + step, self.n_rows))
            arrays = [_arrow(values, kind) for values, kind in zip(columns, self.schema.types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def file_name(columns: Columns, name: str, limit: int = LARGEST_CSV) -> str:
    """Choose the file that a table is written as: CSV, or Parquet if it would have more bytes than the limit.

    It depends on the table alone: its CSV is counted, up to the limit, before any file is opened.

    >>> import numpy as np
    >>> columns = Columns.of({"cluster": np.arange(3), "weight": np.array([0.5, 0.5, -0.0])})
    >>> file_name(columns, "weights"), file_name(columns, "weights", limit=10)
    ('weights.csv', 'weights.parquet')
    """
    counter = _Counter()
    fits = all(counter.n_bytes <= limit for _ in _csv_written(columns, counter))
    return f"{name}.{'csv' if fits else 'parquet'}"


def write_table(columns: Columns, name: str, file: IO[bytes]) -> None:
    """Write a table as the kind of file that its name says.

    Both kinds hold the same names and values: floats with the shortest digits that are read back to the
    same bits, 0 as ``0`` whatever its sign, and nothing in cells without a value. The CSV is that of RFC 4180
    in UTF-8, with names and texts in quotes.

    >>> import io
    >>> import numpy as np
    >>> columns = Columns.of({"cluster": np.arange(3), "weight": np.array([0.5, 0.5, -0.0])})
    >>> file = io.BytesIO()
    >>> write_table(columns, "weights.csv", file)
    >>> file.getvalue().decode().split()
    ['"cluster","weight"', '0,0.5', '1,0.5', '2,0']
    """
    if name.endswith(".parquet"):
        _write_parquet(columns, file)
        return
    for _ in _csv_written(columns, file):
        pass


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


class _Counter(io.RawIOBase):
    """A file that only counts."""

    n_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.n_bytes += size
        return size
