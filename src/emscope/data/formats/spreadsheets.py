"""Workbooks (.xlsx, .xls, .ods) through python-calamine: the table of one sheet as columns."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from emscope.data.arrow_columns import raw_of_columns
from emscope.data.content.cells import count_votes
from emscope.data.content.names import distinct, matching
from emscope.data.formats.footer import find_footer
from emscope.data.formats.layout import find_layout
from emscope.data.formats.lines import Row
from emscope.data.formats.options import FormatOptions
from emscope.data.raw import Raw
from emscope.data.request import Request
from emscope.data.wording import closest_first, listed, quoted
from emscope.errors import TableError

_MOST_HEAD = 200
_LABELS = 2  # of the first columns may call a row a total


def read_spreadsheet(path: str, source: str, request: Request, options: FormatOptions) -> Raw:
    """Read the table on one sheet of a workbook."""
    sheet, rows, notes = _sheet(path, source, options)
    marks = replace(options.marks, elsewhere=None)
    texts = [
        Row(number, number, tuple(map(_spelled, values)))
        for number, values in enumerate(rows, start=1)
        if any(value != "" for value in values) and number > (options.skip or 0)
    ]
    texts = [row for row in texts if not (options.comment and row.cells[0].startswith(options.comment))]
    if not texts:
        raise TableError(f"{source}: the sheet {quoted(sheet)} holds no table below what is skipped.")
    layout = find_layout(texts[:_MOST_HEAD], options, marks, source)
    body = texts[layout.first :]
    footer = find_footer(body[-_MOST_HEAD:], layout, options, marks, is_cut=False)
    body = body[: len(body) - footer.n_below]
    if not body:
        raise TableError(f"{source} has a header and no rows: there is nothing to cluster.")
    width = len(layout.names)
    values = [rows[row.first - 1] for row in body]
    columns = [[row[j] if j < len(row) else "" for row in values] for j in range(width)]
    kept = [j for j in range(width) if layout.names[j] or any(value != "" for value in columns[j])]
    names, name_notes = distinct([layout.names[j] for j in kept])
    roles = request.roles(names, source)
    arrays = [pa.chunked_array([_arrow(columns[j])]) for j in kept]
    votes = [count_votes(array, marks) for array in arrays if pa.types.is_string(array.type)]
    seen = [vote.decided for vote in votes if vote.decided]
    if seen:
        contested = len(set(seen)) > 1
        marks = replace(marks, elsewhere=max(set(seen), key=seen.count), contested=contested)
    even = all(row.first - body[0].first == i for i, row in enumerate(body))
    return raw_of_columns(
        arrays,
        roles,
        source,
        notes=(*notes, *layout.notes, *footer.notes, *name_notes),
        first_line=body[0].first if even else None,
        marks=marks,
        labels=arrays[:_LABELS] if options.footer != 0 else (),
    )


def _sheet(path: str, source: str, options: FormatOptions) -> tuple[str, list[list[Any]], tuple[str, ...]]:
    """Open the workbook and give the rows of the sheet that was asked for, or of the first with a table."""
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise TableError(
            f'{source} is a spreadsheet, which takes python-calamine to read: pip install "emscope[excel]", '
            "or save it as CSV."
        ) from error
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            names = list(book.sheet_names)
            asked = None if options.sheet is None else matching(options.sheet, names)
            if options.sheet is not None and asked is None:
                available = listed(closest_first(options.sheet, names))
                raise TableError(
                    f"{source} has no sheet {quoted(options.sheet)}; its sheets are {available}."
                )
            for name in names if asked is None else [asked]:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if _holds_table(rows):
                    break
            else:
                raise TableError(f"{source} holds no table: its sheets are {listed(names)}.")
    except TableError:
        raise
    except Exception as error:  # calamine has an error for each part of each format
        locked = "password" in str(error).lower() or "encrypt" in str(error).lower()
        what = (
            "locked with a password: save it without" if locked else "damaged or no spreadsheet: save it anew"
        )
        raise TableError(f"{source} is {what}, or as CSV.") from error
    others = [other for other in names if other != name]
    note = f"{source}: the sheet {quoted(name)} is read, not {listed(others, 6)}; sheet= names another."
    return name, rows, (note,) if others and options.sheet is None else ()


def _holds_table(rows: Sequence[Sequence[Any]]) -> bool:
    """Tell whether a sheet has numbers in two rows."""
    numbers = (
        any(isinstance(value, int | float) and not isinstance(value, bool) for value in row) for row in rows
    )
    filled = (any(value != "" for value in row) for row in rows)
    return sum(numbers) > 1 or sum(filled) > 2


def _spelled(value: Any) -> str:
    """Spell a cell as a text that leaves the decimal mark open."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if value == int(value) if abs(value) < 1e300 else False:
            return str(int(value))
        sign, digits, exponent = Decimal(repr(value)).as_tuple()
        if not isinstance(exponent, int):
            return str(value)
        return f"{'-' if sign else ''}{''.join(map(str, digits))}e{exponent}"
    if isinstance(value, datetime.date | datetime.datetime | datetime.time):
        return value.isoformat()
    return str(value)


def _arrow(values: Sequence[Any]) -> Any:
    """Give a column as Arrow data: typed where all of its cells are of one kind, else text."""
    cells = [None if isinstance(value, str) and not value.strip() else value for value in values]
    present = [value for value in cells if value is not None]
    kinds = {_kind(value) for value in present}
    if kinds == {"number"}:
        if all(isinstance(value, int) or value == int(value) for value in present if value == value) and all(
            abs(value) < 2**53 for value in present
        ):
            return pa.array([None if value is None else int(value) for value in cells], pa.int64())
        return pa.array([None if value is None else float(value) for value in cells], pa.float64())
    if kinds == {"boolean"}:
        return pa.array(cells, pa.bool_())
    if kinds == {"date"}:
        return pa.array([None if value is None else _moment(value) for value in cells], pa.timestamp("us"))
    return pa.array([None if value is None else _spelled(value) for value in cells], pa.string())


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "date" if isinstance(value, datetime.date) else "text"


def _moment(value: datetime.date) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    return datetime.datetime(value.year, value.month, value.day)
