"""Guess what separates the values of a text table, and split its lines."""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from emscope.data.content.cells import Marks, spell_numbers

# where several fit, a comma may be a decimal mark or part of a text; the others rarely are
_SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "vertical bar", ",": "comma"}
_TOLD = re.compile(r'"?sep=(.|\\t)"?[;,\t]*', re.IGNORECASE)
_DRAWN = frozenset("|+:=~* \t;,─═│┼┌┐└┘├┤┬┴╔╗╚╝╠╣_-")
_STROKES = ("---", "===", "───", "═══", "___", ":-", "-:")
_ERROR = re.compile(r"#(?:[A-ZÄÖÜÉ/]+[0-9]?[!?]|N/?[AVD]\b)")
_COMMA_NUMBER = re.compile(r"[-+]?[0-9]+,[0-9]+")
_ENOUGH = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file.

    Attributes
    ----------
    number : int
        Which, counted from 1.
    text : str
        Without its ending.
    """

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one row, and the lines it stands on.

    Attributes
    ----------
    first, last : int
        Lines, counted from 1.
    cells : tuple of str
        The values, stripped.
    """

    first: int
    last: int
    cells: tuple[str, ...]


def told_separator(text: str) -> str | None:
    """Read the line ``sep=;`` with which a file tells spreadsheet programs its separator."""
    found = _TOLD.fullmatch(text.strip("\ufeff \r\n"))
    return None if found is None else found[1].replace("\\t", "\t")


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


def guess_separator(lines: Sequence[Line], source: str) -> tuple[str, tuple[str, ...]]:
    """Take the separator that gives most lines the same number of values, more than one.

    A line that holds a number counts more, so that sentences above and below the table do not decide.
    """
    lines = lines[:_ENOUGH]
    best, most = "", 0
    for candidate in _SEPARATORS:
        score = _score(rows_of(lines, candidate))
        if score > most:
            best, most = candidate, score
    if best in ("", ",", "\t") and _separated_by_blanks(lines, best):
        best = " "
    if best == "," and (one := _one_column(lines)):
        if one == "headed":
            return "\t", (f"{source} is read as one column of numbers; separator=',' reads several.",)
        return ",", (f"{source} is read as two columns; separator=';' reads one, of numbers such as 1,5.",)
    if best in ("", ","):
        return ",", ()
    name = _SEPARATORS.get(best, "blank")
    return best, (f"{source} is read with a {name} between values; separator= names another.",)


def _score(rows: Sequence[Row]) -> int:
    """Weigh the lines that have the most usual number of values, if that is more than one."""
    bare = [row.cells for row in rows]
    numbers = iter(spell_numbers([cell for cells in bare for cell in cells]))
    weights: Counter[int] = Counter()
    for cells in bare:
        weights[len(cells)] += 3 if any(list(itertools.islice(numbers, len(cells)))) else 1
    weights.pop(1, None)
    return max(weights.values(), default=0)


def _separated_by_blanks(lines: Sequence[Line], best: str) -> bool:
    """Tell whether blanks make a table of the lines: all of one width, but for text above and below."""
    rows = rows_of(lines, " ")
    if rows and len(rows[0].cells) == 1 and all(spell_numbers([line.text for line in lines[1:]])):
        return False  # one column of numbers with blanks for thousands
    widths = Counter(len(row.cells) for row in rows[1:] or rows)
    width = max(widths, key=lambda one: (widths[one], one), default=1)
    inside = [i for i, row in enumerate(rows) if len(row.cells) == width]
    if width == 1 or any(len(row.cells) != width for row in rows[inside[0] : inside[-1]]):
        return False
    if best == "\t" and 2 * sum("\t" in line.text.strip() for line in lines) > len(lines):
        return False  # blanks inside of its values
    shares = [_share_of_numbers((rows[i].cells for i in inside), Marks(thousands=""))]
    if best:
        shares.append(_share_of_numbers((row.cells for row in rows_of(lines, best)), Marks()))
        return shares[0] > shares[1] and shares[0] > 0.5
    return len(inside) == len(rows) or shares[0] > 0.5 or _lacks_one_name(rows, width)


def _lacks_one_name(rows: Sequence[Row], width: int) -> bool:
    """Tell whether R wrote the rows, with names of their own that the header has none for."""
    starts = {row.cells[0] for row in rows[1:]}
    alike = all(len(row.cells) == width for row in rows[1:])
    return alike and len(rows[0].cells) == width - 1 and len(starts) == len(rows) - 1 > 1


def _share_of_numbers(rows: Iterable[Sequence[str]], marks: Marks) -> float:
    texts = [cell for cells in rows for cell in cells]
    return sum(spell_numbers(texts, marks)) / max(len(texts), 1)


def _one_column(lines: Sequence[Line]) -> str | None:
    """Tell whether lines such as ``1,5`` are one column of numbers: "headed" under a header, or "bare"."""
    texts = [line.text.strip().removeprefix('"').removesuffix('"') for line in lines if line.text.strip()]
    numbers = spell_numbers(texts)
    first = numbers.index(True) if True in numbers else len(texts)
    with_comma = [number for text, number in zip(texts, numbers, strict=True) if "," in text]
    if any("," in text for text in texts[:first]) or 10 * sum(with_comma) < 9 * len(with_comma):
        return None
    if first:
        return "headed"
    return "bare" if all(_COMMA_NUMBER.fullmatch(text) for text in texts) else None


def numbered(texts: Iterable[str], first: int = 1) -> Iterator[Line]:
    """Give lines their numbers."""
    for number, text in enumerate(texts, start=first):
        yield Line(number, text)
