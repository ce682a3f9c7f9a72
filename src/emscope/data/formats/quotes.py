"""Quotes that are not those of CSV, told anew as such: apostrophes, backslashes, blanks before a quote."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from emscope.data.content.cells import are_numbers
from emscope.data.formats.containers import Content
from emscope.data.formats.grid import trimmed
from emscope.data.formats.lines import is_nothing, rows_of
from emscope.data.formats.options import FormatOptions
from emscope.data.formats.separators import declared_separator
from emscope.data.formats.survey import Survey, lines_of
from emscope.data.formats.text_stream import TextStream
from emscope.errors import TableError

_SEPARATORS = ",;\t|"
_LOOKED_AT = 200  # lines
_WHOLE = re.compile('"(?:[^"]|"")+"')


@dataclasses.dataclass(frozen=True, slots=True)
class Quoting:
    """How the values of a line are quoted; blanks before a quote do not count."""

    separator: str
    mark: str  # the quote; empty for none
    escape: str | None = None  # what stands before a quote, or a separator, that is text
    tail: str = ""  # the separators that a spreadsheet put behind lines which it took for one value
    whole: bool = False  # whether each line is quoted as a whole

    def split(self, text: str) -> list[str]:
        """Split one line into its values."""
        if self.tail:
            text = text.rstrip(self.tail)
        if self.whole:
            text = _unwrapped(text)
        reader = csv.reader(
            [text],
            delimiter=self.separator,
            quotechar=self.mark or None,
            quoting=csv.QUOTE_MINIMAL if self.mark else csv.QUOTE_NONE,
            escapechar=self.escape,
            skipinitialspace=True,
        )
        return next(reader, [])

    def fits(self, text: str) -> bool:
        """Whether a value of a line is quoted so, and not as in CSV."""
        between, mark = rf"(?:^|{re.escape(self.separator)})", self.mark
        if self.escape:
            return f"\\{mark}" in text or f"\\{self.separator}" in text
        blanks = " +" if mark == '"' else " *"
        return (
            re.search(rf"{between}{blanks}{mark}[^{mark}]*{mark} *(?:{self.separator}|$)", text) is not None
        )


def find_quoting(survey: Survey, options: FormatOptions) -> Quoting | None:
    """Find quotes that make the first lines a table which those of CSV do not; None where these do."""
    lines = [line for line in survey.head_lines() if not is_nothing(line.text)]
    lines = [line for line in lines if len(line.text) < csv.field_size_limit()]
    told = declared_separator(lines[0].text) if lines else None
    lines = lines[told is not None :][:_LOOKED_AT]
    separators = options.separator or told or _SEPARATORS
    if separators == " " or options.quote == '"' or not lines:
        return None
    texts = [line.text for line in lines]
    if options.quote is not None:
        given = [Quoting(separator, options.quote) for separator in separators]
        return max(given, key=lambda quoting: _agreement(map(quoting.split, texts)))
    rows = {separator: rows_of(lines, separator) for separator in separators}
    agreed = max(
        _agreement(trimmed(row.cells) for row in rows[one] for _ in range(row.first, row.last + 1))
        for one in rows
    )
    if options.separator is None and (whole := _whole_lines(texts)):
        return whole
    best, most = None, agreed
    for separator, mark, escape in itertools.product(separators, "\"'", (None, "\\")):
        quoting = Quoting(separator, mark, escape)
        if not any(map(quoting.fits, texts)):
            continue
        found = _agreement(trimmed(quoting.split(text)) for text in texts)
        names = rows[separator][0].cells if rows[separator] else ()
        beyond_doubt = escape is None and (mark == '"' or any(re.fullmatch("'.+'", name) for name in names))
        if found > most or (found == most and best is None and beyond_doubt):
            best, most = quoting, found
    return best


def _whole_lines(texts: Sequence[str]) -> Quoting | None:
    """Find what separates the values of lines that a spreadsheet took for one value."""
    for separator, tail in itertools.product(_SEPARATORS, ("", ";", ",")):
        bare = [text.rstrip(tail) if tail else text for text in texts]
        whole = all(map(_WHOLE.fullmatch, bare))
        ended = bool(tail) and all(
            text != end and tail not in end for text, end in zip(texts, bare, strict=True)
        )
        if whole or ended:
            quoting = Quoting(separator, '"', tail=tail, whole=whole)
            widths = {len(quoting.split(text)) for text in texts}
            if len(widths) == 1 and max(widths) > 1:
                return None if all(are_numbers(list(map(_unwrapped, bare)))[1:]) else quoting
    return None


def _unwrapped(text: str) -> str:
    """Take the quotes off a line that is quoted as a whole."""
    return text[1:-1].replace('""', '"') if _WHOLE.fullmatch(text) else text


def _agreement(rows: Iterable[Sequence[str]]) -> int:
    """Count the lines that have the most usual number of values, if that is more than one."""
    widths = Counter(len(cells) for cells in rows)
    widths.pop(1, None)
    return max(widths.values(), default=0)


def in_quotes_of_csv(content: Content, survey: Survey, quoting: Quoting) -> Content:
    """Give the file anew, line for line, with quotes as those of CSV where a value needs them."""

    def texts() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=quoting.separator, lineterminator="\n")
        for line in lines_of(content, survey.encoding):
            try:
                writer.writerow(quoting.split(line.text))
            except csv.Error as error:
                raise TableError(
                    f"line {line.number:,} of {content.name} holds a very long value: mend it."
                ) from error
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()

    def opened() -> BinaryIO:
        return TextStream(texts())  # type: ignore[return-value]

    notes = (*content.notes, *survey.notes)
    start = next(texts(), "").encode()
    return dataclasses.replace(content, start=start, open=opened, notes=notes)
