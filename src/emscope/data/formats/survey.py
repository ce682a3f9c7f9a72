"""One pass over a text file before it is parsed: its encoding, its first and last lines, its size."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from emscope.data.formats.containers import DAMAGE, Content
from emscope.data.formats.encodings import GUESSES, encodings_to_try
from emscope.data.formats.lines import Line, numbered
from emscope.data.formats.options import FormatOptions
from emscope.errors import TableError

_CHUNK = 2**20
_LONGEST_LINE = 2**24
_SAMPLE_CHARACTERS, _SAMPLE_LINES = 2**16, 5


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the file tells."""

    encoding: str  # in which all of it can be decoded
    head: str  # its first lines, with every line ending as a newline
    tail: str  # its last characters, likewise
    n_lines: int
    longest: int  # characters of the longest line
    n_quotes: int  # quotation marks
    n_marked: int  # lines that begin with the mark of a comment, the first line not counted
    is_whole: bool  # whether the head is the whole file
    notes: tuple[str, ...] = ()  # what was guessed

    @property
    def ends_with_newline(self) -> bool:
        """Whether the last line has its ending."""
        return self.tail.endswith("\n")

    def head_lines(self) -> list[Line]:
        """Give the first lines."""
        return list(numbered(self.head.removesuffix("\n").split("\n")))

    def tail_lines(self) -> list[Line]:
        """Give the last lines: all of them where the head is the whole file."""
        if self.is_whole:
            return self.head_lines()
        texts = self.tail.removesuffix("\n").split("\n")
        lines = list(numbered(texts, first=self.n_lines - len(texts) + 1))[1:]
        if self.n_quotes and self.tail.count('"') % 2:  # it begins inside of a quoted value
            n_quotes = texts[0].count('"')
            while lines and n_quotes % 2 == 0:
                n_quotes += lines.pop(0).text.count('"')
        return lines


def texts_of(content: Content, encoding: str) -> Iterator[str]:
    """Decode a file piece by piece, with every line ending as a newline."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    with content.open() as file:
        while chunk := file.read(_CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def lines_of(content: Content, encoding: str) -> Iterator[Line]:
    """Decode a file line by line."""
    rest, number = "", 0
    for text in texts_of(content, encoding):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            number += 1
            yield Line(number, line)
    if rest:
        yield Line(number + 1, rest)


def take_survey(content: Content, options: FormatOptions) -> Survey:
    """Find the encoding in which the whole file can be read, and survey the file in it."""
    candidates = encodings_to_try(content.start, options.encoding)
    mark = "#" if options.comment is None else options.comment
    for candidate in candidates:
        try:
            return _survey(content, candidate, mark, guessed=options.encoding is None)
        except UnicodeError:
            continue
        except (*DAMAGE, RuntimeError, OSError) as error:
            raise content.damaged(error) from error
    name = options.encoding or candidates[0]
    raise TableError(
        f"{content.name} is not in the encoding {name}: give another one, or none to have it detected."
    )


def _survey(content: Content, encoding: str, mark: str, guessed: bool) -> Survey:
    """Read the file once: can it be decoded, how many lines, how long, how many quotes."""
    head, tail, n_lines, longest, open_line = "", "", 0, 0, 0
    n_quotes, n_marked, is_whole = 0, 0, True
    for text in texts_of(content, encoding):
        if _short(head):
            head += text if head else text.lstrip("\ufeff")
            _refuse_binary(head[:_SAMPLE_CHARACTERS], content.name)
        elif text:
            is_whole = False
            if "\0" in text:
                raise _zero_bytes(content.name)
        ends = text.count("\n")
        longest = max(longest, open_line + (text.find("\n") if ends else len(text)))
        if longest > _LONGEST_LINE:
            raise TableError(
                f"line {n_lines + 1:,} of {content.name} is longer than "
                f"{_LONGEST_LINE // 2**20} million characters: this is not a table in text."
            )
        n_lines += ends
        open_line = len(text) - text.rfind("\n") - 1 if ends else open_line + len(text)
        n_quotes += text.count('"')
        if mark and mark in text:  # looking for two characters is slow
            n_marked += text.count("\n" + mark) + (tail.endswith("\n") and text.startswith(mark))
        tail = (
            text[-_SAMPLE_CHARACTERS:]
            if len(text) >= _SAMPLE_CHARACTERS
            else (tail + text)[-_SAMPLE_CHARACTERS:]
        )
    sample = _whole_lines(head)
    notes: tuple[str, ...] = ()
    if guessed and encoding in ("mac-roman", *GUESSES[1:]):
        notes = (f"Not UTF-8: read as {encoding}; encoding= names another.",)
    return Survey(
        encoding,
        sample,
        tail,
        n_lines + bool(open_line),
        longest,
        n_quotes,
        n_marked,
        is_whole and len(sample) == len(head),
        notes,
    )


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
