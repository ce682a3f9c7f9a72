"""A table read as numbers, whatever it came from, before any rule about its rows."""

from __future__ import annotations

from dataclasses import dataclass

from emscope.columns import Array
from emscope.data.content.column_report import ColumnReport
from emscope.data.feature import Feature
from emscope.data.wording import listed, row_and_line


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that is not among the features.

    Attributes
    ----------
    name : str
        The column.
    reason : str
        Why it was left out, e.g. ``"text, such as 'Adelie' in row 1"``.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A column that is never clustered, for colors and cross-tables.

    Attributes
    ----------
    column : str
    names : tuple of str
        Its different values, in the order in which they first occur.
    codes : ndarray of shape (n_rows,)
        Which of them each row of the table has, -1 for none.
    """

    column: str
    names: tuple[str, ...]
    codes: Array

    def __repr__(self) -> str:
        return f"<Labels {self.column!r} of {len(self.codes):,} rows: {listed(self.names, 6)}>"


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """A table read as numbers, before any rule about rows: NaN where a value is missing."""

    source: str  # what to call the table
    matrix: Array  # (n, d): the features, each measured from its offset
    features: tuple[Feature, ...]  # what is known of them before their numbers are looked at
    asked: bool  # whether they were asked for by name
    reports: tuple[ColumnReport, ...]  # every column of the source; those of features are not finished
    places: tuple[int, ...]  # which of them each feature is
    weights: Array | None = None
    row_names: tuple[str, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    first_line: int | None = None
    labels: Labels | None = None
    categories: tuple[Labels, ...] = ()  # columns of words that were left out, where these are few
    id_column: str | None = None
    weights_column: str | None = None
    totals: tuple[int, ...] = ()  # rows that sum up others, counted from 0

    def where(self, row: int) -> str:
        """Name a row (counted from 0) for people."""
        return row_and_line(row, self.first_line)
