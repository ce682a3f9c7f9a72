"""Arrays as tables: their columns have no names, and perhaps they stay on disk."""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.data.content.column_report import LABELS, NAMES, NOT_ASKED, WEIGHS, ColumnReport, shown
from emscope.data.content.exact import from_offset, offset_for
from emscope.data.content.kinds import FEWEST_NUMBERED, numbers_rows
from emscope.data.feature import Feature
from emscope.data.raw import Labels, LeftOut, Raw
from emscope.data.request import Request, Roles
from emscope.errors import TableError

_MOST_COLUMNS = 1_000_000
_SHOWN_ROWS = 20
_NUMBERS = "it numbers the rows; name it in columns= to use it, or in id_column= to name the rows by it"


def objects_error(source: str) -> TableError:
    """Make the error about arrays of Python objects."""
    return TableError(
        f"{source} holds Python objects (dtype object), which are not loaded: save numbers instead."
    )


def raw_of_array(array: Array, source: str, request: Request, notes: tuple[str, ...] = ()) -> Raw:
    """Check that an array is a matrix of real numbers and give its columns their roles."""
    _refuse_no_matrix(array, source)
    names = tuple(f"x{i}" for i in range(1, array.shape[1] + 1))
    roles = request.roles(names, source)
    numbering = frozenset() if roles.asked else _numbering(array).intersection(roles.features)
    features = tuple(i for i in roles.features if i not in numbering)
    offsets = _offsets(array, features, roles)
    return Raw(
        source=source,
        matrix=_matrix(array, features, offsets),
        features=tuple(
            Feature(column=names[i], offset=offset, log=i in roles.log)
            for i, offset in zip(features, offsets, strict=True)
        ),
        asked=roles.asked,
        weights=None if roles.weights is None else array[:, roles.weights].astype(np.float64),
        row_names=None if roles.row_id is None else tuple(str(v) for v in array[:, roles.row_id].tolist()),
        left_out=tuple(LeftOut(names[i], _NUMBERS) for i in sorted(numbering)),
        notes=notes,
        labels=None if roles.label is None else _labels(array[:, roles.label], names[roles.label]),
        id_column=roles.id_column,
        weights_column=roles.weights_column,
        reports=_reports(array, roles, numbering),
        places=features,
    )


def _refuse_no_matrix(array: Array, source: str) -> None:
    if array.dtype.hasobject:
        raise objects_error(source)
    if array.dtype.kind not in "fiub":
        raise TableError(f"{source} holds dtype {array.dtype}: only real numbers can be clustered.")
    if array.ndim == 1:
        raise TableError(
            f"{source} has shape {array.shape}: one feature is array.reshape(-1, 1), one row is "
            "array.reshape(1, -1)."
        )
    if array.ndim != 2:
        raise TableError(f"{source} has shape {array.shape}: a table has two dimensions, rows and columns.")
    if 0 in array.shape:
        raise TableError(f"{source} has shape {array.shape}: there is nothing to cluster.")
    if array.shape[1] > _MOST_COLUMNS:
        raise TableError(
            f"{source} has shape {array.shape}: at most {_MOST_COLUMNS:,} columns can be clustered."
        )


def _numbering(array: Array) -> frozenset[int]:
    """Find the columns that number the rows."""
    if len(array) < FEWEST_NUMBERED or array.dtype.kind == "b":
        return frozenset()
    first, second = array[:2].astype(np.float64)
    one_apart = (second == first + 1) | (second == first - 1)
    maybe = np.flatnonzero(one_apart | np.isnan(first) | np.isnan(second))  # all others need no closer look
    return frozenset(int(i) for i in maybe if numbers_rows(array[:, i].astype(np.float64)))


def _offsets(array: Array, features: tuple[int, ...], roles: Roles) -> tuple[int, ...]:
    if roles.given is not None:
        return tuple(feature.offset for feature in roles.given)
    if array.dtype.kind not in "iu" or array.dtype.itemsize < 8:
        return (0,) * len(features)
    low, high = array.min(axis=0), array.max(axis=0)
    return tuple(0 if i in roles.log else offset_for(int(low[i]), int(high[i])) for i in features)


def _matrix(array: Array, features: tuple[int, ...], offsets: tuple[int, ...]) -> Array:
    """Take the features in a dtype that is computed with; no copy where none is needed."""
    if features != tuple(range(array.shape[1])):
        array = array[:, list(features)]
    if any(offsets):
        return np.column_stack([from_offset(c, offset) for c, offset in zip(array.T, offsets, strict=True)])
    kept = np.dtype(np.float32 if array.dtype.newbyteorder("=") == np.float32 else np.float64)
    if array.dtype == kept and array.flags.c_contiguous:
        return array
    return np.array(array, dtype=kept, order="C")


def _labels(column: Array, name: str) -> Labels:
    values, codes = np.unique(column, return_inverse=True)
    return Labels(name, tuple(str(value) for value in values.tolist()), codes.astype(np.int32))


def _reports(array: Array, roles: Roles, numbering: frozenset[int]) -> tuple[ColumnReport, ...]:
    """Say what each column is and what part it has; of the features the rest is said later."""
    kind = {"b": "booleans", "f": "numbers"}.get(array.dtype.kind, "whole numbers")
    told = dict.fromkeys(roles.excluded, ("left out: excluded, as asked", "exclude="))
    told |= dict.fromkeys(numbering, (f"left out: {_NUMBERS}", "columns= or id_column="))
    parts = ((roles.row_id, NAMES), (roles.label, LABELS), (roles.weights, WEIGHS))
    told |= {i: part for i, part in parts if i is not None}
    start = np.asarray(array[:_SHOWN_ROWS]).T.tolist()
    reports = []
    for i, name in enumerate(roles.names):
        action, option = told.get(i, NOT_ASKED)
        seen = "row numbers" if i in numbering else kind
        reports.append(ColumnReport(name, seen, examples=shown(start[i]), action=action, option=option))
    return tuple(reports)
