"""The rules for tables: which columns become features and which rows are kept.

Readers turn every source into :class:`Raw` numbers with NaN where a value is missing; :func:`select`
applies the same rules to all of them and says what was left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emscope.columns import Array
from emscope.data import sentences
from emscope.data.content import booleans
from emscope.data.content.ranges import Ranges, gaps, ranges_of, spans
from emscope.data.feature import Feature
from emscope.data.preparation import Preparation
from emscope.data.raw import LeftOut, Raw
from emscope.data.reporting import complete_reports
from emscope.data.request import Request
from emscope.data.table import RowsLeftOut, Table
from emscope.data.wording import quoted
from emscope.errors import TableError

_MISSING, _INFINITE, _WEIGHTLESS, _LOGLESS, _TOTAL = 1, 2, 3, 4, 5
_REASONS = {
    _MISSING: "missing value",
    _INFINITE: "infinite value",
    _WEIGHTLESS: "missing weight",
    _LOGLESS: "value without a logarithm",
    _TOTAL: "total of rows above",
}
_FIRST_ROWS = 5


def select(raw: Raw, request: Request, preparation: Preparation | None) -> Table:
    """Leave out columns that say nothing and rows that cannot be used, unless refused, and say so."""
    n, _ = raw.matrix.shape
    if n == 0:
        raise TableError(f"{raw.source} has no rows: there is nothing to cluster.")
    sentences.check_weights(raw)
    ranges = ranges_of(raw.matrix, np.arange(len(raw.features)), None)
    sentences.check_logarithms(raw, ranges.low)
    choice = _choose(raw, request, ranges)
    columns, kept = choice.columns, np.flatnonzero(choice.flags == 0)
    weights = None if raw.weights is None else raw.weights[kept]
    cut = _cut(raw.matrix, kept, columns)
    if preparation is not None:  # what an array of float32 was fitted to may be a text file now
        cut = cut.astype(preparation.dtype, copy=False)
    preparation = preparation or Preparation.fit(
        cut, _features(raw, columns), weights=weights, impute=request.impute, standardize=request.standardize
    )
    values = preparation.in_table_units(cut)
    scale = preparation.scale
    return Table(
        matrix=values if scale is None else values / scale,
        values=values,
        preparation=preparation,
        feature_names=preparation.names,
        id_column=raw.id_column,
        row_names=raw.row_names,
        weights=weights,
        kept=kept,
        n_rows=n,
        columns_left_out=tuple(choice.left_out),
        rows_left_out=_rows_left_out(choice.flags),
        notes=(
            *raw.notes,
            *choice.notes,
            *booleans.notes(*_flag_columns(raw, columns, ranges)),
            *sentences.notes_on_filling(preparation, cut),
            *sentences.notes_on_offsets(preparation),
            *_notes_on_rows(raw, request, columns, choice.flags),
        ),
        weights_column=raw.weights_column,
        first_line=raw.first_line,
        labels=raw.labels,
        categories=raw.categories,
        columns=complete_reports(raw, columns, choice.left_out, preparation, ranges),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """Which columns are kept, and for each row 0 or the reason why it is not."""

    columns: Array
    flags: Array
    left_out: list[LeftOut]
    notes: list[str]


def _choose(raw: Raw, request: Request, ranges: Ranges) -> _Choice:
    """Drop columns and rows until what is left has every value and no constant column."""
    columns, left_out, notes = _usable_columns(raw, request, ranges)
    flags = _row_flags(raw, request, columns, ranges.complete)
    while True:
        if request.strict and (flags % _TOTAL).any():
            raise TableError(_strict_sentence(raw, columns, flags))
        keep = flags == 0
        if not keep.any():
            raise TableError(_no_rows(raw, request, columns))
        if keep.all():
            break
        now = ranges_of(raw.matrix, columns, keep)
        dull = now.low >= now.high
        if raw.asked or not dull.any() or dull.all():
            break
        reasons = np.where(now.low > now.high, "no value", "constant")
        where = "in the rows that have every value" if request.impute is None else "in the rows that are used"
        left_out += [
            LeftOut(raw.features[columns[i]].column, f"{reasons[i]} {where}") for i in np.flatnonzero(dull)
        ]
        columns = columns[~dull]
        flags = _row_flags(raw, request, columns, complete=False)
    return _Choice(columns, flags, left_out, notes)


def _usable_columns(raw: Raw, request: Request, ranges: Ranges) -> tuple[Array, list[LeftOut], list[str]]:
    """Drop empty and constant columns before any row is dropped on their account."""
    columns = np.arange(len(raw.features))
    left_out = list(raw.left_out)
    notes: list[str] = []
    empty, constant = ranges.low > ranges.high, ranges.low == ranges.high
    if raw.asked and request.given is None:
        sentences.refuse_empty(raw, empty)
        constants = (quoted(raw.features[i].column) for i in np.flatnonzero(constant))
        notes += [f"{name} is constant; kept, as asked." for name in constants]
    if raw.asked:
        return columns, left_out, notes
    if constant.any() and not (~empty & ~constant).any():
        if len(raw.matrix) > 1:
            notes.append("Every column of numbers is constant: all rows are the same point.")
        constant[:] = False
    for i in np.flatnonzero(empty | constant):
        always = sentences.in_units(raw.features[i], ranges.low[i])
        reason = "no finite value" if empty[i] else f"constant (always {always})"
        left_out.append(LeftOut(raw.features[i].column, reason))
    columns = columns[~empty & ~constant]
    if not len(columns):
        raise TableError(sentences.no_columns(raw.source, left_out))
    return columns, left_out, notes


def _features(raw: Raw, columns: Array) -> list[Feature]:
    """Give the features names that differ: that of a logarithm may be taken by a column."""
    features = [raw.features[i] for i in columns]
    taken = {feature.column for feature in features}
    for nth, feature in enumerate(features):
        if feature.log:
            name, count = feature.name, 2
            while name in taken:
                name, count = f"{feature.name} ({count})", count + 1
            taken.add(name)
            features[nth] = replace(feature, name=name)
    return features


def _flag_columns(raw: Raw, columns: Array, ranges: Ranges) -> tuple[list[str], list[str]]:
    """Name the booleans among the features, and the numbers that are 0 or 1 throughout."""
    typed, others = [], []
    for i in columns:
        kind = raw.reports[raw.places[i]].kind
        if kind == "booleans":
            typed.append(raw.features[i].column)
        elif kind == "whole numbers" and (ranges.low[i], ranges.high[i]) == (0, 1):
            others.append(raw.features[i].column)
    return typed, others


def _row_flags(raw: Raw, request: Request, columns: Array, complete: bool) -> Array:
    """0 for a row that can be used, otherwise the reason why it cannot."""
    flags = np.zeros(len(raw.matrix), dtype=np.uint8)
    filled = request.impute is not None or (
        request.given is not None and all(feature.fill is not None for feature in request.given)
    )
    if not complete:
        for span in spans(raw.matrix):
            part = raw.matrix[span][:, columns]
            flags[span][np.isinf(part).any(axis=1)] = _INFINITE
            if not filled:
                flags[span][np.isnan(part).any(axis=1)] = _MISSING
    for i, feature in enumerate(request.given or ()):
        if feature.log:
            flags[(flags == 0) & (raw.matrix[:, i] <= 0)] = _LOGLESS
    if raw.weights is not None:
        flags[(flags == 0) & np.isnan(raw.weights)] = _WEIGHTLESS
    flags[list(raw.totals)] = _TOTAL
    return flags


def _cut(matrix: Array, kept: Array, columns: Array) -> Array:
    """Copy what is kept; the matrix itself (perhaps a memory map) when that is everything."""
    if len(columns) < matrix.shape[1]:
        matrix = matrix[:, columns]
    if len(kept) < len(matrix):
        matrix = matrix[kept]
    return matrix if matrix.flags.c_contiguous else np.ascontiguousarray(matrix)


def _rows_left_out(flags: Array) -> tuple[RowsLeftOut, ...]:
    result = []
    for flag, reason in _REASONS.items():
        rows = np.flatnonzero(flags == flag)
        if len(rows):
            result.append(RowsLeftOut(reason, len(rows), tuple(int(r) + 1 for r in rows[:_FIRST_ROWS])))
    return tuple(result)


def _notes_on_rows(raw: Raw, request: Request, columns: Array, flags: Array) -> list[str]:
    """Say which column costs most rows, when more than half of them are gone, and what would keep them."""
    gone = int(np.count_nonzero(flags))
    notes = sentences.costly_column(raw, columns, gaps(raw.matrix, columns)) if 2 * gone > len(flags) else []
    if (flags == _MISSING).any() and request.given is None:
        notes.append(sentences.FILL)
    return notes


def _no_rows(raw: Raw, request: Request, columns: Array) -> str:
    """Say that no row is left, and what helps where it is still open which columns are used, and how."""
    if request.given is not None:
        return sentences.no_new_rows(raw)
    return sentences.no_rows(raw, columns, gaps(raw.matrix, columns))


def _strict_sentence(raw: Raw, columns: Array, flags: Array) -> str:
    flags = flags % _TOTAL
    row = int(np.argmax(flags > 0))
    total = int(np.count_nonzero(flags))
    if flags[row] == _WEIGHTLESS:
        return sentences.strict(raw, row, "no weight", total)
    if flags[row] == _LOGLESS:
        return sentences.strict(raw, row, "a value without a logarithm", total)
    values = raw.matrix[row, columns]
    missing = flags[row] == _MISSING
    worst = int(np.argmax(np.isnan(values) if missing else np.isinf(values)))
    column = quoted(raw.features[columns[worst]].column)
    return sentences.strict(raw, row, f"{'no' if missing else 'an infinite'} value in column {column}", total)
