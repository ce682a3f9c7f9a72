"""How a table is written, as far as the caller knows: what is given is not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emscope.data.content.decimal_marks import Marks
from emscope.data.wording import quoted
from emscope.errors import TableError

_SEPARATORS = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "whitespace": " "}
_THOUSANDS = {
    "space": " ",
    "point": ".",
    "comma": ",",
    "apostrophe": "'",
    "none": "",
    "\xa0": " ",
    "\u202f": " ",
}
_DECIMALS = {"point": ".", "comma": ","}


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """How a file is to be read; what is None is found out."""

    separator: str | None = None  # what separates the values of a text file
    encoding: str | None = None  # that of a text file
    decimal: str | None = None  # the decimal mark
    thousands: str | None = None  # the mark between thousands, empty for none
    na_values: Sequence[str] = ()  # further spellings of a missing value
    header: bool | None = None  # whether the first row holds the names of the columns
    skip: int | None = None  # lines (rows of a spreadsheet) above the table
    comment: str | None = None  # what lines that are no part of the table begin with; empty for none
    footer: int | None = None  # lines (rows) below the table, empty ones not counted
    sheet: str | None = None  # the sheet of a workbook, or the file in a zip archive
    quote: str | None = None  # what stands around a text with separators in it; empty for nothing

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "separator", _checked_separator(self.separator))
        set_(self, "decimal", _DECIMALS.get(self.decimal or "", self.decimal))
        set_(self, "thousands", _THOUSANDS.get(self.thousands or "", self.thousands))
        words = (self.na_values,) if isinstance(self.na_values, str) else self.na_values
        set_(self, "na_values", tuple(map(str, words)))
        if self.decimal not in (None, ".", ","):
            raise TableError(f"{quoted(self.decimal)} is no decimal mark: give '.' or ','.")
        if self.thousands not in (None, ".", ",", " ", "'", "_", ""):
            raise TableError(
                f"{quoted(self.thousands)} is no mark between thousands: give one of . , ' _ "
                "or 'space', or 'none'."
            )
        if self.decimal is not None and self.decimal == self.thousands:
            raise TableError(f"{quoted(self.decimal)} cannot be the decimal mark and that of thousands too.")
        for what, count in (("skip", self.skip), ("footer", self.footer)):
            if count is not None and count < 0:
                raise TableError(f"{what} is {count}: give the number of lines, 0 or more.")
        set_(self, "quote", "" if self.quote == "none" else self.quote)
        if self.quote not in (None, "", '"', "'"):
            raise TableError(f"{quoted(self.quote)} is no quote: give '\"' or \"'\", or 'none'.")
        set_(self, "comment", "" if self.comment == "none" else self.comment)
        if self.comment is not None and len(self.comment.strip()) != len(self.comment):
            raise TableError("comment is what comment lines begin with, such as '#': give it without blanks.")

    @property
    def marks(self) -> Marks:
        """What is known about the spelling of numbers."""
        return Marks(self.decimal, self.thousands, tuple(self.na_values))


def _checked_separator(separator: str | None) -> str | None:
    if separator is None:
        return None
    separator = _SEPARATORS.get(separator, separator)
    if len(separator) != 1 or not separator.isascii() or separator.isalnum() or separator in '"\n\r\0+-.':
        raise TableError(
            f"{quoted(separator)} cannot separate columns: give one character such as ',' or ';', or 'tab'."
        )
    return separator
