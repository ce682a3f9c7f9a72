"""What reading a table gives: a matrix, how it came about, and what was left out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from emscope.columns import Array
from emscope.data.content.column_report import ColumnReport
from emscope.data.preparation import Preparation
from emscope.data.raw import Labels, LeftOut
from emscope.data.wording import in_options, listed
from emscope.wording import counted


@dataclass(frozen=True, slots=True)
class RowsLeftOut:
    """Rows that were left out for one reason.

    Attributes
    ----------
    reason : str
        What they have in common: "missing value", "infinite value", "missing weight", "total of rows above",
        or, where a preparation was given, "value without a logarithm".
    count : int
        How many they are.
    first_rows : tuple of int
        The first few of them, numbered from 1.
    """

    reason: str
    count: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table as numbers, and what was left out to get there.

    Attributes
    ----------
    matrix : ndarray of shape (n_kept, d)
        What is fitted: the kept rows of the features as ``preparation`` makes them, C-contiguous
        float64 (float32 where an array file holds that).
    feature_names : tuple of str
        One name per feature.
    id_column : str or None
        The column that names the rows.
    row_names : tuple of str or None
        Names of all rows of the table, from that column, or from the index of a pandas frame.
    weights : ndarray of shape (n_kept,) or None
        Weights of the kept rows, from the weights column.
    kept : ndarray of shape (n_kept,)
        Which rows of the table were kept, counted from 0.
    n_rows : int
        Number of rows of the table.
    columns_left_out : tuple of LeftOut
        Columns that are not features, and why.
    rows_left_out : tuple of RowsLeftOut
        Rows that cannot be used, counted for each reason.
    notes : tuple of str
        What was guessed or deserves a line, one sentence each.
    weights_column : str or None
        The column of weights.
    first_line : int or None
        Line of the file that holds row 1, where every row is one line; row r is then on line
        ``first_line + r - 1``.
    labels : Labels or None
        The label column.
    categories : tuple of Labels
        Columns of a few different words, which are no features.
    columns : tuple of ColumnReport
        Every column of the source in its order: what it is, what is done with it and why.
    preparation : Preparation
        How columns became features; applied again to new rows to the bit.
    values : ndarray of shape (n_kept, d)
        The matrix in the units of the table, before it is divided by standard deviations; integers
        beyond 2^53 are measured from an offset in it, as ``measured_names`` say.
    """

    matrix: Array
    feature_names: tuple[str, ...]
    weights: Array | None
    kept: Array
    n_rows: int
    id_column: str | None = None
    row_names: tuple[str, ...] | None = None
    columns_left_out: tuple[LeftOut, ...] = ()
    rows_left_out: tuple[RowsLeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    weights_column: str | None = None
    first_line: int | None = None
    labels: Labels | None = None
    categories: tuple[Labels, ...] = ()
    columns: tuple[ColumnReport, ...] = ()
    preparation: Preparation = field(default=None)  # type: ignore[assignment]  # set below
    values: Array = field(default=None)  # type: ignore[arg-type]  # set below

    def __post_init__(self) -> None:
        if self.preparation is None:
            plain = Preparation.plain(self.feature_names, self.matrix.dtype.name)
            object.__setattr__(self, "preparation", plain)
        if self.values is None:
            object.__setattr__(self, "values", self.matrix)

    def __repr__(self) -> str:
        n, d = self.matrix.shape
        return f"<Table of {counted(n, 'row')}, {counted(d, 'feature')}: {listed(self.feature_names, 6)}>"

    @property
    def kept_names(self) -> tuple[str, ...] | None:
        """Names of the kept rows."""
        return None if self.row_names is None else tuple(self.row_names[i] for i in self.kept)

    @property
    def measured_names(self) -> tuple[str, ...]:
        """Names of the features as ``values`` has them: ``"account - 1152921504606846976"``."""
        return self.preparation.measured_names

    def standardized(self) -> Table:
        """Return the table with its features divided by their standard deviations.

        Returns
        -------
        Table
        """
        preparation = self.preparation.standardized(self.values, self.weights)
        matrix = self.values / preparation.scale
        return dataclasses.replace(self, matrix=matrix, preparation=preparation)

    def in_options(self) -> Table:
        """Return the table with its sentences in the words of the command line.

        Returns
        -------
        Table
        """
        return dataclasses.replace(
            self,
            notes=tuple(map(in_options, self.notes)),
            columns_left_out=tuple(
                LeftOut(left.name, in_options(left.reason)) for left in self.columns_left_out
            ),
            columns=tuple(
                dataclasses.replace(one, action=in_options(one.action), option=in_options(one.option))
                for one in self.columns
            ),
        )
