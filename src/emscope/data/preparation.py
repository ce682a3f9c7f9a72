"""How the numbers of a table become what is fitted: one object, applied again to new rows to the bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope.columns import Array
from emscope.data.content.exact import from_offset
from emscope.data.dataframes import numbers_for
from emscope.data.feature import Feature, feature_from
from emscope.data.wording import quoted
from emscope.errors import DataError
from emscope.wording import counted


@dataclass(frozen=True, slots=True)
class Preparation:
    """How the columns of a table become the features of a fit.

    Attributes
    ----------
    features : tuple of Feature
        One per feature, in order.
    dtype : {"float64", "float32"}
        That of the matrix.

    Examples
    --------
    >>> import numpy as np
    >>> ages = np.array([[20.0], [30.0], [np.nan]])
    >>> fitted = Preparation.fit(ages, [Feature(column="age")], impute="median", standardize=True)
    >>> fitted.apply(ages).ravel().round(3).tolist()
    [4.899, 7.348, 6.124]
    >>> fitted == Preparation.from_dict(fitted.to_dict())
    True
    """

    features: tuple[Feature, ...]
    dtype: str = "float64"

    @classmethod
    def plain(cls, names: Sequence[str], dtype: str = "float64") -> Preparation:
        """Return the preparation that changes nothing."""
        return cls(tuple(Feature(column=name) for name in names), dtype)

    @classmethod
    def fit(
        cls,
        values: Array,
        features: Sequence[Feature],
        *,
        weights: Array | None = None,
        impute: str | None = None,
        standardize: bool = False,
    ) -> Preparation:
        """Find the medians and standard deviations of some rows.

        Parameters
        ----------
        values : ndarray of shape (n, d)
            The rows, measured from the features' offsets; NaN where a value is missing.
        features : sequence of Feature
            What is known of them: column, offset, logarithm.
        weights : ndarray of shape (n,), optional
            A weight of 2 counts as two rows, one of 0 as none.
        impute : {None, "median"}
            What takes the place of missing values.
        standardize : bool, default=False
            Divide by standard deviations, those of the logarithms where they are taken.

        Returns
        -------
        Preparation
        """
        found = list(features)
        if impute is not None:
            medians = [
                median(column, weights, feature.column)
                for column, feature in zip(values.T, features, strict=True)
            ]
            found = [dataclasses.replace(f, fill=m) for f, m in zip(found, medians, strict=True)]
        prepared = cls(tuple(found), values.dtype.name)
        return prepared.standardized(prepared.in_table_units(values), weights) if standardize else prepared

    def standardized(self, values: Array, weights: Array | None = None) -> Preparation:
        """Return the same preparation that also divides by the standard deviations of ``values``."""
        scales = standard_deviations(values, weights).tolist()
        features = (dataclasses.replace(f, scale=s) for f, s in zip(self.features, scales, strict=True))
        return dataclasses.replace(self, features=tuple(features))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(feature.name for feature in self.features)

    @property
    def measured_names(self) -> tuple[str, ...]:
        """Names of the features as they are fitted and drawn: those with an offset say so."""
        return tuple(feature.measured_name for feature in self.features)

    @property
    def scale(self) -> Array | None:
        """What the features are divided by, shape (d,); None for nothing."""
        scales = [feature.scale for feature in self.features]
        if all(scale is None for scale in scales):
            return None
        return np.array([1.0 if scale is None else scale for scale in scales], dtype=self.dtype)

    def apply(self, X: Any) -> Array:
        """Make of rows of the table what is fitted.

        Parameters
        ----------
        X : data frame, or array-like of shape (n, d)
            Columns of the table, found by their names in a data frame, else in the features' order.
            Integers beyond 2^53 are exact in a data frame, and in an array of integers or objects.

        Returns
        -------
        ndarray of shape (n, d)
            For the rows of the fit the same bits as its matrix. NaN where a value is missing and
            nothing fills it.

        Raises
        ------
        DataError
            Another number of columns, or a value whose logarithm is no number.
        """
        values = self.in_table_units(self._measured(X))
        return values if self.scale is None else np.asarray(values / self.scale)

    def in_table_units(self, values: Array) -> Array:
        """Fill and take logarithms of rows that are measured from the offsets; no copy without need."""
        todo = [(j, f) for j, f in enumerate(self.features) if f.log or f.fill is not None]
        if not todo:
            return values
        values = np.array(values, order="C")
        for j, feature in todo:
            column = np.ascontiguousarray(values[:, j])  # other strides may take other logarithms
            if feature.fill is not None:
                column[np.isnan(column)] = feature.fill
            values[:, j] = logarithms(column, feature.column) if feature.log else column
        return values

    def invert(self, matrix: Any) -> Array:
        """Return what was fitted, or centers of it, in the units of the table.

        Parameters
        ----------
        matrix : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, d)
            Logarithms stay logarithms, as the feature's name says.
        """
        values = np.array(matrix, dtype=np.result_type(np.asarray(matrix), self.dtype))
        if self.scale is not None:
            values *= self.scale
        for j, feature in enumerate(self.features):
            if feature.offset:
                values[:, j] += feature.offset
        return values

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, from which :meth:`from_dict` makes an equal object."""
        features = []
        for feature in self.features:
            plain = {field.name: getattr(feature, field.name) for field in dataclasses.fields(feature)}
            features.append({**plain, "offset": str(feature.offset)})  # others read numbers as float64
        return {"dtype": self.dtype, "features": features}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Preparation:
        """Make a preparation of what :meth:`to_dict` returned.

        Raises
        ------
        DataError
            It is something else.
        """
        try:
            features = tuple(feature_from(one) for one in plain["features"])
            dtype = plain["dtype"]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DataError(f"this is not a saved preparation ({error}): save it again.") from error
        if dtype not in ("float64", "float32"):
            raise DataError("this is not a saved preparation (its dtype is unknown): save it again.")
        return cls(features, dtype)

    def _measured(self, X: Any) -> Array:
        """Read rows of the table as numbers from the features' offsets."""
        if not isinstance(X, np.ndarray | list | tuple):
            return numbers_for(X, self.features).astype(self.dtype, copy=False)
        rows = np.asarray(X)
        if rows.ndim != 2 or rows.shape[1] != len(self.features):
            raise DataError(
                f"rows of shape {rows.shape} were given where {counted(len(self.features), 'feature')} are "
                f"prepared: give columns {', '.join(map(quoted, self.names[:8]))}."
            )
        if not any(feature.offset for feature in self.features):
            return rows.astype(self.dtype, copy=False)
        columns = [from_offset(c, f.offset) for c, f in zip(rows.T, self.features, strict=True)]
        return np.column_stack(columns).astype(self.dtype, copy=False)


