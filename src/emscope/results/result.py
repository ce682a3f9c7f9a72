"""What all results of studies have in common: a sentence and a table, shown as text and as HTML."""

from __future__ import annotations

import html
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pyarrow as pa

from emscope.wording import as_utf8, counted, number, one_line

_MOST_ROWS = 20  # that are shown; the table has all
_LONGEST_CELL = 30
_GAP = "  "


class Result:
    """What a study found: a frozen dataclass of plain arrays, which says itself in a sentence and a table."""

    __slots__ = ()

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The answer and its doubt."""

    @abstractmethod
    def _columns(self) -> Mapping[str, Any]:
        """Return the columns of the table by their names."""

    @property
    def table(self) -> pa.Table:
        """The evidence, one column per quantity; empty where a number does not exist."""
        return pa.table({as_utf8(name): column(values) for name, values in self._columns().items()})

    def text(self, width: int = 80) -> str:
        """Return the sentence and the table for a terminal.

        Parameters
        ----------
        width : int
            Characters of a line; columns that do not fit are left off, and their number is said.

        Returns
        -------
        str
        """
        return f"{fill(self.sentence, width)}\n\n{_lines(_cells(self._columns()), self._n_rows(), width)}"

    def __str__(self) -> str:
        return self.text()

    def _n_rows(self) -> int:
        return len(next(iter(self._columns().values())))

    def _repr_html_(self) -> str:
        """Return the sentence and the table for a notebook."""
        cells = _cells(self._columns())
        head = "".join(f"<th>{html.escape(name)}</th>" for name in cells)
        lines = zip(*cells.values(), strict=True)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in line)}</tr>" for line in lines
        )
        more = _more(max(self._n_rows() - _MOST_ROWS, 0), "row")
        return (
            f"<p>{html.escape(self.sentence)}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{f'<p>{more}</p>' if more else ''}"
        )


def column(values: Any) -> pa.Array:
    """Return a column for Arrow: NaN is no number, so nothing stands there."""
    if isinstance(values, pa.Array):
        return values
    if isinstance(values, list):
        return pa.array([as_utf8(value) if isinstance(value, str) else value for value in values])
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values)


def _cells(columns: Mapping[str, Any]) -> dict[str, list[str]]:
    return {one_line(name): [_cell(value) for value in _first(values)] for name, values in columns.items()}


def _first(values: Any) -> Sequence[Any]:
    first: Sequence[Any] = values[:_MOST_ROWS]
    return first.to_pylist() if isinstance(first, pa.Array) else first


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    return one_line(str(value), _LONGEST_CELL)


def _lines(cells: Mapping[str, Sequence[str]], n_rows: int, width: int) -> str:
    """Set the columns beside each other, numbers to the right."""
    shown: list[list[str]] = []
    used = 0
    for name, column in cells.items():
        size = max(map(len, (name, *column)))
        if shown and used + len(_GAP) + size > width:
            break
        used += size + (len(_GAP) if shown else 0)
        right = all(not cell or cell[0] in "-0123456789" for cell in column)
        shown.append([cell.rjust(size) if right else cell.ljust(size) for cell in (name, *column)])
    lines = [_GAP.join(line).rstrip() for line in zip(*shown, strict=True)]
    left = len(cells) - len(shown)
    said = (_more(n_rows - len(lines) + 1, "row"), _more(left, "column"))
    return "\n".join([*lines, *(fill(line, width) for line in said if line)]) + "\n"


def _more(count: int, noun: str) -> str:
    return f"… and {counted(count, f'more {noun}')} in the table" if count else ""
