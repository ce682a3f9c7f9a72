"""CSV, TSV and other tables in text, whatever their encoding, separator and decimal mark."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import re
import zlib
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from emscope.data.cells import MISSING_SPELLINGS, Marks
from emscope.data.dialects import Dialect, guess, tabbed
from emscope.data.frames import raw_columns
from emscope.data.names import distinct
from emscope.data.request import Request
from emscope.data.table import Raw
from emscope.data.wording import counted, quoted
from emscope.errors import TableError

_CHUNK = 2**20
_LONGEST_LINE = 2**24
_MOST_COLUMNS = 100_000
_SAMPLE_CHARACTERS, _SAMPLE_LINES = 2**16, 5
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_GUESSES = ("utf-8", "cp1252", "latin-1")
_SPELLED = sorted(
    {form(word) for word in MISSING_SPELLINGS for form in (str, str.upper, str.title)} | {"NaN"}
)


@dataclass(frozen=True, slots=True)
class _Survey:
    """What one pass over the file tells before it is parsed."""

    encoding: str
    sample: str
    n_lines: int
    longest: int
    n_quotes: int


def read_text(
    path: str | os.PathLike[str], request: Request, separator: str | None, encoding: str | None
) -> Raw:
    """Read a text table, guessing what was not given.

    Raises
    ------
    TableError
        The file cannot be read as a table; the sentence says why and where.
    """
    source = os.path.basename(path)
    survey, notes = _survey_as(path, encoding, source)
    if not survey.sample.strip():
        raise TableError(f"{source} is empty: there is no table in it.")
    dialect = guess(survey.sample, _checked_separator(separator), source)
    if len(dialect.first_row) > _MOST_COLUMNS:
        raise TableError(
            f"{source} has {len(dialect.first_row):,} columns in its first line; at most "
            f"{_MOST_COLUMNS:,} can be read from text: save it as Parquet or .npy."
        )
    names, name_notes = distinct(dialect.names)
    roles = request.roles(names, source)
    try:
        table = _parse(path, survey, dialect, roles.all, (roles.row_id, roles.label))
    except (pa.ArrowException, OSError, EOFError, zlib.error, ValueError, MemoryError) as error:
        raise _explain(path, survey, dialect, error) from error
    row_per_line = table.num_rows + dialect.has_header == survey.n_lines
    if survey.n_quotes % 2 and not row_per_line:
        _refuse_open_quote(path, survey, dialect)
    if table.num_rows == 0:
        raise TableError(f"{source} has a header and no rows: there is nothing to cluster.")
    needed = frozenset(roles.all)
    columns = [table.column(f"f{i}") if i in needed else "not read" for i in range(len(names))]
    return raw_columns(
        columns,
        names,
        roles,
        source,
        notes=(*notes, *dialect.notes, *name_notes),
        first_line=1 + dialect.has_header if row_per_line else None,
        marks=Marks(decimal=dialect.decimal),
    )


def _open(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file, through gzip where its first bytes say so."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else open(path, "rb")  # type: ignore[return-value]


def _texts(path: str | os.PathLike[str], encoding: str) -> Iterator[str]:
    """Decode the file piece by piece, with every line ending as a newline."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    with _open(path) as file:
        while chunk := file.read(_CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def _lines(path: str | os.PathLike[str], encoding: str) -> Iterator[str]:
    rest = ""
    for text in _texts(path, encoding):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line + "\n"
    if rest:
        yield rest


def _survey_as(
    path: str | os.PathLike[str], encoding: str | None, source: str
) -> tuple[_Survey, tuple[str, ...]]:
    """Find the encoding in which the whole file can be read, and survey the file in it."""
    try:
        with _open(path) as file:
            start = file.read(4096)
        candidates = _encodings(start, encoding)
        for candidate in candidates:
            try:
                survey = _survey(path, candidate, source)
            except UnicodeError:
                continue
            note = (
                f"Not UTF-8: read as {candidate}." if candidate in _GUESSES[1:] and encoding is None else None
            )
            return survey, () if note is None else (note,)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TableError(f"{source} is a gzip file that is cut short or damaged: make it again.") from error
    name = encoding or candidates[0]
    raise TableError(
        f"{source} is not in the encoding {name}: give another one, or none to have it detected."
    )


def _encodings(start: bytes, given: str | None) -> tuple[str, ...]:
    marked = next((name for bom, name in _BOMS.items() if start.startswith(bom)), None)
    if given is None:
        return _GUESSES if marked is None else (marked,)
    try:
        name = codecs.lookup(given).name
        is_text = isinstance(codecs.getincrementaldecoder(name)().decode(b"", final=True), str)
    except (LookupError, ValueError, TypeError):
        is_text = False
    if not is_text:
        raise TableError(f"there is no text encoding {quoted(given)}: try 'utf-8' or 'cp1252'.")
    return ("utf-8-sig",) if name == "utf-8" else (name,)


def _survey(path: str | os.PathLike[str], encoding: str, source: str) -> _Survey:
    """Read the file once: can it be decoded, how many lines, how long, how many quotes."""
    sample, n_lines, longest, open_line = "", 0, 0, 0
    n_quotes = 0
    for text in _texts(path, encoding):
        if _short(sample):
            sample += text
            _refuse_binary(sample[:_SAMPLE_CHARACTERS], source)
        elif "\0" in text:
            raise _zero_bytes(source)
        ends = text.count("\n")
        n_lines += ends
        longest = max(longest, open_line + (text.find("\n") if ends else len(text)))
        open_line = len(text) - text.rfind("\n") - 1 if ends else open_line + len(text)
        if longest > _LONGEST_LINE:
            raise TableError(
                f"line {n_lines + (0 if ends else 1):,} of {source} is longer than "
                f"{_LONGEST_LINE // 2**20} million characters: this is not a table in text."
            )
        n_quotes += text.count('"')
    return _Survey(encoding, _whole_lines(sample), n_lines + bool(open_line), longest, n_quotes)


def _short(sample: str) -> bool:
    return len(sample) < _SAMPLE_CHARACTERS or sample.count("\n") < _SAMPLE_LINES


def _whole_lines(sample: str) -> str:
    """Cut the sample after its last whole line, once it holds enough."""
    end = _SAMPLE_CHARACTERS
    for _ in range(_SAMPLE_LINES):
        end = sample.find("\n", end) + 1
        if end == 0:
            return sample
    return sample[:end]


def _zero_bytes(source: str) -> TableError:
    return TableError(
        f"{source} holds zero bytes: it is a binary file, or text in UTF-16 whose encoding must be given."
    )


def _refuse_binary(start: str, source: str) -> None:
    if "\0" in start:
        raise _zero_bytes(source)
    if 50 * len(re.findall(r"[\x01-\x08\x0e-\x1b\x7f]", start)) > len(start):
        raise TableError(f"{source} is a binary file, not a table in text.")


def _checked_separator(separator: str | None) -> str | None:
    if separator is None:
        return None
    separator = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "whitespace": " "}.get(
        separator, separator
    )
    if len(separator) != 1 or not separator.isascii() or separator.isalnum() or separator in '"\n\r\0+-.':
        raise TableError(
            f"{quoted(separator)} cannot separate columns: give one character such as ',' or ';', or 'tab'."
        )
    return separator


