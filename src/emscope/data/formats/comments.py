"""Lines of a text table that are comments, and the header that may be one of them."""

from __future__ import annotations

from collections.abc import Sequence

from emscope.data.content.cells import are_numbers
from emscope.data.formats.layout import find_layout
from emscope.data.formats.lines import Line, Row, begins_comment, is_nothing, rows_of
from emscope.data.formats.options import FormatOptions
from emscope.data.formats.separators import guess_separator
from emscope.data.formats.survey import Survey
from emscope.data.wording import quoted
from emscope.wording import counted


def find_comments(
    lines: Sequence[Line], survey: Survey, options: FormatOptions, separator: str | None
) -> tuple[str | None, int | None, list[str]]:
    """Tell what comment lines begin with, and which of them is the header after all."""
    mark = "#" if options.comment is None else options.comment
    if not mark or not (survey.n_marked or any(begins_comment(line.text, mark) for line in lines[:1])):
        return None, None, []
    if options.comment is not None:
        return mark, None, []
    marked = [line for line in lines if begins_comment(line.text, mark)]
    others = [line for line in lines if not is_nothing(line.text) and line not in marked]
    if not others:
        return None, None, []
    separator = separator or guess_separator(others, "")[0]
    rows = rows_of(others, separator)
    width = len(rows[-1].cells) if rows else 1
    alike = [line for line in marked if any(len(row.cells) == width for row in rows_of([line], separator))]
    leading = [line for line in marked if line.number < others[0].number]
    inside = [line for line in alike if line not in leading]
    if width > 1 and inside and not _begin_with_numbers(rows, width):
        return None, None, []  # values that begin so, such as colors
    header = None
    if leading and options.header is not False:
        last = Line(leading[-1].number, leading[-1].text.lstrip("# "))
        header = _commented_header(last, rows, separator, options)
    notes = []
    if header is not None:
        notes.append(f"Line {header:,}, a comment, is read as the header; header=False leaves it out.")
    n = len(marked) - (header is not None)
    if n > 0 or not survey.is_whole:
        lines_ = counted(n, "line") if survey.is_whole else "Lines"
        notes.append(
            f"{lines_} beginning with {quoted(mark)} left out as comments; comment='none' keeps them."
        )
    return mark, header, notes


def is_comment(line: Line, mark: str | None, header: int | None) -> bool:
    """Tell whether a line is a comment, and not the header."""
    return bool(mark) and line.number != header and begins_comment(line.text, mark or "")


def _begin_with_numbers(rows: Sequence[Row], width: int) -> bool:
    """Tell whether most rows begin with a number."""
    starts = are_numbers([row.cells[0] for row in rows if len(row.cells) == width])
    return 2 * sum(starts) > len(starts) - 1


def _commented_header(line: Line, rows: Sequence[Row], separator: str, options: FormatOptions) -> int | None:
    """Tell whether the last comment above a table without header holds its names."""
    cells = [row.cells for row in rows_of([line], separator)]
    if (
        not rows
        or not cells
        or len(cells[0]) != len(rows[-1].cells)
        or (len(cells[0]) == 1 and " " in cells[0][0])
    ):
        return None
    if find_layout(rows, options, options.marks, "").has_header:
        return None
    return None if any(are_numbers(cells[0])) else line.number
