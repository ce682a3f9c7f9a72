"""Guess what separates the values of a text table, and split its lines."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from emscope.data.content.cells import are_numbers
from emscope.data.content.decimal_marks import Marks
from emscope.data.formats.header import are_names
from emscope.data.formats.lines import Line, Row, rows_of

# where several fit, a comma may be a decimal mark or part of a text; the others rarely are
_SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "vertical bar", ",": "comma"}
_RARE_SEPARATORS = {"^": "caret", "~": "tilde"}  # where no other fits better
_TOLD = re.compile(r'"?sep=(.|\\t)"?[;,\t]*', re.IGNORECASE)
_BEFORE_TEXT = re.compile(r',(?:"|[^\W\d])')  # a comma that is no decimal mark
_ENOUGH = 200


def declared_separator(text: str) -> str | None:
    """Read the line ``sep=;`` with which a file tells spreadsheet programs its separator."""
    found = _TOLD.fullmatch(text.strip("\ufeff \r\n"))
    return None if found is None else found[1].replace("\\t", "\t")


def guess_separator(lines: Sequence[Line], source: str) -> tuple[str, tuple[str, ...]]:
    """Take the separator that gives most lines the same number of values, more than one.

    A line that holds a number counts more, so that sentences above and below the table do not decide.
    """
    lines = lines[:_ENOUGH]
    best, most = "", 0
    for candidate in (*_SEPARATORS, *_RARE_SEPARATORS):
        if candidate in _RARE_SEPARATORS and best not in ("", ","):
            break
        score = _score(rows_of(lines, candidate))
        if score > most:
            best, most = candidate, score
    if best in ("", ",", "\t") and _separated_by_blanks(lines, best):
        best = " "
    if best == "," and (one := _one_column(lines)):
        if one == "surely":
            return "\t", (f"{source} is read as one column of numbers; separator=',' reads several.",)
        return ",", (f"{source} is read as two columns; separator=';' reads one, of numbers such as 1,5.",)
    if best in ("", ","):
        return ",", ()
    name = {**_SEPARATORS, **_RARE_SEPARATORS}.get(best, "blank")
    return best, (f"{source} is read with a {name} between values; separator= names another.",)


def _score(rows: Sequence[Row]) -> int:
    """Weigh the lines that have the most usual number of values, if that is more than one."""
    bare = [row.cells for row in rows]
    numbers = iter(are_numbers([cell for cells in bare for cell in cells]))
    weights: Counter[int] = Counter()
    for cells in bare:
        weights[len(cells)] += 3 if any(list(itertools.islice(numbers, len(cells)))) else 1
    weights.pop(1, None)
    return max(weights.values(), default=0)


def _separated_by_blanks(lines: Sequence[Line], best: str) -> bool:
    """Tell whether blanks make a table of the lines: all of one width, but for text above and below."""
    rows = rows_of(lines, " ")
    if rows and len(rows[0].cells) == 1 and all(are_numbers([line.text for line in lines[1:]])):
        return False  # one column of numbers with blanks for thousands
    widths = Counter(len(row.cells) for row in rows[1:] or rows)
    width = max(widths, key=lambda one: (widths[one], one), default=1)
    inside = [i for i, row in enumerate(rows) if len(row.cells) == width]
    if width == 1 or any(len(row.cells) != width for row in rows[inside[0] : inside[-1]]):
        return False
    if best and _is_even(rows_of(lines, best)) and not _is_even(rows):
        return False  # the header has as many names as the rows have values, and not so between blanks
    if best == "\t" and 2 * sum("\t" in line.text.strip() for line in lines) > len(lines):
        return False  # blanks inside of its values
    with_comma = [cell for i in inside for cell in rows[i].cells if "," in cell]
    decimal = ["?" if _BEFORE_TEXT.search(cell) else cell.rstrip(",") or "?" for cell in with_comma]
    numbers = are_numbers(decimal, Marks(decimal=",", thousands=""))
    ending = sum(cell.endswith(",") for cell in with_comma)
    if best == "," and 2 * (sum(numbers) - ending) < len(with_comma):
        return False  # these commas separate
    shares = [_share_of_numbers((rows[i].cells for i in inside), Marks(thousands=""))]
    if best:
        shares.append(_share_of_numbers((row.cells for row in rows_of(lines, best)), Marks()))
        return shares[0] > shares[1] and shares[0] > 0.5
    return len(inside) == len(rows) or shares[0] > 0.5 or _lacks_one_name(rows, width)


def _is_even(rows: Sequence[Row]) -> bool:
    """Tell whether words that could name columns stand over rows of as many values."""
    names = rows[0].cells
    alike = all(len(row.cells) == len(names) for row in rows)
    return alike and are_names(names) and not any(are_numbers(names))


def _lacks_one_name(rows: Sequence[Row], width: int) -> bool:
    """Tell whether R wrote the rows, with names of their own that the header has none for."""
    starts = {row.cells[0] for row in rows[1:]}
    alike = all(len(row.cells) == width for row in rows[1:])
    return alike and len(rows[0].cells) == width - 1 and len(starts) == len(rows) - 1 > 1


def _share_of_numbers(rows: Iterable[Sequence[str]], marks: Marks) -> float:
    texts = [cell for cells in rows for cell in cells]
    return sum(are_numbers(texts, marks)) / max(len(texts), 1)


def _one_column(lines: Sequence[Line]) -> str | None:
    """Tell whether lines such as ``1,5`` are one column of numbers.

    "surely" under a header without a comma, or with a unit behind each; "perhaps" where they could be two.
    """
    texts = [line.text.strip().removeprefix('"').removesuffix('"') for line in lines if line.text.strip()]
    numbers = are_numbers(texts)
    first = numbers.index(True) if True in numbers else len(texts)
    with_comma = [number for text, number in zip(texts, numbers, strict=True) if "," in text]
    if any("," in text for text in texts[:first]) or 10 * sum(with_comma) < 9 * len(with_comma):
        return None
    if first:
        return "surely"
    if not all(numbers):
        return None
    return "perhaps" if any(text[-1].isdigit() for text in texts) else "surely"
