"""What is said about rows and columns that cannot be used, and about what takes their place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emscope.columns import Array
from emscope.data.feature import Feature
from emscope.data.preparation import Preparation
from emscope.data.raw import LeftOut, Raw
from emscope.data.wording import listed, quoted
from emscope.errors import TableError
from emscope.wording import counted

FILL = "To keep rows with missing values, impute='median' fills these with the medians of their columns."
_SHOWN = 3


def check_weights(raw: Raw) -> None:
    """Refuse weights that are infinite, negative or all zero."""
    if raw.weights is None:
        return
    bad = np.isinf(raw.weights) | (raw.weights < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise TableError(
            f"the weight in {raw.where(row)} of {raw.source} is {raw.weights[row]:g}: "
            "weights must be finite and not negative."
        )
    if not np.nansum(raw.weights) > 0:
        raise TableError(
            f"the weights of {raw.source} are all zero or missing: at least one must be positive."
        )


def check_logarithms(raw: Raw, low: Array) -> None:
    """Refuse logarithms of columns that have values of 0 or less."""
    for j, feature in enumerate(raw.features):
        if not feature.log or low[j] > 0:
            continue
        column = raw.matrix[:, j]
        bad = (column <= 0) & np.isfinite(column)
        row, total = int(np.argmax(bad)), int(bad.sum())
        verb = "value is" if total == 1 else "values are"
        raise TableError(
            f"{total:,} {verb} 0 or less in the column {quoted(feature.column)} of {raw.source}, the first, "
            f"{column[row]:g}, in {raw.where(row)}, and have no logarithm: leave the column out of log=."
        )


def refuse_empty(raw: Raw, empty: Array) -> None:
    """Refuse a column that was asked for and holds nothing."""
    if empty.any():
        name = quoted(raw.features[int(np.argmax(empty))].column)
        raise TableError(f"the column {name} of {raw.source} has no finite value: choose another column.")


def in_units(feature: Feature, value: float) -> str:
    """Show a value of a feature in the units of its column."""
    return str(feature.offset + int(value)) if feature.offset else f"{value:.6g}"


def notes_on_filling(preparation: Preparation, values: Array) -> list[str]:
    """Count the missing values that were filled, and say with what."""
    if all(feature.fill is None for feature in preparation.features):
        return []
    counts = np.isnan(values).sum(axis=0)
    filled = np.flatnonzero(counts)
    if not len(filled):
        return []
    worst = filled[np.argsort(-counts[filled], kind="stable")]
    each = ", ".join(_filled(preparation.features[j], int(counts[j])) for j in worst[:_SHOWN])
    more = f" and {len(worst) - _SHOWN:,} more columns" if len(worst) > _SHOWN else ""
    return [f"{counted(int(counts.sum()), 'missing value')} filled with medians: {each}{more}."]


def _filled(feature: Feature, count: int) -> str:
    assert feature.fill is not None  # it is what counts are about
    return f"{quoted(feature.column)} ({count:,}) by {feature.fill + feature.offset:.6g}"


def notes_on_offsets(preparation: Preparation) -> list[str]:
    """Say which columns hold integers that float64 has no room for."""
    return [
        f"{quoted(feature.column)} has digits beyond float64: it is measured from {feature.offset}, so that "
        "differences stay exact."
        for feature in preparation.features
        if feature.offset
    ]


def costly_column(raw: Raw, columns: Array, gaps: Array) -> list[str]:
    """Name the column that costs most rows."""
    worst = int(np.argmax(gaps))
    if not gaps[worst]:
        return []
    name = quoted(raw.features[columns[worst]].column)
    return [
        f"More than half of the rows are left out; the column {name} alone has "
        f"no usable value in {gaps[worst]:,} of {len(raw.matrix):,} (exclude= leaves it out)."
    ]


def strict(raw: Raw, row: int, what: str, total: int) -> str:
    """Refuse a row, because strict was asked for."""
    return (
        f"{raw.where(row)} of {raw.source} has {what} ({counted(total, 'such row')} in all): "
        "mend it, leave such rows out by not asking for strict, or fill missing values by impute='median'."
    )


def no_rows(raw: Raw, columns: Array, gaps: Array) -> str:
    """Say that no row is left, and on whose account."""
    worst = int(np.argmax(gaps))
    name = quoted(raw.features[columns[worst]].column)
    return (
        f"no row of {raw.source} has a value in every column: {name} lacks one in {gaps[worst]:,} of "
        f"{counted(len(raw.matrix), 'row')}. Leave it out by exclude=, or fill its gaps by impute='median'."
    )


def no_new_rows(raw: Raw) -> str:
    """Say that no row can be prepared as those of an earlier table were."""
    return (
        f"no row of {raw.source} has a number in every column that is needed: "
        f"{listed([feature.column for feature in raw.features])}."
    )


def no_columns(source: str, left_out: Sequence[LeftOut]) -> str:
    """Say that no column is left, and why."""
    shown = "; ".join(f"{quoted(column.name)}: {column.reason}" for column in left_out[:4])
    more = f"; and {len(left_out) - 4:,} more" if len(left_out) > 4 else ""
    why = f" ({shown}{more})" if left_out else ""
    return f"{source} has no column of numbers to cluster{why}. Add one, or check the separator."