class _Tabbed(io.RawIOBase):
    """A table aligned with blanks, retold with one tab between two values."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = bytearray()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer):
            line = next(self._lines, None)
            if line is None:
                break
            self._rest += tabbed(line).encode()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        del self._rest[:size]
        return size


def _for_arrow(path: str | os.PathLike[str], survey: _Survey, dialect: Dialect) -> tuple[Any, str]:
    """Open the file as Arrow can read it, and say in which encoding that is."""
    if dialect.separator == " ":
        return _Tabbed(_lines(path, survey.encoding)), "utf8"
    if survey.n_lines - dialect.blank_lines <= 1:  # Arrow cannot read a lone line without its newline
        return io.BytesIO(survey.sample.encode() + b"\n"), "utf8"
    return _open(path), "utf8" if survey.encoding in ("utf-8", "utf-8-sig") else survey.encoding


def _parse(
    path: str | os.PathLike[str],
    survey: _Survey,
    dialect: Dialect,
    wanted: tuple[int, ...],
    as_text: Collection[int | None],
) -> Any:
    """Let Arrow read the columns that are wanted; they are called f0, f1, ..."""
    blanks = dialect.separator == " "
    file, encoding = _for_arrow(path, survey, dialect)
    with file:
        return arrow_csv.read_csv(
            file,
            read_options=arrow_csv.ReadOptions(
                autogenerate_column_names=True,
                skip_rows=dialect.blank_lines,
                skip_rows_after_names=int(dialect.has_header),
                block_size=2**22 + 4 * survey.longest,
                encoding=encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter="\t" if blanks else dialect.separator,
                newlines_in_values=survey.n_quotes > 0,
                invalid_row_handler=lambda row: "error" if row.text.strip() else "skip",
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=[f"f{i}" for i in wanted],
                column_types={f"f{i}": pa.string() for i in as_text if i is not None},
                null_values=_SPELLED,
                decimal_point=dialect.decimal,
            ),
        )


def _rows(path: str | os.PathLike[str], survey: _Survey, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Read the file once more, slowly: the line where each row starts, and its values."""
    lines = _lines(path, survey.encoding)
    blanks = dialect.separator == " "
    reader = csv.reader(
        map(tabbed, lines) if blanks else lines, delimiter="\t" if blanks else dialect.separator
    )
    while True:
        start = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            where = f"line {start:,} of {os.path.basename(path)}"
            raise TableError(
                f"{where} opens a quote that is not closed, or holds a very long value: mend it."
            ) from error
        if values is None:
            return
        if len(values) == len(dialect.first_row) or any(value.strip() for value in values):
            yield start, values


def _refuse_open_quote(path: str | os.PathLike[str], survey: _Survey, dialect: Dialect) -> None:
    """Refuse a file whose last value opens a quote and takes all the lines after it for text."""
    start, values = deque(_rows(path, survey, dialect), maxlen=1)[0]
    if any("\n" in value for value in values):
        source = os.path.basename(path)
        raise TableError(f"line {start:,} of {source} opens a quote that is not closed: mend it.")


def _explain(
    path: str | os.PathLike[str], survey: _Survey, dialect: Dialect, error: BaseException
) -> TableError:
    """Find the line that cannot be parsed and say what is wrong with it."""
    source = os.path.basename(path)
    if isinstance(error, MemoryError):
        return TableError(f"{source} does not fit into memory: keep fewer rows or columns.")
    expected = len(dialect.first_row)
    try:
        for row, (line, values) in enumerate(_rows(path, survey, dialect), start=1 - dialect.has_header):
            found = len(values)
            if found != expected:
                has = f"has {counted(found, 'value')} where the first line has {expected:,}"
                return TableError(
                    f"row {row:,} (line {line:,}) of {source} {has}: mend it, close its quotes, "
                    "or give the right separator."
                )
    except TableError as other:
        return other
    if survey.n_quotes % 2:
        return TableError(f"{source} opens a quote that is not closed, perhaps in its first line: mend it.")
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return TableError(f"{source} cannot be read as a table: {reason[:200]}")
