"""Text tables whose columns stand at fixed places of the line, told anew with tabs between them."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from emscope.data.content.cells import are_numbers
from emscope.data.formats.containers import Content
from emscope.data.formats.lines import Line, is_nothing, rows_of
from emscope.data.formats.separators import guess_separator
from emscope.data.formats.survey import Survey, lines_of
from emscope.data.formats.text_stream import TextStream

_RULE = re.compile(r" *(?:-+|=+)(?: +(?:-+|=+))+ *")
_FEWEST_LINES = 3
_LOOKED_AT = 2000


@dataclasses.dataclass(frozen=True, slots=True)
class Cuts:
    """Where the columns begin, and on which line their names stand."""

    starts: tuple[int, ...]
    header: int

    def fit(self, text: str) -> bool:
        """Whether a line has a blank before each column."""
        return all(text[start - 1 : start] in ("", " ") for start in self.starts[1:])

    def cut(self, text: str) -> list[str]:
        """Cut a line into its cells."""
        ends = (*self.starts[1:], None)
        return [text[start:end].strip() for start, end in zip(self.starts, ends, strict=True)]


def find_cuts(survey: Survey) -> Cuts | None:
    """Find the columns by the line drawn under their names, or by what is blank in every line.

    The latter is a last resort, for lines that no separator makes a table of.
    """
    lines = [line for line in survey.head_lines() if line.text.strip()][:_LOOKED_AT]
    if len(lines) < _FEWEST_LINES or any("\t" in line.text for line in lines):
        return None
    drawn = _by_rule(lines)
    if drawn is not None and _makes_table(lines, drawn):
        return drawn
    seen = _by_blanks([line for line in lines if not is_nothing(line.text)])
    return seen if seen is not None and _makes_table(lines, seen) else None


def _makes_table(lines: Sequence[Line], cuts: Cuts) -> bool:
    """Tell whether most lines can be cut there, into several cells, and a column of numbers comes of it."""
    body = [line.text for line in lines if line.number > cuts.header and not is_nothing(line.text)]
    fitting = [text for text in body if cuts.fit(text)]
    if len(fitting) < 2 or 3 * len(fitting) < 2 * len(body):
        return False
    rows = [cuts.cut(text) for text in fitting]
    if 2 * sum(sum(map(bool, row)) > 1 for row in rows) < len(rows):
        return False
    numeric = [
        2 * sum(are_numbers(column)) > sum(map(bool, column)) for column in map(list, zip(*rows, strict=True))
    ]
    return any(numeric)


def _by_rule(lines: Sequence[Line]) -> Cuts | None:
    for above, line in itertools.pairwise(lines):
        if _RULE.fullmatch(line.text):
            starts = tuple(group.start() for group in re.finditer("[-=]+", line.text))
            return Cuts((0, *starts[1:]), above.number)
    return None


def _by_blanks(lines: Sequence[Line]) -> Cuts | None:
    """Cut where all lines are blank, so that each column has a name in the first line."""
    rows = rows_of(lines, guess_separator(lines, "")[0])
    if 2 * sum(len(row.cells) > 1 for row in rows) >= len(rows):
        return None
    width = max(len(line.text) for line in lines)
    texts = [line.text.ljust(width) for line in lines]
    blank = [all(text[i] == " " for text in texts) for i in range(width)]
    begins = [i for i in range(1, width) if blank[i - 1] and not blank[i]]
    starts = [0]
    for i, begin in enumerate(begins):
        end = begins[i + 1] if i + 1 < len(begins) else width
        named = texts[0][starts[-1] : begin].strip() and texts[0][begin:end].strip()
        if named and any(text[begin:end].strip() for text in texts[1:]):
            starts.append(begin)
    return Cuts(tuple(starts), lines[0].number) if len(starts) > 1 else None


def with_tabs(content: Content, survey: Survey, cuts: Cuts) -> Content:
    """Give the file anew, line for line; a line that does not fit stays as it is, and is refused later."""
    note = f"{content.name} is read as columns of fixed width; separator=' ' splits its lines at every blank."

    def texts() -> Iterator[str]:
        for line in lines_of(content, survey.encoding):
            fits = line.number >= cuts.header and cuts.fit(line.text) and not is_nothing(line.text)
            yield ("\t".join(map(_escaped, cuts.cut(line.text))) if fits else line.text) + "\n"

    def opened() -> BinaryIO:
        return TextStream(texts())  # type: ignore[return-value]

    notes = (*content.notes, *survey.notes, note)
    start = next(texts(), "").encode()
    return dataclasses.replace(content, start=start, open=opened, notes=notes)


def _escaped(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell
