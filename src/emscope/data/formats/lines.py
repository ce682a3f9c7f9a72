"""Lines of a text table, and the rows of values on them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_DRAWN = frozenset("|+:=~* \t;,─═│┼┌┐└┘├┤┬┴╔╗╚╝╠╣_-")
_STROKES = ("---", "===", "───", "═══", "___", ":-", "-:")
_ERROR = re.compile(r"#(?:[A-ZÄÖÜÉ/]+[0-9]?[!?]|N/?[AVD]\b)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file."""

    number: int  # counted from 1
    text: str  # without its ending


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one row, and the lines it stands on."""

    first: int  # lines of the file, counted from 1
    last: int
    cells: tuple[str, ...]  # the values, stripped


def is_rule(text: str) -> bool:
    """Tell whether a line only draws a line, as under the header of a table in Markdown."""
    return any(stroke in text for stroke in _STROKES) and _DRAWN.issuperset(text)


def begins_comment(text: str, mark: str) -> bool:
    """Tell whether a line begins as comments do, and not with a spreadsheet's error such as ``#N/A``."""
    text = text.lstrip().removeprefix('"')
    return text.startswith(mark) and not (mark == "#" and _ERROR.match(text))


def is_nothing(text: str) -> bool:
    """Tell whether a line holds no value: it is empty, or draws a line."""
    return not text.strip() or is_rule(text)


def rows_of(lines: Sequence[Line], separator: str) -> list[Row]:
    """Split lines into rows of values, leaving out those without any."""
    texts = (tabbed(line.text) if separator == " " else line.text + "\n" for line in lines)
    reader = csv.reader(texts, delimiter="\t" if separator == " " else separator)
    rows: list[Row] = []
    try:
        start = 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                values = tuple(cell.strip() for cell in cells)
                rows.append(Row(lines[start].number, lines[reader.line_num - 1].number, values))
            start = reader.line_num
    except csv.Error:  # a value longer than the module takes
        return [
            Row(line.number, line.number, tuple(cell.strip() for cell in line.text.split(separator)))
            for line in lines
            if line.text.strip()
        ]
    return rows


def tabbed(line: str) -> str:
    """Put one tab between values that are separated by blanks, outside quotes."""
    if '"' not in line:
        return "\t".join(line.split()) + "\n"
    return re.sub(r'("[^"]*")|[ \t]+', lambda found: found[1] or "\t", line.strip(" \t\n")) + "\n"


def numbered(texts: Iterable[str], first: int = 1) -> Iterator[Line]:
    """Give lines their numbers."""
    for number, text in enumerate(texts, start=first):
        yield Line(number, text)
