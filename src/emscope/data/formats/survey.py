"""One pass over a text file before it is parsed: its encoding, its first and last lines, its size."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from emscope.data.formats.containers import DAMAGE, Content
from emscope.data.formats.dialects import Line, numbered
from emscope.data.formats.reading import Reading
from emscope.data.wording import quoted
from emscope.errors import TableError

_CHUNK = 2**20
_LONGEST_LINE = 2**24
_SAMPLE_CHARACTERS, _SAMPLE_LINES = 2**16, 5
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_TYPOGRAPHIC = frozenset(b"\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99")  # of cp1252
_GUESSES = ("utf-8", "cp1252", "latin-1")


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the file tells.

    Attributes
    ----------
    encoding : str
        In which all of it can be decoded.
    head, tail : str
        Its first and last characters, with every line ending as a newline; the head ends with a line.
    n_lines, longest : int
        Lines, and characters of the longest.
    n_quotes : int
        Quotation marks.
    n_marked : int
        Lines that begin with the mark of a comment, the first line not counted.
    is_whole : bool
        Whether the head is the whole file.
    notes : tuple of str
        What was guessed.
    """

    encoding: str
    head: str
    tail: str
    n_lines: int
    longest: int
    n_quotes: int
    n_marked: int
    is_whole: bool
    notes: tuple[str, ...] = ()

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


def survey(content: Content, reading: Reading) -> Survey:
    """Find the encoding in which the whole file can be read, and survey the file in it.

    Raises
    ------
    TableError
        It is no text, is damaged, or is not in the encoding that was given.
    """
    candidates = _encodings(content, reading.encoding)
    mark = "#" if reading.comment is None else reading.comment
    for candidate in candidates:
        try:
            return _survey(content, candidate, mark, guessed=reading.encoding is None)
        except UnicodeError:
            continue
        except (*DAMAGE, RuntimeError, OSError) as error:
            raise content.damaged(error) from error
    name = reading.encoding or candidates[0]
    raise TableError(
        f"{content.name} is not in the encoding {name}: give another one, or none to have it detected."
    )


def _encodings(content: Content, given: str | None) -> tuple[str, ...]:
    """List the encodings to try."""
    start = content.start
    marked = next((name for bom, name in _BOMS.items() if start.startswith(bom)), None)
    if given is None:
        wide = _wide_encoding(start)
        if marked or wide:
            return (marked,) if marked else (wide or "", *_GUESSES)
        return ("utf-8", "mac-roman", *_GUESSES[1:]) if _is_of_old_mac(start) else _GUESSES
    try:
        name = codecs.lookup(given).name
        is_text = isinstance(codecs.getincrementaldecoder(name)().decode(b"", final=True), str)
    except (LookupError, ValueError, TypeError):
        is_text = False
    if not is_text:
        raise TableError(f"there is no text encoding {quoted(given)}: try 'utf-8' or 'cp1252'.")
    return ("utf-8-sig",) if name == "utf-8" else (name,)


def _is_of_old_mac(start: bytes) -> bool:
    """Tell Mac Roman by its line ends and by its letters, which stand where cp1252 has few."""
    if b"\r" not in start or b"\n" in start:
        return False
    high = [byte for byte in start if byte >= 0x80]
    letters = sum(byte <= 0x9F and byte not in _TYPOGRAPHIC for byte in high)
    return 2 * letters > len(high)


def _wide_encoding(start: bytes) -> str | None:
    """Tell UTF-16 or UTF-32 without a mark by where the zero bytes of ASCII stand."""
    start = start[: len(start) // 4 * 4]
    if len(start) < 8 or b"\0" not in start:
        return None
    zeros = [start[i::4].count(0) / (len(start) / 4) for i in range(4)]
    for name, pattern in (
        ("utf-32-le", (0, 1, 1, 1)),
        ("utf-32-be", (1, 1, 1, 0)),
        ("utf-16-le", (0, 1, 0, 1)),
        ("utf-16-be", (1, 0, 1, 0)),
    ):
        if all(
            share > 0.7 if expected else share == 0 for share, expected in zip(zeros, pattern, strict=True)
        ):
            return name
    return None


def _survey(content: Content, encoding: str, mark: str, guessed: bool) -> Survey:
    """Read the file once: can it be decoded, how many lines, how long, how many quotes."""
    head, tail, n_lines, longest, open_line = "", "", 0, 0, 0
    n_quotes, n_marked, is_whole = 0, 0, True
    for text in texts_of(content, encoding):
        if _short(head):
            head += text
            _refuse_binary(head[:_SAMPLE_CHARACTERS], content.name)
        elif text:
            is_whole = False
            if "\0" in text:
                raise _zero_bytes(content.name)
        ends = text.count("\n")
        n_lines += ends
        longest = max(longest, open_line + (text.find("\n") if ends else len(text)))
        open_line = len(text) - text.rfind("\n") - 1 if ends else open_line + len(text)
        if longest > _LONGEST_LINE:
            raise TableError(
                f"line {n_lines + (0 if ends else 1):,} of {content.name} is longer than "
                f"{_LONGEST_LINE // 2**20} million characters: this is not a table in text."
            )
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
    if guessed and encoding in ("mac-roman", *_GUESSES[1:]):
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
