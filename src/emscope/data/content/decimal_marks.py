"""Whether a comma or a point is the decimal mark of a table.

One cell seldom tells: ``1,250`` may be 1250 or 1.25. A cell that can be read in one way only decides for
its column, then for its file; where none does, the likelier reading is taken and a note names the option
for the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from emscope.data.wording import quoted


@dataclass(frozen=True, slots=True)
class Marks:
    """How the numbers of a table are written, as far as it is known."""

    decimal: str | None = None  # None where the cells decide
    thousands: str | None = None  # one of . , ' _ or a space, "" for none; None where the cells decide
    na_values: tuple[str, ...] = ()  # further spellings of a missing value
    elsewhere: str | None = None  # the decimal mark that other columns of the table show
    contested: bool = False  # whether some of these columns show the other mark
    likely: str = "."  # the decimal mark to assume where nothing shows it; a note then names the option

    @property
    def given(self) -> str | None:
        """The decimal mark that was given, or that follows from the mark of thousands."""
        if self.decimal is None and self.thousands in (".", ","):
            return "," if self.thousands == "." else "."
        return self.decimal


@dataclass(frozen=True, slots=True)
class Votes:
    """What the cells of a column, or of several, tell about the decimal mark."""

    comma: int = 0  # different cells that can only be read with a comma as the decimal mark
    point: int = 0  # or only with a point
    open_comma: int = 0  # different cells with a comma that can be read either way
    open_point: int = 0  # or with a point
    grouped: bool = False  # these look like thousands: what is below 1000 has no mark, and nothing above

    def __add__(self, other: Votes) -> Votes:
        return Votes(
            self.comma + other.comma,
            self.point + other.point,
            self.open_comma + other.open_comma,
            self.open_point + other.open_point,
            self.grouped or other.grouped,
        )

    @property
    def decided(self) -> str | None:
        """The decimal mark that the cells show, if any; the more frequent one of two."""
        if not self.comma and not self.point:
            return None
        return "," if self.comma > self.point else "."


def other_mark(mark: str) -> str:
    """Give the other decimal mark."""
    return "." if mark == "," else ","


def ambiguous_note(text: str, name: str, taken: float, other: float, mark: str) -> str:
    """Word the note about a cell that can be read in two ways."""
    return (
        f"{quoted(text)} in {quoted(name)} is read as {taken:.15g}; "
        f"decimal={other_mark(mark)!r} reads it as {other:.15g}."
    )
