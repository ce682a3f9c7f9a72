"""Let Arrow parse the lines of a text table, and say what is wrong where it cannot."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from emscope.data.content.missing_values import spellings_for_arrow
from emscope.data.formats.containers import DAMAGE, Content
from emscope.data.formats.lines import Line, begins_comment, is_rule, tabbed
from emscope.data.formats.survey import Survey, lines_of, texts_of
from emscope.data.formats.text_stream import TextStream
from emscope.errors import TableError
from emscope.wording import counted

_ENDING = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Body:
    """Which lines of a file hold the rows of its table, and how."""

    first: int  # line of the first row, counted from 1
    last: int | None  # line of the last row; None for that of the file
    separator: str  # between two values; a blank stands for any number of blanks and tabs
    width: int  # values of a row
    header: tuple[str, ...] | None  # the names above them
    comment: str | None  # what lines begin with that are no rows
    short_from: int | None  # from which line on a row may lack its last values
    mends: bool = False  # whether empty values beyond the last column are cut off, and missing ones filled in

    @property
    def is_plain(self) -> bool:
        """Whether all lines from the first to the end of the file are rows as Arrow reads them."""
        return self.last is None and self.separator != " " and not self.comment and not self.mends


def parse(
    content: Content,
    survey: Survey,
    body: Body,
    wanted: Sequence[int],
    as_text: Sequence[int],
    decimal: str,
    na_values: Sequence[str],
) -> Any:
    """Let Arrow read the columns that are wanted; they are called f0, f1, ..."""
    options = arrow_csv.ConvertOptions(
        include_columns=[f"f{i}" for i in wanted],
        column_types={f"f{i}": pa.string() for i in as_text},
        null_values=spellings_for_arrow(na_values),
        decimal_point=decimal,
    )
    if body.short_from is not None:
        body = replace(body, mends=True)
    for attempt in (body,) if body.mends else (body, replace(body, mends=True)):
        try:
            return _read(content, survey, attempt, options)
        except (pa.ArrowException, ValueError, KeyError) as error:
            if isinstance(error, TableError) or attempt.mends:
                raise explain(content, survey, body, error) from error
        except (OSError, *DAMAGE, MemoryError) as error:
            raise explain(content, survey, body, error) from error
    raise AssertionError("one of the two ways out is taken")


def _read(content: Content, survey: Survey, body: Body, options: Any) -> Any:
    if body.first > survey.n_lines:
        return pa.table({name: pa.nulls(0) for name in options.include_columns})
    file, encoding = _for_arrow(content, survey, body)
    with file:
        return arrow_csv.read_csv(
            file,
            read_options=arrow_csv.ReadOptions(
                column_names=[f"f{i}" for i in range(body.width)],
                block_size=2**22 + 4 * survey.longest,
                encoding=encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter="\t" if body.separator == " " else body.separator,
                newlines_in_values=survey.n_quotes > 0,
                invalid_row_handler=lambda row: "error" if row.text.strip() else "skip",
            ),
            convert_options=options,
        )


def _for_arrow(content: Content, survey: Survey, body: Body) -> tuple[Any, str]:
    """Open the file as Arrow can read it, from the first row on, and say in which encoding that is."""
    if body.mends:
        return TextStream(_mended(content, survey, body)), "utf8"
    if not body.is_plain:
        return TextStream(_kept_lines(content, survey, body)), "utf8"
    if survey.encoding in ("utf-8", "utf-8-sig"):
        return _opened_at(content, body.first), "utf8"
    if body.first == 1:
        return content.open(), survey.encoding
    return TextStream(_from_line(texts_of(content, survey.encoding), body.first)), "utf8"


def _opened_at(content: Content, line: int) -> BinaryIO:
    """Open a file at the beginning of a line."""
    ends, offset, seen = line - 1, 0, 0
    if not ends:
        return content.open()
    with content.open() as file:
        buffer = b""
        while chunk := file.read(2**16):
            buffer += chunk
            if buffer.endswith(b"\r"):
                buffer += file.read(1)
            found = 0
            for match in _ENDING.finditer(buffer):
                seen, found = seen + 1, match.end()
                if seen == ends:
                    break
            offset, buffer = offset + found, buffer[found:]
            if seen == ends:
                break
    opened = content.open()
    while offset > 0:
        offset -= len(opened.read(min(offset, 2**20)))
    return opened


def _from_line(texts: Iterator[str], line: int) -> Iterator[str]:
    """Leave out the first lines of a text that comes in pieces."""
    left = line - 1
    for text in texts:
        while left and text:
            end = text.find("\n") + 1
            left, text = (left - 1, text[end:]) if end else (left, "")
        yield text


def body_lines(content: Content, survey: Survey, body: Body) -> Iterator[Line]:
    """Give the lines that hold the rows of the table."""
    for line in lines_of(content, survey.encoding):
        if body.last is not None and line.number > body.last:
            return
        if line.number >= body.first and not (body.comment and begins_comment(line.text, body.comment)):
            yield line


def _kept_lines(content: Content, survey: Survey, body: Body) -> Iterator[str]:
    for line in body_lines(content, survey, body):
        yield tabbed(line.text) if body.separator == " " else line.text + "\n"


def _mended(content: Content, survey: Survey, body: Body) -> Iterator[str]:
    """Write every row anew with as many values as there are columns, where only empty ones differ."""
    buffer = io.StringIO()
    separator = "\t" if body.separator == " " else body.separator
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    for line, values in rows_by_line(content, survey, body):
        while len(values) > body.width and not values[-1].strip():
            del values[-1]
        if body.short_from is not None and line >= body.short_from:
            values += [""] * (body.width - len(values))
        if len(values) != body.width:
            if len(values) == 1 and is_rule(values[0]):
                continue
            raise TableError(_ragged(content, survey, body, line, values))
        writer.writerow(values)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def rows_by_line(content: Content, survey: Survey, body: Body) -> Iterator[tuple[int, list[str]]]:
    """Read the rows once more, slowly: the line where each starts, and its values."""
    numbers: deque[int] = deque()

    def texts() -> Iterator[str]:
        for line in body_lines(content, survey, body):
            if is_rule(line.text) and body.separator in line.text + "|":
                continue
            numbers.append(line.number)
            yield tabbed(line.text) if body.separator == " " else line.text + "\n"

    reader = csv.reader(texts(), delimiter="\t" if body.separator == " " else body.separator)
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            start = numbers[0] if numbers else body.first
            raise open_quote(content.name, start) from error
        if values is None:
            return
        start = numbers[0]
        numbers.clear()
        if len(values) == body.width or any(value.strip() for value in values):
            yield start, values


def refuse_open_quotes(content: Content, survey: Survey, body: Body) -> None:
    """Refuse a file where a value opens a quote that lines below it close within a value, or none does."""
    numbers: deque[int] = deque()

    def texts() -> Iterator[str]:
        for line in body_lines(content, survey, body):
            numbers.append(line.number)
            yield tabbed(line.text) if body.separator == " " else line.text + "\n"

    reader = csv.reader(texts(), delimiter="\t" if body.separator == " " else body.separator, strict=True)
    while True:
        try:
            if next(reader, None) is None:
                return
        except csv.Error as error:  # of one line alone, it is a quote within a text
            if len(numbers) > 1:
                raise open_quote(content.name, numbers[0]) from error
        numbers.clear()


def ends_within_quotes(texts: Sequence[str], separator: str) -> bool:
    """Tell whether the last value of some lines opens a quote that is not closed."""
    try:
        deque(csv.reader(texts, delimiter=separator.replace(" ", "\t"), strict=True), maxlen=0)
    except csv.Error:
        return True
    return False


def open_quote(source: str, line: int) -> TableError:
    """Word that a quote is not closed."""
    return TableError(
        f"line {line:,} of {source} opens a quote that is not closed: mend it, or let quote='none' take "
        "quotes for a part of the text."
    )


def _ragged(content: Content, survey: Survey, body: Body, line: int, values: Sequence[str]) -> str:
    """Word that a row has another number of values than there are columns."""
    row, after, unlike = 0, 0, 0
    for other, cells in rows_by_line(content, survey, body):
        row += other <= line
        after += other >= line
        unlike += other >= line and len(cells) != body.width
    found = counted(len(values), "value")
    where = "the first line" if body.first <= 2 else "the header" if body.header else "the first row"
    is_below = row > 2 and after > 1 and 2 * unlike > after
    below = f"; footer={after} leaves out all from there on" if is_below else ""
    return (
        f"row {row:,} (line {line:,}) of {content.name} has {found} where {where} has {body.width:,}: "
        f"mend it, close its quotes, or name the separator by separator={below}."
    )


def explain(content: Content, survey: Survey, body: Body, error: BaseException) -> TableError:
    """Find the line that cannot be parsed and say what is wrong with it."""
    if isinstance(error, TableError):
        return error
    if isinstance(error, MemoryError):
        return TableError(f"{content.name} does not fit into memory: keep fewer rows or columns.")
    if (
        content.packed is not None
        and isinstance(error, (*DAMAGE, OSError))
        and not isinstance(error, pa.ArrowInvalid)
    ):
        return content.damaged(error)
    try:
        for line, values in rows_by_line(content, survey, body):
            if len(values) != body.width:
                return TableError(_ragged(content, survey, body, line, values))
    except TableError as other:
        return other
    if survey.n_quotes % 2:
        return TableError(
            f"{content.name} opens a quote that is not closed, perhaps in its first line: mend it."
        )
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return TableError(f"{content.name} cannot be read as a table: {reason[:200]}")
