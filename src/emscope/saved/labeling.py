"""New rows of a model's table: read as those of the fit were, labeled, and compared with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from emscope.columns import Array
from emscope.data.preparation import Preparation
from emscope.data.read import read_table
from emscope.data.table import RowsLeftOut, Table
from emscope.data.wording import listed
from emscope.errors import TableError
from emscope.estimators import SphericalKMeans
from emscope.estimators.rows import RowFigures, row_figures
from emscope.saved.model import Reference, SavedModel, locations, nameless
from emscope.wording import counted

FAR = 0.99
"""The quantile of the fit's distances beyond which a row is far from its center."""

_RARE = 1e-3  # probability up to which chance is no explanation
_NOTICEABLE = 0.05  # part of the rows that other shares move to another cluster
_FIRST_ROWS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Labeled:
    """New rows and what a model says of them.

    Attributes
    ----------
    table : Table
        The rows, with those that were left out.
    figures : RowFigures
        One entry per kept row.
    counts : ndarray of shape (k,)
        Kept rows in each cluster.
    far : float or None
        The share of rows that are farther from their center than 99 % of the rows of the fit were; None where
        these are not known.
    doubts : tuple of str
        In which way the rows differ from those of the fit, one sentence each.
    """

    table: Table
    figures: RowFigures
    counts: Array
    far: float | None = None
    doubts: tuple[str, ...] = ()


def label(saved: SavedModel, source: Any, *, id_column: str | None = None, **reading: Any) -> Labeled:
    """Read new rows as those of the fit were read, find their columns by name, and label them.

    Parameters
    ----------
    saved : SavedModel
    source : path-like, data frame or array
        As :func:`read_table` takes it.
    id_column : str, optional
        The column that names the rows; by default the one that named those of the fit, if it is there.
    **reading
        Options of :func:`read_table` about how a file is written; by default those of the fit.

    Returns
    -------
    Labeled

    Raises
    ------
    TableError
        The source cannot be read, or has not all columns that the model needs.
    """
    table = _read(saved, source, id_column, {**saved.reading, **_given(reading)})
    if isinstance(saved.estimator, SphericalKMeans):
        table = _without_zero_rows(table)
    figures = row_figures(nameless(saved.estimator), table.matrix)
    counts = np.bincount(figures.labels, minlength=len(locations(saved.estimator)))
    if saved.reference is None:
        return Labeled(table, figures, counts)
    n_far = int(np.count_nonzero(figures.distance > saved.reference.distance_at(FAR)))
    doubts = [
        *_doubt_about_distances(saved.reference, n_far, len(table.kept)),
        *_doubt_about_shares(saved, counts),
    ]
    return Labeled(table, figures, counts, n_far / len(table.kept), tuple(doubts))


def _given(reading: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reading.items() if value is not None and value != ()}


def _read(saved: SavedModel, source: Any, id_column: str | None, reading: Mapping[str, Any]) -> Table:
    if saved.names is None:
        return _read_by_order(saved, source, id_column, reading)
    dtype = locations(saved.estimator).dtype.name
    preparation = saved.preparation or Preparation.plain(saved.names, dtype)
    if id_column is not None or saved.id_column is None:
        return read_table(source, preparation=preparation, id_column=id_column, **reading)
    try:
        return read_table(source, preparation=preparation, id_column=saved.id_column, **reading)
    except TableError:  # next month's table may do without
        return read_table(source, preparation=preparation, **reading)


def _read_by_order(
    saved: SavedModel, source: Any, id_column: str | None, reading: Mapping[str, Any]
) -> Table:
    """Read a table for a model that knows no names: there must be as many columns of measurements."""
    d = locations(saved.estimator).shape[1]
    table = read_table(source, id_column=id_column, **reading)
    if table.matrix.shape[1] != d:
        raise TableError(
            f"the model needs {counted(d, 'feature')} and knows no names, and the table has "
            f"{table.matrix.shape[1]:,} ({listed(table.feature_names)}): save it with the table that it was "
            "fitted to (save_model(..., table=table)), or give a table of its features alone."
        )
    note = f"The model knows no names, so columns are taken in their order: {listed(table.feature_names)}."
    matrix = table.matrix.astype(locations(saved.estimator).dtype, copy=False)
    return dataclasses.replace(table, matrix=matrix, notes=(*table.notes, note))


def _without_zero_rows(table: Table) -> Table:
    """Leave out rows of length 0, which have no direction."""
    there = table.matrix.any(axis=1)
    if there.all():
        return table
    zero = table.kept[~there]
    if not there.any():
        raise TableError("every row that has all values is 0 in all features, and has no direction.")
    left_out = RowsLeftOut("length of 0", len(zero), tuple(int(row) + 1 for row in zero[:_FIRST_ROWS]))
    return dataclasses.replace(
        table,
        matrix=table.matrix[there],
        values=table.values[there],
        kept=table.kept[there],
        rows_left_out=(*table.rows_left_out, left_out),
    )


def _doubt_about_distances(reference: Reference, n_far: int, n: int) -> list[str]:
    """Say so if more rows are far from their centers than chance explains."""
    # of rows like those of the fit about 1 % are; of a small fit that quantile is itself uncertain
    expected = 1 - FAR
    most = expected + 3 * float(np.sqrt(expected * FAR / reference.counts.sum()))
    if stats.binom.sf(n_far - 1, n, min(most, 1.0)) >= _RARE:
        return []
    return [
        f"{n_far:,} of {counted(n, 'row')} farther from their center than {FAR:.0%} of the rows of the fit "
        "were is more than chance explains: they may be of a kind that the model does not know, or a column "
        "may have changed its unit or its meaning."
    ]


def _doubt_about_shares(saved: SavedModel, counts: Array) -> list[str]:
    """Say so if clusters have other shares than at the fit, and which one has gained or lost most."""
    assert saved.reference is not None  # asked for where it is known
    then, n = saved.reference.counts, int(counts.sum())
    there = (then + counts) > 0
    shares, before = counts / n, saved.reference.shares
    change = shares - before
    if np.abs(change).sum() / 2 < _NOTICEABLE or there.sum() < 2:
        return []
    if stats.chi2_contingency(np.array([then[there], counts[there]])).pvalue >= _RARE:
        return []
    most = int(np.abs(change).argmax())
    noun = saved.card.noun
    return [
        f"The {noun}s have other shares than at the fit: {noun} {most} has {shares[most]:.1%} of the rows "
        f"and had {before[most]:.1%}; if rows are drawn independently, chance alone would do that less than "
        f"once in {round(1 / _RARE):,} times."
    ]