def logarithms(column: Array, name: str) -> Array:
    """Take natural logarithms; values of 0 or less are refused with their number and the first row."""
    bad = (column <= 0) & np.isfinite(column)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{counted(int(bad.sum()), 'value')} of {quoted(name)} {'is' if bad.sum() == 1 else 'are'} 0 or "
            f"less, the first {column[row]:g} in row {row + 1:,}, and such a number has no logarithm: leave "
            "the column out of log=, or those rows."
        )
    with np.errstate(invalid="ignore"):  # of -inf, whose row is left out
        return np.asarray(np.log(column))


def median(column: Array, weights: Array | None = None, name: str = "a column") -> float:
    """Return the median of the values that are there, a row of weight 2 counting as two."""
    present = np.isfinite(column) if weights is None else np.isfinite(column) & (weights > 0)
    values = np.sort(column[present].astype(np.float64))
    if not len(values):
        raise DataError(f"{quoted(name)} has no value in any row that counts, so no median: leave it out.")
    if weights is None:
        return _middle(values[(len(values) - 1) // 2], values[len(values) // 2])
    order = np.argsort(column[present], kind="stable")
    below = np.cumsum(weights[present][order])
    half = below[-1] / 2
    low = int(np.searchsorted(below, half))
    high = low + 1 if below[low] == half else low  # exactly half of the weight lies below: between two
    return _middle(values[low], values[min(high, len(values) - 1)])


def _middle(low: float, high: float) -> float:
    return float(low if low == high else low / 2 + high / 2)  # the sum of both may overflow


def standard_deviations(values: Array, weights: Array | None = None) -> Array:
    """Return what each feature is divided by to standardize it, shape (d,); 1 where it does not vary."""
    if weights is not None:  # a row of weight 0 may be so far away that its part is not 0
        values, weights = values[weights > 0], weights[weights > 0]
    with np.errstate(over="ignore", invalid="ignore"):  # the fit refuses such magnitudes with a sentence
        mean = np.average(values, axis=0, weights=weights)
        spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))
    return np.where((spread > 0) & np.isfinite(spread), spread, 1.0)
