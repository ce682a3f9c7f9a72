"""Columns of any type as one matrix: what text files, Arrow tables and data frames have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from emscope.data.content.column import Column, ColumnOptions, read_column
from emscope.data.content.column_report import LABELS, NAMES, NOT_ASKED, WEIGHS, ColumnReport
from emscope.data.content.decimal_marks import Marks
from emscope.data.content.totals import find_totals
from emscope.data.raw import Labels, LeftOut, Raw
from emscope.data.request import Roles
from emscope.data.wording import quoted
from emscope.errors import TableError

Array = npt.NDArray[Any]


def raw_of_columns(
    columns: Sequence[Any],
    names: Sequence[str],
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
    how = ColumnOptions(marks=marks, first_line=first_line, asked=roles.asked)
    found: dict[int, Column] = {}
    for nth, i in enumerate(roles.features):
        one = replace(how, is_index=i in index and not roles.asked, centered=i not in roles.log)
        if roles.given is not None:
            one = replace(one, reads=roles.given[nth].reads, offset=roles.given[nth].offset)
        found[i] = read_column(columns[i], names[i], one)
        if (roles.asked and found[i].values is None) or _reads_otherwise(found[i], one):
            raise TableError(
                f"the column {quoted(names[i])} of {source} holds {found[i].reason or found[i].kind}: "
                "choose columns of numbers."
            )
    features = [i for i in roles.features if roles.asked or found[i].reason is None]
    _refuse_logarithms(roles, features, found, source)
    n = next((len(columns[i]) for i in roles.all if not isinstance(columns[i], str)), 0)
    matrix = np.empty((n, len(features)))
    for j, i in enumerate(features):
        matrix[:, j] = found[i].values
    kept = set(features)
    totals = find_totals(labels, matrix, first_line)
    left_out = [LeftOut(names[i], found[i].reason or "") for i in roles.features if i not in kept]
    return Raw(
        source=source,
        matrix=matrix,
        names=tuple(names[i] for i in features),
        asked=roles.asked,
        weights=_weights(columns, names, roles, source, how),
        row_names=None
        if roles.row_id is None
        else _texts(columns[roles.row_id], names[roles.row_id], source, "id"),
        left_out=tuple(left_out),
        notes=(*notes, *totals.notes, *(note for i in features for note in found[i].notes)),
        first_line=first_line,
        offsets=tuple(found[i].offset for i in features),
        reads=tuple(found[i].reads for i in features),
        log=frozenset(j for j, i in enumerate(features) if i in roles.log),
        labels=None if roles.label is None else _labels(columns[roles.label], names[roles.label], source),
        id_column=None if roles.row_id is None else names[roles.row_id],
        weights_column=None if roles.weights is None else names[roles.weights],
        reports=tuple(
            report_of(found[i])
            if i in found
            else _part_of(i, columns[i], names[i], roles, replace(how, asked=False, is_index=i in index))
            for i in range(len(names))
        ),
        places=tuple(features),
        totals=totals.rows,
    )


def _reads_otherwise(column: Column, how: ColumnOptions) -> bool:
    """Tell whether a column is of another kind than the one that a given preparation was fitted to."""
    return how.reads is not None and column.reads.split(",")[0] != how.reads.split(",")[0]


def _refuse_logarithms(
    roles: Roles, features: Collection[int], found: dict[int, Column], source: str
) -> None:
    for i in sorted(roles.log.difference(features)):
        raise TableError(
            f"the logarithm of {quoted(found[i].name)} was asked for, but that column of {source} holds "
            f"{found[i].reason}: leave it out of log=."
        )


def report_of(column: Column) -> ColumnReport:
    """Say what is done with a column that may be a feature; for those that are, the rest is added later."""
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


def _part_of(i: int, column: Any, name: str, roles: Roles, how: ColumnOptions) -> ColumnReport:
    """Say what is done with a column that is no feature because the caller said so."""
    parts = {roles.row_id: NAMES, roles.label: LABELS, roles.weights: WEIGHS}
    excluded = ("left out: excluded, as asked", "exclude=")
    action, option = parts.get(i, excluded if i in roles.excluded else NOT_ASKED)
    return replace(report_of(read_column(column, name, how)), action=action, option=option)


def _weights(
    columns: Sequence[Any], names: Sequence[str], roles: Roles, source: str, how: ColumnOptions
) -> Array | None:
    if roles.weights is None:
        return None
    name = names[roles.weights]
    found = read_column(columns[roles.weights], name, replace(how, asked=True, centered=False))
    if found.values is None or found.reads != "numbers":
        reason = found.reason or "dates"
        raise TableError(
            f"the weights column {quoted(name)} of {source} holds {reason}: weights are numbers."
        )
    return found.values


def _texts(column: Any, name: str, source: str, part: str) -> tuple[str, ...]:
    """Read an Arrow column of any type as text, empty where a value is missing."""
    return tuple("" if text is None else text for text in _as_text(column, name, source, part))


def _as_text(column: Any, name: str, source: str, part: str) -> list[str | None]:
    if isinstance(column, str):
        raise TableError(f"the {part} column {quoted(name)} of {source} holds {column}: choose another.")
    try:
        return list(pc.cast(column, pa.large_string()).to_pylist())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return [None if value is None else str(value) for value in column.to_pylist()]


def _labels(column: Any, name: str, source: str) -> Labels:
    encoded = pa.array(_as_text(column, name, source, "label"), pa.large_string()).dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    return Labels(name, tuple(encoded.dictionary.to_pylist()), codes)
