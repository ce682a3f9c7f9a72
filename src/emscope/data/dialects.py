"""Guess how a text table is written from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.cells import MISSING_SPELLINGS
from emscope.errors import TableError

# where several fit, a comma may be a decimal mark or part of a text; the others rarely are
_SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "vertical bar", ",": "comma"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written.

    Attributes
    ----------
    separator : str
        Between two values; a blank stands for any number of blanks and tabs.
    decimal : str
        The decimal mark, ``"."`` or ``","``.
    has_header : bool
        Whether the first line holds the names of the columns.
    first_row : tuple of str
        The values of the first line.
    blank_lines : int
        Empty lines before it.
    notes : tuple of str
        What was guessed and is not the usual.
    """

    separator: str
    decimal: str
    has_header: bool
    first_row: tuple[str, ...]
    blank_lines: int
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: the header, or x1, x2, ... where there is none."""
        if self.has_header:
            return tuple(name.strip() for name in self.first_row)
        return tuple(f"x{i}" for i in range(1, len(self.first_row) + 1))


def guess(sample: str, separator: str | None, source: str) -> Dialect:
    """Guess how a table is written from a sample of whole lines.

    Parameters
    ----------
    sample : str
        The first lines of the file.
    separator : str or None
        What separates the values, where it is known.
    source : str
        What to call the file in notes.

    Returns
    -------
    Dialect
    """
    lines = sample.split("\n")
    blank_lines = next(i for i, line in enumerate(lines) if line.strip())
    lines = lines[blank_lines : blank_lines + _MOST_LINES]
    notes = []
    if separator is None:
        separator = _guess_separator(lines)
        if separator != ",":
            notes.append(f"{source} is read with a {_SEPARATORS.get(separator, 'blank')} between values.")
    rows = split(lines, separator)
    if not rows:
        raise TableError(
            f"{source} holds separators and no values in its first lines: there is no table in it."
        )
    decimal = _guess_decimal(rows[1:] or rows, separator)
    if decimal == ",":
        notes.append(f"{source} is read with a comma as the decimal mark.")
    has_header = not _looks_like_data(rows)
    if not has_header:
        notes.append(f"{source} has no header: its columns are called x1 to x{len(rows[0])}.")
    return Dialect(separator, decimal, has_header, tuple(rows[0]), blank_lines, tuple(notes))


def split(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Split lines into values, leaving out blank ones."""
    whole = map(tabbed, lines) if separator == " " else (line + "\n" for line in lines)
    try:
        rows = list(csv.reader(whole, delimiter="\t" if separator == " " else separator))
    except csv.Error:  # a value longer than the module takes
        return [line.split(separator) for line in lines if line.strip()]
    return [row for row in rows if any(value.strip() for value in row)]


def tabbed(line: str) -> str:
    """Put one tab between values that are separated by blanks, outside quotes."""
    if '"' not in line:
        return "\t".join(line.split()) + "\n"
    return re.sub(r'("[^"]*")|[ \t]+', lambda found: found[1] or "\t", line.strip(" \t\n")) + "\n"


def _guess_separator(lines: Sequence[str]) -> str:
    """Take the separator that gives most lines the same number of values, more than one."""
    best, agreement = "", 0.0
    for candidate in (*_SEPARATORS, " "):
        if candidate == " " and best:
            break
        counts = Counter(len(row) for row in split(lines, candidate)) or Counter([1])
        width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
        share = times / counts.total()
        if width > 1 and share > agreement and (candidate != " " or share == 1.0):
            best, agreement = candidate, share
    return best or ","


def _guess_decimal(rows: Sequence[Sequence[str]], separator: str) -> str:
    if separator == ",":
        return "."
    values = [value.strip() for row in rows for value in row]
    commas = sum(_DECIMAL_COMMA.fullmatch(value) is not None for value in values)
    points = sum(_DECIMAL_POINT.fullmatch(value) is not None for value in values)
    return "," if commas > points else "."


def _is_number(value: str) -> bool:
    return _NUMBER.fullmatch(value.strip()) is not None


def _is_missing(value: str) -> bool:
    return value.strip().lower() in MISSING_SPELLINGS


def _looks_like_data(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first line is a row like those below it.

    It is when it has numbers wherever they have numbers, and every text in it occurs again in its
    column (as the name of a species would, and the name of a column would not).
    """
    first, below = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if not any(_is_number(value) for value in first):
        return False
    if not first[0].strip() and [value.strip() for value in first[1:]] == [
        str(i) for i in range(len(first) - 1)
    ]:
        return False  # the header that pandas writes for columns without names
    return all(_fits(value, [row[column] for row in below]) for column, value in enumerate(first))


def _fits(value: str, below: Sequence[str]) -> bool:
    """Tell whether a value of the first line is like those below it."""
    if _is_missing(value):
        return any(_is_number(other) for other in below)
    return _is_number(value) or value.strip() in {other.strip() for other in below}
