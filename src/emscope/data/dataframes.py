"""Data frames of any kind: pandas, polars, pyarrow, and what else narwhals knows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from emscope.columns import Array
from emscope.data.arrow_columns import raw_of_columns
from emscope.data.content.names import distinct
from emscope.data.feature import Feature
from emscope.data.raw import Raw
from emscope.data.request import Request
from emscope.data.wording import quoted
from emscope.errors import DataTypeError

_FRAME = "the table"
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")


def raw_of_frame(frame: Any, request: Request) -> Raw:
    """Read a data frame."""
    schema = frame.schema if isinstance(frame, pa.Table) else None  # renaming loses what pandas says there
    frame, names, notes = _with_distinct_names(frame)
    try:
        narwhal = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        kind = type(frame).__name__
        advice = "collect it first" if hasattr(frame, "collect") else "give a file, a data frame or an array"
        raise DataTypeError(f"{quoted(kind)} is not a table that can be read here: {advice}.") from error
    series = [narwhal.get_column(name) for name in narwhal.columns]
    roles = request.roles(names, _FRAME)
    needed = frozenset(roles.all)
    arrays = [_arrow(one) if i in needed else "not read" for i, one in enumerate(series)]
    index = () if schema is None else pandas_index(schema, names)
    return raw_of_columns(arrays, roles, _FRAME, notes=notes, index=index)


def numbers_for(frame: Any, features: Sequence[Feature]) -> Array:
    """Read the columns of some features as numbers, measured from their offsets; every row is kept."""
    return raw_of_frame(frame, Request(given=features)).matrix


def row_labels(frame: Any) -> tuple[str, ...] | None:
    """Return the labels of the rows of a pandas frame as text; None where rows are merely counted from 0."""
    if not nw.dependencies.is_pandas_dataframe(frame):
        return None
    labels = frame.index
    if labels.dtype.kind in "iu" and np.array_equal(labels.to_numpy(), np.arange(len(labels))):
        return None
    several = labels.nlevels > 1
    return tuple(", ".join(map(str, label)) if several else str(label) for label in labels.tolist())


def pandas_index(schema: Any, names: Sequence[str]) -> Collection[int]:
    """Find the columns that pandas stored its index in."""
    try:
        stored = json.loads((schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        stored = []
    return {i for i, name in enumerate(names) if name in stored or _PANDAS_INDEX.fullmatch(name)}


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
    try:
        array = series.to_arrow()
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError, OverflowError):
        array = _of_objects(series.to_list())
        if isinstance(array, str):
            return array
    return pa.chunked_array([array]) if isinstance(array, pa.Array) else array


def _of_objects(values: list[Any]) -> Any:
    """Give Python's numbers as Arrow data, without losing a digit; a phrase where others are among them."""
    for row, value in enumerate(values, start=1):
        if not (_is_missing(value) or isinstance(value, Real | Decimal | np.bool_)):
            return f"values that are no numbers, such as {quoted(value)} in row {row:,}"
    for take, kind in ((Decimal, None), (float, pa.float64())):
        try:
            return pa.array([None if _is_missing(value) else take(value) for value in values], kind)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            continue
    return "numbers that float64 has no room for"


def _is_missing(value: Any) -> bool:
    """Tell None, pandas' NA and not-a-number, the one value that differs from itself."""
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
