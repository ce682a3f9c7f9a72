"""Single rows: which are odd, which lie on a border, and values that look like codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.columns import Array
from emscope.results.result import Result
from emscope.wording import counted, number, one_line

_NAMED = 3  # rows or codes in a sentence
_OURS = {"cluster", "distance", "next cluster", "margin", "simplified silhouette", "log density", "certainty"}


@dataclass(frozen=True, slots=True)
class Code:
    """A value that looks like a code for something else than a measurement."""

    feature: str
    value: float
    count: int
    """Number of rows that have it."""
    column: int
    """Which feature it is, counted from 0."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A cluster nearly all of whose rows have a code."""

    cluster: int
    code: Code
    count: int
    """Number of its rows that have it."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is strangest about a row: a feature, its value, and how its cluster lies."""

    row: int
    feature: str
    value: float
    middle: float
    """Median of the row's cluster."""
    log_of: str | None = None
    """The column whose logarithm the feature is."""

    @property
    def told(self) -> tuple[str, float, float]:
        """Name, value and middle in the units of the column."""
        if self.log_of is None:
            return self.feature, self.value, self.middle
        return self.log_of, float(np.exp(self.value)), float(np.exp(self.middle))


@dataclass(frozen=True, slots=True, eq=False)
class Rows(Result):
    """What a fitted model says of single rows, as :func:`emscope.study.rows` finds it.

    Attributes
    ----------
    labels : ndarray of shape (n,)
        The cluster of each row.
    distance : ndarray of shape (n,)
        How far it is from its own center; of a mixture in Mahalanobis distance.
    next_cluster : ndarray of shape (n,)
        The cluster whose center is second nearest, or the second likeliest component; -1 for none.
    margin : ndarray of shape (n,)
        How much farther the next center is, or how much the two largest responsibilities differ.
    silhouette : ndarray of shape (n,) or None
        The simplified silhouette, from 0 (between two) to 1; None for a mixture.
    log_density : ndarray of shape (n,) or None
        Of a mixture, the log-likelihood of each row.
    certainty : ndarray of shape (n,) or None
        Of a mixture, the responsibility of its own component.
    oddness : ndarray of shape (n,)
        How far the distance (of a mixture: minus the log-density) lies above the median, in robust standard
        deviations: of the cluster, of a mixture of all rows.
    odd : ndarray
        Numbers of the rows whose oddness is above 3.5, oddest first, counted from 0 among the rows that were
        given.
    border : ndarray
        Numbers of the rows with a simplified silhouette below 0.1, of a mixture with a certainty below 0.9,
        the most undecided first.
    codes : tuple of Code
        Values that look like codes: feature, value and count.
    coded : tuple of Coded
        Clusters nearly all of whose rows have one of these.
    oddities : tuple of Oddity
        What is strangest about the oddest rows.
    sizes : ndarray of shape (k,)
        Rows in each cluster.
    numbers : ndarray of shape (n,)
        The number of each row in its table, counted from 0.
    n_rows : int
        Number of rows of the table, of which some may have been left out.
    first : int
        From where rows are counted for people: 1 in a table, 0 in an array.
    id_column : str or None
        The column that names the rows.
    names : tuple of str or None
        The name of each row of the table, from that column or from the index of a pandas frame.
    """

    labels: Array
    distance: Array
    next_cluster: Array
    margin: Array
    silhouette: Array | None
    log_density: Array | None
    certainty: Array | None
    oddness: Array
    odd: Array
    border: Array
    codes: tuple[Code, ...]
    coded: tuple[Coded, ...]
    oddities: tuple[Oddity, ...]
    sizes: Array
    numbers: Array
    n_rows: int
    first: int = 0
    id_column: str | None = None
    names: tuple[str, ...] | None = None

    def name(self, row: int) -> str:
        """Return what a row is called, one of those that were given."""
        place = int(self.numbers[row])
        if self.names is None:
            return f"row {place + self.first:,}"
        name = one_line(self.names[place], 30)
        is_number = self.id_column is None and name.removeprefix("-").isdigit()
        return f"row {name}" if is_number else name

    @property
    def sentence(self) -> str:
        """Which rows are odd, which are undecided, and which values to doubt."""
        return " ".join((*self._of_codes(), self._of_odd(), *self._of_border()))

    def _of_codes(self) -> list[str]:
        told = [
            f"Cluster {one.cluster} is {counted(int(self.sizes[one.cluster]), 'row')}, "
            f"{self._how_many(one)} {spelled(one.code.value)} in {one_line(one.code.feature)}."
            for one in self.coded
        ]
        if self.codes:
            shown = [
                f"{spelled(code.value)} in {one_line(code.feature)} ({counted(code.count, 'row')})"
                for code in self.codes[:_NAMED]
            ]
            more = len(self.codes) - _NAMED
            listed = ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
            what = "a code, not a measurement" if len(self.codes) == 1 else "codes, not measurements"
            verb = "looks" if len(self.codes) == 1 else "look"
            told.append(f"{listed} {verb} like {what}: leave such values out, or call them missing.")
        return told

    def _how_many(self, one: Coded) -> str:
        size = int(self.sizes[one.cluster])
        if one.count == size:
            return "of which every one has" if size > 1 else "which has"
        return f"of which {one.count:,} have"

    def _of_odd(self) -> str:
        if not len(self.odd):
            return "No row is odd for its cluster." if self.log_density is None else "No row is odd."
        shown = ", ".join(
            f"{self.name(one.row)} ({one_line(name)} {number(value)}, where the middle of its cluster has "
            f"{number(middle)})"
            for one, (name, value, middle) in ((one, one.told) for one in self.oddities)
        )
        verb = "is" if len(self.odd) == 1 else "are"
        how = "far from its center for its cluster" if len(self.odd) == 1 else "far from their centers"
        if self.log_density is not None:
            how = "where the mixture has hardly any density"
        most = "" if len(self.odd) <= len(self.oddities) else ", the oddest"
        return f"{counted(len(self.odd), 'row')} of {len(self.labels):,} {verb} {how}{most}: {shown}."

    def _of_border(self) -> list[str]:
        if len(self.sizes) == 1:
            return []
        what = (
            "have a simplified silhouette below 0.1"
            if self.certainty is None
            else "are less than 90 % certain"
        )
        if len(self.border) < 2:
            what = what.replace("have", "has").replace("are", "is")
        if not len(self.border):
            return [f"No row {what}."]
        shown = ", ".join(
            f"{self.name(int(row))} between {self.labels[row]} and {self.next_cluster[row]}"
            for row in self.border[:_NAMED]
        )
        most = "" if len(self.border) <= _NAMED else ", the most undecided"
        return [f"{counted(len(self.border), 'row')} {what}{most}: {shown}."]

    def _columns(self) -> Mapping[str, Any]:
        """Every row of the table in its order; nothing where it was left out."""
        if self.names is None:
            named: dict[str, Any] = {"row": np.arange(self.n_rows) + self.first}
        else:
            named = {self._id_name(): list(self.names)}
        optional = {
            "simplified silhouette": self.silhouette,
            "log density": self.log_density,
            "certainty": self.certainty,
        }
        return named | {
            "cluster": self._clusters(self.labels),
            "distance": self._figures(self.distance),
            "next cluster": self._clusters(self.next_cluster),
            "margin": self._figures(self.margin),
            **{name: self._figures(values) for name, values in optional.items() if values is not None},
        }

    def _id_name(self) -> str:
        """Return the column that names the rows, whose name is none of ours."""
        name = self.id_column or "index"
        return f"{name} (id)" if name.strip().casefold() in _OURS else name

    def _figures(self, values: Array) -> Array:
        """Put figures where their rows are in the table."""
        spread = np.full(self.n_rows, np.nan)
        spread[self.numbers] = values
        return spread

    def _clusters(self, values: Array) -> pa.Array:
        """Put numbers of clusters where their rows are in the table; -1 stands for none."""
        spread = np.full(self.n_rows, -1, np.int32)
        spread[self.numbers] = values
        return pa.array(spread, mask=spread < 0)


def spelled(value: float) -> str:
    """Return a code as it stands in a file.

    >>> spelled(-9999.0), spelled(99.9)
    ('-9999', '99.9')
    """
    return f"{value:.15g}"
