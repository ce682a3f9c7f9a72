"""How messages about tables show names, values and rows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

_LONGEST = 40
_MOST = 12
_SPELLED = re.compile(r"-?[0-9]+e-[0-9]+")
# keywords of read_table, and those whose option has another name
_OPTIONS = {"id_column": "id", "label_column": "label", "weights_column": "weights", "na_values": "na-values"}
_SAME = (
    "columns|exclude|strict|impute|log|standardize|separator|encoding|decimal|thousands|header|skip|"
    "comment|footer|sheet|quote"
)
_ASKED = re.compile(rf"(?<![\w'\"])({'|'.join(_OPTIONS)}|{_SAME})=(?:'([^']*)'|(True)|(False)|(\d+))?")


def quoted(value: object) -> str:
    """Show a name or a value from a table on one short line, whatever it holds."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def shown_cells(cells: Sequence[str]) -> str:
    """Show a row of a table on one short line, its spaces plain and its numbers without exponent."""
    return quoted(" ".join(_plain(cell) for cell in cells if cell))


def _plain(cell: str) -> str:
    """Show a cell as a spreadsheet would: readers spell its decimals as ``2101644e-2``."""
    return f"{float(cell):.12g}" if _SPELLED.fullmatch(cell) else " ".join(cell.split())


def listed(names: Sequence[object], most: int = _MOST) -> str:
    """List names, the first few of many."""
    shown = ", ".join(quoted(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def closest_first(wanted: str, names: Sequence[str]) -> list[str]:
    """Order the names with those that resemble ``wanted`` in front."""
    folded = {name.casefold(): name for name in reversed(names)}
    close = [folded[match] for match in difflib.get_close_matches(wanted.casefold(), folded, n=3)]
    return [*close, *(name for name in names if name not in close)]


def row_and_line(row: int, first_line: int | None) -> str:
    """Name a row (counted from 0) for people: numbered from 1, with its line where that is known."""
    line = "" if first_line is None else f" (line {row + first_line:,})"
    return f"row {row + 1:,}{line}"


def in_options(sentence: str) -> str:
    """Return a sentence with the keywords of ``read_table`` as options of the command line.

    >>> in_options("fill them by impute='median', or leave the column out by exclude='day of birth'")
    "fill them by --impute median, or leave the column out by --exclude 'day of birth'"
    """
    return _ASKED.sub(_as_option, sentence)


def _as_option(found: re.Match[str]) -> str:
    keyword, text, _, off, number = found.groups()
    option = f"--{'no-' if off else ''}{_OPTIONS.get(keyword, keyword)}"
    if text is not None:
        plain = re.fullmatch(r"[\w.-]+", text)
        return f"{option} {text if plain else repr(text)}"
    return f"{option} {number}" if number else option
