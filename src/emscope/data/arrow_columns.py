"""Columns of any type as one matrix: what text files, Arrow tables and data frames have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emscope.columns import Array
from emscope.data.content.column import Column, ColumnOptions, questions_about_codes, read_column
from emscope.data.content.column_report import LABELS, NAMES, NOT_ASKED, WEIGHS, ColumnReport
from emscope.data.content.decimal_marks import Marks
from emscope.data.content.missing_values import present
from emscope.data.content.totals import find_totals
from emscope.data.feature import Feature
from emscope.data.raw import Labels, LeftOut, Raw
from emscope.data.request import Roles
from emscope.data.wording import quoted
from emscope.errors import TableError

_MOST_CATEGORIES = 30


def raw_of_columns(
    columns: Sequence[Any],
    roles: Roles,
    source: str,
    *,
    notes: Sequence[str] = (),
    first_line: int | None = None,
    marks: Marks | None = None,
    index: Collection[int] = (),
    labels: Sequence[Any] = (),
) -> Raw:
    """Read Arrow columns as numbers, and say which of them are not.

    There is a column for each name; "not read" stands for one that is not needed, another phrase for one
    that could not be read at all. Without ``marks`` the source has types (data frames, Parquet): there,
    text was meant as text. ``index`` are columns that the source says are the index of a data frame,
    ``labels`` columns that may call a row a total.
    """
    options = ColumnOptions(marks=marks, first_line=first_line, asked=roles.asked)
    found = _read_features(columns, roles, source, options, index)
    places = [i for i in roles.features if roles.asked or found[i].reason is None]
    _refuse_logarithms(roles, places, found, source)
    n = next((len(columns[i]) for i in roles.all if not isinstance(columns[i], str)), 0)
    matrix = np.empty((n, len(places)))
    for j, i in enumerate(places):
        matrix[:, j] = found[i].values
    totals = find_totals(labels, matrix, first_line)
    kept = set(places)
    others = [found[i] for i in roles.features if i not in kept]
    return Raw(
        source=source,
        matrix=matrix,
        features=tuple(_feature(found[i], log=i in roles.log) for i in places),
        asked=roles.asked,
        reports=_reports(columns, found, roles, options, index),
        places=tuple(places),
        weights=_weights(columns, roles, source, options),
        row_names=_row_names(columns, roles, source),
        left_out=tuple(LeftOut(column.name, column.reason or "") for column in others),
        notes=(
            *notes,
            *totals.notes,
            *(note for i in places for note in found[i].notes),
            *questions_about_codes(found[i] for i in places),
        ),
        first_line=first_line,
        labels=_labels(columns, roles, source),
        categories=_categories(columns, roles, found, kept),
        id_column=roles.id_column,
        weights_column=roles.weights_column,
        totals=totals.rows,
    )


def _read_features(
    columns: Sequence[Any], roles: Roles, source: str, options: ColumnOptions, index: Collection[int]
) -> dict[int, Column]:
    """Read every column that may be a feature; one that was asked for must hold numbers."""
    found = {}
    for nth, i in enumerate(roles.features):
        one = replace(options, is_index=i in index and not roles.asked, centered=i not in roles.log)
        if roles.given is not None:
            one = replace(one, reads=roles.given[nth].reads, offset=roles.given[nth].offset)
        found[i] = read_column(columns[i], roles.names[i], one)
        if (roles.asked and found[i].values is None) or _reads_otherwise(found[i], one):
            raise TableError(
                f"the column {quoted(found[i].name)} of {source} holds {found[i].reason or found[i].kind}: "
                "choose columns of numbers."
            )
    return found


def _feature(column: Column, log: bool) -> Feature:
    return Feature(column=column.name, reads=column.reads, offset=column.offset, log=log)


def _reads_otherwise(column: Column, options: ColumnOptions) -> bool:
    """Tell whether a column is of another kind than the one that a given preparation was fitted to."""
    return options.reads is not None and column.reads.split(",")[0] != options.reads.split(",")[0]


def _refuse_logarithms(roles: Roles, places: Collection[int], found: dict[int, Column], source: str) -> None:
    for i in sorted(roles.log.difference(places)):
        raise TableError(
            f"the logarithm of {quoted(found[i].name)} was asked for, but that column of {source} holds "
            f"{found[i].reason}: leave it out of log=."
        )


def _reports(
    columns: Sequence[Any],
    found: dict[int, Column],
    roles: Roles,
    options: ColumnOptions,
    index: Collection[int],
) -> tuple[ColumnReport, ...]:
    """Say what is done with every column of the table; for the features the rest is added later."""
    parts = {roles.row_id: NAMES, roles.label: LABELS, roles.weights: WEIGHS}
    excluded = ("left out: excluded, as asked", "exclude=")
    reports = []
    for i, name in enumerate(roles.names):
        if i in found:
            reports.append(_report_of(found[i]))
            continue
        column = read_column(columns[i], name, replace(options, asked=False, is_index=i in index))
        action, option = parts.get(i, excluded if i in roles.excluded else NOT_ASKED)
        reports.append(replace(_report_of(column), action=action, option=option))
    return tuple(reports)


def _report_of(column: Column) -> ColumnReport:
    return ColumnReport(
        name=column.name,
        kind=column.kind,
        n_missing=column.n_missing,
        low=column.low,
        high=column.high,
        examples=column.examples,
        action=f"left out: {column.reason}",
        option=column.option,
    )


def _weights(columns: Sequence[Any], roles: Roles, source: str, options: ColumnOptions) -> Array | None:
    if roles.weights is None:
        return None
    name = roles.names[roles.weights]
    found = read_column(columns[roles.weights], name, replace(options, asked=True, centered=False))
    if found.values is None or found.reads != "numbers":
        reason = found.reason or "dates"
        raise TableError(
            f"the weights column {quoted(name)} of {source} holds {reason}: weights are numbers."
        )
    return found.values


def _row_names(columns: Sequence[Any], roles: Roles, source: str) -> tuple[str, ...] | None:
    """Read the id column, of any type, as text, empty where a value is missing."""
    if roles.row_id is None:
        return None
    texts = _texts(columns[roles.row_id], roles.names[roles.row_id], source, "id")
    return tuple("" if text is None else text for text in texts)


def _labels(columns: Sequence[Any], roles: Roles, source: str) -> Labels | None:
    if roles.label is None:
        return None
    name = roles.names[roles.label]
    return _encoded(name, pa.array(_texts(columns[roles.label], name, source, "label"), pa.large_string()))


def _categories(
    columns: Sequence[Any], roles: Roles, found: dict[int, Column], kept: Collection[int]
) -> tuple[Labels, ...]:
    """Encode the columns of words that are no features, where different words are few."""
    encoded = []
    for i in roles.features:
        if i not in kept and found[i].kind in ("text", "categories"):
            try:
                words = present(pc.cast(columns[i], pa.large_string()))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # lists, say
                continue
            if 2 <= pc.count_distinct(words).as_py() <= _MOST_CATEGORIES:
                encoded.append(_encoded(roles.names[i], words))
    return tuple(encoded)


def _encoded(name: str, texts: Any) -> Labels:
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    encoded = whole.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    return Labels(name, tuple(encoded.dictionary.to_pylist()), codes)


def _texts(column: Any, name: str, source: str, part: str) -> list[str | None]:
    if isinstance(column, str):
        raise TableError(f"the {part} column {quoted(name)} of {source} holds {column}: choose another.")
    try:
        return list(pc.cast(column, pa.large_string()).to_pylist())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return [None if value is None else str(value) for value in column.to_pylist()]
