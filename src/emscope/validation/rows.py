"""The rules about data: rows, weights and given centers.

Sentences that scikit-learn's users (and its own tests) know are kept and then say more: which row,
which column, what to do.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from scipy import sparse
from sklearn.utils import check_array

from emscope.columns import Array, reduce_columns
from emscope.errors import DataError, DataTypeError

# Beyond these distances from the middle of the data squared distances overflow, or vanish.
LARGEST = {"float64": 1e150, "float32": 1e18}
SMALLEST = {"float64": 1e-140, "float32": 0.0}  # float32 differences are squared in float64

_DTYPES = tuple(map(np.dtype, LARGEST))

_ROWS_AT_ONCE = 1 << 16


def matrix(X: Any, *, feature_names: Sequence[str] | None = None, name: str = "X") -> Array:
    """Return the data, shape (n, d), as a C-contiguous array of finite numbers, not copied unless it must be.

    Float32 data stays float32; everything else becomes float64. ``name`` and ``feature_names`` are for
    messages.

    >>> matrix([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    if _is_ready(X):
        refuse_not_finite(X, feature_names=feature_names, name=name)
        return np.asarray(X)
    if sparse.issparse(X):
        raise DataTypeError(f"{name} is sparse, which is not supported yet: pass {name}.toarray().")
    _refuse_masked(X, name)
    X = _from_frame(X, name)
    _refuse_what_is_not_numbers(X, name)
    array = check_array(
        X, dtype=[np.float64, np.float32], order="C", ensure_all_finite=False, input_name=name
    )
    refuse_not_finite(array, feature_names=feature_names, name=name)
    return np.asarray(array)


def sample_weights(weights: Any, n_samples: int) -> Array | None:
    """Return the weights as float64, shape (n,); None where none are given."""
    if weights is None:
        return None
    if isinstance(weights, Real):
        weights = np.full(n_samples, float(weights))
    _refuse_masked(weights, "sample_weight")
    _refuse_what_is_not_numbers(weights, "sample_weight")
    array = check_array(
        weights, dtype=np.float64, ensure_2d=False, ensure_all_finite=False, input_name="sample_weight"
    )
    if array.ndim != 1:
        raise DataError(f"Sample weights must be 1D array or scalar, got shape {array.shape}.")
    if len(array) != n_samples:
        raise DataError(
            f"sample_weight.shape == {array.shape}, expected {(n_samples,)}: "
            f"give one weight for each of the {n_samples:,} rows."
        )
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if bad.size:
        raise DataError(
            f"sample_weight[{bad[0]}] is {array[bad[0]]}: weights must be finite numbers of 0 or more "
            f"({bad.size:,} are not)."
        )
    if not array.any():
        raise DataError("the sample weights are all zero: at least one row must count.")
    with np.errstate(over="ignore"):
        total = array.sum()
    if not np.isfinite(total):
        raise DataError(
            "the sum of the sample weights overflows: rescale them, e.g. so that their mean is 1."
        )
    return np.asarray(array)


def enough_rows(n_samples: int, k: int, weights: Array | None, of: str = "n_clusters") -> None:
    """Refuse more clusters than rows that count (those of weight 0 do not); ``of`` names the parameter."""
    fewer = f"ask for fewer {of.removeprefix('n_')}."
    if n_samples < k:
        if of == "n_components":
            raise DataError(
                f"Expected n_samples >= n_components but got n_components = {k}, "
                f"n_samples = {n_samples}: {fewer}"
            )
        raise DataError(f"n_samples={n_samples} should be >= {of}={k}: {fewer}")
    positive = n_samples if weights is None else int(np.count_nonzero(weights))
    if positive < k:
        raise DataError(
            f"only {positive:,} of {n_samples:,} rows have a positive weight, fewer than {of}={k}: {fewer}"
        )


def start_centers(centers: Any, n_clusters: int, n_features: int, dtype: Any, name: str = "init") -> Array:
    """Return a copy of the given initial centers as a finite array of shape (k, d)."""
    if hasattr(centers, "fit"):
        raise DataTypeError(
            f"{name} is a {type(centers).__name__} that is not fitted: fit it first, or pass centers."
        )
    array = matrix(centers, name=name).astype(dtype, copy=True)
    needed = (n_clusters, n_features)
    if array.shape != needed:
        what = "clusters" if array.shape[0] != n_clusters else "features of the data"
        count = n_clusters if array.shape[0] != n_clusters else n_features
        raise DataError(
            f"The shape of the initial centers {array.shape} does not match the number of {what} {count}: "
            f"the shape must be {needed}."
        )
    refuse_not_finite(array, name=name)  # what float64 holds may overflow in float32
    return array


def representable(
    X: Array,
    centers: Array | None = None,
    total_weight: float | None = None,
    numbers: Array | None = None,
) -> None:
    """Refuse magnitudes whose squared distances, among rows and to centers, overflow or vanish.

    ``total_weight`` multiplies the squares; it is n without weights. ``numbers`` are those of the rows in the
    data, where rows of it are left out.
    """
    low = reduce_columns(np.minimum, X).astype(np.float64)
    high = reduce_columns(np.maximum, X).astype(np.float64)
    if centers is not None:
        low = np.minimum(low, np.minimum.reduce(centers))
        high = np.maximum(high, np.maximum.reduce(centers))
    spread = float((high / 2 - low / 2).max())
    total = float(len(X)) if total_weight is None else total_weight
    name = X.dtype.name
    # a squared distance is at most d (2 spread)^2, and `total` of them are added
    largest = min(LARGEST[name], math.sqrt(sys.float_info.max / max(total, 1.0) / (8 * X.shape[1])))
    if spread > largest:
        raise DataError(
            f"values spread over {spread:.1e} around their middle, so that squared distances overflow in "
            f"{name} (the largest is in {_place_of_largest(X, numbers)}): rescale the data, e.g. divide it "
            "by its largest absolute value."
        )
    if 0 < spread < SMALLEST[name]:
        raise DataError(
            f"values spread over only {spread:.1e} around their middle, so that squared distances vanish in "
            f"{name}: rescale the data, e.g. divide it by its largest absolute value."
        )


def _place_of_largest(X: Array, numbers: Array | None) -> str:
    """Name the row and the column of the largest absolute value."""
    row, column = divmod(int(np.abs(X).argmax()), X.shape[1])
    if numbers is not None:
        row = int(numbers[row])
    return f"row {row}, column {column}"


def refuse_not_finite(X: Array, *, feature_names: Sequence[str] | None = None, name: str = "X") -> None:
    """Refuse NaN and infinite values, naming the first row and column."""
    for start, rows in _row_slices(X):
        finite = np.isfinite(rows)
        if not finite.all():
            i, j = np.argwhere(~finite)[0]
            what = "NaN" if np.isnan(rows[i, j]) else f"infinity or a value too large for {X.dtype.name}"
            column = f"column {j}" if feature_names is None else f"column {feature_names[j]!r} (index {j})"
            raise DataError(
                f"Input {name} contains {what}: the first is in row {start + i}, {column}. "
                "Leave such rows out, or fill them, before clustering."
            )


def column_names(X: Any) -> tuple[str, ...] | None:
    """Return the names of a data frame's columns, None for anything else."""
    if type(X) is np.ndarray:
        return None
    frame = nw.from_native(X, pass_through=True)
    return tuple(map(str, frame.columns)) if isinstance(frame, nw.DataFrame) else None


def _is_ready(X: Any) -> bool:
    """Tell whether X is a plain array that needs no conversion, as nearly all are."""
    return (
        type(X) is np.ndarray and X.dtype in _DTYPES and X.ndim == 2 and X.size > 0 and X.flags.c_contiguous
    )


def _row_slices(X: Array) -> Iterator[tuple[int, Array]]:
    for start in range(0, len(X), _ROWS_AT_ONCE):
        yield start, X[start : start + _ROWS_AT_ONCE]


def _from_frame(X: Any, name: str) -> Any:
    """Turn a data frame into an array, naming the column that has no numbers."""
    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        raise DataTypeError(f"{name} is a lazy frame: pass {name}.collect().")
    if not isinstance(frame, nw.DataFrame):
        return X
    if not frame.columns:
        raise DataError(f"Found array with 0 feature(s) (shape={frame.shape}): {name} has no columns.")
    return np.column_stack([_column(series, name) for series in frame.iter_columns()])


def _column(series: Any, name: str) -> Array:
    """Return a column as floating point, with NaN where a value is missing."""
    dtype = series.dtype
    if dtype == nw.Object:
        return _objects(series, name)
    if not (dtype.is_numeric() or dtype == nw.Boolean):
        raise DataTypeError(
            f"{name} has a column {series.name!r} of dtype {dtype}, and clustering needs numbers: "
            "leave that column out, or convert it."
        )
    return np.asarray((series if dtype.is_float() else series.cast(nw.Float64)).to_numpy())


def _objects(series: Any, name: str) -> Array:
    """Return a column of Python objects as floating point, where all of them are numbers or missing."""
    values = [None if type(value).__name__ == "NAType" else value for value in series.to_list()]
    for row, value in enumerate(values):
        if not (value is None or isinstance(value, Real | Decimal | np.bool_)):
            raise DataTypeError(
                f"{name} has a column {series.name!r} of dtype {series.dtype} with {value!r:.40} in row "
                f"{row}, and clustering needs numbers: leave that column out, or convert it."
            )
    return np.array([math.nan if value is None else float(value) for value in values])


def _refuse_masked(X: Any, name: str) -> None:
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        masked = np.count_nonzero(np.ma.getmaskarray(X))
        raise DataError(
            f"{name} is a masked array with {masked:,} masked values: fill them, or leave those rows out."
        )


def _refuse_what_is_not_numbers(X: Any, name: str) -> None:
    array = np.asarray(X) if isinstance(X, list | tuple) else X
    if not isinstance(array, np.ndarray):
        return
    kind = array.dtype.kind
    if kind == "c":
        raise DataError(
            f"Complex data not supported: {name} has dtype {array.dtype}; cluster {name}.real, say."
        )
    if kind in "USOT" and any(isinstance(value, str | bytes) for value in array.flat):
        raise DataTypeError(
            f"{name} has dtype {array.dtype} and holds text, and clustering needs numbers: "
            f"convert it first, e.g. {name}.astype(float)."
        )
    if kind in "mMV":
        raise DataTypeError(
            f"{name} has dtype {array.dtype}, and clustering needs numbers: "
            "leave such columns out, or convert them."
        )
